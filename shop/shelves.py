"""What a resident sees on the shelves: the goods of one station, by category."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Prefetch
from oscar.core.loading import get_model

from inventory.models import Item, Station
from shop.symbols import symbol

Category = get_model("catalogue", "Category")
Product = get_model("catalogue", "Product")

#: 斤, what prices are compared by.
JIN_G = 500
FEN = Decimal("0.01")


@dataclass(frozen=True)
class Good:
    """One good on the page. Money is yuan, the rest units."""

    record_id: int
    title: str
    symbol: str
    unit: str
    price: Decimal
    price_per_jin: Decimal | None
    left: int
    limit: int | None
    cold: bool
    in_basket: int

    @property
    def few_left(self) -> bool:
        return self.left <= 50

    @property
    def one_more(self) -> int:
        return self.in_basket + 1

    @property
    def one_less(self) -> int:
        return self.in_basket - 1

    @property
    def most(self) -> int:
        """How many one more tap may ask for at the most."""
        return self.left if self.limit is None else min(self.left, self.limit)


@dataclass(frozen=True)
class Page:
    categories: list
    current: int | None
    words: str
    goods: list[Good]


def goods(station: Station):
    """Items on sale at a station, as a QuerySet."""
    return (
        Item.objects.filter(
            record__partner=station.partner_id,
            record__price__isnull=False,
            record__product__is_public=True,
        )
        .select_related("record__product")
        .order_by("record__product__title", "pk")
    )


def browse(station: Station, *, category: str, words: str, quantities: Mapping[int, int]) -> Page:
    """One category's goods, or what the words find in all of them. Three queries."""
    items = goods(station)
    categories = list(
        Category.objects.filter(product__stockrecords__partner=station.partner_id)
        .distinct()
        .order_by("path")
    )
    # NUL is the one character PostgreSQL cannot even be asked about.
    words = words.replace("\x00", "").strip()[:40]
    current = None
    if words:
        items = items.filter(record__product__title__icontains=words)
    elif categories:
        known = {str(found.pk): found.pk for found in categories}
        current = known.get(category, categories[0].pk)
        items = items.filter(record__product__categories=current)
    items = items.prefetch_related(
        Prefetch("record__product__categories", Category.objects.order_by("path"))
    )
    return Page(
        categories=categories,
        current=current,
        words=words,
        goods=[_good(item, quantities.get(item.record_id, 0)) for item in items],
    )


def one(station: Station, record_id: int, quantities: Mapping[int, int]) -> Good | None:
    item = goods(station).filter(record_id=record_id).first()
    return _good(item, quantities.get(record_id, 0)) if item else None


def _good(item: Item, in_basket: int) -> Good:
    record = item.record
    category = next(iter(record.product.categories.all()), None)
    per_jin = None
    if item.weight_g and item.weight_g != JIN_G:
        per_jin = (record.price * JIN_G / item.weight_g).quantize(FEN, ROUND_HALF_UP)
    return Good(
        record_id=record.pk,
        title=record.product.title,
        symbol=symbol(record.product.title, category.name if category else ""),
        unit=item.unit,
        price=record.price,
        price_per_jin=per_jin,
        left=max(0, record.net_stock_level),
        limit=item.household_limit,
        cold=item.cold,
        in_basket=in_basket,
    )
