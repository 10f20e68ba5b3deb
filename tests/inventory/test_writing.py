"""Spreadsheets we write: nothing in them runs, and numbers are still numbers."""

import csv
import datetime
import io
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from inventory.sheets import cells, writing

MOMENT = datetime.datetime(2022, 4, 10, 8, 30, tzinfo=datetime.UTC)

#: What somebody may have typed as a name, and what stands in the cell.
TYPED = {
    "青菜": "青菜",
    "=1+1": "'=1+1",
    "+86 138": "'+86 138",
    "-5": "'-5",
    "@SUM(A1)": "'@SUM(A1)",
    "＝HYPERLINK(1)": "'＝HYPERLINK(1)",
    "＋1": "'＋1",
    "－1": "'－1",
    "＠A1": "'＠A1",
    "\t=1": "'=1",
    "\r=1": "'=1",
    "\n=1": "'=1",
    "  =1": "'=1",
    "\x00=1": "'=1",
    "\u200b=1": "'=1",
    "a\nb": "a b",
    "a\x0bb\x07": "a b",
    "\ud800x": "x",
    "2-3 斤": "2-3 斤",
    "": "",
}


def rows_of(data: bytes, sheet: int = 0) -> list[tuple]:
    return list(load_workbook(io.BytesIO(data)).worksheets[sheet].values)


def lines_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


@pytest.mark.parametrize("typed", TYPED)
def test_text_never_becomes_a_formula(typed):
    [_, [cell]] = rows_of(writing.xlsx([("表", ["甲"], [[typed or "空"]])]))
    assert cell == (TYPED[typed] or "空")
    [_, *line] = lines_of(writing.csv(["甲"], [[typed, "x"]]))
    assert line == [[TYPED[typed], "x"]]


@pytest.mark.parametrize("typed", ["=1+1", "-5", "@SUM(A1)"])
def test_reading_it_again_gives_what_was_typed(typed):
    [_, [cell]] = rows_of(writing.xlsx([("表", ["甲"], [[typed]])]))
    assert cells.text(cell) == typed


def test_no_cell_is_of_the_formula_kind():
    book = load_workbook(io.BytesIO(writing.xlsx([("表", ["=1"], [[text] for text in TYPED])])))
    kinds = {cell.data_type for row in book.worksheets[0].iter_rows() for cell in row if cell.value}
    assert kinds == {"s"}


def test_figures_stay_figures():
    row = [-3, Decimal("-2.30"), Decimal("3.1250"), datetime.date(2022, 4, 10), MOMENT, None, True]
    header = [f"{n}" for n in range(len(row))]
    data = writing.xlsx([("表", header, [row])])
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    assert [str(cell.value) for cell in sheet[2]] == [
        "-3",
        "-2.3",
        "3.125",
        "2022-04-10 00:00:00",
        "2022-04-10 16:30:00",
        "None",
        "是",
    ]
    assert [cell.number_format for cell in sheet[2]][:5] == [
        "General",
        "#,##0.00",
        "#,##0.0000",
        "yyyy-mm-dd",
        "yyyy-mm-dd hh:mm",
    ]
    [_, line] = lines_of(writing.csv(header, [row]))
    assert line == ["-3", "-2.30", "3.1250", "2022-04-10", "2022-04-10 16:30", "", "是"]


def test_a_large_sum_is_written_out():
    [_, line] = lines_of(writing.csv(["甲"], [[Decimal("1E+2")]]))
    assert line == ["100"]


def test_titles_are_such_as_a_workbook_takes():
    titles = ["4/10: [早市]*", "", "同名", "同名", "长" * 40, "长" * 40, "=甲"]
    book = load_workbook(io.BytesIO(writing.xlsx([(title, ["甲"], []) for title in titles])))
    assert book.sheetnames == [
        "4 10   早市",
        "表",
        "同名",
        "同名 2",
        "长" * 31,
        "长" * 29 + " 2",
        "=甲",
    ]


def test_a_book_without_sheets_still_opens():
    assert rows_of(writing.xlsx([])) == []


def test_the_header_stays_in_sight_and_columns_fit():
    data = writing.xlsx([("表", ["货品"], [["很长的一个货品名称"], ["字" * 100]])])
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.bold
    assert sheet.column_dimensions["A"].width == writing.WIDEST
