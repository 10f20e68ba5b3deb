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
from typing import NamedTuple

from oscar.core.loading import get_model

from delivery.models import Parcel, ParcelLine
from delivery.signals import LineChange
from inventory import bulk, pricing, stock
from inventory.models import Item
from shop import notices
from shop.models import Adjustment, LineTerms
from shop.money import ledger, orders

OrderLine = get_model("order", "Line")

FEN = Decimal("0.01")


class _Agreed(NamedTuple):
    """An order line, and its price: yuan a unit."""

    line_id: int
    price: Decimal


class _Adjusted(NamedTuple):
    """A row of `Adjustment`, by column: there may be as many as a round has order lines."""

    order_id: int
    line_id: int
    kind: str
    units: int
    item_id: int | None
    amount: Decimal
    by_id: int | None
    at: datetime


@dataclass
class _Settlement:
    """What has to be written, change by change."""

    by_id: int | None
    at: datetime
    adjustments: list[_Adjusted] = field(default_factory=list)
    final_prices: dict[int, Decimal] = field(default_factory=dict)
    released: list[stock.Promise] = field(default_factory=list)
    reserved: list[stock.Promise] = field(default_factory=list)
    differences: list[tuple[int, int, Decimal]] = field(default_factory=list)

    def adjust(
        self,
        change: LineChange,
        line: _Agreed,
        kind: Adjustment.Kind,
        amount: Decimal,
        units: int = 0,
        item: Item | None = None,
    ) -> None:
        """Nothing is written of what changes nothing."""
        if amount or units:
            of = change.order_id, line.line_id, kind.value, units, item.pk if item else None
            self.adjustments.append(_Adjusted(*of, amount, self.by_id, self.at))


def settle(changes: Sequence[LineChange], *, by, at: datetime) -> None:
    """Writes the adjustments, what is due at the door, who must hear of it, and what is held.

    Call in the transaction that changed the parcel lines, once for all of them. The number of
    queries does not grow with the changes, save for the chunks a database can take at once.
    Raises `Shortage` if stock is to be held that is not there.
    """
    # Before the goods: everybody locks orders first.
    ledger.lock({change.order_id for change in changes})
    goods = {change.item_id for change in changes}
    goods |= {change.stands_in_for for change in changes if change.stands_in_for}
    # All of it locked at once, because there may be three verbs, and before prices are read: a
    # receipt may be setting them. Whoever calls holds the parcels already (docs/locking.md).
    stock.lock(set(Item.objects.filter(pk__in=goods).values_list("record", flat=True)))
    items = Item.objects.select_related("record").in_bulk(goods)
    for item in items.values():
        # The price of a pre-ordered good is the next round's ceiling; what came has its cost.
        item.cost_price = item.record.price
    for item_id, price in pricing.from_cost(goods).items():
        items[item_id].cost_price = min(price, items[item_id].cost_price)
    unit_weights = _unit_weights([change for change in changes if change.weighed_g is not None])
    lines = _lines(
        {change.order_id for change in changes},
        {items[change.stands_in_for or change.item_id].record_id for change in changes},
    )
    promised = _promised([change for change in changes if change.held and change.before])
    settlement = _Settlement(getattr(by, "pk", None), at)
    for change in changes:
        item = items[change.item_id]
        line = lines[change.order_id, items[change.stands_in_for or change.item_id].record_id]
        if not change.held:
            _share_out(settlement, change, line, item)
        elif change.before:
            key = line.line_id, change.item_id if change.stands_in_for else None
            unit_g = unit_weights.get((change.order_id, change.item_id)) or item.weight_g
            _less(settlement, change, line, item, promised.get(key, line.price), unit_g)
        else:
            _stand_in(settlement, change, line, item)
    bulk.insert(Adjustment, _Adjusted._fields, settlement.adjustments)
    bulk.fill(LineTerms, "final_price", settlement.final_prices)
    _tell(settlement.adjustments, by=by, at=at)
    if settlement.released:
        stock.release(settlement.released, by=by)
    stock.reserve(settlement.reserved, by=by, at_todays_price=False)
    if settlement.differences:
        stock.settle(settlement.differences, by=by)


