"""All batches of a round at once: who gets which, what is packed, and the figures said."""

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from delivery import at_once, batches, signals
from delivery.errors import NotShared
from delivery.models import Batch, Event, Parcel, ParcelLine
from inventory.models import Lot
from tests import factories
from tests.delivery.doors import fail, send_out
from tests.delivery.taps import words


@pytest.fixture
def make(station, round, staff):
    """Plans so many more batches of one door each, in grids of their own unless one is named."""

    def make(count: int, grid=None, weight_g: int = 1000) -> list[Batch]:
        for _ in range(count):
            door = factories.household(grid or factories.grid(station))
            factories.parcel(round, door, weight_g=weight_g)
        station.batch_stops = 1
        station.save()
        return batches.plan(round, staff).batches

    return make


def carried() -> Counter:
    """Batches by volunteer's name."""
    return Counter(
        Batch.objects.exclude(courier=None).values_list("courier__user__name", flat=True)
    )


def queries(run) -> int:
    with CaptureQueriesContext(connection) as taken:
        run()
    return len(taken)


# --- giving -----------------------------------------------------------------------------------


def test_the_work_is_spread_evenly_and_to_who_can(make, station, round, staff, grid):
    """Ten light ones anywhere, two of 30 kg; one helper has two already, one is not strong."""
    busy, strong = (factories.volunteer(station, name) for name in ("甲忙", "乙壮"))
    factories.volunteer(station, "丙弱", capacity_g=20_000)
    factories.volunteer(station, "丁休息", active=False)
    factories.volunteer(station, "戊别处", grids=[factories.grid(station)])
    for batch in make(2):
        batches.give(batch, busy, staff)
    heavy = make(2, grid, 30_000)
    make(8)
    assert at_once.give(round, staff) == at_once.Given(given=10, left=0)
    assert carried() == {"甲忙": 4, "乙壮": 4, "丙弱": 4}
    able = {busy.pk, strong.pk}
    assert (
        set(Batch.objects.filter(pk__in=[b.pk for b in heavy]).values_list("courier", flat=True))
        <= able
    )
    given = Event.objects.filter(kind="batch_given", by=staff, round=round)
    assert given.count() == 12
    for event in given.select_related("batch"):
        assert event.data == {"volunteer": event.batch.courier_id}
    assert at_once.give(round, staff) == at_once.Given(given=0, left=0)
    assert given.count() == 12


def test_the_same_morning_is_spread_the_same_way(make, station, round, staff):
    for name in "甲乙丙":
        factories.volunteer(station, name)
    make(7)
    at_once.give(round, staff)
    first = list(Batch.objects.order_by("pk").values_list("courier", flat=True))
    Batch.objects.update(courier=None)
    at_once.give(round, staff)
    assert list(Batch.objects.order_by("pk").values_list("courier", flat=True)) == first


def test_what_nobody_can_carry_is_left_and_counted(make, station, round, staff, grid):
    factories.volunteer(station, capacity_g=2_000)
    make(3)
    [heavy] = make(1, grid, 30_000)
    assert at_once.give(round, staff) == at_once.Given(given=3, left=1)
    heavy.refresh_from_db()
    assert heavy.courier is None


def test_only_this_round_and_only_what_has_not_left(make, station, round, staff, courier, grid):
    out, packed, given = make(3)
    send_out(out, courier, staff)
    batches.pack(packed, staff)
    other = factories.volunteer(station, "先来")
    batches.give(given, other, staff)
    yesterday = factories.round(station, "昨天", status="closed")
    factories.parcel(yesterday, factories.household(grid))
    [older] = batches.plan(yesterday, staff).batches
    assert at_once.give(round, staff) == at_once.Given(given=1, left=0)
    for batch in (out, packed, given, older):
        batch.refresh_from_db()
    assert (out.courier, given.courier, older.courier) == (courier.volunteer, other, None)
    assert packed.courier is not None
    assert packed.status == "packed"


def test_giving_costs_the_same_for_three_and_for_thirty(make, station, round, staff):
    def helpers(count):
        for _ in range(count):
            factories.volunteer(station)

    helpers(2)
    make(3)
    few = queries(lambda: at_once.give(round, staff))
    helpers(20)
    make(30)
    assert queries(lambda: at_once.give(round, staff)) == few
    assert Event.objects.filter(kind="batch_given").count() == 33


