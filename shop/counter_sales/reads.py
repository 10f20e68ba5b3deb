"""What the counter looks up: doors, the goods it sells, and what a door bought there."""

from collections.abc import Collection

from django.db.models import Case, Q, QuerySet, Sum, When
from django.utils import timezone

from delivery import channels
from delivery.channels import Channel
from delivery.models import Household
from inventory.models import Item, Lot, Station
from shop.models import CounterSale


def doors(station: Station, words: str) -> QuerySet[Household]:
    """The doors with these words on their wall (`Household.objects.painted`), of one grid if its
    name is among them; those that may come to the counter first. Two queries."""
    found = Household.objects.of_station(station).select_related("grid")
    # 十一网格 before 一网格, which is a part of it.
    for grid in sorted(station.grids.all(), key=lambda grid: -len(grid.name)):
        if grid.name in words:
            found, words = found.filter(grid=grid), words.replace(grid.name, " ")
            break
    may_come = [level for level, ways in channels.ALLOWED.items() if Channel.COUNTER in ways]
    first = Case(When(grid__risk_level__in=may_come, then=0), default=1)
    return found.painted(words).order_by(first, "grid__position", "grid_id", "walk_key", "pk")


def find(station: Station, words: str) -> Item | None:
    """The one good that a scanned code or a typed word means: its barcode, its 编码, or the only
    title with the word in it. None: nobody can tell."""
    words = words.replace("\x00", "").strip()[:100]
    if not words:
        return None
    items = goods(station)
    coded = Q(record__product__upc=words) | Q(record__partner_sku__iexact=words)
    matches = list(items.filter(coded)[:2]) or list(
        items.filter(record__product__title__icontains=words)[:2]
    )
    return matches[0] if len(matches) == 1 else None


def goods(station: Station) -> QuerySet[Item]:
    """What the counter sells: on sale from stock. A pre-ordered good is its buyers' first."""
    return (
        Item.objects.filter(
            record__partner=station.partner_id,
            record__price__isnull=False,
            record__product__is_public=True,
            selling=Item.Selling.STOCK,
        )
        .select_related("record__product", "record__partner")
        .order_by("record__product__title", "pk")
    )


def unpromised(record_ids: Collection[int]) -> dict[int, int]:
    """Units that may be sold over the counter: in date, and held for nobody. Two queries."""
    items = Item.objects.filter(record__in=record_ids).select_related("record")
    fresh = dict(
        Lot.objects.filter(item__record__in=record_ids, units__gt=0)
        .exclude(expires_on__lt=timezone.localdate())
        .order_by()
        .values_list("item__record_id")
        .annotate(units=Sum("units"))
    )
    return {
        item.record_id: max(0, fresh.get(item.record_id, 0) - (item.record.num_allocated or 0))
        for item in items
    }


def loose(record_ids: Collection[int]) -> QuerySet[Item]:
    """Goods that are weighed when they are packed. Over the counter they go by the portion, at
    the price of one: nobody weighs there."""
    items = Item.objects.filter(record__in=record_ids, by_weight=True)
    return items.select_related("record__product").order_by("record__product__title", "pk")


def sales_of(household: Household) -> QuerySet[CounterSale]:
    """What a door bought over the counter, the latest first; nothing of who moved out."""
    sales = CounterSale.objects.filter(household=household, at__gte=household.lived_in)
    sales = sales.select_related("order")
    return sales.prefetch_related("order__lines").order_by("-at", "-pk")
