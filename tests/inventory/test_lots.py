"""Which lots are on the shelf, and which of them go first."""

from datetime import date

import pytest

from inventory import lots, stock
from inventory.lots import OnShelf, Pull
from inventory.models import Lot
from tests import factories

TODAY = date(2026, 3, 5)


@pytest.fixture
def eggs(station):
    """Ten without a date, from the opening."""
    return factories.item(station, "鸡蛋", in_stock=10)


def test_what_has_no_date_goes_last_and_todays_is_still_good(eggs, station):
    tofu = factories.item(station, "豆腐", in_stock=3)
    Lot.objects.filter(item=tofu).update(expires_on=TODAY)
    salt = factories.item(station, "盐", in_stock=0)
    shelf = lots.on_shelf([eggs.pk, tofu.pk, salt.pk], TODAY)
    assert shelf == {
        eggs.pk: OnShelf([Pull(None, 10)]),
        tofu.pk: OnShelf([Pull(TODAY, 3)]),
        salt.pk: OnShelf([]),
    }
    Lot.objects.filter(item=tofu).update(expires_on=date(2026, 3, 4))
    assert lots.on_shelf([tofu.pk], TODAY)[tofu.pk] == OnShelf([], expired=3)


def test_taking_begins_with_what_expires_first():
    soon, later = date(2026, 3, 7), date(2026, 3, 9)
    shelf = OnShelf([Pull(soon, 2), Pull(later, 5), Pull(None, 4)])
    assert shelf.units == 11
    assert shelf.take(2) == [Pull(soon, 2)]
    assert shelf.take(8) == [Pull(soon, 2), Pull(later, 5), Pull(None, 1)]
    assert shelf.take(99) == [Pull(soon, 2), Pull(later, 5), Pull(None, 4)]
    assert shelf.take(0) == []


def test_what_left_the_shelf_is_not_there(eggs):
    order = factories.order()
    stock.reserve([stock.Promise(order.pk, eggs.record_id, 4, eggs.record.price)])
    stock.pack([(order.pk, eggs.record_id, 4)])
    assert lots.on_shelf([eggs.pk], TODAY)[eggs.pk].units == 6


def test_one_query_for_any_number_of_goods(station, django_assert_num_queries):
    items = [factories.item(station, f"货 {number}").pk for number in range(23)]
    with django_assert_num_queries(1):
        assert len(lots.on_shelf(items, TODAY)) == 23