def _lines(
    order_ids: Collection[int], record_ids: Collection[int]
) -> dict[tuple[int, int], _Agreed]:
    """By order and stock record. A basket has one line a good, so has its order."""
    found = OrderLine.objects.filter(order__in=order_ids, stockrecord__in=record_ids)
    columns = ("order_id", "stockrecord_id", "pk", "unit_price_incl_tax")
    return {
        (order, record): _Agreed(*agreed) for order, record, *agreed in found.values_list(*columns)
    }


def _unit_weights(changes: Sequence[LineChange]) -> dict[tuple[int, int], int | None]:
    """By order and good: what a unit was said to weigh when it was ordered, grams."""
    if not changes:
        return {}
    lines = ParcelLine.objects.filter(
        parcel__order__in={change.order_id for change in changes},
        item__in={change.item_id for change in changes},
    )
    columns = ("parcel__order", "item", "unit_g")
    return {(order, item): unit_g for order, item, unit_g in lines.values_list(*columns)}


def _promised(changes: Sequence[LineChange]) -> dict[tuple[int, int | None], Decimal]:
    """By line, and the good that came instead if it is about that: what a held unit was promised
    at, where it is not the price of the line."""
    if not changes:
        return {}
    order_ids = {change.order_id for change in changes}
    settled = LineTerms.objects.filter(line__order__in=order_ids, final_price__isnull=False)
    found = {
        (line_id, None): price for line_id, price in settled.values_list("line", "final_price")
    }
    instead = Adjustment.objects.filter(
        order__in=order_ids, kind=Adjustment.Kind.SUBSTITUTE
    ).values_list("line", "item", "amount", "units")
    return found | {
        (line_id, item_id): amount / units for line_id, item_id, amount, units in instead
    }


def _share_out(settlement: _Settlement, change: LineChange, line: _Agreed, item: Item) -> None:
    """A pre-ordered good came, or part of it: nothing was held for it so far."""
    promised = min(line.price, item.cost_price)
    settlement.final_prices[line.line_id] = promised
    missing = change.before - change.after
    settlement.adjust(change, line, Adjustment.Kind.SHORT, -line.price * missing, -missing)
    settlement.adjust(change, line, Adjustment.Kind.PRICE, (promised - line.price) * change.after)
    if change.after:
        settlement.reserved.append(
            stock.Promise(change.order_id, item.record_id, change.after, promised)
        )


def _less(
    settlement: _Settlement,
    change: LineChange,
    line: _Agreed,
    item: Item,
    promised: Decimal,
    unit_g: int,
) -> None:
    """Of what was held at `promised` yuan a unit less comes, or it weighs less."""
    missing = change.before - change.after
    settlement.adjust(change, line, Adjustment.Kind.SHORT, -promised * missing, -missing)
    if missing:
        settlement.released.append(
            stock.Promise(change.order_id, item.record_id, missing, promised)
        )
    if change.weighed_g is None or not change.after:
        return
    due = by_weight(promised, change.after, change.weighed_g, unit_g)
    difference = due - promised * change.after
    settlement.adjust(change, line, Adjustment.Kind.WEIGHT, difference)
    if difference:
        settlement.differences.append((change.order_id, item.record_id, difference))


def _stand_in(settlement: _Settlement, change: LineChange, line: _Agreed, item: Item) -> None:
    price = min(line.price, item.cost_price)
    amount = price * change.after
    settlement.adjust(change, line, Adjustment.Kind.SUBSTITUTE, amount, change.after, item)
    settlement.reserved.append(stock.Promise(change.order_id, item.record_id, change.after, price))


def by_weight(price: Decimal, units: int, grams: int, unit_g: int) -> Decimal:
    """Yuan for loose goods: what they weigh, and never more than the units that were agreed."""
    due = (price * grams / unit_g).quantize(FEN, ROUND_HALF_UP)
    return min(due, price * units)


def _tell(adjustments: Iterable[_Adjusted], *, by, at: datetime) -> None:
    """The money of every order that changed, and a notice that it did."""
    changed: dict[int, Decimal] = defaultdict(Decimal)
    for adjustment in adjustments:
        changed[adjustment.order_id] += adjustment.amount
    columns = ("order_id", "household_id", "household__grid__station_id")
    placed = list(Parcel.objects.filter(order__in=changed).values_list(*columns))
    ledger.post(
        [
            orders.adjustment(order_id, station_id, household_id, changed[order_id])
            for order_id, household_id, station_id in placed
        ],
        by=by,
        at=at,
    )
    heard = [(household_id, order_id) for order_id, household_id, _station in placed]
    notices.write(heard, at=at)
