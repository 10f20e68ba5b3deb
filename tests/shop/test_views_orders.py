"""What an order says about its money: what was paid, what went back, what is left; paying it."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shop import ordering
from shop.models import MoneyMove, Notice
from shop.money import accounts
from shop.money.funds import funds
from tests import factories
from tests.shop.doors import hand_out, send_out
from tests.shop.orders import place
from tests.shop.test_bills import money, one_less, pay
from tests.shop.test_views_shop import change, checkout_fields

Account, Kind = MoneyMove.Account, MoneyMove.Kind


@pytest.fixture
def round(station):
    return factories.round(station, "今日第二波")


@pytest.fixture
def greens(station):
    return factories.item(station, "上海青", price="6.40", in_stock=40)


@pytest.fixture
def order(round, home, resident, greens):
    """Two of the greens, 12.80 yuan, to be paid at the door."""
    return place(round, home, (greens, 2))


@pytest.fixture
def as_resident(client, resident):
    client.force_login(resident)
    return client


def page(client, order) -> str:
    return client.get(reverse("order-detail", args=[order.number])).text


def deposit(home, amount: str, by) -> None:
    accounts.deposit(home, Decimal(amount), by=by, nonce=uuid4())


def test_a_short_line_goes_back_into_the_account_and_says_so(
    as_resident, order, round, home, greens, staff
):
    deposit(home, "12.80", staff)
    pay(order, home, "12.80", Account.HOUSEHOLD, staff)
    one_less(round, order, greens)
    text = page(as_resident, order)
    assert "少给 1 份，少收 ¥6.40" in text
    assert "少收您的</dt><dd>−¥6.40" in text
    assert "一共</dt><dd>¥6.40" in text
    assert "已付（驿站账户）</dt><dd>¥12.80" in text
    assert "退回驿站账户</dt><dd>¥6.40" in text
    assert "付清了</dt><dd>¥0.00" in text
    assert "下次下单能用，也可以到柜台取回" in text
    assert "付清了" in as_resident.get(reverse("order-list")).text


def test_cancelled_after_paying(as_resident, order, home, staff, resident):
    deposit(home, "12.80", staff)
    pay(order, home, "12.80", Account.HOUSEHOLD, staff)
    ordering.cancel(order, by=resident)
    text = page(as_resident, order)
    assert "取消了，不收</dt><dd>−¥12.80" in text
    assert "一共</dt><dd>¥0.00" in text
    assert "退回驿站账户</dt><dd>¥12.80" in text
    assert "不用付了</dt><dd>¥0.00" in text
    assert "用驿站账户付" not in text


def test_delivered_and_not_paid(order, round, courier, manager, as_resident):
    hand_out(send_out(round, courier, manager), courier)
    assert money(order) == [("还没付", "12.80")]
    assert '<span class="warm-text">还没付</span>' in as_resident.get(reverse("order-list")).text


def test_what_a_fund_pays_is_on_the_order_and_on_the_checkout(
    as_resident, station, home, greens, round, manager
):
    fund = funds.make(station, "爱心捐款", "donation")
    funds.donate(fund, Decimal("50.00"), by=manager, nonce=uuid4())
    funds.grant(fund, Decimal("0.5"), household=home, by=manager)
    change(as_resident, greens, 2)
    shown = as_resident.get(reverse("checkout")).text
    assert "互助金付</dt><dd>−¥6.40" in shown
    assert "您付</dt><dd>¥6.40" in shown
    assert '<b class="big num">¥6.40</b>' in shown
    placed = as_resident.post(reverse("checkout"), checkout_fields(as_resident))
    text = as_resident.get(placed.url).text
    assert "互助金付</dt><dd>¥6.40" in text
    assert "送到时付</dt><dd>¥6.40" in text


def test_what_a_fund_pays_altogether_needs_no_way_to_pay(
    as_resident, station, home, greens, round, manager
):
    fund = funds.make(station, "爱心捐款", "donation")
    funds.donate(fund, Decimal("50.00"), by=manager, nonce=uuid4())
    funds.grant(fund, Decimal(1), household=home, by=manager)
    change(as_resident, greens, 2)
    shown = as_resident.get(reverse("checkout")).text
    assert "这一单您不用付钱。" in shown
    assert 'type="radio" name="pay"' not in shown
    placed = as_resident.post(reverse("checkout"), checkout_fields(as_resident))
    assert "付清了</dt><dd>¥0.00" in as_resident.get(placed.url).text


# --- paying what is owed -------------------------------------------------------------------------


def pay_page(client, order, **said):
    found = client.get(reverse("order-detail", args=[order.number])).context
    fields = {"amount": f"{found['bill'].owed}", "nonce": found["nonce"]} | said
    return client.post(reverse("order-pay", args=[order.number]), fields, follow=True), fields


def test_the_household_pays_from_its_account(as_resident, order, home, staff):
    deposit(home, "20.00", staff)
    assert "用驿站账户付 ¥12.80" in page(as_resident, order)
    answer, fields = pay_page(as_resident, order)
    assert "从驿站账户付了 ¥12.80，还剩 ¥7.20。" in answer.text
    assert "用驿站账户付 " not in answer.text
    again = as_resident.post(reverse("order-pay", args=[order.number]), fields, follow=True)
    assert again.status_code == 200
    assert accounts.balance(home) == Decimal("7.20"), "a second tap is nothing"


@pytest.mark.parametrize(
    ("there", "words"),
    [
        ("1.10", "账户里 ¥1.10，另外 ¥11.70 先记账，以后补上"),
        (None, "账户里没有钱，¥12.80 先记账，以后补上"),
    ],
)
def test_paying_on_credit_is_said_before_it_is_done(as_resident, order, home, staff, there, words):
    accounts.limit_credit(home, Decimal("50.00"), by=None)
    if there:
        deposit(home, there, staff)
    text = page(as_resident, order)
    assert f"从驿站账户付 ¥12.80，{words}，好吗？" in text
    assert f'<p class="quiet">{words}。' in text


def test_an_account_that_is_short_pays_nothing(as_resident, order, home, staff):
    deposit(home, "3.20", staff)
    text = page(as_resident, order)
    assert "驿站账户余额 ¥3.20，不够付这一单，可以到柜台充值。" in text
    assert "用驿站账户付" not in text
    answer, _ = pay_page(as_resident, order)
    assert "账户只有 ¥3.20，不够 ¥12.80。" in answer.text
    assert accounts.balance(home) == Decimal("3.20")


@pytest.mark.parametrize("amount", ["12.81", "-1", "0", "1000000"])
def test_another_amount_than_is_owed_pays_nothing(as_resident, order, home, staff, amount):
    deposit(home, "100.00", staff)
    answer, _ = pay_page(as_resident, order, amount=amount)
    assert "没办成：" in answer.text
    assert accounts.balance(home) == Decimal("100.00")


@pytest.mark.parametrize("said", [{"amount": "x"}, {"nonce": "x"}, {"amount": "NaN"}])
def test_what_cannot_be_read_is_no_error_page(as_resident, order, said):
    assert pay_page(as_resident, order, **said)[0].status_code == 400


def test_what_is_over_or_paid_elsewhere_is_not_paid(as_resident, order, home, staff, resident):
    deposit(home, "100.00", staff)
    ordering.cancel(order, by=resident)
    answer, _ = pay_page(as_resident, order, amount="12.80")
    assert "这一单现在不能用驿站账户付。" in answer.text
    assert accounts.balance(home) == Decimal("100.00")


def test_a_station_without_accounts_offers_none(as_resident, order, home, staff, station):
    deposit(home, "100.00", staff)
    station.ways_to_pay = ["door"]
    station.save()
    assert "用驿站账户付" not in page(as_resident, order)
    pay_page(as_resident, order)
    assert accounts.balance(home) == Decimal("100.00")


@pytest.mark.parametrize("who", ["neighbour", "stranger"])
def test_nobody_else_pays_or_prints_it(client, order, home, staff, request, who):
    deposit(home, "20.00", staff)
    client.force_login(request.getfixturevalue(who))
    said = {"amount": "12.80", "nonce": uuid4()}
    address = reverse("order-pay", args=[order.number])
    assert client.post(address, said).status_code == 404
    assert client.get(reverse("order-receipt", args=[order.number])).status_code == 404
    assert accounts.balance(home) == Decimal("20.00")


def test_paying_is_a_post(as_resident, order):
    assert as_resident.get(reverse("order-pay", args=[order.number])).status_code == 405


# --- on paper, and what one hears of -------------------------------------------------------------


def test_a_receipt_says_the_door_and_no_name(as_resident, order, round, home, greens, resident):
    one_less(round, order, greens)
    text = as_resident.get(reverse("order-receipt", args=[order.number])).text
    assert order.number in text
    assert "1幢 1单元 101" in text
    assert "¥6.40/份 × 1（订 2）" in text
    assert "少给 1 份，少收 ¥6.40" in text
    assert '送到时付</td><td class="num">¥6.40' in text
    assert resident.name not in text
    assert resident.phone not in text


def test_a_notice_of_what_is_no_good_says_what_it_is_now(as_resident, order, home, resident):
    Notice.objects.create(household=home, order=order, at=timezone.now())
    assert "这一单现在已下单" in as_resident.get(reverse("home")).text
    ordering.cancel(order, by=resident)
    assert "没有按时付款，这一单取消了" in as_resident.get(reverse("home")).text


def test_the_list_says_of_each_order_how_it_stands(as_resident, round, home, greens, staff):
    paid, partly, _unpaid, off = (place(round, home, (greens, 2)) for _ in range(4))
    pay(paid, home, "12.80", Account.CASH, staff)
    pay(partly, home, "2.80", Account.CASH, staff)
    ordering.cancel(off, by=staff)
    text = as_resident.get(reverse("order-list")).text
    assert text.count('<span class="quiet">付清了</span>') == 1
    assert '<span class="warm-text">送到时付 ¥10.00</span>' in text
    assert '<span class="warm-text">送到时付</span>' in text
    assert '<s class="quiet num">¥12.80</s>' in text


def test_an_orders_page_costs_the_same_with_1_payment_and_with_9(
    as_resident, order, home, staff, resident
):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(as_resident, order)
        return len(captured)

    pay(order, home, "1.00", Account.CASH, staff)
    few = queries()
    for source in (Account.CASH, Account.TRANSFER) * 4:
        pay(order, home, "1.00", source, staff)
    assert queries() == few


def test_what_a_fund_and_the_household_pay_less_is_told_apart(
    as_resident, station, home, resident, greens, round, manager
):
    fund = funds.make(station, "爱心捐款", "donation")
    funds.donate(fund, Decimal("50.00"), by=manager, nonce=uuid4())
    funds.grant(fund, Decimal("0.5"), household=home, by=manager)
    order = place(round, home, (greens, 2))
    one_less(round, order, greens)
    text = page(as_resident, order)
    assert "货款少</dt><dd>−¥6.40" in text
    assert "货款少 ¥6.40：您少付 ¥3.20，互助金少付 ¥3.20。" in text
