"""Which door gets how much, for the page that shows it. Reads only."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from delivery.models import Household, Parcel, Round, Wish
from delivery.share_outs.share_claims import ItemShare, Line
from inventory.words import listed

#: Rows of one good; a village has more doors than anybody reads.
MOST_ROWS = 200


class DoorShare(NamedTuple):
    """One door and one good, whatever it ordered in how many orders; units. `address` is what is
    painted on the wall, `instead` comes of the similar good, `wish` is for when it is too little.
    """

    address: str
    asked: int
    got: int
    instead: int
    wish: str


class Doors(NamedTuple):
    """`rows` of those there is too little for first, then as one walks; `more` are not shown."""

    rows: Sequence[DoorShare]
    more: int


def of(round: Round, shared: Iterable[ItemShare]) -> dict[int, Doors]:
    """By item. One query, whatever there is."""
    parcels = Parcel.objects.filter(round=round).values("household")
    found = Household.objects.filter(pk__in=parcels).select_related("grid").in_walking_order()
    households = list(found)
    place = {household.pk: number for number, household in enumerate(households)}
    listed = {}
    for share in shared:
        lines: dict[int, list[Line]] = defaultdict(list)
        for line in share.lines:
            lines[line.door.household_id].append(line)
        short = share.short_doors
        pks = sorted(lines, key=lambda pk: (pk not in short, place[pk]))
        listed[share.item.pk] = Doors(
            [_row(share, households[place[pk]], lines[pk]) for pk in pks[:MOST_ROWS]],
            max(0, len(pks) - MOST_ROWS),
        )
    return listed


def _row(share: ItemShare, household: Household, lines: Sequence[Line]) -> DoorShare:
    wishes = dict.fromkeys(str(Wish(line.wish).label) for line in lines)
    return DoorShare(
        household.address,
        sum(line.units for line in lines),
        sum(share.got[line.pk] for line in lines),
        sum(share.instead.get(line.pk, 0) for line in lines),
        listed(wishes),
    )
