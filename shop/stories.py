"""What happened to an order and to its last stop, as facts of one time; `shop.tracking` puts them
into words."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Exists, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from oscar.core.loading import get_model

from delivery.models import Event, Handoff, Stop, StopParcel
from inventory.spelled import Spelled, key
from shop.models import OrderStatus

Order = get_model("order", "Order")

#: What an order is once its stop says this.
_AFTER = {
    Stop.Status.LEFT: OrderStatus.DELIVERED,
    Stop.Status.HANDED: OrderStatus.DELIVERED,
    Stop.Status.FAILED: OrderStatus.NOT_DELIVERED,
}


class Change(NamedTuple):
    old_status: str
    new_status: str
    at: datetime


@dataclass(frozen=True)
class Story:
    """How an order stands, and how it came to that: of one moment."""

    status: OrderStatus
    closed_at: datetime | None
    changes: list[Change]


def read(order) -> tuple[Story, StopParcel | None]:
    """The order and its last stop as they were at one time: read one after the other, the stop
    may have been decided in between."""
    story, load = _story(order), _load(order)
    after = _AFTER.get(load.stop.status) if load else None
    if after and story.status not in {after, OrderStatus.RETURNED}:
        story = _story(order)
    return story, load


def _story(order) -> Story:
    """One query."""
    found = _STORY(order=order.pk)
    status, closed_at = found[0][:2]
    return Story(
        OrderStatus(status), closed_at, [Change(*row[2:]) for row in found if row[2] is not None]
    )


def _told():
    closed = Event.objects.filter(
        round=OuterRef("placement__round"), kind=Event.Kind.ROUND_CLOSED
    ).order_by("at")  # fmt: skip
    changes = "status_changes"
    columns = (f"{changes}__old_status", f"{changes}__new_status", f"{changes}__date_created")
    return (
        Order.objects.filter(pk=key("order"))
        .annotate(closed_at=Subquery(closed.values("at")[:1]))
        .order_by(f"{changes}__date_created", f"{changes}__pk")
        .values_list("status", "closed_at", *columns)
    )


_STORY: Spelled[tuple] = Spelled(_told)


def _load(order) -> StopParcel | None:
    """The last stop it went to, with how far its batch is. One query."""
    return _LOAD.first(order=order.pk)


def _loads():
    stops = Stop.objects.filter(batch=OuterRef("stop__batch")).order_by().values("batch")
    waiting = Q(status=Stop.Status.WAITING)
    decided = stops.exclude(waiting)
    started = Event.objects.filter(
        batch=OuterRef("stop__batch"), kind=Event.Kind.BATCH_STARTED
    ).order_by("-at")  # fmt: skip
    said = Handoff.objects.filter(stop=OuterRef("stop"))
    before = waiting & Q(position__lt=OuterRef("stop__position"))
    return (
        StopParcel.objects.filter(parcel__order=key("order"))
        .select_related("stop__batch__courier__user")
        .annotate(
            before=Coalesce(Subquery(stops.filter(before).annotate(n=Count("pk")).values("n")), 0),
            done=Coalesce(Subquery(decided.annotate(n=Count("pk")).values("n")), 0),
            last_at=Subquery(decided.annotate(at=Max("decided_at")).values("at")),
            started_at=Subquery(started.values("at")[:1]),
            reason=Subquery(said.order_by("-pk").values("reason")[:1]),
            corrected=Exists(said.exclude(corrects=None)),
        )
        .order_by("-pk")[:1]
    )


_LOAD: Spelled[StopParcel] = Spelled(_loads)