# --- packing ----------------------------------------------------------------------------------


@pytest.fixture
def heard():
    """The parcels of every announcement."""
    calls: list[list[int]] = []

    def listen(sender, parcel_ids, **kwargs):
        calls.append(parcel_ids)

    signals.batch_packed.connect(listen)
    yield calls
    signals.batch_packed.disconnect(listen)


def test_everything_planned_is_packed_in_one_announcement(make, round, staff, courier, home, heard):
    """What came back from an earlier try has left the stock before."""
    [first] = make(1)
    send_out(first, courier, staff)
    fail(first.stops.get(), courier)
    again, new, more = make(2)
    factories.parcel(factories.round(round.station, "昨天", status="closed"), home)
    del heard[:]
    assert at_once.pack(round, staff) == at_once.Packed(3, [], [])
    fresh = list(
        Parcel.objects.filter(loads__stop__batch__in=[new, more]).values_list("pk", flat=True)
    )
    assert heard == [sorted(fresh)]
    assert set(Batch.objects.values_list("status", flat=True)) == {"done", "packed"}
    assert set(round.parcels.values_list("status", flat=True)) == {"failed", "packed"}
    assert Parcel.objects.exclude(round=round).get().status == "waiting"
    events = Event.objects.filter(kind="batch_packed", by=staff)
    counts = dict(events.values_list("batch", "data__parcels"))
    assert (counts[again.pk], counts[new.pk], counts[more.pk]) == (0, 1, 1)
    assert at_once.pack(round, staff) == at_once.Packed(0)
    assert len(heard) == 1


def test_packing_happens_whole_or_not_at_all(make, round, staff):
    make(3)

    def refuse(sender, **kwargs):
        raise ZeroDivisionError

    signals.batch_packed.connect(refuse)
    try:
        with pytest.raises(ZeroDivisionError):
            at_once.pack(round, staff)
    finally:
        signals.batch_packed.disconnect(refuse)
    assert set(Batch.objects.values_list("status", flat=True)) == {"planned"}
    assert set(Parcel.objects.values_list("status", flat=True)) == {"waiting"}
    assert not Event.objects.filter(kind="batch_packed").exists()


@pytest.fixture
def three(station, round, staff):
    """Batches of one door each that gets two trays of eggs; the station has six."""
    eggs = factories.item(station, "鸡蛋", in_stock=6)
    for number in range(3):
        grid = factories.grid(station, f"{number + 1}号")
        factories.parcel(round, factories.household(grid), lines=[(eggs, 2)])
    station.batch_stops = 1
    station.save()
    return batches.plan(round, staff).batches


def statuses() -> list[str]:
    return list(Batch.objects.order_by("pk").values_list("status", flat=True))


def test_a_batch_that_waits_for_a_share_out_holds_up_no_other(three, round, staff):
    lines = ParcelLine.objects.filter(parcel__loads__stop__batch=three[1])
    ParcelLine.objects.filter(pk__in=lines).update(awaiting=True)
    assert at_once.pack(round, staff) == at_once.Packed(2, [three[1]], [])
    assert statuses() == ["packed", "planned", "packed"]
    assert Parcel.objects.get(loads__stop__batch=three[1]).status == "waiting"
    assert Lot.objects.get().units == 2
    # By itself it is refused still.
    with pytest.raises(NotShared):
        batches.pack(three[1], staff)
    assert at_once.pack(round, staff) == at_once.Packed(0, [three[1]], [])


@pytest.mark.parametrize(("fresh", "packed"), [(6, 3), (5, 2), (4, 2), (3, 1), (1, 0)])
def test_what_the_shelf_has_goes_to_the_first(three, round, staff, fresh, packed):
    Lot.objects.update(units=fresh)
    done = at_once.pack(round, staff)
    assert done == at_once.Packed(packed, [], three[packed:])
    assert statuses() == ["packed"] * packed + ["planned"] * (3 - packed)


