"""套餐 in the console: made, changed, taken off sale."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.models import Item
from shop import bundles, pricelists, products
from tests import factories, workbooks

NEW = reverse("station-bundle-new")


@pytest.fixture
def greens(station):
    return factories.item(station, "上海青", price="6.40")


@pytest.fixture
def eggs(station):
    return factories.item(station, "鲜鸡蛋", price="24.80", in_stock=5, unit="板")


@pytest.fixture
def fresh(station, greens, eggs):
    return factories.bundle(station, {greens: 2, eggs: 1}, "生鲜套餐")


def said(name: str, *parts) -> dict:
    rows = {f"item_{n}": getattr(item, "pk", item) for n, (item, _units) in enumerate(parts)}
    return {"name": name} | rows | {f"units_{n}": units for n, (_i, units) in enumerate(parts)}


def made() -> list[tuple[str, dict[str, int]]]:
    found = Item.objects.filter(selling="bundle").order_by("pk")
    return [
        (
            item.record.product.title,
            {row.part.record.product.title: row.units for row in item.parts.order_by("pk")},
        )
        for item in found
    ]


def test_a_bundle_is_put_together(client, staff, greens, eggs):
    client.force_login(staff)
    assert client.get(NEW).status_code == 200
    answer = client.post(NEW, said("生鲜套餐", (greens, 2), (0, ""), (eggs, "")), follow=True)
    assert made() == [("生鲜套餐", {"上海青": 2, "鲜鸡蛋": 1})]
    assert "“生鲜套餐”上架了，居民能买了。" in answer.text
    assert "¥37.60" in answer.text
    assert Item.objects.filter(bundles.for_sale(), selling="bundle").exists()
    shelves = Item.objects.get(selling="bundle").record.product.categories
    assert [shelf.name for shelf in shelves.all()] == ["套餐"]


def test_a_second_tap_makes_no_second_one(client, staff, greens):
    client.force_login(staff)
    for status in (302, 400):
        assert client.post(NEW, said("生鲜套餐", (greens, 2))).status_code == status
    assert len(made()) == 1


@pytest.mark.parametrize(
    ("name", "units", "words"),
    [
        ("", 1, "请给套餐起个名字。"),
        ("套" * 41, 1, "名字最多 40 个字。"),
        ("a\x00b", 1, "里面有看不见的怪字符"),
        ("套餐", "-1", "份数请填 1 到 20。"),
        ("套餐", "9" * 400, "份数请填 1 到 20。"),
        ("套餐", "两", "份数请填 1 到 20。"),
    ],
)
def test_what_cannot_be_is_said_and_kept(client, staff, greens, name, units, words):
    client.force_login(staff)
    answer = client.post(NEW, said(name, (greens, units)))
    assert answer.status_code == 400
    assert words in answer.text
    assert f'<option value="{greens.pk}" selected>' in answer.text
    assert made() == []


def test_nor_another_stations_goods_nor_a_good_twice(client, staff, greens, other_station):
    client.force_login(staff)
    theirs = factories.item(other_station)
    for parts, words in (
        ([(theirs, 1)], "请从列出来的里面选一样。"),
        ([("x", 1)], "请从列出来的里面选一样。"),
        ([(greens, 1), (greens, 2)], "这样货写了两次"),
        ([], "套餐里要有 1 到 12 样货。"),
    ):
        answer = client.post(NEW, said("套餐", *parts))
        assert (answer.status_code, words in answer.text) == (400, True), words
    assert made() == []


def test_it_is_changed(client, staff, fresh, eggs):
    client.force_login(staff)
    here = reverse("station-bundle", args=[fresh.pk])
    assert 'value="生鲜套餐"' in client.get(here).text
    client.post(here, said("鸡蛋套餐", (eggs, 2)))
    assert made() == [("鸡蛋套餐", {"鲜鸡蛋": 2})]
    assert client.post(here, said("", (eggs, 3))).status_code == 400
    assert made() == [("鸡蛋套餐", {"鲜鸡蛋": 2})]


def test_it_is_taken_off_sale_and_put_back(client, staff, fresh):
    client.force_login(staff)
    here = reverse("station-bundle", args=[fresh.pk])
    for on_sale in ("0", "1"):
        client.post(here, {"on_sale": on_sale})
        found = Item.objects.filter(bundles.for_sale(), pk=fresh.pk)
        assert found.exists() == (on_sale == "1")


def test_the_list_says_what_is_missing(client, staff, fresh, eggs):
    client.force_login(staff)
    text = client.get(reverse("station-bundles")).text
    assert "上海青 ×2、鲜鸡蛋 ×1" in text
    assert "¥37.60" in text
    products.set_on_sale(eggs, False)
    assert "里面有货下架了" in client.get(reverse("station-bundles")).text


def test_the_list_costs_the_same_for_three_and_for_twenty_three(client, staff, station, greens):
    client.force_login(staff)

    def queries(count: int) -> int:
        for _number in range(count):
            factories.bundle(station, {greens: 1})
        with CaptureQueriesContext(connection) as run:
            client.get(reverse("station-bundles"))
        return len(run)

    assert queries(3) == queries(20)


def test_among_goods_there_are_no_bundles(client, staff, fresh):
    client.force_login(staff)
    assert "生鲜套餐" not in client.get(reverse("station-goods")).text
    answer = client.get(reverse("station-good", args=[fresh.pk]))
    assert answer["Location"] == reverse("station-bundle", args=[fresh.pk])


def test_a_good_never_becomes_one(client, staff, greens):
    client.force_login(staff)
    here = reverse("station-good", args=[greens.pk])
    assert '"bundle"' not in client.get(here).text
    form = {"unit": "份", "weight_g": 500, "share_rule": "people", "selling": "bundle"}
    assert client.post(here, form).status_code == 400
    greens.refresh_from_db()
    assert greens.selling == "stock"


def test_a_goods_list_leaves_them_alone(station, fresh):
    rows = [["编码", "品名", "单位", "进价", "库存"], [fresh.record.partner_sku, "米", "袋", 9, 5]]
    listed = pricelists.parse(workbooks.xlsx(rows), "goods.xlsx")
    report = products.apply(station, listed)
    assert [cell.reason for cell in report.bad] == ["这是套餐的编码，套餐只在“套餐”那一页改"]
    fresh.record.refresh_from_db()
    assert (fresh.record.price, fresh.record.num_in_stock) == (None, 0)
    assert bundles.parts_of([fresh.record_id])[fresh.record_id].price == Decimal("37.60")
