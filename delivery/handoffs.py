"""What can happen at a door: a handoff decides a stop, a later one corrects it.

Both lock the batch first, so that of the taps of one courier, or of the courier and the office,
one comes after the other, and somebody sees that the last stop is decided.

The office may say it all for the courier, whose phone may be dead or who walked with paper.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery import events, locks, signals
from delivery.errors import (
    BatchNotOpen,
    CorrectionRefused,
    HandoffConflict,
    HandoffRefused,
    NotYourBatch,
    OutOfStep,
    StopDecided,
)
from delivery.models import Batch, Event, Handoff, Parcel, Stop, StopParcel
from inventory.access import stations_of

#: A phone's clock may be this far ahead of ours before we believe our own.
CLOCK_AHEAD = timedelta(minutes=5)
#: So long a courier may take back a slip of the finger, also when it ended the batch.
SLIP = timedelta(minutes=30)
#: A tap may wait this long on a phone without a signal; an older one is a wrong clock.
CLOCK_BEHIND = timedelta(days=7)


@dataclass(frozen=True)
class Said:
    """What one submission says; the same nonce must always say the same. `cash` was handed over,
    `transfer` sent to the station's account: yuan."""

    stop_id: int
    outcome: str
    reason: str
    note: str
    cash: Decimal
    transfer: Decimal
    corrects_id: int | None = None

    @classmethod
    def by_handoff(cls, row: Handoff) -> "Said":
        said = (row.stop_id, row.outcome, row.reason, row.note, row.cash, row.transfer)
        return cls(*said, row.corrects_id)

    @classmethod
    def checked(cls, stop_id, outcome, reason, note, cash, transfer, corrects_id=None) -> "Said":
        """Raises `HandoffRefused` for what cannot be right whatever the stop holds."""
        sums = Decimal(cash), Decimal(transfer)
        said = cls(stop_id, outcome, reason, note.strip(), *sums, corrects_id)
        failed = outcome == Handoff.Outcome.FAILED
        if outcome not in Handoff.Outcome:
            raise HandoffRefused(_("请选放门口、当面交或没送成。"))
        if failed and reason not in Handoff.Reason:
            raise HandoffRefused(_("没送成要选一个原因。"))
        if not failed and reason:
            raise HandoffRefused(_("送到了就不用写没送成的原因。"))
        for sum_taken, words in (
            (said.cash, _("收的现金写得不对，请写成几元几角几分。")),
            (said.transfer, _("转账的金额写得不对，请写成几元几角几分。")),
        ):
            in_range = sum_taken.is_finite() and 0 <= sum_taken < 10**8
            if not in_range or sum_taken != round(sum_taken, 2):
                raise HandoffRefused(words)
        if failed and (said.cash or said.transfer):
            raise HandoffRefused(_("没送成就不能收钱。"))
        if len(said.note) > Handoff._meta.get_field("note").max_length:
            raise HandoffRefused(_("备注太长了，请短一些。"))
        return said


def record(
    stop: Stop,
    *,
    outcome: str,
    nonce: UUID,
    by,
    tapped_at: datetime | None = None,
    reason: str = "",
    note: str = "",
    cash: Decimal | int = 0,
    transfer: Decimal | int = 0,
) -> Handoff:
    """Writes what happened at a stop and moves its parcels; the last stop ends the batch.

    `tapped_at` is the phone's time of the tap, aware; `cash` and `transfer` in yuan. The same
    submission again returns the first row and changes nothing. By the courier, or by the station's
    staff, also when the courier is off duty. Raises `NotYourBatch`, `BatchNotOpen`, `StopDecided`,
    `HandoffRefused`, and `HandoffConflict` when the nonce said something else.
    """
    said = Said.checked(stop.pk, outcome, reason, note, cash, transfer)
    with _conflict_noted(stop, said, by), transaction.atomic():
        batch = _locked(stop.batch_id)
        is_courier = _is_courier(by, batch)
        is_staff = not (is_courier and batch.courier.active) and _is_staff(by, batch)
        if not is_staff and not is_courier:
            raise NotYourBatch(_("这批不是派给您的。"))
        if first := _said_before(nonce, said, by):
            return first
        if batch.status != Batch.Status.OUT or not (is_staff or batch.courier.active):
            raise BatchNotOpen(_("这批不在派送中。"))
        stop = Stop.objects.get(pk=stop.pk)
        if stop.status != Stop.Status.WAITING:
            raise StopDecided(_("这一户已经记过了，记错了请用“更正”。"))
        handoff = _write(stop, said, nonce, by, tapped_at)
        _end_if_last(batch, by)
        return handoff


def correct(
    handoff: Handoff,
    *,
    outcome: str,
    nonce: UUID,
    by,
    tapped_at: datetime | None = None,
    reason: str = "",
    note: str = "",
    cash: Decimal | int = 0,
    transfer: Decimal | int = 0,
) -> Handoff:
    """Says otherwise than `handoff`, which stays: a new row names it, and now counts.

    By the courier while the batch is out or within `SLIP`, by the station's staff also
    later; `cash` and `transfer` replace what the earlier row says. Repeats and errors as for
    `record`; `CorrectionRefused` when `handoff` is corrected already, or a parcel has gone into a
    later batch or was given up.
    """
    said = Said.checked(handoff.stop_id, outcome, reason, note, cash, transfer, handoff.pk)
    stop = Stop.objects.select_related("batch").get(pk=handoff.stop_id)
    with _conflict_noted(stop, said, by), transaction.atomic():
        # A failed parcel may come back to this stop: nobody plans it into another meanwhile.
        locks.round_exclusive(stop.batch.round_id)
        batch = _locked(stop.batch_id)
        is_staff = _is_staff(by, batch)
        if not is_staff and not _is_courier(by, batch):
            raise NotYourBatch(_("这批不是派给您的。"))
        if first := _said_before(nonce, said, by):
            return first
        if not is_staff and not (batch.courier.active and may_correct(handoff, batch)):
            raise BatchNotOpen(_("这批已经送完了，要更正请告诉驿站。"))
        if Handoff.objects.filter(corrects_id=handoff.pk).exists():
            raise CorrectionRefused(_("这条记录已经更正过了，请刷新后更正最新的一条。"))
        if _carried_later(stop):
            raise CorrectionRefused(_("这一户的包裹已经排进后面的批次，不能再更正。"))
        if stop.parcels.filter(status=Parcel.Status.RETURNED).exists():
            raise CorrectionRefused(_("这一户的包裹已经退回上架，钱也退了，不能再更正。"))
        return _write(Stop.objects.get(pk=stop.pk), said, nonce, by, tapped_at)


