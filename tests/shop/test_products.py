"""A list of goods is applied to a station, again and again."""

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from oscar.core.loading import get_model

from inventory import stock
from inventory.models import Item, Move, Station
from shop import pricelists, products
from shop.symbols import symbol
from tests import factories
from tests.workbooks import csv

Category = get_model("catalogue", "Category")
Product = get_model("catalogue", "Product")
ProductCategory = get_model("catalogue", "ProductCategory")
StockRecord = get_model("partner", "StockRecord")

HEADER = ("编码", "分类", "品名", "单位", "重量", "进价", "库存", "每户限购", "冷藏", "货架")
LINES = [
    ("V01", "蔬菜", "上海青 2 斤", "份", "1000克", "6.40", 40, 3, None, "A1"),
    ("V07", "蔬菜", "土豆 5 斤", "袋", "2500克", "11.50", 60, None, None, "A3"),
    ("M01", "肉禽", "五花肉 2 斤", "份", "1000克", "31.60", 20, 1, "是", "C3"),
]


def goods(*lines, header=HEADER):
    return pricelists.parse(csv([header, *(lines or LINES)]), "goods.csv")


def changed(line, **cells):
    """The line with other cells, by number of the column."""
    return tuple(cells.get(f"c{number}", cell) for number, cell in enumerate(line))


def everything() -> list[tuple]:
    rows: list[tuple] = []
    for model in (Product, StockRecord, Item, ProductCategory, Category, Move):
        rows += model.objects.order_by("pk").values_list()
    return rows


def on_sale() -> list[tuple]:
    """code, title, price, in stock, unit, grams, limit, cold, shelf"""
    return list(
        StockRecord.objects.order_by("pk").values_list(
            "partner_sku",
            "product__title",
            "price",
            "num_in_stock",
            "item__unit",
            "item__weight_g",
            "item__household_limit",
            "item__cold",
            "item__shelf",
        )
    )


