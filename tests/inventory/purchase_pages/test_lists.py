"""采购单: its papers and files, the lists, and who may see them."""

import io
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from inventory.models import Purchase
from inventory.purchases import purchasing
from inventory.purchases.purchasing import Wanted
from tests import factories
from tests.inventory.purchase_pages.conftest import asked, packs


def test_the_sheet_for_the_supplier(get, drafted):
    text = get("station-purchase-print", drafted.pk).content.decode()
    assert "采购单 CG-0001（草稿）" in text
    assert "DM5" in text
    assert "50 袋" in text


def test_the_spreadsheet_holds_figures_and_no_formulas(get, station, farm, drafted, rice):
    product = rice.record.product
    product.title = '=HYPERLINK("http://x.test")'
    product.save()
    answer = get("station-purchase-export", drafted.pk)
    assert 'filename="CG-0001.xlsx"' in answer["Content-Disposition"]
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert book.sheetnames == ["CG-0001", "说明"]
    header, first, second = book["CG-0001"].values
    assert header[:4] == ("货号", "货品", "单位", "件数")
    assert first == ("DM5", '\'=HYPERLINK("http://x.test")', "袋", 10, 5, 50, 140, 1400)
    assert second == (None, "鸡蛋", "板", 4, 1, 4, None, None)


def test_the_words_for_a_chat(get, station, drafted, staff):
    purchasing.place(drafted, by=staff)
    day = timezone.localtime(drafted.placed_at).date() + timezone.timedelta(days=1)
    page = get("station-purchase", drafted.pk)
    assert page.context["message"].split("\n") == [
        "东湖驿站 采购单 CG-0001",
        "1. DM5 大米 ×10 件（一件 5 袋）",
        "2. 鸡蛋 ×4 件（一件 1 板）",
        f"请 {day.month}月{day.day}日 送到。",
        "驿站电话：021-55550100",
    ]


# --- lists and people ----------------------------------------------------------------------------
def test_what_is_open_and_what_is_over(get, client, station, farm, rice, drafted, staff):
    over = purchasing.draft(station, farm, [Wanted(rice.pk, 2, 5, Decimal("140"))], by=staff)
    purchasing.cancel(over, by=staff)
    [listed] = get("station-purchases").context["purchases"]
    assert (listed, listed.goods, listed.cost, listed.unpriced) == (
        drafted,
        2,
        Decimal("1400.00"),
        1,
    )
    page = client.get(reverse("station-purchases") + "?ended")
    assert list(page.context["purchases"]) == [over]


ABOUT_ONE = [
    "station-purchase",
    "station-purchase-place",
    "station-purchase-cancel",
    "station-purchase-finish",
    "station-purchase-split",
]


@pytest.mark.parametrize("name", ABOUT_ONE)
def test_a_stranger_changes_nothing(client, stranger, drafted, name):
    client.force_login(stranger)
    said = packs(drafted, 大米=1) | {"nonce": str(uuid4()), "place": "1"}
    assert client.post(reverse(name, args=[drafted.pk]), said).status_code == 404
    purchase = Purchase.objects.get()
    assert (purchase.status, asked(purchase)) == ("draft", {"大米": 10, "鸡蛋": 4})


@pytest.mark.parametrize("name", ABOUT_ONE[1:4])
def test_steps_are_not_taken_by_looking(get, drafted, name):
    assert get(name, drafted.pk).status_code == 405
    assert Purchase.objects.get().status == "draft"


def test_a_key_nobody_has(get):
    for key in (0, 10**17, 10**30):
        assert get("station-purchase", key).status_code == 404


@pytest.mark.parametrize(
    "name", ["station-purchases", "station-purchase", "station-purchase-new",
             "station-purchase-split", "station-purchase-print", "station-purchase-export"]
)  # fmt: skip
@pytest.mark.parametrize("status", ["draft", "placed"])
def test_the_cost_does_not_grow(get, station, farm, staff, name, status):
    def queries(goods: int) -> int:
        items = [factories.item(station, f"货{number}") for number in range(goods)]
        for item in items:
            factories.offer(farm, item)
        lines = [Wanted(item.pk, 1) for item in items]
        made = [purchasing.draft(station, farm, lines, by=staff) for _ in range(3)][-1]
        if status == "placed":
            purchasing.place(made, by=staff)
        about = {"station-purchases": [], "station-purchase-new": [farm.pk]}.get(name, [made.pk])
        with CaptureQueriesContext(connection) as taken:
            assert get(name, *about).status_code == 200
        return len(taken)

    queries(1)
    assert queries(3) == queries(23)
