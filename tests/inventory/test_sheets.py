"""The shared reader: what is refused, where the table is, which rows count."""

import io
import re
import zipfile

import pytest

from inventory.sheets import Column, SheetError, cells, files, read
from tests.workbooks import csv, xlsx

COLUMNS = [
    Column("area", "网格 grid", required=True, fill_down=True),
    Column("house", "楼栋 building", required=True, fill_down=True),
    Column("name", "姓名 contact", default=""),
    Column("count", "人数 people", lambda value: cells.count(value, "人数"), required=True),
    Column("remark", "备注 notes", cells.prose, default=""),
]
TITLES = ["网格", "楼栋", "姓名", "人数", "备注"]


def rows(data: bytes, name: str = "表.xlsx") -> list[tuple]:
    table = read(data, name, COLUMNS)
    assert table.bad == []
    return [tuple(row.values.values()) for row in table.rows]


def bad(data: bytes, name: str = "表.xlsx") -> list[tuple[str, str]]:
    return [(cell.cell, cell.reason) for cell in read(data, name, COLUMNS).bad]


def refusal(data: bytes, name: str = "表.xlsx") -> str:
    with pytest.raises(SheetError) as refused:
        read(data, name, COLUMNS)
    return str(refused.value)


# --- whole files that are refused --------------------------------------------------------------

NOT_XLSX = "这个文件的内容不是 .xlsx 表格，请在表格软件里另存为 .xlsx"
NOT_CSV = "这个文件的内容不是 .csv 表格，请在表格软件里重新导出"
NEITHER = "只能读 .xlsx 或 .csv 表格，这个文件不是"
BROKEN = "这个表格打不开，可能已经损坏，请重新保存后再上传"
LOCKED = files.OLE + "EncryptedPackage".encode("utf-16-le")


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        pytest.param(b"", "a.xlsx", "这个文件是空的", id="no bytes"),
        pytest.param(b" \r\n \n", "a.csv", "这个文件是空的", id="blank lines"),
        pytest.param(b",,\n,,\n", "a.csv", "这个文件是空的", id="blank cells"),
        pytest.param(xlsx([]), "a.xlsx", "这个文件是空的", id="blank sheet"),
        pytest.param(b"%PDF-1.7", "a.pdf", NEITHER, id="pdf"),
        pytest.param(xlsx([TITLES]), "a", NEITHER, id="no suffix"),
        pytest.param(b"%PDF-1.7", "a.xlsx", NOT_XLSX, id="pdf as xlsx"),
        pytest.param(csv([TITLES]), "a.xlsx", NOT_XLSX, id="csv as xlsx"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00", "a.csv", NOT_CSV, id="png as csv"),
        pytest.param(xlsx([TITLES]), "a.csv", NOT_CSV, id="xlsx as csv"),
        pytest.param("<html><table>网格".encode(), "a.csv", NOT_CSV, id="html as csv"),
        pytest.param(
            files.OLE, "a.xls", "这是旧版的 .xls 文件，请另存为 .xlsx 再上传", id="old xls"
        ),
        pytest.param(LOCKED, "a.xlsx", "这个表格加了密码，请去掉密码后再上传", id="locked"),
        pytest.param(files.ZIP + b"broken", "a.xlsx", BROKEN, id="broken"),
        pytest.param(b"x" * (files.MAX_BYTES + 1), "a.csv", "文件太大，最多10 MB", id="too large"),
        pytest.param(csv([TITLES]), "a.csv", "表头下面没有内容", id="only a header"),
        pytest.param(
            csv([TITLES, ["一", "", '"张三']]),
            "a.csv",
            "第2行附近的引号不成对，请在表格软件里重新导出",
            id="open quote",
        ),
    ],
)
def test_refused_with_one_sentence(data, name, sentence):
    assert refusal(data, name) == sentence


def test_the_missing_columns_are_named_with_what_they_may_be_called():
    sentence = "没有找到完整的表头，缺少：楼栋、人数（可以写作：楼栋、building；人数、people）"
    assert refusal(xlsx([["网格", "姓名"], ["一", "张三"]])) == sentence
    assert refusal(xlsx([["甲", "乙"], ["一", "张三"]])).startswith(
        "没有找到完整的表头，缺少：网格、楼栋、人数（"
    )


def test_a_zip_that_is_no_workbook():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert refusal(packed.getvalue()).startswith("这个文件的内容不是 .xlsx 表格")


def test_rows_are_limited(monkeypatch):
    monkeypatch.setattr(files, "MAX_ROWS", 3)
    lines = [TITLES, ["一", "1", "", 1, ""], ["一", "2", "", 1, ""]]
    assert len(rows(xlsx(lines))) == 2
    sentence = "行数太多，一次最多3行，请分成几个文件"
    assert refusal(xlsx([*lines, ["一", "3", "", 1, ""]])) == sentence


