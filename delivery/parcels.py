"""How parcels come about."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import Case, F, Q, Sum, When
from django.db.models.functions import Coalesce, Least

from delivery import locks
from delivery.models import Batch, Parcel, ParcelLine, Round, StopParcel, Wish
from inventory import bulk
from inventory.models import Item


class LineSpec(NamedTuple):
    """So many units of a good. `awaiting`: pre-ordered, nothing is held for it yet."""

    item_id: int
    quantity: int
    wish: str = Wish.LESS
    awaiting: bool = False


@dataclass(frozen=True)
class ParcelSpec:
    """What one door shall get in one parcel, each good once. `due`: yuan."""

    household_id: int
    order_id: int | None = None
    due: Decimal = Decimal(0)
    in_person: bool = False
    note: str = ""
    lines: Sequence[LineSpec] = field(default_factory=tuple)


def make(round: Round, specs: Iterable[ParcelSpec]) -> list[Parcel]:
    """Makes the parcels with their lines, weight (grams) and cold chain from the items.

    An order that has its parcel is passed over, so a retry makes nothing twice; returns the new
    ones. The number of queries does not grow with the number of parcels, save for the chunks a
    database can take at once. Raises `Item.DoesNotExist` for goods nobody knows.
    """
    with transaction.atomic():
        locks.round_exclusive(round.pk)
        had = set(
            Parcel.objects.filter(round=round, order__isnull=False).values_list(
                "order_id", flat=True
            )
        )
        new = [spec for spec in specs if spec.order_id not in had]
        items = _items({line.item_id for spec in new for line in spec.lines})
        made = Parcel.objects.bulk_create(
            Parcel(
                round=round,
                household_id=spec.household_id,
                order_id=spec.order_id,
                due=spec.due,
                in_person=spec.in_person,
                note=spec.note,
                weight_g=sum(items[line.item_id].weight_g * line.quantity for line in spec.lines),
                cold=any(items[line.item_id].cold for line in spec.lines),
            )
            for spec in new
        )
        bulk.insert(
            ParcelLine,
            ("parcel_id", "item_id", "asked", "quantity", "unit_g", "wish", "awaiting"),
            [
                (
                    parcel.pk,
                    line.item_id,
                    line.quantity,
                    line.quantity,
                    items[line.item_id].weight_g,
                    str(line.wish),
                    line.awaiting,
                )
                for parcel, spec in zip(made, new, strict=True)
                for line in spec.lines
            ],
        )
    return made


def _items(item_ids: set[int]) -> dict[int, Item]:
    found = Item.objects.only("weight_g", "cold").in_bulk(item_ids)
    if missing := item_ids - found.keys():
        raise Item.DoesNotExist(f"items {sorted(missing)}")
    return found


def _weight_g():
    """What a line adds to its parcel. Weighed over does not count: it is not charged either, and a
    batch that was within its courier's strength when it was given must stay so."""
    planned = F("quantity") * Coalesce("unit_g", "item__weight_g")
    return Least(Coalesce("weighed_g", planned), planned)


def reweigh(parcel_ids: Collection[int]) -> None:
    """Makes weight and cold chain of parcels, and the weight of the batches they are in, what
    their lines say now. Call in the transaction that changed the lines."""
    lines = ParcelLine.objects.filter(parcel__in=parcel_ids)
    figures = {
        pk: (weight_g, bool(cold))
        for pk, weight_g, cold in lines.order_by()
        .values_list("parcel")
        .annotate(
            weight_g=Sum(_weight_g()),
            cold=Sum(Case(When(Q(item__cold=True, quantity__gt=0), then=1), default=0)),
        )
    }
    bulk.fill(Parcel, "weight_g", {pk: weight_g for pk, (weight_g, _cold) in figures.items()})
    bulk.fill(Parcel, "cold", {pk: cold for pk, (_weight_g, cold) in figures.items()})
    sums = dict(
        StopParcel.objects.filter(
            stop__batch__in=StopParcel.objects.filter(parcel__in=parcel_ids).values("stop__batch")
        )
        .order_by()
        .values_list("stop__batch")
        .annotate(weight_g=Sum("parcel__weight_g"))
    )
    bulk.fill(Batch, "weight_g", sums)
