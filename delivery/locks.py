"""Locks on things that are more than one row. docs/locking.md has the whole picture.

Everybody takes locks in this order: round, household, volunteer (by pk), batch (by pk), basket
and order, stock (by pk).
A lock ends with its transaction. SQLite needs none: its IMMEDIATE transactions are already one
at a time.
"""

from django.db import connection

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


def round_exclusive(round_id: int) -> None:
    """For what concerns a whole round: waits for the orders in flight, holds up new ones."""
    _run("SELECT pg_advisory_xact_lock(%s, %s)", (ROUND, _int4(round_id)))


def _int4(pk: int) -> int:
    """Two far-apart keys may fold into one lock: that costs a wait, never a wrong figure."""
    return pk & 0x7FFFFFFF


def _run(statement: str, numbers: tuple[int, ...]) -> None:
    assert connection.in_atomic_block, "a lock without a transaction is let go at once"
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(statement, numbers)
