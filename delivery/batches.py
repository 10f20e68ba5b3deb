"""What can happen to a batch: planned, given to a courier, packed, started.

Every step is one conditional UPDATE on the batch's own row, without a join: PostgreSQL looks
again at a row it had to wait for, but not into the tables beside it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery import events, locks, signals, volunteers
from delivery.errors import BatchNotOpen, CannotCarry, NotYourBatch, OutOfStep, RoundNotClosed
from delivery.models import Batch, Event, Parcel, Round, Stop, StopParcel, Volunteer
from delivery.picks import packing

BEFORE_START = (Batch.Status.PLANNED, Batch.Status.PACKED)


@dataclass(frozen=True)
class Plan:
    """`too_heavy`: parcels that alone weigh more than a batch may; a person decides on them."""

    batches: list[Batch]
    too_heavy: list[Parcel]


@dataclass(frozen=True)
class Load:
    """A parcel as `group` sees it; weight in grams."""

    parcel_id: int
    grid_id: int
    household_id: int
    weight_g: int


@dataclass(frozen=True)
class Door:
    """All that one stop gets."""

    household_id: int
    loads: tuple[Load, ...]

    @property
    def weight_g(self) -> int:
        return sum(load.weight_g for load in self.loads)


def group(loads: Iterable[Load], *, weight_g: int, stops: int) -> list[tuple[int, list[Door]]]:
    """Cuts loads, which come in walking order, into batches: (grid key, its doors in order).

    A batch is of one grid, at most `weight_g` grams and `stops` doors, and takes every door the
    walk comes by until one does not fit: the fewest batches that keep the order. A door stays
    together unless it alone is heavier than a batch; then it has a stop in several batches.
    Every load must fit by itself.
    """
    batches: list[tuple[int, list[Door]]] = []
    for grid_id, of_grid in groupby(loads, key=lambda load: load.grid_id):
        batch: list[Door] = []
        weight = 0
        for household_id, of_door in groupby(of_grid, key=lambda load: load.household_id):
            for part in _parts(list(of_door), weight_g):
                door = Door(household_id, tuple(part))
                if not batch or weight + door.weight_g > weight_g or len(batch) >= stops:
                    batch, weight = [], 0
                    batches.append((grid_id, batch))
                batch.append(door)
                weight += door.weight_g
    return batches


def _parts(loads: Sequence[Load], weight_g: int) -> list[list[Load]]:
    """One part, or as few as the weight allows in this order. Neighbours never fit together."""
    parts: list[list[Load]] = []
    weight = 0
    for load in loads:
        if not parts or weight + load.weight_g > weight_g:
            parts.append([])
            weight = 0
        parts[-1].append(load)
        weight += load.weight_g
    return parts


def plan(round: Round, by) -> Plan:
    """Puts every parcel of a closed round that is in no batch into one. Repeating adds nothing.

    What its door refused stays at the station: a person settles that.

    Limits are the station's; numbers go on after the grid's last batch. The number of queries
    does not grow with the parcels, save for the chunks a database can take at once.
    Raises `RoundNotClosed`.
    """
    with transaction.atomic():
        locks.round_exclusive(round.pk)
        round = Round.objects.select_related("station").get(pk=round.pk)
        if round.status != Round.Status.CLOSED:
            raise RoundNotClosed(_("这个波次还没有截单，不能排批次。"))
        limit = round.station.batch_weight_g
        parcels = _free_parcels(round)
        loads = [
            Load(parcel.pk, parcel.household.grid_id, parcel.household_id, parcel.weight_g)
            for parcel in parcels
            if parcel.weight_g <= limit
        ]
        groups = group(loads, weight_g=limit, stops=round.station.batch_stops)
        risk_levels = {
            parcel.household.grid_id: parcel.household.grid.risk_level for parcel in parcels
        }
        batches = _write(round, groups, risk_levels, by)
    return Plan(batches, [parcel for parcel in parcels if parcel.weight_g > limit])


def _free_parcels(round: Round) -> list[Parcel]:
    """In walking order."""
    return list(
        Parcel.objects.filter(round=round)
        .to_carry()
        .select_related("household__grid")
        .order_by(
            "household__grid__position",
            "household__grid_id",
            "household__walk_key",
            "household_id",
            "pk",
        )
    )


def _write(
    round: Round, groups: list[tuple[int, list[Door]]], risk_levels: dict[int, str], by
) -> list[Batch]:
    last = dict(
        Batch.objects.filter(round=round)
        .order_by()
        .values_list("grid_id")
        .annotate(last=Max("number"))
    )
    planned = []
    for grid_id, doors in groups:
        last[grid_id] = last.get(grid_id, 0) + 1
        planned.append(
            Batch(
                round=round,
                grid_id=grid_id,
                risk_level=risk_levels[grid_id],
                number=last[grid_id],
                weight_g=sum(door.weight_g for door in doors),
                stop_count=len(doors),
            )
        )
    batches = Batch.objects.bulk_create(planned)
    doors_in_order = [
        (batch, position, door)
        for batch, (_grid_id, doors) in zip(batches, groups, strict=True)
        for position, door in enumerate(doors, start=1)
    ]
    stops = Stop.objects.bulk_create(
        Stop(batch=batch, household_id=door.household_id, position=position)
        for batch, position, door in doors_in_order
    )
    StopParcel.objects.bulk_create(
        StopParcel(stop=stop, parcel_id=load.parcel_id)
        for stop, (_batch, _position, door) in zip(stops, doors_in_order, strict=True)
        for load in door.loads
    )
    now = timezone.now()
    Event.objects.bulk_create(
        Event(
            kind=Event.Kind.BATCH_PLANNED,
            round=round,
            batch=batch,
            by=by,
            at=now,
            data={"stops": batch.stop_count, "weight_g": batch.weight_g},
        )
        for batch in batches
    )
    return batches


def give(batch: Batch, volunteer: Volunteer, by) -> None:
    """Gives a batch that has not left to a courier. Giving it to the same one again is nothing.

    Raises `CannotCarry` (see `volunteers.check`, or somebody else has it) and `BatchNotOpen`.
    """
    with transaction.atomic():
        # Or they might go off duty between our look and our writing, and keep the batch.
        this = Volunteer.objects.filter(pk=volunteer.pk)
        volunteers.lock(this)
        volunteer = this.select_related("user").get()
        batch = _fresh(batch)
        if batch.courier_id == volunteer.pk and batch.status in BEFORE_START:
            return
        volunteers.check(volunteer, batch)
        given = Batch.objects.filter(
            pk=batch.pk, status__in=BEFORE_START, courier__isnull=True
        ).update(courier=volunteer)
        if not given:
            if _fresh(batch).status not in BEFORE_START:
                raise BatchNotOpen(_("这批已经出发了，不能再改派。"))
            raise CannotCarry(_("这批已经派给别人了，要改派请先收回。"))
        _event(Event.Kind.BATCH_GIVEN, batch, by, volunteer=volunteer.pk)


def take_back(batch: Batch, by) -> None:
    """Takes a batch that has not left from its courier. Raises `BatchNotOpen`."""
    with transaction.atomic():
        batch = _fresh(batch)
        taken = Batch.objects.filter(
            pk=batch.pk, status__in=BEFORE_START, courier__isnull=False
        ).update(courier=None)
        if not taken:
            if _fresh(batch).status not in BEFORE_START:
                raise BatchNotOpen(_("这批已经出发了，不能收回。"))
            raise BatchNotOpen(_("这批还没有派给谁。"))
        _event(Event.Kind.BATCH_TAKEN_BACK, batch, by, volunteer=batch.courier_id)


def pack(batch: Batch, by) -> None:
    """Says that all of it stands ready. What was not ticked off yet leaves the shelf as planned;
    what was brought back from an earlier try is packed already. Raises `BatchNotOpen`, and what
    `packing.rest_of` raises."""
    with transaction.atomic():
        batch = _fresh(batch)
        _move(batch, Batch.Status.PLANNED, Batch.Status.PACKED, _("这批已经装好了。"))
        waiting = _parcel_ids(batch, Parcel.Status.WAITING)
        _move_parcels(waiting, {Parcel.Status.WAITING}, Parcel.Status.PACKED)
        at = _event(Event.Kind.BATCH_PACKED, batch, by, parcels=len(waiting))
        signals.batch_packed.send(sender=Batch, parcel_ids=waiting, by=by, at=at)
        packing.rest_of(waiting, by=by, at=at)


def start(batch: Batch, by) -> None:
    """The courier sets out: everything in the batch is on its way.

    Raises `NotYourBatch` and `BatchNotOpen`.
    """
    with transaction.atomic():
        batch = _fresh(batch)
        if batch.courier is None or batch.courier.user_id != by.pk or not batch.courier.active:
            raise NotYourBatch(_("这批不是派给您的。"))
        not_packed = batch.status == Batch.Status.PLANNED
        sentence = _("这批还没有装好。") if not_packed else _("这批已经出发了。")
        _move(batch, Batch.Status.PACKED, Batch.Status.OUT, sentence, courier_id=batch.courier_id)
        ids = _parcel_ids(batch)
        _move_parcels(ids, {Parcel.Status.PACKED, Parcel.Status.FAILED}, Parcel.Status.ON_WAY)
        at = _event(Event.Kind.BATCH_STARTED, batch, by, parcels=len(ids))
        signals.batch_started.send(sender=Batch, batch=batch, parcel_ids=ids, by=by, at=at)


def _fresh(batch: Batch) -> Batch:
    return Batch.objects.select_related("grid", "courier__user", "round").get(pk=batch.pk)


def _move(batch: Batch, source: str, target: str, sentence: str, **as_seen) -> None:
    if not Batch.objects.filter(pk=batch.pk, **as_seen).move({source}, target):
        raise BatchNotOpen(sentence)
    batch.status = target


def _parcel_ids(batch: Batch, *statuses: str) -> list[int]:
    loads = StopParcel.objects.filter(stop__batch=batch, active=True)
    if statuses:
        loads = loads.filter(parcel__status__in=statuses)
    return list(loads.order_by("parcel_id").values_list("parcel_id", flat=True))


def _move_parcels(ids: list[int], sources: set[str], target: str) -> None:
    if Parcel.objects.filter(pk__in=ids).move(sources, target) != len(ids):
        raise OutOfStep(_("这批里有包裹的状态对不上，请先查清楚。"))


def _event(kind: Event.Kind, batch: Batch, by, **data):
    at = timezone.now()
    events.write(kind, round=batch.round, batch=batch, by=by, at=at, **data)
    return at
