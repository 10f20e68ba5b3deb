"""A page of steppers that writes nothing until it is sent (templates/shop/partials/units.html)."""

from decimal import Decimal
from typing import NamedTuple

from shop.money import ZERO
from shop.wanted import MOST_OF_ONE


class Row(NamedTuple):
    """A good and how many `units` of it are wanted; there `was` so much, if there was an order.
    `key`: what the page calls it by; `price` of a unit, yuan, None if that is not known here."""

    key: int
    title: str
    unit: str
    units: int
    was: int | None
    price: Decimal | None

    @property
    def one_less(self) -> int:
        return self.units - 1

    @property
    def one_more(self) -> int:
        return self.units + 1

    @property
    def at_most(self) -> bool:
        return self.units >= MOST_OF_ONE

    @property
    def total(self) -> Decimal:
        return (self.price or ZERO) * self.units
