"""Two days are played once for the whole folder."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction


@pytest.fixture(scope="package")
def played(django_db_setup, django_db_blocker):
    out = StringIO()
    options = {"households": 60, "orders": 60, "days": 2, "seed": 21}
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("simulate", json=True, stdout=out, **options)
        yield json.loads(out.getvalue())
        transaction.set_rollback(True)


@pytest.fixture
def said(played, db) -> dict:
    """What the command printed."""
    return played
