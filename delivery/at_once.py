"""What can happen to all batches of a round at once, on a morning with hundreds of them.

The same steps as in `batches`, in sets: the number of queries does not grow with the batches,
save for the chunks a database can take at once.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery import signals, volunteers
from delivery.batches import BEFORE_START
from delivery.errors import OutOfStep
from delivery.models import Batch, Event, Parcel, Round, StopParcel
from delivery.picks import packing
from inventory import lots


@dataclass(frozen=True)
class Given:
    """How many batches have a courier now, and how many nobody on duty can carry."""

    given: int
    left: int


def give(round: Round, by) -> Given:
    """Gives every batch without a courier that has not left to somebody who can carry it.

    Who has the fewest open batches comes first (`volunteers.suggest`), so the work is spread
    evenly, and the same morning is always spread the same way. Again gives nothing more.
    """
    with transaction.atomic():
        volunteers.lock(round.station.volunteers.all())
        waiting = _locked(Batch.objects.filter(round=round, status__in=BEFORE_START, courier=None))
        volunteers.suggest(round.station, waiting, most=1)
        given = [batch for batch in waiting if batch.suggested]
        for batch in given:
            [batch.courier] = batch.suggested
        free = Batch.objects.filter(status__in=BEFORE_START, courier=None)
        if free.bulk_update(given, ["courier"]) != len(given):
            raise OutOfStep(_("有批次刚刚被别人派了，请再按一次。"))
        _write(Event.Kind.BATCH_GIVEN, {b: {"volunteer": b.courier_id} for b in given}, by)
    return Given(len(given), len(waiting) - len(given))


@dataclass(frozen=True)
class Packed:
    """How many batches stand ready now, and those that cannot yet: `not_shared` wait for a
    share-out, of `not_there` the shelf has not all the goods in date."""

    packed: int
    not_shared: Sequence[Batch] = ()
    not_there: Sequence[Batch] = ()


def pack(round: Round, by) -> Packed:
    """Says of every planned batch that it stands ready, but for those that cannot be packed.

    What was not ticked off yet leaves the shelf as planned, in one go: the stock is locked once,
    in the order of its keys. If the shelf has not enough for all, the batches that were planned
    first get it. Raises `StockRefused` if it has changed while we looked.
    """
    with transaction.atomic():
        planned = _locked(Batch.objects.filter(round=round, status=Batch.Status.PLANNED))
        if not planned:
            return Packed(0)
        loads: dict[int, list[int]] = {batch.pk: [] for batch in planned}
        waiting = StopParcel.objects.filter(
            stop__batch__in=planned, active=True, parcel__status=Parcel.Status.WAITING
        )
        for batch_id, parcel_id in waiting.order_by("parcel_id").values_list(
            "stop__batch_id", "parcel_id"
        ):
            loads[batch_id].append(parcel_id)
        needs = _needs(waiting)
        not_shared = {pk for pk, need in needs.items() if need.awaiting}
        not_there = _beyond_the_shelf(needs, [pk for pk in loads if pk not in not_shared])
        left = not_shared | not_there
        ready = [batch for batch in planned if batch.pk not in left]
        ids = sorted(parcel_id for batch in ready for parcel_id in loads[batch.pk])
        if ready:
            these = Batch.objects.filter(pk__in=[batch.pk for batch in ready])
            moved = these.move({Batch.Status.PLANNED}, Batch.Status.PACKED)
            parcels = Parcel.objects.filter(pk__in=ids)
            packed = parcels.move({Parcel.Status.WAITING}, Parcel.Status.PACKED)
            if (moved, packed) != (len(ready), len(ids)):
                raise OutOfStep(_("有批次刚刚被别人动过，请再按一次。"))
            counts = {batch: {"parcels": len(loads[batch.pk])} for batch in ready}
            at = _write(Event.Kind.BATCH_PACKED, counts, by)
            signals.batch_packed.send(sender=Batch, parcel_ids=ids, by=by, at=at)
            packing.rest_of(ids, by=by, at=at)
        named = list(Batch.objects.filter(pk__in=left).select_related("grid"))
    return Packed(
        len(ready),
        [batch for batch in named if batch.pk in not_shared],
        [batch for batch in named if batch.pk in not_there],
    )


@dataclass
class _Need:
    """What a batch still takes from the shelf, by item; `awaiting`: nobody knows how much."""

    units: Counter[int] = field(default_factory=Counter)
    awaiting: bool = False


def _needs(waiting: QuerySet[StopParcel]) -> dict[int, _Need]:
    """By batch."""
    found: dict[int, _Need] = defaultdict(_Need)
    line = "parcel__lines"
    sums = (
        waiting.filter(**{f"{line}__isnull": False, f"{line}__packed_at": None})
        .order_by()
        .values_list("stop__batch_id", f"{line}__item", f"{line}__awaiting")
        .annotate(units=Sum(f"{line}__quantity"))
    )
    for batch_id, item_id, awaiting, units in sums:
        need = found[batch_id]
        need.awaiting |= awaiting
        need.units[item_id] += units
    return found


def _beyond_the_shelf(needs: Mapping[int, _Need], batch_ids: Iterable[int]) -> set[int]:
    """Batches with a good of which the lots in date have too little, after those before them."""
    item_ids = {item_id for need in needs.values() for item_id in need.units}
    shelf = lots.on_shelf(item_ids, timezone.localdate())
    there = {item_id: on_shelf.units for item_id, on_shelf in shelf.items()}
    beyond = set()
    for pk in batch_ids:
        units = needs[pk].units if pk in needs else {}
        if any(there[item_id] < wanted for item_id, wanted in units.items()):
            beyond.add(pk)
            continue
        for item_id, wanted in units.items():
            there[item_id] -= wanted
    return beyond


def _locked(batches: QuerySet[Batch]) -> list[Batch]:
    """By key, as everybody locks them; what changed while we waited is looked at again."""
    return list(batches.order_by("pk").select_for_update(no_key=True))


def _write(kind: Event.Kind, data: dict[Batch, dict], by):
    at = timezone.now()
    Event.objects.bulk_create(
        Event(kind=kind, round_id=batch.round_id, batch=batch, by=by, at=at, data=figures)
        for batch, figures in data.items()
    )
    return at
