"""What was paid for an order, what went back and what is left, in the household's words."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from delivery import rounds
from delivery.models import ParcelLine
from delivery.signals import LineChange
from shop import ordering
from shop.models import AccountTerms, MoneyMove, Refund, StripePayment
from shop.money import accounts, ledger, orders
from shop.money.ledger import Entry
from shop.settlement import bills, settling
from tests import factories
from tests.shop.doors import hand_out, send_out
from tests.shop.orders import place, preordered

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


def one_less(round, order, greens) -> None:
    """The round closes, and of the two greens one comes."""
    rounds.close(round)
    ParcelLine.objects.filter(parcel__order=order).update(quantity=1)
    with transaction.atomic():
        less = LineChange(order.pk, greens.pk, before=2, after=1)
        settling.settle([less], by=None, at=timezone.now())


def money(order) -> list[tuple[str, str]]:
    """The lines under what the order comes to, the last one included."""
    bill = bills.of(type(order).objects.get(pk=order.pk))
    lines = [(str(line.words), f"{line.amount}") for line in bill.paid]
    return [*lines, (bill.last_words, f"{bill.owed:.2f}")]


def pay(order, home, amount: str, source, by, **also) -> None:
    said = {"source": source, "by": by, "nonce": uuid4(), **also}
    orders.pay(order, home, Decimal(amount), **said)


def test_nothing_paid_yet(order):
    assert money(order) == [("送到时付", "12.80")]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Account.CASH, "已付（柜台现金）"),
        (Account.TRANSFER, "已付（转账）"),
        (Account.PERSON, "已付（现金）"),
    ],
)
def test_every_source_of_money_has_its_words(order, home, leader, source, words):
    pay(order, home, "2.80", source, leader, holder=leader if source == Account.PERSON else None)
    assert money(order) == [(words, "2.80"), ("送到时付", "10.00")]


def test_paid_at_the_door(order, round, courier, manager):
    hand_out(send_out(round, courier, manager), courier, "handed", cash="12.80")
    assert money(order) == [("已付（现金）", "12.80"), ("付清了", "0.00")]


def test_cancelled_before_paying(order, resident):
    ordering.cancel(order, by=resident)
    assert money(order) == [("不用付了", "0.00")]


def test_pre_ordered_it_is_at_most_that(round, home, resident, station):
    order = place(round, home, (preordered(station), 5))
    assert money(order) == [("送到时付，最多", "12.00")]


@pytest.fixture
def paid_online(order, home):
    """12.80 came through Stripe."""
    now = timezone.now()
    payment = StripePayment.objects.create(
        order=order, amount="12.80", expires_at=now, held_until=now, at=now, status="paid"
    )
    with transaction.atomic():
        said = {"stripe_payment_id": payment.pk}
        came = orders.payment(order.pk, home, Decimal("12.80"), Account.STRIPE, **said)
        ledger.post([came], by=None)
    return payment


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("waiting", "网上退款（3–5 天到账）"),
        ("sent", "网上退款（3–5 天到账）"),
        ("done", "网上退款（已退出，3–5 天到账）"),
        ("stuck", "网上退款（没退成，驿站在办）"),
    ],
)
def test_a_refund_online_says_how_far_it_is(order, paid_online, round, greens, status, words):
    one_less(round, order, greens)
    Refund.objects.update(status=status)
    assert money(order) == [("已付（网上付款）", "12.80"), (words, "6.40"), ("付清了", "0.00")]


@pytest.mark.parametrize("through_the_order", [True, False])
def test_a_refund_that_went_to_the_account_in_the_end(
    order, paid_online, round, greens, home, through_the_order
):
    one_less(round, order, greens)
    Refund.objects.update(status="moved")
    said = {"station_id": home.grid.station_id, "household_id": home.pk, "order_id": order.pk}
    said |= {"kind": Kind.REFUND, "amount": Decimal("6.40")}
    stripe, through, account = Account.STRIPE, Account.ORDER, Account.HOUSEHOLD
    steps = [(stripe, account)]
    if through_the_order:
        steps = [(stripe, through), (through, account)]
    with transaction.atomic():
        ledger.post(
            [Entry(source=source, target=target, **said) for source, target in steps],
            by=None,
            fresh=True,
        )
    assert money(order) == [
        ("已付（网上付款）", "12.80"),
        ("退回驿站账户", "6.40"),
        ("付清了", "0.00"),
    ]


def test_all_to_the_account_if_the_door_prefers(order, paid_online, round, greens, home):
    accounts.prefer(home, AccountTerms.RefundTo.ACCOUNT)
    one_less(round, order, greens)
    assert money(order)[1] == ("退回驿站账户", "6.40")
    assert not Refund.objects.exists()
