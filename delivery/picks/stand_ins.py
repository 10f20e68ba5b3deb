"""What may come instead of a good that is short at the bench: the rules are those of a share-out
(`delivery.share_outs.substitutes`), for one line at a time. Reads only."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q, Sum
from django.utils import timezone

from delivery.models import ParcelLine, Wish
from inventory.models import Item, Lot


@dataclass(frozen=True)
class StandIn:
    """A good that may come instead of another; `most` units, if enough are missing."""

    item: Item
    asked: Item
    most: int

    @property
    def title(self) -> str:
        return self.item.record.product.title

    def units(self, missing: int) -> int:
        """So many come for so many that are missing: the parcel gets no heavier than planned."""
        units = min(missing, self.most)
        if self.item.weight_g:
            units = min(units, missing * self.asked.weight_g // self.item.weight_g)
        return max(0, units)


def may_be_replaced(line: ParcelLine) -> bool:
    """It was wished for, and no share-out has decided what comes instead."""
    return line.wish == Wish.SIMILAR and line.quantity == line.asked


def of(lines: Iterable[ParcelLine]) -> dict[int, StandIn]:
    """By line, of unpacked ones in closed rounds with their `item` and `parcel`: what is on sale,
    in date, promised to nobody and waited for by nobody, within its limit per household.

    No query where nothing of that is asked for, else four for any number of lines.
    """
    lines = [line for line in lines if may_be_replaced(line) and line.item.similar_id]
    if not lines:
        return {}
    similar = {line.item.similar_id for line in lines if line.item.similar_id}
    on_sale = Item.objects.filter(record__product__is_public=True, record__price__isnull=False)
    items = on_sale.select_related("record__product").in_bulk(similar)
    free = _free(items)
    has = _has(lines, [item for item in items.values() if item.household_limit is not None])
    found = {}
    for line in lines:
        item = items.get(line.item.similar_id or 0)
        if item is None:
            continue
        most = free[item.pk]
        if item.household_limit is not None:
            most = min(most, item.household_limit - has[line.parcel.household_id, item.pk])
        if most > 0:
            found[line.pk] = StandIn(item, line.item, most)
    return found


def _free(items: Mapping[int, Item]) -> dict[int, int]:
    free: dict[int, int] = defaultdict(int)
    for pk, item in items.items():
        free[pk] = (item.record.num_in_stock or 0) - (item.record.num_allocated or 0)
    expired = Lot.objects.filter(item__in=items, expires_on__lt=timezone.localdate())
    awaited = ParcelLine.objects.filter(item__in=items, awaiting=True)
    for rows, units in ((expired, "units"), (awaited, "quantity")):
        for pk, taken in rows.order_by().values_list("item").annotate(sum=Sum(units)):
            free[pk] -= taken
    return free


def _has(lines: Collection[ParcelLine], limited: Collection[Item]) -> Counter[tuple[int, int]]:
    """Units of the limited goods by door and good, in the rounds of these lines."""
    if not limited:
        return Counter()
    doors = Q()
    for round_id, household_id in {(li.parcel.round_id, li.parcel.household_id) for li in lines}:
        doors |= Q(parcel__round=round_id, parcel__household=household_id)
    found = ParcelLine.objects.filter(doors, item__in=limited).order_by()
    sums = found.values_list("parcel__household", "item").annotate(units=Sum("quantity"))
    return Counter({(household_id, item_id): units for household_id, item_id, units in sums})
