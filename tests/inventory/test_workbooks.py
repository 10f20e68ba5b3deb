"""What the programs that write .xlsx put into it, read to plain values."""

import datetime
import io
import zipfile

import openpyxl
import pytest

from inventory.sheets.files import Unreadable, open_sheets

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def saved(book: openpyxl.Workbook) -> bytes:
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def first(data: bytes) -> dict[int, dict[int, object]]:
    return open_sheets(data, "表.xlsx")[0].rows


def replaced(parts: dict[str, str], data: bytes | None = None) -> bytes:
    """A workbook with some of its parts written otherwise."""
    book = openpyxl.Workbook()
    book.active.append(["x"])
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data or saved(book))) as source,
        zipfile.ZipFile(packed, "w") as archive,
    ):
        for name in source.namelist():
            if name not in parts:
                archive.writestr(name, source.read(name))
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


def sheet(rows: str) -> dict[int, dict[int, object]]:
    content = f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"
    return first(replaced({"xl/worksheets/sheet1.xml": content}))


@pytest.mark.parametrize("since_1904", [False, True])
def test_every_kind_of_value(since_1904):
    book = openpyxl.Workbook()
    if since_1904:
        book.epoch = openpyxl.utils.datetime.MAC_EPOCH
    day = datetime.datetime(2022, 4, 1)  # noqa: DTZ001  (a sheet knows no time zones)
    line = ["网格", 3, 2.5, True, day, datetime.timedelta(hours=30), "01"]
    book.active.append(line)
    book.active.append([None, "", "A\nB"])
    assert first(saved(book)) == {
        1: dict(enumerate(line, start=1)),
        2: {3: "A\nB"},
    }


def test_hidden_sheets_are_not_read():
    book = openpyxl.Workbook()
    book.active.append(["看"])
    book.create_sheet("藏").append(["不看"])
    book["藏"].sheet_state = "hidden"
    assert [sheet.title for sheet in open_sheets(saved(book), "表.xlsx")] == ["Sheet"]


def test_rows_and_cells_without_addresses_follow_each_other():
    row = "<row><c><v>1</v></c><c r='D{0}'><v>2</v></c><c><v>3</v></c></row>"
    assert sheet(row.format(1) + "<row r='5'/>" + row.format(6)) == {
        1: {1: 1, 4: 2, 5: 3},
        6: {1: 1, 4: 2, 5: 3},
    }


def test_texts_in_runs_are_joined_without_their_pronunciation():
    runs = "<is><r><t>张</t></r><r><t xml:space='preserve'> 三</t></r><rPh><t>zhang</t></rPh></is>"
    assert sheet(f"<row><c t='inlineStr'>{runs}</c></row>") == {1: {1: "张 三"}}


def test_what_a_cell_cannot_hold():
    rows = sheet("<row><c t='e'><v>#N/A</v></c><c><f>1+1</f></c><c t='str'><f>A1</f></c></row>")
    assert list(rows[1]) == [1, 2]
    assert all(isinstance(value, Unreadable) for value in rows[1].values())


def test_parts_are_found_by_their_links_and_tags_by_their_names():
    links = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
      <Relationship Id="a" Type="http://x/relationships/worksheet" Target="/xl/tables/one.xml"/>
      <Relationship Id="b" Type="http://x/relationships/sharedStrings" Target="words.xml"/>
    </Relationships>"""
    book = f"""<workbook {MAIN} xmlns:r="http://x/relationships">
      <sheets><sheet name="表" sheetId="1" r:id="a"/></sheets></workbook>"""
    cells = f"<x:worksheet {MAIN.replace('xmlns', 'xmlns:x')}><x:sheetData><x:row>"
    cells += "<x:c t='s'><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    data = replaced(
        {
            "xl/_rels/workbook.xml.rels": links,
            "xl/workbook.xml": book,
            "xl/tables/one.xml": cells,
            "xl/words.xml": f"<sst {MAIN}><si><t>零</t></si><si><t>一</t></si></sst>",
        }
    )
    assert first(data) == {1: {1: "一"}}
