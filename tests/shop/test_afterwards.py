"""What may change between an order and its door, and must not change what was agreed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from delivery import batches, parcels, rounds
from delivery.models import Household, Parcel, ParcelLine
from delivery.share_outs import sharing
from delivery.signals import LineChange
from inventory import openings, stock
from inventory.errors import StationError
from inventory.models import Item, Lot
from shop import pricelists, products
from shop.money import accounts
from shop.settlement import settling
from tests import factories
from tests.shop.orders import place, preordered
from tests.workbooks import csv


@pytest.fixture
def round(station):
    return factories.round(station)


def due(order) -> Decimal:
    return Parcel.objects.get(order=order).due


def price(item: Item) -> Decimal:
    item.record.refresh_from_db()
    return item.record.price


class TestACeilingIsNoCost:
    @pytest.fixture
    def spinach(self, station):
        """Bought for 2.00; 5.00 is what the next round's price is not to exceed."""
        item = preordered(station, price="2.00")
        factories.received(station, item, 10, "20.00")
        openings.restate([openings.Opening(item.record_id, 0, Decimal("2.00"))])
        type(item.record).objects.filter(pk=item.record_id).update(price=Decimal("5.00"))
        return item

    def test_what_was_bought_cheaper_is_charged_at_its_cost(self, round, home, spinach, manager):
        order = place(round, home, (spinach, 2))
        assert order.total_incl_tax == Decimal("10.00")
        rounds.close(round)
        sharing.apply(round, by=manager)
        assert due(order) == Decimal("4.00")

    def test_sold_from_the_shelf_it_costs_what_it_cost(self, station, spinach, staff):
        def sell_from_stock():
            Item.objects.filter(pk=spinach.pk).update(selling=Item.Selling.STOCK)

        products.change(spinach, station, Item.Selling.STOCK, sell_from_stock, by=staff)
        assert price(spinach) == Decimal("2.00")

    def test_the_page_of_the_good_says_so(self, client, round, home, spinach, staff):
        place(round, home, (spinach, 2))
        client.force_login(staff)
        asked = {"unit": "份", "weight_g": 500, "selling": "stock", "share_rule": "first_come"}
        page = client.post(reverse("station-good", args=[spinach.pk]), asked)
        assert page.status_code == 400
        assert "还有住户订了这样货在等分货，分完再改怎么卖。" in page.text
        spinach.refresh_from_db()
        assert (spinach.selling, price(spinach)) == ("preorder", Decimal("5.00"))

    def test_a_list_that_sells_it_otherwise_is_a_bad_cell(self, station, round, home, spinach):
        place(round, home, (spinach, 2))
        sku, name = spinach.record.partner_sku, spinach.record.product.title
        header = ("编码", "品名", "分类", "单位", "重量（克）", "进价", "怎么卖")
        file = csv([header, (sku, name, "其他", "份", "500", "5.00", "现货")])
        report = products.apply(station, pricelists.parse(file, "goods.csv"))
        assert [(cell.cell, cell.reason) for cell in report.bad] == [
            ("G2", "还有住户订了这样货在等分货，分完再改怎么卖。")
        ]
        spinach.refresh_from_db()
        assert spinach.selling == "preorder"

    def test_not_while_somebody_waits_for_it(self, station, round, home, spinach, staff):
        place(round, home, (spinach, 2))
        with pytest.raises(StationError, match="还有住户订了这样货在等分货"):
            products.change(spinach, station, Item.Selling.STOCK, pytest.fail, by=staff)
        assert price(spinach) == Decimal("5.00")


class TestWeightsAreThoseOfTheOrder:
    @pytest.fixture
    def greens(self, station):
        return factories.item(station, "散装青菜", price="3.20", weight_g=500, by_weight=True)

    def test_a_good_described_anew_is_charged_as_it_was(self, round, home, greens, staff):
        order = place(round, home, (greens, 2))
        rounds.close(round)
        Item.objects.filter(pk=greens.pk).update(weight_g=1000)
        change = LineChange(order.pk, greens.pk, before=2, after=2, weighed_g=900)
        settling.settle([change], by=staff, at=timezone.now())
        assert due(order) == Decimal("5.76")

    @pytest.mark.parametrize(("weighed_g", "weight_g"), [(900, 900), (1000, 1000), (1400, 1000)])
    def test_weighed_over_does_not_make_a_batch_too_heavy(
        self, round, home, greens, weighed_g, weight_g
    ):
        order = place(round, home, (greens, 2))
        rounds.close(round)
        [batch] = batches.plan(round, by=None).batches
        ParcelLine.objects.filter(parcel__order=order).update(weighed_g=weighed_g)
        Item.objects.filter(pk=greens.pk).update(weight_g=5000)
        parcels.reweigh([order.parcel.pk])
        batch.refresh_from_db()
        assert (batch.weight_g, Parcel.objects.get().weight_g) == (weight_g, weight_g)


def test_a_parcel_of_which_nothing_came_is_not_carried(round, home, station, grid, manager):
    spinach = preordered(station)
    nothing = place(round, home, (spinach, 2))
    something = place(round, factories.household(grid), (factories.item(station), 1))
    rounds.close(round)
    sharing.apply(round, by=manager, item_ids=[spinach.pk])
    [batch] = batches.plan(round, by=manager).batches
    assert list(batch.stops.values_list("parcels__order", flat=True)) == [something.pk]
    assert Parcel.objects.get(order=nothing).status == "waiting"


class TestTheNextFamily:
    def test_sees_nothing_of_the_one_before(self, client, round, home, resident, staff, station):
        greens = factories.item(station)
        order = place(round, home, (greens, 2))
        rounds.close(round)
        change = LineChange(order.pk, greens.pk, before=2, after=1)
        settling.settle([change], by=staff, at=timezone.now())
        client.force_login(resident)
        assert order.number in client.get(reverse("order-list")).text
        Household.objects.filter(pk=home.pk).update(lived_in_since=timezone.now())
        client.force_login(factories.resident(Household.objects.get(pk=home.pk), "钱新"))
        assert order.number not in client.get(reverse("order-list")).text
        assert client.get(reverse("order-detail", args=[order.number])).status_code == 404
        assert not client.get(reverse("home")).context["news"]

    def test_nobody_leaves_money_behind(self, client, home, resident, staff):
        accounts.deposit(home, Decimal("100.00"), by=staff, nonce=None)
        client.force_login(staff)
        page = client.post(reverse("station-door-moved-out", args=[home.pk]), follow=True)
        assert "这户的驿站账户还有 ¥100.00，先在柜台退现金或转账退给他们，再登记搬走。" in page.text
        assert home.people.exists()


def test_what_a_count_finds_is_in_date(station):
    """10 in date, and a younger lot that is not: 3 more are found."""
    greens = factories.item(station, price="3.00", in_stock=10)
    factories.received(station, greens, 1, "3.00")
    young = Lot.objects.get(item=greens, receipt_line__isnull=False)
    yesterday = timezone.localdate() - timedelta(days=1)
    Lot.objects.filter(pk=young.pk).update(expires_on=yesterday)
    stock.correct({greens.record_id: 3})
    assert list(Lot.objects.filter(item=greens).order_by("pk").values_list("units", flat=True)) == [
        13,
        1,
    ]
