"""What a purchase asks for, line by line; `inventory.purchases.purchasing` has the transaction."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from inventory.errors import PurchaseRefused
from inventory.models import Item, Offer, Purchase, PurchaseLine, Station, Supplier
from inventory.purchases import suppliers

#: Nobody carries ten thousand packs; a slip of the finger orders them.
MOST_PACKS = 9_999
MOST_YUAN = Decimal("99999999.99")


class Wanted(NamedTuple):
    """So many packs of a good; yuan a pack, if anybody knows."""

    item_id: int
    packs: int
    pack_units: int = 1
    pack_price: Decimal | None = None


def refuse_wrong(station: Station, supplier: Supplier, wanted: Sequence[Wanted]) -> None:
    if supplier.station_id != station.pk or not supplier.active:
        raise PurchaseRefused(_("这家供应商现在不用了，请换一家。"))
    if not wanted:
        raise PurchaseRefused(_("一样都没填，先填要买几件。"))
    items = {line.item_id for line in wanted}
    if len(items) < len(wanted):
        raise PurchaseRefused(_("同一样货写了两行，请合成一行。"))
    ours = Item.objects.stocked().filter(record__partner=station.partner_id, pk__in=items)
    if ours.count() < len(items):
        raise PurchaseRefused(_("有的货不是这个驿站的，请刷新再试。"))
    for line in wanted:
        if not 1 <= line.packs <= MOST_PACKS:
            raise PurchaseRefused(_("件数要在 1 到 %d 之间。") % MOST_PACKS)
        if not 1 <= line.pack_units <= suppliers.MOST_PACK_UNITS:
            raise PurchaseRefused(_("一件最少 1 份，最多 %d 份。") % suppliers.MOST_PACK_UNITS)
        if line.pack_price is not None and not 0 <= line.pack_price <= MOST_YUAN:
            raise PurchaseRefused(_("一件的价钱不对，请核对。"))


def with_received(purchase: Purchase):
    """Its lines, with `came`: units accepted against them, and `deliveries`: how often."""
    return (
        PurchaseLine.objects.filter(purchase=purchase)
        .select_related("item__record__product")
        .annotate(came=Coalesce(Sum("received__units"), 0), deliveries=Count("received"))
        .order_by("pk")
    )


def in_packs_of(supplier: Supplier, wanted: Sequence[Wanted]) -> list[Wanted]:
    """The same goods, at least as many units, as this supplier sells them."""
    items = [line.item_id for line in wanted]
    offers = {o.item_id: o for o in Offer.objects.filter(supplier=supplier, item__in=items)}
    converted = []
    for line in wanted:
        if offer := offers.get(line.item_id):
            packs = -(-line.packs * line.pack_units // offer.pack_units)
            line = Wanted(line.item_id, packs, offer.pack_units, offer.pack_price)
        else:
            line = line._replace(pack_price=None)
        converted.append(line)
    return converted


def take(lines: Mapping[int, PurchaseLine], taken: Mapping[int, int]) -> None:
    for pk, count in taken.items():
        lines[pk].packs -= count
    PurchaseLine.objects.filter(pk__in=[pk for pk in taken if not lines[pk].packs]).delete()
    left = [lines[pk] for pk in taken if lines[pk].packs]
    PurchaseLine.objects.bulk_update(left, ["packs"])


def asked(purchase: Purchase) -> list[Wanted]:
    rows = purchase.lines.values_list("item_id", "packs", "pack_units", "pack_price")
    return sorted(Wanted(*row) for row in rows)


def write(purchase: Purchase, wanted: Sequence[Wanted]) -> None:
    PurchaseLine.objects.bulk_create(
        PurchaseLine(purchase=purchase, **line._asdict()) for line in wanted
    )


def movable(line: PurchaseLine) -> int:
    """Packs of a line (of `outstanding`) that nothing came of yet, so that they may be split off.

    A line that a receipt names stays, with at least a pack.
    """
    kept = 1 if line.deliveries else 0
    return max(0, min(line.packs - kept, (line.units - line.came) // line.pack_units))
