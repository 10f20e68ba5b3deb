"""What was paid for an order, what went back and what is left, in the household's words."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from delivery import rounds
from delivery.models import ParcelLine
from delivery.picks import packing
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


def test_what_the_station_gave_up_is_not_said_to_be_paid(order, home):
    said = {"station_id": home.grid.station_id, "household_id": home.pk, "order_id": order.pk}
    entry = Entry(
        kind=Kind.WRITE_OFF,
        source=Account.BAD_DEBT,
        target=Account.ORDER,
        amount=Decimal("12.80"),
        **said,
    )
    with transaction.atomic():
        ledger.post([entry], by=None)
    assert money(order) == [("收不回来，驿站核销", "12.80"), ("不用付了", "0.00")]
    assert not bills.of(order).to_give_back


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
            [
                Entry(
                    source=source,
                    target=target,
                    stripe_payment_id=paid_online.pk if source == stripe else None,
                    **said,
                )
                for source, target in steps
            ],
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


# --- a fund paid part of the line ----------------------------------------------------------------


def notes(order) -> list[str]:
    [line] = bills.of(type(order).objects.get(pk=order.pk)).lines
    return line.notes


def own(order) -> Decimal:
    return ledger.owed([order.pk])[order.pk]


def test_what_changed_says_what_of_it_is_the_households(round, home, station, greens):
    factories.grant(factories.fund(station), "0.3333", household=home)
    order = place(round, home, (greens, 2))
    before = own(order)  # 12.80 − 4.27
    one_less(round, order, greens)
    # 6.40 − 2.13: less by 4.26, though two thirds of 6.40 would be 4.27.
    assert (before, own(order)) == (Decimal("8.53"), Decimal("4.27"))
    assert notes(order) == ["少给 1 份，少收 ¥6.40，其中您的 ¥4.26"]
    assert bills.news([order.pk])[order.pk] == ["上海青：少给 1 份，少收 ¥6.40，其中您的 ¥4.26"]


def test_step_by_step_each_has_its_own_part(round, home, station, staff):
    """Short, weighed light, and the weight again as a mistake."""
    meat = factories.item(station, "五花肉", price="20.01", by_weight=True, weight_g=500)
    factories.grant(factories.fund(station), "0.5", household=home)
    order = place(round, home, (meat, 3))
    rounds.close(round)
    stood = [own(order)]
    line = ParcelLine.objects.get(parcel__order=order)
    packing.tick(line, by=staff, units=2, weighed_g=900)
    stood.append(own(order))
    packing.untick(line, by=staff)
    stood.append(own(order))
    assert stood == [Decimal("30.01"), Decimal("18.01"), Decimal("30.01")]
    assert notes(order) == [
        "少给 1 份，少收 ¥20.01，其中您的 ¥10.00",
        "按实重算，少收 ¥4.00，其中您的 ¥2.00",
        "又找到 1 份，加回 ¥20.01，其中您的 ¥10.00",
        "重新称过，加回 ¥4.00，其中您的 ¥2.00",
    ]


def test_a_fund_that_pays_all_of_it_leaves_the_household_as_it_was(round, home, station, greens):
    factories.grant(factories.fund(station), "1", household=home)
    order = place(round, home, (greens, 2))
    one_less(round, order, greens)
    assert notes(order) == ["少给 1 份，少收 ¥6.40，您付的不变"]


def test_who_is_not_told_of_funds_reads_the_whole(round, home, station, greens):
    factories.grant(factories.fund(station), "0.5", household=home)
    order = place(round, home, (greens, 2))
    one_less(round, order, greens)
    assert bills.news([order.pk], with_funds=False)[order.pk] == ["上海青：少给 1 份，少收 ¥6.40"]
