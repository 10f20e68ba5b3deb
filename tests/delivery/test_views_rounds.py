"""波次: the form and its sentences, the buttons, the counts."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from delivery.forms import next_round
from delivery.models import Round
from tests import factories

WRITTEN = "%Y-%m-%dT%H:%M"


@pytest.fixture
def typed() -> dict:
    """A round that is in order: tomorrow from eight to four, delivered the day after."""
    day = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    hours = {"opens_at": 32, "closes_at": 40, "delivers_from": 57, "delivers_to": 59}
    moments = {name: day + timedelta(hours=after) for name, after in hours.items()}
    return {"name": "第一波"} | {name: f"{at:{WRITTEN}}" for name, at in moments.items()}


@pytest.fixture
def send(client, staff):
    client.force_login(staff)
    return lambda data: client.post(reverse("station-rounds"), data)


def test_a_round_is_planned(send, typed, station, grid):
    page = send(typed | {"grids": [grid.pk], "repeats_daily": "on"})
    assert page.url == reverse("station-rounds")
    made = Round.objects.get()
    assert (made.station, made.name, made.status) == (station, "第一波", "planned")
    assert f"{timezone.localtime(made.closes_at):{WRITTEN}}" == typed["closes_at"]
    assert list(made.grids.all()) == [grid]
    assert made.repeats_daily


def test_what_is_suggested_can_be_sent_as_it_is(client, send, staff, station):
    form = client.get(reverse("station-rounds")).context["form"]
    suggested = {name: form[name].value() for name in form.fields}
    page = send({name: value for name, value in suggested.items() if value not in (None, False)})
    assert page.status_code == 302
    assert Round.objects.get().name == suggested["name"]


@pytest.mark.parametrize(
    ("hour", "opens", "closes"), [(9, "22日09:10", "22日16:00"), (15, "23日08:00", "23日16:00")]
)
def test_the_suggestion_fits_the_hour(station, hour, opens, closes):
    now = datetime(2026, 11, 22, hour, 17, tzinfo=timezone.get_current_timezone())
    suggested = next_round(station, now)
    assert f"{suggested['opens_at']:%d日%H:%M}" == opens
    assert f"{suggested['closes_at']:%d日%H:%M}" == closes
    assert suggested["delivers_from"] - suggested["closes_at"] == timedelta(hours=17)


@pytest.mark.parametrize(
    ("field", "before", "sentence"),
    [
        ("closes_at", "opens_at", "截单要晚于开始接单。"),
        ("delivers_from", "closes_at", "开始派送不能早于截单。"),
        ("delivers_to", "delivers_from", "送完要晚于开始派送。"),
    ],
)
def test_times_out_of_order_are_named(send, typed, field, before, sentence):
    earlier = datetime.fromisoformat(typed[before]) - timedelta(minutes=1)
    page = send(typed | {field: f"{earlier:{WRITTEN}}"})
    assert page.status_code == 200
    form = page.context["form"]
    assert form.errors[field] == [sentence]
    assert "__all__" not in form.errors
    assert form["name"].value() == "第一波"
    assert not Round.objects.exists()


def test_a_cut_off_in_the_past_is_refused(send, typed):
    page = send(typed | {"opens_at": "2020-01-01T08:00", "closes_at": "2020-01-01T16:00"})
    assert page.context["form"].errors["closes_at"] == ["这个截单时间已经过去了。"]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "请给这个波次起个名字。"),
        ("closes_at", "", "请填时间。"),
        ("closes_at", "明天四点", "时间要写成 2026-11-22T16:00 这样。"),
    ],
)
def test_what_is_missing_is_said_at_its_field(send, typed, field, value, sentence):
    assert send(typed | {field: value}).context["form"].errors[field] == [sentence]


def test_the_same_round_twice_is_one(send, typed):
    assert send(typed).status_code == 302
    page = send(typed)
    assert page.context["form"].errors["name"] == ["同一时间已经有一个同名的波次了。"]
    assert Round.objects.count() == 1


def test_two_taps_at_once_are_one(send, typed, monkeypatch):
    """The database stops the one that looked before the other had written."""
    send(typed)
    monkeypatch.setattr("delivery.forms.Round.objects.filter", lambda **_: Round.objects.none())
    page = send(typed)
    assert page.context["form"].errors["name"] == ["同一时间已经有一个同名的波次了。"]


def test_another_stations_grid_cannot_be_chosen(send, typed, other_station):
    theirs = factories.grid(other_station)
    assert "grids" in send(typed | {"grids": [theirs.pk]}).context["form"].errors
    assert not Round.objects.exists()


def test_a_button_opens_and_closes(client, staff, station):
    client.force_login(staff)
    round = factories.round(station, "午市", status="planned")
    for name, status in (("open", "open"), ("close", "closed")):
        page = client.post(reverse(f"station-round-{name}", args=[round.pk]), follow=True)
        round.refresh_from_db()
        assert round.status == status
        assert "“午市”" in str(next(iter(page.context["messages"])))


@pytest.mark.parametrize(
    ("name", "status", "sentence"),
    [
        ("station-round-open", "open", "这个波次已经开始过了。"),
        ("station-round-close", "closed", "这个波次没有在接单。"),
        ("station-round-close", "planned", "这个波次没有在接单。"),
    ],
)
def test_the_wrong_state_is_said_in_words(client, staff, station, name, status, sentence):
    client.force_login(staff)
    round = factories.round(station, status=status)
    page = client.post(reverse(name, args=[round.pk]), follow=True)
    assert [str(message) for message in page.context["messages"]] == [sentence]
    round.refresh_from_db()
    assert round.status == status


def test_each_round_has_its_counts(client, staff, station, home):
    client.force_login(staff)
    round = factories.round(station, status="closed")
    factories.parcel(round, home, status="delivered")
    factories.parcel(round, home)
    factories.round(station, "空的", opens_in=-2)
    counted, empty = client.get(reverse("station-rounds")).context["rounds"]
    assert (counted.parcel_count, counted.delivered_count, counted.order_count) == (2, 1, 0)
    assert (empty.parcel_count, empty.batch_count) == (0, 0)


def test_the_cost_does_not_grow(client, staff, station, grid):
    client.force_login(staff)

    def queries() -> int:
        with CaptureQueriesContext(connection) as taken:
            client.get(reverse("station-rounds"))
        return len(taken)

    factories.round(station, grids=[grid])
    queries()
    before = queries()
    for number in range(19):
        factories.round(station, f"{number}", grids=[grid])
    assert queries() == before


# --- cancelled, and no longer daily ------------------------------------------------------------


def press(client, name: str, round: Round) -> list[str]:
    page = client.post(reverse(name, args=[round.pk]), follow=True)
    return [str(message) for message in page.context["messages"]]


def test_a_planned_round_is_cancelled_by_a_button(client, staff, station):
    client.force_login(staff)
    round = factories.round(station, "晚市", status="planned")
    assert press(client, "station-round-cancel", round) == ["“晚市”取消了。"]
    round.refresh_from_db()
    assert round.status == "cancelled"
    assert press(client, "station-round-cancel", round) == ["这个波次已经取消了。"]
    text = client.get(reverse("station-rounds")).content.decode()
    assert "已取消" in text
    assert reverse("station-round-cancel", args=[round.pk]) not in text
    # Nobody is sent there to work on it.
    assert round not in client.get(reverse("station-today")).context["rounds"]
    for page in ("station-today", "station-dispatch"):
        assert client.get(reverse(page), {"round": round.pk}).status_code == 200


def test_a_cancelled_day_says_when_the_next_one_is(client, staff, station):
    client.force_login(staff)
    opens = datetime(2050, 11, 22, 8, 5, tzinfo=timezone.get_current_timezone())
    round = factories.round(
        station,
        "晚市",
        status="planned",
        opens_at=opens,
        closes_at=opens + timedelta(hours=2),
        repeats_daily=True,
    )
    assert press(client, "station-round-cancel", round) == [
        "“晚市”取消了。",
        "它每天重复，下一波在 11月23日 08:05 开始接单。",
    ]


def test_the_daily_repeat_is_stopped_by_a_button(client, staff, station):
    client.force_login(staff)
    round = factories.round(station, "晚市", repeats_daily=True)
    address = reverse("station-round-once", args=[round.pk])
    assert address in client.get(reverse("station-rounds")).content.decode()
    assert press(client, "station-round-once", round) == ["“晚市”以后不再自动重复。"]
    round.refresh_from_db()
    assert (round.status, round.repeats_daily) == ("open", False)
    assert address not in client.get(reverse("station-rounds")).content.decode()


@pytest.mark.parametrize(
    ("name", "status"),
    [("station-round-cancel", "planned"), ("station-round-once", "open")],
)
@pytest.mark.parametrize("who", ["stranger", "courier", "resident", "leader"])
def test_nobody_else_stops_a_round(client, station, name, status, who, request):
    round = factories.round(station, status=status, repeats_daily=True)
    client.force_login(request.getfixturevalue(who))
    assert client.post(reverse(name, args=[round.pk])).status_code in {403, 404}
    round.refresh_from_db()
    assert (round.status, round.repeats_daily) == (status, True)
    assert Round.objects.count() == 1
