"""What came back to the station costs nothing: its goods are on the shelf again, or booked off, and
what was charged for them is to be earned anew."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Max, Sum

from delivery.models import Parcel, ParcelLine
from delivery.signals import Returned
from inventory import stock
from inventory.models import Item, Move
from shop.models import Adjustment
from shop.money import ZERO, ledger
from shop.settlement import afterwards
from shop.settlement.afterwards import Less, OrderLine

#: On the moves of what came back and cannot be sold again.
CAME_BACK = "退回时已坏"


class Back(NamedTuple):
    """Units of a stock record that are back, what they were charged altogether (yuan), and how
    many of them cannot be sold again."""

    record_id: int
    units: int
    value: Decimal
    spoiled: int = 0


def returned(parcel: Parcel, lines: Iterable[Returned], *, by, at: datetime) -> None:
    """Takes all that is left of an order off it, and puts its goods back.

    Call in the transaction that gave the parcel up, with what is in it locked.
    """
    order_id = parcel.order_id
    ledger.lock([order_id])
    came = _by_record(order_id, lines)
    # Before the money: a fund may have its part in it (docs/locking.md).
    stock.lock([back.record_id for back in came])
    worth, units = afterwards.worth(order_id), _units(parcel)
    less = [Less(line_id, yuan, units.get(line_id, 0)) for line_id, yuan in worth.items()]
    kind = Adjustment.Kind.RETURNED
    afterwards.take_off(order_id, parcel.household, kind, less, by=by, at=at)
    put_on_shelf(order_id, came, by=by)


def put_on_shelf(order_id: int, came: Sequence[Back], *, by) -> None:
    """The goods of an order are there again; those that spoiled leave the books at once."""
    earlier = Move.objects.filter(order=order_id).aggregate(last=Max("pk"))["last"] or 0
    promises = [
        promise
        for back in came
        for promise in afterwards.promises(order_id, back.record_id, back.units, back.value)
    ]
    stock.put_back(promises, by=by)
    spoiled = {back.record_id: back.spoiled for back in came if back.spoiled}
    if not spoiled:
        return
    losses = []
    moves = Move.objects.filter(order=order_id, pk__gt=earlier, kind=Move.Kind.RETURN)
    by_lot = moves.order_by("lot").values_list("item__record", "lot")
    for record_id, lot_id, units in by_lot.annotate(units=Sum("in_stock_delta")):
        if lost := min(units, spoiled.get(record_id, 0)):
            spoiled[record_id] -= lost
            reason = Move.Reason.SPOILED
            losses.append(stock.Loss(record_id, lot_id, lost, reason, CAME_BACK))
    stock.waste(losses, by=by)


def _units(parcel: Parcel) -> dict[int, int]:
    """By line of the order, units of it that are in the parcel, also of what came instead."""
    packed = ParcelLine.objects.filter(parcel=parcel, packed_at__isnull=False)
    units: dict[int, int] = defaultdict(int)
    for item_id, instead_of_item_id, quantity in packed.values_list(
        "item", "instead_of__item", "quantity"
    ):
        units[instead_of_item_id or item_id] += quantity
    lines = OrderLine.objects.filter(order=parcel.order_id)
    return {
        line_id: units[item_id] for line_id, item_id in lines.values_list("pk", "stockrecord__item")
    }


def _by_record(order_id: int, lines: Iterable[Returned]) -> list[Back]:
    units: dict[int, int] = defaultdict(int)
    spoiled: dict[int, int] = defaultdict(int)
    for line in lines:
        units[line.item_id] += line.units
        spoiled[line.item_id] += line.spoiled
    charged = afterwards.charged(order_id)
    records = dict(Item.objects.filter(pk__in=units).values_list("pk", "record"))
    return [
        Back(records[pk], units[pk], charged.get(records[pk], ZERO), spoiled[pk]) for pk in units
    ]
