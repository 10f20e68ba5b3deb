"""Delivery's rules when several people act at the same moment.

Each guard has its control: the same race without it goes wrong.
"""

import threading
from contextlib import suppress
from functools import partial
from threading import Barrier, BrokenBarrierError
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from delivery import batches, handoffs, locks, rounds, signals
from delivery.errors import (
    BatchNotOpen,
    CannotCarry,
    CorrectionRefused,
    HandoffConflict,
    NotYourBatch,
    OutOfStep,
)
from delivery.models import Batch, Event, Handoff, Parcel, Round, Stop, StopParcel
from tests import factories


class Village:
    """A closed round with one parcel at each of `doors` doors, planned if a courier is wanted."""

    def __init__(self, doors: int = 1, *, status: str = "closed") -> None:
        self.station = factories.station()
        self.staff = factories.member(self.station)
        self.grid = factories.grid(self.station)
        self.round = factories.round(self.station, status=status)
        for _ in range(doors):
            factories.parcel(self.round, factories.household(self.grid))

    def plan(self) -> Batch:
        [batch] = batches.plan(self.round, self.staff).batches
        return batch

    def give(self, batch: Batch):
        volunteer = factories.volunteer(self.station)
        batches.give(batch, volunteer, self.staff)
        return volunteer.user

    def send_out(self) -> tuple[Batch, object]:
        batch = self.plan()
        courier = self.give(batch)
        batches.pack(batch, self.staff)
        batches.start(batch, courier)
        return batch, courier


def meet_after(monkeypatch, runners: int, *looks: tuple[object, str]) -> None:
    """Whoever has looked waits until all have, so that nobody's writing is seen by anybody.

    Where a guard lets them look only one by one, the first gives up waiting and all go on.
    """
    meeting = Barrier(runners)

    def and_meet(look):
        def look_and_wait(*args):
            seen = look(*args)
            with suppress(BrokenBarrierError):
                meeting.wait(timeout=1)
            return seen

        return look_and_wait

    for module, name in looks:
        monkeypatch.setattr(module, name, and_meet(getattr(module, name)))


def kinds(errors: list[Exception]) -> set[type]:
    return {type(error) for error in errors}


# --- planning ---------------------------------------------------------------------------------


def test_two_planners_make_one_plan(each_database, race, monkeypatch):
    village = Village(doors=5)
    meet_after(monkeypatch, 4, (batches, "_free_parcels"))
    results, errors = race(4, lambda _: len(batches.plan(village.round, village.staff).batches))
    assert errors == []
    assert sorted(results) == [0, 0, 0, 1]
    assert Stop.objects.count() == StopParcel.objects.count() == 5


def test_without_the_lock_planners_collide(transactional_db, race, monkeypatch):
    """The control. The constraints still let no parcel into two batches, but as an error page."""
    village = Village(doors=5)
    meet_after(monkeypatch, 4, (batches, "_free_parcels"))
    monkeypatch.setattr(locks, "round_exclusive", lambda round_id: None)
    _, errors = race(4, lambda _: batches.plan(village.round, village.staff))
    assert kinds(errors) == {IntegrityError}
    assert StopParcel.objects.count() == 5


# --- one batch, several hands -----------------------------------------------------------------


def test_a_batch_is_given_to_one(each_database, race):
    village = Village()
    batch = village.plan()
    helpers = [factories.volunteer(village.station) for _ in range(6)]
    _, errors = race(6, lambda number: batches.give(batch, helpers[number], village.staff))
    assert kinds(errors) == {CannotCarry}
    assert len(errors) == 5
    given = Event.objects.get(kind="batch_given")
    batch.refresh_from_db()
    assert batch.courier_id == given.data["volunteer"]


def test_a_double_start_starts_once(each_database, race):
    village = Village()
    batch = village.plan()
    courier = village.give(batch)
    batches.pack(batch, village.staff)
    _, errors = race(4, lambda _: batches.start(batch, courier))
    assert kinds(errors) == {BatchNotOpen}
    assert len(errors) == 3
    assert Event.objects.filter(kind="batch_started").count() == 1


