"""收件箱: what a door was told, until its family moves out."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from delivery.models import Household
from shop.models import Message

#: A page of it; older ones are forgotten by and by (`forget_old`).
SHOWN = 60
KEPT = timedelta(days=90)


def of(household: Household) -> QuerySet[Message]:
    """Newest first; none from before this family moved in."""
    found = Message.objects.filter(household=household, at__gte=household.lived_in)
    return found.order_by("-at", "-pk")


def unseen_count(household: Household) -> int:
    return Message.objects.filter(
        household=household, seen_at=None, at__gte=household.lived_in
    ).count()


def with_unseen(households: QuerySet[Household]) -> QuerySet[Household]:
    """Adds `unseen`, the same figure, for who fetches the door anyhow."""
    theirs = Q(household__lived_in_since=None) | Q(at__gte=F("household__lived_in_since"))
    told = Message.objects.filter(theirs, household=OuterRef("pk"), seen_at=None)
    count = told.values("household").annotate(count=Count("pk")).values("count")
    return households.annotate(unseen=Coalesce(Subquery(count), 0))


def seen(message_ids: Collection[int], household: Household) -> int:
    """These were shown to somebody of the door."""
    these = Message.objects.filter(pk__in=message_ids, household=household, seen_at=None)
    return these.update(seen_at=timezone.now())


def clear(household: Household) -> None:
    """The family moves out: what it was told goes with it, and what was still to be sent."""
    Message.objects.filter(household=household).delete()


def forget_old(now: datetime | None = None) -> None:
    Message.objects.filter(at__lt=(now or timezone.now()) - KEPT).delete()
