"""Reading the rows under a header: merged blocks filled, totals and remarks passed over."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from inventory.sheets import cells
from inventory.sheets.files import SheetError, Unreadable, open_sheets
from inventory.sheets.headers import Column, Header, find_header, not_found
from inventory.words import listed

TOTAL = re.compile(
    r"(?:.*(?:网格|[楼栋幢]|单元|[组队村页类本]|\d))?"
    r"(?:合计|总计|小计|总共|共计|总人数|总户数)(?:[(:\d].*)?"
    r"|(?:sub|grand)?-?totals?(?:[(:\d].*)?"
)
REMARK = re.compile(r"(?:填表|填报|制表|审核|负责|登记|联系|日期|备注|说明|注)[^:]{0,4}:.*")
DITTO = {"同上", "〃", '"', "″"}

Found = dict[str, tuple[object, int]]  # key → raw value and the row it is written in


@dataclass(frozen=True)
class Row:
    """A row's values and cell addresses by key; the keys in `filled` came from a row above."""

    number: int
    values: Mapping[str, Any]
    cells: Mapping[str, str]
    filled: frozenset[str]


@dataclass(frozen=True)
class BadCell:
    """A cell that cannot be right: its address and row, its column's title, what it shows, why."""

    cell: str
    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Table:
    """What was read. `titles` are the header's own words by key; `notes` say what was not read."""

    rows: list[Row]
    bad: list[BadCell]
    titles: Mapping[str, str]
    notes: list[str] = field(default_factory=list)


Check = Callable[[Row], Mapping[str, str]]


def read(
    file: BinaryIO | bytes, name: str, columns: Sequence[Column], check: Check | None = None
) -> Table:
    """Read the sheet whose header fits `columns` best.

    A row with a bad cell is not in `rows`; all its bad cells are in `bad`, but a merged cell that
    spoils many rows only once. `check(row)` sees the values that could be parsed, also of a row
    already spoilt, and may name further bad cells as {key: reason}. `SheetError` if the file holds
    no such table.
    """
    headers = [head for sheet in open_sheets(file, name) if (head := find_header(sheet, columns))]
    best = max(headers, key=lambda header: header.score, default=None)
    if best is None or best.missing:
        raise SheetError(not_found(best.missing if best else [c for c in columns if c.required]))
    rows: list[Row] = []
    bad: dict[str, BadCell] = {}
    for number, found in _lines(best, columns):
        row, reasons = _parse(best, columns, number, found)
        reasons = (dict(check(row)) if check else {}) | reasons
        for key in sorted(reasons, key=lambda key: best.places.get(key, 0)):
            title, shown = best.titles.get(key, ""), cells.show(found.get(key, ("",))[0])
            bad.setdefault(
                row.cells[key], BadCell(row.cells[key], number, title, shown, reasons[key])
            )
        if not reasons:
            rows.append(row)
    if not rows and not bad:
        raise SheetError(_("表头下面没有内容"))
    return Table(rows, list(bad.values()), best.titles, _notes(best, headers))


def _lines(header: Header, columns: Sequence[Column]) -> Iterator[tuple[int, Found]]:
    """Every row that is one, with merged and carried values in place."""
    sheet, places = header.sheet, header.places
    outward = [c.key for c in columns if c.fill_down and c.key in places]
    carried: Found = {}
    for number, line in sheet.rows.items():
        if number <= header.number:
            continue
        own: Found = {
            key: (line[place], number)
            for key, place in places.items()
            if not cells.is_blank(line.get(place))
            and not (key in outward and cells.show(line[place]) in DITTO)
        }
        if not own or _is_aside(header, outward, number, own):
            continue
        for depth, key in enumerate(outward):
            if key in own:
                for inner in outward[depth:]:
                    carried.pop(inner, None)
                carried[key] = own[key]
        if set(own) == set(outward[:1]):
            continue  # a line that only names the next block
        merged: Found = {
            key: (sheet.rows[top][place], top)
            for key, place in places.items()
            if (top := sheet.hidden.get(number, {}).get(place, 0)) > header.number
            and not cells.is_blank(sheet.rows.get(top, {}).get(place))
        }
        yield number, carried | merged | own


def _is_aside(header: Header, outward: Sequence[str], number: int, own: Found) -> bool:
    """A total, a signature line, a note across the table, or the header printed once more."""
    line = _words(value for _place, value in sorted(header.sheet.rows[number].items()))
    if any(TOTAL.fullmatch(word) for word in line):
        # A door whose remark happens to say 共计3人 still has a name; a total has figures only.
        others = _words(value for key, (value, _row) in own.items() if key not in outward)
        return all(re.search(r"\d", word) or TOTAL.fullmatch(word) for word in others)
    if len(own) <= 2 and line and REMARK.fullmatch(line[0]):
        return True
    if len(own) == 1 and (number, header.places[next(iter(own))]) in header.sheet.wide:
        return True
    return all(
        isinstance(value, str) and cells.text(value) == header.titles[key]
        for key, (value, _row) in own.items()
    )


def _words(values: Iterable[object]) -> list[str]:
    return [cells.text(v).replace(" ", "").lower() for v in values if isinstance(v, str)]


def _parse(
    header: Header, columns: Sequence[Column], number: int, found: Found
) -> tuple[Row, dict[str, str]]:
    """The row's good values, and the reasons of its bad ones by key."""
    values, reasons = {}, {}
    for column in columns:
        raw, _source = found.get(column.key, (None, number))
        if isinstance(raw, Unreadable):
            reasons[column.key] = raw.reason
        elif raw is not None:
            try:
                values[column.key] = column.parse(raw)
            except cells.CellError as error:
                reasons[column.key] = str(error)
        elif column.required:
            title = header.titles[column.key]
            reasons[column.key] = _("没有填“%(title)s”") % {"title": title}
        else:
            values[column.key] = column.default
    addresses = {
        key: f"{get_column_letter(place)}{found[key][1] if key in found else number}"
        for key, place in header.places.items()
    }
    filled = frozenset(key for key, (_raw, source) in found.items() if source != number)
    return Row(number, values, addresses, filled), reasons


def _notes(best: Header, headers: Sequence[Header]) -> list[str]:
    notes = []
    twins = [h.sheet.title for h in headers if h is not best and not h.missing]
    if twins:
        names = {"read": best.sheet.title, "others": listed(twins)}
        notes.append(_("只读了工作表“%(read)s”，没有读“%(others)s”") % names)
    if best.unused:
        notes.append(_("没有用到这些列：%(titles)s") % {"titles": listed(best.unused)})
    return notes
