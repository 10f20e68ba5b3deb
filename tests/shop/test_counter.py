"""柜台: what may be sold over the counter, to whom, at which price, and what it writes."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.apps import apps
from django.utils import timezone
from oscar.core.loading import get_model

from delivery import rounds
from delivery.models import Parcel
from inventory import openings, pricing, stock
from inventory.models import Lot, Move
from shop import baskets, ordering
from shop.counter_sales import counter, reads
from shop.errors import (
    AccountShort,
    CounterClosed,
    NonceTaken,
    SaleChanged,
    SaleRefused,
    SoldOut,
)
from shop.models import CounterSale, MoneyMove, OrderStatus
from shop.money import accounts
from tests import factories

Order = get_model("order", "Order")
CASH, ACCOUNT = CounterSale.Way.CASH, CounterSale.Way.ACCOUNT


@pytest.fixture
def rice(station):
    return factories.item(station, "大米", price="29.80", in_stock=10, unit="袋")


@pytest.fixture
def eggs(station):
    return factories.item(station, "鸡蛋", price="21.50", in_stock=10, unit="板")


@pytest.fixture
def sell(station, home, staff):
    def sell(*wanted, **said):
        said = {"by": staff, "way": CASH, "nonce": uuid4(), "household": home} | said
        household = said.pop("household")
        goods = {item.record_id: units for item, units in wanted}
        return counter.sell(station, household, goods, **said)

    return sell


def counters(item) -> tuple[int, int]:
    item.record.refresh_from_db()
    return item.record.num_in_stock, item.record.num_allocated


def order_online(user, home, round, *wanted):
    basket = baskets.for_door(user, home)
    for item, units in wanted:
        baskets.set_quantity(basket, item.record_id, units)
    return ordering.place(basket, household=home, round=round, by=user)


def nothing_was_sold(*items) -> bool:
    written = [Order, CounterSale, MoneyMove, Move.objects.filter(kind="sale")]
    return not any(getattr(rows, "objects", rows).exists() for rows in written) and all(
        counters(item) == (10, 0) for item in items
    )


def test_a_sale_writes_order_stock_and_money(sell, station, home, staff, rice, eggs):
    order = sell((rice, 2), (eggs, 1), tendered=Decimal("100.00"))
    order.refresh_from_db()
    assert (order.status, order.total_incl_tax, order.user) == (
        OrderStatus.TAKEN,
        Decimal("81.10"),
        staff,
    )
    assert (order.basket, order.number[:3]) == (None, "HM-")
    assert list(
        order.lines.order_by("pk").values_list(
            "title", "quantity", "unit_price_incl_tax", "line_price_incl_tax", "num_allocated"
        )
    ) == [
        ("大米", 2, Decimal("29.80"), Decimal("59.60"), 0),
        ("鸡蛋", 1, Decimal("21.50"), Decimal("21.50"), 0),
    ]
    sale = order.counter_sale
    assert (sale.station, sale.household, sale.way, sale.by) == (station, home, "cash", staff)
    assert (sale.tendered, sale.round) == (Decimal("100.00"), None)
    booked = MoneyMove.objects.filter(order=order).order_by("pk")
    assert list(booked.values_list("source", "target", "amount")) == [
        ("order", "sales", Decimal("81.10")),
        ("cash", "order", Decimal("81.10")),
    ]
    assert (counters(rice), counters(eggs)) == ((8, 0), (9, 0))
    moves = Move.objects.filter(kind="sale").order_by("item_id")
    assert [(m.in_stock_delta, m.value, m.order) for m in moves] == [
        (-2, Decimal("-59.60"), order),
        (-1, Decimal("-21.50"), order),
    ]


def test_sold_at_cost_leaves_nothing_on_the_account(sell, rice):
    sell((rice, 3))
    [account] = pricing.accounts([rice.pk])
    assert (account.units, account.variance) == (7, Decimal("0.00"))


def test_a_sale_has_no_parcel(sell, station, home, resident, rice, eggs):
    round = factories.round(station)
    sell((rice, 1))
    online = order_online(resident, home, round, (eggs, 1))
    rounds.close(round)
    assert [parcel.order_id for parcel in Parcel.objects.all()] == [online.pk]


def test_the_account_pays(sell, home, staff, rice):
    accounts.deposit(home, Decimal("30.00"), by=staff, nonce=uuid4())
    order = sell((rice, 1), way=ACCOUNT, tendered=Decimal("5.00"))
    assert accounts.balance(home) == Decimal("0.20")
    assert order.counter_sale.tendered is None


def test_an_account_that_is_short_sells_nothing(sell, rice):
    with pytest.raises(AccountShort, match=r"账户只有 ¥0.00，不够 ¥29.80。"):
        sell((rice, 1), way=ACCOUNT)
    assert nothing_was_sold(rice)


def test_too_little_cash_sells_nothing(sell, rice):
    with pytest.raises(SaleRefused, match=r"收到 ¥29.79，还差 ¥0.01。"):
        sell((rice, 1), tendered=Decimal("29.79"))
    with pytest.raises(SaleRefused, match="太多了"):
        sell((rice, 1), tendered=Decimal("20000"))
    assert nothing_was_sold(rice)
    sell((rice, 1), tendered=Decimal("29.80"))
    assert counters(rice) == (9, 0)


@pytest.mark.parametrize("level", ["precaution", "normal"])
def test_where_the_counter_is_allowed(sell, grid, rice, level):
    type(grid).objects.filter(pk=grid.pk).update(risk_level=level)
    sell((rice, 1))
    assert counters(rice) == (9, 0)


@pytest.mark.parametrize(
    ("level", "said"),
    [
        ("sealed", "一网格现在是封控，不能到店购买，可以送到门口：用手机下单，或请楼长代订。"),
        (
            "controlled",
            "一网格现在是管控，不能到店购买，可以送到门口、卡口自提：用手机下单，或请楼长代订。",
        ),
    ],
)
def test_where_it_is_not_one_sentence_says_what_is_possible(sell, grid, rice, level, said):
    # As the page knew the grid a minute ago, it was allowed.
    type(grid).objects.filter(pk=grid.pk).update(risk_level=level)
    with pytest.raises(CounterClosed) as refused:
        sell((rice, 1))
    assert str(refused.value) == said
    assert nothing_was_sold(rice)


def test_the_same_tap_is_the_same_sale(sell, grid, rice):
    nonce = uuid4()
    first = sell((rice, 1), nonce=nonce)
    type(grid).objects.update(risk_level="sealed")  # even if it could not be sold any more
    assert sell((rice, 1), nonce=nonce) == first
    assert (Order.objects.count(), counters(rice)) == (1, (9, 0))


def test_a_nonce_says_one_thing(sell, grid, rice, eggs):
    nonce = uuid4()
    sell((rice, 1), nonce=nonce)
    other = factories.household(grid, "7")
    for wanted, said in [
        ((rice, 2), {}),
        ((eggs, 1), {}),
        ((rice, 1), {"household": other}),
        ((rice, 1), {"way": ACCOUNT}),
    ]:
        with pytest.raises(NonceTaken):
            sell(wanted, nonce=nonce, **said)
    assert (Order.objects.count(), counters(rice), counters(eggs)) == (1, (9, 0), (10, 0))


def test_all_shortages_are_told_at_once(sell, rice, eggs):
    order = factories.order()
    stock.reserve([stock.Promise(order.pk, rice.record_id, 8, Decimal("29.80"))])
    with pytest.raises(SoldOut) as refused:
        sell((rice, 3), (eggs, 11))
    assert [(line.title, line.wanted, line.left) for line in refused.value.lines] == [
        ("大米", 3, 2),
        ("鸡蛋", 11, 10),
    ]
    assert counters(rice) == (10, 8)
    sell((rice, 2))
    assert counters(rice) == (8, 8)


def test_what_is_past_its_date_is_not_sold(sell, rice):
    yesterday = timezone.localdate() - timedelta(days=1)
    Lot.objects.filter(item=rice).update(expires_on=yesterday)
    with pytest.raises(SoldOut) as refused:
        sell((rice, 1))
    assert [(line.title, line.left) for line in refused.value.lines] == [("大米", 0)]
    Lot.objects.filter(item=rice).update(expires_on=timezone.localdate())
    sell((rice, 1))
    assert counters(rice) == (9, 0)


def test_taken_off_sale_meanwhile_is_a_shortage(sell, rice):
    apps.get_model("catalogue", "Product").objects.update(is_public=False)
    with pytest.raises(SoldOut) as refused:
        sell((rice, 1))
    assert refused.value.lines[0].left == 0
    assert nothing_was_sold(rice)


def test_pre_ordered_goods_are_their_buyers(sell, station):
    berries = factories.item(station, "草莓", selling="preorder")
    with pytest.raises(SaleRefused, match="“草莓”是预订的货，要先分给下单的住户，柜台不卖。"):
        sell((berries, 1))


@pytest.mark.parametrize("units", [0, -1, 100, 10**12])
def test_absurd_quantities(sell, rice, units):
    with pytest.raises(SaleRefused, match="一样货一次可以卖 1 到 99 份。"):
        sell((rice, units))
    assert nothing_was_sold(rice)


def test_nothing_and_what_is_not_ours(sell, station, home, staff, rice, other_station):
    with pytest.raises(SaleRefused, match="还没有选东西。"):
        sell()
    with pytest.raises(SaleRefused, match="有一样货不是本驿站的"):
        sell((rice, 1), (factories.item(other_station), 1))
    with pytest.raises(SaleRefused, match="有一样货不是本驿站的"):
        counter.sell(station, home, {2**70: 1}, by=staff, way=CASH, nonce=uuid4())
    elsewhere = factories.household(factories.grid(other_station))
    with pytest.raises(SaleRefused, match="这一户不是本驿站的。"):
        sell((rice, 1), household=elsewhere)
    assert nothing_was_sold(rice)


def test_a_price_that_changed_is_looked_at_again(sell, station, home, rice):
    seen = counter.quote(station, home, {rice.record_id: 1}).seen
    openings.restate([openings.Opening(rice.record_id, 10, Decimal("31.00"))])
    with pytest.raises(SaleChanged):
        sell((rice, 1), seen=seen)
    assert nothing_was_sold(rice)
    quoted = counter.quote(station, home, {rice.record_id: 1})
    assert quoted.total == Decimal("31.00")
    assert sell((rice, 1), seen=quoted.seen).total_incl_tax == Decimal("31.00")


def limit(item, units) -> None:
    type(item).objects.filter(pk=item.pk).update(household_limit=units)


def test_the_limit_counts_what_was_ordered_to_the_door(sell, station, home, resident, rice):
    limit(rice, 3)
    round = factories.round(station)
    order_online(resident, home, round, (rice, 2))
    with pytest.raises(SoldOut) as refused:
        sell((rice, 2))
    [line] = refused.value.lines
    assert (line.wanted, line.left, line.limited) == (2, 1, True)
    assert sell((rice, 1)).counter_sale.round == round


def test_the_limit_of_an_order_counts_the_counter(sell, station, home, resident, rice):
    limit(rice, 3)
    round = factories.round(station)
    sell((rice, 2))
    with pytest.raises(SoldOut) as refused:
        order_online(resident, home, round, (rice, 2))
    assert [(line.left, line.limited) for line in refused.value.lines] == [(1, True)]
    order_online(resident, home, round, (rice, 1))


def test_after_the_cut_off_the_limit_still_counts_that_round(sell, station, home, resident, rice):
    limit(rice, 2)
    round = factories.round(station)
    order_online(resident, home, round, (rice, 2))
    rounds.close(round)
    with pytest.raises(SoldOut):
        sell((rice, 1))
    type(round).objects.update(
        opens_at=timezone.now() - timedelta(hours=4),
        closes_at=timezone.now() - timedelta(hours=3),
        delivers_from=timezone.now() - timedelta(hours=2),
        delivers_to=timezone.now() - timedelta(hours=1),
    )
    assert sell((rice, 2)).counter_sale.round is None


def test_between_two_rounds_the_limit_counts_the_day(sell, rice, grid):
    limit(rice, 2)
    sell((rice, 2))
    with pytest.raises(SoldOut):
        sell((rice, 1))
    sell((rice, 2), household=factories.household(grid, "8"))
    CounterSale.objects.update(at=timezone.now() - timedelta(days=1))
    sell((rice, 2))
    assert counters(rice) == (4, 0)


def test_a_cancelled_order_does_not_count(sell, station, home, resident, rice):
    limit(rice, 2)
    ordering.cancel(order_online(resident, home, factories.round(station), (rice, 2)), by=resident)
    sell((rice, 2))
    assert counters(rice) == (8, 0)


def test_a_code_or_a_word_finds_one_good(station, other_station, rice, eggs):
    product = rice.record.product
    product.upc = "6901234567892"
    product.save()
    factories.item(other_station, "大米")
    factories.item(station, "鸡蛋面")
    assert reads.find(station, " 6901234567892 ") == rice
    assert reads.find(station, eggs.record.partner_sku.upper()) == eggs
    assert reads.find(station, "大米") == rice
    assert reads.find(station, "鸡蛋") is None
    for nothing in ("", " ", "\x00", "6900000000000", "x" * 500):
        assert reads.find(station, nothing) is None


def test_the_cost_of_a_sale_does_not_grow(sell, station, django_assert_max_num_queries):
    goods = [factories.item(station, f"货{number}", household_limit=5) for number in range(23)]
    with django_assert_max_num_queries(28):
        sell(*[(item, 1) for item in goods])
