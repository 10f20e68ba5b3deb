"""收银: cash, change, the door's account. Plain forms, as without JavaScript."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from oscar.core.loading import get_model

from inventory import openings
from shop.models import CounterSale, MoneyMove
from shop.money import accounts
from tests.shop.counter_sales.serving import goods, pay, said, scan

Order = get_model("order", "Order")


def test_cash_and_change(client, till, rice, home):
    scan(client, till, "大米")
    page = client.get(pay(client, till, tendered="¥50 元").url)
    text = page.content.decode()
    assert "¥20.20" in text
    assert "收到 ¥50.00，应付 ¥29.80" in text
    receipt = client.get(
        reverse("station-sale-receipt", args=[page.context["sale"].order.number])
    ).content.decode()
    for words in ("大米", "¥29.80", "¥50.00", "¥20.20"):
        assert words in receipt
    assert home.door not in receipt
    assert "1 </b>" not in text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"way": "cash"}, "刚才价格变了，合计已经更新，请再看一眼再收钱。"),
        ({"way": "barter"}, "请选收现金还是账户付。"),
        ({}, "请选收现金还是账户付。"),
        ({"way": "cash", "quick": "x"}, "请填金额，比如 20 或 20.50。"),
    ],
)
def test_a_page_that_was_tampered_with_sells_nothing(client, till, typed, sentence):
    scan(client, till, "大米")
    page = client.post(f"{till}pay/", typed)
    assert page.status_code in {400, 409}
    assert sentence in page.content.decode()
    assert not Order.objects.exists()


def test_a_note_that_was_tapped(client, till):
    scan(client, till, "大米")
    page = client.get(till)
    assert page.context["notes"] == [Decimal(30), Decimal(50), Decimal(100)]
    client.post(pay(client, till, tendered="12", quick="100").url)
    assert CounterSale.objects.get().tendered == Decimal("100.00")


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ("29.79", 409, "收到 ¥29.79，还差 ¥0.01。"),
        ("-1", 400, "金额不能是负的。"),
        ("很多", 400, "请填金额，比如 20 或 20.50。"),
        ("NaN", 400, "请填金额，比如 20 或 20.50。"),
        ("30.001", 400, "金额最多到分。"),
        ("1e3", 400, "请填金额，比如 20 或 20.50。"),
        ("1E+2", 400, "请填金额，比如 20 或 20.50。"),
        ("１ｅ３", 400, "请填金额，比如 20 或 20.50。"),
        ("1_000", 400, "请填金额，比如 20 或 20.50。"),
        ("٣٠", 400, "请填金额，比如 20 或 20.50。"),
        ("999999999", 400, "金额太大了，请看看是不是多按了一位。"),
        ("50 USD", 400, "请填金额，比如 20 或 20.50。"),
        ("\x00", 400, "请填金额，比如 20 或 20.50。"),
    ],
)
def test_money_that_cannot_be_right_keeps_what_was_typed(client, till, typed, status, sentence):
    scan(client, till, "大米")
    page = pay(client, till, tendered=typed)
    assert page.status_code == status
    text = page.content.decode()
    assert sentence in text
    assert f'value="{typed}"' in text
    assert goods(page) == [("大米", 1)]
    assert not Order.objects.exists()


@pytest.mark.parametrize("typed", ["５０．２０", "￥50.2", "50.20元", " ５０.2０ 元"])
def test_money_is_typed_as_people_type_it(client, till, typed):
    scan(client, till, "大米")
    pay(client, till, tendered=typed)
    assert CounterSale.objects.get().tendered == Decimal("50.20")


def test_what_is_missing_is_said_in_yuan_and_fen(client, till):
    scan(client, till, "大米")
    assert "收到 ¥20.00，还差 ¥9.80。" in pay(client, till, tendered="20").text


def test_the_second_tap_shows_the_same_sale(client, till):
    scan(client, till, "大米")
    seen = client.get(till).context["quoted"].seen
    first = client.post(f"{till}pay/", {"way": "cash", "seen": seen})
    again = client.post(f"{till}pay/", {"way": "cash", "seen": seen})
    assert first.url == again.url == client.get(till).url
    assert Order.objects.count() == 1
    assert MoneyMove.objects.filter(kind="payment").count() == 1


def test_a_price_that_changed_is_shown_before_money_is_taken(client, till, rice):
    scan(client, till, "大米")
    seen = client.get(till).context["quoted"].seen
    openings.restate([openings.Opening(rice.record_id, 10, Decimal("31.00"))])
    page = client.post(f"{till}pay/", {"way": "cash", "seen": seen})
    assert page.status_code == 409
    assert "刚才价格变了，合计已经更新" in page.content.decode()
    assert page.context["quoted"].total == Decimal("31.00")
    assert not Order.objects.exists()


def test_the_account_is_filled_pays_and_is_paid_back(client, till, home):
    scan(client, till, "大米")
    assert "disabled" in client.get(till).content.decode()
    nonce = client.get(till).context["deposit"].initial["nonce"]
    for _tap in range(2):
        page = client.post(f"{till}deposit/", {"amount": "30", "nonce": nonce}, follow=True)
        assert said(page) == ["充值 ¥30.00，钱收好。"]
    assert goods(page) == [("大米", 1)]
    assert accounts.balance(home) == Decimal("30.00")
    assert "从驿站账户付了" in client.get(pay(client, till, way="account").url).content.decode()
    assert accounts.balance(home) == Decimal("0.20")
    other = client.post(reverse("station-counter"), {"door": home.pk}).url
    back = {"amount": "0.20", "nonce": uuid4(), "back": "1"}
    assert said(client.post(f"{other}deposit/", back, follow=True)) == ["退给住户 ¥0.20。"]
    page = client.post(f"{other}deposit/", back | {"nonce": uuid4()})
    assert page.status_code == 409
    assert "账户只有 ¥0.00" in page.content.decode()
    assert accounts.balance(home) == Decimal("0.00")


@pytest.mark.parametrize("amount", ["", "0", "-5", "abc", "10001", "1.005", "1e2", "1E+2"])
def test_deposits_that_cannot_be_right(client, till, amount):
    page = client.post(f"{till}deposit/", {"amount": amount, "nonce": uuid4()})
    assert page.status_code in {400, 409}
    assert page.context["deposit"].errors["amount"]
    assert not MoneyMove.objects.exists()


def test_an_account_that_is_short_is_said(client, till):
    scan(client, till, "大米")
    page = pay(client, till, way="account")
    assert page.status_code == 409
    assert "账户只有 ¥0.00，不够 ¥29.80。可以先充值，或者换一种付法。" in page.content.decode()
