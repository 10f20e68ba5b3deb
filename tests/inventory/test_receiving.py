"""Deliveries: what is written, what is refused, and that one delivery is one receipt."""

from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory import stock
from inventory.errors import DeliveryKnown, PhotoRefused, ReceiptRefused, StationError
from inventory.models import Costing, Lot, Move, Receipt, ReceiptLine, ReceiptPhoto
from inventory.purchases import purchasing
from inventory.receipts import arrivals, receiving
from inventory.receipts.receiving import Came
from tests import factories

D = Decimal


@pytest.fixture
def supplier(station):
    return factories.supplier(station, "农场")


@pytest.fixture
def greens(station):
    return factories.item(station, "青菜", price="2.30", in_stock=10)


@pytest.fixture
def eggs(station):
    return factories.item(station, "鸡蛋", price="9.00", in_stock=0, weight_g=1500)


@pytest.fixture
def take(station, supplier, staff):
    """Receives lines `(item, units, cost)`; everything else by keyword."""

    def take(*lines, **fields):
        fields.setdefault("nonce", uuid4())
        came = [
            line if isinstance(line, Came) else Came(line[0].pk, line[1], Decimal(line[2]))
            for line in lines
        ]
        return receiving.receive(station, supplier, came, by=staff, **fields)

    return take


@pytest.fixture
def bought(station, supplier, staff):
    """A placed purchase of `(item, packs, units a pack)`."""

    def bought(*lines):
        wanted = [(item.pk, packs, units, None) for item, packs, units in lines]
        purchase = purchasing.draft(station, supplier, wanted, by=staff)
        purchasing.place(purchase, by=staff)
        return purchase

    return bought


def left(purchase) -> list[int]:
    return [units for _line, units in purchasing.outstanding(purchase)]


def status(purchase) -> str:
    purchase.refresh_from_db()
    return purchase.status


def stock_and_price(item):
    item.record.refresh_from_db()
    return item.record.num_in_stock, item.record.price


def everything() -> list[int]:
    models = (Receipt, ReceiptLine, ReceiptPhoto, Lot, Move, Costing)
    return [model.objects.count() for model in models]


@contextmanager
def refused(error: type[StationError], sentence: str):
    """Says so, and nothing was written."""
    before = everything()
    with pytest.raises(error, match=sentence) as raised, transaction.atomic():
        yield raised
    assert everything() == before


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


# --- against a purchase --------------------------------------------------------------------------
def test_a_purchase_is_received_in_parts_and_is_done_when_all_came(take, greens, eggs, bought):
    purchase = bought((greens, 2, 10), (eggs, 1, 12))
    take((greens, 15, "30.00"), purchase=purchase, delivery_note="A1")
    assert (left(purchase), status(purchase)) == ([5, 12], "placed")
    take((greens, 5, "10.00"), (eggs, 11, "99.00"), purchase=purchase, delivery_note="A2")
    assert (left(purchase), status(purchase)) == ([0, 1], "placed")
    take((eggs, 1, "9.00"), purchase=purchase, delivery_note="A3")
    assert (left(purchase), status(purchase)) == ([0, 0], "done")


def test_more_than_was_ordered_is_taken_too(take, greens, bought):
    purchase = bought((greens, 2, 10))
    take((greens, 23, "46.00"), purchase=purchase)
    assert (left(purchase), status(purchase)) == ([0], "done")
    assert stock_and_price(greens)[0] == 33


def test_what_was_sent_back_is_still_to_come(take, greens, bought):
    purchase = bought((greens, 2, 10))
    take(Came(greens.pk, 18, D("36.00"), damaged=2), purchase=purchase)
    assert (left(purchase), status(purchase)) == ([2], "placed")


def test_a_substitute_counts_for_what_it_came_instead_of(take, greens, eggs, bought):
    purchase = bought((greens, 2, 10))
    [line] = purchase.lines.all()
    stands_in = Came(eggs.pk, 20, D("180.00"), purchase_line_id=line.pk, substitute=True)
    receipt = take(stands_in, purchase=purchase)
    assert (left(purchase), status(purchase)) == ([0], "done")
    assert receipt.lines.get().substitute
    assert stock_and_price(eggs) == (20, D("9.00"))
    assert stock_and_price(greens) == (10, D("2.30"))


def test_what_nobody_ordered_comes_in_beside_it(take, greens, eggs, bought):
    purchase = bought((greens, 2, 10))
    receipt = take((greens, 20, "40.00"), (eggs, 3, "27.00"), purchase=purchase)
    besides = receipt.lines.get(item=eggs)
    assert (besides.purchase_line, besides.substitute) == (None, False)


