"""How guessing is slowed down: so many tries for a phone, an address or a card within a time.

A try is counted before it is looked at, and taken off the count when it was right: of a hundred
tries at the same moment no more are looked at than of a hundred in a row.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from inventory.errors import StationError
from shop.models import LoginFailure

#: What the second number of PostgreSQL's advisory lock counts; 1 and 2 are in delivery/locks.py.
GUESSES = 3
#: The longest time a limit looks back; older rows say nothing to anybody.
KEPT = timedelta(days=1)


class TooManyTries(StationError):
    def __init__(self, within: timedelta) -> None:
        minutes = int(within.total_seconds()) // 60
        if minutes < 60:
            words = ngettext(
                "试的次数太多了，请过 %(n)d 分钟再来。",
                "试的次数太多了，请过 %(n)d 分钟再来。",
                minutes,
            )
            super().__init__(words % {"n": minutes})
            return
        words = ngettext(
            "试的次数太多了，请过 %(n)d 小时再来。",
            "试的次数太多了，请过 %(n)d 小时再来。",
            minutes // 60,
        )
        super().__init__(words % {"n": minutes // 60})


class Limit(NamedTuple):
    """At most so many tries of `what` for `whose` within a time."""

    what: str
    whose: str
    most: int
    within: timedelta = timedelta(minutes=15)

    @property
    def key(self) -> str:
        return salted_hmac(f"guess {self.what}", self.whose, algorithm="sha256").hexdigest()


def of_address(address: str) -> Limit:
    """Wrong passwords and codes of all kinds together; a whole office shares one address."""
    return Limit("from an address", address, 60)


def of_login(what: str, phone: str, most: int, address: str, note: str = "") -> list[Limit]:
    """For a number and the address it is tried from; `note`: of a browser that was in with this
    number (`browsers.note`), which is counted by itself."""
    if note:
        return [Limit(f"{what}, where they were before", note, most)]
    return [Limit(what, phone, most), of_address(address)]


def take(*limits: Limit) -> list[int]:
    """Counts one more try under every limit, or raises `TooManyTries` and counts nothing."""
    now = timezone.now()
    keys = sorted({limit.key for limit in limits})
    with transaction.atomic():
        _one_after_the_other(keys)
        oldest = now - max(limit.within for limit in limits)
        tries = LoginFailure.objects.filter(key__in=keys, at__gt=oldest).aggregate(
            **{
                f"n{number}": Count("pk", filter=Q(key=limit.key, at__gt=now - limit.within))
                for number, limit in enumerate(limits)
            }
        )
        for number, limit in enumerate(limits):
            if tries[f"n{number}"] >= limit.most:
                raise TooManyTries(limit.within)
        made = LoginFailure.objects.bulk_create(LoginFailure(key=key, at=now) for key in keys)
    return [row.pk for row in made]


@contextmanager
def guarded(*limits: Limit) -> Iterator[None]:
    """Whatever is raised within was a wrong guess and stays counted."""
    tries = take(*limits)
    yield
    LoginFailure.objects.filter(pk__in=tries).delete()


def forget_old() -> None:
    LoginFailure.objects.filter(at__lt=timezone.now() - KEPT).delete()


def _one_after_the_other(keys: list[str]) -> None:
    """Who counts under one of these keys waits for who does so already. SQLite has one writer."""
    if connection.vendor == "postgresql":
        numbers = sorted(int(key[:7], 16) for key in keys)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, number) FROM unnest(%s::int[]) AS number",
                (GUESSES, numbers),
            )
