"""Locks on things that are more than one row. docs/locking.md has the whole picture.

Everybody takes locks in this order: round, household, volunteer (by pk), batch (by pk), parcel
(by pk), basket and order, stock (by pk).
A lock ends with its transaction. SQLite needs none: its IMMEDIATE transactions are already one
at a time.
"""

from collections.abc import Collection

from django.db import connection
from django.db.models import QuerySet

from delivery.models import Batch, Parcel

# The first number of PostgreSQL's two-number advisory locks says what the second one counts.
ROUND = 1
HOUSEHOLD = 2


def round_shared(round_id: int, household_id: int) -> None:
    """For an order of one door: the round cannot close meanwhile, nor the door order twice.

    Other doors of the round go on beside it. One statement for both locks.
    """
    _run(
        "SELECT pg_advisory_xact_lock_shared(%s, %s), pg_advisory_xact_lock(%s, %s)",
        (ROUND, _int4(round_id), HOUSEHOLD, _int4(household_id)),
    )


def household(household_id: int) -> None:
    """For what concerns one door outside of any round: its money, a sale between two rounds."""
    _run("SELECT pg_advisory_xact_lock(%s, %s)", (HOUSEHOLD, _int4(household_id)))


def round_exclusive(round_id: int) -> None:
    """For what concerns a whole round: waits for the orders in flight, holds up new ones."""
    _run("SELECT pg_advisory_xact_lock(%s, %s)", (ROUND, _int4(round_id)))


def contents(parcel_ids: Collection[int]) -> None:
    """For whoever changes what is in these parcels: their batches, then they themselves.

    Two who tick off the last two lines of a parcel go one after the other, so that the second
    sees that it is complete.
    """
    if connection.vendor == "postgresql":
        batches = Batch.objects.filter(
            pk__in=Batch.objects.filter(
                stops__loads__parcel__in=parcel_ids, stops__loads__active=True
            ).values("pk")
        )
        for rows in (batches, Parcel.objects.filter(pk__in=parcel_ids)):
            # Without the columns: what they say is read after the wait, in a new statement.
            list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def parcels(these: QuerySet[Parcel]) -> None:
    """For whoever changes what is due for them: their rows by key. Before their orders."""
    if connection.vendor == "postgresql":
        # By key alone: a join would lock the other table's rows too.
        rows = Parcel.objects.filter(pk__in=these.order_by().values("pk")).order_by("pk")
        list(rows.select_for_update(no_key=True).values_list("pk"))


def _int4(pk: int) -> int:
    """Two far-apart keys may fold into one lock: that costs a wait, never a wrong figure."""
    return pk & 0x7FFFFFFF


def _run(statement: str, numbers: tuple[int, ...]) -> None:
    assert connection.in_atomic_block, "a lock without a transaction is let go at once"
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(statement, numbers)
