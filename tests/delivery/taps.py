"""A courier's taps as the browser sends them."""

from uuid import uuid4

from django.urls import reverse


def log_in(client, user):
    client.force_login(user)
    return client


def tap(client, stop, outcome="left", nonce=None, **fields):
    """An answer at a door, on a page with a nonce of its own unless one is named."""
    data = {"outcome": outcome, "nonce": nonce or uuid4(), **fields}
    return client.post(reverse("courier-handoff", args=[stop.pk]), data)


def again(client, handoff, outcome, nonce=None, **fields):
    """A correction."""
    data = {"outcome": outcome, "nonce": nonce or uuid4(), **fields}
    return client.post(reverse("courier-correct", args=[handoff.pk]), data)


def words(response) -> list[str]:
    """What the page says on top."""
    return [str(message) for message in response.context["messages"]]
