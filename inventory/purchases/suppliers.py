"""What can happen to suppliers, and to what they offer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.errors import SupplierRefused
from inventory.models import Item, Offer, Station, Supplier

#: More is a slip of the finger.
MOST_PACK_UNITS = 10_000


@dataclass(frozen=True)
class Offered:
    """What a supplier says of one good: units in a pack, yuan a pack if known, their own code."""

    item_id: int
    pack_units: int = 1
    pack_price: Decimal | None = None
    code: str = ""
    #: Proposals go here, also if they went to another supplier before.
    preferred: bool = False


def save(supplier: Supplier) -> Supplier:
    """Raises `SupplierRefused` if the station has one of this name by now."""
    try:
        with transaction.atomic():
            supplier.save()
    except IntegrityError as error:
        raise SupplierRefused(_("已经有叫这个名字的供应商了。")) from error
    return supplier


def offer(supplier: Supplier, offered: Sequence[Offered], *, without: Collection[int] = ()) -> None:
    """What the supplier offers of these goods is now so; of items `without` nothing any more.

    Of several suppliers of a good one is preferred: who said so last, else who came first.
    Raises `SupplierRefused` for goods that are not the station's.
    """
    items = {said.item_id for said in offered} - set(without)
    with transaction.atomic():
        # Two suppliers' lists at once would each take the preference from the other.
        station = Station.objects.select_for_update(no_key=True).get(pk=supplier.station_id)
        ours = Item.objects.stocked().filter(record__partner=station.partner_id, pk__in=items)
        if ours.count() < len(items):
            raise SupplierRefused(_("有的货不是这个驿站的，请刷新再试。"))
        if any(not 1 <= said.pack_units <= MOST_PACK_UNITS for said in offered):
            raise SupplierRefused(_("一件最少 1 份，最多 %d 份。") % MOST_PACK_UNITS)
        Offer.objects.filter(supplier=supplier, item__in=without).delete()
        wanted = {said.item_id for said in offered if said.preferred} & items
        Offer.objects.filter(item__in=wanted, preferred=True).update(preferred=False)
        Offer.objects.bulk_create(
            (
                Offer(
                    supplier=supplier,
                    item_id=said.item_id,
                    pack_units=said.pack_units,
                    pack_price=said.pack_price,
                    code=said.code,
                    preferred=False,
                )
                for said in offered
                if said.item_id in items
            ),
            update_conflicts=True,
            unique_fields=["supplier", "item"],
            update_fields=["pack_units", "pack_price", "code"],
        )
        Offer.objects.filter(supplier=supplier, item__in=wanted).update(preferred=True)
        _prefer_somebody(items | set(without))


def _prefer_somebody(item_ids: Collection[int]) -> None:
    offers = Offer.objects.filter(item__in=item_ids)
    chosen = set(offers.filter(preferred=True).values_list("item_id", flat=True))
    first: dict[int, int] = {}
    for pk, item_id in offers.order_by("-supplier__active", "pk").values_list("pk", "item_id"):
        if item_id not in chosen:
            first.setdefault(item_id, pk)
    Offer.objects.filter(pk__in=first.values()).update(preferred=True)


def in_time(supplier: Supplier, now: datetime | None = None) -> bool:
    """Whether what is ordered now is still of today's order."""
    return supplier.cut_off is None or timezone.localtime(now).time() <= supplier.cut_off


def arrives_on(supplier: Supplier, now: datetime | None = None) -> date:
    """The day on which comes what is ordered now."""
    today = timezone.localtime(now).date()
    return today + timedelta(days=supplier.lead_days + (not in_time(supplier, now)))
