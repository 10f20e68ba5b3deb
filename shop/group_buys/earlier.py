"""What was ordered from group buys before, so that no row is ordered twice."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Sum
from django.utils import timezone

from delivery.models import Round
from shop.models import GroupBuyRow

#: (household, number, item)
Key = tuple[int, str, int]

#: An export that is imported into a later round by mistake is not older than this.
LOOK_BACK = timedelta(days=14)


@dataclass
class Elsewhere:
    """Units ordered in other rounds, and those rounds' names."""

    units: Counter[Key] = field(default_factory=Counter)
    rounds: list[str] = field(default_factory=list)


def ordered(round: Round, source: str, asked: Mapping[Key, int]) -> tuple[Counter[Key], Elsewhere]:
    """In this round; and in other rounds of the station from what seems the same group buy: all
    that was ordered of it is in `asked` again. Two queries.

    An export's own numbers begin at 1 in every group buy, so a number alone says nothing; and a
    village that buys eggs every week must not look like one that imports a file twice.
    """
    rows = GroupBuyRow.objects.filter(source=source)
    known: Counter[Key] = Counter()
    for *key, units in _sums(rows.filter(round=round)):
        known[tuple(key)] = units
    parts: dict[int, Counter[Key]] = defaultdict(Counter)
    names: dict[int, str] = {}
    recent = rows.filter(
        round__station=round.station_id, group_buy__at__gt=timezone.now() - LOOK_BACK
    ).exclude(round=round)
    for pk, name, *key, units in (
        recent.values_list("group_buy", "round__name", "household", "number", "item")
        .annotate(units=Sum("units"))
        .order_by("group_buy")
    ):
        parts[pk][tuple(key)] = units
        names[pk] = name
    elsewhere = Elsewhere()
    for pk, part in parts.items():
        if all(asked.get(key, 0) >= units for key, units in part.items()):
            elsewhere.units += part
            if names[pk] not in elsewhere.rounds:
                elsewhere.rounds.append(names[pk])
    return known, elsewhere


def of_door(round: Round, source: str, household_id: int) -> Counter[tuple[str, int]]:
    """In this round by (number, item), of one door."""
    mine = GroupBuyRow.objects.filter(source=source, round=round, household=household_id)
    return Counter({(number, item): units for _door, number, item, units in _sums(mine)})


def _sums(rows):
    return rows.order_by().values_list("household", "number", "item").annotate(units=Sum("units"))
