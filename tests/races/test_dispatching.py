"""Several people send batches out at the same moment: one by one, and a whole round at once.

Each guard has its control: the same race without it goes wrong.
"""

from delivery import at_once, batches, duty, volunteers
from delivery.errors import BatchNotOpen, CannotCarry, OutOfStep
from delivery.models import Batch, Event, Parcel
from tests import factories
from tests.races.buyers import PATIENCE, Halfway, wait_until_somebody_waits
from tests.races.test_delivery import Village, kinds, meet_after

# --- on duty, and off -------------------------------------------------------------------------


def give_while_they_leave(race, monkeypatch, *, guarded: bool):
    """Somebody is found fit for a batch, and goes off duty before it is written down."""
    village = Village()
    batch, helper = village.plan(), factories.volunteer(village.station)
    halfway = Halfway(monkeypatch, volunteers, "check", after=True)

    def leave() -> int:
        assert halfway.reached.wait(PATIENCE)
        taken = duty.end(helper, village.staff)
        halfway.go.set()
        return taken

    def look_on() -> None:
        assert halfway.reached.wait(PATIENCE)
        wait_until_somebody_waits("transactionid")
        halfway.go.set()

    steps = [lambda: batches.give(batch, helper, village.staff), leave]
    steps += [look_on] if guarded else []
    _, errors = race(len(steps), lambda number: steps[number]())
    assert errors == []
    batch.refresh_from_db()
    helper.refresh_from_db()
    assert not helper.active
    return batch.courier


def test_nobody_off_duty_is_given_a_batch(transactional_db, race, monkeypatch):
    assert give_while_they_leave(race, monkeypatch, guarded=True) is None
    assert Event.objects.filter(kind="batch_taken_back").count() == 1


def test_without_the_lock_somebody_off_duty_has_a_batch(transactional_db, race, monkeypatch):
    """The control."""
    monkeypatch.setattr(volunteers, "lock", lambda these: None)
    assert give_while_they_leave(race, monkeypatch, guarded=False) is not None


# --- a whole round, several hands -------------------------------------------------------------


class Morning(Village):
    """A round with five batches, and three volunteers."""

    def __init__(self) -> None:
        super().__init__(doors=5)
        self.station.batch_stops = 1
        self.station.save()
        self.batches = batches.plan(self.round, self.staff).batches
        self.helpers = [factories.volunteer(self.station) for _ in range(3)]


def test_two_dispatchers_give_each_batch_once(each_database, race, monkeypatch):
    morning = Morning()
    meet_after(monkeypatch, 2, (at_once, "_locked"))
    results, errors = race(2, lambda _: at_once.give(morning.round, morning.staff).given)
    assert errors == []
    assert sorted(results) == [0, 5]
    given = Event.objects.filter(kind="batch_given")
    assert {event.batch_id: event.data["volunteer"] for event in given} == dict(
        Batch.objects.values_list("pk", "courier")
    )
    assert given.count() == 5


def test_without_the_locks_the_condition_still_stops_the_second(
    transactional_db, race, monkeypatch
):
    """The control: both look, and one of them is refused in words."""
    morning = Morning()
    monkeypatch.setattr(volunteers, "lock", lambda these: None)
    monkeypatch.setattr(at_once, "_locked", lambda these: list(these.order_by("pk")))
    meet_after(monkeypatch, 2, (at_once, "_locked"))
    _, errors = race(2, lambda _: at_once.give(morning.round, morning.staff))
    assert kinds(errors) == {OutOfStep}
    assert Event.objects.filter(kind="batch_given").count() == 5


def test_all_at_once_and_one_by_one_give_each_batch_once(each_database, race):
    morning = Morning()

    def give(number: int) -> None:
        if number == 0:
            at_once.give(morning.round, morning.staff)
        else:
            batches.give(morning.batches[-number], morning.helpers[-number], morning.staff)

    _, errors = race(4, give)
    assert kinds(errors) <= {CannotCarry}
    assert Event.objects.filter(kind="batch_given").count() == 5
    assert not Batch.objects.filter(courier=None).exists()


def test_everything_is_packed_once(each_database, race, monkeypatch):
    morning = Morning()
    last = morning.batches[-1]
    steps = [
        lambda: at_once.pack(morning.round, morning.staff),
        lambda: at_once.pack(morning.round, morning.staff),
        lambda: batches.pack(last, morning.staff),
    ]
    _, errors = race(3, lambda number: steps[number]())
    assert kinds(errors) <= {BatchNotOpen}
    assert Event.objects.filter(kind="batch_packed").count() == 5
    assert set(Parcel.objects.values_list("status", flat=True)) == {"packed"}
