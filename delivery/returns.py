"""退回: a parcel that came back from its door and is given up is unpacked for good.

Nobody wanted it, it was damaged on the way, or nobody was there for too long. Its goods go back to
the shelf, what spoiled is booked off, and whoever sold it gives the money back.
"""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery import locks, signals
from delivery.errors import ReturnRefused
from delivery.models import Handoff, Parcel, ParcelLine, Round
from delivery.signals import Returned


def given_up(round: Round) -> QuerySet[Parcel]:
    """Parcels that came back and are in no batch, each with the `reason` and `said` of its last
    handoff: those that may go out again, or be taken back."""
    last = Handoff.objects.filter(stop__loads__parcel=OuterRef("pk"), corrected_by=None)
    last = last.order_by("-stop__pk")
    return (
        returnable(Parcel.objects.filter(round=round))
        .select_related("household__grid")
        .annotate(
            reason=Subquery(last.values("reason")[:1]), said=Subquery(last.values("note")[:1])
        )
        .order_by("household__grid__position", "household__grid_id", "household__walk_key", "pk")
    )


def returnable(parcels: QuerySet[Parcel]) -> QuerySet[Parcel]:
    """Those of them that `take_back` takes."""
    failed = parcels.in_batch().filter(in_batch=False, status=Parcel.Status.FAILED)
    return failed.exclude(order=None)


def contents(parcel: Parcel) -> QuerySet[ParcelLine]:
    """What is in it."""
    packed = parcel.lines.filter(quantity__gt=0, packed_at__isnull=False)
    return packed.select_related("item__record__product").order_by("pk")


def take_back(parcel: Parcel, *, by, spoiled: Mapping[int, int] | None = None) -> None:
    """Unpacks a failed parcel for good; again is nothing.

    `spoiled`: by line of the parcel, units that can not be sold again.
    Raises `ReturnRefused` if it is not at the station, or is planned into a batch again.
    """
    with transaction.atomic():
        # A plan may be about to carry it once more.
        locks.round_exclusive(parcel.round_id)
        locks.contents([parcel.pk])
        now = Parcel.objects.filter(pk=parcel.pk)
        if now.filter(status=Parcel.Status.RETURNED).exists():
            return
        lines = list(contents(parcel))
        _refuse_odd(lines, spoiled or {})
        if not _claim(now):
            raise ReturnRefused(_("这个包裹不在驿站，或者又排进了一批，不能退回上架。"))
        back = [
            Returned(
                line.item_id,
                line.quantity,
                (spoiled or {}).get(line.pk, 0),
            )
            for line in lines
        ]
        signals.parcel_returned.send(
            sender=Parcel, parcel=parcel, lines=back, by=by, at=timezone.now()
        )


def _claim(now: QuerySet[Parcel]) -> int:
    """The lock only orders; that it may come back is said here (docs/locking.md)."""
    return returnable(now).move({Parcel.Status.FAILED}, Parcel.Status.RETURNED)


def _refuse_odd(lines: list[ParcelLine], spoiled: Mapping[int, int]) -> None:
    there = {line.pk: line for line in lines}
    for line_id, units in spoiled.items():
        line = there.get(line_id)
        if line is None:
            raise ReturnRefused(_("有一行不在这个包裹里，请刷新再看。"))
        if not 0 <= units <= line.quantity:
            of = {"good": line.item.record.product.title, "most": line.quantity}
            raise ReturnRefused(_("%(good)s只有 %(most)d 份，坏了的不能比这多。") % of)
