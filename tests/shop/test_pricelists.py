"""The goods list: what a supplier or group leader keeps, read to goods with a cost."""

from decimal import Decimal

import pytest

from inventory.sheets import SheetError
from shop import pricelists
from tests.workbooks import csv, xlsx

TITLES = ["编码", "品名", "分类", "单位", "重量", "成本价", "库存", "每户限购", "冷藏", "货架"]
EGGS = ["A01", "鲜鸡蛋（30枚）", "蛋奶", "板", "1.8kg", "¥24.80", "120板", 2, "是", "C-3"]


def parse(*lines, merges=()):
    return pricelists.parse(xlsx(lines, merges), "价目.xlsx")


def changed(**values):
    """The eggs with some of their cells typed otherwise."""
    return [values.get(title, cell) for title, cell in zip(TITLES, EGGS, strict=True)]


def bad(*lines):
    return [(cell.cell, cell.reason) for cell in parse(TITLES, *lines).bad]


def test_a_good():
    (good,) = parse(["本周价目"], TITLES, EGGS, ["合计", None, None, None, None, 24.8, 120]).goods
    assert good == pricelists.GoodsRow(
        sku="A01",
        name="鲜鸡蛋(30枚)",
        category="蛋奶",
        unit="板",
        weight_g=1800,
        cost=Decimal("24.80"),
        stock=120,
        limit=2,
        cold=True,
        shelf="C-3",
        row=3,
        cells={
            "sku": "A3",
            "name": "B3",
            "category": "C3",
            "unit": "D3",
            "weight_g": "E3",
            "cost": "F3",
            "stock": "G3",
            "limit": "H3",
            "cold": "I3",
            "shelf": "J3",
        },
    )
    assert good.key == ("A01",)


def test_a_name_and_a_cost_are_enough():
    (good,) = parse(["进价（元）", "商品名称"], [3, "青菜"]).goods
    assert (good.name, good.cost, good.key) == ("青菜", Decimal("3.00"), ("青菜", ""))
    assert (good.sku, good.category, good.unit, good.shelf) == ("", "", "", "")
    assert (good.weight_g, good.stock, good.limit, good.cold) == (None, None, None, False)


def test_english_titles_in_another_order_in_a_chinese_text_export():
    data = csv(
        [
            ["Shelf", "Unit cost", "Item name", "Cold chain", "Qty", "Weight (kg)", "Limit", "SKU"],
            ["B1", "58", "大米", "no", "40", "10", "", "0042"],
        ],
        "gb18030",
        ";",
    )
    (good,) = pricelists.parse(data, "prices.csv").goods
    assert (good.sku, good.name, good.cost, good.stock) == ("0042", "大米", Decimal("58.00"), 40)
    assert (good.weight_g, good.limit, good.cold, good.shelf) == (10_000, None, False, "B1")


@pytest.mark.parametrize(
    ("title", "typed", "grams"),
    [
        ("重量", "500g", 500),
        ("重量", 500, 500),
        ("重量（公斤）", 1.5, 1500),
        ("重量(kg)", "2斤", 1000),
        ("净重（斤）", "2", 1000),
        ("重量（克）", 250, 250),
    ],
)
def test_weight_by_what_the_header_says(title, typed, grams):
    (good,) = parse(["品名", "进价", title], ["青菜", 3, typed]).goods
    assert good.weight_g == grams


@pytest.mark.parametrize(
    ("typed", "cold"),
    [("冷藏", True), ("冷冻", True), ("yes", True), ("常温", False), ("否", False), (None, False)],
)
def test_cold(typed, cold):
    (good,) = parse(TITLES, changed(冷藏=typed)).goods
    assert good.cold is cold


def test_categories_merged_or_given_once_are_filled_down():
    lines = [changed(编码=None, 品名=name, 分类=None) for name in ("甲", "乙", "丙")]
    lines[0][2] = "蔬菜"
    assert [good.category for good in parse(TITLES, *lines, merges=["C2:C4"]).goods] == ["蔬菜"] * 3
    assert [good.category for good in parse(TITLES, *lines).goods] == ["蔬菜"] * 3


