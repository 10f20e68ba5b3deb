"""告知: one message per door and event, to whom it concerns, at the same cost for any number."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from delivery.models import Household
from shop.messaging import inbox, telling
from shop.messaging.telling import News
from shop.models import DoorPreferences, GridRobot, Message, Sending
from tests import factories
from tests.fakes.robot import KEY
from tests.fakes.sms import TEMPLATES
from tests.shop.messaging.conftest import send, told

Kind = Message.Kind


def tell(station, doors, kind=Kind.ON_WAY, event="batch 1 on the way", **also):
    telling.tell(kind, event, station=station, text="在路上了", households=doors, **also)


def doors(grid, count):
    found = [factories.household(grid) for _number in range(count)]
    for door in found:
        factories.resident(door)
    return found


def test_a_door_is_told_once_of_an_event(sms, station, home, resident):
    for _number in range(3):
        tell(station, [home])
    tell(station, [home.pk])
    assert told(home) == ["on_way"]
    assert Sending.objects.count() == 1


def test_two_doors_are_told_of_the_same_event(sms, station, grid):
    tell(station, doors(grid, 2))
    assert Message.objects.count() == Sending.objects.count() == 2


def test_every_mobile_of_a_door_rings_once(sms, station, home):
    for phone in ("13900000001", "13900000001", "13900000002", "021-55550100", ""):
        factories.person(home, phone=phone)
    tell(station, [home])
    assert Message.objects.count() == 1
    assert send() == 2
    assert sorted(phone for phone, _template, _params in sms.sent) == ["13900000001", "13900000002"]


def test_a_door_without_a_phone_is_told_in_its_inbox_only(sms, station, home):
    tell(station, [home])
    assert told(home) == ["on_way"]
    assert not Sending.objects.exists()


@pytest.mark.parametrize("rings", [True, False])
def test_the_station_says_what_rings(sms, station, home, resident, rings):
    station.sms_kinds = ["on_way"] if rings else ["failed"]
    tell(station, [home])
    assert told(home) == ["on_way"]
    assert Sending.objects.exists() == rings


@pytest.mark.parametrize("kind", Kind)
def test_what_rings_unless_the_station_says_otherwise(sms, station, home, resident, kind):
    tell(station, [home], kind=kind)
    assert Sending.objects.exists() == (kind in ("changed", "on_way", "failed", "standing"))


def test_who_does_not_want_to_hear_of_it_finds_it_read(sms, station, grid):
    silent, loud = doors(grid, 2)
    DoorPreferences.objects.create(household=silent, muted=["on_way"])
    DoorPreferences.objects.create(household=loud, muted=["failed"])
    tell(station, [silent, loud])
    assert Sending.objects.get().message.household == loud
    assert (inbox.unseen_count(silent), inbox.unseen_count(loud)) == (0, 1)
    assert told(silent) == ["on_way"]


def test_every_door_may_hear_something_else(sms, station, grid):
    first, second = doors(grid, 2)
    news = [
        News(first.pk, "order 1 changed 0", "少了土豆", "/orders/1/", {"number": "HM-1"}),
        News(second.pk, "order 2 changed 0", "少了鸡蛋", "/orders/2/", {"number": "HM-2"}),
    ]
    telling.tell_each(Kind.CHANGED, news, station=station)
    assert send() == 0  # not at once: more may change
    assert send(6) == 2
    assert {params["number"] for _phone, _template, params in sms.sent} == {"HM-1", "HM-2"}
    assert Message.objects.get(household=second).text == "少了鸡蛋"


def test_a_long_text_is_cut(station, home, db):
    telling.tell(Kind.ANSWER, "claim 1", station=station, text="菜" * 400, households=[home])
    assert Message.objects.get().text == "菜" * 300


@pytest.mark.parametrize("with_sms", [True, False])
def test_1500_doors_cost_what_3_cost(station, grid, request, settings, with_sms):
    if with_sms:
        request.getfixturevalue("sms")
    else:
        settings.SMS_GATEWAY = ""

    def cost(count: int, event: str) -> int:
        keys = [door.pk for door in doors(grid, count)]
        with CaptureQueriesContext(connection) as taken:
            tell(station, keys, event=event)
        assert Message.objects.filter(event=event).count() == count
        return len(taken)

    assert cost(3, "batch 1") == cost(1500, "batch 2") == (4 if with_sms else 2)


# --- chats -------------------------------------------------------------------------------------


def opens(station, grids, event="round 1 opens"):
    telling.tell(
        Kind.ROUND_OPENS, event, station=station, text="早市开始接单了", grids=grids, path="/"
    )


def test_a_chat_is_told_once(robot, station, grid, settings):
    settings.PUBLIC_URL = "https://station.example"
    opens(station, [grid])
    opens(station, [grid])
    assert send() == 1
    assert robot.said[KEY] == ["早市开始接单了\nhttps://station.example/"]


def test_a_grid_without_a_robot_is_not_told(robot, station, grid):
    opens(station, [factories.grid(station)])
    assert not Message.objects.exists()


def test_a_robot_that_is_off_says_nothing(robot, station, grid):
    GridRobot.objects.update(active=False)
    opens(station, [grid])
    assert not Message.objects.exists()


def test_the_station_says_what_goes_into_the_chats(robot, station, grid):
    station.robot_kinds = ["last_hour"]
    opens(station, [grid])
    assert not Message.objects.exists()


def test_another_stations_chat_hears_nothing(robot, other_station, grid):
    opens(other_station, [grid])
    assert not Message.objects.exists()


def test_an_address_that_cannot_be_read_any_more_says_nothing(robot, station, grid, settings):
    settings.SECRET_KEY = "another key"
    opens(station, [grid])
    assert not Sending.objects.exists()


def test_23_chats_cost_what_3_cost(robot, station, manager):
    def cost(count: int, event: str) -> int:
        grids = [factories.grid(station) for _number in range(count)]
        sealed = GridRobot.objects.first().sealed_url
        GridRobot.objects.bulk_create(
            GridRobot(grid=grid, sealed_url=sealed, by=manager) for grid in grids
        )
        with CaptureQueriesContext(connection) as taken:
            opens(station, grids, event)
        assert Message.objects.filter(event=event).count() == count
        return len(taken)

    assert cost(3, "round 1") == cost(23, "round 2") == 4


# --- the inbox ---------------------------------------------------------------------------------


def test_what_is_unseen_is_counted_in_one_query(station, home, django_assert_num_queries):
    for number in range(3):
        tell(station, [home], event=f"batch {number}")
    with django_assert_num_queries(1):
        assert inbox.unseen_count(home) == 3
    [first, *_rest] = inbox.of(home)
    assert inbox.seen([first.pk], home) == 1
    assert inbox.seen([first.pk], home) == 0
    assert inbox.unseen_count(home) == unseen_with(home) == 2


def unseen_with(door) -> int:
    return inbox.with_unseen(Household.objects.filter(pk=door.pk)).get().unseen


def test_nobody_reads_anothers_messages_away(station, home, neighbour):
    tell(station, [home])
    other = neighbour.person.household
    assert inbox.seen(list(Message.objects.values_list("pk", flat=True)), other) == 0
    assert inbox.unseen_count(home) == 1


def test_the_next_family_reads_nothing_of_before(station, home):
    tell(station, [home])
    home.lived_in_since = timezone.now() + timedelta(seconds=1)
    home.save()
    assert inbox.unseen_count(home) == unseen_with(home) == 0
    assert not inbox.of(home).exists()


def test_old_messages_are_forgotten(station, home):
    tell(station, [home])
    inbox.forget_old(timezone.now() + timedelta(days=89))
    assert told(home)
    inbox.forget_old(timezone.now() + timedelta(days=91))
    assert not told(home)


def test_templates_of_all_kinds_are_there():
    assert {kind.value for kind in Kind} <= set(telling.outbox.templates.ALL)
    assert set(TEMPLATES) <= set(telling.outbox.templates.ALL)
