"""What a packer said of a line by mistake is taken back, and so is what it did to the money."""

from datetime import datetime
from decimal import Decimal

from delivery.models import Parcel, ParcelLine
from inventory import stock
from inventory.models import Item
from shop import notices
from shop.models import Adjustment
from shop.money import ledger, orders


def undo(order_id: int, item_id: int, since: datetime, *, by, at: datetime) -> None:
    """Undoes what `settling.settle` wrote of this order's good when it was ticked off at `since`.

    The adjustments stay, each with one that makes it nothing. Raises `Shortage` if the units that
    were given up have been promised to others.
    """
    mistaken = Adjustment.objects.filter(
        order_id=order_id,
        line__stockrecord__item__in=_asked_for(order_id, item_id),
        at=since,
        kind__in=(Adjustment.Kind.SHORT, Adjustment.Kind.WEIGHT),
    )
    undone = [
        Adjustment(
            order_id=order_id,
            line_id=adjustment.line_id,
            kind=Adjustment.Kind.UNDONE,
            units=-adjustment.units,
            amount=-adjustment.amount,
            by=by,
            at=at,
        )
        for adjustment in mistaken
    ]
    # One good, so its row is locked once whatever the verbs; before the money, because a fund may
    # pay for it again, and funds are locked last of all (docs/locking.md).
    record_id = Item.objects.values_list("record", flat=True).get(pk=item_id)
    ledger.lock([order_id])
    stock.lock([record_id])
    Adjustment.objects.bulk_create(undone)
    parcel = Parcel.objects.select_related("household__grid").get(order=order_id)
    back = sum((each.amount for each in undone), Decimal(0))
    station_id = parcel.household.grid.station_id
    again = orders.adjustment(order_id, station_id, parcel.household_id, back)
    ledger.post([again], by=by, at=at)
    notices.write([(parcel.household_id, order_id)], at=at)
    weighed = sum(each.amount for each in undone if not each.units)
    if weighed:
        stock.settle([(order_id, record_id, weighed)], by=by)
    stock.reserve(
        [
            stock.Promise(order_id, record_id, each.units, each.amount / each.units)
            for each in undone
            if each.units
        ],
        by=by,
        at_todays_price=False,
    )


def _asked_for(order_id: int, item_id: int) -> set[int]:
    """The good itself, or what it came instead of: the money stands at that line. Others may have
    been ticked off in the same moment."""
    lines = ParcelLine.objects.filter(parcel__order=order_id, item=item_id)
    return {asked or item_id for asked in lines.values_list("instead_of__item", flat=True)}
