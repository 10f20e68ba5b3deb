"""Figures of a delivery that are almost surely a slip: asked about once more before they count."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from inventory.errors import ReceiptDoubted
from inventory.models import ReceiptLine
from inventory.pricing import Outlook
from inventory.words import clauses

#: So many times as dear, as cheap, or as much as known before is no market any more.
ABSURD = 10
#: A sentence names so many of them.
NAMED = 3
FEN = Decimal("0.01")


def refuse(lines: Sequence[ReceiptLine], outlooks: Mapping[int, Outlook]) -> None:
    """`lines`: of a checked delivery; `outlooks`: by item, before it is taken in. Raises
    `ReceiptDoubted`."""
    found = [*_too_many(lines), *_too_dear_or_cheap(lines, outlooks)]
    if found:
        said = clauses(found[:NAMED]) + (_("，等等") if len(found) > NAMED else "")
        raise ReceiptDoubted(_("%s：请再对一遍发票。") % said)


def _too_many(lines: Sequence[ReceiptLine]) -> Iterator[str]:
    came: dict[int, int] = {}
    for line in lines:
        if line.purchase_line_id:
            came[line.purchase_line_id] = came.get(line.purchase_line_id, 0) + line.units
    for line in lines:
        units = came.pop(line.purchase_line_id or 0, 0)
        if units > ABSURD * (ordered := line.purchase_line.units if units else 0):
            said = {"title": _title(line), "units": units, "ordered": ordered}
            yield _("“%(title)s”收了 %(units)d 份，只订了 %(ordered)d 份") % said


def _too_dear_or_cheap(
    lines: Sequence[ReceiptLine], outlooks: Mapping[int, Outlook]
) -> Iterator[str]:
    for line in lines:
        if not line.units:
            continue
        unit_cost = line.landed / line.units
        for known, words in (
            (_quoted(line), _("“%(title)s”一份合 ¥%(now)s，报价是 ¥%(known)s")),
            (
                outlooks[line.item_id].account.average,
                _("“%(title)s”一份合 ¥%(now)s，以前是 ¥%(known)s"),
            ),
        ):
            if known > 0 and _absurd(line, unit_cost, known):
                yield words % {"title": _title(line), "now": _fen(unit_cost), "known": _fen(known)}
                break


def _absurd(line: ReceiptLine, unit_cost: Decimal, known: Decimal) -> bool:
    # Whoever typed 0 said that it was a present.
    return unit_cost > ABSURD * known or (bool(line.cost) and ABSURD * unit_cost < known)


def _quoted(line: ReceiptLine) -> Decimal:
    """Yuan a unit that the purchase was told; 0: nothing of this good."""
    asked = line.purchase_line
    if asked is None or line.substitute or asked.pack_price is None:
        return Decimal(0)
    return asked.pack_price / asked.pack_units


def _fen(yuan: Decimal) -> Decimal:
    return yuan.quantize(FEN, ROUND_HALF_UP)


def _title(line: ReceiptLine) -> str:
    return line.item.record.product.title
