"""住户账户 in the console: which doors owe or have something."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shop.models import MoneyMove, OrderStatus
from shop.money import accounts, owing
from tests import factories


def test_the_only_door_with_these_words_is_opened_at_once(client, staff, home, grid):
    factories.household(grid, "2", "1", "101")
    client.force_login(staff)
    answer = client.post(reverse("station-accounts"), {"q": "1-1-101"})
    assert answer.url == reverse("station-account", args=[home.pk])
    page = client.post(reverse("station-accounts"), {"q": "101"})
    assert page.status_code == 200, "no address has what was typed"
    assert [door.door for door in page.context["doors"]] == ["1幢 1单元 101", "2幢 1单元 101"]


@pytest.mark.parametrize("words", ["", " ", "\x00", "9999", "x" * 5000, "---"])
def test_strange_doors_are_no_error(client, staff, home, words):
    client.force_login(staff)
    for method in (client.get, client.post):
        assert method(reverse("station-accounts"), {"q": words}, follow=True).status_code == 200


def test_the_list_shows_who_owes_and_who_has_something(client, staff, home, neighbour, grid):
    other, third = neighbour.person.household, factories.household(grid, "2", "1", "101")
    factories.owing(home, "3.00")
    accounts.deposit(other, Decimal("8.00"), by=staff, nonce=uuid4())
    accounts.limit_credit(third, Decimal("9.00"), by=None)
    order = factories.owing(third, "9.00")
    account = MoneyMove.Account.HOUSEHOLD
    owing.collect(third, order.number, Decimal("9.00"), source=account, by=staff, nonce=uuid4())
    client.force_login(staff)

    def shown(show: str) -> list[tuple[str, Decimal, Decimal]]:
        page = client.get(reverse("station-accounts"), {"show": show})
        return [(door.door, door.balance, door.owed) for door in page.context["doors"]]

    assert shown("arrived") == shown("nonsense") == []
    assert shown("owing") == [("1幢 1单元 101", 0, Decimal("3.00"))]
    type(order).objects.update(status=OrderStatus.DELIVERED)
    assert shown("arrived") == shown("owing")
    assert shown("above") == [("1幢 1单元 102", Decimal("8.00"), 0)]
    assert shown("below") == [("2幢 1单元 101", Decimal("-9.00"), 0)]


def test_the_doors_of_another_station_are_not_found(client, stranger, home, staff):
    factories.owing(home)
    accounts.deposit(home, Decimal("8.00"), by=staff, nonce=uuid4())
    client.force_login(stranger)
    for asked in ({"show": "owing"}, {"show": "above"}):
        page = client.get(reverse("station-accounts"), asked)
        assert not page.context["doors"].paginator.count
    for words in ("1-1-101", "张三"):
        page = client.post(reverse("station-accounts"), {"q": words})
        assert not page.context["doors"].paginator.count


@pytest.mark.parametrize("name", ["station-accounts", "station-account"])
def test_more_rows_cost_no_more_queries(client, staff, home, grid, name):
    client.force_login(staff)
    address = reverse(name, args=[home.pk] if name == "station-account" else [])

    def more(rows: int) -> None:
        for number in range(rows):
            factories.owing(home, "1.00")
            accounts.deposit(home, Decimal("1.00"), by=staff, nonce=uuid4())
            factories.owing(factories.household(grid, "9", "1", f"{rows}{number}"), "1.00")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    more(3)
    few = queries()
    more(20)
    assert queries() == few
