"""Which export it is, and what its lines say."""

import pytest

from inventory.sheets import SheetError
from shop.group_buys import formats
from shop.group_buys.formats import qunjielong
from tests import workbooks
from tests.shop.group_buys import exports


def test_kuaituantuan_in_any_order_under_a_title():
    data = workbooks.xlsx(
        [
            ["XX村蔬菜团 4月5日"],
            ["详细地址", "数量", "商品", "规格", "联系电话", "跟团号", "团员备注"],
            ["12-2-302", "３份", "上海青", "2斤/份", "+86 138 0013 8000", 7, "放门口"],
        ]
    )
    export = formats.parse(data, "x.xlsx")
    [line] = export.lines
    assert export.label == "快团团"
    assert (line.number, line.goods, line.spec, line.units) == ("7", "上海青", "2斤/份", 3)
    assert (line.phone, line.address, line.note) == ("13800138000", "12-2-302", "放门口")
    assert line.cells["address"] == "A3"


def test_qunjielong_is_named_by_its_file_and_its_total_is_no_order():
    export = formats.parse(
        exports.qunjielong(("13800138000", "12-2-302", 3)), "jielong-鲜鸡蛋.xlsx"
    )
    assert export.label == "群接龙"
    assert [(line.goods, line.units) for line in export.lines] == [("鲜鸡蛋", 3)]


@pytest.mark.parametrize(
    ("name", "goods"),
    [
        ("jielong-鲜鸡蛋", "鲜鸡蛋"),
        ("群接龙_东北大米 10kg_20220405 (1)", "东北大米 10kg"),
        ("接龙鲜鸡蛋导出", "鲜鸡蛋"),
        ("4月5日 土豆接龙", "土豆"),
        ("接龙", ""),
    ],
)
def test_what_a_file_name_names(name, goods):
    assert qunjielong.named(name) == goods


def test_a_phone_that_cannot_be_right_leaves_the_address():
    [line] = formats.parse(
        exports.kuaituantuan((1, "土豆", 1, "1380013", "12-2-302")), "x.xlsx"
    ).lines
    assert line.phone == ""


@pytest.mark.parametrize(
    ("row", "cell", "reason"),
    [
        ((1, "土豆", 0, "13800138000", ""), "F2", "数量是0，不要了就删掉这一行"),
        ((1, "土豆", -1, "13800138000", ""), "F2", "“-1”是负数，数量不能小于0"),
        ((1, "土豆", 1.5, "13800138000", ""), "F2", "“1.5”不是整数，数量请填整数"),
        ((1, "土豆", 100, "13800138000", ""), "F2", "“100”太大，数量最多99，请核对"),
        ((1, "土豆", "三四袋", "13800138000", ""), "F2", "“三四袋”不是数量，请填一个数字"),
        ((1, None, 1, "13800138000", ""), "D2", "没有填“商品”"),
        ((1, "土豆", 1, "138", ""), "J2", "没有能用的电话，也没有地址"),
        ((1, "土豆", 1, "13800138000", "长" * 121), "J2", None),
        (
            (1, "土豆", 1, "13800138000", "", {"退款金额": "3.00"}),
            "H2",
            "退了一部分款，请把数量改成还要的，再清掉这一格",
        ),
    ],
)
def test_a_cell_that_cannot_be_right_is_named(row, cell, reason):
    good = (2, "土豆", 1, "13900139000", "1-1-101")
    export = formats.parse(exports.kuaituantuan(row, good), "x.xlsx")
    assert [line.number for line in export.lines] == ["2"]
    [bad] = export.bad
    assert bad.cell == cell
    assert reason in (None, bad.reason)


def test_what_was_paid_back_or_cancelled_is_left_out_and_said():
    data = exports.kuaituantuan(
        (1, "土豆", 1, "13800138000", "", {"退款金额": "10.00"}),
        (2, "土豆", 1, "13800138000", "", {"订单状态": "已取消"}),
        (3, "土豆", 1, "13800138000", "", {"订单状态": "待发货"}),
        header=[*exports.KUAITUANTUAN, "订单状态"],
    )
    export = formats.parse(data, "x.xlsx")
    assert [line.number for line in export.lines] == ["3"]
    assert export.notes == ["已退款或取消的行没有导入：2、3"]


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"", "x.xlsx", "这个文件是空的"),
        (b"PK\x03\x04nonsense", "x.xlsx", "打不开"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "x.xls", "旧版的 .xls"),
        (b"MZ", "x.exe", "只能读 .xlsx 或 .csv"),
        (workbooks.xlsx([["姓名", "年龄"], ["某人", 3]]), "x.xlsx", "不像是这几种导出的表格"),
        (workbooks.xlsx([["跟团号", "商品", "数量"], [1, "土豆", 3]]), "x.xlsx", "也没有收货地址"),
        (b"\x00\x01,\x02", "x.csv", "不是 .csv 表格"),
    ],
)
def test_what_is_no_export_is_refused_in_a_sentence(data, name, said):
    with pytest.raises(SheetError, match=said):
        formats.parse(data, name)


def test_csv_is_an_export_too():
    data = workbooks.csv(
        [["跟团号", "商品", "数量", "联系电话"], ["1", "土豆", "2", "13800138000"]]
    )
    assert [line.units for line in formats.parse(data, "x.csv").lines] == [2]