@pytest.mark.parametrize("ended", ["draft", "cancelled", "done"])
def test_only_a_placed_purchase_is_received(take, greens, bought, ended):
    purchase = bought((greens, 2, 10))
    type(purchase).objects.filter(pk=purchase.pk).update(status=ended)
    with refused(ReceiptRefused, "不在等货"):
        take((greens, 20, "40.00"), purchase=purchase)


def test_nothing_of_another_purchase_or_supplier(take, greens, eggs, bought, station):
    purchase, other = bought((greens, 2, 10)), bought((greens, 1, 10))
    strange = other.lines.get().pk
    with refused(ReceiptRefused, "不在这张采购单上"):
        take(Came(greens.pk, 1, D("2.00"), purchase_line_id=strange), purchase=purchase)
    with refused(ReceiptRefused, "不在这张采购单上"):
        take(Came(greens.pk, 1, D("2.00"), purchase_line_id=strange))
    with refused(ReceiptRefused, "对不上"):
        mine = purchase.lines.get().pk
        take(Came(eggs.pk, 1, D("2.00"), purchase_line_id=mine), purchase=purchase)
    with refused(ReceiptRefused, "不能代替它自己"):
        line = Came(greens.pk, 1, D("2.00"), purchase_line_id=mine, substitute=True)
        take(line, purchase=purchase)
    with refused(ReceiptRefused, "代替采购单上的哪样"):
        take(Came(eggs.pk, 1, D("2.00"), substitute=True), purchase=purchase)
    purchase.supplier = factories.supplier(station)
    purchase.save()
    with refused(ReceiptRefused, "不是这家供应商的"):
        take((greens, 20, "40.00"), purchase=purchase)


def test_nothing_of_another_station(take, station, other_station, staff, greens):
    strange = factories.item(other_station)
    with refused(ReceiptRefused, "不是本站的货品"):
        take((strange, 1, "2.00"))
    with refused(ReceiptRefused, "不是本站的供应商"):
        lines = [Came(greens.pk, 1, D("2.00"))]
        theirs = factories.supplier(other_station)
        receiving.receive(station, theirs, lines, by=staff, nonce=uuid4())


# --- once ----------------------------------------------------------------------------------------
def test_the_same_form_again_is_the_same_receipt(take, greens, bought):
    purchase, nonce = bought((greens, 2, 10)), uuid4()
    first = take((greens, 20, "40.00"), purchase=purchase, nonce=nonce)
    # The purchase is done meanwhile: a second tap must not be told that it waits for nothing.
    assert take((greens, 20, "40.00"), purchase=purchase, nonce=nonce) == first
    assert stock_and_price(greens)[0] == 30


def test_the_same_form_with_other_figures_is_refused_and_names_the_first(take, greens):
    nonce = uuid4()
    first = take((greens, 20, "40.00"), nonce=nonce)
    with refused(DeliveryKnown, "内容和这次不一样") as error:
        take((greens, 21, "40.00"), nonce=nonce)
    assert error.value.receipt == first


@pytest.mark.parametrize("typed", ["SH-0912", " sh-0912 ", "ＳＨ－０９１２", "SH - 0912"])
def test_the_same_delivery_note_is_the_same_delivery(take, greens, typed):
    first = take((greens, 20, "40.00"), delivery_note="SH-0912")
    with refused(DeliveryKnown, "已经入过库") as error:
        take((greens, 5, "9.00"), delivery_note=typed)
    assert error.value.receipt == first


def test_another_suppliers_note_may_have_the_same_number(take, greens, station, staff):
    take((greens, 20, "40.00"), delivery_note="1")
    other = factories.supplier(station)
    lines = [Came(greens.pk, 20, D("40.00"))]
    receiving.receive(station, other, lines, by=staff, nonce=uuid4(), delivery_note="1")
    assert stock_and_price(greens)[0] == 50


def test_without_a_note_the_day_and_the_goods_tell_it(take, greens, eggs, bought):
    until = timezone.localdate() + timedelta(days=9)
    first = take((greens, 20, "40.00"), (eggs, 6, "54.00"))
    again = [
        Came(eggs.pk, 6, D("54.00"), expires_on=until),
        Came(greens.pk, 5, D("10.00")),
        Came(greens.pk, 15, D("30.00")),
    ]
    with refused(DeliveryKnown, "请填送货单号") as error:
        take(*again, purchase=bought((greens, 2, 10)))
    assert error.value.receipt == first
    # With its number, a second load of the same is another delivery.
    take(*again, delivery_note="2")
    assert stock_and_price(greens)[0] == 50