def test_overlapping_merges_cannot_cost_more_than_the_sheet(monkeypatch):
    monkeypatch.setattr(files, "MAX_ROWS", 5)
    monkeypatch.setattr(files, "MAX_COLUMNS", 2)
    rows_of_file = {number: {2: "张三"} for number in range(1, 6)}
    merge = files.Merge(left=1, top=1, right=1, bottom=1_048_576)
    assert len(files.Sheet("表1", rows_of_file, [merge, merge]).hidden) == 4
    with pytest.raises(SheetError, match=r"^这个表格打不开，可能已经损坏，请重新保存后再上传$"):
        _ = files.Sheet("表1", rows_of_file, [merge, merge, merge]).hidden


# --- finding the header ------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_exports(encoding, delimiter):
    data = csv([TITLES, ["一", "1栋", "张三", "3人", "配药；独居"]], encoding, delimiter)
    assert rows(data, "表.CSV") == [("一", "1栋", "张三", 3, "配药；独居")]


def test_under_titles_in_any_order_in_two_languages_with_notes_and_line_breaks():
    data = xlsx(
        [
            ["某村登记表"],
            ["填表日期：4月1日", None, None, "网格 1"],
            ["备注\n（选填）", "People*", "building / 楼", "序号", " 网\n格 【必填】", "身份证"],
            ["无", 3.0, 12, 1, "一", "x"],
        ],
        merges=["A1:F1"],
    )
    table = read(data, "表.xlsx", COLUMNS)
    assert [row.values for row in table.rows] == [
        {"area": "一", "house": "12", "name": "", "count": 3, "remark": ""}
    ]
    assert table.rows[0].cells == {"area": "E4", "house": "C4", "count": "B4", "remark": "A4"}
    assert table.titles["count"] == "People*"
    assert table.notes == ["没有用到这些列：身份证"]


def test_a_header_of_two_lines():
    data = xlsx(
        [
            ["网格", "楼栋", "姓名", "情况", None],
            [None, None, None, "人数", "备注"],
            ["一", "1", "张三", 3, "独居"],
        ],
        merges=["A1:A2", "B1:B2", "C1:C2", "D1:E1"],
    )
    assert rows(data) == [("一", "1", "张三", 3, "独居")]


def test_a_header_merged_over_two_lines_is_not_a_row():
    data = xlsx([TITLES, [None] * 5, ["一", "1", "张三", 3]], [f"{c}1:{c}2" for c in "ABCDE"])
    assert rows(data) == [("一", "1", "张三", 3, "")]


def test_a_header_printed_again_on_the_next_page_is_not_a_row():
    data = xlsx([TITLES, ["一", "1", "张三", 3], TITLES, ["一", "2", "李四", 2]])
    assert [row[1] for row in rows(data)] == ["1", "2"]


def test_the_sheet_with_the_best_header_is_read_and_the_others_named():
    lines = [TITLES, ["一", "1", "张三", 3, ""]]
    shorter = [["网格", "楼栋", "人数"], ["二", "2", 4]]
    data = xlsx([["说明"], ["请填表"]], more={"登记": lines, "旧": shorter})
    table = read(data, "表.xlsx", COLUMNS)
    assert [row.values["name"] for row in table.rows] == ["张三"]
    assert table.notes == ["只读了工作表“登记”，没有读“旧”"]


# --- which rows count --------------------------------------------------------------------------


def test_merged_blocks_are_filled_down_with_the_address_of_what_was_typed():
    data = xlsx(
        [
            TITLES,
            ["一", "1栋", "甲", 1],
            [None, None, "乙", 2],
            [None, "2栋", "丙", 3],
            ["二", "1栋", "丁", 4],
        ],
        merges=["A2:A4", "B2:B3"],
    )
    table = read(data, "表.xlsx", COLUMNS)
    assert [(row.values["area"], row.values["house"]) for row in table.rows] == [
        ("一", "1栋"),
        ("一", "1栋"),
        ("一", "2栋"),
        ("二", "1栋"),
    ]
    assert table.rows[1].cells["house"] == "B2"
    assert [row.filled for row in table.rows] == [set(), {"area", "house"}, {"area"}, set()]


def test_exports_without_merges_are_filled_down_until_the_outer_block_ends():
    lines = [TITLES, ["一", "1栋", "甲", 1], ["", "同上", "乙", 2], ["", "", "丙", 3]]
    data = csv([*lines, ["二", "", "丁", 4]])
    assert bad(data, "a.csv") == [("B5", "没有填“楼栋”")]
    read_rows = read(data, "a.csv", COLUMNS).rows
    assert [row.values["house"] for row in read_rows] == ["1栋", "1栋", "1栋"]