def test_looking_before_moving_starts_twice(transactional_db, race, monkeypatch):
    """The control: the second one gets as far as the parcels, which are gone already."""
    village = Village()
    batch = village.plan()
    courier = village.give(batch)
    batches.pack(batch, village.staff)

    all_have_looked = Barrier(4)

    def look_then_move(batch, source, target, sentence, **as_seen):
        if batch.status != source:
            raise BatchNotOpen(sentence)
        all_have_looked.wait(timeout=10)
        Batch.objects.filter(pk=batch.pk).update(status=target)

    monkeypatch.setattr(batches, "_move", look_then_move)
    _, errors = race(4, lambda _: batches.start(batch, courier))
    assert OutOfStep in kinds(errors)


def _do(steps, number: int):
    return steps[number]()


def test_taken_back_or_started_but_never_both(each_database, race):
    for _ in range(5):
        village = Village()
        batch = village.plan()
        courier = village.give(batch)
        batches.pack(batch, village.staff)
        steps = [
            partial(batches.start, batch, courier),
            partial(batches.take_back, batch, village.staff),
        ]
        _, errors = race(2, partial(_do, steps))
        assert len(errors) == 1
        assert kinds(errors) <= {BatchNotOpen, NotYourBatch}
        batch.refresh_from_db()
        assert (batch.status == "out") == (batch.courier is not None)


# --- doors ------------------------------------------------------------------------------------


def test_one_tap_sent_many_times_is_one_handoff(each_database, race, monkeypatch):
    village = Village(doors=2)
    batch, courier = village.send_out()
    stop, nonce = batch.stops.first(), uuid4()
    meet_after(monkeypatch, 6, (handoffs, "_said_before"))
    results, errors = race(
        6, lambda _: handoffs.record(stop, outcome="left", nonce=nonce, by=courier)
    )
    assert errors == []
    assert {handoff.pk for handoff in results} == {Handoff.objects.get().pk}


def test_without_the_lock_a_repeat_is_an_error_page(transactional_db, race, monkeypatch):
    """The control: all look, all see nothing, and the constraint stops all but one."""
    village = Village(doors=2)
    batch, courier = village.send_out()
    stop, nonce = batch.stops.first(), uuid4()
    meet_after(monkeypatch, 6, (handoffs, "_said_before"))
    monkeypatch.setattr(handoffs, "_locked", lambda pk: Batch.objects.get(pk=pk))
    _, errors = race(6, lambda _: handoffs.record(stop, outcome="left", nonce=nonce, by=courier))
    assert IntegrityError in kinds(errors)
    assert Handoff.objects.count() == 1


def test_one_nonce_at_two_batches_is_a_conflict(transactional_db, race, monkeypatch):
    """No lock is shared here: both look, both see nothing, and the constraint decides."""
    out = [Village().send_out() for _ in range(2)]
    nonce = UUID(int=1)
    meet_after(monkeypatch, 2, (handoffs, "_said_before"))

    def tap(number: int) -> Handoff:
        batch, courier = out[number]
        return handoffs.record(batch.stops.get(), outcome="left", nonce=nonce, by=courier)

    [first], [conflict] = race(2, tap)
    assert isinstance(conflict, HandoffConflict)
    assert conflict.first == first == Handoff.objects.get()
    assert Stop.objects.filter(status="waiting").count() == 1
    assert Event.objects.filter(kind="handoff_conflict").count() == 1


def last_two_taps(race, monkeypatch) -> Batch:
    village = Village(doors=2)
    batch, courier = village.send_out()
    stops = list(batch.stops.all())
    meet_after(monkeypatch, 2, (handoffs, "_end_if_last"))
    _, errors = race(
        2,
        lambda number: handoffs.record(stops[number], outcome="left", nonce=uuid4(), by=courier),
    )
    assert errors == []
    batch.refresh_from_db()
    return batch


def test_the_last_two_taps_at_once_end_the_batch(each_database, race, monkeypatch):
    batch = last_two_taps(race, monkeypatch)
    assert batch.status == "done"
    assert Event.objects.filter(kind="batch_done").count() == 1


def test_without_the_lock_nobody_sees_the_last_tap(transactional_db, race, monkeypatch):
    """The control: each still sees the other's door open, and the batch never ends."""
    everything = Batch.objects.select_related("courier", "grid", "round")
    monkeypatch.setattr(handoffs, "_locked", lambda pk: everything.get(pk=pk))
    assert last_two_taps(race, monkeypatch).status == "out"


