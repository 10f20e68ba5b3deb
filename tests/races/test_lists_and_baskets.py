"""A basket that changes while it is ordered, and a goods list that comes in while people buy."""

from decimal import Decimal

import pytest
from django.db.models.query import QuerySet
from oscar.core.loading import get_model

from inventory import openings
from shop import baskets, order_rows
from shop.errors import BasketChanged, BasketPlaced
from tests.races.buyers import Halfway, counters, kinds, ledger, scene, wait_until_somebody_waits

Order = get_model("order", "Order")
BasketLine = get_model("basket", "Line")


def take_out_while_placing(race, monkeypatch, take_out):
    """Somebody takes a good out of the basket when its order is half written."""
    here = scene()
    greens, eggs = here.good("青菜", pieces=10), here.good("鸡蛋", pieces=10)
    buyer = here.buyer((greens, 1), (eggs, 2))
    half = Halfway(monkeypatch, order_rows, "write")

    def run(number):
        if number == 0:
            return buyer.place()
        assert half.reached.wait(30)
        if number == 1:
            return take_out(buyer.basket, eggs.record_id)
        return half.go.set() if take_out is unguarded else let_go_when_somebody_waits(half)

    outcome = race(3, run)
    order = Order.objects.get()
    assert order.total_incl_tax == Decimal("9.00")
    assert sum(order.lines.values_list("line_price_incl_tax", flat=True)) == Decimal("9.00")
    assert [counters(greens), counters(eggs)] == [(10, 1), (10, 2)]
    assert [ledger(greens), ledger(eggs)] == [(10, 1), (10, 2)]
    return outcome, BasketLine.objects.filter(basket=buyer.basket).count()


def let_go_when_somebody_waits(half):
    try:
        wait_until_somebody_waits("transactionid")
    finally:
        half.go.set()


def unguarded(basket, record_id):
    BasketLine.objects.filter(basket=basket, stockrecord_id=record_id).delete()


@pytest.mark.django_db(transaction=True)
def test_control_without_the_basket_lock_a_good_vanishes_from_an_ordered_basket(race, monkeypatch):
    outcome, lines = take_out_while_placing(race, monkeypatch, unguarded)
    assert not outcome.errors
    assert lines == 1, "the basket no longer says what was ordered"


@pytest.mark.django_db(transaction=True)
def test_a_good_taken_out_while_placing_comes_too_late_and_hears_so(race, monkeypatch):
    outcome, lines = take_out_while_placing(
        race, monkeypatch, lambda basket, record: baskets.set_quantity(basket, record, 0)
    )
    assert [type(error) for error in outcome.errors] == [BasketPlaced]
    assert lines == 2


def list_comes_in_while_buying(race, monkeypatch):
    """New stock for the good with the higher key, a new cost for the lower one, and an order of
    both that comes between the two."""
    here = scene()
    lower, higher = sorted(
        [here.good("青菜", pieces=10), here.good("鸡蛋", pieces=10)],
        key=lambda item: item.record_id,
    )
    buyer = here.buyer((lower, 1), (higher, 1))
    half = Halfway(monkeypatch, openings, "apply", after=True)
    stated = [
        openings.Opening(higher.record_id, 20, Decimal("3.00")),
        openings.Opening(lower.record_id, 10, Decimal("2.50")),
    ]

    def run(number):
        if number == 0:
            return openings.restate(stated)
        assert half.reached.wait(30)
        return buyer.place() if number == 1 else let_go_when_somebody_waits(half)

    return race(3, run), lower, higher


@pytest.mark.django_db(transaction=True)
def test_control_without_the_ordered_lock_a_list_and_an_order_deadlock(race, monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self)
    outcome, _lower, _higher = list_comes_in_while_buying(race, monkeypatch)
    assert kinds(outcome.errors) == {"OperationalError"}


@pytest.mark.django_db(transaction=True)
def test_a_list_and_an_order_wait_in_turn_and_a_new_cost_is_shown_first(race, monkeypatch):
    outcome, lower, higher = list_comes_in_while_buying(race, monkeypatch)
    # No deadlock; and nobody pays the old cost, or the new one unseen.
    assert [type(error) for error in outcome.errors] == [BasketChanged]
    assert [counters(lower), counters(higher)] == [(10, 0), (20, 0)]
    assert [ledger(lower), ledger(higher)] == [(10, 0), (20, 0)]
