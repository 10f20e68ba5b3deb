import pytest

from shop import baskets, ordering
from shop.slips import sheets
from tests import factories


@pytest.fixture
def round(station):
    return factories.round(station)


@pytest.fixture
def eggs(station):
    return factories.item(station, "鲜鸡蛋", price="24.80", in_stock=100, unit="板")


@pytest.fixture
def potatoes(station):
    return factories.item(station, "土豆", price="11.50", in_stock=10, unit="袋", household_limit=5)


@pytest.fixture
def old_man(grid):
    door = factories.household(grid, "1", "2", "201")
    factories.person(door, "钱大爷", phone="021-57920000")
    return door


@pytest.fixture
def sheet(round, eggs, potatoes, staff):
    """1: 土豆, 2: 鲜鸡蛋."""
    return sheets.make(round, [eggs.pk, potatoes.pk], by=staff)


@pytest.fixture
def ordered(station, leader):
    """Has the door order so much of these, in a round of the past."""

    def ordered(door, *wanted):
        past = factories.round(station, "以前")
        basket = baskets.for_door(leader, door)
        for item, units in wanted:
            baskets.set_quantity(basket, item.record_id, units)
        order = ordering.place(basket, household=door, round=past, by=leader)
        type(past).objects.filter(pk=past.pk).update(status="closed")
        return order

    return ordered
