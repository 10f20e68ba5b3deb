"""A batch as its courier walks it, on the phone and on paper: the doors with what goes to each.

Nothing here knows a name, a phone or a need: a courier gets doors (DESIGN §2.9).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.db.models import Prefetch

from delivery.models import Batch, Handoff, Parcel, Stop


class Load:
    """Figures of some parcels: count, grams, how many are cold, yuan to collect."""

    parcels: Sequence[Parcel]

    @property
    def count(self) -> int:
        return len(self.parcels)

    @property
    def weight_g(self) -> int:
        return sum(parcel.weight_g for parcel in self.parcels)

    @property
    def cold(self) -> int:
        return sum(parcel.cold for parcel in self.parcels)

    @property
    def due(self) -> Decimal:
        return sum((parcel.due for parcel in self.parcels), Decimal("0.00"))


@dataclass(frozen=True)
class Door(Load):
    """One stop; `handoff` is the last word on it, or None while nobody was there."""

    stop: Stop
    parcels: Sequence[Parcel]
    handoff: Handoff | None

    @property
    def name(self) -> str:
        return self.stop.household.door

    @property
    def floor(self) -> int | None:
        return self.stop.household.floor

    @property
    def in_person(self) -> bool:
        return any(parcel.in_person for parcel in self.parcels)

    @property
    def notes(self) -> list[str]:
        """What the household asks of the courier, each sentence once."""
        return list(dict.fromkeys(parcel.note for parcel in self.parcels if parcel.note))

    @property
    def is_waiting(self) -> bool:
        return self.stop.status == Stop.Status.WAITING


@dataclass(frozen=True)
class Run(Load):
    """A batch with its doors in walking order."""

    batch: Batch
    doors: Sequence[Door]

    @cached_property
    def parcels(self) -> Sequence[Parcel]:  # type: ignore[override]  # read only here
        return [parcel for door in self.doors for parcel in door.parcels]

    @cached_property
    def waiting(self) -> list[Door]:
        return [door for door in self.doors if door.is_waiting]

    @cached_property
    def done(self) -> list[Door]:
        """The doors that have a handoff, the latest tap first."""
        decided = [door for door in self.doors if not door.is_waiting]
        return sorted(decided, key=lambda door: (door.stop.decided_at, door.stop.pk), reverse=True)

    @property
    def cash(self) -> Decimal:
        """Yuan taken at its doors, as last said of each; `transfer`: sent to the station there."""
        return sum((door.handoff.cash for door in self.doors if door.handoff), Decimal("0.00"))

    @property
    def transfer(self) -> Decimal:
        return sum((door.handoff.transfer for door in self.doors if door.handoff), Decimal("0.00"))

    @property
    def weight_left_g(self) -> int:
        return sum(door.weight_g for door in self.waiting)

    def current(self, stop_id: str) -> Door | None:
        """The door somebody chose, while it waits; else the next one of the walk."""
        chosen = (door for door in self.waiting if str(door.stop.pk) == stop_id)
        return next(chosen, next(iter(self.waiting), None))


def of(batch: Batch) -> Run:
    """Three queries, however many doors."""
    stops = (
        batch.stops.select_related("household")
        .defer("household__needs")
        .order_by("position")
        .prefetch_related(
            Prefetch("parcels", Parcel.objects.order_by("pk")),
            Prefetch("handoffs", Handoff.objects.order_by("pk")),
        )
    )
    return Run(batch, [_door(stop) for stop in stops])


def _door(stop: Stop) -> Door:
    return Door(stop, list(stop.parcels.all()), next(reversed(stop.handoffs.all()), None))
