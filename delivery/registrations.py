"""门的登记: what strangers wrote at a poster becomes a door of the register, or is forgotten.

What somebody wrote is nobody's door until a leader or the station decides, once. With the decision
name, phone and needs go from the registration: they stand on the register, or nowhere.
"""

import logging
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery import locks
from delivery.errors import RegistrationRefused
from delivery.models import Grid, Household, Person, Poster, Registration
from inventory.models import Station
from inventory.sheets.cells import MOST_PEOPLE
from inventory.words import clauses, written

log = logging.getLogger(__name__)

Status = Registration.Status
#: Nothing that looks like something else, read out or typed.
ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
LENGTH = 8
#: Of one poster, waiting: who has more has somebody playing with it.
MOST_OPEN = 300
#: For so long a registration waits for somebody.
KEPT = timedelta(days=30)
#: Of who was not registered nothing is kept, of who was it stands on the register.
_FORGOTTEN = {"name": "", "phone": "", "needs": "", "landlord": ""}
_OF_DOOR = (
    *("building", "unit", "room", "floor"),
    *("people_count", "newcomers_count", "needs", "landlord"),
)
_SAID = (*_OF_DOOR, "name", "phone")


# --- posters ----------------------------------------------------------------------------------


def put_up(grid: Grid, building: str, *, by) -> Poster:
    """The poster of this building, or of the whole grid (""): asked again it is the same one."""
    fresh = {"code": "".join(secrets.choice(ALPHABET) for _n in range(LENGTH)), "by": by}
    return Poster.objects.get_or_create(grid=grid, building=building, active=True, defaults=fresh)[
        0
    ]


def take_down(poster: Poster) -> None:
    Poster.objects.filter(pk=poster.pk).update(active=False)


def poster(code: str) -> Poster | None:
    """The one that hangs somewhere with this code."""
    found = Poster.objects.filter(code=code.lower(), active=True)
    return found.select_related("grid__station").first()


# --- who decides ------------------------------------------------------------------------------


def of_station(station: Station) -> QuerySet[Registration]:
    return Registration.objects.filter(grid__station=station)


def of_leader(user) -> QuerySet[Registration]:
    """Of the grids and buildings this user looks after."""
    return Registration.objects.filter(places(user))


def places(user) -> Q:
    """The grids and buildings of a leader, for rows that have both."""
    found = Q(pk__in=())
    for role in user.grid_roles.all():
        place = Q(grid=role.grid_id)
        found |= place & Q(building=role.building) if role.building else place
    return found


def waiting(registrations: QuerySet[Registration]) -> QuerySet[Registration]:
    open_ones = registrations.filter(status=Status.OPEN)
    return open_ones.select_related("grid").order_by("at", "pk")


# --- what can become of one -------------------------------------------------------------------


def submit(poster: Poster, said: Mapping[str, Any], *, nonce: UUID) -> None:
    """Keeps what somebody wrote; sent twice it is one. The register is not looked at: whoever
    wrote it learns nothing from what happens, nor from how long it takes."""
    if poster.registrations.filter(status=Status.OPEN).count() >= MOST_OPEN:
        raise RegistrationRefused(_("现在等着登记的人太多了，请直接找楼长或驿站。"))
    building = poster.building or said["building"]
    wrote = {name: said[name] for name in _SAID if name != "building"}
    Registration.objects.get_or_create(
        nonce=nonce,
        defaults={"poster": poster, "grid_id": poster.grid_id, "building": building, **wrote},
    )


@transaction.atomic
def approve(registration: Registration, said: Mapping[str, Any], *, by) -> Household:
    """The door is on the register at once, as `said`: what was written, corrected by who knows."""
    # As an import does: two who make the same door come one after the other.
    Station.objects.select_for_update().get(pk=registration.grid.station_id)
    _decide(registration, Status.APPROVED, by)
    place = {name: said[name] for name in ("building", "unit", "room")}
    if Household.objects.filter(grid=registration.grid_id, **place).exists():
        raise RegistrationRefused(
            _("这个门已经在名册上了。是同一户，请并到那个门；又是一家，请把室号改得不一样。")
        )
    fields = {name: said[name] for name in _OF_DOOR}
    door = Household.objects.create(grid_id=registration.grid_id, **fields)
    if said["name"] or said["phone"]:
        Person.objects.create(household=door, name=said["name"], phone=said["phone"])
    Registration.objects.filter(pk=registration.pk).update(household=door)
    log.info("registration %s became door %s, by user %s", registration.pk, door.pk, by.pk)
    return door


