"""公告: who may say what to whom, and until when."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from delivery.models import GridRole
from shop import announcements
from shop.models import Announcement, Message
from tests import factories
from tests.shop.messaging.conftest import page

Kind = Message.Kind


def say(client, name="station-announcements", **said):
    return client.post(reverse(name), {"text": "停水到六点", **said})


def test_staff_says_something_to_everybody(client, staff, grid):
    client.force_login(staff)
    assert say(client).status_code == 302
    announcement = Announcement.objects.get()
    assert (announcement.text, announcement.grid, announcement.by) == ("停水到六点", None, staff)
    assert Announcement.objects.shown_in(grid).get() == announcement


def test_or_to_one_grid(client, staff, station, grid):
    other = factories.grid(station)
    client.force_login(staff)
    say(client, grid=grid.pk)
    assert Announcement.objects.shown_in(grid).exists()
    assert not Announcement.objects.shown_in(other).exists()


def test_the_same_twice_is_once(client, staff):
    client.force_login(staff)
    say(client)
    say(client)
    assert Announcement.objects.count() == 1


def test_it_ends_by_itself(client, staff, grid):
    client.force_login(staff)
    ends = timezone.localtime() + timedelta(hours=2)
    say(client, ends_at=ends.strftime("%Y-%m-%dT%H:%M"))
    assert Announcement.objects.shown_in(grid).exists()
    assert not Announcement.objects.shown_in(grid, timezone.now() + timedelta(hours=3)).exists()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"text": " "}, "公告还没有写内容。"),
        ({"text": "菜" * 201}, "公告太长了，请写短一些。"),
        ({"text": "\x00"}, "不允许是用空字符串。"),
        ({"grid": "0"}, "没有这个网格，请重新选。"),
        ({"grid": "x"}, "没有这个网格，请重新选。"),
        ({"ends_at": "never"}, "时间写得不对，请重新选。"),
        ({"ends_at": "2020-01-01T10:00"}, "结束时间已经过了，请选晚一些的。"),
    ],
)
def test_what_cannot_be_announced(client, staff, said, sentence):
    client.force_login(staff)
    response = say(client, **said)
    assert response.status_code == 400
    assert sentence in response.content.decode() or said["text"] == "\x00"
    assert not Announcement.objects.exists()


def test_not_to_another_stations_grid(client, staff, other_station):
    client.force_login(staff)
    assert say(client, grid=factories.grid(other_station).pk).status_code == 400
    assert not Announcement.objects.exists()


def test_more_than_five_at_once_nobody_reads(client, staff):
    client.force_login(staff)
    for number in range(5):
        say(client, text=f"第{number}条")
    response = say(client)
    assert "同时最多 5 条公告" in response.content.decode()
    assert Announcement.objects.count() == 5


def test_it_is_taken_down_early(client, staff, grid):
    client.force_login(staff)
    say(client)
    pk = Announcement.objects.get().pk
    for _tap in range(2):
        assert client.post(reverse("station-announcement-end", args=[pk])).status_code == 302
    assert not Announcement.objects.shown_in(grid).exists()
    assert "停水到六点" in page(client, "station-announcements")  # among the old ones


def test_words_are_shown_as_words(client, staff):
    client.force_login(staff)
    say(client, text="<script>alert(1)</script>")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page(client, "station-announcements")


def test_a_leader_speaks_to_their_grid(client, leader, grid, station):
    other = factories.grid(station)
    client.force_login(leader)
    assert say(client, "leader-announcements", grid=grid.pk).status_code == 302
    assert Announcement.objects.get().grid == grid
    for elsewhere in (other.pk, ""):
        response = say(client, "leader-announcements", grid=elsewhere, text="别处")
        assert response.status_code == 400
    assert Announcement.objects.count() == 1


def test_a_leader_ends_their_own_and_no_other(client, leader, grid, station, staff):
    own = announcements.publish(station, grid=grid, text="本网格", by=leader)
    of_all = announcements.publish(station, text="全站", by=staff)
    client.force_login(leader)
    shown = page(client, "leader-announcements")
    assert "本网格" in shown
    assert "全站" in shown
    assert client.post(reverse("leader-announcement-end", args=[of_all.pk])).status_code == 404
    assert client.post(reverse("leader-announcement-end", args=[own.pk])).status_code == 302
    assert [each.text for each in announcements.running(station)] == ["全站"]


def test_the_stranger_ends_nothing(client, stranger, station, grid, leader):
    own = announcements.publish(station, grid=grid, text="本网格", by=leader)
    client.force_login(stranger)
    for name in ("station-announcement-end", "leader-announcement-end"):
        assert client.post(reverse(name, args=[own.pk])).status_code == 404
    assert announcements.running(station).exists()


def test_a_leader_of_two_grids_chooses(client, leader, grid, station):
    other = factories.grid(station, "二网格")
    GridRole.objects.create(user=leader, grid=other)
    client.force_login(leader)
    assert '<select name="grid"' in page(client, "leader-announcements")
    say(client, "leader-announcements", grid=other.pk)
    assert Announcement.objects.get().grid == other


def test_23_announcements_cost_what_3_cost(client, station, staff):
    client.force_login(staff)

    def cost(count: int) -> int:
        for _number in range(count):
            grid = factories.grid(station)
            announcements.publish(station, grid=grid, text="停水", by=staff)
        with CaptureQueriesContext(connection) as taken:
            page(client, "station-announcements")
        return len(taken)

    page(client, "station-announcements")
    assert cost(3) == cost(20)