@pytest.mark.django_db
class TestApply:
    def test_puts_goods_on_sale_at_cost(self, station):
        report = products.apply(station, goods())

        assert (report.new, report.changed, report.unchanged, report.bad) == (3, 0, 0, [])
        assert report.made == ["蔬菜", "肉禽"]
        assert on_sale() == [
            ("V01", "上海青 2 斤", Decimal("6.40"), 40, "份", 1000, 3, False, "A1"),
            ("V07", "土豆 5 斤", Decimal("11.50"), 60, "袋", 2500, None, False, "A3"),
            ("M01", "五花肉 2 斤", Decimal("31.60"), 20, "份", 1000, 1, True, "C3"),
        ]
        assert list(
            Product.objects.order_by("pk").values_list("slug", "categories__name", "is_public")
        ) == [
            ("上海青-2-斤", "蔬菜", True),
            ("土豆-5-斤", "蔬菜", True),
            ("五花肉-2-斤", "肉禽", True),
        ]
        assert {product.get_product_class().track_stock for product in Product.objects.all()} == {
            True
        }
        assert list(
            Move.objects.order_by("item").values_list("kind", "in_stock_delta", "unit_cost")
        ) == [
            ("opening", 40, Decimal("6.40")),
            ("opening", 60, Decimal("11.50")),
            ("opening", 20, Decimal("31.60")),
        ]

    def test_twice_changes_nothing(self, station):
        products.apply(station, goods())
        before = everything()
        report = products.apply(station, goods())
        assert (report.new, report.changed, report.unchanged) == (0, 0, 3)
        assert everything() == before

    def test_a_corrected_file_fixes_just_those(self, station):
        products.apply(station, goods())
        before = everything()
        corrected = [
            LINES[0],
            changed(LINES[1], c2="黄心土豆 5 斤", c5="12.00", c6=55, c7=2),
            LINES[2],
        ]
        report = products.apply(station, goods(*corrected))

        assert [(c.key, c.fields) for c in report.changes] == [
            (("V07",), ("name", "limit", "stock", "cost"))
        ]
        assert report.unchanged == 2
        assert on_sale()[1] == (
            *("V07", "黄心土豆 5 斤", Decimal("12.00"), 55),
            *("袋", 2500, 2, False, "A3"),
        )
        # The product, its stock record, its item, and one move: nothing else is new.
        assert len([row for row in everything() if row not in before]) == 4

    def test_a_dry_run_says_the_same_and_writes_nothing(self, station):
        dry = products.apply(station, goods(), dry_run=True)
        assert (Product.objects.count(), Category.objects.count()) == (0, 0)
        assert dry == products.apply(station, goods())

    def test_what_was_sold_in_between_stays_sold(self, station):
        products.apply(station, goods())
        record = StockRecord.objects.get(partner_sku="V01")
        stock.reserve([stock.Promise(factories.order().pk, record.pk, 10, Decimal("6.40"))])
        report = products.apply(station, goods())
        assert (report.changed, report.unchanged) == (0, 3)
        products.apply(station, goods(changed(LINES[0], c6=45)))
        record.refresh_from_db()
        assert (record.num_in_stock, record.num_allocated) == (45, 10)

    def test_less_stock_than_orders_hold_is_a_bad_cell(self, station):
        products.apply(station, goods())
        record = StockRecord.objects.get(partner_sku="V01")
        stock.reserve([stock.Promise(factories.order().pk, record.pk, 10, Decimal("6.40"))])
        report = products.apply(station, goods(changed(LINES[0], c5="6.00", c6=9), LINES[1]))

        assert [(cell.cell, cell.reason) for cell in report.bad] == [
            ("G2", "库存9太少：已经卖出0，还给订单留着10。库存没有改")
        ]
        assert report.changes[0].fields == ("cost",)
        record.refresh_from_db()
        assert (record.num_in_stock, record.price) == (40, Decimal("6.00"))

    def test_columns_the_file_lacks_are_left_alone(self, station):
        products.apply(station, goods())
        header = ("编码", "品名", "进价")
        report = products.apply(station, goods(("V01", "上海青 2 斤", "6.40"), header=header))
        assert (report.changed, report.unchanged) == (0, 1)
        report = products.apply(station, goods(("V01", "上海青 2 斤", "7.10"), header=header))
        assert report.changes[0].fields == ("cost",)
        assert on_sale()[0][2:4] == (Decimal("7.10"), 40)

    def test_goods_move_to_another_category(self, station):
        products.apply(station, goods())
        report = products.apply(station, goods(changed(LINES[2], c1="生鲜")))
        assert (report.made, report.changes[0].fields) == (["生鲜"], ("category",))
        assert list(Product.objects.get(title="五花肉 2 斤").categories.all()) == [
            Category.objects.get(name="生鲜")
        ]

    def test_goods_without_code_go_by_name_and_unit(self, station):
        header = ("品名", "单位", "进价", "库存")
        plain = goods(("鸡蛋", "板", 27.5, 10), ("鸡蛋", "盒", 9.6, 5), header=header)
        assert products.apply(station, plain).new == 2
        assert products.apply(station, plain).unchanged == 2
        assert [row[0] for row in on_sale()] == ["鸡蛋/板", "鸡蛋/盒"]
        assert set(Product.objects.values_list("categories__name", flat=True)) == {"其他"}

        with_code = goods(("E01", "鸡蛋", "板", 27.5, 10), header=("编码", *header))
        report = products.apply(station, with_code)
        assert (report.new, report.changes[0].fields) == (0, ("sku",))
        assert [row[0] for row in on_sale()] == ["E01", "鸡蛋/盒"]

    def test_each_station_has_its_own_goods(self, station, other_station):
        products.apply(station, goods())
        report = products.apply(other_station, goods(changed(LINES[0], c2="别的")))
        assert report.new == 1
        assert on_sale()[0][1] == "上海青 2 斤"

    def test_what_is_off_sale_stays_off_sale_and_is_named(self, station):
        products.apply(station, goods())
        Product.objects.filter(title="土豆 5 斤").update(is_public=False)
        report = products.apply(station, goods(*[changed(line, c6=99) for line in LINES]))
        assert report.changed == 3
        assert report.notes == [
            "有 1 样货已经下架，导入后还是不卖，要卖请到货品页重新上架：土豆 5 斤"
        ]
        assert Product.objects.filter(is_public=False).count() == 1

    def test_a_count_of_what_is_left_puts_nothing_back(self, station):
        products.apply(station, goods())
        StockRecord.objects.update(num_in_stock=10)  # the others were sold
        now = goods(*[changed(line, c6=60) for line in LINES], header=(*HEADER[:6], "现有库存"))
        report = products.apply(station, now)
        assert (report.changed, report.unchanged) == (0, 3)
        assert set(StockRecord.objects.values_list("num_in_stock", flat=True)) == {10}

    def test_goods_made_in_the_dashboard_get_their_item(self, station):
        made = factories.item(station, "上海青 2 斤", price="6.40", in_stock=0)
        StockRecord.objects.filter(pk=made.record_id).update(partner_sku="V01")
        made.delete()
        report = products.apply(station, goods(LINES[0]))
        assert (report.new, report.changed) == (0, 1)
        assert on_sale() == [
            ("V01", "上海青 2 斤", Decimal("6.40"), 40, "份", 1000, 3, False, "A1")
        ]

    def bought(self, station, code, units="10", cost="7.00", **fields):
        record = StockRecord.objects.get(partner_sku=code)
        Item.objects.filter(record=record).update(**fields)
        factories.received(station, record.item, int(units), cost)
        return record

    def test_the_list_again_is_nothing_new_for_goods_that_were_bought(self, station):
        products.apply(station, goods())
        record = self.bought(station, "V01", units=40, cost="280.00")
        before = everything()
        report = products.apply(station, goods())
        assert (report.changed, report.unchanged, report.bad) == (0, 3, [])
        assert everything() == before
        record.refresh_from_db()
        assert (record.num_in_stock, record.price) == (80, Decimal("6.70"))

    def test_stock_and_cost_of_bought_goods_are_bad_cells_and_the_rest_applies(self, station):
        products.apply(station, goods())
        self.bought(station, "V01", units=40, cost="280.00")
        said = changed(LINES[0], c5="6.90", c6=90, c7=2)
        report = products.apply(station, goods(said, *LINES[1:]))
        assert [(cell.cell, cell.value, cell.reason) for cell in report.bad] == [
            ("G2", "90", "这样货已经按进货单记库存，数不对请盘点。库存没有改"),
            ("F2", "6.90", "这样货已经按进货单记库存和进价，清单不能再改。"),
        ]
        assert [change.fields for change in report.changes] == [("limit",)]
        assert on_sale()[0][2:7] == (Decimal("6.70"), 80, "份", 1000, 2)

    def test_a_list_says_the_next_ceiling_of_a_pre_ordered_good_once_it_is_sold(self, station):
        products.apply(station, goods(changed(LINES[0], c6=0)))
        record = self.bought(station, "V01", units=5, cost="30.00", selling="preorder")
        dearer = changed(LINES[0], c5="8.00", c6=0)
        report = products.apply(station, goods(dearer))
        assert [cell.reason for cell in report.bad] == ["还有 5 份没卖掉，卖完再改封顶价。"]
        stock.reserve([stock.Promise(factories.order().pk, record.pk, 5, Decimal("6.00"))])
        report = products.apply(station, goods(dearer))
        assert (report.bad, [change.fields for change in report.changes]) == ([], [("cost",)])
        assert on_sale()[0][2] == Decimal("8.00")

    def test_the_same_queries_for_3_goods_and_for_60(self, station):
        def queries(rows, **options):
            with CaptureQueriesContext(connection) as captured:
                products.apply(station, rows, **options)
            return len(captured)

        many = goods(
            *(("", "蔬菜", f"菜{i}", "份", "500克", "2", 9, None, None, "A") for i in range(60))
        )
        few = goods(
            *(("", "蔬菜", f"瓜{i}", "份", "500克", "2", 9, None, None, "A") for i in range(3))
        )
        products.apply(station, goods(LINES[0]))
        assert queries(many) == queries(few)


