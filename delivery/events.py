"""Writes the rows of `Event`, in the transaction of the rule that calls."""

from datetime import datetime

from django.utils import timezone

from delivery.models import Batch, Event, Round, Stop


def write(
    kind: Event.Kind,
    *,
    round: Round | None = None,
    batch: Batch | None = None,
    stop: Stop | None = None,
    by=None,
    at: datetime | None = None,
    **data,
) -> None:
    """`by` None is the clock. `data`: figures and choices only, never anything about a person."""
    Event.objects.create(
        kind=kind, round=round, batch=batch, stop=stop, by=by, at=at or timezone.now(), data=data
    )
