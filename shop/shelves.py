"""What a resident sees on the shelves: the goods of one station, by category."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import BooleanField, Count, OuterRef, Q, QuerySet, Subquery, Value
from django.utils import timezone
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from delivery.models import Household
from inventory import lots
from inventory.models import Item, Station
from inventory.spelled import Blank, Spelled, day, key
from shop import bundles, favourites, pictures, searching
from shop.bundles import BUNDLE, Bundle, Part
from shop.limits import left_of
from shop.pictures import Picture
from shop.symbols import symbol

Category = get_model("catalogue", "Category")

#: 斤, what prices are compared by.
JIN_G = 500
FEN = Decimal("0.01")
#: The keys of the shelf for goods that nobody put on one, and of what the door always takes.
OTHER, KEPT = "other", "kept"


@dataclass(frozen=True)
class Good:
    """One good on the page. Money is yuan, the rest units."""

    record_id: int
    item_id: int
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
    picture: Picture | None = None
    #: Among the door's favourites.
    kept: bool = False
    #: What is in it, if it is a bundle.
    parts: Sequence[Part] = ()

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

    @property
    def full(self) -> bool:
        """One more is not to be had."""
        return self.in_basket >= self.most


@dataclass(frozen=True)
class Page:
    """`shelves`: the names at the side by the key that asks for them; `current`: such a key."""

    shelves: dict[str, str]
    current: str
    words: str
    goods: list[Good]
    #: Nothing is called what was asked for; these are like it.
    guessed: bool = False


def goods(station: Station) -> QuerySet[Item]:
    """Items on sale at a station that have a stock of their own, as a QuerySet."""
    return on_shelves(station).exclude(selling=BUNDLE)


def on_shelves(station: Station) -> QuerySet[Item]:
    """What residents see: goods and bundles. `shelf_name`: the first category, None if nobody put
    it into one."""
    return _at(station.partner_id, timezone.localdate())


def _at(partner: int | Blank, today: date | Blank) -> QuerySet[Item]:
    shelf = Category.objects.filter(product=OuterRef("record__product")).order_by("path")
    return (
        Item.objects.filter(bundles.for_sale(), record__partner=partner)
        .select_related("record__product")
        .annotate(expired=lots.expired(today=today), shelf_name=Subquery(shelf.values("name")[:1]))
        .order_by("record__product__title", "pk")
    )


def browse(
    station: Station,
    *,
    category: str,
    words: str,
    quantities: Mapping[int, int],
    household: Household | None = None,
) -> Page:
    """One category's goods, or what the words find in all of them; with the door's favourites and
    bundles if it is a door that looks.

    Two queries; one more to search, and one more if there are bundles.
    """
    items = goods(station) if household is None else on_shelves(station)
    shelves = _shelves(_rows_of_shelves(station, household))
    words = searching.clean(words)
    current = category if category in shelves else next(iter(shelves), "")
    found = searching.Found([])
    if words:
        current = ""
        found = searching.look(items, words)
        items = items.filter(pk__in=found.item_ids)
    elif current == KEPT and household is not None:
        items = items.filter(favourites.kept_by(household))
    elif current == OTHER:
        items = items.filter(record__product__categories=None)
    if current.isdecimal() and household is not None:
        found_items = _ON_SHELF(**_asked(station), category=int(current), household=household.pk)
        shown = _goods(found_items, quantities)
    else:
        if current.isdecimal():
            items = items.filter(record__product__categories=int(current))
        shown = _goods(_dressed(items, household), quantities)
    if words:
        place = {pk: number for number, pk in enumerate(found.item_ids)}
        shown.sort(key=lambda good: place[good.item_id])
    return Page(shelves, current, words, shown, found.guessed)


def one(
    station: Station,
    record_id: int,
    quantities: Mapping[int, int],
    household: Household | None = None,
) -> Good | None:
    if household is None:
        items = _ONE(**_asked(station), record=record_id)
    else:
        items = _dressed(on_shelves(station).filter(record_id=record_id), household)
    return next(iter(_goods(items, quantities)), None)


def _asked(station: Station) -> dict:
    return {"partner": station.partner_id, "today": timezone.localdate()}


def _rows_of_shelves(station: Station, household: Household | None) -> list[tuple]:
    if household is None:
        return list(_named(goods(station), None))
    return _NAMES(**_asked(station), household=household.pk)


def _named(items: QuerySet[Item], household: Household | Blank | None) -> QuerySet:
    mine = Q(pk__in=()) if household is None else favourites.kept_by(household)
    category = "record__product__categories"
    return (
        items.order_by(f"{category}__path")
        .values_list(f"{category}__pk", f"{category}__name")
        .annotate(kept=Count("pk", filter=mine))
    )


def _shelves(rows: Sequence[tuple]) -> dict[str, str]:
    """What the side of the page names, by key: what the door always takes comes first, goods that
    nobody put anywhere come last."""
    shelves, kept, others = {}, False, False
    for pk, name, count in rows:
        kept |= bool(count)
        if pk is None:
            others = True
        else:
            shelves[str(pk)] = name
    return ({KEPT: _("常买")} if kept else {}) | shelves | ({OTHER: _("其他")} if others else {})


def _dressed(items: QuerySet[Item], household: Household | Blank | None) -> QuerySet[Item]:
    """With the photo, and whether it is among the door's favourites."""
    mine = (
        Value(False, output_field=BooleanField())
        if household is None
        else favourites.kept_by(household)
    )
    return items.annotate(photo=pictures.name_of("record__product"), kept=mine)


