"""阳光账本: what every good cost and how its price came about, for everybody to read.

Nothing here is about people: neither who bought, nor from whom, nor who signed for it. Yuan and
units; the figures are those of `Costing`, which the audit makes again from the moves.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import F, OuterRef, Prefetch, QuerySet, Subquery, Sum, Window
from django.db.models.functions import RowNumber
from oscar.core.loading import get_model

from inventory import pricing
from inventory.models import Costing, Item, ReceiptLine, Station
from shop.symbols import symbol

Category = get_model("catalogue", "Category")

#: Rows of one good on its page, and deliveries of each on the page of all.
HISTORY = 120
RECENT = 3
#: Yuan a unit, as people read it: a fen is not enough for an egg.
FINER = Decimal("0.0001")


@dataclass(frozen=True)
class Entry:
    """One row of the book: why the price became what it is then.

    `invoice` and `extra` are what the delivery's lines say; None where a goods list stated it.
    """

    at: datetime
    units_before: int
    average_before: Decimal
    units_in: int
    invoice: Decimal | None
    extra: Decimal | None
    cost_in: Decimal
    average: Decimal
    variance: Decimal
    correction: Decimal
    price: Decimal

    @property
    def received(self) -> bool:
        return self.invoice is not None

    @property
    def invoice_each(self) -> Decimal | None:
        return _each(self.invoice, self.units_in)

    @property
    def landed_each(self) -> Decimal | None:
        return _each(self.cost_in, self.units_in) if self.received else None

    @property
    def average_each(self) -> Decimal:
        return readable(self.average)

    @property
    def added(self) -> Decimal:
        """What the account adds to a unit's price; below zero it gives that back."""
        return readable(-self.correction)

    @property
    def average_before_each(self) -> Decimal:
        return readable(self.average_before)


@dataclass(frozen=True)
class Good:
    """A good and its latest entries, the newest first. `variance`: yuan that were paid beyond its
    cost so far; below zero the station is short of it."""

    item_id: int
    title: str
    symbol: str
    shelf: str
    unit: str
    price: Decimal
    preorder: bool
    variance: Decimal
    entries: list[Entry]


def goods(station: Station) -> list[Good]:
    """All goods of a station that ever had a cost, by category. The number of queries does not
    grow with the goods."""
    newest = (
        Costing.objects.filter(item__record__partner=station.partner_id)
        .annotate(
            place=Window(RowNumber(), partition_by=F("item"), order_by=F("pk").desc()),
        )
        .filter(place__lte=RECENT)
    )
    entries: dict[int, list[Entry]] = {}
    for item_id, entry in entries_of(newest.order_by("-pk")):
        entries.setdefault(item_id, []).append(entry)
    variances = {a.item_id: to_the_fen(a.variance) for a in pricing.accounts(station=station)}
    items = [item for item in _items(station) if item.pk in entries]
    items.sort(key=lambda item: category.path if (category := _category(item)) else "~")
    return [_good(item, variances[item.pk], entries[item.pk]) for item in items]


def good(station: Station, item_id: int) -> Good | None:
    """One good with its history; None if it never had a cost here."""
    item = _items(station).filter(pk=item_id).first()
    rows = Costing.objects.filter(item=item_id).order_by("-pk")[:HISTORY]
    entries = [entry for _item, entry in entries_of(rows)]
    if item is None or not entries:
        return None
    [account] = pricing.accounts([item_id])
    return _good(item, to_the_fen(account.variance), entries)


def _items(station: Station) -> QuerySet[Item]:
    return (
        Item.objects.filter(record__partner=station.partner_id, record__price__isnull=False)
        .select_related("record__product")
        .prefetch_related(
            Prefetch("record__product__categories", Category.objects.order_by("path"))
        )
        .order_by("record__product__title", "pk")
    )


def _category(item: Item):
    return next(iter(item.record.product.categories.all()), None)


def _good(item: Item, variance: Decimal, entries: list[Entry]) -> Good:
    product, category = item.record.product, _category(item)
    return Good(
        item_id=item.pk,
        title=product.title,
        symbol=symbol(product.title, category.name if category else ""),
        shelf=category.name if category else "",
        unit=item.unit,
        price=item.record.price,
        preorder=item.selling == Item.Selling.PREORDER,
        variance=variance,
        entries=entries,
    )


def entries_of(costings: QuerySet[Costing]) -> Iterator[tuple[int, Entry]]:
    """One query, with what the delivery's lines of the good come to."""
    lines = (
        ReceiptLine.objects.filter(receipt=OuterRef("receipt"), item=OuterRef("item"))
        .order_by()
        .values("item")
    )
    rows = costings.annotate(
        invoice=Subquery(lines.annotate(sum=Sum("cost")).values("sum")),
        extra=Subquery(lines.annotate(sum=Sum("extra")).values("sum")),
    )
    for row in rows.values_list("item", *Entry.__dataclass_fields__):
        entry = Entry(*row[1:])
        if entry.invoice is not None and entry.extra is not None:
            # SQLite adds decimals up as floats.
            entry = replace(entry, invoice=to_the_fen(entry.invoice), extra=to_the_fen(entry.extra))
        yield row[0], entry


def to_the_fen(yuan: Decimal) -> Decimal:
    """Never "-0.00"."""
    return yuan.quantize(pricing.FEN, ROUND_HALF_UP) + 0


def readable(yuan: Decimal) -> Decimal:
    """To the fen, or two places finer where it needs them."""
    fine, fen = yuan.quantize(FINER, ROUND_HALF_UP), to_the_fen(yuan)
    return fen if fine == fen else fine


def _each(yuan: Decimal | None, units: int) -> Decimal | None:
    if yuan is None or not units:
        return None
    return readable(yuan / units)
