"""Which doors have which card: what staff and leaders hand out from."""

from collections import Counter
from dataclasses import dataclass

from django.db import models
from django.db.models import Case, Count, Exists, OuterRef, Prefetch, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from delivery import access
from delivery.models import Household, Person
from inventory.access import stations_of
from shop.models import DoorCard, User
from shop.ways_in.forms import PrintForm


class State(models.TextChoices):
    """What became of a door's cards; the best of them."""

    BOUND = "bound", _("绑好了")
    WAITING = "waiting", _("发了，还没绑")
    ENDED = "ended", _("作废了")
    NONE = "none", _("没印")


@dataclass(frozen=True)
class Figure:
    state: State
    doors: int


def doors_of(user: User) -> QuerySet[Household]:
    """Those whose cards this user may print: of their station, or that they look after."""
    of_station = Household.objects.filter(grid__station__in=stations_of(user))
    of_leader = access.leader_doors(user).order_by()
    return Household.objects.filter(
        Q(pk__in=of_station.values("pk")) | Q(pk__in=of_leader.values("pk"))
    ).select_related("grid__station")


def with_cards(doors: QuerySet[Household]) -> QuerySet[Household]:
    """Adds `state`, and as `live_cards` those that have not ended, newest first."""
    cards = DoorCard.objects.filter(household=OuterRef("pk"))
    live = DoorCard.objects.filter(ended_at=None).order_by("-pk")
    bound = cards.filter(ended_at=None).exclude(bound_at=None)
    return doors.annotate(
        state=Case(
            When(Exists(bound), then=Value(State.BOUND)),
            When(Exists(cards.filter(ended_at=None)), then=Value(State.WAITING)),
            When(Exists(cards), then=Value(State.ENDED)),
            default=Value(State.NONE),
        )
    ).prefetch_related(Prefetch("door_cards", live, to_attr="live_cards"))


def figures(doors: QuerySet[Household]) -> list[Figure]:
    """How many doors are in which state, of all of `doors`."""
    counted: Counter[str] = Counter(
        dict(doors.order_by().values_list("state").annotate(doors=Count("pk")))
    )
    return [Figure(State(state), counted[state]) for state in State.values]


def to_print(doors: QuerySet[Household], said: dict) -> QuerySet[Household]:
    """What a valid `PrintForm` asks for, in the order in which cards are handed out."""
    if said["door"]:
        return doors.filter(pk=said["door"])
    if said["grid"]:
        doors = doors.filter(grid=said["grid"])
    if said["building"]:
        doors = doors.filter(building=said["building"])
    live = DoorCard.objects.filter(household=OuterRef("pk"), ended_at=None)
    if said["which"] == PrintForm.UNUSED:
        doors = doors.exclude(Exists(live.exclude(bound_at=None)))
    else:
        comes_in = Person.objects.filter(household=OuterRef("pk")).exclude(user=None)
        doors = doors.exclude(Exists(live)).exclude(Exists(comes_in))
    return doors.in_walking_order()
