"""Many people at the counter at the same moment. Each guard has a control that shows the race.

What a control needs to go wrong is arranged with barriers, never hoped for. docs/locking.md says
which lock each test is about.
"""

import threading
from decimal import Decimal

import pytest
from django.db import IntegrityError, OperationalError, transaction
from oscar.core.loading import get_model

from delivery import locks
from inventory import stock
from shop import baskets, order_rows, ordering
from shop.errors import SoldOut
from shop.models import OrderStatus, Placement
from tests import factories
from tests.races.buyers import (
    PATIENCE,
    Halfway,
    PlainOscar,
    counters,
    kinds,
    ledger,
    meet_before,
    scene,
)

Basket = get_model("basket", "Basket")
Order = get_model("order", "Order")


# --- the last pieces --------------------------------------------------------------------------


def test_64_buyers_of_10_pieces_are_10_orders(each_database, race):
    here = scene()
    eggs = here.good(pieces=10)
    buyers = here.buyers(64, (eggs, 1))
    placed, errors = race(64, lambda number: buyers[number].place())
    assert len(placed) == Order.objects.count() == Placement.objects.count() == 10
    assert kinds(errors) == {"SoldOut"}
    assert len(errors) == 54
    assert {line.left for error in errors for line in error.lines} == {0}
    assert counters(eggs) == ledger(eggs) == (10, 10)
    # Who came too late still has the basket.
    assert Basket.objects.filter(status=Basket.OPEN, lines__quantity=1).count() == 54


def test_plain_oscar_oversells(each_database, race):
    here = scene()
    eggs = here.good(pieces=10)
    buyers = here.buyers(64, (eggs, 1))
    looked = threading.Barrier(64)
    placed, errors = race(64, lambda number: PlainOscar.place(buyers[number], looked))
    assert not errors
    assert len(placed) == 64
    assert counters(eggs) == (10, 64)


def test_buyers_of_many_share_what_there_is_to_the_last_piece(each_database, race):
    """Different quantities: what is left is less than anybody who was refused had asked for."""
    here = scene()
    eggs = here.good(pieces=20)
    with transaction.atomic():
        buyers = [here.buyer((eggs, 1 + number % 4)) for number in range(32)]
    placed, errors = race(32, lambda number: buyers[number].place())
    assert kinds(errors) == {"SoldOut"}
    sold = sum(order.lines.get().quantity for order in placed)
    assert counters(eggs) == ledger(eggs) == (20, sold)
    assert all(line.wanted > line.left for error in errors for line in error.lines)
    assert all(line.wanted > 20 - sold for error in errors for line in error.lines)


def test_shortages_found_by_the_hand_are_told_like_those_found_by_the_eye(
    transactional_db, race, monkeypatch
):
    """Both saw the last piece; the one who was slower is told what is left, as always."""
    here = scene()
    eggs = here.good(pieces=1)
    buyers = here.buyers(2, (eggs, 1))
    meet_before(monkeypatch, order_rows, "write", runners=2)
    placed, errors = race(2, lambda number: buyers[number].place())
    assert len(placed) == 1
    [refused] = errors
    assert isinstance(refused, SoldOut)
    assert [(line.wanted, line.left, line.limited) for line in refused.lines] == [(1, 0, False)]


# --- several goods, in different orders -------------------------------------------------------


def test_baskets_in_opposite_orders_do_not_wait_for_each_other(each_database, race):
    here = scene()
    goods = [here.good(f"货 {number}", pieces=1000) for number in range(6)]
    forth = [(good, 1) for good in goods]
    with transaction.atomic():
        buyers = [here.buyer(*(forth if number % 2 else reversed(forth))) for number in range(24)]
    placed, errors = race(24, lambda number: buyers[number].place())
    assert not errors
    assert len(placed) == 24
    assert {counters(good) for good in goods} == {(1000, 24)}


def test_without_the_order_of_the_keys_there_is_a_deadlock(transactional_db, race):
    here = scene()
    goods = [here.good("甲", pieces=1000), here.good("乙", pieces=1000)]
    orders = [factories.order().pk, factories.order().pk]
    has_one = threading.Barrier(2)

    def reserve_one_by_one(number: int) -> None:
        first, second = goods if number else reversed(goods)
        with transaction.atomic():
            stock.reserve([stock.Promise(orders[number], first.record_id, 1, Decimal("3.00"))])
            has_one.wait(PATIENCE)
            stock.reserve([stock.Promise(orders[number], second.record_id, 1, Decimal("3.00"))])

    placed, errors = race(2, reserve_one_by_one)
    assert len(placed) == 1
    assert kinds(errors) == {"OperationalError"}
    assert isinstance(errors[0], OperationalError)
    assert "deadlock detected" in str(errors[0])


def test_filling_a_basket_does_not_wait_for_an_order_of_the_same_good(
    transactional_db, race, monkeypatch
):
    """The order's lock leaves the key of the good alone: FOR NO KEY UPDATE, not FOR UPDATE."""
    here = scene()
    eggs = here.good(pieces=10)
    buyer, other = here.buyer((eggs, 1)), here.buyer()
    placing = Halfway(monkeypatch, stock, "reserve", after=True)

    def run(number: int):
        if number == 0:
            return buyer.place()
        assert placing.reached.wait(PATIENCE)
        baskets.set_quantity(other.basket, eggs.record_id, 2)
        placing.go.set()

    _, errors = race(2, run)
    assert not errors
    assert counters(eggs) == (10, 1)


