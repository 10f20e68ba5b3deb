"""Who sends what from the pages about money."""

from uuid import uuid4

import pytest
from django.urls import reverse


@pytest.fixture
def post(client, staff, home):
    """What the clerk sends from the page of `home`, as strings; a fresh page unless it says so."""
    client.force_login(staff)

    def send(what: str, **said):
        said.setdefault("nonce", uuid4())
        return client.post(reverse(f"station-account-{what}", args=[home.pk]), said)

    return send
