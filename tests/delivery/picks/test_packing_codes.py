"""Barcodes and labels at the packing bench lead to a line or a stop."""

import pytest

from delivery import batches
from delivery.errors import UnknownCode
from delivery.picks import packing
from tests import factories


@pytest.mark.parametrize("code", ["6901234567892", " ６９０１２３４５６７８９２\r\n"])
def test_a_barcode_is_the_next_line_of_its_good(find, line, eggs, staff, code):
    assert find(code).line == line(1, eggs)
    assert find(code, 2).line == line(2, eggs)
    packing.tick(line(1, eggs), by=staff)
    assert find(code).line == line(2, eggs)


def test_our_own_number_is_a_code_too(find, line, greens):
    assert find(greens.record.partner_sku.upper()).line == line(1, greens)


@pytest.mark.parametrize(("said", "scanned"), [("0", ""), ("", "0")])
def test_a_upc_is_an_ean_with_a_zero(find, line, eggs, said, scanned):
    eggs.record.product.upc = f"{said}036000291452"
    eggs.record.product.save()
    assert find(f"{scanned}036000291452").line == line(1, eggs)


def test_a_label_leads_to_its_stop(find, line, eggs, batch):
    parcel = line(2, eggs).parcel
    found = find(f"bg-{parcel.pk:05d}")
    assert (found.parcel, found.stop, found.line) == (parcel, batch.stops.get(position=2), None)


def test_what_belongs_to_another_door_is_said(find, line, greens):
    with pytest.raises(UnknownCode, match="上海青不装这一户：第 1 户要 3 份"):
        find(greens.record.partner_sku, 2)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("", "没有扫到条码"),
        (" \n", "没有扫到条码"),
        ("4006381333931", "没有条码是“4006381333931”的货"),
        ("1" * 41, "不像一个条码"),
        ("69\x00", "不像一个条码"),
        ("BG-99999999999999", "没有这个号的包裹"),
        ("BG-" + "9" * 18, "没有这个号的包裹"),
    ],
)
def test_an_unknown_code_gets_a_sentence(find, code, sentence):
    with pytest.raises(UnknownCode, match=sentence):
        find(code)


def test_a_good_nobody_wants_or_that_is_done(find, station, line, eggs, staff):
    salt = factories.item(station, "盐")
    with pytest.raises(UnknownCode, match="这一批没有人要盐"):
        find(salt.record.partner_sku)
    packing.tick(line(1, eggs), by=staff)
    packing.tick(line(2, eggs), by=staff)
    with pytest.raises(UnknownCode, match="这一批的鸡蛋都装好了"):
        find("6901234567892")


def test_another_stations_goods_and_parcels_are_unknown(find, other_station, stranger, batch):
    theirs = factories.item(other_station, "别处的")
    with pytest.raises(UnknownCode, match="没有条码"):
        find(theirs.record.partner_sku)
    closed = factories.round(other_station, status="closed")
    parcel = factories.parcel(closed, stranger.person.household)
    batches.plan(closed, stranger)
    with pytest.raises(UnknownCode, match="没有这个号的包裹"):
        find(f"BG-{parcel.pk}")


def test_a_label_of_another_batch_says_which(find, grid, station, staff):
    closed = factories.round(station, "明天", status="closed")
    parcel = factories.parcel(closed, factories.household(grid, "7"))
    [other] = batches.plan(closed, staff).batches
    with pytest.raises(UnknownCode, match=f"这个包裹在{other}，不在这一批"):
        find(f"BG-{parcel.pk}")
