"""What can happen to doors: the register is applied to them, people change, people move out.

A login belongs to its phone number. It opens a door only as long as that number stands behind the
door: another number ends it, whatever the name, and the new one joins with a code of its own.
"""

import logging
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from delivery import locks, regridded
from delivery.models import Grid, Household, Person
from delivery.registers import DoorRow, Register
from delivery.signals import logins_ended, moving_out
from inventory.importing import Change, Report
from inventory.models import Station

log = logging.getLogger(__name__)

#: Rows per statement: below what either database takes as parameters of one.
CHUNK = 500

#: Register field -> field of the door. What the file leaves open (None) is never wiped: nobody
#: un-knows where a house stands.
_FIELDS = {
    "people": "people_count",
    "newcomers": "newcomers_count",
    "needs": "needs",
    "floor": "floor",
    "lon": "lon",
    "lat": "lat",
}


def apply(station: Station, register: Register, by=None, dry_run: bool = False) -> Report:
    """Make the station's doors what the register says, and report what that took.

    Doors are found by grid, building, unit and room; those the register does not name stay as
    they are. Only what differs is written, so the same register again writes nothing. Grids the
    station does not have yet are made, in the order they are read: `made` names them. The number
    of queries grows only with the chunks of 500 doors.
    """
    report = Report.of(register)
    rows = register.doors
    with transaction.atomic():
        # Two people importing at once wait for each other instead of making a door twice.
        Station.objects.select_for_update().get(pk=station.pk)
        grids = {grid.name: grid for grid in Grid.objects.filter(station=station)}
        report.made = [name for name in _in_order(row.grid for row in rows) if name not in grids]
        doors = {
            (door.grid.name, door.building, door.unit, door.room): door
            for door in Household.objects.of_station(station)
            .select_related("grid")
            .prefetch_related("people")
        }
        report.notes += regridded.notes(rows, doors.values())
        plan = _Plan()
        for row in rows:
            plan.add(row, doors.get(row.key))
        report.changes, report.unchanged = plan.changes, plan.unchanged
        if not dry_run:
            grids |= _make_grids(station, report.made)
            plan.write(grids)
            log.info(
                "register applied to station %s by user %s: %d new, %d changed, %d unchanged",
                *(station.pk, getattr(by, "pk", None)),
                *(report.new, report.changed, report.unchanged),
            )
    return report


@transaction.atomic
def set_contact(door: Household, person: Person | None, name: str, phone: str) -> None:
    """`person` of the door (None: somebody new) is called so from now on, under this number."""
    person = person or Person(household=door)
    if (person.name, person.phone) == (name, phone):
        return
    ended = _call(person, phone)
    person.name = name
    person.save()
    if ended:
        logins_ended.send(Household, household_ids=[door.pk], user_ids=[ended])


@transaction.atomic
def move_out(door: Household, by) -> None:
    """Nobody whom we know lives here any more: people, their logins to this door, what they needed
    and whom they rent from are forgotten. Orders and parcels stay: they are the station's books,
    and not for the next family to see. Raises `StationError` while there is money of theirs to be
    paid back."""
    locks.household(door.pk)
    moving_out.send(Household, household=door)
    ended = list(door.people.exclude(user=None).values_list("user", flat=True))
    door.people.all().delete()
    gone = {"needs": "", "landlord": "", "lived_in_since": timezone.now()}
    Household.objects.filter(pk=door.pk).update(**gone)
    logins_ended.send(Household, household_ids=[door.pk], user_ids=ended)
    log.info("door %s moved out, by user %s", door.pk, getattr(by, "pk", None))


def _call(person: Person, phone: str) -> int | None:
    """Sets the number; whose login that ended, by key. Not saved."""
    ended = person.user_id if person.phone != phone else None
    if ended is not None:
        person.user = None
    person.phone = phone
    return ended


class _Plan:
    """What has to be written, collected door by door."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.unchanged = 0
        self._new_doors: list[tuple[DoorRow, Household]] = []
        self._doors: list[Household] = []
        self._new_people: list[Person] = []
        self._people: list[Person] = []
        self._ended: dict[int, int] = {}  # by the key of the login, that of its door

    def add(self, row: DoorRow, door: Household | None) -> None:
        if door is None:
            door = Household(building=row.building, unit=row.unit, room=row.room)
            _set_fields(door, row)
            self._new_doors.append((row, door))
            if row.contact or row.phone:
                self._new_people.append(Person(household=door, name=row.contact, phone=row.phone))
            self.changes.append(Change(row.row, row.key))
            return
        fields = _set_fields(door, row)
        if fields:
            self._doors.append(door)
        fields += self._set_contact(door, row)
        if fields:
            self.changes.append(Change(row.row, row.key, tuple(fields)))
        else:
            self.unchanged += 1

    def _set_contact(self, door: Household, row: DoorRow) -> list[str]:
        """The person the row names: whose number or name is the same. A stranger to the door
        replaces whom the register named before, but never somebody with a login: then both stand
        behind the door until somebody tidies up. A cell left blank ends no login: it says nothing.
        """
        if not (row.contact or row.phone):
            return []
        people = sorted(door.people.all(), key=lambda person: person.pk)
        same = [p for p in people if row.phone and p.phone == row.phone] or [
            p for p in people if row.contact and p.name == row.contact
        ]
        person = next(iter(same or [p for p in people if p.user_id is None]), None)
        if person is None:
            self._new_people.append(Person(household=door, name=row.contact, phone=row.phone))
            return ["contact"]
        fields = []
        if row.contact and person.name != row.contact:
            person.name = row.contact
            fields.append("contact")
        if "phone" in row.cells and person.phone != row.phone:
            if row.phone:
                if ended := _call(person, row.phone):
                    self._ended[ended] = door.pk
            else:
                person.phone = ""
            fields.append("phone")
        if fields:
            self._people.append(person)
        return fields

    def write(self, grids: dict[str, Grid]) -> None:
        for row, door in self._new_doors:
            door.grid = grids[row.grid]
            door.set_walk_key()
        for door in self._doors:
            door.set_walk_key()
        Household.objects.bulk_create([door for _row, door in self._new_doors], batch_size=CHUNK)
        Household.objects.bulk_update(
            self._doors, [*_FIELDS.values(), "walk_key"], batch_size=CHUNK
        )
        for person in self._new_people:
            person.household_id = person.household.pk
        Person.objects.bulk_create(self._new_people, batch_size=CHUNK)
        Person.objects.bulk_update(self._people, ["name", "phone", "user"], batch_size=CHUNK)
        if self._ended:
            doors, users = list(self._ended.values()), list(self._ended)
            logins_ended.send(Household, household_ids=doors, user_ids=users)


def _set_fields(door: Household, row: DoorRow) -> list[str]:
    """Puts the row's figures on the door and names those that were different."""
    fields = []
    for word, name in _FIELDS.items():
        value = getattr(row, word)
        told = value is not None and (word == "floor" or word in row.cells)
        if told and getattr(door, name) != value:
            setattr(door, name, value)
            fields.append(word)
    if door.newcomers_count > door.people_count:
        # A list of head counts alone: nobody said who moved out.
        door.newcomers_count = door.people_count
        fields.append("newcomers")
    return fields


def _make_grids(station: Station, names: list[str]) -> dict[str, Grid]:
    if not names:
        return {}
    last = Grid.objects.filter(station=station).aggregate(last=Max("position"))["last"] or 0
    made = Grid.objects.bulk_create(
        Grid(station=station, name=name, position=last + number)
        for number, name in enumerate(names, start=1)
    )
    return {grid.name: grid for grid in made}


def _in_order(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
