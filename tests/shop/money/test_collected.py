"""What couriers take at doors is in the book as the last handoff says, in whose hands, and once."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db.models import Sum

from delivery import batches, handoffs
from delivery.models import Parcel
from shop.models import MoneyMove
from shop.money import ledger
from tests import factories
from tests.delivery.doors import send_out


@pytest.fixture
def owing(home):
    return [factories.owing(home, total) for total in ("12.50", "7.50")]


@pytest.fixture
def stop(station, home, grid, staff, courier, owing):
    """One door with two orders, 20.00 due; another door after it."""
    closed = factories.round(station, status="closed")
    for order in owing:
        factories.parcel(closed, home, order=order, due=order.total_incl_tax)
    factories.parcel(closed, factories.household(grid, "9"))
    [batch] = batches.plan(closed, staff).batches
    send_out(batch, courier, staff)
    return batch.stops.get(position=1)


def record(stop, by, **said):
    return handoffs.record(stop, **{"outcome": "left", "nonce": uuid4(), "by": by, **said})


def correct(handoff, by, **said):
    return handoffs.correct(handoff, **{"outcome": "left", "nonce": uuid4(), "by": by, **said})


def held(account: str) -> Decimal:
    """What the station holds there."""
    moves = MoneyMove.objects.all()
    came = moves.filter(source=account).aggregate(sum=Sum("amount"))["sum"] or 0
    went = moves.filter(target=account).aggregate(sum=Sum("amount"))["sum"] or 0
    return Decimal(came - went).quantize(Decimal("0.01"))


def left(owing) -> list[Decimal]:
    owed = ledger.owed([order.pk for order in owing])
    return [owed[order.pk] for order in owing]


def test_cash_and_transfer_pay_the_oldest_order_first(stop, courier, owing):
    record(stop, courier, cash="10.00", transfer="4.00")
    assert left(owing) == [Decimal("0.00"), Decimal("6.00")]
    assert (held("person"), held("transfer")) == (Decimal("10.00"), Decimal("4.00"))
    in_hands = MoneyMove.objects.filter(source="person")
    assert {move.holder for move in in_hands} == {courier}
    # What was collected at the door is still part of what is due there.
    assert [p.due for p in Parcel.objects.filter(order__in=owing).order_by("pk")] == [
        Decimal("12.50"),
        Decimal("7.50"),
    ]


def test_the_office_ticks_and_the_courier_has_the_cash(stop, staff, courier):
    record(stop, staff, cash="20.00")
    holders = set(MoneyMove.objects.filter(source="person").values_list("holder", "by"))
    assert holders == {(courier.pk, staff.pk)}


def test_the_same_tap_again_books_nothing(stop, courier):
    nonce = uuid4()
    for _tap in range(2):
        record(stop, courier, cash="20.00", nonce=nonce)
    assert held("person") == Decimal("20.00")


@pytest.mark.parametrize(
    ("said", "cash", "transfer"),
    [
        ({"cash": "5.00"}, "5.00", "0.00"),
        ({"transfer": "20.00"}, "0.00", "20.00"),
        ({"outcome": "failed", "reason": "nobody"}, "0.00", "0.00"),
        ({"cash": "12.00", "transfer": "8.00"}, "12.00", "8.00"),
    ],
)
def test_a_correction_replaces_what_was_collected(stop, courier, owing, said, cash, transfer):
    first = record(stop, courier, cash="20.00")
    correct(first, courier, **said)
    assert (held("person"), held("transfer")) == (Decimal(cash), Decimal(transfer))
    assert sum(left(owing)) == 20 - Decimal(cash) - Decimal(transfer)


def test_a_correction_of_a_correction(stop, courier, owing):
    second = correct(record(stop, courier, cash="20.00"), courier, cash="3.00")
    correct(second, courier, cash="18.00")
    assert held("person") == Decimal("18.00")
    assert left(owing) == [Decimal("0.00"), Decimal("2.00")]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"cash": "15.00", "transfer": "5.01"}, "这一户应收 20.00 元，收的不能比这多。"),
        ({"transfer": "-1"}, "转账的金额写得不对，请写成几元几角几分。"),
        ({"transfer": "0.001"}, "转账的金额写得不对，请写成几元几角几分。"),
        ({"outcome": "failed", "reason": "nobody", "transfer": "1"}, "没送成就不能收钱。"),
    ],
)
def test_what_cannot_be_right_books_nothing(stop, courier, said, sentence):
    with pytest.raises(handoffs.HandoffRefused) as refused:
        record(stop, courier, **said)
    assert str(refused.value) == sentence
    assert not MoneyMove.objects.filter(kind="payment").exists()
