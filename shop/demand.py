"""What households wait for: pre-ordered goods for which nothing is held yet.

Of open rounds that is what their orders say, and it still grows; of closed ones what their parcels
await. Goods sold from stock are held when they are ordered: they are missing on the shelf
(`inventory.purchases.proposals` sees that) and have no place here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from django.db.models import Count, QuerySet, Sum
from oscar.core.loading import get_model

from delivery.models import Household, ParcelLine, Round
from inventory.models import Item, Purchase, Station
from inventory.purchases import proposals
from inventory.purchases.proposals import Coming, ProposalLine
from shop.models import OrderStatus

OrderLine = get_model("order", "Line")

#: item key -> round key -> (units, orders)
Demand = dict[int, dict[int, tuple[int, int]]]


@dataclass(frozen=True)
class RoundDemand:
    """Units of one good, or of several, that wait in a round; `orders`: of how many doors."""

    round: Round
    units: int
    orders: int

    @property
    def grows(self) -> bool:
        return self.round.status == Round.Status.OPEN


@dataclass(frozen=True)
class Behind:
    """Why a good is on the proposal: the sum, and what it is made of."""

    line: ProposalLine
    rounds: list[RoundDemand]
    on_order: list[Coming]
    drafted: list[Coming]


@dataclass(frozen=True)
class Door:
    """Units of one good that one order waits for."""

    round_id: int
    order_id: int
    number: str
    household_id: int
    units: int
    household: Household | None = None


def waiting(station: Station, rounds: Collection[int] | None = None) -> dict[int, int]:
    """Units by item; of these rounds, or of all that are open or closed. Two queries."""
    return total(by_item(station), rounds)


def total(demand: Demand, rounds: Collection[int] | None = None) -> dict[int, int]:
    """Units by item, of these rounds or of all."""
    sums = {
        item_id: sum(units for pk, (units, _) in found.items() if rounds is None or pk in rounds)
        for item_id, found in demand.items()
    }
    return {item_id: units for item_id, units in sums.items() if units}


def by_item(station: Station, item: Item | None = None) -> Demand:
    """Units and orders by item and round. Two queries."""
    ordered, awaited = _ordered(station, item), _awaited(station, item)
    demand: Demand = {}
    for rows in (
        ordered.order_by()
        .values_list("stockrecord__item__pk", "order__placement__round_id")
        .annotate(units=Sum("quantity"), orders=Count("order_id")),
        awaited.order_by()
        .values_list("item_id", "parcel__round_id")
        .annotate(units=Sum("quantity"), orders=Count("parcel_id")),
    ):
        for item_id, round_id, units, orders in rows:
            if units:
                demand.setdefault(item_id, {})[round_id] = (units, orders)
    return demand


def rounds_of(demand: Demand) -> list[RoundDemand]:
    """The rounds in which somebody waits, the first to be delivered first; `orders` counts an
    order once for each of its goods. One query."""
    units: dict[int, int] = {}
    orders: dict[int, int] = {}
    for found in demand.values():
        for round_id, (count, doors) in found.items():
            units[round_id] = units.get(round_id, 0) + count
            orders[round_id] = orders.get(round_id, 0) + doors
    rounds = Round.objects.filter(pk__in=units).order_by("delivers_from", "pk")
    return [RoundDemand(round, units[round.pk], orders[round.pk]) for round in rounds]


def behind(station: Station, item: Item) -> Behind:
    """What stands behind one line of the proposal. Seven queries, however much it is."""
    demand = by_item(station, item)
    [line] = proposals.needs(station, total(demand), item=item)
    coming = proposals.coming(station, item)
    return Behind(
        line,
        rounds_of(demand),
        coming[Purchase.Status.PLACED].get(item.pk, []),
        coming[Purchase.Status.DRAFT].get(item.pk, []),
    )


def doors(station: Station, item: Item) -> list[Door]:
    """Every order that waits for the good, in the order in which they were placed. Two queries."""
    ordered = _ordered(station, item).values_list(
        "order__placement__round_id",
        "order_id",
        "order__number",
        "order__placement__household_id",
        "quantity",
    )
    awaited = _awaited(station, item).values_list(
        "parcel__round_id",
        "parcel__order_id",
        "parcel__order__number",
        "parcel__household_id",
        "quantity",
    )
    found = [Door(*row) for rows in (awaited, ordered) for row in rows.order_by()]
    return sorted(found, key=lambda door: (door.order_id or 0, door.household_id))


def with_households(doors: Sequence[Door]) -> list[Door]:
    """The same doors with their households. One query."""
    households = Household.objects.select_related("grid").in_bulk(
        {door.household_id for door in doors}
    )
    return [replace(door, household=households[door.household_id]) for door in doors]


def _ordered(station: Station, item: Item | None) -> QuerySet:
    lines = OrderLine.objects.filter(
        terms__preorder=True,
        quantity__gt=0,
        order__placement__round__station=station,
        order__placement__round__status=Round.Status.OPEN,
    ).exclude(order__status=OrderStatus.CANCELLED)
    return lines if item is None else lines.filter(stockrecord=item.record_id)


def _awaited(station: Station, item: Item | None) -> QuerySet:
    lines = ParcelLine.objects.filter(awaiting=True, parcel__round__station=station, quantity__gt=0)
    return lines if item is None else lines.filter(item=item)
