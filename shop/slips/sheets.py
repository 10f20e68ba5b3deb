"""What is printed on slips: the goods with their numbers, and for each door its last order."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from delivery.models import Household, Round
from inventory.errors import StationError
from inventory.models import Item, Station
from shop import limits, pictures, shelves
from shop.models import OrderStatus, Placement, SlipSheet
from shop.pictures import Picture
from shop.slips import codes
from shop.symbols import symbol

Line = get_model("order", "Line")

#: Goods on a form: more than two pages of them nobody fills in.
MOST_GOODS = 60
#: Goods on a page in large type, and what "lately" is.
A_PAGE, LATELY = 24, timedelta(days=30)
#: Forms printed at once.
MOST_DOORS = 300
#: Boxes beside a good; more is written by hand.
BOXES = 3


@dataclass(frozen=True)
class Box:
    units: int
    marked: bool


@dataclass(frozen=True)
class Offer:
    """A good under its number on the form. `marked`: units of it in the door's last order."""

    number: int
    item: Item
    symbol: str
    marked: int = 0
    picture: Picture | None = None

    @property
    def title(self) -> str:
        return self.item.record.product.title

    @property
    def price(self) -> Decimal:
        return self.item.record.price

    @property
    def preorder(self) -> bool:
        return self.item.selling == Item.Selling.PREORDER

    @property
    def boxes(self) -> list[Box]:
        most = BOXES if self.item.household_limit is None else min(BOXES, self.item.household_limit)
        return [Box(units, units == self.marked) for units in range(1, most + 1)]

    @property
    def written(self) -> int:
        """What was ordered last and has no box."""
        return self.marked if self.marked > len(self.boxes) else 0


@dataclass(frozen=True)
class Form:
    """One door's slip."""

    household: Household
    code: str
    offers: list[Offer] = field(default_factory=list)

    @property
    def is_marked(self) -> bool:
        return any(offer.marked for offer in self.offers)


def goods(station: Station) -> list[Item]:
    """What can be put on a form: on sale, and there or pre-ordered."""
    items = shelves.goods(station).prefetch_related("record__product__categories")
    there = [item for item in items if limits.left_of(item, item.expired)]
    return sorted(there, key=lambda item: (_category(item), item.record.product.title, item.pk))


def usual(items: Sequence[Item]) -> set[int]:
    """The keys of the goods most ordered lately: what fills a page, until somebody chooses."""
    since = timezone.now() - LATELY
    lines = Line.objects.filter(
        stockrecord__item__in=[item.pk for item in items], order__date_placed__gt=since
    )
    ordered = lines.values("stockrecord__item").annotate(units=Sum("quantity"))
    most = ordered.order_by("-units", "stockrecord__item").values_list("stockrecord__item")
    keys = [pk for (pk,) in most[:A_PAGE]] + [item.pk for item in items]
    return set(list(dict.fromkeys(keys))[:A_PAGE])


def make(round: Round, items: Collection[int], *, by) -> SlipSheet:
    """The form with these goods (all that are there, if none is named) for this round; the same
    goods again are the same form. Raises `StationError`."""
    chosen = [item.pk for item in goods(round.station) if not items or item.pk in items]
    if not chosen:
        raise StationError(_("一样货也没有，没法印纸单。"))
    if len(chosen) > MOST_GOODS:
        raise StationError(_("一张纸单最多印 %d 样，请少选几样。") % MOST_GOODS)
    for sheet in SlipSheet.objects.filter(round=round).order_by("pk"):
        if sheet.items == chosen:
            return sheet
    return SlipSheet.objects.create(round=round, items=chosen, by=by)


def doors(round: Round, *, silent: bool, grid_id: int | None = None) -> QuerySet[Household]:
    """Doors of the round's grids that have not ordered in it yet; `silent`: where nobody
    comes in themselves."""
    ordered = Placement.objects.filter(round=round).exclude(order__status=OrderStatus.CANCELLED)
    found = Household.objects.of_station(round.station).with_login()
    found = found.exclude(pk__in=ordered.values("household"))
    if only := list(round.grids.values_list("pk", flat=True)):
        found = found.filter(grid__in=only)
    if silent:
        found = found.filter(has_login=False)
    if grid_id is not None:
        found = found.filter(grid=grid_id)
    return found.select_related("grid").in_walking_order()


def forms(sheet: SlipSheet, doors: Sequence[Household]) -> list[Form]:
    """The slips of these doors. Six queries, however many."""
    listed = _listed(sheet)
    photos = pictures.for_products([item.record.product_id for _number, item, _symbol in listed])
    marks = last_orders(sheet, doors)
    return [
        Form(
            door,
            codes.of(sheet.pk, door.pk),
            [
                Offer(
                    number,
                    item,
                    symbol,
                    marks[door.pk].get(item.pk, 0),
                    photos.get(item.record.product_id),
                )
                for number, item, symbol in listed
            ],
        )
        for door in doors
    ]


def last_orders(sheet: SlipSheet, doors: Collection[Household]) -> dict[int, dict[int, int]]:
    """By door, units by item of what it ordered last before the form was made. Of who lived there
    before, nothing."""
    latest = (
        Placement.objects.filter(household=OuterRef("pk"), order__date_placed__lt=sheet.at)
        .exclude(order__status=OrderStatus.CANCELLED)
        .order_by("-order__date_placed", "-order")
    )
    found = (
        Household.objects.filter(pk__in=[door.pk for door in doors])
        .annotate(latest=Subquery(latest.values("order")[:1]))
        .exclude(latest=None)
        .values_list("latest", "pk")
    )
    household_of = dict(found)
    since = {door.pk: door.lived_in for door in doors}
    marks: dict[int, dict[int, int]] = defaultdict(dict)
    for order, item, units, placed in Line.objects.filter(order__in=household_of).values_list(
        "order", F("stockrecord__item"), "quantity", "order__date_placed"
    ):
        household = household_of[order]
        if item is not None and placed >= since[household]:
            marks[household][item] = marks[household].get(item, 0) + units
    return marks


def _listed(sheet: SlipSheet) -> list[tuple[int, Item, str]]:
    items = (
        Item.objects.filter(pk__in=sheet.items)
        .select_related("record__product")
        .prefetch_related("record__product__categories")
        .in_bulk()
    )
    return [
        (number, items[pk], symbol(items[pk].record.product.title, _category(items[pk])[1]))
        for number, pk in enumerate(sheet.items, start=1)
        if pk in items
    ]


def _category(item: Item) -> tuple[str, str]:
    """(path, name) of the first one, as the shop sorts them; what has none comes last."""
    paths = ((each.path, each.name) for each in item.record.product.categories.all())
    return min(paths, default=("~", ""))
