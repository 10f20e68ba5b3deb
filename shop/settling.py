"""Money follows the goods: when a closed order's lines change, what is due changes with them.

A household never pays more than its order said (pre-ordered: the ceiling). It pays

* for units that came, at the price agreed; of pre-ordered goods at today's price from cost, if
  that is lower;
* for loose goods what they weigh: price × grams ÷ grams of a unit, to the fen, half up, and
  nothing for what was weighed over;
* for what came instead, its price or the asked good's, whichever is lower.

What the station loses by that is on the published account (`inventory.pricing`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import F
from oscar.core.loading import get_model

from delivery.models import Parcel
from delivery.signals import LineChange
from inventory import stock
from inventory.models import Item
from shop.models import Adjustment, LineTerms, Notice

OrderLine = get_model("order", "Line")

FEN = Decimal("0.01")
#: Rows per statement: below what either database takes as parameters of one.
CHUNK = 500


@dataclass
class _Settlement:
    """What has to be written, change by change."""

    adjustments: list[Adjustment] = field(default_factory=list)
    terms: list[LineTerms] = field(default_factory=list)
    released: list[stock.Promise] = field(default_factory=list)
    reserved: list[stock.Promise] = field(default_factory=list)
    differences: list[tuple[int, int, Decimal]] = field(default_factory=list)


def settle(changes: Sequence[LineChange], *, by, at: datetime) -> None:
    """Writes the adjustments, what is due at the door, who must hear of it, and what is held.

    Call in the transaction that changed the parcel lines, once for all of them. The number of
    queries does not grow with the changes, save for the chunks a database can take at once.
    Raises `Shortage` if stock is to be held that is not there.
    """
    items = Item.objects.select_related("record").in_bulk(
        {change.item_id for change in changes}
        | {change.stands_in_for for change in changes if change.stands_in_for}
    )
    lines = _lines({change.order_id for change in changes})
    settlement = _Settlement()
    for change in changes:
        asked_for = items[change.stands_in_for or change.item_id]
        line = lines[change.order_id, asked_for.record_id]
        if change.stands_in_for:
            _stand_in(settlement, change, line, items[change.item_id], by, at)
        else:
            _change(settlement, change, line, asked_for, by, at)
    Adjustment.objects.bulk_create(settlement.adjustments, batch_size=CHUNK)
    LineTerms.objects.bulk_update(settlement.terms, ["final_price"], batch_size=CHUNK)
    _tell(settlement.adjustments, at)
    # Stock last, and all of it locked at once: there may be three verbs (docs/locking.md).
    stock.lock({items[change.item_id].record_id for change in changes})
    if settlement.released:
        stock.release(settlement.released, by=by)
    stock.reserve(settlement.reserved, by=by, at_todays_price=False)
    if settlement.differences:
        stock.settle(settlement.differences, by=by)


def _lines(order_ids: Collection[int]) -> dict[tuple[int, int], Any]:
    """By order and stock record. A basket has one line a good, so has its order."""
    found = OrderLine.objects.filter(order__in=order_ids).select_related("terms")
    return {(line.order_id, line.stockrecord_id): line for line in found}


def _change(
    settlement: _Settlement, change: LineChange, line, item: Item, by, at: datetime
) -> None:
    def adjust(kind: Adjustment.Kind, amount: Decimal, units: int = 0) -> None:
        if amount or units:
            settlement.adjustments.append(
                Adjustment(
                    order_id=change.order_id,
                    line=line,
                    kind=kind,
                    units=units,
                    amount=amount,
                    by=by,
                    at=at,
                )
            )

    terms: Any = getattr(line, "terms", None)  # a pre-ordered line has them
    agreed = line.unit_price_incl_tax
    promised = agreed if terms is None or terms.final_price is None else terms.final_price
    missing = change.before - change.after
    if change.held:
        adjust(Adjustment.Kind.SHORT, -promised * missing, -missing)
        if missing:
            settlement.released.append(
                stock.Promise(change.order_id, item.record_id, missing, promised)
            )
    else:
        promised = min(agreed, item.record.price)
        terms.final_price = promised
        settlement.terms.append(terms)
        adjust(Adjustment.Kind.SHORT, -agreed * missing, -missing)
        adjust(Adjustment.Kind.PRICE, (promised - agreed) * change.after)
        if change.after:
            settlement.reserved.append(
                stock.Promise(change.order_id, item.record_id, change.after, promised)
            )
    if change.weighed_g is not None and change.after:
        due = by_weight(promised, change.after, change.weighed_g, item.weight_g)
        difference = due - promised * change.after
        adjust(Adjustment.Kind.WEIGHT, difference)
        if difference:
            settlement.differences.append((change.order_id, item.record_id, difference))


def _stand_in(
    settlement: _Settlement, change: LineChange, line, item: Item, by, at: datetime
) -> None:
    price = min(line.unit_price_incl_tax, item.record.price)
    settlement.adjustments.append(
        Adjustment(
            order_id=change.order_id,
            line=line,
            kind=Adjustment.Kind.SUBSTITUTE,
            units=change.after,
            item=item,
            amount=price * change.after,
            by=by,
            at=at,
        )
    )
    settlement.reserved.append(stock.Promise(change.order_id, item.record_id, change.after, price))


def by_weight(price: Decimal, units: int, grams: int, unit_g: int) -> Decimal:
    """Yuan for loose goods: what they weigh, and never more than the units that were agreed."""
    due = (price * grams / unit_g).quantize(FEN, ROUND_HALF_UP)
    return min(due, price * units)


def _tell(adjustments: Iterable[Adjustment], at: datetime) -> None:
    """What is due at the door, and a notice for every order that changed."""
    change_by_order: dict[int, Decimal] = defaultdict(Decimal)
    for adjustment in adjustments:
        change_by_order[adjustment.order_id] += adjustment.amount
    parcels = list(Parcel.objects.filter(order__in=change_by_order).only("household", "order"))
    for parcel in parcels:
        # In the database: two changes of one order may come from two packers.
        parcel.due = F("due") + change_by_order[parcel.order_id]
    Parcel.objects.bulk_update(parcels, ["due"], batch_size=CHUNK)
    Notice.objects.bulk_create(
        (
            Notice(household_id=parcel.household_id, order_id=parcel.order_id, at=at)
            for parcel in parcels
        ),
        batch_size=CHUNK,
    )
