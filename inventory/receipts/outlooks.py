"""What a delivery would do, line by line, and what is worth a second look before it is taken in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from inventory.models import PurchaseLine, ReceiptLine
from inventory.pricing import Outlook

#: A cost that differs by more from the average so far is more often a slip than the market.
JUMP = Decimal("0.5")
SOON = timedelta(days=2)


@dataclass(frozen=True)
class Look:
    """One line of a delivery. `outlook`: what its good's price becomes, None if no unit came."""

    line: ReceiptLine
    outlook: Outlook | None
    cautions: Sequence[str]

    @property
    def unit_cost(self) -> Decimal:
        return (self.line.landed / self.line.units).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def looks(
    lines: Sequence[ReceiptLine],
    outlooks: Mapping[int, Outlook],
    asked: Collection[tuple[PurchaseLine, int]],
    today: date,
) -> list[Look]:
    """`asked`: the purchase's lines with the units still to come."""
    left = {line.pk: units for line, units in asked}
    came: dict[int, int] = {}
    for line in lines:
        if line.purchase_line_id:
            came[line.purchase_line_id] = came.get(line.purchase_line_id, 0) + line.units
    found = []
    for line in lines:
        outlook = outlooks.get(line.item_id)
        key = line.purchase_line_id
        over = came[key] - left[key] if key in left else 0
        found.append(Look(line, outlook, _cautions(line, outlook, over, today, bool(asked))))
    return found


def still_missing(
    lines: Sequence[ReceiptLine], asked: Collection[tuple[PurchaseLine, int]]
) -> list[tuple[PurchaseLine, int]]:
    """The purchase's lines of which something will still be to come, and how many units."""
    came: dict[int | None, int] = {}
    for line in lines:
        came[line.purchase_line_id] = came.get(line.purchase_line_id, 0) + line.units
    missing = [(line, left - came.get(line.pk, 0)) for line, left in asked]
    return [(line, units) for line, units in missing if units > 0]


def _cautions(
    line: ReceiptLine, outlook: Outlook | None, over: int, today: date, ordered: bool
) -> list[str]:
    said = []
    if over > 0:
        said.append(_("比采购单多 %d 份") % over)
    if ordered and not line.purchase_line_id:
        said.append(_("采购单上没有"))
    if line.cost and outlook and _jumps(line, outlook.account.average):
        said.append(_("和以前的进价差一半以上，请核对数量和金额"))
    if line.units and not line.cost:
        said.append(_("没有花钱，按 0 元入账"))
    if line.expires_on and line.units and line.expires_on <= today + SOON:
        said.append(_("很快就过期"))
    return said


def _jumps(line: ReceiptLine, average: Decimal) -> bool:
    return bool(average) and abs(line.landed / line.units - average) > JUMP * average
