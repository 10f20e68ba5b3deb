"""Writing spreadsheets that people open in whatever program they have.

A text that such a program would take for a formula gets an apostrophe in front, also in an .xlsx:
it may be saved as .csv later. Reading it again drops the apostrophe (`inventory.sheets.cells`).
Numbers, money and dates stay what they are, also below zero.
"""

import csv as csv_module
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from unicodedata import category, east_asian_width

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

#: What starts a formula: in some programs the full-width forms do as well.
FORMULA = tuple("=+-@＝＋－＠−﹢﹣﹦﹫")
#: A cell of Excel holds no more characters, a sheet's name no more than the second.
LONGEST, LONGEST_TITLE = 32_767, 31
NOT_IN_A_TITLE = re.compile(r"[\[\]:*?/\\']")
WIDEST = 48

Sheet = tuple[str, Sequence[str], Iterable[Sequence[object]]]


def xlsx(sheets: Sequence[Sheet]) -> bytes:
    """A workbook; each sheet is (title, header, rows). Money is shown to the fen, times are local
    without a zone, None is an empty cell, yes and no are words."""
    book = Workbook(write_only=True)
    used: set[str] = set()
    for title, header, rows in sheets or [("", (), ())]:
        sheet = book.create_sheet(_title(title, used))
        lines = [[_value(value) for value in row] for row in (header, *rows)]
        for column, width in enumerate(_widths(lines), start=1):
            sheet.column_dimensions[get_column_letter(column)].width = width
        sheet.freeze_panes = "A2"
        for number, line in enumerate(lines):
            sheet.append([_cell(sheet, value, heading=number == 0) for value in line])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The same as .csv, in UTF-8 with the mark by which Excel knows it."""
    file = io.StringIO()
    writer = csv_module.writer(file)
    for row in (header, *rows):
        writer.writerow([_written(_value(value)) for value in row])
    return file.getvalue().encode("utf-8-sig")


def safe(text: str) -> str:
    """One line of text that no program takes for a formula and every one can show."""
    if not text.isprintable():
        text = "".join(c for c in text if c.isspace() or category(c) not in ("Cc", "Cf", "Cs"))
    text = " ".join(text.split())[: LONGEST - 1]
    return f"'{text}" if text.startswith(FORMULA) else text


def _value(value: object) -> object:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, datetime):
        return timezone.make_naive(value) if timezone.is_aware(value) else value
    if value is None or isinstance(value, int | float | date):
        return value
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    return safe(str(value))


def _cell(sheet, value: Any, *, heading: bool) -> Cell:
    cell = WriteOnlyCell(sheet, value=value)
    if heading:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    elif isinstance(value, Decimal):
        places = max(2, -int(value.as_tuple().exponent))
        cell.number_format = f"#,##0.{'0' * places}"
    elif isinstance(value, datetime):
        cell.number_format = "yyyy-mm-dd hh:mm"
    elif isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"
    return cell


def _written(value: object) -> object:
    if isinstance(value, datetime):
        return date_format(value, "Y-m-d H:i")
    if isinstance(value, Decimal):
        return f"{value:f}"  # never 1E+2
    return "" if value is None else value


def _widths(lines: Sequence[Sequence[object]]) -> list[int]:
    """In characters; a Chinese one takes the room of two."""
    widths: list[int] = []
    for line in lines:
        widths += [8] * (len(line) - len(widths))
        for column, value in enumerate(line):
            wide = 2 + sum(1 + (east_asian_width(c) in "WF") for c in str(_written(value)))
            widths[column] = min(WIDEST, max(widths[column], wide))
    return widths


def _title(title: str, used: set[str]) -> str:
    """A name that Excel accepts, and that no other sheet of the book has."""
    name = NOT_IN_A_TITLE.sub(" ", safe(title)).strip()[:LONGEST_TITLE] or _("表")
    wanted, number = name, 1
    while name.lower() in used:
        number += 1
        tail = f" {number}"
        name = wanted[: LONGEST_TITLE - len(tail)] + tail
    used.add(name.lower())
    return name