def _blank() -> QuerySet[Item]:
    return _at(key("partner"), day("today"))


#: What every page asks for.
_NAMES: Spelled[tuple] = Spelled(lambda: _named(_blank(), key("household")))
_ON_SHELF: Spelled[Item] = Spelled(
    lambda: _dressed(_blank().filter(record__product__categories=key("category")), key("household"))
)
_ONE: Spelled[Item] = Spelled(lambda: _dressed(_blank().filter(record_id=key("record")), None))


def _goods(items: Iterable[Item], quantities: Mapping[int, int]) -> list[Good]:
    found = list(items)
    inside = bundles.parts_of([item.record_id for item in found if item.selling == BUNDLE])
    return [
        _bundle(item, inside[item.record_id], quantities.get(item.record_id, 0))
        if item.selling == BUNDLE
        else _good(item, quantities.get(item.record_id, 0))
        for item in found
    ]


def _good(item: Item, in_basket: int) -> Good:
    record = item.record
    per_jin = None
    if item.weight_g and item.weight_g != JIN_G:
        per_jin = (record.price * JIN_G / item.weight_g).quantize(FEN, ROUND_HALF_UP)
    return Good(
        record_id=record.pk,
        item_id=item.pk,
        title=record.product.title,
        symbol=symbol(record.product.title, item.shelf_name or ""),
        unit=item.unit,
        price=record.price,
        price_per_jin=per_jin,
        left=left_of(item, item.expired),
        preorder=item.selling == Item.Selling.PREORDER,
        limit=item.household_limit,
        cold=item.cold,
        in_basket=in_basket,
        loose_g=item.weight_g if item.by_weight else None,
        picture=Picture.named(item.photo) if item.photo else None,
        kept=item.kept,
    )


def _bundle(item: Item, bundle: Bundle, in_basket: int) -> Good:
    return Good(
        record_id=item.record_id,
        item_id=item.pk,
        title=item.record.product.title,
        symbol=symbol(item.record.product.title, item.shelf_name or _("套餐")),
        unit=item.unit,
        price=bundle.price,
        price_per_jin=None,
        left=bundle.left,
        preorder=bundle.preorder,
        limit=bundle.limit,
        cold=item.cold,
        in_basket=in_basket,
        picture=Picture.named(item.photo) if item.photo else None,
        kept=item.kept,
        parts=bundle.parts,
    )
