"""Money taken at the door: what a handoff says becomes entries, what its correction says replaces
them. The cash is in the hands of whoever carries the batch until it is handed in."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _

from delivery.errors import OutOfStep
from delivery.models import Handoff, Parcel, Stop
from shop.models import MoneyMove
from shop.money import ZERO, ledger, orders
from shop.money.cash import cash
from shop.money.ledger import Entry

Account, Kind = MoneyMove.Account, MoneyMove.Kind


def book(stop: Stop, handoff: Handoff) -> None:
    """Call in the transaction that wrote the handoff."""
    earlier = list(_undoing(handoff)) if handoff.corrects_id else []
    if not (earlier or handoff.cash or handoff.transfer):
        return
    booked = [*earlier, *_collected(stop, handoff, earlier)]
    booked += cash.squared(booked)
    ledger.post(booked, by=handoff.by, at=handoff.received_at)


def _undoing(handoff: Handoff) -> Iterator[Entry]:
    """What the corrected handoff booked, the other way round."""
    moves = MoneyMove.objects.filter(handoff=handoff.corrects_id, target=Account.ORDER)
    for move in moves.order_by("pk"):
        yield Entry(
            station_id=move.station_id,
            kind=Kind.PAYMENT,
            source=Account.ORDER,
            target=Account(move.source),
            amount=move.amount,
            household_id=move.household_id,
            order_id=move.order_id,
            holder_id=move.holder_id,
            handoff_id=handoff.pk,
        )


def _collected(stop: Stop, handoff: Handoff, earlier: list[Entry]) -> Iterator[Entry]:
    """The sums over the orders of the stop, each up to what it still owes, the oldest first. Raises
    `OutOfStep` for more than that."""
    parcels = Parcel.objects.filter(loads__stop=stop, order__isnull=False).select_related(
        "household__grid"
    )
    by_order = {parcel.order_id: parcel for parcel in parcels.order_by("order_id")}
    ledger.lock(by_order)
    owed = ledger.owed(by_order)
    for entry in earlier:
        if entry.order_id is not None:
            owed[entry.order_id] = owed.get(entry.order_id, ZERO) + entry.amount
    holder_id = stop.batch.courier.user_id if stop.batch.courier else handoff.by_id
    for source, sum_taken in (
        (Account.PERSON, handoff.cash),
        (Account.TRANSFER, handoff.transfer),
    ):
        left = Decimal(sum_taken)
        for order_id, parcel in by_order.items():
            amount = min(left, max(ZERO, owed.get(order_id, ZERO)))
            if not amount:
                continue
            left -= amount
            owed[order_id] -= amount
            also = {"holder_id": holder_id} if source == Account.PERSON else {}
            yield orders.payment(
                order_id, parcel.household, amount, source, handoff_id=handoff.pk, **also
            )
        if left and by_order:
            # Never dropped quietly: somebody holds this money.
            raise OutOfStep(_("这一户该收的钱刚刚变了，请刷新后再记。"))
