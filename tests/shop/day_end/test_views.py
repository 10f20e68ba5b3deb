"""日结: who may see it, what it says, and the file."""

import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from shop.models import MoneyMove
from tests import factories

Account, Kind = MoneyMove.Account, MoneyMove.Kind


@pytest.fixture
def look(client, staff):
    client.force_login(staff)

    def at(name="station-day-end", **query):
        return client.get(reverse(name), query)

    return at


@pytest.fixture
def sold(owing, post, courier, count):
    """21.00 ordered today, 20.00 of it in the courier's hands, 19.00 of which were handed in."""
    now = timezone.now()
    order = owing("21.00", at=now)
    post(Kind.PAYMENT, Account.PERSON, Account.ORDER, "20.00", order=order, at=now,
         holder_id=courier.pk)  # fmt: skip
    handed = count("20.00", "19.00", holder=courier, at=now)
    also = {"holder_id": courier.pk, "count_id": handed.pk, "at": now}
    post(Kind.HAND_IN, Account.CASH, Account.PERSON, "19.00", **also)
    post(Kind.DIFFERENCE, Account.DIFFERENCE, Account.PERSON, "1.00", **also)


def test_staff_see_what_the_day_came_to(look, sold, courier, staff, manager):
    page = look()
    text = page.content.decode()
    assert page.status_code == 200
    assert "今天还没过完" in text
    assert "<dt>送货收的现金</dt><dd>¥20.00</dd>" in text
    assert "<dt>交到驿站的</dt><dd>−¥19.00</dd>" in text
    assert '<b class="bad-text">−¥1.00</b>' in text
    assert f"{staff.name}、{manager.name}" in text
    assert courier.name in text
    assert '<rect class="day-bar"' in text
    assert "style=" not in text


def test_yesterday_knows_nothing_of_today(look, sold):
    yesterday = timezone.localdate() - timedelta(days=1)
    page = look(day=yesterday)
    text = page.content.decode()
    assert "¥20.00" not in text
    assert "这一天没有进出" in text
    assert f"?day={timezone.localdate()}" in text  # on to today


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("", "请选一个日子"),
        ("gestern", "请选一个日子"),
        ("2026-02-31", "请选一个日子"),
        ("\x00", "请选一个日子"),
        ("9999-12-31", "这一天还没到"),
        ("0001-01-01", "日子太远了"),
    ],
)
def test_a_day_that_cannot_be_is_said_and_today_is_shown(look, sold, day, sentence):
    page = look(day=day)
    assert page.status_code == 400
    assert sentence in page.content.decode()
    assert "<dt>送货收的现金</dt><dd>¥20.00</dd>" in page.content.decode()
    answer = look("station-day-end-xlsx", day=day)
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("station-day-end"))


def test_the_file_says_the_same(look, sold, station, courier):
    today = timezone.localdate()
    answer = look("station-day-end-xlsx", day=today)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    book = load_workbook(io.BytesIO(answer.getvalue()))
    assert book.sheetnames == ["钱", "货", "点款", "核销", "近 30 天"]
    money = {row[0]: row[1] for row in book["钱"].iter_rows(values_only=True) if row[0]}
    assert money["送货收的现金"] == 20
    assert money["点款差额（元）"] == -1
    assert (money["其中点钱时差的（元）"], money["其中交款后更正的（元）"]) == (-1, 0)
    [_header, counted] = book["点款"].iter_rows(values_only=True)
    assert counted[1:5] == (courier.name, 20, 19, -1)
    days = list(book["近 30 天"].iter_rows(values_only=True))
    assert len(days) == 31
    assert days[-1][1:] == (21, 20)


def test_a_stranger_sees_her_own_station_and_nothing_of_this_one(client, stranger, sold):
    client.force_login(stranger)
    assert "¥20.00" not in client.get(reverse("station-day-end")).content.decode()
    book = client.get(reverse("station-day-end-xlsx")).getvalue()
    money = load_workbook(io.BytesIO(book))["钱"].iter_rows(values_only=True)
    assert {row[1] for row in money if row[0] == "送货收的现金"} == {0}


@pytest.mark.parametrize("role", ["resident", "courier", "leader"])
def test_others_may_not(request, client, role, sold):
    client.force_login(request.getfixturevalue(role))
    for name in ("station-day-end", "station-day-end-xlsx"):
        answer = client.get(reverse(name))
        assert answer.status_code in (302, 403, 404)
        assert "¥20.00" not in answer.content.decode()


def test_it_only_reads(client, staff):
    client.force_login(staff)
    for name in ("station-day-end", "station-day-end-xlsx"):
        assert client.post(reverse(name)).status_code == 405


def test_takes_as_many_queries_with_3_rows_as_with_23(look, sold, owing, count, station):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert look().status_code == 200
        return len(captured)

    look()
    few = queries()
    for _more in range(20):
        owing("3.00", at=timezone.now())
        count("1.00", "0.50", holder=factories.user("小王"), at=timezone.now())
    assert queries() == few


def test_the_two_parts_of_the_difference_are_named(look, sold, post, courier):
    now = timezone.now()
    assert "交款后更正" not in look().text
    post(Kind.DIFFERENCE, Account.PERSON, Account.DIFFERENCE, "5.00", at=now,
         holder_id=courier.pk, note="交款后更正")  # fmt: skip
    text = look().text
    assert "点钱时差 −¥1.00，交款后更正 ¥5.00" in text
    assert "<span>点款差额</span><b>¥4.00</b>" in text


def test_what_was_written_off_is_listed_without_the_door(look, sold, post, owing, home, staff):
    now = timezone.now()
    lost = owing("6.00", at=now)
    post(Kind.WRITE_OFF, Account.BAD_DEBT, Account.ORDER, "6.00", order=lost, at=now,
         note="搬走找不到人")  # fmt: skip
    post(Kind.DEPOSIT, Account.TRANSFER, Account.HOUSEHOLD, "9.00", at=now)
    text = look().text
    assert f"<span>{lost.number} <small" in text
    assert f"搬走找不到人 · {staff.name}" in text
    assert home.address not in text
    assert "<dt>转账存入</dt><dd>¥9.00</dd>" in text
