"""Opening .xlsx and .csv files from strangers: what is refused, and the bare grid of the rest."""

import csv
import io
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath
from typing import BinaryIO

from django.utils.translation import gettext as _

from inventory.sheets import workbooks

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 120

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # old .xls, and every .xlsx with a password
ZIP = b"PK\x03\x04"
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
AS_TEXT = re.compile(r'="(.*)"')  # ="138…": how csv exports keep a number from being one


class SheetError(ValueError):
    """The whole file cannot be read; its text is one sentence for the person who sent it."""


@dataclass(frozen=True)
class Unreadable:
    """Stands in a grid for a cell whose value the file does not hold."""

    shown: str
    reason: str

    def __str__(self) -> str:
        return self.shown


@dataclass(frozen=True)
class Merge:
    """One merged range, by 1-based inclusive borders; the value sits at (top, left)."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass
class Sheet:
    """A grid without holes filled: row number → column number → raw value, both from 1."""

    title: str = ""
    rows: dict[int, dict[int, object]] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)

    @cached_property
    def hidden(self) -> dict[int, dict[int, int]]:
        """Row → column → the row above that holds the value of a vertical merge."""
        hidden: dict[int, dict[int, int]] = {}
        numbers, budget = sorted(self.rows), MAX_ROWS * MAX_COLUMNS
        for merge in self.merges:
            below = numbers[bisect_right(numbers, merge.top) : bisect_right(numbers, merge.bottom)]
            # Merged ranges cannot overlap; a file where they do was made to waste our time.
            budget -= len(below)
            if budget < 0:
                raise SheetError(_damaged())
            for number in below:
                hidden.setdefault(number, {})[merge.left] = merge.top
        return hidden

    @cached_property
    def wide(self) -> set[tuple[int, int]]:
        """(row, column) of the cells that are merged across columns."""
        return {(merge.top, merge.left) for merge in self.merges if merge.right > merge.left}

    def add(self, number: int, values: dict[int, object]) -> None:
        """Keep a row that is not empty; `SheetError` past `MAX_ROWS`."""
        if values:
            if number > MAX_ROWS:
                raise SheetError(_too_many_rows())
            self.rows[number] = values


def open_sheets(file: BinaryIO | bytes, name: str) -> list[Sheet]:
    """The visible sheets of an .xlsx, or the one of a .csv (.tsv, .txt); never empty.

    `file` is the bytes, or anything with `read()`; `name` is what the sender called it.
    """
    data = file if isinstance(file, bytes) else file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise SheetError(_("文件太大，最多%(megabytes)d MB") % _limits())
    if not data.strip():
        raise SheetError(_("这个文件是空的"))
    kind = PurePath(name).suffix.lower()
    if data.startswith(OLE):
        # A password wraps the .xlsx in the old container, under this UTF-16 name.
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise SheetError(_("这个表格加了密码，请去掉密码后再上传"))
        raise SheetError(_("这是旧版的 .xls 文件，请另存为 .xlsx 再上传"))
    if kind == ".xlsx":
        sheets = _workbook(data)
    elif kind in (".csv", ".tsv", ".txt"):
        sheets = [_csv(data)]
    else:
        raise SheetError(_("只能读 .xlsx 或 .csv 表格，这个文件不是"))
    if not any(sheet.rows for sheet in sheets):
        raise SheetError(_("这个文件是空的"))
    return sheets


def _limits() -> dict[str, int]:
    return {"most": MAX_ROWS, "megabytes": MAX_BYTES // 1024 // 1024}


def _csv(data: bytes) -> Sheet:
    written = _decoded(data)
    if written is None or CONTROL.search(written) or written.lstrip().startswith("<"):
        raise SheetError(_("这个文件的内容不是 .csv 表格，请在表格软件里重新导出"))
    head = written[:4096]
    delimiter = max(",\t;", key=head.count)
    # Strict: a quote left open would otherwise swallow every row after it.
    lines = csv.reader(io.StringIO(written, newline=""), delimiter=delimiter, strict=True)
    sheet = Sheet()
    try:
        for number, line in enumerate(lines, start=1):
            cells = enumerate(line[:MAX_COLUMNS], start=1)
            sheet.add(number, {column: _typed(cell) for column, cell in cells if cell.strip()})
    except csv.Error as error:
        raise SheetError(
            _("第%(line)d行附近的引号不成对，请在表格软件里重新导出") % {"line": lines.line_num}
        ) from error
    return sheet


def _decoded(data: bytes) -> str | None:
    """UTF-8 first: it cannot be mistaken, while GB18030 takes almost any bytes for Chinese."""
    encodings = ["utf-8-sig", "gb18030"]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _typed(cell: str) -> object:
    if kept := AS_TEXT.fullmatch(cell.strip()):
        return kept[1]
    return _uncomputed(cell) if cell.lstrip().startswith("=") else cell


def _uncomputed(shown: str) -> Unreadable:
    return Unreadable(shown, _("这一格是没有算出结果的公式，请直接填上结果"))


def _workbook(data: bytes) -> list[Sheet]:
    if not data.startswith(ZIP):
        raise SheetError(_("这个文件的内容不是 .xlsx 表格，请在表格软件里另存为 .xlsx"))
    try:
        return [_sheet(grid) for grid in workbooks.visible(data, MAX_ROWS, MAX_COLUMNS)]
    except SheetError:
        raise
    except workbooks.NotAWorkbook as error:
        raise SheetError(_("这个文件的内容不是 .xlsx 表格，请在表格软件里另存为 .xlsx")) from error
    except workbooks.TooManyRows as error:
        raise SheetError(_too_many_rows()) from error
    except workbooks.TooMuch as error:
        raise SheetError(_("这个表格解压后太大，请删去多余的内容再上传")) from error
    except Exception as error:  # a damaged workbook can be wrong in any way
        raise SheetError(_damaged()) from error


def _damaged() -> str:
    return _("这个表格打不开，可能已经损坏，请重新保存后再上传")


def _too_many_rows() -> str:
    return _("行数太多，一次最多%(most)d行，请分成几个文件") % _limits()


def _sheet(grid: workbooks.Grid) -> Sheet:
    sheet = Sheet(grid.title)
    for number, cells in grid.rows:
        sheet.add(number, {column: _read(kind, value) for column, kind, value in cells})
    sheet.merges = [Merge(*borders) for borders in grid.merges]
    return sheet


def _read(kind: str, value: object) -> object:
    if kind == "error":
        return _broken(str(value))
    return _uncomputed("=") if kind == "uncomputed" else value


def _broken(shown: str) -> Unreadable:
    return Unreadable(shown, _("这一格的公式出错（%(error)s），请直接填上结果") % {"error": shown})
