"""What can happen between the shelf and the parcel: goods are packed."""

from collections.abc import Collection
from datetime import datetime

from delivery.errors import NotShared
from delivery.models import ParcelLine
from inventory import stock


def rest_of(parcel_ids: Collection[int], *, by, at: datetime) -> None:
    """Everything of these parcels that is not packed yet leaves the shelf for them, as it was
    planned. One call for all of them: the stock is locked once, in the order of its keys, and last.

    Raises `NotShared` while a pre-ordered good is still to be shared out, `StockRefused` if the
    shelf has less than the books say. The caller's transaction is over then.
    """
    lines = ParcelLine.objects.filter(parcel__in=parcel_ids)
    if waiting := lines.filter(awaiting=True).values("item").distinct().count():
        raise NotShared(waiting)
    unpacked = lines.filter(packed_at=None)
    goods = list(
        unpacked.filter(quantity__gt=0).values_list(
            "parcel__order_id", "item__record_id", "quantity"
        )
    )
    unpacked.update(packed_at=at, packed_by=by)
    stock.pack(goods, by=by)
