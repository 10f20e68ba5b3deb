"""Spreadsheets made in memory, as the people who keep them would have saved them."""

import io
from collections.abc import Iterable, Sequence

import openpyxl

Line = Sequence[object]


def xlsx(
    lines: Iterable[Line], merges: Iterable[str] = (), more: dict[str, Iterable[Line]] | None = None
) -> bytes:
    """An .xlsx with one sheet 表1 of `lines` and the sheets in `more`, by title."""
    book = openpyxl.Workbook()
    book.active.title = "表1"
    for title, content in {"表1": lines, **(more or {})}.items():
        sheet = book[title] if title in book.sheetnames else book.create_sheet(title)
        for line in content:
            sheet.append(list(line))
    for merge in merges:
        book["表1"].merge_cells(merge)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def csv(lines: Iterable[Line], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """A text export; nothing is quoted, so keep delimiters out of the cells."""
    written = "\r\n".join(
        delimiter.join("" if cell is None else str(cell) for cell in line) for line in lines
    )
    return written.encode(encoding)
