"""What one cell says: every way people type a thing gives the thing, and a doubt is a sentence."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.sheets import CellError, cells

steady = settings(derandomize=True, max_examples=200, deadline=None)


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("　１２栋 \t 东\n门 ", "12栋 东 门"),
        ("张\u200b三\ufeff\x00", "张三"),
        ("'0123", "0123"),
        (302, "302"),
        (302.0, "302"),
        (1.5, "1.5"),
    ],
    ids=repr,
)
def test_text(typed, clean):
    assert cells.text(typed) == clean


def test_prose_keeps_chinese_punctuation():
    assert cells.prose("  80岁以上；独居（女）\u200b ") == "80岁以上；独居（女）"


def test_text_that_is_a_date_or_does_not_fit():
    with pytest.raises(CellError, match=r"^“2022-03-01 00:00:00”被表格变成了日期，请把这一格"):
        cells.text(datetime.datetime(2022, 3, 1))  # noqa: DTZ001  (a sheet knows no time zones)
    with pytest.raises(CellError, match=r"^“一二三四”太长，最多3个字$"):
        cells.text("一二三四", 3)
    assert cells.text("一二三", 3) == "一二三"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("13800700001", "13800700001"),
        (13800700001, "13800700001"),
        (13800700001.0, "13800700001"),
        ("13800700001.0", "13800700001"),
        ("1.3800700001E+10", "13800700001"),
        ("'138-0070-0001", "13800700001"),
        ("１３８　００７０　０００１", "13800700001"),
        ("+86 138 0070 0001", "13800700001"),
        ("008613800700001", "13800700001"),
        ("8613800700001", "13800700001"),
        ("138–0070–0001（女儿）", "13800700001"),
        ("13800700001、021-12345678", "13800700001"),
        ("13800700001；", "13800700001"),
        ("021-12345678", "021-12345678"),
        ("(021) 1234 5678", "021-12345678"),
        ("02112345678", "021-12345678"),
        ("0571-8123456", "0571-8123456"),
    ],
    ids=repr,
)
def test_phone(typed, number):
    assert cells.phone(typed) == number


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("1880070002", "“1880070002”有10位数字，手机号应是11位"),
        (138007000011.0, "“138007000011”有12位数字，手机号应是11位"),
        ("12800700001", "“12800700001”不是电话号码，请填11位手机号"),
        ("12345678", "“12345678”缺区号，座机请写成 021-12345678 这样"),
        ("1.3800700001E+999999999", "“1.3800700001E+999999999”不是电话号码，请填11位手机号"),
        ("1.38E+10", "“1.38E+10”被表格缩写了，请把这一格设成文字，重新填完整号码"),
        ("不肯说", "“不肯说”不是电话号码，请填11位手机号"),
        ("13800700001/188", "“188”有3位数字，手机号应是11位"),
        (True, "“True”不是电话号码，请填11位手机号"),
    ],
    ids=repr,
)
def test_no_phone(typed, reason):
    with pytest.raises(CellError) as wrong:
        cells.phone(typed)
    assert str(wrong.value) == reason


@steady
@given(
    st.from_regex(r"\A1[3-9][0-9]{9}\Z"),
    st.sampled_from(["", "+86", "+86 ", "86", "0086-", "'", "　"]),
    st.sampled_from(["", " ", "-", "－", "–", "\u200b"]),
    st.booleans(),
)
def test_every_way_of_typing_a_phone_gives_the_phone(number, prefix, between, wide):
    typed = prefix + between.join((number[:3], number[3:7], number[7:]))
    if wide:
        typed = typed.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    assert cells.phone(typed) == number
    assert cells.phone(float(number)) == number


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("3人", 3),
        ("３", 3),
        ("3口", 3),
        ("3 个人", 3),
        (3.0, 3),
        ("3.0", 3),
        (0, 0),
        (50, 50),
        ("三", 3),
        ("两人", 2),
        ("十", 10),
        ("十二口人", 12),
        ("二十", 20),
        ("四十九", 49),
        ("叁", 3),
        ("3 people", 3),
    ],
    ids=repr,
)
def test_count(typed, number):
    assert cells.count(typed, "人数") == number


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("三四个", "“三四个”不是人数，请填一个数字"),
        ("十三四", "“十三四”不是人数，请填一个数字"),
        ("3-4", "“3-4”不是人数，请填一个数字"),
        ("约3人", "“约3人”不是人数，请填一个数字"),
        ("人", "“人”不是人数，请填一个数字"),
        (True, "“True”不是人数，请填一个数字"),
        (float("nan"), "“nan”不是人数，请填一个数字"),
        (float("inf"), "“inf”不是人数，请填一个数字"),
        (-2, "“-2”是负数，人数不能小于0"),
        ("－２人", "“－２人”是负数，人数不能小于0"),
        (2.5, "“2.5”不是整数，人数请填整数"),
        (51, "“51”太大，人数最多50，请核对"),
        ("13800700001", "“13800700001”太大，人数最多50，请核对"),
        ("9" * 5000, "“99999999999999999999999999999…”太大，人数最多50，请核对"),
    ],
    ids=repr,
)
def test_no_count(typed, reason):
    with pytest.raises(CellError) as wrong:
        cells.count(typed, "人数")
    assert str(wrong.value) == reason


def test_chinese_numerals_up_to_99():
    ones = ["", *"一二三四五六七八九"]
    said = [
        ones[n] if n < 10 else ("" if n < 20 else ones[n // 10]) + "十" + ones[n % 10]
        for n in range(1, 100)
    ]
    assert [cells.numeral(numeral) for numeral in said] == list(range(1, 100))
    assert cells.numeral("零") == 0
    assert [cells.numeral(other) for other in ("", "一二", "十十", "百", "几")] == [None] * 5


@steady
@given(st.integers(0, 50), st.sampled_from(["", "人", " 口", "个人", ".0"]))
def test_every_way_of_typing_a_count_gives_the_count(number, counter):
    assert cells.count(f"{number}{counter}", "人数") == number
    assert cells.count(float(number), "人数") == number


@pytest.mark.parametrize(
    ("typed", "yuan"),
    [
        ("¥12.50", "12.50"),
        ("￥１２.５", "12.50"),
        ("12.5元", "12.50"),
        ("1,234.5", "1234.50"),
        (12, "12.00"),
        (0, "0.00"),
        (12.499999999999998, "12.50"),
        ("3.10000", "3.10"),
        (100_000, "100000.00"),
    ],
    ids=repr,
)
def test_money(typed, yuan):
    assert str(cells.money(typed, "成本价")) == yuan


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("面议", "“面议”不是金额，成本价请填数字，如 12.50"),
        ("1,2", "“1,2”不是金额，成本价请填数字，如 12.50"),
        (float("inf"), "“inf”不是金额，成本价请填数字，如 12.50"),
        ("-1", "“-1”是负数，成本价不能小于0"),
        (-0.01, "“-0.01”是负数，成本价不能小于0"),
        ("1.005", "“1.005”不到分，成本价最多两位小数"),
        (1 / 3, "“0.3333333333333333”不到分，成本价最多两位小数"),
        ("100000.01", "“100000.01”太大，成本价最多100000元，请核对"),
    ],
    ids=repr,
)
def test_no_money(typed, reason):
    with pytest.raises(CellError) as wrong:
        cells.money(typed, "成本价")
    assert str(wrong.value) == reason


@steady
@given(st.integers(0, 10_000_000), st.sampled_from(["", "¥", "￥"]), st.sampled_from(["", "元"]))
def test_money_is_never_rounded(fen, before, after):
    yuan = Decimal(fen) / 100
    assert cells.money(f"{before}{yuan}{after}", "成本价") == yuan
    assert cells.money(float(yuan), "成本价") == yuan


@pytest.mark.parametrize(
    ("typed", "grams"),
    [
        ("500g", 500),
        ("500 克", 500),
        ("1.5kg", 1500),
        ("１.５ＫＧ", 1500),
        ("2斤", 1000),
        ("2公斤", 2000),
        ("0.5千克", 500),
        ("1两", 50),
        (500, 500),
        ("2g", 2),
        ("1000公斤", 1_000_000),
    ],
    ids=repr,
)
def test_grams(typed, grams):
    assert cells.grams(typed) == grams


def test_grams_of_bare_numbers_where_the_header_names_the_unit():
    assert cells.grams(2, unit="kg") == 2000
    assert cells.grams("2", unit="斤") == 1000
    assert cells.grams("500g", unit="kg") == 500


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("2", "“2”没有单位，请写成“500克”或“1.5公斤”"),
        ("很重", "“很重”不是重量，请写成“500克”或“1.5公斤”"),
        ("2袋", "“2袋”不是重量，请写成“500克”或“1.5公斤”"),
        ("0g", "“0g”不是整克数，请核对重量"),
        ("-1kg", "“-1kg”不是整克数，请核对重量"),
        ("0.0005kg", "“0.0005kg”不是整克数，请核对重量"),
        ("1001公斤", "“1001公斤”太重，最多1000公斤，请核对"),
    ],
    ids=repr,
)
def test_no_grams(typed, reason):
    with pytest.raises(CellError) as wrong:
        cells.grams(typed)
    assert str(wrong.value) == reason


def test_coordinates():
    assert cells.longitude(121.207959) == 121.207959
    assert cells.longitude(" １２１.２° ") == 121.2
    assert cells.latitude("-90") == -90.0
    for parse, typed, reason in [
        (cells.latitude, 330.802134, "纬度“330.802134”超出范围，应在-90到90之间"),
        (cells.latitude, 90.1, "纬度“90.1”超出范围，应在-90到90之间"),
        (cells.longitude, 180.5, "经度“180.5”超出范围，应在-180到180之间"),
        (cells.longitude, "村口", "“村口”不是经度，请填小数，如 30.797"),
        (cells.longitude, float("nan"), "“nan”不是经度，请填小数，如 30.797"),
        (cells.longitude, 0, "经度是0，请填真实坐标，没有就留空"),
    ]:
        with pytest.raises(CellError) as wrong:
            parse(typed)
        assert str(wrong.value) == reason


def test_yes_and_no():
    assert [cells.yes_no(typed) for typed in ("是", "Ｙ", "Yes", "√", 1, True)] == [True] * 6
    assert [cells.yes_no(typed) for typed in ("否", "n", "NO", "×", 0.0, False)] == [False] * 6
    assert cells.yes_no("冷藏", frozenset({"冷藏"})) is True
    with pytest.raises(CellError, match=r"^“也许”看不懂，请填“是”或“否”$"):
        cells.yes_no("也许")


@pytest.mark.parametrize(
    "typed", [None, "", " \u3000\u200b", "无", "暂无", "—", "N/A", "'"], ids=repr
)
def test_blank(typed):
    assert cells.is_blank(typed)
    assert not cells.is_blank(0)
