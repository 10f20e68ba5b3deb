"""What packing changed, in figures."""

from decimal import Decimal

from django.apps import apps

from delivery.models import Batch, Parcel
from inventory.models import Lot


def counters(item) -> tuple[int, int]:
    """In stock, held; and what is in the lots."""
    item.record.refresh_from_db()
    assert sum(Lot.objects.filter(item=item).values_list("units", flat=True)) == (
        item.record.num_in_stock
    )
    return item.record.num_in_stock, item.record.num_allocated


def order_of(line):
    return apps.get_model("order", "Order").objects.get(parcel=line.parcel_id)


def state(line) -> tuple[str, str, str]:
    """Of the parcel, its order and its batch."""
    parcel = Parcel.objects.get(pk=line.parcel_id)
    batch = Batch.objects.get(stops__loads__parcel=parcel, stops__loads__active=True)
    return parcel.status, order_of(line).status, batch.status


def due(line) -> Decimal:
    return Parcel.objects.get(pk=line.parcel_id).due