@dataclass(frozen=True)
class Taken:
    """What of a registration goes to the door it is merged into. People: as many as were there
    (""), as many as were written ("set"), or both families ("add")."""

    contact: bool = True
    needs: bool = False
    landlord: bool = False
    people: str = ""


@transaction.atomic
def merge(registration: Registration, door: Household, taken: Taken, *, by) -> Household:
    """It is a door that is on the register already."""
    locks.household(door.pk)
    _decide(registration, Status.MERGED, by, household=door)
    door = Household.objects.get(pk=door.pk)
    if taken.contact and (registration.name or registration.phone):
        _add_person(door, registration)
    if taken.people:
        both = taken.people == "add"
        door.people_count = registration.people_count + both * door.people_count
        door.newcomers_count = registration.newcomers_count + both * door.newcomers_count
        if door.people_count > MOST_PEOPLE:
            raise RegistrationRefused(_("加起来超过 %d 人了，请核对。") % MOST_PEOPLE)
    if taken.needs and registration.needs not in door.needs:
        with written():
            door.needs = clauses(filter(None, (door.needs, registration.needs)))
        if len(door.needs) > Household._meta.get_field("needs").max_length:
            raise RegistrationRefused(_("特殊情况加起来太长了，请先在住户那里改短。"))
    if taken.landlord and registration.landlord:
        door.landlord = registration.landlord
    door.save(update_fields=["people_count", "newcomers_count", "needs", "landlord"])
    log.info("registration %s is of door %s, by user %s", registration.pk, door.pk, by.pk)
    return door


@transaction.atomic
def refuse(registration: Registration, *, reason: str, by) -> None:
    _decide(registration, Status.REFUSED, by, reason=reason)
    log.info("registration %s refused, by user %s", registration.pk, by.pk)


def forget_old() -> None:
    """What nobody looked at for so long is refused: a stranger's number is not kept for ever."""
    now = timezone.now()
    old = Registration.objects.filter(at__lt=now - KEPT)
    with written():
        why = _("%d 天没有人处理") % KEPT.days
    if old.move({Status.OPEN}, Status.REFUSED, decided_at=now, reason=why, **_FORGOTTEN):
        log.info("old registrations were refused")


def _decide(registration: Registration, status: Status, by, **also) -> None:
    """Of several who decide one does; the others hear that somebody was first."""
    mine = Registration.objects.filter(pk=registration.pk)
    now = timezone.now()
    if not mine.move({Status.OPEN}, status, decided_by=by, decided_at=now, **_FORGOTTEN, **also):
        raise RegistrationRefused(_("这一条已经有人处理过了。"))


def _add_person(door: Household, registration: Registration) -> None:
    """Behind the door from now on, unless they are already: by number, else by name."""
    people = list(door.people.order_by("pk"))
    name, phone = registration.name, registration.phone
    there = [one for one in people if phone and one.phone == phone] or [
        one for one in people if name and one.name == name and (not phone or not one.phone)
    ]
    person = there[0] if there else Person(household=door)
    person.name = person.name or name
    person.phone = person.phone or phone
    person.save()


# --- what the register has already ------------------------------------------------------------


@dataclass
class Likely:
    """Doors of those the reader may see that a registration may be: painted alike, or with this
    number behind them."""

    same_door: list[Household] = field(default_factory=list)
    same_phone: list[Household] = field(default_factory=list)

    @property
    def doors(self) -> list[Household]:
        return list({door.pk: door for door in (*self.same_door, *self.same_phone)}.values())


def likely(registrations: Iterable[Registration], doors: QuerySet[Household]) -> dict[int, Likely]:
    """By registration. Two queries, however many there are."""
    asked = list(registrations)
    found = {one.pk: Likely() for one in asked}
    alike = doors.filter(
        grid__in={one.grid_id for one in asked},
        building__in={one.building for one in asked},
        room__in={one.room for one in asked},
    )
    painted: dict[tuple, list[Household]] = {}
    for door in alike.select_related("grid"):
        painted.setdefault((door.grid_id, door.building, door.room), []).append(door)
    numbers = {one.phone for one in asked if one.phone}
    known: dict[str, list[Household]] = {}
    people = Person.objects.filter(phone__in=numbers, household__in=doors.order_by().values("pk"))
    for person in people.select_related("household__grid"):
        known.setdefault(person.phone, []).append(person.household)
    for one in asked:
        for door in painted.get((one.grid_id, one.building, one.room), ()):
            if not one.unit or not door.unit or one.unit == door.unit:
                found[one.pk].same_door.append(door)
        found[one.pk].same_phone = known.get(one.phone, []) if one.phone else []
    return found
