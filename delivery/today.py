"""What the station sees of a round on one page. Reads only, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from delivery.batches import BEFORE_START
from delivery.models import Batch, Household, Parcel, Round, Stop

#: How many rounds back the page offers.
ROUNDS = 6
#: A round that closes within this needs somebody to look.
CLOSES_SOON = timedelta(minutes=30)
#: Oscar's word on an order that was taken back; `shop` writes it.
CANCELLED = "cancelled"


class DoorState(StrEnum):
    """Where a door's parcels of a round are, taken together. Values are CSS classes."""

    LEFT = ""
    OUT = "out"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Door:
    household_id: int
    grid_id: int
    lat: float | None
    lon: float | None
    state: DoorState


@dataclass(frozen=True)
class Figures:
    """The five figures; `again` failed doors are in a new batch, `unplanned` are not."""

    orders: int
    order_doors: int
    money: Decimal
    parcels: int
    packed: int
    batches_out: int
    doors_waiting: int
    left: int
    handed: int
    failed: int
    again: int

    @property
    def unpacked(self) -> int:
        return self.parcels - self.packed

    @property
    def delivered(self) -> int:
        return self.left + self.handed

    @property
    def unplanned(self) -> int:
        return self.failed - self.again


@dataclass(frozen=True)
class Needs:
    """What only a person can move on; the page puts words and a link to each."""

    unclaimed: list[Batch]
    late: list[Batch]
    other_level: list[Batch]
    too_heavy: list[Parcel]
    unplanned_parcels: int
    unplanned_failures: int
    refused: int
    closes_soon: bool
    overdue: bool

    def __bool__(self) -> bool:
        return any(vars(self).values())


def rounds(station) -> list[Round]:
    """The latest rounds that have begun, newest first, each with `has_parcels` and `has_work`."""
    parcels = Parcel.objects.filter(round=OuterRef("pk"))
    undone = (Parcel.Status.WAITING, Parcel.Status.PACKED, Parcel.Status.ON_WAY)
    not_begun = (Round.Status.PLANNED, Round.Status.CANCELLED)
    begun = station.rounds.exclude(status__in=not_begun)
    return list(
        begun.annotate(
            has_parcels=Exists(parcels), has_work=Exists(parcels.filter(status__in=undone))
        )[:ROUNDS]
    )


def pick(rounds: Sequence[Round]) -> Round | None:
    """The round a person most likely means: the oldest whose parcels still wait for somebody,
    else the open one, else the last with deliveries."""
    to_do = [round for round in reversed(rounds) if round.has_work]
    is_open = [round for round in rounds if round.status == Round.Status.OPEN]
    carried = [round for round in rounds if round.has_parcels]
    return next(iter([*to_do, *is_open, *carried, *rounds]), None)


def figures(round: Round) -> Figures:
    sold = round.placements.exclude(order__status=CANCELLED).aggregate(
        orders=Count("pk"),
        order_doors=Count("household", distinct=True),
        money=Sum("order__total_incl_tax"),
    )
    failed = Q(status=Parcel.Status.FAILED)
    parcels = round.parcels.in_batch().aggregate(
        parcels=Count("pk"),
        packed=Count("pk", filter=~Q(status=Parcel.Status.WAITING)),
        failed=Count("household", filter=failed, distinct=True),
        again=Count("household", filter=failed & Q(in_batch=True), distinct=True),
    )
    doors = Stop.objects.filter(batch__round=round).aggregate(
        batches_out=Count("batch", filter=Q(batch__status=Batch.Status.OUT), distinct=True),
        doors_waiting=Count(
            "pk", filter=Q(batch__status=Batch.Status.OUT, status=Stop.Status.WAITING)
        ),
        left=Count("household", filter=Q(status=Stop.Status.LEFT), distinct=True),
        handed=Count("household", filter=Q(status=Stop.Status.HANDED), distinct=True),
    )
    return Figures(**{**sold, "money": sold["money"] or Decimal(0)}, **parcels, **doors)


