"""套餐 as they are sold today: what is in one, what it costs, how many there are."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q

from inventory import lots
from inventory.models import BundlePart, Item
from shop.limits import MOST_OF_ONE, left_of
from shop.money import ZERO
from shop.money.funds import subsidies

BUNDLE = Item.Selling.BUNDLE


@dataclass(frozen=True, slots=True)
class Part:
    """So many `units` of a good are in one bundle; its own price, shelf and limit."""

    record_id: int
    item_id: int
    title: str
    unit: str
    units: int
    price: Decimal
    left: int
    limit: int | None
    weight_g: int
    on_sale: bool
    preorder: bool
    #: Of the limit, what the door has of it already.
    taken: int = 0
    #: What pays this share of it for the door that asks, if anything.
    fund_id: int | None = None
    share: Decimal = ZERO
    #: Yuan the household does not pay of it, in all the bundles of a basket line.
    subsidy: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.price * self.units

    @property
    def allowed(self) -> int | None:
        """Units the household may still take."""
        return None if self.limit is None else max(0, self.limit - self.taken)


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is sold as one; everything about it follows from its parts."""

    parts: tuple[Part, ...] = ()

    @property
    def on_sale(self) -> bool:
        return bool(self.parts) and all(part.on_sale for part in self.parts)

    @property
    def price(self) -> Decimal:
        return sum((part.total for part in self.parts), ZERO)

    @property
    def left(self) -> int:
        if not self.on_sale:
            return 0
        return min(MOST_OF_ONE, *(part.left // part.units for part in self.parts))

    @property
    def limit(self) -> int | None:
        limits = (part.limit // part.units for part in self.parts if part.limit is not None)
        return min(limits, default=None)

    @property
    def allowed(self) -> int | None:
        allowed = [part.allowed // part.units for part in self.parts if part.allowed is not None]
        return min(allowed, default=None)

    @property
    def weight_g(self) -> int:
        return sum(part.weight_g * part.units for part in self.parts)

    @property
    def preorder(self) -> bool:
        """Some of it is bought after the cut-off: the price is a ceiling."""
        return any(part.preorder for part in self.parts)


def parts_of(record_ids: Collection[int], *, household_id: int | None = None) -> dict[int, Bundle]:
    """By stock record of the bundles; with what funds would pay of the parts for this household.
    One query, none for no bundles."""
    if not record_ids:
        return {}
    rows = BundlePart.objects.filter(bundle__record__in=record_ids)
    if household_id is not None:
        rows = rows.annotate(**subsidies.fitting(household_id, "part"))
    found: dict[int, list[Part]] = defaultdict(list)
    for row in (
        rows.select_related("bundle", "part__record__product")
        .annotate(expired=lots.expired("part"))
        .order_by("pk")
    ):
        found[row.bundle.record_id].append(_part(row))
    return {pk: Bundle(tuple(found[pk])) for pk in record_ids}


def _part(row) -> Part:
    item, record = row.part, row.part.record
    on_sale = record.product.is_public and record.price is not None
    return Part(
        record_id=record.pk,
        item_id=item.pk,
        title=record.product.title,
        unit=item.unit,
        units=row.units,
        price=record.price or ZERO,
        left=left_of(item, row.expired) if on_sale else 0,
        limit=item.household_limit,
        weight_g=item.weight_g,
        on_sale=on_sale,
        preorder=item.selling == Item.Selling.PREORDER,
        fund_id=getattr(row, "granting_fund", None),
        share=getattr(row, "granted_share", None) or ZERO,
    )


def for_sale() -> Q:
    """Of items: goods on sale with a price, and bundles all of whose parts are."""
    parts = BundlePart.objects.filter(bundle=OuterRef("pk"))
    gone = parts.filter(Q(part__record__price=None) | Q(part__record__product__is_public=False))
    whole = Q(Exists(parts)) & ~Q(Exists(gone))
    return Q(record__product__is_public=True) & (
        Q(record__price__isnull=False) & ~Q(selling=BUNDLE) | Q(selling=BUNDLE) & whole
    )
