"""More, fewer or none of an order's lines, before the cut-off."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from oscar.core.loading import get_model

from delivery import rounds
from delivery.models import Parcel, ParcelLine
from inventory.models import Item, Lot, Move
from shop import baskets, changing, ordering
from shop.errors import (
    AccountShort,
    CannotAdd,
    CannotChange,
    OrderChanged,
    ShortLine,
    SoldOut,
    TooHeavy,
    WayClosed,
)
from shop.models import MoneyMove, OrderStatus, Subsidy
from shop.money import accounts, ledger
from tests import factories
from tests.shop import orders
from tests.shop.clean import books_agree
from tests.shop.money.funding import left, owed, paid_by

Order = get_model("order", "Order")
LinePrice = get_model("order", "LinePrice")
StockRecord = get_model("partner", "StockRecord")


@pytest.fixture
def round(station):
    return factories.round(station)


@pytest.fixture
def greens(station):
    return factories.item(station, "上海青", price="6.40", in_stock=40, weight_g=1000)


@pytest.fixture
def eggs(station):
    return factories.item(station, "鲜鸡蛋", price="24.80", in_stock=5, unit="板")


@pytest.fixture
def order(round, home, greens, eggs):
    """2 上海青 and 1 鲜鸡蛋: 37.60."""
    return orders.place(round, home, (greens, 2), (eggs, 1))


def counters(item) -> tuple[int, int]:
    figures = StockRecord.objects.values_list("num_in_stock", "num_allocated")
    return tuple(figures.get(pk=item.record_id))


def lines(order) -> dict[str, tuple[int, Decimal]]:
    found = order.lines.order_by("pk")
    return {line.title: (line.quantity, line.line_price_incl_tax) for line in found}


def place(home, round, *wanted, way="door"):
    user = home.people.first().user if home.people.exists() else factories.resident(home)
    home.grid.station.ways_to_pay = ["door", "account", "stripe"]
    home.grid.station.save()
    basket = baskets.for_door(user, home)
    for item, units in wanted:
        baskets.set_quantity(basket, item.record_id, units)
    return ordering.place(basket, household=home, round=round, by=user, way=way)


def pay_in(home, amount: str) -> None:
    accounts.deposit(home, Decimal(amount), by=factories.user(), nonce=uuid4())


class TestFewer:
    def test_of_a_line(self, order, greens, eggs, resident):
        changed = changing.change(order, {greens.record_id: 1}, by=resident)
        assert (changed.pk, changed.total_incl_tax, changed.total_excl_tax) == (
            order.pk,
            Decimal("31.20"),
            Decimal("31.20"),
        )
        assert lines(order) == {
            "上海青": (1, Decimal("6.40")),
            "鲜鸡蛋": (1, Decimal("24.80")),
        }
        assert list(LinePrice.objects.filter(order=order).values_list("quantity", flat=True)) == [
            1,
            1,
        ]
        assert (counters(greens), counters(eggs)) == ((40, 1), (5, 1))
        assert owed(order) == Decimal("31.20")
        move = MoneyMove.objects.get(kind="adjustment")
        assert (move.source, move.target, move.amount, move.by) == (
            "sales",
            "order",
            Decimal("6.40"),
            resident,
        )
        released = Move.objects.get(kind="release")
        assert (released.allocated_delta, released.by, released.order) == (-1, resident, order)
        books_agree()

    def test_none_of_a_line_is_in_no_parcel_and_on_no_bill(self, order, round, greens, resident):
        changing.change(order, {greens.record_id: 0}, by=resident)
        assert lines(order)["上海青"] == (0, Decimal("0.00"))
        rounds.close(round)
        assert [
            (line.item_id == greens.pk, line.quantity) for line in ParcelLine.objects.all()
        ] == [(False, 1)]
        assert Parcel.objects.get().due == Decimal("24.80")
        books_agree()

    def test_none_of_all_is_a_cancelled_order(self, order, greens, eggs, resident):
        gone = dict.fromkeys([greens.record_id, eggs.record_id], 0)
        assert changing.change(order, gone, by=resident).status == OrderStatus.CANCELLED
        assert changing.change(order, gone, by=resident).status == OrderStatus.CANCELLED
        assert (counters(greens), counters(eggs)) == ((40, 0), (5, 0))
        assert owed(order) == 0
        books_agree()

    def test_a_changed_order_can_be_cancelled(self, order, greens, eggs, resident):
        changing.change(order, {greens.record_id: 0}, by=resident)
        # The page that cancels knows the order from before.
        ordering.cancel(order, by=resident)
        assert (counters(greens), counters(eggs)) == ((40, 0), (5, 0))
        books_agree()

    def test_what_the_account_paid_goes_back_into_it(self, home, round, greens, resident):
        pay_in(home, "20.00")
        order = place(home, round, (greens, 2), way="account")
        assert accounts.balance(home) == Decimal("7.20")
        changing.change(order, {greens.record_id: 1}, by=resident)
        assert accounts.balance(home) == Decimal("13.60")
        assert owed(order) == 0
        books_agree()

    def test_a_line_whose_price_changed_keeps_it(self, order, greens, resident):
        StockRecord.objects.filter(pk=greens.record_id).update(price="7.00")
        changed = changing.change(order, {greens.record_id: 1}, by=resident)
        assert changed.total_incl_tax == Decimal("31.20")

    def test_of_what_went_off_sale(self, order, greens, resident):
        greens.record.product.is_public = False
        greens.record.product.save()
        changing.change(order, {greens.record_id: 1}, by=resident)
        assert counters(greens) == (40, 1)

    def test_of_what_is_preordered_nothing_was_held(self, station, round, home, resident):
        spinach = factories.item(station, "菠菜", price="2.40", selling=Item.Selling.PREORDER)
        order = orders.place(round, home, (spinach, 3))
        changed = changing.change(order, {spinach.record_id: 1}, by=resident)
        assert changed.total_incl_tax == Decimal("2.40")
        assert counters(spinach) == (100, 0)
        rounds.close(round)
        assert ParcelLine.objects.get().quantity == 1
        books_agree()


class TestMore:
    def test_of_a_line(self, order, greens, eggs, resident):
        wanted = {greens.record_id: 3, eggs.record_id: 0}
        changed = changing.change(order, wanted, by=resident)
        assert changed.total_incl_tax == Decimal("19.20")
        assert (counters(greens), counters(eggs)) == ((40, 3), (5, 0))
        assert owed(order) == Decimal("19.20")
        books_agree()

    def test_as_much_as_there_is(self, order, eggs, resident):
        with pytest.raises(SoldOut) as refused:
            changing.change(order, {eggs.record_id: 6}, by=resident)
        assert refused.value.lines == [ShortLine(eggs.record_id, "鲜鸡蛋", "板", 6, 5)]
        changing.change(order, {eggs.record_id: 5}, by=resident)
        assert counters(eggs) == (5, 5)

    def test_but_not_what_is_past_its_date(self, order, greens, resident):
        yesterday = timezone.localdate() - timedelta(days=1)
        Lot.objects.filter(item=greens).update(expires_on=yesterday)
        with pytest.raises(SoldOut) as refused:
            changing.change(order, {greens.record_id: 3}, by=resident)
        assert refused.value.lines[0].left == 2

    def test_nor_above_the_households_limit_in_the_round(
        self, station, home, round, greens, resident
    ):
        masks = factories.item(station, "口罩", price="5.00", household_limit=3)
        first = orders.place(round, home, (masks, 1))
        order = orders.place(round, home, (masks, 1), (greens, 1))
        with pytest.raises(SoldOut) as refused:
            changing.change(order, {masks.record_id: 3}, by=resident)
        assert refused.value.lines == [ShortLine(masks.record_id, "口罩", "份", 3, 2, limited=True)]
        changing.change(order, {masks.record_id: 2}, by=resident)
        ordering.cancel(first, by=resident)
        changing.change(order, {masks.record_id: 3}, by=resident)
        assert counters(masks) == (100, 3)

    def test_nor_of_what_is_off_sale(self, order, greens, resident):
        greens.record.product.is_public = False
        greens.record.product.save()
        with pytest.raises(SoldOut) as refused:
            changing.change(order, {greens.record_id: 3}, by=resident)
        assert refused.value.lines[0].left == 2

    def test_nor_than_one_batch_may_carry(self, order, greens, resident):
        Item.objects.filter(pk=greens.pk).update(weight_g=5000)
        with pytest.raises(TooHeavy, match="这一单有 50 公斤，一趟最多送 50 公斤"):
            changing.change(order, {greens.record_id: 10}, by=resident)
        assert counters(greens) == (40, 2)

    @pytest.mark.parametrize("price", ["6.50", "6.30"])
    def test_nor_at_another_price(self, order, greens, resident, price):
        StockRecord.objects.filter(pk=greens.record_id).update(price=price)
        with pytest.raises(CannotAdd, match="“上海青”的价格变了，原来订的不变；想多要请另下一单。"):
            changing.change(order, {greens.record_id: 3}, by=resident)
        assert counters(greens) == (40, 2)
        assert lines(order)["上海青"][0] == 2

    def test_out_of_the_account_that_paid(self, home, round, greens, resident):
        pay_in(home, "20.00")
        order = place(home, round, (greens, 2), way="account")
        changing.change(order, {greens.record_id: 3}, by=resident)
        assert (accounts.balance(home), owed(order)) == (Decimal("0.80"), 0)
        with pytest.raises(AccountShort):
            changing.change(order, {greens.record_id: 4}, by=resident)
        assert (counters(greens), lines(order)["上海青"][0]) == ((40, 3), 3)
        books_agree()

    def test_not_if_the_station_takes_no_accounts_any_more(self, home, round, greens, resident):
        pay_in(home, "20.00")
        order = place(home, round, (greens, 1), way="account")
        home.grid.station.ways_to_pay = ["door"]
        home.grid.station.save()
        with pytest.raises(WayClosed):
            changing.change(order, {greens.record_id: 2}, by=resident)
        assert counters(greens) == (40, 1)

    def test_of_what_is_preordered(self, station, round, home, resident):
        spinach = factories.item(station, "菠菜", price="2.40", selling=Item.Selling.PREORDER)
        order = orders.place(round, home, (spinach, 1))
        changed = changing.change(order, {spinach.record_id: 4}, by=resident)
        assert changed.total_incl_tax == Decimal("9.60")
        Item.objects.filter(pk=spinach.pk).update(selling=Item.Selling.STOCK)
        with pytest.raises(CannotAdd):
            changing.change(order, {spinach.record_id: 5}, by=resident)
        books_agree()


class TestFunds:
    @pytest.fixture
    def fund(self, station, home, order):
        """After `order`, which it pays nothing of."""
        fund = factories.fund(station, "30.00")
        factories.grant(fund, "0.5", household=home)
        return fund

    @pytest.fixture
    def granted(self, fund, round, home, greens):
        """2 上海青, 12.80, of which the fund pays 6.40."""
        return orders.place(round, home, (greens, 2))

    def test_they_pay_their_share_of_fewer(self, granted, fund, greens, resident):
        changing.change(granted, {greens.record_id: 1}, by=resident)
        assert (paid_by(fund, granted), owed(granted)) == (Decimal("3.20"), Decimal("3.20"))
        assert left(fund) == Decimal("26.80")
        books_agree()

    def test_and_of_more(self, granted, fund, greens, resident):
        changing.change(granted, {greens.record_id: 4}, by=resident)
        assert (paid_by(fund, granted), owed(granted)) == (Decimal("12.80"), Decimal("12.80"))
        assert Subsidy.objects.get().share == Decimal("0.5")
        books_agree()

    def test_and_of_one_more_and_another_fewer(self, fund, round, home, greens, eggs, resident):
        granted = orders.place(round, home, (greens, 4), (eggs, 1))  # 50.40
        assert left(fund) == Decimal("4.80")
        changing.change(granted, {greens.record_id: 5, eggs.record_id: 0}, by=resident)
        assert (paid_by(fund, granted), owed(granted)) == (Decimal("16.00"), Decimal("16.00"))
        books_agree()

    def test_paid_from_the_account_both_get_theirs_back(
        self, fund, round, home, greens, eggs, resident
    ):
        pay_in(home, "50.00")
        granted = place(home, round, (greens, 4), (eggs, 1), way="account")
        assert accounts.balance(home) == Decimal("24.80")
        changing.change(granted, {greens.record_id: 5, eggs.record_id: 0}, by=resident)
        assert (accounts.balance(home), left(fund)) == (Decimal("34.00"), Decimal("14.00"))
        assert owed(granted) == 0
        books_agree()

    def test_none_of_a_line_gives_all_back(self, fund, round, home, greens, eggs, resident):
        granted = orders.place(round, home, (greens, 1), (eggs, 1))
        changing.change(granted, {greens.record_id: 0}, by=resident)
        assert paid_by(fund, granted) == Decimal("12.40")
        books_agree()

    def test_an_empty_fund_pays_for_no_more(self, granted, fund, greens, resident):
        changing.change(granted, {greens.record_id: 9}, by=resident)
        assert left(fund) == Decimal("1.20")
        with pytest.raises(CannotAdd, match="互助金不够再补了"):
            changing.change(granted, {greens.record_id: 10}, by=resident)
        assert (left(fund), counters(greens)) == (Decimal("1.20"), (40, 11))

    def test_what_would_be_subsidised_today_is_another_order(self, order, fund, greens, resident):
        with pytest.raises(CannotAdd):
            changing.change(order, {greens.record_id: 3}, by=resident)
        changing.change(order, {greens.record_id: 1}, by=resident)
        assert left(fund) == Decimal("30.00")

    def test_what_ended_pays_for_no_more_but_for_what_was_agreed(
        self, granted, fund, greens, resident
    ):
        fund.grants.update(active=False)
        with pytest.raises(CannotAdd):
            changing.change(granted, {greens.record_id: 3}, by=resident)
        changing.change(granted, {greens.record_id: 1}, by=resident)
        assert paid_by(fund, granted) == Decimal("3.20")
        books_agree()


class TestWhenAndWhat:
    def test_not_after_the_cut_off(self, order, round, greens, resident):
        rounds.close(round)
        with pytest.raises(CannotChange, match="已经截单，不能再改了。有事请联系驿站。"):
            changing.change(order, {greens.record_id: 1}, by=resident)
        assert counters(greens) == (40, 2)

    def test_nor_when_its_hour_has_passed(self, order, round, greens, resident):
        now = timezone.now()
        type(round).objects.filter(pk=round.pk).update(
            opens_at=now - timedelta(hours=2), closes_at=now - timedelta(seconds=1)
        )
        with pytest.raises(CannotChange):
            changing.change(order, {greens.record_id: 1}, by=resident)

    def test_nor_what_is_cancelled(self, order, greens, resident):
        ordering.cancel(order, by=resident)
        with pytest.raises(CannotChange, match="这一单已经取消了。"):
            changing.change(order, {greens.record_id: 1}, by=resident)
        assert counters(greens) == (40, 0)

    def test_nor_while_its_payment_is_awaited(self, order, greens, resident):
        Order.objects.filter(pk=order.pk).update(status=OrderStatus.AWAITING)
        with pytest.raises(CannotChange, match="这一单还没付款，付好了再改，或者取消重下。"):
            changing.change(order, {greens.record_id: 1}, by=resident)

    def test_nor_goods_that_are_not_in_it(self, order, station, resident):
        other = factories.item(station, "盐")
        with pytest.raises(CannotChange, match="这一单里没有这样货"):
            changing.change(order, {other.record_id: 1}, by=resident)

    def test_what_was_paid_online_only_becomes_smaller(self, order, greens, resident):
        order.placement.way = "stripe"
        order.placement.save()
        with pytest.raises(CannotAdd, match="网上付的订单只能减少，想多要请另下一单。"):
            changing.change(order, {greens.record_id: 3}, by=resident)
        changing.change(order, {greens.record_id: 1}, by=resident)
        assert owed(order) == Decimal("31.20")


class TestTwice:
    def test_a_second_tap_changes_nothing(self, order, greens, eggs, resident):
        seen = {greens.record_id: 2, eggs.record_id: 1}
        for _tap in range(2):
            changing.change(order, {greens.record_id: 1}, by=resident, seen=seen)
        assert counters(greens) == (40, 1)
        assert MoneyMove.objects.filter(kind="adjustment").count() == 1

    def test_another_tab_saw_another_order(self, order, greens, eggs, resident):
        seen = {greens.record_id: 2, eggs.record_id: 1}
        changing.change(order, {greens.record_id: 1}, by=resident, seen=seen)
        with pytest.raises(OrderChanged, match="这一单刚刚改过了，请再看一眼再改。"):
            changing.change(order, {greens.record_id: 3}, by=resident, seen=seen)
        assert counters(greens) == (40, 1)

    def test_a_line_that_is_gone_need_not_be_seen(self, order, greens, eggs, resident):
        changing.change(order, {greens.record_id: 0}, by=resident)
        changing.change(order, {eggs.record_id: 2}, by=resident, seen={eggs.record_id: 1})
        assert counters(eggs) == (5, 2)


@pytest.mark.parametrize("wanted", [3, 1])
def test_it_costs_the_same_queries_for_two_lines_and_for_twenty(
    station, home, round, resident, wanted
):
    def queries(count: int) -> int:
        goods = [factories.item(station, f"货 {n}", price="2.00") for n in range(count)]
        order = orders.place(round, home, *((item, 2) for item in goods))
        with CaptureQueriesContext(connection) as run:
            changing.change(order, {item.record_id: wanted for item in goods}, by=resident)
        assert ledger.owed([order.pk])[order.pk] == 2 * wanted * count
        return len(run)

    assert queries(2) == queries(20)
