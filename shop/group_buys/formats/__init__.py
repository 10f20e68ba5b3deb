"""The kinds of exports there are, one file each.

A new kind: copy `qunjielong.py`, give it a `CODE` (it stands in the database for ever), the `LABEL`
people know, its `COLUMNS`, and `goods(row, name)` if the good is named elsewhere than in a column
of that name. Add it to `FORMATS`, the strictest header first; add an export with expected figures
to the tests. Columns are known by these keys: number, phone, address (one of the two), goods, spec,
units, note, paid, amount, refund, state; a kind leaves out what its exports do not have.
"""

import hashlib
from decimal import Decimal
from pathlib import PurePath
from types import ModuleType
from typing import BinaryIO

from django.utils.translation import gettext as _

from inventory.sheets import Row, SheetError, Table, read
from inventory.sheets.files import MAX_BYTES
from inventory.words import about, clauses, listed
from shop.group_buys.exports import Export, OrderLine
from shop.group_buys.formats import columns, kuaituantuan, qunjielong

FORMATS: tuple[ModuleType, ...] = (kuaituantuan, qunjielong)


def parse(file: BinaryIO | bytes, name: str) -> Export:
    """Read an export of whichever kind it is; `SheetError` if it is none."""
    data = file if isinstance(file, bytes) else file.read(MAX_BYTES + 1)
    refusals: dict[str, str] = {}
    for kind in FORMATS:
        try:
            table = read(data, name, kind.COLUMNS, _check)
            if not {"phone", "address"} & table.titles.keys():
                raise SheetError(_("没有联系电话，也没有收货地址这一列"))
        except SheetError as error:
            refusals[kind.LABEL] = str(error)
        else:
            return _export(kind, table, data, name)
    if len(set(refusals.values())) == 1:  # no spreadsheet at all
        raise SheetError(next(iter(refusals.values())))
    said = clauses(about(label, why) for label, why in refusals.items())
    raise SheetError(_("不像是这几种导出的表格。%(said)s") % {"said": said})


def _export(kind: ModuleType, table: Table, data: bytes, name: str) -> Export:
    lines, gone = [], []
    for row in table.rows:
        if _is_gone(row):
            gone.append(str(row.number))
        else:
            lines.append(_line(kind, row, name))
    # What a group's platform knows and a store does not need is no news: only what was left out.
    notes = [note for note in table.notes if not note.startswith(_unused())]
    if gone:
        rows = listed(gone[:20]) + ("…" if len(gone) > 20 else "")
        notes.append(_("已退款或取消的行没有导入：%(rows)s") % {"rows": rows})
    if paid := sum(line.paid for line in lines):
        notes.append(_("有 %(n)d 行在群里付过款了；驿站没有收到，账上仍算没付。") % {"n": paid})
    return Export(
        source=kind.CODE,
        label=kind.LABEL,
        fingerprint=hashlib.sha256(data).hexdigest(),
        lines=lines,
        bad=table.bad,
        titles=table.titles,
        notes=notes,
    )


def _unused() -> str:
    return _("没有用到这些列：%(titles)s") % {"titles": ""}


def _line(kind: ModuleType, row: Row, name: str) -> OrderLine:
    said = row.values
    return OrderLine(
        row=row.number,
        number=said.get("number", ""),
        phone=said.get("phone", ""),
        address=said.get("address", ""),
        goods=kind.goods(row, PurePath(name).stem),
        spec=said.get("spec", ""),
        units=said["units"],
        note=said.get("note", ""),
        paid=said.get("paid", False),
        cells=row.cells,
    )


def _check(row: Row) -> dict[str, str]:
    """A row nobody can be found by, or of which only a part was paid back."""
    said, reasons = row.values, {}
    if not said.get("phone") and not said.get("address"):
        key = "address" if "address" in row.cells else "phone"
        if key in row.cells:
            reasons[key] = _("没有能用的电话，也没有地址")
    if said.get("refund", Decimal(0)) > 0 and not _is_gone(row):
        reasons["refund"] = _("退了一部分款，请把数量改成还要的，再清掉这一格")
    return reasons


def _is_gone(row: Row) -> bool:
    """Cancelled, or paid back as a whole."""
    refund, amount = row.values.get("refund", Decimal(0)), row.values.get("amount")
    paid_back = refund > 0 and amount is not None and refund >= amount
    return paid_back or bool(columns.GONE.match(row.values.get("state", "")))
