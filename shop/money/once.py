"""A tap that comes twice is one tap: the page's nonce stands on the row that the first one wrote.

with once.tap(MoneyMove, nonce) as tap:
    …  # locks
    if tap.again(household_id=household.pk, amount=amount):
        return
    …  # what is to be done, with a row that carries the nonce
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Model

from shop.errors import NonceTaken

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Tap(Generic[Row]):
    rows: type[Row]
    nonce: UUID

    def again(self, **said: Any) -> Row | None:
        """The row that the first tap wrote; None: this is the first. Raises `NonceTaken` if that
        one said otherwise. Look with the locks held, so that a second tap finds the first."""
        first = self.rows._default_manager.filter(nonce=self.nonce).first()
        if first is None:
            return None
        if any(getattr(first, name) != value for name, value in said.items()):
            raise NonceTaken
        return first


@contextmanager
def tap(rows: type[Row], nonce: UUID) -> Iterator[Tap[Row]]:
    """A transaction in which one of `rows` with this nonce is written, or is there already. Raises
    `NonceTaken` if another page writes it at the same moment, under other locks."""
    try:
        with transaction.atomic():
            yield Tap(rows, nonce)
    except IntegrityError as error:
        # Anything else is a mistake of ours.
        if not rows._default_manager.filter(nonce=nonce).exists():
            raise
        raise NonceTaken from error
