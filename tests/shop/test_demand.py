"""What households wait for: of open rounds by their orders, of closed ones by their parcels."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from delivery import rounds
from delivery.models import ParcelLine
from inventory.models import Item
from inventory.purchases import purchasing
from shop import baskets, demand, ordering
from tests import factories


@pytest.fixture
def fish(station):
    return factories.item(station, "鲈鱼", in_stock=0, selling=Item.Selling.PREORDER)


@pytest.fixture
def rice(station):
    return factories.item(station, "大米", in_stock=100)


@pytest.fixture
def place(grid):
    """Somebody new orders these goods in a round."""

    def order(round, *wanted, household=None):
        household = household or factories.household(grid)
        someone = factories.resident(household)
        basket = baskets.for_door(someone, household)
        for item, quantity in wanted:
            baskets.set_quantity(basket, item.record_id, quantity)
        return ordering.place(basket, household=household, round=round, by=someone)

    return order


def test_preordered_goods_of_open_and_closed_rounds_are_waited_for(station, place, fish, rice):
    early, late = factories.round(station, "早市"), factories.round(station, "晚市")
    place(early, (fish, 3), (rice, 2))
    place(early, (fish, 1))
    rounds.close(early)
    place(late, (fish, 5))
    assert demand.by_item(station) == {fish.pk: {early.pk: (4, 2), late.pk: (5, 1)}}
    assert demand.waiting(station) == {fish.pk: 9}
    assert demand.waiting(station, [early.pk]) == {fish.pk: 4}
    assert demand.waiting(station, []) == {}


def test_cancelled_orders_wait_for_nothing(station, place, fish):
    order = place(factories.round(station), (fish, 3))
    ordering.cancel(order, by=order.user)
    assert demand.waiting(station) == {}


def test_what_was_shared_out_is_not_waited_for(station, place, fish):
    round = factories.round(station)
    place(round, (fish, 3))
    place(round, (fish, 2))
    rounds.close(round)
    ParcelLine.objects.filter(quantity=2).update(awaiting=False)
    assert demand.waiting(station) == {fish.pk: 3}


def test_a_good_sold_from_stock_since_is_still_waited_for(station, place, fish):
    place(factories.round(station), (fish, 3))
    Item.objects.update(selling=Item.Selling.STOCK)
    assert demand.waiting(station) == {fish.pk: 3}


def test_other_stations_wait_for_their_own(station, other_station, place, fish):
    place(factories.round(station), (fish, 3))
    assert demand.waiting(other_station) == {}


def test_what_stands_behind_a_line(station, grid, place, fish, staff):
    early, late = factories.round(station, "早市"), factories.round(station, "晚市", closes_in=5)
    home = factories.household(grid, "7", "1", "701")
    order = place(early, (fish, 3), household=home)
    rounds.close(early)
    other = place(late, (fish, 5))
    supplier = factories.supplier(station)
    lines = [(fish.pk, 2, 1, None)]
    drafted = purchasing.draft(station, supplier, lines, by=staff)
    placed = purchasing.draft(station, supplier, [(fish.pk, 1, 1, None)], by=staff)
    purchasing.place(placed, by=staff)
    behind = demand.behind(station, fish)
    assert [(found.round, found.units, found.orders, found.grows) for found in behind.rounds] == [
        (early, 3, 1, False),
        (late, 5, 1, True),
    ]
    assert (behind.line.waiting, behind.line.on_order, behind.line.needed) == (8, 1, 7)
    assert [(c.purchase, c.units) for c in behind.on_order] == [(placed, 1)]
    assert [(c.purchase, c.units) for c in behind.drafted] == [(drafted, 2)]
    doors = demand.with_households(demand.doors(station, fish))
    assert [(door.number, door.units, door.round_id) for door in doors] == [
        (order.number, 3, early.pk),
        (other.number, 5, late.pk),
    ]
    assert doors[0].household == home


def test_the_cost_does_not_grow(station, place, fish, rice):
    closed, now_open = factories.round(station, "早市"), factories.round(station, "晚市")

    def queries(orders: int) -> tuple[int, int, int]:
        for _ in range(orders):
            place(now_open, (fish, 1), (rice, 1))
        found = []
        for read in (
            lambda: demand.waiting(station),
            lambda: demand.behind(station, fish),
            lambda: demand.with_households(demand.doors(station, fish)),
        ):
            with CaptureQueriesContext(connection) as taken:
                read()
            found.append(len(taken))
        return tuple(found)

    place(closed, (fish, 1))
    rounds.close(closed)
    assert queries(3) == queries(20) == (2, 7, 3)
