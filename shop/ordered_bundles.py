"""套餐 in orders: which were asked for, and how many of them are still whole."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from shop.models import OrderedBundle


@dataclass(frozen=True, slots=True)
class Ordered:
    """So many of a bundle in an order; `parts`: units in one by stock record, when it was
    ordered."""

    pk: int
    item_id: int
    record_id: int
    title: str
    units: int
    parts: Mapping[int, int]


def of_orders(order_ids: Collection[int]) -> dict[int, list[Ordered]]:
    """By order; an order without a bundle is left out. One query."""
    found: dict[int, list[Ordered]] = defaultdict(list)
    rows = OrderedBundle.objects.filter(order__in=order_ids).order_by("pk")
    columns = ("order", "pk", "item", "item__record", "title", "units", "parts")
    for order_id, pk, item_id, record_id, title, units, parts in rows.values_list(*columns):
        bundle = Ordered(pk, item_id, record_id, title, units, dict(parts))
        found[order_id].append(bundle)
    return dict(found)


def of_order(order) -> list[Ordered]:
    return of_orders([order.pk]).get(order.pk, [])


def expand(
    bundles: Collection[Ordered], now: Mapping[int, int], wanted: Mapping[int, int]
) -> dict[int, int]:
    """Units by stock record of a changed order's lines (`now`), where `wanted` may name bundles
    too: their parts come and go with them, unless they are named themselves."""
    target = dict(now)
    for bundle in bundles:
        more = wanted.get(bundle.record_id, bundle.units) - bundle.units
        for record_id, units in bundle.parts.items():
            target[record_id] = max(0, target.get(record_id, 0) + more * units)
    return target | {pk: units for pk, units in wanted.items() if pk in now}


def follow(
    bundles: Collection[Ordered], lines: Mapping[int, int], wanted: Mapping[int, int]
) -> None:
    """What is left of a changed order's bundles: as many as its lines still make, the first
    bundle first. The rest are loose goods from now on."""
    left = dict(lines)
    for bundle in bundles:
        asked = wanted.get(bundle.record_id, bundle.units)
        whole = min(left.get(pk, 0) // units for pk, units in bundle.parts.items())
        units = max(0, min(asked, whole))
        for pk, of_it in bundle.parts.items():
            left[pk] = left.get(pk, 0) - units * of_it
        row = OrderedBundle.objects.filter(pk=bundle.pk)
        if not units:
            row.delete()
        elif units != bundle.units:
            row.update(units=units)
