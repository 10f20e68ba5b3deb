"""Batches are planned, given, packed and started."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from delivery import batches, signals, today
from delivery.errors import BatchNotOpen, CannotCarry, NotYourBatch, OutOfStep, RoundNotClosed
from delivery.models import Batch, Event, Parcel, Round, Stop, StopParcel
from tests import factories
from tests.delivery.doors import correct, fail


@pytest.fixture
def heard():
    """(what, parcel ids, by, at) of every announcement."""
    calls: list[tuple] = []

    def listen(signal, sender, parcel_ids, by, at, **kwargs):
        what = "packed" if signal is signals.batch_packed else "started"
        calls.append((what, parcel_ids, by, at))

    signals.batch_packed.connect(listen)
    signals.batch_started.connect(listen)
    yield calls
    signals.batch_packed.disconnect(listen)
    signals.batch_started.disconnect(listen)


@pytest.fixture
def batch(round, home, staff):
    """Planned: one stop, two parcels of 1 kg."""
    factories.parcel(round, home)
    factories.parcel(round, home)
    [batch] = batches.plan(round, staff).batches
    return batch


def doors(batch: Batch) -> list[str]:
    return [stop.household.door for stop in batch.stops.select_related("household")]


def now(batch: Batch) -> tuple:
    batch = Batch.objects.get(pk=batch.pk)
    return batch.status, batch.courier_id


def statuses() -> list[str]:
    return list(Parcel.objects.order_by("pk").values_list("status", flat=True))


# --- planning ---------------------------------------------------------------------------------


def test_plan_walks_each_grid_in_order(station, grid, round, staff):
    station.batch_stops = 2
    station.save()
    second = factories.grid(station, "二网格", position=2, risk_level="sealed")
    for where, building, room in [
        (second, "1", "101"),
        (grid, "10", "101"),
        (grid, "2", "1101"),
        (grid, "2", "302"),
    ]:
        factories.parcel(round, factories.household(where, building, room=room), weight_g=700)
    plan = batches.plan(round, staff)
    assert plan.too_heavy == []
    first, rest, other = Batch.objects.order_by("grid__position", "number")
    assert plan.batches == [first, rest, other]
    assert [str(batch) for batch in plan.batches] == ["一网格-1", "一网格-2", "二网格-1"]
    assert doors(first) == ["2幢 302", "2幢 1101"]
    assert doors(rest) == ["10幢 101"]
    assert list(first.stops.values_list("position", flat=True)) == [1, 2]
    assert (first.weight_g, first.stop_count, first.risk_level) == (1400, 2, "normal")
    assert (other.weight_g, other.stop_count, other.risk_level) == (700, 1, "sealed")
    assert (first.status, first.courier) == ("planned", None)
    events = Event.objects.filter(kind="batch_planned", by=staff, round=round)
    assert {event.batch_id: event.data for event in events}[first.pk] == {
        "stops": 2,
        "weight_g": 1400,
    }
    assert events.count() == 3


def test_the_risk_level_is_the_one_of_the_moment(batch, grid):
    grid.risk_level = "sealed"
    grid.save()
    batch.refresh_from_db()
    assert batch.risk_level == "normal"


def test_planning_again_adds_only_what_is_new_and_numbers_go_on(batch, round, staff, home):
    assert batches.plan(round, staff).batches == []
    late = factories.parcel(round, home)
    [second] = batches.plan(round, staff).batches
    assert (second.number, second.stop_count) == (2, 1)
    assert list(StopParcel.objects.filter(stop__batch=second).values_list("parcel", flat=True)) == [
        late.pk
    ]
    assert Batch.objects.count() == 2


def test_only_what_may_go_out_and_is_in_no_batch_is_planned(round, staff, home, station):
    other_round = factories.round(station, "另一波", status="closed")
    factories.parcel(other_round, home)
    wanted = [
        factories.parcel(round, home, status=status).pk
        for status in ("waiting", "packed", "failed")
    ]
    for status in ("on_way", "delivered"):
        factories.parcel(round, home, status=status)
    batches.plan(round, staff)
    assert list(StopParcel.objects.order_by("pk").values_list("parcel", flat=True)) == wanted


def test_a_parcel_too_heavy_for_any_batch_is_left_for_a_person(station, round, staff, home):
    station.batch_weight_g = 20_000
    station.save()
    heavy = factories.parcel(round, home, weight_g=20_001)
    factories.parcel(round, home, weight_g=20_000)
    plan = batches.plan(round, staff)
    assert plan.too_heavy == [heavy]
    assert [batch.weight_g for batch in plan.batches] == [20_000]
    assert batches.plan(round, staff) == batches.Plan([], [heavy])


@pytest.mark.parametrize("status", ["planned", "open"])
def test_only_a_closed_round_is_planned(round, staff, home, status):
    factories.parcel(round, home)
    Round.objects.update(status=status)
    with pytest.raises(RoundNotClosed, match=r"^这个波次还没有截单，不能排批次。$"):
        batches.plan(round, staff)
    assert not Batch.objects.exists()


def test_queries_do_not_grow_with_the_parcels(station, grid, staff):
    station.batch_stops = 2
    station.save()

    def queries(parcels: int) -> int:
        round = factories.round(station, f"波次{parcels}", status="closed")
        for _ in range(parcels):
            factories.parcel(round, factories.household(grid))
        with CaptureQueriesContext(connection) as captured:
            batches.plan(round, staff)
        return len(captured)

    few = queries(3)
    assert queries(23) == few <= 10


# --- giving and taking back -------------------------------------------------------------------


def test_give_and_take_back(batch, courier, staff):
    batches.give(batch, courier.volunteer, staff)
    assert now(batch) == ("planned", courier.volunteer.pk)
    batches.pack(batch, staff)
    batches.take_back(batch, staff)
    assert now(batch) == ("packed", None)
    batches.give(batch, courier.volunteer, staff)
    assert now(batch) == ("packed", courier.volunteer.pk)
    who = {"volunteer": courier.volunteer.pk}
    events = Event.objects.filter(batch=batch, by=staff).order_by("pk")
    assert [(event.kind, event.data) for event in events][1:] == [
        ("batch_given", who),
        ("batch_packed", {"parcels": 2}),
        ("batch_taken_back", who),
        ("batch_given", who),
    ]


def test_giving_twice(batch, courier, other_courier, staff):
    batches.give(batch, courier.volunteer, staff)
    events = Event.objects.count()
    batches.give(batch, courier.volunteer, staff)
    with pytest.raises(CannotCarry, match=r"^这批已经派给别人了，要改派请先收回。$"):
        batches.give(batch, other_courier.volunteer, staff)
    assert now(batch) == ("planned", courier.volunteer.pk)
    assert Event.objects.count() == events


def test_who_cannot_carry_it_does_not_get_it(batch, stranger, staff):
    with pytest.raises(CannotCarry, match=r"^这位志愿者不是本驿站的。$"):
        batches.give(batch, stranger.volunteer, staff)
    assert now(batch) == ("planned", None)


@pytest.mark.parametrize("status", ["out", "done"])
def test_what_has_left_is_neither_given_nor_taken_back(
    batch, courier, other_courier, staff, status
):
    Batch.objects.update(status=status, courier=courier.volunteer)
    for volunteer in (courier.volunteer, other_courier.volunteer):
        with pytest.raises(BatchNotOpen, match=r"^这批已经出发了，不能再改派。$"):
            batches.give(batch, volunteer, staff)
    with pytest.raises(BatchNotOpen, match=r"^这批已经出发了，不能收回。$"):
        batches.take_back(batch, staff)
    assert now(batch) == (status, courier.volunteer.pk)


def test_nothing_to_take_back(batch, staff):
    with pytest.raises(BatchNotOpen, match=r"^这批还没有派给谁。$"):
        batches.take_back(batch, staff)


# --- packing and starting ---------------------------------------------------------------------


def test_pack_then_start(batch, courier, staff, heard):
    ids = list(Parcel.objects.order_by("pk").values_list("pk", flat=True))
    batches.give(batch, courier.volunteer, staff)
    batches.pack(batch, staff)
    assert now(batch)[0] == "packed"
    assert statuses() == ["packed", "packed"]
    batches.start(batch, courier)
    assert now(batch)[0] == "out"
    assert statuses() == ["on_way", "on_way"]
    assert [call[:3] for call in heard] == [
        ("packed", ids, staff),
        ("started", ids, courier),
    ]
    started = Event.objects.get(kind="batch_started")
    assert (started.by, started.data, started.at) == (courier, {"parcels": 2}, heard[1][3])


def test_what_was_packed_for_an_earlier_try_is_not_packed_twice(round, home, courier, staff, heard):
    back = factories.parcel(round, home, status="failed")
    new = factories.parcel(round, home)
    [batch] = batches.plan(round, staff).batches
    batches.give(batch, courier.volunteer, staff)
    batches.pack(batch, staff)
    assert statuses() == ["failed", "packed"]
    batches.start(batch, courier)
    assert statuses() == ["on_way", "on_way"]
    assert [call[1] for call in heard] == [[new.pk], [back.pk, new.pk]]


@pytest.mark.parametrize("status", ["packed", "out", "done"])
def test_packs_once(batch, courier, staff, heard, status):
    Batch.objects.update(status=status, courier=courier.volunteer)
    with pytest.raises(BatchNotOpen, match=r"^这批已经装好了。$"):
        batches.pack(batch, staff)
    assert statuses() == ["waiting", "waiting"]
    assert heard == []


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("planned", "这批还没有装好。"),
        ("out", "这批已经出发了。"),
        ("done", "这批已经出发了。"),
    ],
)
def test_starts_only_from_packed(batch, courier, heard, status, sentence):
    Batch.objects.update(status=status, courier=courier.volunteer)
    with pytest.raises(BatchNotOpen, match=f"^{sentence}$"):
        batches.start(batch, courier)
    assert now(batch)[0] == status
    assert heard == []


@pytest.mark.parametrize("who", ["other_courier", "stranger", "staff", "manager", "resident"])
def test_only_its_courier_starts_a_batch(batch, courier, heard, who, request):
    Batch.objects.update(status="packed", courier=courier.volunteer)
    with pytest.raises(NotYourBatch, match=r"^这批不是派给您的。$"):
        batches.start(batch, request.getfixturevalue(who))
    assert now(batch)[0] == "packed"
    assert heard == []


def test_a_courier_off_duty_does_not_start(batch, courier):
    Batch.objects.update(status="packed", courier=courier.volunteer)
    courier.volunteer.active = False
    courier.volunteer.save()
    with pytest.raises(NotYourBatch):
        batches.start(batch, courier)


def test_a_batch_nobody_has_does_not_start(batch, courier):
    Batch.objects.update(status="packed")
    with pytest.raises(NotYourBatch):
        batches.start(batch, courier)


def test_a_parcel_out_of_step_stops_the_whole_step(batch, courier, heard):
    Batch.objects.update(status="packed", courier=courier.volunteer)
    Parcel.objects.filter(pk=Parcel.objects.first().pk).update(status="packed")
    with pytest.raises(OutOfStep, match=r"^这批里有包裹的状态对不上，请先查清楚。$"):
        batches.start(batch, courier)
    assert now(batch)[0] == "packed"
    assert sorted(statuses()) == ["packed", "waiting"]
    assert heard == []


def test_a_courier_sees_the_open_batches_given_to_them_and_only_those(batch, courier, stranger):
    assert not Batch.objects.given_to(courier).exists()
    Batch.objects.update(courier=courier.volunteer, status="out")
    assert list(Batch.objects.given_to(courier)) == [batch]
    assert not Batch.objects.given_to(stranger).exists()
    Batch.objects.update(status="done")
    assert not Batch.objects.given_to(courier).exists()
    assert Stop.objects.count() == 1


def test_what_a_door_refused_is_not_sent_out_again(round, stop, courier, staff):
    first = fail(stop, courier, reason="refused")
    assert batches.plan(round, staff).batches == []
    assert today.needs(round, []).refused == 1
    # Said by mistake: somebody was simply not at home.
    correct(first, courier, "failed", reason="nobody")
    assert today.needs(round, []).refused == 0
    [second] = batches.plan(round, staff).batches
    assert second.stop_count == 1
