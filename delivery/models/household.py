"""住户: one door, and the people behind it."""

import re
from datetime import UTC, datetime

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

#: What can log in, as both databases read it; the register also keeps landlines.
MOBILE = r"^1[3-9][0-9]{9}$"
#: A number with the word that may stand behind it, or a name.
PART = re.compile(r"([0-9A-Za-z]+)(幢|栋|座|号楼|楼|单元|室)?|([^\W0-9A-Za-z_]+)")


def walk_key(building: str, unit: str, floor: int | None, room: str) -> str:
    """Sorts doors the way a courier walks: building, unit, floor, room, numbers as numbers.

    >>> walk_key("12", "2", 3, "302") > walk_key("2", "1", 11, "1101")
    True
    """

    def natural(text: str) -> str:
        return re.sub(r"\d+", lambda digits: digits.group().zfill(6), text)

    return "|".join((natural(building), natural(unit), f"{(floor or 0) + 100:04d}", natural(room)))


def on_the_wall(building: str, unit: str = "", room: str = "") -> str:
    """`12幢 2单元 302`, as it is on the wall."""
    parts = []
    if building:
        # "12" and "A" are painted as 12幢, A幢; "临河路88弄" is a name of its own.
        bare = building.isascii() and building.isalnum()
        parts.append(_("%s幢") % building if bare else building)
    if unit:
        parts.append(_("%s单元") % unit)
    if room:
        parts.append(room)
    return " ".join(str(part) for part in parts)


class HouseholdQuerySet(models.QuerySet):
    def of_station(self, station):
        return self.filter(grid__station=station)

    def in_walking_order(self):
        return self.order_by("grid__position", "grid_id", "walk_key", "pk")

    def with_phone(self):
        """Adds `has_phone`: somebody behind the door has a mobile, so they can log in and order.
        A landline is there to be called; whoever has nothing else is ordered for."""
        people = Person.objects.filter(household=OuterRef("pk"), phone__regex=MOBILE)
        return self.annotate(has_phone=Exists(people))

    def with_login(self):
        """Adds `has_login`: somebody behind the door has come into the store with their own phone.
        Nobody orders for such a door; of the others many have a phone that only rings."""
        people = Person.objects.filter(household=OuterRef("pk"), user__isnull=False)
        return self.annotate(has_login=Exists(people))

    def painted(self, words: str):
        """`12幢2单元302`, `12-2-302`, `12 302`, `302`, `东楼 302`: the doors with this on their
        wall.

        A part without a word behind it is what its place says: building first, room last.
        """
        found, parts = Q(), PART.findall(words)
        for number, (bare, mark, name) in enumerate(parts):
            part = bare or name
            building = Q(building__contains=name) if name else Q(building__iexact=part)
            unit, room = Q(unit__iexact=part), Q(room__istartswith=part)
            if mark:
                found &= {"单": unit, "室": room}.get(mark[0], building)
            elif len(parts) == 1:
                found &= building | room
            elif number == 0:
                found &= building
            else:
                found &= unit | room if number == len(parts) - 1 else unit
        return self.filter(found)

    def looked_after_by(self, user):
        """The doors of the grids and buildings this leader answers for."""
        places = Q(pk__in=())
        for role in user.grid_roles.all():
            place = Q(grid_id=role.grid_id)
            places |= place & Q(building=role.building) if role.building else place
        return self.filter(places)


class Household(models.Model):
    grid = models.ForeignKey("delivery.Grid", on_delete=models.PROTECT, related_name="households")
    building = models.CharField(_("楼"), max_length=20)
    unit = models.CharField(_("单元"), max_length=20, blank=True)
    room = models.CharField(_("室"), max_length=20, blank=True)
    floor = models.SmallIntegerField(_("楼层"), null=True, blank=True)
    walk_key = models.CharField(max_length=120, editable=False, db_index=True)
    people_count = models.PositiveSmallIntegerField(_("人数"), default=1)
    newcomers_count = models.PositiveSmallIntegerField(_("其中来沪人员"), default=0)
    # Set when a family moves out: what was ordered before is not the next one's to see.
    lived_in_since = models.DateTimeField(_("现住户从何时起"), null=True, blank=True)
    # What the register says of care (独居老人, 需配药). Who sees it: docs/decisions.
    needs = models.CharField(_("特殊情况"), max_length=200, blank=True)
    # Name and phone of who lets the door, if those behind it only rent.
    landlord = models.CharField(_("房东"), max_length=60, blank=True)
    lat = models.FloatField(_("纬度"), null=True, blank=True)
    lon = models.FloatField(_("经度"), null=True, blank=True)

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["grid", "building", "unit", "room"], name="one_row_per_door"
            ),
            models.CheckConstraint(
                condition=Q(newcomers_count__lte=models.F("people_count")),
                name="newcomers_are_people",
            ),
        ]

    def __str__(self) -> str:
        return self.door

    def save(self, *args, **kwargs) -> None:
        self.set_walk_key()
        super().save(*args, **kwargs)

    def set_walk_key(self) -> None:
        """`save()` calls this; whoever writes in bulk calls it first."""
        self.walk_key = walk_key(self.building, self.unit, self.floor, self.room)

    @property
    def lived_in(self) -> datetime:
        """Since when who lives here now lives here; long ago if nobody ever moved out."""
        return self.lived_in_since or datetime(2000, 1, 1, tzinfo=UTC)

    @property
    def door(self) -> str:
        """`12幢 2单元 302`: what is painted on the wall, without the grid."""
        return on_the_wall(self.building, self.unit, self.room)

    @property
    def address(self) -> str:
        return f"{self.grid.name} {self.door}"


class Person(models.Model):
    """Somebody behind a door whom the register names; `user` once they log in themselves."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="people")
    name = models.CharField(_("姓名"), max_length=40, blank=True)
    phone = models.CharField(_("电话"), max_length=20, blank=True, db_index=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="person",
    )

    class Meta:
        verbose_name = _("人员")

    def __str__(self) -> str:
        return f"person #{self.pk}"
