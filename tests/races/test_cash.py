"""Cash is handed in once, and what is corrected meanwhile is found somewhere.

Each guard has its control: the same race without it goes wrong.
"""

import threading
from decimal import Decimal
from uuid import uuid4

from django.db import connections

from delivery import batches, handoffs
from shop.models import CashCount, CashSlip, MoneyMove
from shop.money import ledger, orders
from shop.money.cash import cash, collecting, slips
from tests import factories
from tests.races.buyers import Halfway, kinds, meet_before, wait_until_somebody_waits
from tests.shop.orders import place

TEN = Decimal("10.00")


class Shift:
    """A courier with 10 yuan of one door, and two clerks who want to count it."""

    def __init__(self) -> None:
        self.station = factories.station()
        self.clerks = [factories.member(self.station) for _number in range(2)]
        self.courier = factories.volunteer(self.station).user
        closed = factories.round(self.station, status="closed")
        self.door = factories.household(factories.grid(self.station))
        self.order = factories.owing(self.door, "10.00")
        factories.parcel(closed, self.door, order=self.order, due=TEN)
        [batch] = batches.plan(closed, self.clerks[0]).batches
        batches.give(batch, self.courier.volunteer, self.clerks[0])
        batches.pack(batch, self.clerks[0])
        batches.start(batch, self.courier)
        self.handoff = handoffs.record(
            batch.stops.get(), outcome="handed", cash=TEN, by=self.courier, nonce=uuid4()
        )

    def hand_in(self, number: int = 0, nonce=None) -> CashCount:
        said = {"counted_by": self.clerks[number], "witness": self.courier, "seen": TEN}
        return cash.hand_in(self.station, self.courier, TEN, nonce=nonce or uuid4(), **said)

    def correct(self) -> None:
        """The door paid nothing after all."""
        handoffs.correct(self.handoff, outcome="handed", by=self.courier, nonce=uuid4())

    def stands(self) -> tuple[Decimal, Decimal]:
        """(in the courier's hands, in the till)."""
        return cash.held(self.station.pk, self.courier.pk), cash.in_till(self.station)


def without_the_lock_of_hands(monkeypatch) -> None:
    monkeypatch.setattr(cash, "lock_hands", lambda holder_ids: None)


# -- two hand-ins ---------------------------------------------------------------------------------


def test_two_clerks_at_once_book_it_once(each_database, race):
    for _again in range(3):
        shift = Shift()
        counts, errors = race(2, shift.hand_in)
        assert len(counts) == 1
        assert kinds(errors) == {"MoneyChanged"}
        assert shift.stands() == (0, TEN)


def test_without_the_lock_it_is_in_the_till_twice(transactional_db, race, monkeypatch):
    shift = Shift()
    without_the_lock_of_hands(monkeypatch)
    meet_before(monkeypatch, ledger, "post", runners=2)
    counts, errors = race(2, shift.hand_in)
    assert not errors
    assert len(counts) == 2
    assert shift.stands() == (-TEN, 2 * TEN)


def test_eight_taps_are_one_count(each_database, race):
    shift, nonce = Shift(), uuid4()
    counts, errors = race(8, lambda number: shift.hand_in(0, nonce))
    assert not errors
    assert len({count.pk for count in counts}) == CashCount.objects.count() == 1
    assert shift.stands() == (0, TEN)


def test_a_slip_is_confirmed_by_one_of_two(each_database, race):
    shift = Shift()
    said = {"by": shift.courier, "seen": TEN, "nonce": uuid4()}
    slip = slips.say(shift.station, shift.courier, TEN, **said)
    counts, errors = race(2, lambda number: slips.confirm(slip, by=shift.clerks[number]))
    assert not errors
    assert len({count.pk for count in counts}) == CashCount.objects.count() == 1
    assert shift.stands() == (0, TEN)


def test_a_slip_is_confirmed_or_withdrawn(each_database, race):
    shift = Shift()
    said = {"by": shift.courier, "seen": TEN, "nonce": uuid4()}
    slip = slips.say(shift.station, shift.courier, TEN, **said)
    steps = [
        lambda: slips.confirm(slip, by=shift.clerks[0]),
        lambda: slips.withdraw(slip, by=shift.courier),
    ]
    _done, errors = race(2, lambda number: steps[number]())
    assert kinds(errors) == {"CashRefused"}
    slip.refresh_from_db()
    booked = slip.status == CashSlip.Status.CONFIRMED
    assert shift.stands() == ((0, TEN) if booked else (TEN, 0))


