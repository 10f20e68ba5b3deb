"""Slips are printed, come back, are scanned and keyed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from oscar.core.loading import get_model

from shop.models import Placement, SlipSheet
from shop.slips import codes, sheets
from tests import factories

Line = get_model("order", "Line")


@pytest.fixture
def key(client, sheet, old_man):
    def key(**said):
        return client.post(reverse("station-slip", args=[sheet.pk, old_man.pk]), said, follow=True)

    return key


def test_printing_leads_to_paper_without_names_or_phones(client, staff, round, old_man, eggs):
    client.force_login(staff)
    said = {"round": round.pk, "doors": "silent", "paper": "large", "item": [eggs.pk, "x", ""]}
    answer = client.post(reverse("station-slips"), said, follow=True)
    sheet = SlipSheet.objects.get()
    assert sheet.items == [eggs.pk]
    assert "1幢 2单元 201" in answer.text
    assert codes.of(sheet.pk, old_man.pk) in answer.text
    assert "<svg" in answer.text
    for private in ("钱大爷", "57920000"):
        assert private not in answer.text


@pytest.mark.parametrize(
    "said", [{"round": "9" * 30}, {"grid": "x"}, {"doors": "?"}, {"paper": "\x00"}]
)
def test_a_print_that_cannot_be_is_refused(client, staff, round, eggs, said):
    client.force_login(staff)
    whole = {"round": round.pk, "doors": "silent", "paper": "large"} | said
    assert client.post(reverse("station-slips"), whole).status_code == 400
    assert not SlipSheet.objects.exists()


def test_scan_and_key_in_two_steps(client, staff, sheet, old_man):
    client.force_login(staff)
    code = codes.of(sheet.pk, old_man.pk).lower()
    page = client.post(reverse("station-slips-scan"), {"code": code}, follow=True)
    assert "1幢 2单元 201" in page.text
    done = client.post(page.request["PATH_INFO"], {"typed": "2x2 1"}, follow=True)
    assert "录好了" in done.text
    assert "¥61.10" in done.text
    assert sorted(Line.objects.values_list("title", "quantity")) == [("土豆", 1), ("鲜鸡蛋", 2)]
    assert Placement.objects.get().placed_by == staff


def test_an_untouched_slip_is_the_last_order(client, staff, old_man, eggs, round, ordered):
    ordered(old_man, (eggs, 3))
    sheet = sheets.make(round, [], by=staff)
    client.force_login(staff)
    address = reverse("station-slip", args=[sheet.pk, old_man.pk])
    page = client.get(address)
    assert (
        f'name="item-{eggs.pk}" type="number" min="0" max="99" inputmode="numeric" value="3"'
        in (page.text)
    )
    client.post(address, {f"item-{eggs.pk}": "3"})
    assert Line.objects.filter(order__placement__round=round).get().quantity == 3


def test_keyed_twice_is_once_and_said(client, staff, key, sheet, old_man):
    client.force_login(staff)
    key(typed="1")
    assert "已经录过了" in key(typed="2").text
    page = client.get(reverse("station-slip", args=[sheet.pk, old_man.pk]), follow=True)
    assert "已经录过了" in page.text
    assert Placement.objects.count() == 1


def test_short_goods_are_changed_to_what_is_left_and_asked_again(client, staff, key, potatoes):
    client.force_login(staff)
    page = key(typed="1x9 2")
    assert page.status_code == 409
    assert "土豆：要 9，还有 5（每户限购）" in page.text
    units = {offer.item.pk: units for offer, units in page.context["offers"]}
    assert units[potatoes.pk] == 5
    assert page.context["typed"] == ""
    assert not Placement.objects.exists()


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ("99", 400, "不是单子上的号"),
        ("", 400, "一样都没有勾"),
        ("1\x00", 400, "看不见的怪字符"),
        ("1 " * 300, 400, "写得太长了"),
    ],
)
def test_what_cannot_be_keyed_comes_back_as_it_was_typed(client, staff, key, typed, status, said):
    client.force_login(staff)
    page = key(typed=typed)
    assert page.status_code == status
    assert said in page.text
    assert not Placement.objects.exists()


@pytest.mark.parametrize("units", ["-1", "100", "x", "9" * 40])
def test_units_that_cannot_be(client, staff, key, eggs, units):
    client.force_login(staff)
    page = key(**{f"item-{eggs.pk}": units})
    assert page.status_code == 400
    assert "份数要 0 到 99" in page.text
    assert f'value="{units}"' in page.text


def test_a_closed_round_takes_no_slip(client, staff, key, round):
    client.force_login(staff)
    type(round).objects.filter(pk=round.pk).update(status="closed")
    page = key(typed="1")
    assert page.status_code == 409
    assert "已经截单了" in page.text


@pytest.mark.parametrize("code", ["", "BG-00007", "ZD-1-1-00000000", "x" * 500, "\x00"])
def test_what_is_no_slip_says_so(client, staff, code):
    client.force_login(staff)
    page = client.post(reverse("station-slips-scan"), {"code": code}, follow=True)
    assert "这不是纸单上的码" in page.text


def test_nobody_else_prints_scans_or_keys(client, sheet, old_man, stranger, leader, resident):
    pages = [
        reverse("station-slips-print", args=[sheet.pk]),
        reverse("station-slip", args=[sheet.pk, old_man.pk]),
    ]
    for someone in (stranger, leader, resident):
        client.force_login(someone)
        for page in pages:
            assert client.get(page).status_code in {403, 404}
        assert client.post(pages[1], {"typed": "1"}).status_code in {403, 404}
    assert not Placement.objects.exists()


def test_a_door_of_another_station_is_not_keyed_on_our_form(client, staff, sheet, other_station):
    elsewhere = factories.household(factories.grid(other_station))
    client.force_login(staff)
    address = reverse("station-slip", args=[sheet.pk, elsewhere.pk])
    assert client.post(address, {"typed": "1"}).status_code == 404
    assert client.get(reverse("station-slip", args=[10**18, 10**18])).status_code == 404


def test_paper_costs_the_same_for_3_and_23_doors(client, staff, sheet, grid):
    client.force_login(staff)

    def queries(count: int) -> int:
        for number in range(count):
            factories.household(grid, "9", "", f"{count}{number:02d}")
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse("station-slips-print", args=[sheet.pk])).status_code == 200
        return len(seen)

    assert queries(3) == queries(23) <= 14
