"""Deliveries that cannot be right, and their photos."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from inventory.errors import PhotoRefused, ReceiptRefused
from inventory.models import Lot, Receipt, ReceiptLine
from inventory.receipts import receiving
from inventory.receipts.receiving import Came
from tests.inventory.receiving.conftest import D, refused, stock_and_price


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
