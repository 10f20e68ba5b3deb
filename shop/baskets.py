"""What can happen to a basket. A basket belongs to a person and a door, and holds stock records.

Reading a basket is one query, whatever its length; Oscar's own `all_lines` costs several a line.
Nothing is held for a basket: stock is reserved when the order is placed.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from django.db import transaction
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from delivery.models import Round
from inventory.errors import StationError
from inventory.models import Item
from shop import basket_lines, bundles
from shop.basket_lines import BasketLine
from shop.errors import BasketPlaced, ShortLine
from shop.limits import MOST_OF_ONE
from shop.models import DoorBasket

Basket = get_model("basket", "Basket")
Line = get_model("basket", "Line")


def for_door(user, household):
    """The open basket this person fills for this door; two tabs get the same one."""
    found = (
        Basket.objects.filter(door__user=user, door__household=household, status=Basket.OPEN)
        .select_related("door")
        .first()
    )
    return found or _new_basket(user, household)


def _new_basket(user, household):
    with transaction.atomic():
        basket = Basket.objects.create(owner=user)
        door, created = DoorBasket.objects.get_or_create(
            user=user, household=household, defaults={"basket": basket}
        )
        if created:
            return basket
        # The door's last basket was ordered (or another tab was quicker): one of us points the
        # door at a new one, the other takes what is there. Locked without a join: PostgreSQL
        # would look for the old basket beside the door that has a new one by now.
        door = DoorBasket.objects.select_for_update().get(pk=door.pk)
        there = Basket.objects.get(pk=door.basket_id)
        if there.status == Basket.OPEN:
            basket.delete()
            return there
        door.basket = basket
        door.save(update_fields=["basket"])
        return basket


def set_quantity(basket, record_id: int, quantity: int) -> None:
    """Put so many of a good in the basket; 0 takes it out. Never adds up: a repeat is harmless.

    Raises `BasketPlaced` if the basket is an order by now, and `StationError` if the good is not
    sold at the door's station.
    """
    quantity = min(quantity, MOST_OF_ONE)
    with transaction.atomic():
        # Placing claims the same row first: a basket changes before it is ordered, or not at all.
        if not Basket.objects.select_for_update().filter(pk=basket.pk, status=Basket.OPEN).exists():
            raise BasketPlaced
        if quantity <= 0:
            Line.objects.filter(basket=basket, stockrecord_id=record_id).delete()
        else:
            _put(basket, record_id, quantity)


def _put(basket, record_id: int, quantity: int) -> None:
    item = (
        Item.objects.filter(
            bundles.for_sale(),
            record_id=record_id,
            record__partner__station__grids__households=basket.door.household_id,
        )
        .select_related("record")
        .first()
    )
    if item is None:
        raise StationError(_("这样货现在不卖了。"))
    line = Line(
        basket=basket,
        line_reference=str(record_id),
        product_id=item.record.product_id,
        stockrecord_id=record_id,
        quantity=quantity,
        price_currency=item.record.price_currency,
        price_excl_tax=item.record.price,
        price_incl_tax=item.record.price,
    )
    # One statement, so two taps at once cannot both find no line and both make one.
    Line.objects.bulk_create(
        [line],
        update_conflicts=True,
        unique_fields=["basket", "line_reference"],
        update_fields=["quantity", "price_excl_tax", "price_incl_tax"],
    )


def lines(basket, round: Round | None = None) -> list[BasketLine]:
    """The basket's goods and bundles in the order they were added; with what the door has of
    limited ones in this round."""
    return basket_lines.read(basket, round)


def short_lines(lines: Sequence[BasketLine]) -> list[ShortLine]:
    """What the shelf or the limit already says no to, before anybody presses the button."""
    return basket_lines.short(lines)


class Good(Protocol):
    """What of a good somebody saw before they agreed to it."""

    @property
    def record_id(self) -> int: ...

    @property
    def quantity(self) -> int: ...

    @property
    def price(self) -> Decimal: ...

    @property
    def preorder(self) -> bool: ...

    @property
    def subsidy(self) -> Decimal: ...


class Shown(Protocol):
    """A line that is one good, or a bundle of some."""

    @property
    def pieces(self) -> Sequence[Good]: ...


def digest(shown: Sequence[Shown], round: Round | None) -> str:
    """What the page showed, in a few characters: goods (loose and in bundles together),
    quantities, prices, what others pay of them, and for which round."""
    goods: dict[int, Good] = {}
    units: dict[int, int] = defaultdict(int)
    given: dict[int, Decimal] = defaultdict(Decimal)
    for piece in (piece for line in shown for piece in line.pieces):
        goods[piece.record_id] = piece
        units[piece.record_id] += piece.quantity
        given[piece.record_id] += piece.subsidy
    text = f"{round.pk if round else ''}|" + ";".join(
        f"{pk}:{units[pk]}:{good.price:.2f}{'~' if good.preorder else ''}"
        f"{f'-{given[pk]}' if given[pk] else ''}"
        for pk, good in sorted(goods.items())
    )
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
