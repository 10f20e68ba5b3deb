"""The console's pages of messages: what did not go out, what rings, the robots."""

from datetime import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shop.messaging import outbox, sealing
from shop.models import GridRobot, Message, Sending
from tests import factories
from tests.fakes.answering import Fault
from tests.fakes.robot import ADDRESS, KEY
from tests.shop.messaging.conftest import page, send, tell

Kind = Message.Kind


@pytest.fixture
def failed(sms, station, home, resident):
    tell(station, home)
    sms.next(Fault(200, {"Code": "isv.MOBILE_NUMBER_ILLEGAL"}))
    send()
    return Sending.objects.get()


def test_what_failed_is_shown_with_a_reason_and_without_a_phone(client, staff, failed, resident):
    client.force_login(staff)
    shown = page(client, "station-messages")
    assert "手机号不对，请在住户册里改" in shown
    assert "一网格 1幢 1单元 101" in shown
    assert resident.phone not in shown
    assert resident.phone[-4:] not in shown.split("发不出的")[1].split("时间")[0]


def test_staff_sends_it_again(client, staff, failed, sms):
    client.force_login(staff)
    client.post(reverse("station-messages-again"), {"sending": failed.pk})
    assert send(1) == 1
    again = client.post(reverse("station-messages-again"), {"sending": failed.pk})
    assert again.status_code == 404  # it is none of those that failed any more
    assert len(sms.sent) == 1


def test_or_all_of_them(client, staff, station, sms, grid):
    for number in range(3):
        door = factories.household(grid)
        factories.resident(door)
        tell(station, door, event=f"batch {number}")
    sms.next(*[Fault(200, {"Code": "isv.SMS_TEMPLATE_ILLEGAL"})] * 3)
    send()
    client.force_login(staff)
    client.post(reverse("station-messages-again"))
    assert Sending.objects.filter(status="waiting").count() == 3


def test_or_lets_it_be(client, staff, failed):
    client.force_login(staff)
    client.post(reverse("station-messages-drop"), {"sending": failed.pk})
    failed.refresh_from_db()
    assert (failed.status, failed.sealed) == ("dropped", "")


@pytest.mark.parametrize("sending", ["x", "0", "9" * 30, "-1", "²"])
def test_what_is_no_row_is_not_found(client, staff, failed, sending):
    client.force_login(staff)
    for name in ("station-messages-again", "station-messages-drop"):
        assert client.post(reverse(name), {"sending": sending}).status_code == 404


def test_the_stranger_touches_nothing(client, stranger, failed):
    client.force_login(stranger)
    for name in ("station-messages-again", "station-messages-drop"):
        assert client.post(reverse(name), {"sending": failed.pk}).status_code == 404
        client.post(reverse(name))
    failed.refresh_from_db()
    assert failed.status == "failed"


def test_23_failures_cost_what_3_cost(client, staff, station, sms, grid):
    client.force_login(staff)

    def cost(count: int) -> int:
        for _number in range(count):
            door = factories.household(grid)
            factories.resident(door)
            tell(station, door, event=f"batch {door.pk}")
        sms.next(*[Fault(200, {"Code": "isv.SMS_TEMPLATE_ILLEGAL"})] * count)
        send()
        with CaptureQueriesContext(connection) as taken:
            page(client, "station-messages")
        return len(taken)

    page(client, "station-messages")
    assert cost(3) == cost(20)


def test_login_codes_are_counted(client, staff, sms):
    outbox.queue_code("13900001234", "482913", minutes=10)
    outbox.queue_code("13900005678", "482914", minutes=10, to_nobody=True)
    send()
    client.force_login(staff)
    shown = page(client, "station-messages")
    assert "13900001234" not in shown
    assert "482913" not in shown


# --- what rings --------------------------------------------------------------------------------


def settings_form(**said):
    return {"sms_kinds": ["failed"], "quiet_from": "22:00", "quiet_to": "06:30", **said}


def test_the_manager_says_what_rings(client, manager, station):
    client.force_login(manager)
    response = client.post(reverse("station-messages-settings"), settings_form())
    assert response.status_code == 302
    station.refresh_from_db()
    assert (station.sms_kinds, station.robot_kinds) == (["failed"], [])
    assert (station.quiet_from, station.quiet_to) == (time(22), time(6, 30))


