"""The races' own tools: real commits on both databases, and a race that a naive counter loses."""

import time

import pytest
from django.contrib.sites.models import Site
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from inventory import append_only
from inventory.models import Move, Station
from tests.databases import run_race


def test_runners_start_together_and_commit(each_database, race):
    assert connection.vendor == each_database

    def sign_up(number: int) -> int:
        with transaction.atomic():
            Site.objects.create(domain=f"runner-{number}.test", name=str(number))
        if number % 2:
            raise ValueError(number)
        return number

    results, errors = race(16, sign_up)
    assert results == list(range(0, 16, 2))
    assert [error.args[0] for error in errors] == list(range(1, 16, 2))
    assert Site.objects.filter(domain__startswith="runner-").count() == 16


def test_looking_before_writing_loses_the_race_on_postgresql(transactional_db, race):
    """The control: without a guard the harness does make several winners of one prize."""
    prize = Site.objects.create(domain="prize.test", name="")

    def look_then_take(number: int) -> bool:
        seen = Site.objects.get(pk=prize.pk)
        time.sleep(0.05)
        if seen.name:
            return False
        Site.objects.filter(pk=prize.pk).update(name=str(number))
        return True

    results, errors = race(8, look_then_take)
    assert not errors
    assert sum(results) > 1


def test_every_database_refuses_to_change_history(each_database):
    assert append_only.missing_triggers() == []
    assert len(append_only.tables()) == 14
    for change in ("UPDATE inventory_move SET in_stock_delta = 9", "DELETE FROM inventory_move"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            write_a_move_and(change)


def write_a_move_and(change: str) -> None:
    # Its item does not exist; foreign keys are looked at when a transaction commits.
    Move.objects.create(item_id=1, kind=Move.Kind.OPENING, at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(change)


def test_a_deadlock_is_a_failure_with_a_name(sqlite_station):
    with pytest.raises(pytest.fail.Exception, match=r"deadlock: runners \[1\]"):
        run_race(2, lambda number: time.sleep(number), seconds=0.2)


def test_nothing_is_left_for_the_next_test(each_database):
    assert not Station.objects.exists()
    assert not Site.objects.filter(domain__endswith=".test").exists()
