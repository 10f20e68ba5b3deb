"""What the pick lists say: the goods of a batch or a round, in the order one walks the shelves."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from django.db.models import Exists, OuterRef, Sum

from delivery.models import Batch, ParcelLine, Round, Stop, StopParcel
from inventory.models import Item


@dataclass(frozen=True)
class Pick:
    """So many of one good; what a shelf or a bag gets."""

    item: Item
    quantity: int

    @property
    def title(self) -> str:
        return self.item.record.product.title

    @property
    def category(self) -> str:
        """The first of its categories, as the shop sorts them."""
        names = sorted((each.path, each.name) for each in self.item.record.product.categories.all())
        return names[0][1] if names else ""

    @property
    def place(self) -> tuple:
        """Sorts as one walks: what must stay cold last, A-2 before A-10, no shelf at the end."""
        shelf = self.item.shelf
        return self.item.cold, not shelf, _natural(shelf), self.category, self.title, self.item.pk


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

    `bags` only for a batch.
    """

    shelves: list[Shelf]
    bags: list[Bag] = field(default_factory=list)
    brought_back: int = 0


def of_round(round: Round) -> Picks:
    """All goods of a round's parcels. Three queries, however many parcels."""
    sums = ParcelLine.objects.filter(parcel__round=round).order_by().values_list("item_id")
    return Picks(_shelves(_picks(dict(sums.annotate(total=Sum("quantity"))))))


def of_batch(batch: Batch) -> Picks:
    """The goods of a batch by shelf, and by door. Five queries, however many doors."""
    earlier = StopParcel.objects.filter(parcel=OuterRef("parcel"), pk__lt=OuterRef("pk"))
    loads = StopParcel.objects.filter(stop__batch=batch).annotate(brought_back=Exists(earlier))
    fresh = (
        loads.filter(brought_back=False)
        .select_related("stop__household", "parcel")
        .prefetch_related("parcel__lines")
        .order_by("stop__position", "parcel_id")
    )
    contents: dict[Stop, Counter[int]] = {}
    for load in fresh:
        bag = contents.setdefault(load.stop, Counter())
        for line in load.parcel.lines.all():
            bag[line.item_id] += line.quantity
    picks = _picks(sum(contents.values(), Counter()))
    item_by_id = {pick.item.pk: pick.item for pick in picks}
    bags = [
        Bag(stop, _sorted(Pick(item_by_id[pk], quantity) for pk, quantity in bag.items()))
        for stop, bag in contents.items()
    ]
    return Picks(_shelves(picks), bags, loads.filter(brought_back=True).count())


def _picks(quantity_by_item: Mapping[int, int]) -> list[Pick]:
    items = (
        Item.objects.select_related("record__product")
        .prefetch_related("record__product__categories")
        .in_bulk(list(quantity_by_item))
    )
    return _sorted(Pick(items[pk], quantity) for pk, quantity in quantity_by_item.items())


def _sorted(picks: Iterable[Pick]) -> list[Pick]:
    return sorted(picks, key=lambda pick: pick.place)


def _shelves(picks: list[Pick]) -> list[Shelf]:
    groups = groupby(picks, key=lambda pick: (pick.item.cold, pick.item.shelf))
    return [Shelf(name, cold, list(group)) for (cold, name), group in groups]


def _natural(text: str) -> str:
    return re.sub(r"\d+", lambda digits: digits.group().zfill(6), text)