def test_two_who_say_it_leave_one_slip(each_database, race):
    shift = Shift()

    def say(number: int) -> CashSlip:
        said = {"by": [shift.courier, *shift.clerks][number], "seen": TEN, "nonce": uuid4()}
        return slips.say(shift.station, shift.courier, TEN, **said)

    _slips, errors = race(3, say)
    assert not errors
    assert CashSlip.objects.filter(status="open").count() == 1


def test_the_till_is_put_right_once(each_database, race):
    shift = Shift()
    shift.hand_in()
    witness = factories.member(shift.station)

    def count(number: int) -> CashCount:
        said = {"counted_by": shift.clerks[number], "witness": witness, "seen": TEN}
        return cash.count_till(shift.station, Decimal("9.00"), nonce=uuid4(), **said)

    counts, errors = race(2, count)
    assert len(counts) == 1
    assert kinds(errors) == {"MoneyChanged"}
    assert cash.in_till(shift.station) == Decimal("9.00")


def test_without_the_tills_lock_it_is_put_right_twice(transactional_db, race, monkeypatch):
    shift = Shift()
    shift.hand_in()
    witness = factories.member(shift.station)
    monkeypatch.setattr(cash, "_lock_till", lambda station: None)
    meet_before(monkeypatch, ledger, "post", runners=2)

    def count(number: int) -> CashCount:
        said = {"counted_by": shift.clerks[number], "witness": witness, "seen": TEN}
        return cash.count_till(shift.station, Decimal("9.00"), nonce=uuid4(), **said)

    counts, errors = race(2, count)
    assert not errors
    assert len(counts) == 2
    assert cash.in_till(shift.station) == Decimal("8.00")


# -- a hand-in and the doors ----------------------------------------------------------------------


class Counting:
    """A hand-in that has looked and not yet written; `finish` lets it."""

    def __init__(self, monkeypatch, shift: Shift) -> None:
        self.errors: list[Exception] = []
        self.threads: list[threading.Thread] = []
        self.stopped = Halfway(monkeypatch, cash, "refuse_changed", after=True)
        self.beside(shift.hand_in)
        assert self.stopped.reached.wait(30)

    def beside(self, step) -> None:
        def run() -> None:
            try:
                step()
            except Exception as error:
                self.errors.append(error)
            finally:
                connections.close_all()

        self.threads.append(threading.Thread(target=run, daemon=True))
        self.threads[-1].start()

    def finish(self) -> list[Exception]:
        self.stopped.go.set()
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive()
        return self.errors


def test_a_correction_waits_for_the_hand_in_and_finds_the_money_in_the_till(
    transactional_db, monkeypatch
):
    shift = Shift()
    counting = Counting(monkeypatch, shift)
    counting.beside(shift.correct)
    wait_until_somebody_waits("transactionid")
    assert not counting.finish()
    # Ten were counted that the books know nothing of any more: too much, and nobody owes them.
    assert shift.stands() == (0, TEN)
    [too_much] = MoneyMove.objects.filter(kind="difference")
    assert (too_much.source, too_much.amount) == ("person", TEN)


def test_without_the_lock_the_courier_holds_less_than_nothing(transactional_db, monkeypatch):
    shift = Shift()
    without_the_lock_of_hands(monkeypatch)
    counting = Counting(monkeypatch, shift)
    shift.correct()
    assert not counting.finish()
    assert shift.stands() == (-TEN, TEN)


def test_a_door_that_pays_during_the_count_is_in_the_hands_afterwards(
    transactional_db, monkeypatch
):
    shift = Shift()
    other = factories.owing(shift.door, "3.00")

    def pay() -> None:
        said = {"source": MoneyMove.Account.PERSON, "holder": shift.courier, "by": shift.courier}
        orders.pay(other, shift.door, Decimal("3.00"), nonce=uuid4(), **said)

    counting = Counting(monkeypatch, shift)
    counting.beside(pay)
    wait_until_somebody_waits("transactionid")
    assert not counting.finish()
    assert shift.stands() == (Decimal("3.00"), TEN)


# -- two leaders at one door ----------------------------------------------------------------------


def test_a_door_pays_one_of_two_leaders(each_database, race):
    station = factories.station()
    grid = factories.grid(station)
    round = factories.round(station)
    good = factories.item(station, price="2.50")
    door = factories.household(grid)
    factories.resident(door)
    order = place(round, door, (good, 4))
    leaders = [factories.user() for _number in range(2)]

    def collect(number: int) -> None:
        said = {"source": MoneyMove.Account.PERSON, "by": leaders[number], "seen": TEN}
        collecting.collect(door, round, TEN, nonce=uuid4(), **said)

    paid, errors = race(2, collect)
    assert len(paid) == 1
    assert kinds(errors) == {"MoneyChanged"}
    assert ledger.owed([order.pk]) == {order.pk: 0}
    assert sum(cash.held_by(station).values()) == TEN