# --- one basket, many taps --------------------------------------------------------------------


def test_eight_taps_on_one_basket_are_one_order(each_database, race):
    here = scene()
    eggs = here.good(pieces=10)
    buyer = here.buyer((eggs, 2))
    placed, errors = race(8, lambda number: buyer.place())
    assert not errors
    assert len(placed) == 8
    assert {order.pk for order in placed} == {Order.objects.get().pk}
    assert counters(eggs) == ledger(eggs) == (10, 2)


def test_without_the_claim_seven_taps_see_an_error_page(each_database, race, monkeypatch):
    """Still one order: the unique basket of a placement is the second bolt on the door."""
    here = scene()
    eggs = here.good(pieces=100)
    buyer = here.buyer((eggs, 2))
    monkeypatch.setattr(ordering, "_claim", lambda *arguments: True)
    placed, errors = race(8, lambda number: buyer.place())
    assert len(placed) == 1
    assert len(errors) == 7
    assert all(isinstance(error, IntegrityError) for error in errors)
    assert counters(eggs) == ledger(eggs) == (100, 2)


def test_plain_oscar_makes_eight_orders_of_one_basket(each_database, race):
    here = scene()
    eggs = here.good(pieces=100)
    buyer = here.buyer((eggs, 2))
    looked = threading.Barrier(8)
    placed, errors = race(8, lambda number: PlainOscar.place(buyer, looked))
    assert not errors
    assert len({order.pk for order in placed}) == 8
    assert counters(eggs) == (100, 16)


# --- a door's limit ---------------------------------------------------------------------------


@pytest.fixture
def door_of_eight():
    """Eight people order masks for one door, two each, where three are allowed."""

    def make():
        here = scene()
        masks = here.good("口罩", pieces=100, limit=3)
        door = factories.household(here.grid)
        return masks, [here.buyer((masks, 2), household=door) for _ in range(8)]

    return make


def test_a_doors_limit_holds_when_all_of_it_order_at_once(each_database, race, door_of_eight):
    masks, buyers = door_of_eight()
    placed, errors = race(8, lambda number: buyers[number].place())
    assert len(placed) == 1
    assert len(errors) == 7
    assert kinds(errors) == {"SoldOut"}
    assert {(line.left, line.limited) for error in errors for line in error.lines} == {(1, True)}
    assert counters(masks) == ledger(masks) == (100, 2)


def test_without_the_doors_lock_its_limit_does_not_hold(
    transactional_db, race, monkeypatch, door_of_eight
):
    masks, buyers = door_of_eight()
    meet_before(monkeypatch, order_rows, "write", runners=8)
    monkeypatch.setattr(locks, "round_shared", lambda round_id, household_id: None)
    placed, errors = race(8, lambda number: buyers[number].place())
    assert not errors
    assert len(placed) == 8
    assert counters(masks) == (100, 16)


# --- taking an order back ---------------------------------------------------------------------


@pytest.fixture
def two_orders():
    """Of the same good: what the first gives back twice is taken from the second."""

    def make():
        here = scene()
        eggs = here.good(pieces=10)
        return eggs, here.buyer((eggs, 3)).place(), here.buyer((eggs, 3)).place()

    return make


def test_an_order_that_is_cancelled_eight_times_gives_its_stock_back_once(
    each_database, race, two_orders
):
    eggs, order, _other = two_orders()
    by = order.user
    _, errors = race(8, lambda number: ordering.cancel(Order.objects.get(pk=order.pk), by=by))
    assert not errors
    assert counters(eggs) == ledger(eggs) == (10, 3)
    assert order.status_changes.count() == 1


def test_looking_before_cancelling_gives_it_back_twice(each_database, race, two_orders):
    eggs, order, _other = two_orders()
    looked = threading.Barrier(2)

    def look_then_release(number: int) -> None:
        assert Order.objects.get(pk=order.pk).status == OrderStatus.PLACED
        looked.wait(PATIENCE)
        with transaction.atomic():
            Order.objects.filter(pk=order.pk).update(status=OrderStatus.CANCELLED)
            stock.release([stock.Promise(order.pk, eggs.record_id, 3, Decimal("3.00"))])

    _, errors = race(2, look_then_release)
    assert not errors
    assert counters(eggs) == (10, 0)


# --- two tabs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("visit", ["first", "after an order"])
def test_eight_tabs_fill_one_basket(each_database, race, visit):
    here = scene()
    eggs = here.good(pieces=10)
    buyer = here.buyer((eggs, 1))
    if visit == "first":
        buyer.basket.delete()  # and the door's pointer with it
    else:
        buyer.place()
    found, errors = race(8, lambda number: baskets.for_door(buyer.user, buyer.household))
    assert not errors
    assert len(found) == 8
    open_basket = Basket.objects.get(owner=buyer.user, status=Basket.OPEN)
    assert {basket.pk for basket in found} == {open_basket.pk}


def test_looking_before_making_a_basket_makes_eight(each_database, race):
    here = scene()
    user = factories.resident(factories.household(here.grid))
    looked = threading.Barrier(8)

    def look_then_make(number: int) -> None:
        found = Basket.objects.filter(owner=user, status=Basket.OPEN).first()
        looked.wait(PATIENCE)
        if found is None:
            Basket.objects.create(owner=user)

    _, errors = race(8, look_then_make)
    assert not errors
    assert Basket.objects.filter(owner=user, status=Basket.OPEN).count() == 8
