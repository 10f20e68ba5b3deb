"""今天: the figures, what needs a person, the map, and what the page costs."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from delivery import batches, handoffs, registrations, today
from delivery.models import Parcel, Passage
from delivery.today import DoorState
from tests import factories

SQUARE = [[121.0, 30.0], [121.01, 30.0], [121.01, 30.01], [121.0, 30.01]]


@pytest.fixture
def round(station):
    return factories.round(station, "昨天的波次", status="closed", opens_in=-9, closes_in=-2)


@pytest.fixture
def out(round, grid, courier, staff):
    """Four doors on their way: one at the door, one in person, one failed, one not reached."""
    for number in range(4):
        door = factories.household(grid, "1", "", f"10{number}", lat=30.005, lon=121.005)
        factories.parcel(round, door)
    [batch] = batches.plan(round, staff).batches
    batches.give(batch, courier.volunteer, staff)
    batches.pack(batch, staff)
    batches.start(batch, courier)
    stops = list(batch.stops.all())
    for stop, outcome in zip(stops, ("left", "handed", "failed"), strict=False):
        reason = "nobody" if outcome == "failed" else ""
        handoffs.record(stop, outcome=outcome, reason=reason, nonce=uuid4(), by=courier)
    return batch


@pytest.fixture
def look(client, staff):
    client.force_login(staff)
    return lambda **query: client.get(reverse("station-today"), query)


def test_the_five_figures(out, round):
    figures = today.figures(round)
    assert (figures.parcels, figures.packed, figures.unpacked) == (4, 4, 0)
    assert (figures.batches_out, figures.doors_waiting) == (1, 1)
    assert (figures.left, figures.handed, figures.delivered) == (1, 1, 2)
    assert (figures.failed, figures.again, figures.unplanned) == (1, 0, 1)


def test_a_failed_door_that_is_planned_again_says_so(out, round, staff):
    batches.plan(round, staff)
    figures = today.figures(round)
    assert (figures.failed, figures.again, figures.unplanned) == (1, 1, 0)
    # The door that has yet to be reached again is out of the to-do list too.
    assert today.needs(round, list(today.batches(round))).unplanned_failures == 0


def test_every_door_has_one_state(out, round):
    states = sorted(door.state for door in today.doors(round))
    assert states == sorted([DoorState.DONE, DoorState.DONE, DoorState.FAILED, DoorState.OUT])


def test_what_waits_for_somebody_comes_first_then_the_open_round(look, station, round):
    parcel = factories.parcel(round, factories.household(factories.grid(station)))
    opened = factories.round(station, "今天的波次")
    assert look().context["round"] == round
    Parcel.objects.filter(pk=parcel.pk).update(status="delivered")
    assert look().context["round"] == opened
    assert look(round=round.pk).context["round"] == round


def test_an_old_round_can_still_be_looked_at(look, station, round):
    for number in range(today.ROUNDS):
        factories.round(station, f"{number}", status="closed", opens_in=-0.9 + number / 100)
    assert look(round=round.pk).context["round"] == round


def test_without_a_round_it_says_what_to_do(look):
    assert "排波次" in look().content.decode()


def test_the_page_shows_batch_map_and_bars(look, out, grid, station):
    grid.polygon, grid.risk_level = SQUARE, "sealed"
    grid.save()
    Passage.objects.create(station=station, kind="gate", name="东门", points=[[121.01, 30.005]])
    Passage.objects.create(
        station=station,
        kind="road",
        name="河边路",
        is_open=False,
        points=[[121.0, 30.0], [121.01, 30.0]],
    )
    text = look().content.decode()
    assert "褚志愿者" in text
    assert "在送 3/4" in text
    assert "一网格·封控" in text
    assert 'class="road-closed"' in text
    assert text.count("<circle") == 4
    assert "送到 2，在路上 1，没送成 1，未送 0" in text
    assert "1 户没送成，还没再排" in text


def test_htmx_gets_the_part_that_changes(look, client, out):
    whole = look().content.decode()
    part = client.get(reverse("station-today"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" in whole
    assert "<html" not in part
    assert part.lstrip().startswith('<div id="today"')
    assert f'hx-get="{reverse("station-today")}?round={out.round_id}"' in part


class TestNeeds:
    def needs(self, round):
        round.refresh_from_db()
        return today.needs(round, list(today.batches(round)))

    def test_nothing_is_nothing(self, round):
        assert not self.needs(round)

    def test_a_batch_nobody_has(self, round, home, staff):
        factories.parcel(round, home)
        assert self.needs(round).unplanned_parcels == 1
        [batch] = batches.plan(round, staff).batches
        needs = self.needs(round)
        assert (needs.unclaimed, needs.unplanned_parcels) == ([batch], 0)

    def test_a_batch_that_is_late(self, round, out):
        assert self.needs(round).late == []
        round.delivers_to = timezone.now() - timedelta(minutes=1)
        round.delivers_from = round.delivers_to - timedelta(minutes=1)
        round.save()
        assert self.needs(round).late == [out]

    def test_a_grid_that_changed_its_level(self, round, out, grid):
        grid.risk_level = "sealed"
        grid.save()
        assert self.needs(round).other_level == [out]

    def test_a_parcel_nobody_can_carry(self, round, home, staff, look):
        heavy = factories.parcel(round, home, weight_g=50_001)
        batches.plan(round, staff)
        assert self.needs(round).too_heavy == [heavy]
        assert "一网格 1幢 1单元 101：一个包裹 50 公斤，太重" in look().content.decode()

    def test_a_round_about_to_close_or_overdue(self, station):
        soon = factories.round(station, "快了", closes_in=0.4)
        assert self.needs(soon).closes_soon
        assert self.needs(factories.round(station, "还早", closes_in=0.6)).closes_soon is False
        late = factories.round(station, "过了", opens_in=-2, closes_in=-0.1)
        assert self.needs(late).overdue


def test_orders_of_an_open_round_are_counted(station, home, neighbour):
    open_round = factories.round(station)
    for household in (home, home, neighbour.person.household):
        _placed(open_round, household, neighbour, "12.50")
    _placed(open_round, home, neighbour, "99.00", status=today.CANCELLED)
    figures = today.figures(open_round)
    assert (figures.orders, figures.order_doors) == (3, 2)
    assert figures.money == Decimal("37.50")
    assert [door.state for door in today.doors(open_round)] == [DoorState.LEFT, DoorState.LEFT]


def _placed(round, household, user, total, status="placed"):
    order = factories.order(user, total)
    order.status = status
    order.save()
    basket = apps.get_model("basket", "Basket").objects.create(owner=user)
    round.placements.create(order=order, basket=basket, household=household, placed_by=user)


def test_the_cost_does_not_grow(look, out, round, station, staff):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as taken:
            assert look(round=round.pk).status_code == 200
        return len(taken)

    look(round=round.pk)
    before = queries()
    for number in range(20):
        grid = factories.grid(station, f"新{number}网格", polygon=SQUARE)
        factories.parcel(round, factories.household(grid, lat=30.001, lon=121.001))
        factories.parcel(round, factories.household(grid), weight_g=60_000)
    batches.plan(round, staff)
    assert queries() == before


@pytest.mark.parametrize("begun", [True, False])
def test_new_registrations_are_counted_where_staff_look(look, client, station, grid, leader, begun):
    """Also before the first round: a new village begins with its posters."""
    assert "新登记" not in look().text
    if begun:
        factories.round(station)
    for room in ("301", "302"):
        factories.registration(grid, "1", by=leader, room=room)
    done = factories.registration(grid, "1", by=leader, room="303")
    registrations.refuse(done, reason="", by=leader)
    page = look().text
    assert "2 户新登记等着核对" in page
    assert f'href="{reverse("station-registrations")}"' in page
    assert "2 户等着看" in client.get(reverse("station-doors")).text


def test_another_stations_registrations_are_not_counted(look, client, other_station, leader):
    factories.registration(factories.grid(other_station), by=leader)
    assert "新登记" not in look().text
    assert "等着看" not in client.get(reverse("station-doors")).text
