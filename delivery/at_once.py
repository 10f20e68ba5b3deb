"""What can happen to all batches of a round at once, on a morning with hundreds of them.

The same steps as in `batches`, in sets: the number of queries does not grow with the batches,
save for the chunks a database can take at once.
"""

from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery import signals, volunteers
from delivery.batches import BEFORE_START
from delivery.errors import OutOfStep
from delivery.models import Batch, Event, Parcel, Round, StopParcel
from delivery.picks import packing


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


def pack(round: Round, by) -> int:
    """Says of every planned batch that it stands ready; how many that were.

    What was not ticked off yet leaves the shelf as planned, in one go: the stock is locked once,
    in the order of its keys. Raises what `packing.rest_of` raises.
    """
    with transaction.atomic():
        planned = _locked(Batch.objects.filter(round=round, status=Batch.Status.PLANNED))
        if not planned:
            return 0
        loads: dict[int, list[int]] = defaultdict(list)
        waiting = StopParcel.objects.filter(
            stop__batch__in=planned, active=True, parcel__status=Parcel.Status.WAITING
        )
        for batch_id, parcel_id in waiting.order_by("parcel_id").values_list(
            "stop__batch_id", "parcel_id"
        ):
            loads[batch_id].append(parcel_id)
        ids = sorted(parcel_id for of_batch in loads.values() for parcel_id in of_batch)
        these = Batch.objects.filter(pk__in=[batch.pk for batch in planned])
        moved = these.move({Batch.Status.PLANNED}, Batch.Status.PACKED)
        parcels = Parcel.objects.filter(pk__in=ids)
        packed = parcels.move({Parcel.Status.WAITING}, Parcel.Status.PACKED)
        if (moved, packed) != (len(planned), len(ids)):
            raise OutOfStep(_("有批次刚刚被别人动过，请再按一次。"))
        counts = {batch: {"parcels": len(loads[batch.pk])} for batch in planned}
        at = _write(Event.Kind.BATCH_PACKED, counts, by)
        signals.batch_packed.send(sender=Batch, parcel_ids=ids, by=by, at=at)
        packing.rest_of(ids, by=by, at=at)
    return len(planned)


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
