"""A round with three doors, spinach that was ordered ahead, and who hears of changed lines."""

import pytest

from delivery import signals
from delivery.models import ParcelLine, Wish
from inventory.models import ShareRule
from tests import factories
from tests.shop.orders import place, preordered


@pytest.fixture
def round(station):
    return factories.round(station)


@pytest.fixture
def doors(grid):
    return [factories.household(grid, "1", "1", f"10{n}", people_count=n) for n in (1, 2, 3)]


@pytest.fixture
def spinach(station):
    return preordered(station, "菠菜", price="2.40", share_rule=ShareRule.EQUAL)


@pytest.fixture
def chard(station, spinach):
    """Similar to spinach, and in the building."""
    made = factories.item(station, "甜菜", price="2.00", in_stock=10)
    spinach.similar = made
    spinach.save()
    return made


@pytest.fixture
def announced():
    calls: list[list] = []

    def listen(sender, changes, **kwargs):
        calls.append(changes)

    signals.lines_changed.connect(listen)
    yield calls
    signals.lines_changed.disconnect(listen)


def got(*orders) -> list[list[int]]:
    """What each order's parcel shall hold, good by good in the order they were put in."""
    found = ParcelLine.objects.filter(parcel__order__in=orders).order_by("pk")
    return [[line.quantity for line in found if line.parcel.order == order] for order in orders]


def held(item) -> tuple[int, int]:
    item.record.refresh_from_db()
    return item.record.num_in_stock, item.record.num_allocated


def similar(round, door, item, units):
    return place(round, door, (item, units), wishes={item: Wish.SIMILAR})
