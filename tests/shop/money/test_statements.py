"""对账单: every yuan into and out of a door's account, with what was there then."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from shop.models import MoneyMove
from shop.money import accounts, ledger, orders, statements
from tests import factories

Account = MoneyMove.Account


def told(door) -> list[tuple[str, Decimal, Decimal]]:
    return [(statements.words(each), each.signed, each.after) for each in statements.of(door)]


def test_a_statement_says_what_each_was_and_what_was_left(home, staff, station):
    order = factories.owing(home, "12.00")
    accounts.deposit(home, Decimal("20.00"), by=staff, nonce=uuid4())
    transfer = Account.TRANSFER
    accounts.deposit(home, Decimal("5.00"), by=staff, nonce=uuid4(), source=transfer)
    orders.pay(order, home, Decimal("12.00"), source=Account.HOUSEHOLD, by=staff, nonce=uuid4())
    with transaction.atomic():
        less = orders.adjustment(order.pk, station.pk, home.pk, Decimal("-2.30"))
        ledger.post([less], by=staff)
    accounts.pay_back(home, Decimal("15.30"), by=staff, nonce=uuid4())
    assert told(home) == [
        ("取回现金", Decimal("-15.30"), Decimal("0.00")),
        (f"订单 {order.number} 退款", Decimal("2.30"), Decimal("15.30")),
        (f"付订单 {order.number}", Decimal("-12.00"), Decimal("13.00")),
        ("转账充值", Decimal("5.00"), Decimal("25.00")),
        ("现金充值", Decimal("20.00"), Decimal("20.00")),
    ]


def test_cash_for_an_order_is_not_in_it(home, staff):
    order = factories.owing(home, "12.00")
    orders.pay(order, home, Decimal("12.00"), source=Account.CASH, by=staff, nonce=uuid4())
    assert told(home) == []


def test_who_moved_in_does_not_read_what_others_did(home, staff):
    accounts.deposit(home, Decimal("20.00"), by=staff, nonce=uuid4())
    accounts.pay_back(home, Decimal("20.00"), by=staff, nonce=uuid4())
    home.lived_in_since = timezone.now() + timedelta(seconds=1)
    home.save()
    assert told(home) == []


def test_a_page_of_it_still_knows_what_was_there(home, staff):
    for _day in range(5):
        accounts.deposit(home, Decimal("1.00"), by=staff, nonce=uuid4())
    assert [move.after for move in statements.of(home)[2:4]] == [Decimal("3.00"), Decimal("2.00")]


def test_money_that_stripe_could_not_take_back(home, station, staff):
    """A refund that went to the account after all: STRIPE → HOUSEHOLD."""
    order = factories.owing(home, "10.00")
    moved = ledger.Entry(
        station_id=station.pk,
        kind=MoneyMove.Kind.REFUND,
        source=Account.STRIPE,
        target=Account.HOUSEHOLD,
        amount=Decimal("10.00"),
        household_id=home.pk,
        order_id=order.pk,
        stripe_payment_id=factories.stripe_payment(order).pk,
    )
    with transaction.atomic():
        ledger.post([moved], by=staff)
    assert told(home) == [
        (f"订单 {order.number} 网上退款，改退到账户", Decimal("10.00"), Decimal("10.00"))
    ]