def correct_while_planning(race, monkeypatch):
    """The parcel of a failed stop: the office plans it anew while the courier says 'left'."""
    village = Village(doors=2)
    batch, courier = village.send_out()
    failed = handoffs.record(
        batch.stops.first(), outcome="failed", reason="nobody", nonce=uuid4(), by=courier
    )
    meet_after(monkeypatch, 2, (handoffs, "_carried_later"), (batches, "_free_parcels"))
    steps = [
        lambda: handoffs.correct(failed, outcome="left", nonce=uuid4(), by=courier),
        lambda: batches.plan(village.round, village.staff).batches,
    ]
    return race(2, lambda number: steps[number]())


def test_corrected_or_planned_anew_but_never_both(each_database, race, monkeypatch):
    _, errors = correct_while_planning(race, monkeypatch)
    assert kinds(errors) <= {CorrectionRefused}
    planned_anew = Batch.objects.count() == 2
    assert bool(errors) == planned_anew
    assert Parcel.objects.filter(status="delivered").count() == (0 if planned_anew else 1)


def test_without_the_lock_both_want_the_parcel(transactional_db, race, monkeypatch):
    """The control: one of the two gets an error page."""
    monkeypatch.setattr(locks, "round_exclusive", lambda round_id: None)
    _, errors = correct_while_planning(race, monkeypatch)
    assert kinds(errors) == {IntegrityError}


# --- the cut-off ------------------------------------------------------------------------------


def place_while_closing(race) -> tuple[int, int]:
    """(orders placed, orders seen at the closing): an order takes its time, the close comes."""
    village = Village(doors=0, status="open")
    home = factories.household(village.grid)
    placing, closed, seen = Barrier(2), threading.Event(), []

    def count(sender, round, **kwargs):
        seen.append(Parcel.objects.filter(round=round).count())

    def place() -> None:
        with transaction.atomic():
            locks.round_shared(village.round.pk, home.pk)
            if Round.objects.taking_orders().filter(pk=village.round.pk).exists():
                placing.wait(timeout=10)
                closed.wait(timeout=1)  # comes only where nothing holds the closing up
                factories.parcel(village.round, home)

    def close() -> None:
        placing.wait(timeout=10)
        rounds.close(village.round)
        closed.set()

    signals.round_closed.connect(count)
    try:
        _, errors = race(2, lambda number: [place, close][number]())
    finally:
        signals.round_closed.disconnect(count)
    assert errors == []
    [at_closing] = seen
    return Parcel.objects.count(), at_closing


def test_the_closing_waits_for_the_order_in_flight(each_database, race):
    assert place_while_closing(race) == (1, 1)


def test_without_the_lock_an_order_slips_in_after_the_parcels(transactional_db, race, monkeypatch):
    """The control: placed, and in nobody's parcel."""
    monkeypatch.setattr(locks, "round_exclusive", lambda round_id: None)
    assert place_while_closing(race) == (1, 0)


def test_orders_of_different_doors_do_not_wait_for_each_other(transactional_db, race):
    """Both hold the round at once: with an exclusive lock the barrier would never open."""
    together = Barrier(2)

    def place(number: int) -> None:
        with transaction.atomic():
            locks.round_shared(1, number)
            together.wait(timeout=5)

    assert race(2, place).errors == []


def test_orders_of_one_door_come_one_after_the_other(transactional_db, race):
    together = Barrier(2)

    def place(number: int) -> None:
        with transaction.atomic():
            locks.round_shared(1, 1)
            together.wait(timeout=0.5)

    assert kinds(race(2, place).errors) == {BrokenBarrierError}


def test_several_clocks_turn_a_round_once(each_database, race):
    village = Village(doors=0, status="open")
    factories.round(village.station, "晚市", opens_in=-3, closes_in=-1, repeats_daily=True)
    results, errors = race(4, lambda _: rounds.turn_due())
    assert errors == []
    assert sorted(len(closed) for _, closed in results) == [0, 0, 0, 1]
    assert Event.objects.filter(kind="round_closed").count() == 1
    assert Round.objects.filter(name="晚市", status="planned").count() == 1


def test_a_lock_needs_a_transaction(each_database):
    assert not connection.in_atomic_block
    with pytest.raises(AssertionError):
        locks.round_exclusive(1)
    with pytest.raises(AssertionError):
        locks.round_shared(1, 1)
