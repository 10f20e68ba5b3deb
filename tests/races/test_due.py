"""What is due at a door, when money comes from two sides in the same moment."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import OperationalError

from delivery import batches, handoffs, locks, rounds
from delivery.models import Parcel, ParcelLine
from delivery.picks import packing
from shop import parcelling
from shop.models import MoneyMove
from shop.money import ledger, orders, owing
from shop.money.cash import cash, collecting
from tests import factories
from tests.races.buyers import PATIENCE, Halfway, scene, wait_until_somebody_waits
from tests.shop.orders import place

Account = MoneyMove.Account
TEN = Decimal("10.00")


class Door:
    """A door that owes ten yuan for one order, on its way to it."""

    def __init__(self) -> None:
        self.station = factories.station()
        self.clerk, self.leader = factories.member(self.station), factories.user()
        self.courier = factories.volunteer(self.station).user
        self.round = factories.round(self.station)
        self.household = factories.household(factories.grid(self.station))
        factories.resident(self.household)
        good = factories.item(self.station, price="2.50", in_stock=50)
        place(self.round, self.household, (good, 4))
        rounds.close(self.round)
        [self.batch] = batches.plan(self.round, self.clerk).batches
        batches.give(self.batch, self.courier.volunteer, self.clerk)
        batches.pack(self.batch, self.clerk)
        batches.start(self.batch, self.courier)

    def tap(self, **said):
        options = {"outcome": "handed", "by": self.courier, "nonce": uuid4(), **said}
        return handoffs.record(self.batch.stops.get(), **options)

    def collect(self):
        return collecting.collect(
            self.household,
            self.round,
            TEN,
            source=Account.PERSON,
            by=self.leader,
            nonce=uuid4(),
            seen=TEN,
        )

    def in_hands(self) -> Decimal:
        return sum(cash.held_by(self.station).values(), Decimal(0))


def test_who_pays_while_the_round_closes_is_not_asked_again(transactional_db, race, monkeypatch):
    here = scene()
    buyer = here.buyer((here.good(pieces=10), 2))
    order, clerk = buyer.place(), factories.member(here.station)
    there = ledger.owed([order.pk])[order.pk]
    closing = Halfway(monkeypatch, parcelling.parcels, "make")  # it knows what is owed

    def run(number):
        if number == 0:
            return rounds.close(here.round)
        assert closing.reached.wait(PATIENCE)
        if number == 1:
            said = {"source": Account.CASH, "by": clerk, "nonce": uuid4()}
            return owing.collect(buyer.household, order.number, there, **said)
        wait_until_somebody_waits("transactionid")
        return closing.go.set()

    _done, errors = race(3, run)
    assert not errors
    assert Parcel.objects.get(order=order).due == Decimal("0.00")


def both_at_the_door(race, monkeypatch, *, waits: bool):
    """The courier's tap has looked at what is due; a leader collects the same ten yuan."""
    door = Door()
    tapping = Halfway(monkeypatch, handoffs, "_insert")

    def run(number):
        if number == 0:
            return door.tap(cash=TEN)
        assert tapping.reached.wait(PATIENCE)
        if number == 1:
            try:
                return door.collect()
            finally:
                tapping.go.set()
        if waits:
            wait_until_somebody_waits("transactionid")
            tapping.go.set()
        return None

    return door, *race(3, run)


def test_the_same_money_is_taken_once(transactional_db, race, monkeypatch):
    door, _done, errors = both_at_the_door(race, monkeypatch, waits=True)
    assert [type(error).__name__ for error in errors] == ["MoneyChanged"]
    assert door.in_hands() == TEN


def test_control_without_the_parcels_lock_the_same_money_is_taken_twice(
    transactional_db, race, monkeypatch
):
    monkeypatch.setattr(locks, "parcels", lambda these: None)
    door, _done, errors = both_at_the_door(race, monkeypatch, waits=False)
    # Both took ten; that the book cannot say so ends in an error, never in silence.
    assert [type(error).__name__ for error in errors] == ["OutOfStep"]
    assert door.in_hands() == TEN


def paid_while_a_line_is_short(race, monkeypatch) -> list:
    here = scene()
    buyer = here.buyer((here.good(pieces=10), 4))
    order, clerk = buyer.place(), factories.member(here.station)
    rounds.close(here.round)
    line = ParcelLine.objects.get(parcel__order=order)
    paying = Halfway(monkeypatch, orders, "payment")  # the order is locked

    def run(number):
        if number == 0:
            said = {"source": Account.CASH, "by": clerk, "nonce": uuid4()}
            return owing.collect(buyer.household, order.number, Decimal("5.00"), **said)
        assert paying.reached.wait(PATIENCE)
        if number == 1:
            return packing.tick(line, by=clerk, units=3)
        wait_until_somebody_waits("transactionid")
        return paying.go.set()

    _done, errors = race(3, run)
    return errors


def test_a_payment_and_a_short_line_do_not_wait_for_each_other(transactional_db, race, monkeypatch):
    assert not paid_while_a_line_is_short(race, monkeypatch)


def test_control_without_the_parcels_lock_they_do(transactional_db, race, monkeypatch):
    monkeypatch.setattr(locks, "parcels", lambda these: None)
    [error] = paid_while_a_line_is_short(race, monkeypatch)
    with pytest.raises(OperationalError, match="deadlock"):
        raise error
