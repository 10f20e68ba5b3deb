"""Codes, forms and what is keyed from them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from oscar.core.loading import get_model

from inventory.errors import StationError
from shop import ordering
from shop.errors import SoldOut
from shop.models import Placement, Slip, SlipSheet
from shop.slips import codes, keying, sheets
from tests import factories

Line = get_model("order", "Line")


# --- codes ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("pair", [(1, 1), (31, 32), (1024, 999_999), (2**40, 2**50)])
def test_a_code_says_which_form_and_which_door(pair):
    assert codes.read(codes.of(*pair)) == pair


def test_a_code_is_short_and_only_capitals_and_digits():
    code = codes.of(12, 1180)
    assert len(code) == 17
    assert set(code) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-")


def test_a_code_is_read_as_people_type_it():
    code = codes.of(12, 1180)
    assert codes.read(f" {code.lower()} ") == (12, 1180)
    assert codes.read(code.replace("0", "O").replace("1", "l")) == (12, 1180)


@pytest.mark.parametrize(
    "code", ["", "ZD-1-1-00000000", "BG-00007", "ZD", "x" * 5000, "ZD-1-\x00-1"]
)
def test_what_we_did_not_print_is_nothing(code):
    assert codes.read(code) is None


def test_another_doors_number_does_not_fit_the_signature():
    code = codes.of(1, 1)
    assert codes.read(code.replace("ZD-1-1-", "ZD-1-2-")) is None


# --- forms ---------------------------------------------------------------------------------------
def test_the_same_goods_are_the_same_form(round, eggs, potatoes, staff, sheet):
    assert sheets.make(round, [potatoes.pk, eggs.pk], by=staff) == sheet
    assert sheets.make(round, [], by=staff) == sheet
    assert sheets.make(round, [eggs.pk], by=staff) != sheet
    assert sheet.items == [potatoes.pk, eggs.pk]


def test_too_many_goods_or_none_are_no_form(round, station, staff, monkeypatch):
    with pytest.raises(StationError, match="一样货也没有"):
        sheets.make(round, [], by=staff)
    monkeypatch.setattr(sheets, "MOST_GOODS", 1)
    for title in ("甲", "乙"):
        factories.item(station, title)
    with pytest.raises(StationError, match="最多印 1 样"):
        sheets.make(round, [], by=staff)


def test_what_is_ordered_most_is_on_the_form_until_somebody_chooses(
    station, old_man, eggs, potatoes, ordered, monkeypatch
):
    monkeypatch.setattr(sheets, "A_PAGE", 1)
    ordered(old_man, (eggs, 3), (potatoes, 2))
    assert sheets.usual(sheets.goods(station)) == {eggs.pk}


def test_doors_without_a_mobile_that_have_not_ordered(round, old_man, home, resident, grid, sheet):
    silent = factories.household(grid, "1", "2", "202")
    assert list(sheets.doors(round, silent=True)) == [old_man, silent]
    assert home in sheets.doors(round, silent=False)
    keying.key(sheet, silent, {sheet.items[0]: 1}, by=resident)
    assert list(sheets.doors(round, silent=True)) == [old_man]


def test_the_last_order_is_marked_and_no_other(
    old_man, eggs, potatoes, ordered, round, staff, leader
):
    ordered(old_man, (eggs, 1))
    ordered(old_man, (eggs, 2), (potatoes, 4))
    ordering.cancel(_reopened(ordered(old_man, (eggs, 9))), by=leader)
    sheet = sheets.make(round, [], by=staff)
    ordered(old_man, (eggs, 1))  # after it was printed
    [form] = sheets.forms(sheet, [old_man])
    by_title = {offer.title: offer for offer in form.offers}
    assert by_title["鲜鸡蛋"].marked == 2
    assert [box.marked for box in by_title["鲜鸡蛋"].boxes] == [False, True, False]
    assert by_title["土豆"].written == 4
    assert [offer.number for offer in form.offers] == [1, 2]


def _reopened(order):
    round = order.placement.round
    type(round).objects.filter(pk=round.pk).update(
        status="open", closes_at=timezone.now() + timedelta(hours=1)
    )
    return order


def test_who_moved_in_does_not_see_what_was_eaten_before(old_man, eggs, ordered, round, staff):
    ordered(old_man, (eggs, 2))
    type(old_man).objects.filter(pk=old_man.pk).update(lived_in_since=timezone.now())
    old_man.refresh_from_db()
    assert not sheets.forms(sheets.make(round, [], by=staff), [old_man])[0].is_marked


def test_forms_cost_the_same_for_3_and_23_doors(sheet, grid, eggs, ordered):
    def queries(count: int) -> int:
        doors = [factories.household(grid, "9", "", f"{count}{n:02d}") for n in range(count)]
        ordered(doors[0], (eggs, 1))
        with CaptureQueriesContext(connection) as seen:
            assert len(sheets.forms(sheet, doors)) == count
        return len(seen)

    assert queries(3) == queries(23) <= 6


# --- keying --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("3", {3: 1}),
        ("3 7x2 12", {3: 1, 7: 2, 12: 1}),
        ("３，７×２、12*3", {3: 1, 7: 2, 12: 3}),
        ("1 x 2", {1: 2}),
        ("  ", {}),
    ],
)
def test_ticks_in_one_line(typed, wanted):
    assert keying.read(typed, 12) == wanted


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("13", "“13”不是单子上的号，号是 1 到 12"),
        ("0", "“0”不是单子上的号"),
        ("abc", "“ABC”不是单子上的号"),
        ("3x0", "份数要 1 到 99"),
        ("3x100", "份数要 1 到 99"),
        ("3 3x2", "3 号写了两次"),
        ("9" * 400, "不是单子上的号"),
        ("-1", "不是单子上的号"),
    ],
)
def test_a_slip_of_the_finger_is_named(typed, said):
    with pytest.raises(StationError, match=said):
        keying.read(typed, 12)


def test_a_slip_is_one_order_however_often_it_is_keyed(sheet, old_man, staff, manager):
    potatoes, eggs = sheet.items
    order, made = keying.key(sheet, old_man, {eggs: 2, potatoes: 1}, by=staff)
    again, made_again = keying.key(sheet, old_man, {eggs: 5}, by=manager)
    assert (made, made_again) == (True, False)
    assert again == order
    assert Placement.objects.get().placed_by == staff
    assert sorted(Line.objects.values_list("title", "quantity")) == [("土豆", 1), ("鲜鸡蛋", 2)]


def test_another_form_of_the_round_is_the_same_slip(sheet, round, old_man, eggs, staff):
    other = sheets.make(round, [eggs.pk], by=staff)
    keying.key(sheet, old_man, {eggs.pk: 1}, by=staff)
    assert keying.key(other, old_man, {eggs.pk: 1}, by=staff)[1] is False
    assert SlipSheet.objects.count() == 2


def test_a_cancelled_one_can_be_keyed_again(sheet, old_man, eggs, staff):
    order, _made = keying.key(sheet, old_man, {eggs.pk: 1}, by=staff)
    ordering.cancel(order, by=staff)
    again, made = keying.key(sheet, old_man, {eggs.pk: 2}, by=staff)
    assert made
    assert Slip.objects.get().order == again


@pytest.mark.parametrize("wanted", [{}, {0: 1}, {10**9: 1}])
def test_nothing_ticked_is_no_order(sheet, old_man, staff, wanted):
    with pytest.raises(StationError, match="一样都没有勾"):
        keying.key(sheet, old_man, wanted, by=staff)


def test_what_is_short_writes_nothing(sheet, old_man, potatoes, staff):
    with pytest.raises(SoldOut):
        keying.key(sheet, old_man, {potatoes.pk: 6}, by=staff)
    assert not Placement.objects.exists()
    assert not Slip.objects.exists()
    assert not get_model("basket", "Basket").objects.exists()
