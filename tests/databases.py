"""Which database a test runs on, and how to let many people do something at the same moment.

* The main suite runs on SQLite (a file, as in the village office), or on PostgreSQL when
  `DATABASE_URL` names one; every test in a transaction that is rolled back.
* Races commit, so they run on a database of their own: `tests/races` on PostgreSQL
  (`python -m tests.postgres pytest tests/races`), and on a SQLite file through `sqlite_station`.
  `each_database` runs a test on both.
"""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, connections
from django.test import override_settings

from shop.config import env

RACES = Path(__file__).parent / "races"


class Outcome(NamedTuple):
    """What came of a race: what was returned and what was raised, each in the runners' order."""

    results: list[Any]
    errors: list[Exception]


def run_race(runners: int, run: Callable[[int], Any], *, seconds: float = 120) -> Outcome:
    """Calls `run(0)` … `run(runners - 1)` at the same moment, each in a thread and connection.

    The connections are open before the start, so nobody wins by having been first in line. A
    runner who has not finished after `seconds` fails the test: that is a deadlock.
    """
    answers: list[tuple[bool, Any] | None] = [None] * runners
    start = threading.Barrier(runners)

    def take_part(number: int) -> None:
        try:
            connection.ensure_connection()
            start.wait(timeout=60)
            answers[number] = (True, run(number))
        except Exception as error:
            answers[number] = (False, error)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=take_part, args=(number,), name=f"runner {number}", daemon=True)
        for number in range(runners)
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(timeout=max(0, deadline - time.monotonic()))
    missing = [number for number, answer in enumerate(answers) if answer is None]
    if missing:
        pytest.fail(f"still running after {seconds} s, probably a deadlock: runners {missing}")
    return Outcome(
        results=[answer[1] for answer in answers if answer and answer[0]],
        errors=[answer[1] for answer in answers if answer and not answer[0]],
    )


@pytest.fixture
def race() -> Callable[..., Outcome]:
    """`race(64, buy)`; needs commits: `each_database`, `sqlite_station` or `transactional_db`."""
    return run_race


@pytest.fixture(scope="session")
def _empty_sqlite(tmp_path_factory, django_db_setup, django_db_blocker) -> Path:
    """A SQLite file with every table and trigger, copied for each test that wants one.

    Made from the models, as for all tests on SQLite; the journeys start with the migrations.
    """
    path = tmp_path_factory.mktemp("sqlite") / "empty.sqlite3"
    without_migrations = {app.label: None for app in apps.get_app_configs()}
    with (
        django_db_blocker.unblock(),
        override_settings(MIGRATION_MODULES=without_migrations),
        _default_database(env.database(f"sqlite:///{path}")),
    ):
        call_command("migrate", run_syncdb=True, verbosity=0, interactive=False)
    return path


@pytest.fixture
def sqlite_station(_empty_sqlite, tmp_path, django_db_blocker) -> Iterator[Path]:
    """A SQLite file of its own as the default database, in all threads; its path.

    Everything is really committed. Thrown away whole, so the append-only tables cannot mind.
    """
    path = tmp_path / "station.sqlite3"
    shutil.copy(_empty_sqlite, path)
    with django_db_blocker.unblock(), _default_database(env.database(f"sqlite:///{path}")):
        yield path


@pytest.fixture(
    params=[pytest.param("postgresql", marks=pytest.mark.django_db(transaction=True)), "sqlite"]
)
def each_database(request: pytest.FixtureRequest) -> str:
    """Runs the test once on PostgreSQL and once on a SQLite file, both with real commits."""
    if request.param == "sqlite":
        request.getfixturevalue("sqlite_station")
    return request.param


class _default_database:
    """Swaps the default database under Django; the one before is untouched and comes back."""

    def __init__(self, settings: dict) -> None:
        self.settings = settings

    def __enter__(self) -> None:
        self.before = connections.settings["default"], connections["default"]
        connections.settings["default"] = connections.configure_settings(
            {"default": self.settings}
        )["default"]
        del connections["default"]

    def __exit__(self, *exception: object) -> None:
        connections["default"].close()
        connections.settings["default"], connections["default"] = self.before


def pytest_runtest_setup(item: pytest.Function) -> None:
    """Refuses in words what would otherwise fail strangely, or be skipped silently."""
    if connections.settings["default"]["ENGINE"].endswith("postgresql"):
        return
    if RACES in item.path.parents:
        pytest.fail("races need PostgreSQL: python -m tests.postgres pytest tests/races", False)
    marker = item.get_closest_marker("django_db")
    transaction = marker and (marker.kwargs.get("transaction") or marker.args[:1] == (True,))
    if transaction or "transactional_db" in item.fixturenames:
        pytest.fail(
            "append-only tables cannot be emptied on SQLite: use the fixture sqlite_station, "
            "or put the test into tests/races",
            False,
        )
