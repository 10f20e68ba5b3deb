"""Payments online in a played day: the fake Stripe of our tests, running beside it.

Nothing leaves the machine. Where the tests are not installed nobody pays online.
"""

import json
import logging
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any
from urllib.error import HTTPError

from django.conf import settings
from django.test.utils import override_settings

MODULE = "tests.fakes.stripe"
#: The fake's own, in its `fake.py`.
KEYS = {"STRIPE_SECRET_KEY": "sk_test_fake", "STRIPE_WEBHOOK_SECRET": "whsec_fake"}
SECONDS = 30


class FakeStripe:
    """The fake in its own process, asked over HTTP (`tests.fakes.stripe.control`)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._heard = 0

    def ask(self, what: str, /, **arguments: Any) -> Any:
        """What a payer, Stripe's dashboard or fate does; the answer is what became of it."""
        body = json.dumps(arguments).encode()
        return self._open(urllib.request.Request(f"{self.url}/_fake/{what}", body))  # noqa: S310  (our own process)

    def days_ago(self, days: int) -> None:
        """Sets its clock to that of the played day."""
        self.ask("clock", offset=-days * 24 * 3600)

    def news(self) -> list[tuple[bytes, str]]:
        """Events that were not asked for before: what Stripe would send, and its signature."""
        url = f"{self.url}/_fake/deliveries?after={self._heard}"
        deliveries = self._open(urllib.request.Request(url))  # noqa: S310  (our own process)
        self._heard += len(deliveries)
        return [(each["body"].encode(), each["signature"]) for each in deliveries]

    def _open(self, request: urllib.request.Request) -> Any:
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  (our own process)
                return json.load(answer)
        except HTTPError as error:
            raise ValueError(error.read().decode()) from error


@contextmanager
def running() -> Iterator[FakeStripe | None]:
    """A fake, and this process set up to be paid through it; None where there is none."""
    if not _is_there():
        yield None
        return
    command = [sys.executable, "-m", MODULE]
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            with override_settings(STRIPE_API_BASE=url, **KEYS), _quiet():
                yield FakeStripe(url)
        finally:
            process.terminate()


@contextmanager
def _quiet() -> Iterator[None]:
    """What goes wrong goes wrong on purpose."""
    log = logging.getLogger("shop.payments.stripe")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


def _is_there() -> bool:
    try:
        return find_spec(MODULE) is not None
    except ModuleNotFoundError:
        return False
