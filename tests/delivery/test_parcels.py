"""Parcels are made from what a door shall get."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from delivery import parcels
from delivery.models import Parcel, ParcelLine
from delivery.parcels import LineSpec, ParcelSpec
from inventory.models import Item
from tests import factories


def test_weight_and_cold_chain_come_from_the_items(station, round, home):
    rice = factories.item(station, "大米", weight_g=5000)
    milk = factories.item(station, "牛奶", weight_g=950, cold=True)
    order = factories.order(total="61.50")
    [cold, dry] = parcels.make(
        round,
        [
            ParcelSpec(
                home.pk,
                order.pk,
                due=Decimal("61.50"),
                in_person=True,
                note="放电表箱上",
                lines=[LineSpec(rice.pk, 3), LineSpec(milk.pk, 3)],
            ),
            ParcelSpec(home.pk, lines=[LineSpec(rice.pk, 1)]),
        ],
    )
    cold.refresh_from_db()
    assert (cold.weight_g, cold.cold, cold.due) == (17_850, True, Decimal("61.50"))
    assert (cold.order, cold.in_person, cold.note) == (order, True, "放电表箱上")
    assert (cold.round, cold.household, cold.status) == (round, home, "waiting")
    assert dict(cold.lines.values_list("item", "quantity")) == {rice.pk: 3, milk.pk: 3}
    assert (dry.weight_g, dry.cold, dry.due, dry.order_id) == (5000, False, 0, None)


def test_an_order_gets_one_parcel_however_often_it_is_asked_for(station, round, home):
    good = factories.item(station)
    first, second = factories.order(), factories.order()
    [made] = parcels.make(round, [ParcelSpec(home.pk, first.pk, lines=[LineSpec(good.pk, 1)])])
    again = [
        ParcelSpec(home.pk, order.pk, lines=[LineSpec(good.pk, 2)]) for order in (first, second)
    ]
    assert [parcel.order_id for parcel in parcels.make(round, again)] == [second.pk]
    assert parcels.make(round, again) == []
    assert Parcel.objects.count() == ParcelLine.objects.count() == 2
    made.refresh_from_db()
    assert made.weight_g == 500


def test_goods_nobody_knows_make_no_parcel_at_all(station, round, home):
    good = factories.item(station)
    specs = [
        ParcelSpec(home.pk, lines=[LineSpec(good.pk, 1)]),
        ParcelSpec(home.pk, lines=[LineSpec(0, 1)]),
    ]
    with pytest.raises(Item.DoesNotExist, match=r"items \[0\]"):
        parcels.make(round, specs)
    assert not Parcel.objects.exists()


def test_queries_do_not_grow_with_the_orders(station, round, home):
    goods = [factories.item(station) for _ in range(4)]

    def queries(orders: int) -> int:
        specs = [
            ParcelSpec(
                home.pk, factories.order().pk, lines=[LineSpec(good.pk, 1) for good in goods]
            )
            for _ in range(orders)
        ]
        with CaptureQueriesContext(connection) as captured:
            parcels.make(round, specs)
        return len(captured)

    few = queries(3)
    assert queries(23) == few <= 8


def test_a_whole_village_fits(station, round, home):
    """More parcels and lines than SQLite takes in one statement."""
    goods = [factories.item(station, weight_g=10) for _ in range(10)]
    lines = [LineSpec(good.pk, 1) for good in goods]
    parcels.make(round, [ParcelSpec(home.pk, lines=lines) for _ in range(1500)])
    assert Parcel.objects.filter(weight_g=100).count() == 1500
    assert ParcelLine.objects.count() == 15_000
