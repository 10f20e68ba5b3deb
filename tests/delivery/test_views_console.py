"""Who gets into the console, page by page, and that a stranger changes nothing."""

import pytest
from django.urls import reverse

from delivery import batches
from delivery.models import Batch, Round
from tests import factories

LISTS = [
    "station-today",
    "station-rounds",
    "station-dispatch",
    "station-doors",
    "station-doors-import",
    "station-volunteers",
    "station-goods",
    "station-goods-import",
]
THINGS = {"station-batch": "batch", "station-door": "home", "station-good": "item"}
CHANGES = {
    "station-round-open": "planned",
    "station-round-close": "round",
    "station-plan": "closed",
    "station-batch-give": "batch",
    "station-batch-take-back": "batch",
    "station-batch-pack": "batch",
    "station-volunteer-on": "volunteer",
    "station-volunteer-off": "volunteer",
    "station-door": "home",
    "station-good": "item",
}


@pytest.fixture
def things(station, home, courier, staff):
    """One of each thing that has a page or a button at `station`."""
    closed = factories.round(station, "昨天", status="closed")
    factories.parcel(closed, home)
    [batch] = batches.plan(closed, staff).batches
    batches.give(batch, courier.volunteer, staff)
    return {
        "round": factories.round(station, "今天"),
        "planned": factories.round(station, "明天", status="planned"),
        "closed": closed,
        "batch": batch,
        "home": home,
        "volunteer": courier.volunteer,
        "item": factories.item(station),
    }


def address(name: str, things: dict) -> str:
    thing = {**THINGS, **CHANGES}.get(name)
    return reverse(name, args=[things[thing].pk] if thing else [])


def state(things: dict) -> list:
    """What any of the buttons could have changed."""
    rows = [things[name] for name in ("home", "item", "volunteer")]
    for row in rows:
        row.refresh_from_db()
    return [
        *Round.objects.order_by("pk").values(),
        *Batch.objects.order_by("pk").values(),
        things["home"].people_count,
        things["item"].household_limit,
        things["volunteer"].active,
    ]


@pytest.mark.parametrize("name", [*LISTS, *THINGS])
@pytest.mark.parametrize("person", ["staff", "manager"])
def test_the_stations_people_see_every_page(client, things, request, person, name):
    client.force_login(request.getfixturevalue(person))
    page = client.get(address(name, things))
    assert page.status_code == 200
    assert "东湖驿站" in page.content.decode()


@pytest.mark.parametrize("name", [*LISTS, *THINGS, "station-volunteer-new"])
@pytest.mark.parametrize("person", ["resident", "courier", "leader", "building_leader"])
def test_nobody_else_sees_any(client, things, request, person, name):
    client.force_login(request.getfixturevalue(person))
    assert client.get(address(name, things)).status_code == 403


@pytest.mark.parametrize("name", [*LISTS, *THINGS, "station-volunteer-new"])
def test_who_is_not_logged_in_is_asked_to(client, things, name):
    where = address(name, things)
    page = client.get(where)
    assert page.status_code == 302
    assert page.url == f"{reverse('login')}?next={where}"


@pytest.mark.parametrize("name", THINGS)
def test_another_stations_manager_finds_nothing_of_ours(client, things, stranger, name):
    client.force_login(stranger)
    assert client.get(address(name, things)).status_code == 404


@pytest.mark.parametrize("name", LISTS)
def test_another_stations_manager_sees_their_own_lists(client, things, stranger, name):
    client.force_login(stranger)
    text = client.get(address(name, things)).content.decode()
    assert "西岭驿站" in text
    for ours in ("东湖", ">一网格", "1幢 1单元 101", "褚志愿者", "今天的", "青菜"):
        assert ours not in text


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize(
    ("person", "answer"), [("resident", 403), ("courier", 403), ("leader", 403), ("stranger", 404)]
)
def test_who_may_not_changes_nothing(client, things, request, person, answer, name):
    someone = request.getfixturevalue(person)
    before = state(things)
    client.force_login(someone)
    assert client.post(address(name, things), {"people_count": 9}).status_code == answer
    assert state(things) == before


@pytest.mark.parametrize("name", [name for name in CHANGES if name not in THINGS])
def test_looking_changes_nothing(client, things, staff, name):
    client.force_login(staff)
    before = state(things)
    assert client.get(address(name, things)).status_code == 405
    assert state(things) == before


def test_only_a_manager_adds_volunteers(client, staff, station):
    client.force_login(staff)
    page = client.post(reverse("station-volunteer-new"), {"phone": "13800138000", "name": "新人"})
    assert page.status_code == 403
    assert not station.volunteers.exists()


@pytest.mark.parametrize("round", ["x", "0", "9" * 30, "²"])
def test_a_round_that_is_none_is_not_found(client, staff, things, round):
    client.force_login(staff)
    assert client.get(reverse("station-today"), {"round": round}).status_code == 404


def test_a_round_of_another_station_is_not_found(client, stranger, things):
    client.force_login(stranger)
    for name in ("station-today", "station-dispatch"):
        assert client.get(reverse(name), {"round": things["closed"].pk}).status_code == 404
