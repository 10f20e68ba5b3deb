"""柜台: which door buys, and what the day came to."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from delivery.models import Grid
from shop.models import CounterSale, MoneyMove
from shop.money import accounts, ledger
from shop.money.ledger import Entry
from tests import factories
from tests.shop.counter_sales.serving import pay, scan


def test_the_only_door_with_these_words_is_opened_at_once(client, staff, home, grid):
    factories.household(grid, "2", "1", "101")
    client.force_login(staff)
    page = client.post(reverse("station-counter"), {"q": "1-1-101"}, follow=True)
    assert page.context["door"] == home
    page = client.post(reverse("station-counter"), {"q": "101"})
    assert page.status_code == 200, "no address has what was typed"
    assert [door.door for door in page.context["doors"]] == ["1幢 1单元 101", "2幢 1单元 101"]


def test_doors_of_a_grid_and_those_that_may_come_first(client, staff, station, home):
    Grid.objects.update(risk_level="sealed")
    eleventh = factories.grid(station, "十一网格", position=11)
    other = factories.household(eleventh, "1", "1", "101")
    client.force_login(staff)
    page = client.post(reverse("station-counter"), {"q": "101"}, follow=True)
    assert list(page.context["doors"]) == [other, home]
    for words, door in [("十一网格 1 101", other), ("一网格1-1-101", home)]:
        page = client.post(reverse("station-counter"), {"q": words}, follow=True)
        assert page.context["door"] == door


@pytest.mark.parametrize("words", ["", " ", "\x00", "9999", "x" * 5000, "---"])
def test_strange_doors_are_no_error(client, staff, home, words):
    client.force_login(staff)
    for method in (client.get, client.post):
        response = method(reverse("station-counter"), {"q": words}, follow=True)
        assert response.status_code == 200
    assert client.post(reverse("station-counter"), {"door": "9" * 30}).status_code == 200


def test_the_doors_of_others_are_not_served(client, stranger, home):
    client.force_login(stranger)
    assert client.post(reverse("station-counter"), {"door": home.pk}).status_code == 404
    page = client.post(reverse("station-counter"), {"q": "1-1-101"})
    assert page.context["doors"] == []


def test_the_day_is_added_up(client, till, home, monkeypatch):
    morning = timezone.localtime().replace(hour=8, minute=5)
    monkeypatch.setattr(timezone, "now", lambda: morning)
    scan(client, till, "大米")
    pay(client, till, tendered="100")
    accounts.deposit(
        home, Decimal("10.00"), by=home.grid.station.memberships.get().user, nonce=uuid4()
    )
    page = client.get(reverse("station-counter"))
    assert (page.context["count"], page.context["cash"]) == (1, Decimal("39.80"))
    # What is handed in, given to a fund or banked did not come over the counter.
    station = home.grid.station
    factories.fund(station, "50.00", source="cash")
    entry = {"station_id": station.pk, "amount": Decimal("7.00")}
    kind, account = MoneyMove.Kind, MoneyMove.Account
    with transaction.atomic():
        for what, source, target in (
            (kind.BANKED, account.CASH, account.BANK),
            (kind.DIFFERENCE, account.CASH, account.DIFFERENCE),
        ):
            ledger.post([Entry(kind=what, source=source, target=target, **entry)], by=None)
    assert client.get(reverse("station-counter")).context["cash"] == Decimal("39.80")
    assert "08:05 · 现金" in page.text
    sale = CounterSale.objects.get()
    assert "日 08:05" in client.get(reverse("station-sale", args=[sale.order.number])).text


def test_the_cost_does_not_grow(client, till, station, home, grid):
    def queries() -> list[int]:
        counts = []
        for address in (till, reverse("station-counter")):
            with CaptureQueriesContext(connection) as taken:
                client.get(address)
            counts.append(len(taken))
        return counts

    def some(count: int) -> None:
        for number in range(count):
            item = factories.item(station, f"货{number}", household_limit=9)
            client.post(f"{till}change/", {"add": item.record_id})
            door = factories.household(grid, f"{number}")
            other = client.post(reverse("station-counter"), {"door": door.pk}).url
            client.post(f"{other}change/", {"add": item.record_id})
            pay(client, other)
            client.get(till)

    some(3)
    before = queries()
    some(4)
    assert queries() == before


def test_words_in_an_address_are_not_looked_at(client, staff, home):
    """Addresses are kept by browsers and servers; a name or a phone may have been typed."""
    client.force_login(staff)
    page = client.get(reverse("station-counter"), {"q": "张三 13900139000"})
    assert "张三" not in page.text
    assert "没有找到这样的门" not in page.text
    page = client.post(reverse("station-counter"), {"q": "张三"})
    assert (page.status_code, "没有找到这样的门" in page.text) == (200, True)
    assert 'method="post" role="search"' in page.text
