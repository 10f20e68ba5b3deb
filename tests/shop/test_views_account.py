"""驿站账户, as the household sees its own."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from delivery.models import RiskLevel
from shop.models import AccountTerms, MoneyMove
from shop.money import accounts, orders
from shop.payments.account.way import AccountWay
from tests import factories
from tests.shop.orders import place

Account = MoneyMove.Account


@pytest.fixture
def as_resident(client, resident):
    client.force_login(resident)
    return client


@pytest.fixture
def order(station, home, resident):
    greens = factories.item(station, "上海青", price="6.40", in_stock=40)
    return place(factories.round(station), home, (greens, 2))


def deposit(home, amount: str, by) -> None:
    accounts.deposit(home, Decimal(amount), by=by, nonce=uuid4())


def pay(order, home, amount: str, by) -> None:
    said = {"source": Account.HOUSEHOLD, "by": by, "nonce": uuid4()}
    orders.pay(order, home, Decimal(amount), **said)


def test_an_empty_account_says_how_to_fill_it(as_resident):
    text = as_resident.get(reverse("account")).text
    assert '<p class="huge num">¥0.00</p>' in text
    assert "还没有进出。想存点钱方便付款，到驿站柜台就行。" in text
    assert "还没付的单" not in text


def test_who_cannot_come_to_the_counter_is_not_sent_there(as_resident, order, home, staff):
    home.grid.risk_level = RiskLevel.SEALED
    home.grid.save()
    text = as_resident.get(reverse("account")).text
    assert "可以转账给驿站，或请网格长、志愿者帮忙" in text
    assert "到驿站柜台" not in text
    deposit(home, "3.20", staff)
    text = as_resident.get(reverse("order-detail", args=[order.number])).text
    assert "不够付这一单，可以转账给驿站，或请网格长、志愿者帮忙。" in text
    assert "到柜台" not in text
    assert "转账给驿站" in AccountWay().why_not(home, Decimal("12.80"))


def test_every_yuan_in_and_out_with_what_was_left(as_resident, order, home, staff):
    deposit(home, "20.00", staff)
    pay(order, home, "12.80", staff)
    text = as_resident.get(reverse("account")).text
    assert '<p class="huge num">¥7.20</p>' in text
    assert f'<a href="/orders/{order.number}/">付订单 {order.number}</a>' in text
    assert "−¥12.80" in text
    assert "+¥20.00" in text
    assert text.index("余 ¥7.20") < text.index("余 ¥20.00"), "the latest first"
    assert "¥7.20" in as_resident.get(reverse("my-home")).text


def test_what_is_owed_is_listed_and_leads_to_the_order(as_resident, order):
    text = as_resident.get(reverse("account")).text
    assert "还没付的单" in text
    assert f'href="/orders/{order.number}/"' in text
    assert "¥12.80" in text


def test_below_zero_says_who_owes_and_how_much_was_agreed(as_resident, order, home, staff):
    accounts.limit_credit(home, Decimal("30.00"), by=None)
    pay(order, home, "12.80", staff)
    text = as_resident.get(reverse("account")).text
    assert "您家欠驿站" in text
    assert '<p class="huge num bad-text">¥12.80</p>' in text
    assert "说好最多可以先欠 ¥30.00。" in text


def test_a_family_sees_nothing_of_the_one_before(as_resident, home, staff):
    deposit(home, "20.00", staff)
    accounts.pay_back(home, Decimal("20.00"), by=staff, nonce=uuid4())
    home.lived_in_since = timezone.now()
    home.save()
    assert "还没有进出" in as_resident.get(reverse("account")).text


def test_the_neighbours_account_is_not_here(client, neighbour, home, staff):
    deposit(home, "20.00", staff)
    client.force_login(neighbour)
    text = client.get(reverse("account")).text
    assert "¥20.00" not in text
    assert "还没有进出" in text


@pytest.fixture
def online(station, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_123"
    settings.STRIPE_WEBHOOK_SECRET = "whsec_123"
    station.ways_to_pay = ["door", "account", "stripe"]
    station.save()


def test_where_refunds_go_is_the_households_to_say(as_resident, home, online):
    text = as_resident.get(reverse("account")).text
    assert 'name="refund_to" value="source" checked' in text
    address = reverse("account-refunds")
    answer = as_resident.post(address, {"refund_to": "account"}, follow=True)
    assert "记下了，以后要退的钱就这样退。" in answer.text
    assert 'name="refund_to" value="account" checked' in answer.text
    assert AccountTerms.objects.get().household == home


@pytest.mark.parametrize("said", [{}, {"refund_to": "bank"}, {"refund_to": "\x00"}])
def test_anything_else_changes_nothing(as_resident, home, said):
    assert as_resident.post(reverse("account-refunds"), said).status_code == 400
    assert as_resident.get(reverse("account-refunds")).status_code == 405
    assert not AccountTerms.objects.exists()


def test_without_payments_online_there_is_nothing_to_choose(as_resident):
    text = as_resident.get(reverse("account")).text
    assert "refund_to" not in text
    assert "付过的钱会退到这里" in text


def test_a_long_statement_has_pages_and_costs_the_same(as_resident, home, staff, order):
    def queries(page: str = "") -> int:
        with CaptureQueriesContext(connection) as captured:
            assert as_resident.get(reverse("account"), {"page": page}).status_code == 200
        return len(captured)

    for _ in range(3):
        deposit(home, "1.00", staff)
    few = queries()
    for number in range(23):
        deposit(home, "1.00", staff)
        if number % 3 == 0:
            pay(order, home, "0.50", staff)
    assert queries() == few
    for _ in range(10):
        deposit(home, "1.00", staff)
    assert "早一些的" in as_resident.get(reverse("account")).text
    second = as_resident.get(reverse("account"), {"page": "2"})
    assert [f"{move.after:.2f}" for move in second.context["moves"]][-1] == "1.00"
    for odd in ("x", "999", "-1", "\x00"):
        queries(odd)


def test_a_deposit_that_was_undone_says_so(as_resident, home, staff):
    deposit(home, "20.00", staff)
    deposit(home, "5.00", staff)
    mistaken = MoneyMove.objects.get(amount=Decimal("20.00"))
    accounts.undo_deposit(mistaken, by=staff, nonce=uuid4())
    page = as_resident.get(reverse("account"))
    assert [(move.words, move.undone) for move in page.context["moves"]] == [
        ("充值记错了，撤销", False),
        ("现金充值", False),
        ("现金充值", True),
    ]
    assert page.text.count("已撤销") == 1
