"""A day is played once for the whole folder; every test breaks it in a transaction of its own."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction


@pytest.fixture(scope="package")
def played(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("simulate", households=40, orders=40, seed=5, json=True, stdout=StringIO())
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def day(played, db):
    """The played day, to be broken."""
