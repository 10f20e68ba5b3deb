"""The one book: what is due follows it, and no order stands overpaid."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from delivery.models import Parcel
from shop.errors import AccountShort, MoneyRefused, NonceTaken
from shop.models import AccountTerms, MoneyMove
from shop.money import accounts, ledger, orders
from tests import factories

Account = MoneyMove.Account


@pytest.fixture
def due(home, station):
    """Adds an order of so many yuan with its parcel; returns the order and what is due for it."""
    closed = factories.round(station, status="closed")

    def make(total: str):
        order = factories.owing(home, total)
        factories.parcel(closed, home, order=order, due=Decimal(total))
        return order, lambda: Parcel.objects.get(order=order).due

    return make


def post(*entries) -> None:
    with transaction.atomic():
        ledger.post(entries, by=None)


def adjust(order, home, amount: str) -> None:
    post(orders.adjustment(order.pk, home.grid.station_id, home.pk, Decimal(amount)))


def pay(order, home, amount: str, source, by, **also) -> None:
    said = {"source": source, "by": by, "nonce": uuid4(), **also}
    orders.pay(order, home, Decimal(amount), **said)


def sides() -> list[tuple]:
    rows = MoneyMove.objects.order_by("pk").values_list("kind", "source", "target", "amount")
    return [(*words, f"{amount:.2f}") for *words, amount in rows]


def test_what_is_due_at_the_door_is_what_was_not_paid_elsewhere(due, home, staff):
    order, left = due("20.00")
    pay(order, home, "7.50", Account.CASH, staff)
    assert left() == Decimal("12.50")
    assert ledger.owed([order.pk]) == {order.pk: Decimal("12.50")}
    adjust(order, home, "-2.50")
    assert left() == Decimal("10.00")
    adjust(order, home, "1.00")
    assert left() == Decimal("11.00")


def test_what_is_paid_too_much_goes_into_the_doors_account_at_once(due, home, staff):
    order, left = due("20.00")
    accounts.deposit(home, Decimal("20.00"), by=staff, nonce=uuid4())
    pay(order, home, "20.00", Account.HOUSEHOLD, staff)
    assert left() == accounts.balance(home) == Decimal("0.00")
    adjust(order, home, "-3.10")
    assert accounts.balance(home) == Decimal("3.10")
    assert left() == Decimal("0.00")
    assert ledger.owed([order.pk]) == {order.pk: Decimal("0.00")}
    assert sides()[-2:] == [
        ("adjustment", "sales", "order", "3.10"),
        ("refund", "order", "household", "3.10"),
    ]


def test_only_what_is_too_much_goes_back(due, home, staff):
    order, left = due("20.00")
    pay(order, home, "15.00", Account.CASH, staff)
    adjust(order, home, "-5.00")
    assert (left(), accounts.balance(home)) == (Decimal("0.00"), Decimal("0.00"))
    adjust(order, home, "-0.01")
    assert (left(), accounts.balance(home)) == (Decimal("0.00"), Decimal("0.01"))


def test_many_orders_cost_no_more_queries(due, home, staff):
    def overpaid(count: int) -> list:
        made = [due("10.00")[0] for _number in range(count)]
        for order in made:
            pay(order, home, "10.00", Account.CASH, staff)
        station_id = home.grid.station_id
        return [
            orders.adjustment(order.pk, station_id, home.pk, Decimal("-1.00")) for order in made
        ]

    for count in (2, 12):
        entries = overpaid(count)
        with transaction.atomic(), CaptureQueriesContext(connection) as captured:
            ledger.post(entries, by=staff)
        if count == 2:
            few = len(captured)
    assert len(captured) == few
    assert accounts.balance(home) == Decimal("14.00")


def test_nobody_pays_more_than_is_owed(due, home, staff):
    order, left = due("20.00")
    with pytest.raises(MoneyRefused, match=r"^这一单还差 ¥20.00，不能收 ¥20.01。$"):
        pay(order, home, "20.01", Account.CASH, staff)
    pay(order, home, "20.00", Account.CASH, staff)
    with pytest.raises(MoneyRefused, match=r"^这一单还差 ¥0.00，不能收 ¥0.01。$"):
        pay(order, home, "0.01", Account.CASH, staff)
    assert left() == Decimal("0.00")


def test_the_same_tap_pays_once_and_says_one_thing(due, home, staff):
    order, left = due("20.00")
    nonce = uuid4()
    for _tap in range(2):
        pay(order, home, "5.00", Account.CASH, staff, nonce=nonce)
    assert left() == Decimal("15.00")
    with pytest.raises(NonceTaken):
        pay(order, home, "6.00", Account.CASH, staff, nonce=nonce)
    with pytest.raises(NonceTaken):
        accounts.deposit(home, Decimal("5.00"), by=staff, nonce=nonce)
    assert left() == Decimal("15.00")


def test_an_order_is_not_paid_from_an_empty_account(due, home, staff):
    order, left = due("20.00")
    with pytest.raises(AccountShort):
        pay(order, home, "0.01", Account.HOUSEHOLD, staff)
    assert left() == Decimal("20.00")


def test_cash_in_somebodys_hands_says_whose(due, home, staff, leader):
    order, _left = due("20.00")
    pay(order, home, "20.00", Account.PERSON, leader, holder=leader)
    move = MoneyMove.objects.get(kind="payment")
    assert (move.source, move.holder, move.by) == ("person", leader, leader)
    order, _left = due("20.00")
    with pytest.raises(IntegrityError), transaction.atomic():
        pay(order, home, "20.00", Account.PERSON, leader)


@pytest.mark.parametrize("refund_to", AccountTerms.RefundTo.values)
def test_what_stripe_may_send_back_and_what_the_door_prefers(due, home, refund_to):
    accounts.prefer(home, AccountTerms.RefundTo(refund_to))
    order, _left = due("20.00")
    payment = factories.stripe_payment(order, "20.00")
    post(
        orders.payment(
            order.pk, home, Decimal("20.00"), Account.STRIPE, stripe_payment_id=payment.pk
        )
    )
    adjust(order, home, "-4.00")
    through = refund_to == "source"
    assert accounts.balance(home) == Decimal("0.00" if through else "4.00")
    assert [(r.amount, r.status) for r in payment.refunds.all()] == (
        [(Decimal("4.00"), "waiting")] if through else []
    )
    # Too little to send through a bank.
    adjust(order, home, "-0.99")
    assert accounts.balance(home) == Decimal("0.99" if through else "4.99")
    assert ledger.owed([order.pk]) == {order.pk: Decimal("0.00")}
