"""钱: the overview, and how a station takes money."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.models import Station
from shop.models import OrderStatus
from shop.money import accounts
from shop.payments import ways
from tests import factories

SETTINGS = {"ways_to_pay": ["account", "door"], "payment_hold_min": "60", "smallest_refund": "2"}


@pytest.fixture
def change(client, manager):
    def send(who=None, **said):
        client.force_login(who or manager)
        return client.post(reverse("station-money-settings"), SETTINGS | said)

    return send


def test_the_overview_adds_up_and_says_what_to_do(client, staff, home):
    order = factories.owing(home, "12.50")
    type(order).objects.update(status=OrderStatus.DELIVERED)
    accounts.deposit(home, Decimal("7.00"), by=staff, nonce=uuid4())
    client.force_login(staff)
    words = client.get(reverse("station-money")).content.decode()
    assert "1 单送到了还没付清，¥12.50" in words
    assert words.count("¥19.50") == 2  # both sides


def test_a_day_without_money_has_nothing_to_do(client, staff):
    client.force_login(staff)
    assert "都清了" in client.get(reverse("station-money")).content.decode()


def test_the_overview_costs_the_same_with_more(client, staff, grid):
    client.force_login(staff)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("station-money"))
        return len(captured)

    def more(rows: int) -> None:
        for number in range(rows):
            door = factories.household(grid, "9", "1", f"{rows}{number}")
            factories.owing(door)
            accounts.deposit(door, Decimal("1.00"), by=staff, nonce=uuid4())

    more(3)
    few = queries()
    more(20)
    assert queries() == few


def test_the_manager_says_how_money_is_taken(change, station):
    assert change().status_code == 302
    station.refresh_from_db()
    assert (station.ways_to_pay, station.payment_hold_min, station.smallest_refund) == (
        ["door", "account"],
        60,
        Decimal("2.00"),
    )


def test_what_is_offered_follows(change, station):
    change(ways_to_pay=["account"])
    station.refresh_from_db()
    assert [way.code for way in ways.of_station(station)] == ["account"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"ways_to_pay": []}, "至少留一种付款方式"),
        ({"ways_to_pay": ["door", "shells"]}, "没有这种付款方式"),
        ({"payment_hold_min": "34"}, "最少 35 分钟"),
        ({"payment_hold_min": "1441"}, "最多 1440 分钟"),
        ({"payment_hold_min": "一会儿"}, "整数的分钟数"),
        ({"payment_hold_min": ""}, "请填分钟数"),
        ({"smallest_refund": "-1"}, "金额不能是负的"),
        ({"smallest_refund": "0.001"}, "金额最多到分"),
        ({"smallest_refund": "100.01"}, "是不是多按了一位"),
    ],
)
def test_settings_that_cannot_be(change, station, said, words):
    before = Station.objects.values().get(pk=station.pk)
    answer = change(**said)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert Station.objects.values().get(pk=station.pk) == before


@pytest.mark.parametrize("minutes", ["35", "1440"])
def test_as_long_as_stripe_keeps_its_page_open(change, station, minutes):
    assert change(payment_hold_min=minutes).status_code == 302
    station.refresh_from_db()
    assert station.payment_hold_min == int(minutes)


def test_nobody_else_changes_them(change, station, staff, stranger, other_station):
    before = Station.objects.values().get(pk=station.pk)
    assert change(staff).status_code == 403
    assert change(stranger).status_code == 302  # of the station that is theirs
    assert Station.objects.values().get(pk=station.pk) == before
    other_station.refresh_from_db()
    assert other_station.payment_hold_min == 60


def test_staff_reads_them(client, staff):
    client.force_login(staff)
    page = client.get(reverse("station-money-settings"))
    assert "站长才能改" in page.content.decode()
    assert '<form class="card"' not in page.content.decode()


def test_only_what_the_form_is_about_is_written(change, station):
    Station.objects.filter(pk=station.pk).update(phone="021-1")
    change(phone="nonsense", loss_rate="0.2")
    station.refresh_from_db()
    assert (station.phone, station.loss_rate) == ("021-1", 0)