def batches(round: Round) -> QuerySet[Batch]:
    """The round's batches as `with_progress` gives them."""
    return with_progress(Batch.objects.filter(round=round))


def with_progress(batches: QuerySet[Batch]) -> QuerySet[Batch]:
    """Adds how many stops are `decided` and how many of them `failed`, and the names around."""
    return batches.select_related("grid", "courier__user").annotate(
        decided=Count("stops", filter=~Q(stops__status=Stop.Status.WAITING)),
        failed=Count("stops", filter=Q(stops__status=Stop.Status.FAILED)),
    )


def doors(round: Round) -> list[Door]:
    """Every door that gets something in the round: before the cut-off, every door that ordered."""
    if round.status == Round.Status.CLOSED:
        mine = Q(parcels__round=round)
    else:
        mine = Q(placements__round=round) & ~Q(placements__order__status=CANCELLED)
    rows = (
        Household.objects.filter(mine)
        .values_list("pk", "grid_id", "lat", "lon")
        .annotate(
            in_round=Count("parcels", filter=Q(parcels__round=round), distinct=True),
            delivered=_parcels_in(round, Parcel.Status.DELIVERED),
            failed=_parcels_in(round, Parcel.Status.FAILED, Parcel.Status.RETURNED),
            on_way=_parcels_in(round, Parcel.Status.ON_WAY),
        )
        .order_by("pk")
    )
    return [Door(pk, grid_id, lat, lon, _state(*counts)) for pk, grid_id, lat, lon, *counts in rows]


def needs(round: Round, its_batches: list[Batch], now: datetime | None = None) -> Needs:
    """Three queries, whatever there is; `its_batches` as `batches(round)` gives them."""
    now = now or timezone.now()
    is_open = round.status == Round.Status.OPEN
    return Needs(
        unclaimed=[b for b in its_batches if b.status in BEFORE_START and not b.courier_id],
        late=[b for b in its_batches if b.status == Batch.Status.OUT and now > round.delivers_to],
        other_level=[
            b
            for b in its_batches
            if b.status in Batch.OPEN_STATUSES and b.risk_level != b.grid.risk_level
        ],
        too_heavy=list(too_heavy(round)),
        **_unplanned(round).aggregate(
            unplanned_parcels=Count("pk", filter=~Q(status=Parcel.Status.FAILED)),
            unplanned_failures=Count(
                "household", filter=Q(status=Parcel.Status.FAILED), distinct=True
            ),
        ),
        refused=_refused(round).aggregate(doors=Count("household", distinct=True))["doors"],
        closes_soon=is_open and now < round.closes_at <= now + CLOSES_SOON,
        overdue=is_open and round.closes_at <= now,
    )


def too_heavy(round: Round) -> QuerySet[Parcel]:
    """Parcels that alone weigh more than a batch may: no plan takes them."""
    limit = round.station.batch_weight_g
    heavy = round.parcels.to_carry().filter(weight_g__gt=limit)
    return heavy.select_related("household__grid").order_by("pk")


def _unplanned(round: Round) -> QuerySet[Parcel]:
    """What the plan button would put into batches now."""
    return round.parcels.to_carry().filter(weight_g__lte=round.station.batch_weight_g)


def _refused(round: Round) -> QuerySet[Parcel]:
    """Back at the station for good, until a person settles it."""
    failed = round.parcels.filter(status=Parcel.Status.FAILED)
    return failed.in_batch().refused().filter(in_batch=False, refused=True)


def _parcels_in(round: Round, *statuses: Parcel.Status) -> Count:
    theirs = Q(parcels__round=round, parcels__status__in=statuses)
    return Count("parcels", filter=theirs, distinct=True)


def _state(parcels: int, delivered: int, failed: int, on_way: int) -> DoorState:
    if on_way:
        return DoorState.OUT
    if failed:
        return DoorState.FAILED
    return DoorState.DONE if parcels and delivered == parcels else DoorState.LEFT
