"""What a delivery writes: lots, stock, prices and shares of transport; and what it costs."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory import stock
from inventory.models import Costing, Lot, Move, Receipt
from inventory.receipts import arrivals, receiving
from inventory.receipts.receiving import Came
from tests import factories
from tests.inventory.receiving.conftest import D, everything, stock_and_price


# --- what is written -----------------------------------------------------------------------------
def test_a_delivery_makes_lots_stock_and_prices(take, greens, eggs):
    until = timezone.localdate() + timedelta(days=5)
    receipt = take((greens, 30, "81.00"), Came(eggs.pk, 12, Decimal("100.00"), expires_on=until))
    # (10 × 2.30 + 81.00) / 40 = 2.60; 100 / 12 = 8.3333
    assert stock_and_price(greens) == (40, Decimal("2.60"))
    assert stock_and_price(eggs) == (12, Decimal("8.33"))
    lot = Lot.objects.get(item=eggs)
    assert (lot.units, lot.unit_cost, lot.expires_on) == (12, Decimal("8.3333"), until)
    move = Move.objects.get(item=eggs, kind="receive")
    assert (move.in_stock_delta, move.value, move.lot) == (12, Decimal("100.00"), lot)
    costing = Costing.objects.get(item=greens, receipt=receipt)
    assert (costing.units_before, costing.units_in) == (10, 30)
    assert (costing.price_before, costing.price) == (Decimal("2.30"), Decimal("2.60"))


def test_damaged_goods_go_back_and_cost_nothing(take, greens):
    receipt = take(Came(greens.pk, 8, D("16.00"), damaged=2))
    line = receipt.lines.get()
    assert (line.units, line.damaged, line.cost) == (8, 2, D("16.00"))
    assert stock_and_price(greens) == (18, D("2.17"))  # (23 + 16) / 18 = 2.1667


def test_all_of_it_damaged_leaves_a_receipt_and_nothing_else(take, greens):
    receipt = take(Came(greens.pk, 0, D(0), damaged=10))
    assert (receipt.lines.count(), receipt.costings.count()) == (1, 0)
    assert stock_and_price(greens) == (10, D("2.30"))


@pytest.mark.parametrize(
    ("spread", "extras"), [("value", ["8.10", "1.90"]), ("weight", ["4.55", "5.45"])]
)
def test_transport_and_packing_land_on_the_lines(take, greens, eggs, spread, extras):
    """30 × 500 g for 81 yuan, 12 × 1500 g for 19."""
    receipt = take(
        (greens, 30, "81.00"),
        (eggs, 12, "19.00"),
        transport=D("7.00"),
        packing=D("3.00"),
        spread=Receipt.Spread(spread),
    )
    assert [str(line.extra) for line in receipt.lines.order_by("pk")] == extras
    move = Move.objects.get(item=eggs, kind="receive")
    assert move.value == D("19.00") + D(extras[1])
    assert stock_and_price(eggs)[1] == {"value": D("1.74"), "weight": D("2.04")}[spread]


def test_extras_on_gifts_are_spread_by_units(take, greens, eggs):
    receipt = take((greens, 30, "0"), (eggs, 10, "0"), transport=D("4.00"))
    assert [line.extra for line in receipt.lines.order_by("pk")] == [D("3.00"), D("1.00")]


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        ("10.00", [1, 1, 1], ["3.34", "3.33", "3.33"]),
        ("0.02", [1, 1, 1], ["0.01", "0.01", "0.00"]),
        ("0.01", [1, 2], ["0.00", "0.01"]),
        ("5.00", [0, 3, 0], ["0.00", "5.00", "0.00"]),
        ("0.00", [1, 1], ["0.00", "0.00"]),
    ],
)
def test_shares_add_up_to_the_fen(amount, weights, parts):
    assert arrivals.shares(D(amount), weights) == [D(part) for part in parts]


@settings(derandomize=True, max_examples=300, deadline=None, database=None)
@given(
    fen=st.integers(0, 10**9),
    weights=st.lists(st.integers(0, 10**7), min_size=1, max_size=40).filter(any),
)
def test_shares_always_add_up_and_are_within_a_fen(fen, weights):
    parts = arrivals.shares(D(fen).scaleb(-2), weights)
    assert sum(parts) == D(fen).scaleb(-2)
    exact = [D(fen) * weight / sum(weights) / 100 for weight in weights]
    assert all(abs(part - share) < D("0.01") for part, share in zip(parts, exact, strict=True))


# --- what it costs, and what it says before ------------------------------------------------------
@pytest.mark.parametrize("goods", [1, 20])
def test_a_delivery_costs_the_same_queries_for_one_good_and_for_twenty(
    station, take, bought, goods, django_assert_max_num_queries
):
    items = [factories.item(station) for _ in range(goods)]
    purchase = bought(*((item, 1, 10) for item in items))
    with django_assert_max_num_queries(29):
        take(*((item, 10, "20.00") for item in items), purchase=purchase)


def test_the_preview_writes_nothing_and_says_what_would_be(station, supplier, greens, eggs):
    came = [Came(greens.pk, 30, D("81.00")), Came(eggs.pk, 0, D(0), damaged=2)]
    before = everything()
    lines, prices = receiving.preview(station, supplier, came, transport=D("4.00"))
    assert everything() == before
    assert [line.extra for line in lines] == [D("4.00"), D("0.00")]
    [outlook] = prices.values()
    assert (outlook.account.price, outlook.priced.price) == (D("2.30"), D("2.70"))


def test_what_was_reserved_meanwhile_keeps_its_price(take, greens):
    order = factories.order()
    stock.reserve([stock.Promise(order.pk, greens.record_id, 10, D("2.30"))])
    take((greens, 10, "31.00"))
    assert stock_and_price(greens) == (20, D("3.10"))
    assert Move.objects.get(kind="reserve").value == D("-23.00")
