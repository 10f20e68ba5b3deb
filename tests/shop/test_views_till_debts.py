"""What a door owes, at the till and after the sale."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from shop.models import MoneyMove, OrderStatus
from shop.money import accounts, ledger
from tests import factories


@pytest.fixture
def till(client, staff, home) -> str:
    client.force_login(staff)
    return client.post(reverse("station-counter"), {"door": home.pk}).url


def said(page) -> list[str]:
    return [str(message) for message in page.context["messages"]]


def collect(client, till: str, order, **changed):
    sent = {"number": order.number, "amount": "10.00", "source": "cash", "nonce": uuid4()}
    return client.post(f"{till}collect/", sent | changed, follow=True)


@pytest.mark.parametrize("source", ["cash", "transfer", "household"])
def test_an_order_is_paid_at_the_till(client, till, home, staff, source):
    order = factories.owing(home, "10.00")
    accounts.deposit(home, Decimal("10.00"), by=staff, nonce=uuid4())
    assert [debt.number for debt, _nonce in client.get(till).context["debts"]] == [order.number]
    page = collect(client, till, order, source=source)
    assert said(page) == [f"订单 {order.number} 收到 ¥10.00。"]
    assert ledger.owed([order.pk]) == {order.pk: Decimal("0.00")}
    assert page.context["debts"] == []


def test_a_second_tap_takes_nothing(client, till, home):
    order, nonce = factories.owing(home, "10.00"), uuid4()
    for _tap in range(2):
        collect(client, till, order, nonce=nonce)
    assert MoneyMove.objects.filter(kind="payment").count() == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"amount": "10.01"}, "还差 ¥10.00"),
        ({"amount": "-1"}, "金额不能是负的"),
        ({"amount": "0"}, "金额要大于 0"),
        ({"source": "sales"}, "请从给的几样里选一样"),
        ({"source": "household"}, "账户只有 ¥0.00"),
        ({"number": "HM-OTHER"}, "没有订单 HM-OTHER"),
    ],
)
def test_what_cannot_be_is_told(client, till, home, changed, words):
    order = factories.owing(home, "10.00")
    [sentence] = said(collect(client, till, order, **changed))
    assert words in sentence
    assert not MoneyMove.objects.filter(kind="payment").exists()


def test_what_is_paid_online_is_not_asked_for(client, till, home):
    order = factories.owing(home)
    type(order).objects.update(status=OrderStatus.AWAITING)
    assert client.get(till).context["debts"] == []
    [sentence] = said(collect(client, till, order))
    assert "在等网上付款" in sentence


def test_credit_pays_at_the_till(client, till, home, station):
    item = factories.item(station, "大米", price="29.80")
    accounts.limit_credit(home, Decimal("29.79"), by=None)
    client.post(f"{till}change/", {"add": item.record_id})
    assert client.get(till).context["account_pays"] is False
    accounts.limit_credit(home, Decimal("29.80"), by=None)
    page = client.get(till)
    assert page.context["account_pays"] is True
    assert "可欠 ¥29.80" in page.content.decode()
    seen = page.context["quoted"].seen
    client.post(f"{till}pay/", {"way": "account", "seen": seen})
    assert accounts.balance(home) == Decimal("-29.80")


def test_after_the_sale_it_says_what_else_is_owed(client, till, home, station):
    factories.owing(home, "7.00")
    item = factories.item(station, "大米", price="29.80")
    client.post(f"{till}change/", {"add": item.record_id})
    seen = client.get(till).context["quoted"].seen
    page = client.post(f"{till}pay/", {"way": "cash", "seen": seen}, follow=True)
    assert page.context["owed"] == Decimal("7.00")
    assert "这一户还有 1 单没付清，¥7.00" in page.content.decode()
