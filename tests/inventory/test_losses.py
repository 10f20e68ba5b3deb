"""报损和捐出: units of a lot, with a reason, once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from inventory import pricing, stock
from inventory.counts import losses
from inventory.errors import HeldForOrders, LossRefused
from inventory.models import Lot, Move
from tests import factories

WASTE, DONATE = Move.Kind.WASTE, Move.Kind.DONATE


@pytest.fixture
def milk(station):
    return factories.item(station, "牛奶", price="6.00", in_stock=10, unit="盒")


@pytest.fixture
def lot(milk) -> Lot:
    return milk.lots.get()


def in_stock(item) -> tuple[int, int]:
    item.record.refresh_from_db()
    return item.record.num_in_stock, sum(item.lots.values_list("units", flat=True))


def test_what_spoiled_leaves_the_books_and_stays_on_the_account(station, milk, lot, staff):
    move = losses.record(
        station, lot.pk, 3, kind=WASTE, reason=Move.Reason.SPOILED, note="胀包", by=staff
    )
    assert (move.in_stock_delta, move.lot, move.reason, move.note) == (-3, lot, "spoiled", "胀包")
    assert (move.value, move.by, in_stock(milk)) == (Decimal(0), staff, (7, 7))
    [account] = pricing.accounts([milk.pk])
    assert account.variance == Decimal("-18.00")


def test_what_is_given_away_leaves_at_its_cost(station, milk, lot, staff):
    move = losses.record(station, lot.pk, 2, kind=DONATE, reason=Move.Reason.RELIEF, by=staff)
    assert (move.kind, move.value, in_stock(milk)) == ("donate", Decimal("-12.00"), (8, 8))
    [account] = pricing.accounts([milk.pk])
    assert account.variance == Decimal("0.00")


def test_expired_units_can_be_written_off(station, milk, lot, staff):
    Lot.objects.filter(pk=lot.pk).update(expires_on=timezone.localdate() - timedelta(days=1))
    losses.record(station, lot.pk, 10, kind=WASTE, reason=Move.Reason.EXPIRED, by=staff)
    assert in_stock(milk) == (0, 0)


@pytest.mark.parametrize(
    ("units", "said"),
    [(0, "至少要有 1 份。"), (-1, "至少要有 1 份。"), (11, "这一批只剩 10 盒。")],
)
def test_wrong_figures_write_nothing(station, milk, lot, staff, units, said):
    with pytest.raises(LossRefused, match=said):
        losses.record(station, lot.pk, units, kind=WASTE, reason=Move.Reason.BROKEN, by=staff)
    assert in_stock(milk) == (10, 10)


@pytest.mark.parametrize(
    ("kind", "reason", "said"),
    [
        (WASTE, Move.Reason.RELIEF, "报损的原因只有：过期、坏了、破损、找不到了、其他。"),
        (DONATE, Move.Reason.EXPIRED, "捐出的原因只有：送困难住户、给值守人员、其他。"),
        (Move.Kind.COUNT, Move.Reason.LOST, "请选报损还是捐出。"),
        (WASTE, Move.Reason.OTHER, "选了“其他”，请写一句是怎么回事。"),
    ],
)
def test_a_loss_has_a_reason_of_its_kind(station, milk, lot, staff, kind, reason, said):
    with pytest.raises(LossRefused, match=said):
        losses.record(station, lot.pk, 1, kind=kind, reason=reason, note=" ", by=staff)
    assert in_stock(milk) == (10, 10)


def test_a_lot_of_another_station_is_not_there(other_station, milk, lot, stranger):
    with pytest.raises(LossRefused, match="没有这一批货。"):
        losses.record(other_station, lot.pk, 1, kind=WASTE, reason=Move.Reason.LOST, by=stranger)
    assert in_stock(milk) == (10, 10)


def test_what_orders_hold_is_shared_out_first(station, milk, lot, staff):
    order = factories.order()
    stock.reserve([stock.Promise(order.pk, milk.record_id, 8, Decimal("6.00"))])
    with pytest.raises(HeldForOrders) as refused:
        losses.record(station, lot.pk, 3, kind=WASTE, reason=Move.Reason.LOST, by=staff)
    assert str(refused.value) == (
        "“牛奶”有 8 盒留给了订单，只剩 7 盒。请先到“分货”把剩下的分好，再来这里。"
    )
    losses.record(station, lot.pk, 2, kind=WASTE, reason=Move.Reason.LOST, by=staff)
    assert in_stock(milk) == (8, 8)


def test_the_same_tap_again_is_the_same_loss(station, milk, lot, staff):
    said = {"kind": WASTE, "reason": Move.Reason.BROKEN, "by": staff, "seen": 10}
    first = losses.record(station, lot.pk, 3, **said)
    assert losses.record(station, lot.pk, 3, **said) == first
    assert in_stock(milk) == (7, 7)


def test_a_page_that_is_out_of_date_writes_nothing(station, milk, lot, staff, manager):
    losses.record(station, lot.pk, 3, kind=WASTE, reason=Move.Reason.BROKEN, by=staff, seen=10)
    with pytest.raises(LossRefused, match="这一批刚刚动过，现在剩 7，请看一眼再来。"):
        losses.record(
            station, lot.pk, 3, kind=WASTE, reason=Move.Reason.BROKEN, by=manager, seen=10
        )
    assert in_stock(milk) == (7, 7)
