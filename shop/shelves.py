"""What a resident sees on the shelves: the goods of one station, by category."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from inventory import lots
from inventory.models import Item, Station
from shop.baskets import left_of
from shop.symbols import symbol

Category = get_model("catalogue", "Category")

#: 斤, what prices are compared by.
JIN_G = 500
FEN = Decimal("0.01")
#: The key of the shelf for goods that nobody put on one.
OTHER = "other"


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
    #: Bought after the cut-off; the price is a ceiling.
    preorder: bool
    in_basket: int
    #: About so many grams a portion, if it is loose.
    loose_g: int | None = None

    @property
    def few_left(self) -> bool:
        return self.left <= 50 and not self.preorder

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
    """`shelves`: the names at the side by the key that asks for them; `current`: such a key."""

    shelves: dict[str, str]
    current: str
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
        .annotate(expired=lots.expired())
        .order_by("record__product__title", "pk")
    )


def browse(station: Station, *, category: str, words: str, quantities: Mapping[int, int]) -> Page:
    """One category's goods, or what the words find in all of them. Four queries."""
    items = goods(station)
    shelves = {
        str(pk): name
        for pk, name in Category.objects.filter(product__stockrecords__item__in=items.order_by())
        .distinct()
        .order_by("path")
        .values_list("pk", "name")
    }
    if items.filter(record__product__categories=None).exists():
        shelves[OTHER] = _("其他")
    # NUL is the one character PostgreSQL cannot even be asked about.
    words = words.replace("\x00", "").strip()[:40]
    current = category if category in shelves else next(iter(shelves), "")
    if words:
        current = ""
        items = items.filter(record__product__title__icontains=words)
    elif current:
        on_shelf = None if current == OTHER else int(current)
        items = items.filter(record__product__categories=on_shelf)
    items = items.prefetch_related(
        Prefetch("record__product__categories", Category.objects.order_by("path"))
    )
    return Page(
        shelves=shelves,
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
        left=left_of(item, item.expired),
        preorder=item.selling == Item.Selling.PREORDER,
        limit=item.household_limit,
        cold=item.cold,
        in_basket=in_basket,
        loose_g=item.weight_g if item.by_weight else None,
    )
