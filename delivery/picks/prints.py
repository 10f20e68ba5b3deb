"""What the pick lists say: the goods of a batch or a round, in the order one walks the shelves."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import segno
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from delivery.models import Batch, Parcel, ParcelLine, Round, Stop, StopParcel
from delivery.picks import codes
from inventory import lots
from inventory.lots import OnShelf, Pull
from inventory.models import Item


@dataclass(frozen=True)
class Pick:
    """So many of one good; what a shelf or a bag gets.

    What a shelf gives also knows its lots; and for a whole round, how many were `packed` already
    and how many go to each grid.
    """

    item: Item
    quantity: int
    on_shelf: OnShelf = field(default_factory=OnShelf)
    packed: int = 0
    by_grid: Sequence[tuple[str, int]] = ()

    @property
    def title(self) -> str:
        return self.item.record.product.title

    @property
    def category(self) -> str:
        """The first of its categories, as the shop sorts them."""
        names = sorted((each.path, each.name) for each in self.item.record.product.categories.all())
        return names[0][1] if names else ""

    @property
    def left(self) -> int:
        """Units that are still to be taken from the shelf."""
        return self.quantity - self.packed

    @property
    def pulls(self) -> list[Pull]:
        return self.on_shelf.take(self.left)

    @property
    def missing(self) -> int:
        """Units that no lot in date has."""
        return max(0, self.left - self.on_shelf.units)

    @property
    def place(self) -> tuple:
        """Sorts as one walks: what must stay cold last, A-2 before A-10, no shelf at the end."""
        shelf = self.item.shelf
        return self.item.cold, not shelf, natural(shelf), self.category, self.title, self.item.pk


@dataclass(frozen=True)
class Shelf:
    name: str
    cold: bool
    picks: list[Pick]


@dataclass(frozen=True)
class Bag:
    """What one stop of a batch gets, all its parcels together."""

    stop: Stop
    picks: list[Pick]


@dataclass(frozen=True)
class Picks:
    """`brought_back` parcels come from an earlier try and are packed already: not picked again.

    `awaiting` goods were not shared out yet: nobody knows who gets how much, so they are not in
    the list. `bags` only for a batch.
    """

    shelves: list[Shelf]
    bags: list[Bag] = field(default_factory=list)
    brought_back: int = 0
    awaiting: int = 0


def of_round(round: Round) -> Picks:
    """All goods of a round's parcels, over all its grids. Five queries, however many parcels."""
    lines = ParcelLine.objects.filter(parcel__round=round)
    sums = (
        lines.filter(quantity__gt=0, awaiting=False)
        .order_by("parcel__household__grid__position", "parcel__household__grid_id")
        .values_list("item_id", "parcel__household__grid__name")
        .annotate(
            units=Sum("quantity"),
            packed=Sum("quantity", filter=Q(packed_at__isnull=False), default=0),
        )
    )
    grids: dict[int, list[tuple[str, int]]] = defaultdict(list)
    packed_by_item: Counter[int] = Counter()
    for item_id, grid, units, packed in sums:
        grids[item_id].append((grid, units))
        packed_by_item[item_id] += packed
    shelf = lots.on_shelf(grids.keys(), timezone.localdate())
    items = _items(grids)
    picks = [
        Pick(
            items[pk],
            sum(units for _grid, units in by_grid),
            shelf[pk],
            packed_by_item[pk],
            by_grid,
        )
        for pk, by_grid in grids.items()
    ]
    return Picks(_shelves(_sorted(picks)), awaiting=_goods(lines))


def of_batch(batch: Batch) -> Picks:
    """The goods of a batch by shelf, and by door. Six queries, however many doors."""
    earlier = StopParcel.objects.filter(parcel=OuterRef("parcel"), pk__lt=OuterRef("pk"))
    loads = StopParcel.objects.filter(stop__batch=batch).annotate(brought_back=Exists(earlier))
    fresh = (
        loads.filter(brought_back=False)
        .select_related("stop__household", "parcel")
        .prefetch_related("parcel__lines")
        .order_by("stop__position", "parcel_id")
    )
    contents: dict[Stop, Counter[int]] = {}
    awaiting: set[int] = set()
    for load in fresh:
        bag = contents.setdefault(load.stop, Counter())
        for line in load.parcel.lines.all():
            if line.awaiting:
                awaiting.add(line.item_id)
            elif line.quantity:
                bag[line.item_id] += line.quantity
    totals: Counter[int] = sum(contents.values(), Counter())
    items = _items(totals)
    shelf = lots.on_shelf(totals.keys(), timezone.localdate())
    picks = [Pick(items[pk], quantity, shelf[pk]) for pk, quantity in totals.items()]
    bags = [
        Bag(stop, _sorted(Pick(items[pk], quantity) for pk, quantity in bag.items()))
        for stop, bag in contents.items()
    ]
    return Picks(
        _shelves(_sorted(picks)),
        bags,
        loads.filter(brought_back=True).count(),
        len(awaiting),
    )


def _goods(lines: QuerySet[ParcelLine]) -> int:
    return lines.filter(awaiting=True).values("item").distinct().count()


def _items(item_ids: Iterable[int]) -> dict[int, Item]:
    items = Item.objects.select_related("record__product")
    return items.prefetch_related("record__product__categories").in_bulk(list(item_ids))


def _sorted(picks: Iterable[Pick]) -> list[Pick]:
    return sorted(picks, key=lambda pick: pick.place)


def _shelves(picks: list[Pick]) -> list[Shelf]:
    groups = groupby(picks, key=lambda pick: (pick.item.cold, pick.item.shelf))
    return [Shelf(name, cold, list(group)) for (cold, name), group in groups]


@dataclass(frozen=True)
class Label:
    """What stands on a parcel: the `number`th of `total` at its stop; nobody's name."""

    stop: Stop
    parcel: Parcel
    number: int
    total: int

    @property
    def code(self) -> str:
        return codes.of(self.parcel)

    @property
    def qr(self) -> str:
        """Inline SVG, made of nothing but the code."""
        return segno.make(self.code, micro=False, error="m").svg_inline(
            border=0, omitsize=True, svgclass="qr"
        )


def labels(batch: Batch) -> list[Label]:
    """Of all parcels of a batch, in stop order. One query."""
    loads = (
        StopParcel.objects.filter(stop__batch=batch, active=True)
        .select_related("stop__household", "parcel")
        .defer("stop__household__needs")
        .order_by("stop__position", "parcel_id")
    )
    made = []
    for stop, of_stop in groupby(loads, key=lambda load: load.stop):
        parcels = [load.parcel for load in of_stop]
        made += [
            Label(stop, parcel, number, len(parcels))
            for number, parcel in enumerate(parcels, start=1)
        ]
    return made


def natural(text: str) -> str:
    """A-2 before A-10."""
    return re.sub(r"\d+", lambda digits: digits.group().zfill(6), text)
