"""Small files that were made to keep the station busy: each ends soon, with one sentence."""

import io
import struct
import time
import zipfile

import pytest

from inventory.sheets import SheetError, read, workbooks
from tests.inventory.test_sheets import BROKEN, COLUMNS, TITLES
from tests.workbooks import xlsx


def refusal(data: bytes) -> str:
    with pytest.raises(SheetError) as refused:
        read(data, "表.xlsx", COLUMNS)
    return str(refused.value)


def bomb(declared: int | None = None) -> bytes:
    """A small .xlsx whose sheet unpacks to more than is allowed, saying so or not."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx([TITLES]))) as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for part in source.namelist():
            if part != "xl/worksheets/sheet1.xml":
                archive.writestr(part, source.read(part))
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (workbooks.MAX_UNPACKED + 1))
    data = packed.getvalue()
    if declared is None:
        return data
    true_size = struct.pack("<I", workbooks.MAX_UNPACKED + 1)
    return data.replace(true_size, struct.pack("<I", declared))


def test_a_bomb_is_refused_from_its_directory(monkeypatch):
    data = bomb()
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("it was unpacked"))
    assert len(data) < 200_000
    assert refusal(data) == "这个表格解压后太大，请删去多余的内容再上传"


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
ROW = '<row r="{0}"><c r="A{0}"><v>1</v></c></row>'
TOO_LONG = "行数太多，一次最多50000行，请分成几个文件"
TOO_BIG = "这个表格解压后太大，请删去多余的内容再上传"


def with_part(name: str, start: str, many: str, end: str, times: int) -> bytes:
    """A workbook one part of which says the same thing very often."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx([TITLES, ["一", "1", "甲", 3]]))) as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for part in {*source.namelist(), name} - {name}:
            archive.writestr(part, source.read(part))
        archive.writestr(name, start + many * times + end)
    return packed.getvalue()


def hostile_sheet(many: str, times: int) -> bytes:
    start = f"<worksheet {MAIN}><sheetData>"
    return with_part("xl/worksheets/sheet1.xml", start, many, "</sheetData></worksheet>", times)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        pytest.param(lambda: hostile_sheet(ROW.format(2_000_000_000), 1), TOO_LONG, id="gap"),
        pytest.param(lambda: hostile_sheet("<row/>", 15_000_000), TOO_BIG, id="empty rows"),
        pytest.param(lambda: hostile_sheet("<row/>", 5_000_000), TOO_LONG, id="fewer empty rows"),
        pytest.param(lambda: hostile_sheet("<row><c><v>1</v></c></row>", 1_000_000), TOO_LONG),
        pytest.param(lambda: hostile_sheet("<c/>", 8_000_000), TOO_BIG, id="cells"),
        pytest.param(
            lambda: with_part(
                "xl/styles.xml", f"<styleSheet {MAIN}><cellXfs>",
                "<xf/>", "</cellXfs></styleSheet>", 18_000_000,
            ),
            TOO_BIG,
            id="formats",
        ),
        pytest.param(
            lambda: with_part(
                "xl/sharedStrings.xml", f"<sst {MAIN}>", "<si/>", "</sst>", 6_000_000
            ),
            TOO_BIG,
            id="texts",
        ),
        pytest.param(
            lambda: with_part(
                "xl/worksheets/sheet1.xml", f"<worksheet {MAIN}><mergeCells>",
                '<mergeCell ref="A1:A2"/>', "</mergeCells></worksheet>", 1_000_000,
            ),
            TOO_BIG,
            id="merges",
        ),
        pytest.param(
            lambda: with_part(
                "xl/workbook.xml",
                f"<workbook {MAIN} xmlns:r='http://x/relationships'><sheets>",
                '<sheet name="a" r:id="rId1"/>', "</sheets></workbook>", 1000,
            ),
            TOO_BIG,
            id="one sheet a thousand times",
        ),
        pytest.param(
            lambda: hostile_sheet('<!DOCTYPE x [<!ENTITY a "aaaa">]>', 1), BROKEN, id="entities"
        ),
    ],
)  # fmt: skip
def test_a_small_file_cannot_keep_the_station_busy(data, sentence):
    hostile = data()
    assert len(hostile) < 200_000
    started = time.process_time()
    assert refusal(hostile) == sentence
    assert time.process_time() - started < 8  # a quarter of that on a quiet machine


def test_a_directory_that_lies_is_counted_while_reading(monkeypatch):
    data = hostile_sheet("<row/>", 20_000)
    monkeypatch.setattr(workbooks, "MAX_UNPACKED", 30_000)
    monkeypatch.setattr(workbooks, "_declared", lambda archive: 0)
    assert refusal(data) == TOO_BIG


def test_rows_painted_to_the_end_of_the_sheet_are_no_rows():
    painted = "<row r='1048576'><c r='A1048576' s='1'/></row>"
    data = hostile_sheet(painted, 1)
    assert refusal(data) == "这个文件是空的"


def test_a_picture_in_the_file_counts_for_nothing():
    data = io.BytesIO(xlsx([TITLES, ["一", "1", "甲", 3]]))
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr(
            "xl/media/image1.png", b"x" * (workbooks.MAX_UNPACKED + 1), zipfile.ZIP_DEFLATED
        )
    assert len(read(data.getvalue(), "表.xlsx", COLUMNS).rows) == 1


def test_a_bomb_that_lies_about_its_size_is_cut_at_what_it_declares():
    assert refusal(bomb(declared=2000)) == "这个表格打不开，可能已经损坏，请重新保存后再上传"
