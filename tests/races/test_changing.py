"""An order is changed while its round closes, or while somebody cancels it.

The deterministic tests stop the change halfway, in its open transaction.
"""

from oscar.core.loading import get_model

from delivery import rounds
from delivery.models import Parcel, ParcelLine
from inventory import stock
from shop import changing, ordering
from shop.models import OrderStatus
from shop.money import ledger as money
from tests.races.buyers import (
    PATIENCE,
    Halfway,
    counters,
    kinds,
    ledger,
    scene,
    wait_until_somebody_waits,
)
from tests.shop.clean import books_agree

Order = get_model("order", "Order")


def test_closing_waits_for_the_order_being_changed(transactional_db, race, monkeypatch):
    here = scene()
    eggs = here.good(pieces=10)
    order = here.buyer((eggs, 3)).place()
    halfway = Halfway(monkeypatch, stock, "release")

    def run(number: int):
        if number == 0:
            changing.change(order, {eggs.record_id: 1}, by=order.user)
        elif number == 1:
            assert halfway.reached.wait(PATIENCE)
            rounds.close(here.round)
        else:
            wait_until_somebody_waits()
            assert not Parcel.objects.exists()
            halfway.go.set()

    _, errors = race(3, run)
    assert not errors
    assert (ParcelLine.objects.get().quantity, Parcel.objects.get().due) == (1, 3)
    assert counters(eggs) == ledger(eggs) == (10, 1)
    books_agree()


def test_without_the_rounds_lock_a_parcel_holds_what_was_given_up(
    transactional_db, race, monkeypatch, no_round_lock
):
    here = scene()
    eggs = here.good(pieces=10)
    order = here.buyer((eggs, 3)).place()
    halfway = Halfway(monkeypatch, stock, "release")

    def run(number: int):
        if number == 0:
            return changing.change(order, {eggs.record_id: 1}, by=order.user)
        assert halfway.reached.wait(PATIENCE)
        if number == 1:
            return rounds.close(here.round)
        # The close has read three eggs, and waits to read what is owed.
        wait_until_somebody_waits("transactionid")
        return halfway.go.set()

    _, errors = race(3, run)
    assert not errors
    assert ParcelLine.objects.get().quantity == 3
    assert counters(eggs) == (10, 1)


def test_of_changing_and_cancelling_the_second_sees_the_first(transactional_db, race, monkeypatch):
    here = scene()
    eggs = here.good(pieces=10)
    order, other = (here.buyer((eggs, 3)).place() for _buyer in range(2))
    halfway = Halfway(monkeypatch, stock, "release")

    def run(number: int):
        if number == 0:
            changing.change(order, {eggs.record_id: 1}, by=order.user)
        elif number == 1:
            assert halfway.reached.wait(PATIENCE)
            ordering.cancel(order, by=order.user)
        else:
            wait_until_somebody_waits()
            halfway.go.set()

    _, errors = race(3, run)
    assert not errors
    assert Order.objects.get(pk=order.pk).status == OrderStatus.CANCELLED
    assert counters(eggs) == ledger(eggs) == (10, 3)  # the other order's
    assert other.pk
    books_agree()


def test_without_the_locks_the_two_wait_for_each_other(
    transactional_db, race, monkeypatch, no_round_lock
):
    """Who changes has the goods and wants the order, who cancels the other way round."""
    here = scene()
    eggs = here.good(pieces=10)
    order = here.buyer((eggs, 3)).place()
    here.buyer((eggs, 3)).place()
    monkeypatch.setattr(money, "lock", lambda order_ids: None)
    halfway = Halfway(monkeypatch, changing, "_refuse_more")

    def run(number: int):
        if number == 0:
            return changing.change(order, {eggs.record_id: 1}, by=order.user)
        assert halfway.reached.wait(PATIENCE)
        if number == 1:
            return ordering.cancel(order, by=order.user)
        wait_until_somebody_waits("transactionid")
        return halfway.go.set()

    _, errors = race(3, run)
    assert kinds(errors) == {"OperationalError"}
    assert "deadlock detected" in str(errors[0])


def test_two_tabs_change_one_after_the_other(each_database, race):
    here = scene()
    eggs = here.good(pieces=100)
    order = here.buyer((eggs, 5)).place()
    seen = {eggs.record_id: 5}

    def run(number: int):
        changing.change(order, {eggs.record_id: 1 + number % 2}, by=order.user, seen=seen)

    _, errors = race(8, run)
    assert len(errors) == 4
    assert kinds(errors) == {"OrderChanged"}
    left = order.lines.get().quantity
    assert left in {1, 2}
    assert counters(eggs) == ledger(eggs) == (100, left)
    books_agree()


def test_orders_grow_as_far_as_there_is(each_database, race):
    """Twelve of one each, who all want three of twenty."""
    here = scene()
    eggs = here.good(pieces=20)
    orders = [buyer.place() for buyer in here.buyers(12, (eggs, 1))]

    def run(number: int):
        changing.change(orders[number], {eggs.record_id: 3}, by=orders[number].user)

    _, errors = race(12, run)
    assert kinds(errors) == {"SoldOut"}
    assert len(errors) == 8  # 20 - 12 = 8 more, two each
    assert counters(eggs) == ledger(eggs) == (20, 20)
    books_agree()
