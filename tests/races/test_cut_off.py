"""The moment a round closes, with orders still coming in and going out (DESIGN §2.5).

The deterministic tests stop an order halfway, in its open transaction, and close the round then.
"""

import threading

from django.db.models import Count
from oscar.core.loading import get_model

from delivery import rounds
from delivery.models import Parcel, Round
from inventory import stock
from shop import ordering
from shop.models import OrderStatus
from tests.races.buyers import (
    PATIENCE,
    Halfway,
    counters,
    kinds,
    ledger,
    scene,
    wait_until_somebody_waits,
)

Order = get_model("order", "Order")


def live_orders():
    return Order.objects.exclude(status=OrderStatus.CANCELLED)


def parcels_of_orders() -> list[int]:
    """How many parcels each live order has."""
    counted = live_orders().annotate(parcels=Count("parcel")).values_list("parcels", flat=True)
    return sorted(counted)


# --- placing and closing ----------------------------------------------------------------------


def test_closing_waits_for_the_order_in_flight(transactional_db, race, monkeypatch):
    here = scene()
    buyer = here.buyer((here.good(pieces=10), 1))
    placing = Halfway(monkeypatch, stock, "reserve")

    def run(number: int):
        if number == 0:
            return buyer.place()
        if number == 1:
            assert placing.reached.wait(PATIENCE)
            return rounds.close(here.round)
        wait_until_somebody_waits()  # for number 0: that is number 1, who wants to close
        assert not Parcel.objects.exists()
        placing.go.set()

    _, errors = race(3, run)
    assert not errors
    assert parcels_of_orders() == [1]


def test_without_the_rounds_lock_an_order_gets_no_parcel(
    transactional_db, race, monkeypatch, no_round_lock
):
    here = scene()
    buyer = here.buyer((here.good(pieces=10), 1))
    placing = Halfway(monkeypatch, stock, "reserve")

    def run(number: int):
        if number == 0:
            return buyer.place()
        assert placing.reached.wait(PATIENCE)
        rounds.close(here.round)
        placing.go.set()

    _, errors = race(2, run)
    assert not errors
    assert parcels_of_orders() == [0]


def test_every_order_of_a_closed_round_has_one_parcel(each_database, race):
    """A crowd at the cut-off: whoever comes in has a parcel, the others are told in words."""
    here = scene()
    eggs = here.good(pieces=100)
    buyers = here.buyers(32, (eggs, 1))
    halfway = threading.Semaphore(0)

    def run(number: int):
        if number == 32:
            # When some are through and most are on their way.
            for _ in range(4):
                assert halfway.acquire(timeout=PATIENCE)
            return rounds.close(here.round)
        try:
            return buyers[number].place()
        finally:
            halfway.release()

    results, errors = race(33, run)
    placed = [order for order in results if order is not None]
    assert len(placed) >= 4
    assert len(placed) + len(errors) == 32
    assert kinds(errors) <= {"RoundNotOpen"}
    assert parcels_of_orders() == [1] * len(placed)
    assert counters(eggs) == ledger(eggs) == (100, len(placed))
    assert Round.objects.get(pk=here.round.pk).status == Round.Status.CLOSED


def test_a_round_is_closed_once(each_database, race):
    here = scene()
    here.buyer((here.good(pieces=10), 1)).place()
    _, errors = race(8, lambda number: rounds.close(Round.objects.get(pk=here.round.pk)))
    assert len(errors) == 7
    assert kinds(errors) == {"RoundNotOpen"}
    assert parcels_of_orders() == [1]


# --- cancelling and closing -------------------------------------------------------------------


def test_closing_waits_for_the_order_being_cancelled(transactional_db, race, monkeypatch):
    here = scene()
    eggs = here.good(pieces=10)
    order = here.buyer((eggs, 3)).place()
    cancelling = Halfway(monkeypatch, stock, "release")

    def run(number: int):
        if number == 0:
            ordering.cancel(order, by=order.user)
        elif number == 1:
            assert cancelling.reached.wait(PATIENCE)
            rounds.close(here.round)
        else:
            wait_until_somebody_waits()
            cancelling.go.set()

    _, errors = race(3, run)
    assert not errors
    assert not Parcel.objects.exists()
    assert counters(eggs) == ledger(eggs) == (10, 0)


def test_without_the_rounds_lock_a_cancelled_order_gets_a_parcel(
    transactional_db, race, monkeypatch, no_round_lock
):
    here = scene()
    eggs = here.good(pieces=10)
    order = here.buyer((eggs, 3)).place()
    cancelling = Halfway(monkeypatch, stock, "release")

    def run(number: int):
        if number == 0:
            return ordering.cancel(order, by=order.user)
        assert cancelling.reached.wait(PATIENCE)
        if number == 1:
            return rounds.close(here.round)
        # The close has seen an order that stands, and waits to read what it owes.
        wait_until_somebody_waits("transactionid")
        return cancelling.go.set()

    _, errors = race(3, run)
    assert not errors
    assert Parcel.objects.get().order.status == OrderStatus.CANCELLED
    assert counters(eggs) == (10, 0)


def test_orders_cancelled_at_the_cut_off_are_packed_or_released_never_both(each_database, race):
    here = scene()
    eggs = here.good(pieces=100)
    orders = [buyer.place() for buyer in here.buyers(16, (eggs, 3))]
    gone = threading.Semaphore(0)

    def run(number: int):
        if number == 16:
            for _ in range(3):
                assert gone.acquire(timeout=PATIENCE)
            return rounds.close(here.round)
        try:
            ordering.cancel(orders[number], by=orders[number].user)
        finally:
            gone.release()

    _, errors = race(17, run)
    assert kinds(errors) <= {"CannotCancel"}
    kept = live_orders().count()
    assert kept == len(errors) <= 13
    assert parcels_of_orders() == [1] * kept
    assert Parcel.objects.count() == kept
    assert counters(eggs) == ledger(eggs) == (100, 3 * kept)
