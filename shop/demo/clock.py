"""The clock of a played day: a fortnight is played into the past, so that it ends today."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from django.utils import timezone


@contextmanager
def days_ago(days: int) -> Iterator[None]:
    """Everybody in this process takes it to be so many days earlier."""
    now = timezone.now
    with patch.object(timezone, "now", lambda: now() - timedelta(days=days)):
        yield