@pytest.mark.parametrize(
    "said",
    [
        {"sms_kinds": ["everything"]},
        {"robot_kinds": ["answer"]},
        {"quiet_from": ""},
        {"quiet_to": "25:00"},
        {"quiet_from": "07:00", "quiet_to": "06:00"},
    ],
)
def test_what_cannot_be_is_refused(client, manager, station, said):
    before = station.sms_kinds, station.robot_kinds, station.quiet_from, station.quiet_to
    client.force_login(manager)
    response = client.post(reverse("station-messages-settings"), settings_form(**said))
    assert response.status_code == 400
    station.refresh_from_db()
    assert before == (
        station.sms_kinds,
        station.robot_kinds,
        station.quiet_from,
        station.quiet_to,
    )


def test_staff_reads_it_and_changes_nothing(client, staff, station):
    client.force_login(staff)
    assert "站长才能改" in page(client, "station-messages-settings")
    response = client.post(reverse("station-messages-settings"), settings_form())
    assert response.status_code == 403
    station.refresh_from_db()
    assert station.sms_kinds == ["changed", "on_way", "failed", "standing"]


# --- robots ------------------------------------------------------------------------------------


def test_the_manager_gives_a_grid_its_robot(client, manager, grid):
    client.force_login(manager)
    said = {"grid": grid.pk, "address": ADDRESS}
    assert client.post(reverse("station-robots"), said).status_code == 302
    assert sealing.unseal(GridRobot.objects.get(grid=grid).sealed_url) == ADDRESS
    assert KEY not in page(client, "station-robots")


def test_23_grids_cost_what_3_cost(client, manager, station, robot):
    client.force_login(manager)
    sealed = GridRobot.objects.get().sealed_url

    def cost(count: int) -> int:
        for _number in range(count):
            grid = factories.grid(station)
            GridRobot.objects.create(grid=grid, sealed_url=sealed, by=manager)
            factories.grid(station)
        with CaptureQueriesContext(connection) as taken:
            page(client, "station-robots")
        return len(taken)

    page(client, "station-robots")
    assert cost(3) == cost(20)


def test_a_refused_address_is_not_shown_again(client, manager, grid):
    client.force_login(manager)
    said = {"grid": grid.pk, "address": ADDRESS.replace("qyapi", "evil")}
    response = client.post(reverse("station-robots"), said)
    assert response.status_code == 400
    shown = response.content.decode()
    assert "qyapi.weixin.qq.com" in shown
    assert KEY not in shown
    assert not GridRobot.objects.exists()


def test_not_for_another_stations_grid(client, manager, other_station):
    elsewhere = factories.grid(other_station)
    client.force_login(manager)
    said = {"grid": elsewhere.pk, "address": ADDRESS}
    assert client.post(reverse("station-robots"), said).status_code == 400
    assert not GridRobot.objects.exists()
    assert (
        client.post(reverse("station-robot", args=[elsewhere.pk]), {"do": "on"}).status_code == 404
    )


def test_a_robot_is_tried(client, manager, grid, robot):
    client.force_login(manager)
    for _tap in range(2):
        client.post(reverse("station-robot", args=[grid.pk]), {"do": "try"})
    assert Sending.objects.count() == 1
    assert send() == 1
    [line] = robot.said[KEY]
    assert line.startswith("东湖驿站试发的一条")


def test_a_robot_is_turned_off_and_forgotten(client, manager, grid, robot):
    client.force_login(manager)
    there = reverse("station-robot", args=[grid.pk])
    client.post(there, {"do": "off"})
    assert not GridRobot.objects.get().active
    client.post(there, {"do": "on"})
    assert GridRobot.objects.get().active
    client.post(there, {"do": "forget"})
    assert not GridRobot.objects.exists()
    client.post(there, {"do": "try"})
    client.post(there, {"do": "dance"})
    assert not Sending.objects.exists()


def test_the_manager_tries_their_own_phone(client, manager, sms):
    client.force_login(manager)
    for _tap in range(2):
        client.post(reverse("station-messages-test"))
    assert send() == 1
    assert [phone for phone, _template, _params in sms.sent] == [manager.phone]


def test_without_a_gateway_there_is_nothing_to_try(client, manager, settings):
    settings.SMS_GATEWAY = ""
    client.force_login(manager)
    client.post(reverse("station-messages-test"))
    assert not Sending.objects.exists()
    assert "没有接" in page(client, "station-messages")
