"""What is taken off an order after its goods came: a claim was right, or they came back."""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import NamedTuple
from uuid import UUID

from django.db.models import Sum
from oscar.core.loading import get_model

from inventory import stock
from inventory.models import Move
from shop import notices
from shop.models import Adjustment, Message, Placement
from shop.money import FEN, ZERO, ledger, orders
from shop.money.ledger import Entry

OrderLine = get_model("order", "Line")


class Less(NamedTuple):
    """So many yuan less for an order line; `units` of it that are no longer there, if any."""

    line_id: int
    amount: Decimal
    units: int = 0


def worth(order_id: int) -> dict[int, Decimal]:
    """By line, what it comes to now, with what was adjusted so far; yuan. Two queries.

    Nothing more can be taken off. To hold on to that, lock the order first.
    """
    lines = dict(
        OrderLine.objects.filter(order=order_id)
        .order_by("pk")
        .values_list("pk", "line_price_incl_tax")
    )
    adjusted = Adjustment.objects.filter(order=order_id).order_by().values_list("line")
    for line_id, amount in adjusted.annotate(sum=Sum("amount")):
        lines[line_id] += amount.quantize(FEN)
    return lines


def charged(order_id: int) -> dict[int, Decimal]:
    """By stock record, what the ledger of stock says the order's goods were charged; yuan."""
    moves = Move.objects.filter(order=order_id).order_by().values_list("item__record")
    return {pk: -value.quantize(FEN) for pk, value in moves.annotate(sum=Sum("value"))}


def take_off(
    order_id: int,
    household,
    kind: Adjustment.Kind,
    less: Sequence[Less],
    *,
    by,
    at: datetime,
    nonce: UUID | None = None,
    in_cash: bool = False,
) -> list[Entry]:
    """Writes the adjustments and the money that follows, and tells the household; returns what was
    booked. `in_cash`: what is to be given back comes out of the till. `nonce`: of the first of the
    adjustments (`shop.money.once`); money may be none.

    Call with the order locked, before the stock: what its goods were charged is the caller's.
    """
    rows = [
        Adjustment(
            order_id=order_id,
            line_id=line_id,
            kind=kind,
            units=-units,
            amount=ZERO - amount,
            by=by,
            at=at,
        )
        for line_id, amount, units in less
        if amount or units
    ]
    if rows:
        rows[0].nonce = nonce
    Adjustment.objects.bulk_create(rows)
    total = sum((each.amount for each in less), ZERO)
    station_id = household.grid.station_id
    booked = orders.adjustment(order_id, station_id, household.pk, -total)
    written = ledger.post([booked], by=by, at=at, in_cash=in_cash)
    if Placement.objects.filter(order=order_id).exists():
        told = Message.Kind.ANSWER if kind == Adjustment.Kind.CLAIM else Message.Kind.CHANGED
        notices.write([(household.pk, order_id)], at=at, kind=told)
    return written


def promises(order_id: int, record_id: int, units: int, value: Decimal) -> list[stock.Promise]:
    """So many units that were charged `value` yuan altogether. A promise says yuan a unit: where
    that does not come out even (loose goods), one unit has the rest."""
    if not units:
        return []
    each = (value / units).quantize(FEN, ROUND_DOWN)
    rest = value - each * units
    if not rest:
        return [stock.Promise(order_id, record_id, units, each)]
    return [
        stock.Promise(order_id, record_id, 1, each + rest),
        stock.Promise(order_id, record_id, units - 1, each),
    ]


def spread(amount: Decimal, charged: Sequence[tuple[int, Decimal]]) -> list[tuple[int, Decimal]]:
    """Which goods a sum is taken off: of each, in their order, at most what it was charged; what is
    left then, the first."""
    taken: dict[int, Decimal] = {}
    left = amount
    for record_id, most in charged:
        taken[record_id] = min(left, max(ZERO, most))
        left -= taken[record_id]
    taken[charged[0][0]] += left
    return [(record_id, value) for record_id, value in taken.items() if value]