def test_bad_cells_are_named_and_the_rest_is_read():
    read = parse(
        TITLES,
        changed(品名=None, 成本价="面议", 库存=-1),
        changed(编码="A02", 成本价=-0.01, 每户限购=0),
        changed(编码="A03", 成本价="100000.01", 重量="很重", 冷藏="也许"),
        changed(编码="A04", 成本价="1.005", 库存="若干"),
        changed(编码="A05", 成本价=0, 库存=0, 每户限购="不限"),
        changed(编码="A06", 成本价=100_000, 每户限购=1),
    )
    assert [(cell.cell, cell.reason) for cell in read.bad] == [
        ("B2", "没有填“品名”"),
        ("F2", "“面议”不是金额，成本价请填数字，如 12.50"),
        ("G2", "“-1”是负数，库存不能小于0"),
        ("F3", "“-0.01”是负数，成本价不能小于0"),
        ("H3", "每户限购至少是1，不限购就留空"),
        ("E4", "“很重”不是重量，请写成“500克”或“1.5公斤”"),
        ("F4", "“100000.01”太大，成本价最多100000元，请核对"),
        ("I4", "“也许”看不懂，请填“是”或“否”"),
        ("F5", "“1.005”不到分，成本价最多两位小数"),
        ("G5", "“若干”不是库存，请填一个数字"),
    ]
    assert [(good.sku, good.cost, good.stock, good.limit) for good in read.goods] == [
        ("A05", Decimal("0.00"), 0, None),
        ("A06", Decimal("100000.00"), 120, 1),
    ]


def test_a_good_listed_twice_is_one_good_and_the_first_row_stands():
    read = parse(TITLES, EGGS, changed(成本价=26, 库存=5, 货架=None))
    assert [(good.row, good.cost, good.stock) for good in read.goods] == [
        (2, Decimal("24.80"), 120)
    ]
    assert [(repeat.row, repeat.first, repeat.sentence) for repeat in read.repeats] == [
        (
            3,
            2,
            "第3行和第2行是同一货品（鲜鸡蛋(30枚)），以第2行为准；没有采用第3行的成本价、库存",
        )
    ]


def test_without_a_code_name_and_unit_make_the_good():
    plain = changed(编码=None)
    read = parse(TITLES, plain, changed(编码=None, 单位="箱"), plain)
    assert [good.key for good in read.goods] == [("鲜鸡蛋(30枚)", "板"), ("鲜鸡蛋(30枚)", "箱")]
    assert [repeat.sentence for repeat in read.repeats] == [
        "第4行和第2行是同一货品（鲜鸡蛋(30枚)），以第2行为准"
    ]


def test_one_code_on_two_goods_is_a_slip_not_a_repeat():
    assert bad(EGGS, changed(品名="大米")) == [
        ("A3", "“A01”已经是第2行“鲜鸡蛋(30枚)”的编码，请核对")
    ]


def test_a_list_without_costs_is_none():
    with pytest.raises(SheetError) as refused:
        parse(["品名", "库存"], ["青菜", 3])
    assert str(refused.value) == (
        "没有找到完整的表头，缺少：成本价（可以写作：成本价、成本、进价、进货价）"
    )


@pytest.mark.parametrize(
    "title",
    [
        "现有库存",
        "现有 库存",
        "库存（现有）",
        "现货",
        "现存数量",
        "剩余数量",
        "on_hand",
        "Stock on hand",
    ],
)
def test_what_is_there_now_is_no_opening_stock(title):
    read = parse(["品名", "成本价", title], ["青菜", 3, 60])
    assert read.goods[0].stock is None
    assert [note.startswith("没有用到这些列：") for note in read.notes] == [True]


def test_the_opening_stock_is_found_beside_what_is_there_now():
    read = parse(["品名", "成本价", "现有库存", "库存"], ["青菜", 3, 10, 60])
    assert read.goods[0].stock == 60
    assert read.notes == ["没有用到这些列：现有库存"]


MORE = ["品名", "成本价", "库存", "怎么卖", "最低库存", "不够分时"]


def test_how_it_is_sold_and_shared_out():
    goods = parse(
        MORE,
        ["菠菜", 2.4, None, "预订", 0, "按人口分"],
        ["土豆", 2.3, 50, "现货", "20袋", "平均"],
        ["青菜", 3, 10, None, None, None],
    ).goods
    said = [(good.selling, good.minimum, good.share_rule, good.stock) for good in goods]
    assert said == [
        ("preorder", 0, "people", None),
        ("stock", 20, "equal", 50),
        (None, None, None, 10),
    ]


def test_what_cannot_be_a_way_to_sell_or_share():
    assert bad_of(MORE, ["菠菜", 2.4, 1, "拍卖", -1, "抽签"]) == [
        ("D2", "“拍卖”看不懂，请填其中一样：现货、预订，收单后采购"),
        ("E2", "“-1”是负数，最低库存不能小于0"),
        ("F2", "“抽签”看不懂，请填其中一样：先下单先得、每户一样多、按人口分、先照顾有特殊情况的"),
    ]


def bad_of(*lines):
    return [(cell.cell, cell.reason) for cell in parse(*lines).bad]
