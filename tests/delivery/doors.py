"""What a courier and the office say about doors, in one word each."""

from uuid import uuid4

from delivery import batches, handoffs
from delivery.models import Batch, Handoff, Parcel, Stop, StopParcel

#: `state` of a stop with two parcels that nobody has said anything about.
UNTOUCHED = ("waiting", {"on_way"}, 2, 0)


def send_out(batch: Batch, courier, staff) -> None:
    batches.give(batch, courier.volunteer, staff)
    batches.pack(batch, staff)
    batches.start(batch, courier)


def record(stop, by, outcome="left", **said) -> Handoff:
    return handoffs.record(stop, outcome=outcome, by=by, nonce=said.pop("nonce", uuid4()), **said)


def correct(handoff, by, outcome="left", **said) -> Handoff:
    return handoffs.correct(
        handoff, outcome=outcome, by=by, nonce=said.pop("nonce", uuid4()), **said
    )


def fail(stop, by, reason="nobody", **said) -> Handoff:
    return record(stop, by, "failed", reason=reason, **said)


def state(stop: Stop) -> tuple:
    """(stop's status, its parcels' statuses, how many of its loads count, handoffs)."""
    parcels = Parcel.objects.filter(loads__stop=stop).values_list("status", flat=True)
    return (
        Stop.objects.get(pk=stop.pk).status,
        set(parcels),
        StopParcel.objects.filter(stop=stop, active=True).count(),
        Handoff.objects.filter(stop=stop).count(),
    )
