"""What may be taken from the shelf, and which of it first. Reads only; the rule that takes it is
`inventory.ledger.take_from_lots`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from inventory.models import Lot
from inventory.spelled import Blank


@dataclass(frozen=True)
class Pull:
    """So many units of one lot."""

    expires_on: date | None
    units: int


@dataclass(frozen=True)
class OnShelf:
    """One good: its lots that are in date, first to be taken first; and units that are not."""

    pulls: Sequence[Pull] = ()
    expired: int = 0

    @property
    def units(self) -> int:
        return sum(pull.units for pull in self.pulls)

    def take(self, units: int) -> list[Pull]:
        """From which lots so many units come; fewer if there are fewer."""
        taken: list[Pull] = []
        for pull in self.pulls:
            if units <= 0:
                break
            of_it = min(units, pull.units)
            taken.append(Pull(pull.expires_on, of_it))
            units -= of_it
        return taken


def expired(item: str = "pk", today: date | Blank | None = None) -> Coalesce:
    """For a query, whose column `item` is an item's key: units of it that are past their date. They
    are in the building until somebody books them off, and nobody may have them."""
    past = Lot.objects.filter(
        item=OuterRef(item), units__gt=0, expires_on__lt=today or timezone.localdate()
    ).order_by()
    return Coalesce(Subquery(past.values("item").annotate(sum=Sum("units")).values("sum")), 0)


def on_shelf(item_ids: Collection[int], today: date) -> dict[int, OnShelf]:
    """By item, every one of them; lots of one date are one. One query."""
    by_item: dict[int, dict[date | None, int]] = {pk: {} for pk in item_ids}
    lots = Lot.objects.filter(item__in=item_ids, units__gt=0).order_by("pk")
    for item_id, expires_on, units in lots.values_list("item_id", "expires_on", "units"):
        dates = by_item[item_id]
        dates[expires_on] = dates.get(expires_on, 0) + units
    return {pk: _on_shelf(dates, today) for pk, dates in by_item.items()}


def _on_shelf(units_by_date: dict[date | None, int], today: date) -> OnShelf:
    # What never expires comes last, as `take_from_lots` has it.
    pulls = [
        Pull(day, units)
        for day, units in sorted(units_by_date.items(), key=lambda lot: lot[0] or date.max)
    ]
    fresh = [pull for pull in pulls if pull.expires_on is None or pull.expires_on >= today]
    return OnShelf(fresh, sum(pull.units for pull in pulls) - sum(pull.units for pull in fresh))
