import pytest
from django.test import TransactionTestCase

from delivery import locks
from tests.races import emptying


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """What a race leaves behind is taken away by `emptying`, not by Django's `flush`."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        remains = emptying.Remains()
        remains.remove()  # what migrations put in, which `flush` would take away as well
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: remains.remove())
        yield


@pytest.fixture
def no_round_lock(monkeypatch):
    """Takes the guard away: what the controls are about."""
    monkeypatch.setattr(locks, "round_shared", lambda round_id, household_id: None)
    monkeypatch.setattr(locks, "round_exclusive", lambda round_id: None)
