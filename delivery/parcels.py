"""How parcels come about."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction

from delivery import locks
from delivery.models import Parcel, ParcelLine, Round
from inventory.models import Item


@dataclass(frozen=True)
class ParcelSpec:
    """What one door shall get in one parcel. `due`: yuan; `lines`: (item key, quantity)."""

    household_id: int
    order_id: int | None = None
    due: Decimal = Decimal(0)
    in_person: bool = False
    note: str = ""
    lines: Sequence[tuple[int, int]] = field(default_factory=tuple)


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
        contents = [(spec, _contents(spec)) for spec in specs if spec.order_id not in had]
        items = _items({item_id for _, lines in contents for item_id in lines})
        made = Parcel.objects.bulk_create(
            Parcel(
                round=round,
                household_id=spec.household_id,
                order_id=spec.order_id,
                due=spec.due,
                in_person=spec.in_person,
                note=spec.note,
                weight_g=sum(items[pk].weight_g * quantity for pk, quantity in lines.items()),
                cold=any(items[pk].cold for pk in lines),
            )
            for spec, lines in contents
        )
        ParcelLine.objects.bulk_create(
            ParcelLine(parcel=parcel, item_id=item_id, quantity=quantity)
            for parcel, (_, lines) in zip(made, contents, strict=True)
            for item_id, quantity in lines.items()
        )
    return made


def _contents(spec: ParcelSpec) -> Counter[int]:
    """Quantity by item: the same good on two order lines is one line of the parcel."""
    contents: Counter[int] = Counter()
    for item_id, quantity in spec.lines:
        contents[item_id] += quantity
    return contents


def _items(item_ids: set[int]) -> dict[int, Item]:
    found = Item.objects.only("weight_g", "cold").in_bulk(item_ids)
    if missing := item_ids - found.keys():
        raise Item.DoesNotExist(f"items {sorted(missing)}")
    return found
