"""The costing rule: its figures at the boundaries, and the account that keeps what it leaves."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction

from inventory import openings, pricing, stock
from inventory.errors import StockRefused
from inventory.models import Costing, Item, Lot, Move, Station, Supplier
from inventory.receipts import receiving
from inventory.receipts.receiving import Came
from tests import factories

FEN = Decimal("0.01")


def D(figure) -> Decimal:
    return Decimal(str(figure))


def priced(before=0, average="0", units=10, cost="0", variance="0", loss_rate="0"):
    """What the rule says, as (average, correction, price)."""
    made = pricing.rule(
        units_before=before,
        average_before=D(average),
        units_in=units,
        cost_in=D(cost),
        variance=D(variance),
        loss_rate=D(loss_rate),
    )
    return made.average, made.correction, made.price


# --- the rule ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("before", "average", "units", "cost", "new_average", "price"),
    [
        (0, "0", 10, "23.00", "2.3", "2.30"),
        (10, "2.3", 30, "81.00", "2.6", "2.60"),
        # Half up: a half fen becomes a fen, anything less does not.
        (0, "0", 200, "469.00", "2.345", "2.35"),
        (0, "0", 1000, "2344.99", "2.34499", "2.34"),
        # Kept finer than a price: a third.
        (0, "0", 3, "7.00", "2.333333", "2.33"),
        # A gift lowers the average, and may be all there is.
        (10, "2", 10, "0", "1", "1.00"),
        (0, "0", 10, "0", "0", "0.00"),
        # The last unit was sold: what the old ones cost says nothing of the new ones.
        (0, "9.99", 10, "10.00", "1", "1.00"),
    ],
)
def test_the_price_is_the_moving_average_to_the_fen(
    before, average, units, cost, new_average, price
):
    got = priced(before, average, units, cost)
    assert got == (D(new_average), 0, D(price))


@pytest.mark.parametrize(
    ("variance", "loss_rate", "correction", "price"),
    [
        ("0.50", "0", "0.005", "2.30"),  # 2.295 half up
        ("0.51", "0", "0.0051", "2.29"),
        # Short of it: a fen a unit and no more, unless the station declared a loss rate.
        ("-1.00", "0", "-0.01", "2.31"),
        ("-1.01", "0", "-0.01", "2.31"),
        ("-500", "0", "-0.01", "2.31"),
        ("-500", "0.02", "-0.046", "2.35"),
        ("-2.00", "0.02", "-0.02", "2.32"),
        # A declared rate that is less than a fen a unit.
        ("-500", "0.0001", "-0.01", "2.31"),
        # Paid too much: given back, a tenth of the cost a unit at most.
        ("10.00", "0", "0.1", "2.20"),
        ("23.00", "0", "0.23", "2.07"),
        ("23.01", "0", "0.23", "2.07"),
        ("500", "0.02", "0.23", "2.07"),
    ],
)
def test_the_account_comes_back_through_the_price(variance, loss_rate, correction, price):
    """100 units at 2.30."""
    got = priced(0, "0", 100, "230.00", variance, loss_rate)
    assert got == (D("2.3"), D(correction), D(price))


def test_goods_that_cost_next_to_nothing_are_given_away_and_never_cost_less():
    assert priced(units=1000, cost="4.00", variance="100") == (D("0.004"), D("0.01"), D("0.00"))


# --- the account ---------------------------------------------------------------------------------
@pytest.fixture
def supplier(station):
    return Supplier.objects.create(station=station, name="农场")


@pytest.fixture
def greens(station):
    return factories.item(station, "青菜", price="2.30", in_stock=10)


@pytest.fixture
def receive(station, supplier, staff):
    def receive(item, units, cost):
        came = [Came(item.pk, units, D(cost))]
        return receiving.receive(
            station, supplier, came, by=staff, nonce=uuid4(), delivery_note=uuid4().hex
        )

    return receive


def account(item) -> pricing.Account:
    [found] = pricing.accounts([item.pk])
    return found


def state(item) -> tuple:
    """(free units, average, price, book value, variance)"""
    a = account(item)
    return a.units, a.average, a.price, a.book_value, a.variance


def promise(item, units, price=None, order=None):
    order = order or factories.order()
    price = account(item).price if price is None else D(price)
    return stock.Promise(order.pk, item.record_id, units, price)


def lot(item) -> Lot:
    return Lot.objects.filter(item=item, units__gt=0).earliest("pk")


def test_from_the_opening_to_a_receipt_and_what_rounding_left(greens, receive):
    assert state(greens) == (10, D("2.3"), D("2.30"), D("23.00"), D("0.00"))
    stock.reserve([promise(greens, 4)])
    assert state(greens) == (6, D("2.3"), D("2.30"), D("13.80"), D("0.00"))
    receive(greens, 9, "22.00")
    # (6 × 2.30 + 22.00) / 15 = 2.386667
    assert state(greens) == (15, D("2.386667"), D("2.39"), D("35.80"), D("0.00"))
    stock.reserve([promise(greens, 15)])
    assert state(greens) == (0, D("2.386667"), D("2.39"), D("-0.05"), D("0.05"))
    receive(greens, 10, "24.00")
    # 2.40 less 0.05 / 10
    costing = Costing.objects.latest("pk")
    assert (costing.variance, costing.correction, costing.price) == (
        D("0.05"),
        D("0.005"),
        D("2.40"),
    )
    assert state(greens) == (10, D("2.4"), D("2.40"), D("23.95"), D("0.05"))


def test_what_a_lost_unit_cost_is_earned_back_a_fen_at_a_time(greens, receive):
    stock.waste([stock.Loss(greens.record_id, lot(greens).pk, 2, Move.Reason.SPOILED)])
    assert state(greens) == (8, D("2.3"), D("2.30"), D("23.00"), D("-4.60"))
    receive(greens, 92, "211.60")
    assert state(greens) == (100, D("2.3"), D("2.31"), D("234.60"), D("-4.60"))
    stock.reserve([promise(greens, 100)])
    assert account(greens).variance == D("-3.60")


def test_a_declared_loss_rate_earns_it_back_at_once(greens, receive, station):
    Station.objects.filter(pk=station.pk).update(loss_rate=D("0.03"))
    stock.waste([stock.Loss(greens.record_id, lot(greens).pk, 2, Move.Reason.SPOILED)])
    receive(greens, 92, "211.60")
    assert account(greens).price == D("2.35")  # 2.30 + 4.60 / 100 = 2.346
    stock.reserve([promise(greens, 100)])
    assert account(greens).variance == D("0.40")


def test_no_price_earns_back_what_was_given_away(greens, receive):
    stock.donate([stock.Loss(greens.record_id, lot(greens).pk, 2, Move.Reason.RELIEF)])
    assert state(greens) == (8, D("2.3"), D("2.30"), D("18.40"), D("0.00"))
    receive(greens, 92, "211.60")
    assert account(greens).price == D("2.30")
    assert Move.objects.get(kind="donate").value == D("-4.60")


def test_what_a_count_finds_is_the_villages(greens, receive):
    stock.correct({greens.record_id: 3})
    assert state(greens) == (13, D("2.3"), D("2.30"), D("23.00"), D("6.90"))
    stock.correct({greens.record_id: -3})
    assert state(greens) == (10, D("2.3"), D("2.30"), D("23.00"), D("0.00"))


def test_a_dearer_pre_order_is_the_stations_loss_and_shown_to_the_fen(station, receive):
    fish = factories.item(station, "鱼", price="20.00", in_stock=0, selling=Item.Selling.PREORDER)
    receive(fish, 5, "112.00")
    assert account(fish).price == D("22.40")
    stock.reserve([promise(fish, 5, "20.00")], at_todays_price=False)
    assert state(fish) == (0, D("22.4"), D("22.40"), D("12.00"), D("-12.00"))


def test_an_order_taken_back_later_comes_back_at_the_price_it_was_promised(greens, receive):
    taken = promise(greens, 4)
    stock.reserve([taken])
    receive(greens, 14, "48.20")  # (6 × 2.30 + 48.20) / 20 = 3.10
    assert state(greens) == (20, D("3.1"), D("3.10"), D("62.00"), D("0.00"))
    stock.release([taken])
    # Four units that will be charged 3.10 and were to be charged 2.30: the village's, given back.
    assert state(greens) == (24, D("3.1"), D("3.10"), D("71.20"), D("3.20"))
    receive(greens, 8, "24.80")
    assert account(greens).price == D("3.00")  # 3.10 − 3.20 / 32


def test_weighing_less_is_on_the_account(greens):
    order = factories.order()
    stock.reserve([promise(greens, 2, order=order)])
    stock.settle([(order.pk, greens.record_id, D("-0.16"))])
    assert state(greens) == (8, D("2.3"), D("2.30"), D("18.56"), D("-0.16"))


def test_packing_changes_nothing_of_it(greens):
    order = factories.order()
    stock.reserve([promise(greens, 2, order=order)])
    before = state(greens)
    stock.pack([(order.pk, greens.record_id, 2)])
    assert state(greens) == before
    stock.unpack(order.pk, [greens.record_id])
    assert state(greens) == before


def test_the_counter_and_a_return_over_it(greens):
    sold = promise(greens, 3)
    stock.sell([sold])
    assert state(greens) == (7, D("2.3"), D("2.30"), D("16.10"), D("0.00"))
    stock.put_back([stock.Promise(sold.order_id, sold.record_id, 1, sold.price)])
    assert state(greens) == (8, D("2.3"), D("2.30"), D("18.40"), D("0.00"))


def test_a_gift_may_make_a_good_free(station, receive):
    leaflets = factories.item(station, "宣传册", price="0.50", in_stock=0)
    receive(leaflets, 10, "0")
    assert account(leaflets).price == D("0.00")


def test_a_good_without_a_price_may_come_as_a_gift(station, receive):
    masks = factories.item(station, "口罩", price="0.50", in_stock=0)
    type(masks.record).objects.filter(pk=masks.record_id).update(price=None)
    receive(masks, 10, "0")
    masks.record.refresh_from_db()
    assert masks.record.price == D("0.00")


def test_the_preview_says_what_the_receipt_then_does(station, greens, receive):
    came = {greens.pk: (30, D("81.00"))}
    seen = pricing.outlook(station, came)[greens.pk]
    assert (seen.account.price, seen.priced.price) == (D("2.30"), D("2.60"))
    assert Costing.objects.filter(receipt__isnull=False).count() == 0
    receive(greens, 30, "81.00")
    assert account(greens).price == seen.priced.price


def test_two_lines_of_a_good_are_priced_together(station, supplier, staff, greens):
    lines = [Came(greens.pk, 10, D("20.00")), Came(greens.pk, 20, D("50.00"))]
    receipt = receiving.receive(station, supplier, lines, by=staff, nonce=uuid4())
    [costing] = receipt.costings.all()
    assert (costing.units_in, costing.cost_in, costing.price) == (30, D("70.00"), D("2.33"))
    assert list(Lot.objects.filter(item=greens).order_by("pk").values_list("units", flat=True)) == [
        10,
        10,
        20,
    ]


@pytest.mark.parametrize("goods", [1, 20])
def test_pricing_costs_the_same_queries_for_one_good_and_for_twenty(
    station, goods, django_assert_num_queries
):
    items = [factories.item(station) for _ in range(goods)]
    with django_assert_num_queries(3):
        pricing.accounts([item.pk for item in items])


# --- lists and goods that were bought ------------------------------------------------------------
def opening(item, units, cost):
    return openings.Opening(item.record_id, units, D(cost))


def test_the_list_of_the_opening_again_is_nothing_though_the_price_moved_on(greens, receive):
    receive(greens, 30, "81.00")
    assert openings.restate([opening(greens, 10, "2.30")]) == 0
    assert account(greens).price == D("2.60")
    assert openings.restate([opening(greens, 10, "2.60")]) == 0


@pytest.mark.parametrize(("units", "cost"), [(11, "2.30"), (10, "2.50")])
def test_a_list_does_not_change_what_was_bought(greens, receive, units, cost):
    receive(greens, 30, "81.00")
    before = state(greens)
    with pytest.raises(StockRefused, match="进货"), transaction.atomic():
        openings.restate([opening(greens, units, cost)])
    assert state(greens) == before


def test_a_list_says_the_next_ceiling_only_once_what_came_is_gone(station, receive):
    fish = factories.item(station, "鱼", price="20.00", in_stock=0, selling=Item.Selling.PREORDER)
    receive(fish, 5, "90.00")
    with pytest.raises(StockRefused, match="还有"), transaction.atomic():
        openings.restate([opening(fish, 0, "25.00")])
    assert account(fish).price == D("18.00")
    stock.reserve([promise(fish, 5)])
    assert openings.restate([opening(fish, 0, "25.00")]) == 1
    assert state(fish) == (0, D("18"), D("25.00"), D("0.00"), D("0.00"))
    assert openings.restate([opening(fish, 0, "25.00")]) == 0
    receive(fish, 4, "80.00")
    assert account(fish).price == D("20.00")


def test_the_example_of_the_page_about_it(greens, receive):
    """docs/costing.md, line by line: (units, average, price, book value, variance)."""
    said = [state(greens)]
    stock.reserve([promise(greens, 4)])
    said.append(state(greens))
    receive(greens, 9, "22.00")
    said.append(state(greens))
    stock.reserve([promise(greens, 15)])
    said.append(state(greens))
    receive(greens, 10, "24.00")
    said.append(state(greens))
    youngest = Lot.objects.filter(item=greens).latest("pk")
    stock.waste([stock.Loss(greens.record_id, youngest.pk, 2, Move.Reason.SPOILED)])
    said.append(state(greens))
    receive(greens, 92, "220.80")
    said.append(state(greens))
    stock.reserve([promise(greens, 100)])
    said.append(state(greens))
    assert said == [
        (units, D(average), D(price), D(book), D(variance))
        for units, average, price, book, variance in [
            (10, "2.300000", "2.30", "23.00", "0.00"),
            (6, "2.300000", "2.30", "13.80", "0.00"),
            (15, "2.386667", "2.39", "35.80", "0.00"),
            (0, "2.386667", "2.39", "-0.05", "0.05"),
            (10, "2.400000", "2.40", "23.95", "0.05"),
            (8, "2.400000", "2.40", "23.95", "-4.75"),
            (100, "2.400000", "2.41", "244.75", "-4.75"),
            (0, "2.400000", "2.41", "3.75", "-3.75"),
        ]
    ]
    assert priced(8, "2.4", 92, "220.80", "-4.75", "0.02") == (D("2.4"), D("-0.0475"), D("2.45"))