def test_a_line_that_only_names_the_block_is_not_a_row():
    data = csv([TITLES, ["第一网格", "", "", "", ""], ["", "1", "甲", 1, ""]])
    assert rows(data, "a.csv") == [("第一网格", "1", "甲", 1, "")]


@pytest.mark.parametrize(
    "aside",
    [
        [None] * 5,
        [" ", "\u3000", "", None, "—"],
        ["合计", None, None, 288],
        [None, None, None, 288, "合 计："],
        [None, "第一网格小计", None, 48],
        ["二", "小计", None, "48人"],
        [None, None, "共计：2户", 4],
        ["Grand Total", None, None, "=SUM(D2:D3)"],
        ["TOTAL: 4", None, None, None],
        ["填表人：王五", None, "审核人：赵六"],
    ],
)
def test_blank_total_and_signature_lines_are_passed_over_wherever_they_stand(aside):
    data = xlsx([TITLES, ["一", "1", "甲", 1], aside, ["一", "2", "乙", 2]])
    assert [row[1] for row in rows(data)] == ["1", "2"]


def test_a_note_across_the_table_is_passed_over():
    lines = [TITLES, ["一", "1", "甲", 1], [None, "以下为二期"], ["一", "2", "乙", 2]]
    assert [row[1] for row in rows(xlsx(lines, ["B3:E3"]))] == ["1", "2"]


@pytest.mark.parametrize("remark", ["2单元共计5位老人", "共计3人", "备注：怕狗", "小计"])
def test_a_remark_that_sounds_like_a_total_loses_no_row(remark):
    assert rows(xlsx([TITLES, ["一", "1", "甲", 3, remark]])) == [("一", "1", "甲", 3, remark)]


def test_a_row_with_bad_cells_is_left_out_and_every_one_is_reported():
    data = xlsx([TITLES, ["", "", "甲", "三四个"], ["一", "1", "乙", -2], ["一", "1", "丙", 2]])
    table = read(data, "表.xlsx", COLUMNS)
    assert [(b.cell, b.row, b.column, b.value, b.reason) for b in table.bad] == [
        ("A2", 2, "网格", "", "没有填“网格”"),
        ("B2", 2, "楼栋", "", "没有填“楼栋”"),
        ("D2", 2, "人数", "三四个", "“三四个”不是人数，请填一个数字"),
        ("D3", 3, "人数", "-2", "“-2”是负数，人数不能小于0"),
    ]
    assert [row.number for row in table.rows] == [4]


def test_a_merged_cell_that_spoils_several_rows_is_reported_once():
    data = xlsx([TITLES, ["一", "#REF!", "甲", 1], [None, None, "乙", 2]], ["A2:A3", "B2:B3"])
    assert bad(data) == [("B2", "这一格的公式出错（#REF!），请直接填上结果")]


def test_a_check_sees_spoilt_rows_too():
    data = csv([TITLES, ["一", "1", "甲", "x", "坏"]])
    table = read(data, "a.csv", COLUMNS, lambda row: {"remark": "不好"} if row.number == 2 else {})
    assert [(b.cell, b.reason) for b in table.bad] == [
        ("D2", "“x”不是人数，请填一个数字"),
        ("E2", "不好"),
    ]


# --- formulas ----------------------------------------------------------------------------------


def with_cell(written: str) -> bytes:
    """A workbook whose D2 holds this XML, as Excel rather than openpyxl would write it."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx([TITLES, ["一", "1", "甲", 987]]))) as source,
        zipfile.ZipFile(packed, "w") as archive,
    ):
        for part in source.namelist():
            content = source.read(part)
            if part == "xl/worksheets/sheet1.xml":
                content = re.sub(rb'<c r="D2".*?</c>', written.encode(), content)
            archive.writestr(part, content)
    return packed.getvalue()


def test_a_formula_counts_by_its_saved_result():
    assert rows(with_cell('<c r="D2"><f>1+2</f><v>3</v></c>'))[0][3] == 3
    assert bad(with_cell('<c r="D2" t="str"><f>""</f><v></v></c>')) == [("D2", "没有填“人数”")]


def test_a_formula_without_a_result_is_unreadable():
    sentence = "这一格是没有算出结果的公式，请直接填上结果"
    assert bad(xlsx([TITLES, ["一", "1", "甲", "=1+2"]])) == [("D2", sentence)]
    assert bad(csv([TITLES, ["一", "1", "=A1", "3", ""]]), "a.csv") == [("C2", sentence)]
    assert rows(csv([TITLES, ["一", '="01"', "甲", "3", ""]]), "a.csv")[0][1] == "01"


def test_a_formula_that_failed_says_how():
    error = '<c r="D2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    assert bad(with_cell(error)) == [("D2", "这一格的公式出错（#DIV/0!），请直接填上结果")]