def test_the_same_goods_on_another_day_are_another_delivery(take, greens, monkeypatch):
    take((greens, 20, "40.00"))
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    take((greens, 20, "40.00"))
    assert stock_and_price(greens)[0] == 50


def test_a_load_like_one_of_today_is_worth_a_second_look(take, station, supplier, greens):
    first = take((greens, 20, "40.00"), delivery_note="7")
    same = [Came(greens.pk, 20, D("40.00"))]
    assert receiving.similar_today(station, supplier, same) == first
    assert receiving.similar_today(station, supplier, [Came(greens.pk, 20, D("41.00"))]) is None


# --- what cannot be right ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ({"units": -1}, "要在 0 到 100000 之间"),
        ({"units": 100_001}, "要在 0 到 100000 之间"),
        ({"damaged": -1}, "要在 0 到 100000 之间"),
        ({"cost": D("-0.01")}, "请填 0 以上的钱数"),
        ({"cost": D("10000000")}, "请填 0 以上的钱数"),
        ({"cost": D("NaN")}, "请填 0 以上的钱数"),
        ({"cost": D("1e9999")}, "请填 0 以上的钱数"),
        ({"cost": D("1.005")}, "只到分"),
        ({"units": 0, "damaged": 1}, "一份没收，金额请填 0"),
        ({"units": 0, "cost": D(0)}, "一样货也没收"),
        ({"expires_on": timezone.localdate() - timedelta(days=1)}, "已经过期"),
        ({"expires_on": timezone.localdate() + timedelta(days=7301)}, "请看看年份"),
        ({"item_id": 10**9}, "不是本站的货品"),
    ],
)
def test_a_line_that_cannot_be_right(take, greens, line, sentence):
    said = {"item_id": greens.pk, "units": 5, "cost": D("10.00")} | line
    with refused(ReceiptRefused, sentence):
        take(Came(**said))


def test_the_boundaries_are_fine(take, greens):
    today = timezone.localdate()
    take(Came(greens.pk, 100_000, D("9999999.99"), expires_on=today))
    assert Lot.objects.filter(expires_on=today).get().units == 100_000


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"transport": D("-1")}, "运费不对"),
        ({"packing": D("Infinity")}, "包装费不对"),
        ({"transport": D("0.001")}, "运费只到分"),
        ({"spread": "by heart"}, "按金额摊或按重量摊"),
        ({"delivery_note": "1" * 41}, "送货单号太长了"),
        ({"delivery_note": "a\0b"}, "送货单号里有不能用的字符"),
        ({"note": "字" * 201}, "备注太长了"),
    ],
)
def test_a_delivery_that_cannot_be_right(take, greens, fields, sentence):
    with refused(ReceiptRefused, sentence):
        take((greens, 5, "10.00"), **fields)


def test_extras_need_something_to_land_on(take, greens):
    with refused(ReceiptRefused, "没处摊"):
        take(Came(greens.pk, 0, D(0), damaged=3), transport=D("5.00"))


def test_too_many_lines_and_photos(take, greens):
    with refused(ReceiptRefused, "最多收 300 行"):
        take(*[(greens, 1, "1.00")] * 301)
    with refused(ReceiptRefused, "最多放 8 张"):
        take((greens, 5, "10.00"), photos=[b"%PDF-1.4 %%EOF"] * 9)


def test_a_bad_photo_stops_it_all(take, greens):
    with refused(PhotoRefused, "认不出"):
        take((greens, 5, "10.00"), photos=[b"<html>"])
    assert stock_and_price(greens) == (10, D("2.30"))


def test_photos_are_kept_with_the_receipt(take, greens, staff):
    receipt = take((greens, 5, "10.00"), photos=[b"%PDF-1.4 %%EOF"])
    receiving.add_photo(receipt, b"%PDF-1.7 %%EOF", by=staff)
    kept = receipt.photos.order_by("pk").values_list("content_type", "by")
    assert list(kept) == [("application/pdf", staff.pk)] * 2
    for _ in range(6):
        receiving.add_photo(receipt, b"%PDF-1.7 %%EOF", by=staff)
    with refused(ReceiptRefused, "最多放 8 张"):
        receiving.add_photo(receipt, b"%PDF-1.7 %%EOF", by=staff)


def test_a_receipt_is_never_changed(take, greens):
    receipt = take((greens, 5, "10.00"))
    for change in (
        lambda: Receipt.objects.filter(pk=receipt.pk).update(note="x"),
        lambda: receipt.lines.update(cost=0),
        lambda: ReceiptLine.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


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