@pytest.mark.django_db
class TestCommand:
    @pytest.fixture
    def path(self, tmp_path):
        path = tmp_path / "货品.csv"
        path.write_bytes(
            csv([HEADER, *LINES, changed(LINES[0], c0="X", c2="坏的", c5="贵")], "gb18030")
        )
        return path

    def command(self, *args, **options) -> str:
        out = StringIO()
        call_command("import_products", *args, stdout=out, **options)
        return out.getvalue()

    def test_makes_a_station_and_says_what_is_wrong_by_cell(self, path):
        assert self.command(path).splitlines() == [
            "F5 进价：“贵”不是金额，成本价请填数字，如 12.50",
            "惠民驿站：新增 3 样货，改动 0，不变 0。",
            "有问题的格 1 个，列在上面；改好了再导入一次就行。",
        ]
        assert Station.objects.get().code == "station"
        assert "新增 0 样货，改动 0，不变 3。" in self.command(path)

    def test_a_dry_run_leaves_an_empty_database_empty(self, path):
        assert "新增 3 样货" in self.command(path, dry_run=True)
        assert (Station.objects.count(), Product.objects.count()) == (0, 0)

    def test_json(self, path):
        figures = json.loads(self.command(path, json=True))
        assert (figures["new"], figures["made"]) == (3, ["蔬菜", "肉禽"])
        assert [(c["cell"], c["value"]) for c in figures["bad"]] == [("F5", "贵")]

    def test_a_file_that_is_no_list(self, tmp_path):
        path = tmp_path / "doors.csv"
        path.write_bytes(csv([("网格", "楼栋"), ("一网格", "1")]))
        with pytest.raises(CommandError, match="缺少：品名、成本价"):
            self.command(path)


