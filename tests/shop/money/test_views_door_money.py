"""Money into a door's account, for its orders, and what is agreed about it. Plain forms."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from shop.models import AccountTerms, MoneyMove, OrderStatus
from shop.money import accounts, ledger
from tests import factories
from tests.shop.money.moves import moved
from tests.shop.orders import place


@pytest.mark.parametrize("source", ["cash", "transfer"])
def test_money_is_paid_in(post, home, source):
    assert post("deposit", amount="20.50", source=source).status_code == 302
    assert moved() == [(source, "household", Decimal("20.50"))]
    assert accounts.balance(home) == Decimal("20.50")


def test_a_second_tap_changes_nothing(post):
    nonce = uuid4()
    for _tap in range(2):
        post("deposit", amount="20", source="cash", nonce=nonce)
    assert len(moved()) == 1
    answer = post("deposit", amount="21", source="cash", nonce=nonce)
    assert answer.status_code == 409
    assert "这一页已经用过了" in answer.content.decode()
    assert len(moved()) == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"amount": "-5"}, "金额不能是负的"),
        ({"amount": ""}, "请填金额"),
        ({"amount": "很多"}, "比如 20 或 20.50"),
        ({"amount": "0.001"}, "金额最多到分"),
        ({"amount": "1e3"}, "比如 20 或 20.50"),
        ({"amount": "10000.01"}, "是不是多按了一位"),
        ({"amount": "5\x00"}, "比如 20 或 20.50"),
        ({"amount": "5", "source": "sales"}, "请从给的几样里选一样"),
    ],
)
@pytest.mark.parametrize("what", ["deposit", "collect"])
def test_bad_amounts_are_told_and_nothing_is_booked(post, home, what, said, words):
    order = factories.owing(home)
    answer = post(what, **({"source": "cash", "number": order.number} | said))
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert moved() == []


def test_nothing_is_too_little(post):
    answer = post("deposit", amount="0", source="cash")
    assert (answer.status_code, moved()) == (409, [])
    assert "金额要大于 0" in answer.content.decode()


@pytest.mark.parametrize("source", ["cash", "transfer", "household"])
def test_an_order_is_paid_in_part(post, home, staff, source):
    order = factories.owing(home, "10.00")
    accounts.deposit(home, Decimal("4.00"), by=staff, nonce=uuid4())
    page = post("collect", number=order.number, amount="4", source=source)
    assert page.url == reverse("station-account", args=[home.pk])
    assert moved()[-1] == (source, "order", Decimal("4.00"))
    assert ledger.owed([order.pk]) == {order.pk: Decimal("6.00")}


def test_what_is_paid_already_is_not_taken_twice(post, home):
    order, nonce = factories.owing(home, "10.00"), uuid4()
    said = {"number": order.number, "amount": "10", "source": "cash"}
    assert post("collect", nonce=nonce, **said).status_code == 302
    assert post("collect", nonce=nonce, **said).status_code == 302
    answer = post("collect", **said)
    assert answer.status_code == 409
    assert "还差 ¥0.00，不能收 ¥10.00" in answer.content.decode()
    assert len(moved()) == 1


@pytest.mark.parametrize("number", ["", "HM-0000", "x" * 50, "\x00"])
def test_orders_there_are_not(post, home, number):
    factories.owing(home)
    assert post("collect", number=number, amount="1", source="cash").status_code in {400, 409}
    assert moved() == []


def test_the_orders_of_another_door_are_not_paid_here(post, neighbour):
    order = factories.owing(neighbour.person.household)
    answer = post("collect", number=order.number, amount="10", source="cash")
    assert (answer.status_code, moved()) == (409, [])


def test_the_page_shows_what_can_be_taken(client, post, home):
    first, second = factories.owing(home, "10.00"), factories.owing(home, "7.00")
    type(first).objects.filter(pk=second.pk).update(status=OrderStatus.AWAITING)
    page = client.get(reverse("station-account", args=[home.pk]))
    assert page.context["owed"] == Decimal("17.00")
    words = page.content.decode()
    assert words.count(f"station/money/accounts/{home.pk}/collect/") == 1
    assert "在等网上付款，这里先不收" in words


def test_an_order_need_not_wait_for_its_payment(client, post, home, resident, station):
    order = place(factories.round(station), home, (factories.item(station), 1))
    type(order).objects.update(status=OrderStatus.AWAITING)
    page = client.get(reverse("station-account", args=[home.pk]))
    assert "不等了，改成送到时付" in page.content.decode()
    assert post("at-the-door", number=order.number).status_code == 302
    order.refresh_from_db()
    assert (order.status, order.placement.way) == (OrderStatus.PLACED, "door")
    assert post("collect", number=order.number, amount="3", source="cash").status_code == 302
    assert ledger.owed([order.pk]) == {order.pk: Decimal("0.00")}


def test_what_does_not_wait_cannot_be_told_not_to(post, home, resident, station):
    order = place(factories.round(station), home, (factories.item(station), 1))
    type(order).objects.update(status=OrderStatus.CANCELLED)
    type(order.placement).objects.update(way="stripe")
    assert post("at-the-door", number=order.number).status_code == 409
    assert post("at-the-door", number="").status_code == 400
    assert post("at-the-door", number="HM-0").status_code == 404
    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED


def test_only_the_manager_says_how_far_below_zero(client, post, manager, home):
    assert post("credit", limit="50").status_code == 403
    assert not AccountTerms.objects.exists()
    client.force_login(manager)
    assert post("credit", limit="50").status_code == 302
    assert AccountTerms.objects.get().credit_limit == Decimal("50.00")
    [change] = accounts.credit_history(home)
    assert (change.by, change.limit) == (manager, Decimal("50.00"))
    page = client.get(reverse("station-account", args=[home.pk]))
    assert f'{manager}</span> <b class="num">¥50.00</b>' in page.text
    order = factories.owing(home, "50.00")
    post("collect", number=order.number, amount="50", source="household")
    answer = post("credit", limit="49.99")
    assert answer.status_code == 409
    assert "已经欠 ¥50.00" in answer.content.decode()
    assert AccountTerms.objects.get().credit_limit == Decimal("50.00")


@pytest.mark.parametrize("limit", ["-1", "", "无限", "10000.01"])
def test_limits_that_cannot_be(client, post, manager, limit):
    client.force_login(manager)
    assert post("credit", limit=limit).status_code == 400
    assert not AccountTerms.objects.exists()


def test_where_refunds_go_is_written_down(post, home):
    assert post("refund-to", refund_to="account").status_code == 302
    assert accounts.terms(home).refund_to == "account"
    assert post("refund-to", refund_to="elsewhere").status_code == 400
    assert accounts.terms(home).refund_to == "account"


@pytest.mark.parametrize(
    "what",
    ["deposit", "pay-back", "undo", "write-off", "credit", "refund-to", "collect", "at-the-door"],
)
def test_a_stranger_moves_nothing(client, post, home, staff, stranger, what):
    order = factories.owing(home)
    accounts.deposit(home, Decimal("5.00"), by=staff, nonce=uuid4())
    before = moved()
    client.force_login(stranger)
    move = MoneyMove.objects.get(kind="deposit").pk
    said = {"amount": "1", "source": "cash", "through": "cash", "number": order.number}
    said["move"] = move
    assert post(what, limit="5", refund_to="account", **said).status_code == 404
    assert (moved(), AccountTerms.objects.count()) == (before, 0)
    assert client.get(reverse("station-account", args=[home.pk])).status_code == 404


@pytest.mark.parametrize(
    "what",
    ["deposit", "pay-back", "undo", "write-off", "credit", "refund-to", "collect", "at-the-door"],
)
def test_looking_changes_nothing(client, staff, home, what):
    client.force_login(staff)
    assert client.get(reverse(f"station-account-{what}", args=[home.pk])).status_code == 405
