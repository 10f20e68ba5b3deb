"""Doors that a register names in another grid than before.

The grid is part of what makes a door this door and no other, so a corrected grid would quietly
make a second door of it. Nobody but the village can tell which it is: the report names both.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext as _

from delivery.models import Household
from delivery.registers import DoorRow

#: As many are named one by one; then the file as a whole is to be looked at.
NAMED = 50


def notes(rows: Iterable[DoorRow], doors: Iterable[Household]) -> list[str]:
    """A sentence for every new door of the rows that stands in another grid of `doors` with the
    same people behind it. `doors` are all of the station's, their grid and people loaded."""
    known: dict[tuple[str, str, str], list[Household]] = defaultdict(list)
    for door in doors:
        known[door.building, door.unit, door.room].append(door)
    found = []
    for row in rows:
        there = known.get(row.key[1:], [])
        if any(door.grid.name == row.grid for door in there):
            continue
        twin = next((door for door in there if _same_people(row, door)), None)
        if twin:
            found.append(_sentence(row, twin))
    if len(found) > NAMED:
        more = _("还有%(count)d户也像是改了网格，请先核对再导入") % {"count": len(found) - NAMED}
        return [*found[:NAMED], more]
    return found


def _same_people(row: DoorRow, door: Household) -> bool:
    people = door.people.all()
    if row.phone and any(person.phone == row.phone for person in people):
        return True
    return bool(row.contact) and any(person.name == row.contact for person in people)


def _sentence(row: DoorRow, door: Household) -> str:
    said = {"row": row.row, "grid": row.grid, "door": str(door), "old": door.grid.name}
    return (
        _(
            "第%(row)d行的%(grid)s %(door)s，可能是同一户改了网格：%(old)s %(door)s 住着同样的人。"
            "导入后两户都在，请核对"
        )
        % said
    )