@pytest.mark.parametrize(
    ("title", "category", "expected"),
    [
        ("鲜鸡蛋 30 枚", "蛋奶", "🥚"),
        ("米醋 500 毫升", "调味", "🍶"),
        ("方便面 5 连包", "速食", "🍜"),
        ("面巾纸", "日用", "🧻"),
        ("婴儿奶粉 900 克", "母婴", "🍼"),
        ("没听说过的", "蔬菜", "🥬"),
        ("没听说过的", "", "📦"),
    ],
)
def test_symbols(title, category, expected):
    assert symbol(title, category) == expected


@pytest.mark.django_db
def test_how_a_good_is_sold_is_changed_only_by_a_list_that_says_it(station):
    header = ("编码", "品名", "进价", "怎么卖", "最低库存", "不够分时")
    products.apply(station, goods(("V09", "菠菜", "2.40", "预订", 5, "按人口分"), header=header))

    def item() -> tuple:
        return Item.objects.values_list("selling", "minimum", "share_rule").get()

    assert item() == ("preorder", 5, "people")
    again = goods(("V09", "菠菜", "2.40", None, None, None), header=header)
    assert products.apply(station, again).unchanged == 1
    assert products.apply(station, goods(("V09", "菠菜", "2.40"), header=header[:3])).unchanged == 1
    assert item() == ("preorder", 5, "people")
    report = products.apply(station, goods(("V09", "菠菜", "2.40", "现货", 0, ""), header=header))
    assert [change.fields for change in report.changes] == [("selling", "minimum")]
    assert item() == ("stock", 0, "people")
