"""What can happen to a basket. A basket belongs to a person and a door, and holds stock records.

Reading a basket is one query, whatever its length; Oscar's own `all_lines` costs several a line.
Nothing is held for a basket: stock is reserved when the order is placed. Looking at a page makes
none: there is one from the first good that is put into it.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from django.db import transaction
from django.db.models import Case, DecimalField, F, OuterRef, Subquery, Sum, When
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from delivery.models import Round
from inventory.errors import StationError
from inventory.models import BundlePart, Item
from inventory.spelled import Spelled, key
from shop import basket_lines, bundles
from shop.basket_lines import BasketLine
from shop.errors import BasketPlaced, ShortLine
from shop.limits import MOST_OF_ONE
from shop.models import DoorBasket
from shop.money import ZERO

Basket = get_model("basket", "Basket")
Line = get_model("basket", "Line")


def for_door(user, household):
    """The open basket this person fills for this door; two tabs get the same one."""
    return open_of(user, household) or _new_basket(user, household)


def open_of(user, household):
    """The same, or None if nothing was put into one since the last order."""
    return _OPEN_OF.first(user=user.pk, household=household.pk)


_OPEN_OF: Spelled[Any] = Spelled(
    lambda: (
        Basket.objects.filter(
            door__user=key("user"), door__household=key("household"), status=Basket.OPEN
        )
        .select_related("door")
        .order_by("pk")[:1]
    )
)


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


_SOLD: Spelled[Item] = Spelled(
    lambda: (
        Item.objects.filter(
            bundles.for_sale(),
            record_id=key("record"),
            record__partner__station__grids__households=key("household"),
        )
        .select_related("record")
        .order_by("pk")[:1]
    )
)


def _put(basket, record_id: int, quantity: int) -> None:
    item = _SOLD.first(record=record_id, household=basket.door.household_id)
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


class Glanced(NamedTuple):
    """So many of a good or a bundle, at today's price."""

    record_id: int
    quantity: int
    price: Decimal

    @property
    def total(self) -> Decimal:
        return self.price * self.quantity


def glance(user, household) -> list[Glanced]:
    """What is in the basket this person fills for this door, without a look at shelves, limits
    and funds. One query, bundles or not."""
    return [
        Glanced(record_id, quantity, price or ZERO)
        for record_id, quantity, price in _GLANCE(user=user.pk, household=household.pk)
    ]


def _priced():
    parts = BundlePart.objects.filter(bundle__record=OuterRef("stockrecord")).values("bundle")
    price = Sum(F("units") * F("part__record__price"), output_field=_YUAN)
    bundle = Subquery(parts.annotate(price=price).values("price"))
    return (
        Line.objects.filter(
            basket__door__user=key("user"),
            basket__door__household=key("household"),
            basket__status=Basket.OPEN,
        )
        .annotate(
            price=Case(
                When(stockrecord__item__selling=bundles.BUNDLE, then=bundle),
                default="stockrecord__price",
                output_field=_YUAN,
            )
        )
        .order_by("pk")
        .values_list("stockrecord", "quantity", "price")
    )


_YUAN = DecimalField(max_digits=12, decimal_places=2)
_GLANCE: Spelled[tuple[int, int, Decimal | None]] = Spelled(_priced)


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
