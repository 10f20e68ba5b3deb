"""What a packer said of one line by mistake is taken back, and nothing of another line."""

from decimal import Decimal

import pytest
from django.utils import timezone

from delivery import rounds
from delivery.models import Parcel, ParcelLine, Wish
from delivery.picks import packing
from delivery.signals import LineChange
from shop.models import Adjustment
from shop.money import ledger
from shop.settlement import settling, undoing
from tests import factories
from tests.shop.orders import place


@pytest.fixture
def round(station):
    return factories.round(station)


@pytest.fixture
def greens(station):
    return factories.item(station, "上海青", price="2.30", in_stock=20)


@pytest.fixture
def eggs(station):
    return factories.item(station, "鸡蛋", price="11.50", in_stock=20)


def undone(order) -> list[tuple[str, int, str]]:
    rows = order.adjustments.filter(kind=Adjustment.Kind.UNDONE)
    return [(each.line.title, each.units, str(each.amount)) for each in rows]


def held(item) -> int:
    item.record.refresh_from_db()
    return item.record.num_allocated


def test_two_lines_found_short_in_the_same_moment_and_one_of_them_was_a_mistake(
    round, home, greens, eggs, staff
):
    order = place(round, home, (greens, 3), (eggs, 2))
    rounds.close(round)
    at = timezone.now()
    settling.settle(
        [LineChange(order.pk, greens.pk, 3, 1), LineChange(order.pk, eggs.pk, 2, 1)],
        by=staff,
        at=at,
    )
    assert (held(greens), held(eggs)) == (1, 1)
    undoing.undo(order.pk, eggs.pk, at, by=staff, at=timezone.now())
    assert undone(order) == [("鸡蛋", 1, "11.50")]
    assert (held(greens), held(eggs)) == (1, 2)
    assert ledger.owed([order.pk])[order.pk] == Decimal("25.30")  # 2.30 + 2 × 11.50
    assert Parcel.objects.get(order=order).due == Decimal("25.30")


def test_what_came_instead_was_short_itself_and_that_was_a_mistake(
    round, home, greens, eggs, station, staff
):
    """The money of what came instead stands at the line that was asked for."""
    chard = factories.item(station, "甜菜", price="2.00", in_stock=10)
    greens.similar = chard
    greens.save()
    order = place(round, home, (greens, 3), (eggs, 1), wishes={greens: Wish.SIMILAR})
    rounds.close(round)
    packing.tick(
        ParcelLine.objects.get(parcel__order=order, item=greens), by=staff, units=1, instead=True
    )
    came = ParcelLine.objects.get(parcel__order=order, item=chard)
    packing.tick(came, by=staff, units=1)
    assert held(chard) == 0
    packing.untick(came, by=staff)
    assert undone(order) == [("上海青", 1, "2.00")]
    assert held(chard) == 2
    assert ledger.owed([order.pk])[order.pk] == Decimal("17.80")  # 2.30 + 2 × 2.00 + 11.50