def test_those_that_cannot_are_named(press, three, monkeypatch):
    ParcelLine.objects.update(awaiting=True)
    assert press("station-pack-all") == [
        "有预订的货还没有分，这些批次没有装：1号-1、2号-1、3号-1。请先去“分货”。"
    ]
    monkeypatch.setattr("delivery.views.dispatch.NAMED", 2)
    assert press("station-pack-all") == [
        "有预订的货还没有分，这些批次没有装：1号-1、2号-1，还有 1 批。请先去“分货”。"
    ]
    ParcelLine.objects.update(awaiting=False)
    yesterday = timezone.localdate() - timezone.timedelta(1)
    Lot.objects.update(expires_on=yesterday)
    assert press("station-pack-all") == [
        "架上没过期的货不够，这些批次没有装：1号-1、2号-1，还有 1 批。请到“装箱”一户一户装。"
    ]


def test_packing_costs_the_same_for_three_and_for_thirty(make, round, staff):
    make(3)
    few = queries(lambda: at_once.pack(round, staff))
    make(30)
    assert queries(lambda: at_once.pack(round, staff)) == few


# --- the buttons ------------------------------------------------------------------------------


@pytest.fixture
def press(client, staff, round):
    client.force_login(staff)
    return lambda name: words(client.post(reverse(name, args=[round.pk]), follow=True))


def test_the_buttons_say_how_many(press, make, courier, grid):
    make(3)
    make(1, grid, 49_000)
    courier.volunteer.capacity_g = 2_000
    courier.volunteer.save()
    assert press("station-give-all") == ["派好了 3 批。", "1 批没有在岗的志愿者带得动。"]
    assert press("station-give-all") == ["1 批没有在岗的志愿者带得动。"]
    assert press("station-pack-all") == ["4 批装好了。"]
    assert press("station-pack-all") == ["没有要装的批次，什么也没有变。"]
    courier.volunteer.capacity_g = 50_000
    courier.volunteer.save()
    assert press("station-give-all") == ["派好了 1 批。"]
    assert press("station-give-all") == ["没有要派的批次，什么也没有变。"]


def test_the_buttons_are_there_while_there_is_something_to_do(client, press, make, courier, round):
    of_round = f"{reverse('station-dispatch')}?round={round.pk}"

    def offered() -> list[bool]:
        text = client.get(of_round).content.decode()
        return [f">{word}<" in text for word in ("全部派好", "全部装好")]

    make(2)
    assert offered() == [True, True]
    press("station-give-all")
    assert offered() == [False, True]
    press("station-pack-all")
    assert offered() == [False, False]


@pytest.mark.parametrize("name", ["station-give-all", "station-pack-all"])
@pytest.mark.parametrize("who", ["stranger", "courier", "resident", "leader"])
def test_nobody_else_moves_a_rounds_batches(client, make, round, courier, who, request, name):
    make(2)
    client.force_login(request.getfixturevalue(who))
    assert client.post(reverse(name, args=[round.pk])).status_code in {403, 404}
    assert list(Batch.objects.values_list("status", "courier")) == [("planned", None)] * 2


def test_a_long_list_is_cut_with_those_who_wait_first(
    client, staff, make, courier, round, monkeypatch
):
    monkeypatch.setattr("delivery.views.dispatch.LISTED", 3)
    made = make(5)
    for batch in made[:3]:
        batches.give(batch, courier.volunteer, staff)
    client.force_login(staff)

    def listed(**asked) -> list[Batch]:
        page = client.get(reverse("station-dispatch"), {"round": round.pk, **asked})
        [group] = [group for group in page.context["groups"] if group.total]
        assert group.total == 5
        assert ("看全部 5 批" in page.content.decode()) == (len(group.batches) < 5)
        return group.batches

    assert listed() == [*made[3:], made[0]]
    assert listed(all="planned") == [*made[3:], *made[:3]]
    assert listed(all="nonsense") == listed()


def test_hundreds_of_batches_are_a_small_page(client, staff, make, round, station):
    for _ in range(30):
        factories.volunteer(station, "周大山")
    make(300)
    client.force_login(staff)
    page = client.get(reverse("station-dispatch"), {"round": round.pk})
    assert len(page.content) < 60_000