def may_correct(handoff: Handoff, batch: Batch) -> bool:
    """Whether the batch's courier may still correct this row."""
    return batch.status == Batch.Status.OUT or handoff.received_at > timezone.now() - SLIP


@contextmanager
def _conflict_noted(stop: Stop, said: Said, by) -> Iterator[None]:
    """Writes a conflict down after the transaction that found it was undone."""
    try:
        yield
    except HandoffConflict as conflict:
        events.write(
            Event.Kind.HANDOFF_CONFLICT,
            batch=stop.batch,
            stop=stop,
            by=by,
            first=conflict.first.pk,
            outcome=said.outcome,
            reason=said.reason,
            cash=str(said.cash),
            transfer=str(said.transfer),
        )
        raise


def _locked(batch_id: int) -> Batch:
    batches = Batch.objects.select_for_update(of=("self",), no_key=True)
    return batches.select_related("courier", "grid", "round").get(pk=batch_id)


def _is_courier(user, batch: Batch) -> bool:
    return batch.courier is not None and batch.courier.user_id == user.pk


def _is_staff(user, batch: Batch) -> bool:
    return stations_of(user).filter(pk=batch.grid.station_id).exists()


def _said_before(nonce: UUID, said: Said, by) -> Handoff | None:
    first = Handoff.objects.filter(nonce=nonce).first()
    if first and (first.by_id != by.pk or Said.by_handoff(first) != said):
        raise HandoffConflict(_("这次提交和先前的一次编号相同、内容不同，以先前的为准。"), first)
    return first


def _carried_later(stop: Stop) -> bool:
    """Loads of a parcel are made one plan after the other, so their keys are in order."""
    return StopParcel.objects.filter(
        parcel__loads__stop=stop, pk__gt=F("parcel__loads__pk")
    ).exists()


#: Where the parcels of a stop are while it says this.
_PARCELS_AT = {
    Stop.Status.WAITING: Parcel.Status.ON_WAY,
    Stop.Status.LEFT: Parcel.Status.DELIVERED,
    Stop.Status.HANDED: Parcel.Status.DELIVERED,
    Stop.Status.FAILED: Parcel.Status.FAILED,
}


def _write(stop: Stop, said: Said, nonce: UUID, by, tapped_at: datetime | None) -> Handoff:
    """The new row, and the stop and its parcels where it says. The batch is locked."""
    parcels = Parcel.objects.filter(loads__stop=stop).order_by("pk")
    locks.parcels(parcels)  # nobody pays for them elsewhere while we look at what is due
    due_by_parcel = dict(parcels.values_list("pk", "due"))
    due = sum(due_by_parcel.values(), Decimal(0))
    if said.cash + said.transfer > due:
        raise HandoffRefused(_("这一户应收 %s 元，收的不能比这多。") % f"{due:.2f}")
    handoff = _insert(said, nonce, by, tapped_at)
    was, becomes = stop.status, Stop.Status(said.outcome)
    stop.status, stop.decided_at = becomes, handoff.tapped_at
    Stop.objects.filter(pk=stop.pk).move({was}, becomes, decided_at=handoff.tapped_at)
    # A failed stop lets go of its parcels: they are free for a later batch.
    StopParcel.objects.filter(stop=stop).update(active=becomes != Stop.Status.FAILED)
    ids = list(due_by_parcel)
    moved = Parcel.objects.filter(pk__in=ids).move({_PARCELS_AT[was]}, _PARCELS_AT[becomes])
    if moved != len(ids):
        raise OutOfStep(_("这一户有包裹的状态对不上，请告诉驿站。"))
    signals.handed_off.send(sender=Handoff, stop=stop, handoff=handoff, parcel_ids=ids)
    return handoff


def _insert(said: Said, nonce: UUID, by, tapped_at: datetime | None) -> Handoff:
    now = timezone.now()
    if tapped_at is None or not now - CLOCK_BEHIND <= tapped_at <= now + CLOCK_AHEAD:
        tapped_at = now
    try:
        with transaction.atomic():
            return Handoff.objects.create(
                stop_id=said.stop_id,
                outcome=said.outcome,
                reason=said.reason,
                note=said.note,
                cash=said.cash,
                transfer=said.transfer,
                corrects_id=said.corrects_id,
                nonce=nonce,
                tapped_at=tapped_at,
                received_at=now,
                by=by,
            )
    except IntegrityError:
        # The same number at a door of another batch, in this very moment: that is a conflict.
        _said_before(nonce, said, by)
        raise


def _end_if_last(batch: Batch, by) -> None:
    if batch.stops.filter(status=Stop.Status.WAITING).exists():
        return
    if Batch.objects.filter(pk=batch.pk).move({Batch.Status.OUT}, Batch.Status.DONE):
        events.write(Event.Kind.BATCH_DONE, round=batch.round, batch=batch, by=by)
        signals.batch_done.send(sender=Batch, batch=batch, by=by)
