"""What can happen to a basket. A basket belongs to a person and a door, and holds stock records.

Reading a basket is one query, whatever its length; Oscar's own `all_lines` costs several a line.
Nothing is held for a basket: stock is reserved when the order is placed.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from django.db import transaction
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from delivery.models import Round, Wish
from inventory import lots
from inventory.errors import StationError
from inventory.models import Item
from shop.errors import BasketPlaced, ShortLine
from shop.models import DoorBasket
from shop.money import ZERO, part
from shop.money.funds import subsidies
from shop.wanted import MOST_OF_ONE

Basket = get_model("basket", "Basket")
Line = get_model("basket", "Line")


@dataclass(frozen=True)
class BasketLine:
    """One good in a basket, at today's price. Money is yuan, `left` and `limit` units."""

    record_id: int
    title: str
    unit: str
    quantity: int
    price: Decimal
    left: int
    limit: int | None
    #: Its price is a ceiling, and there is no shelf to run out of.
    preorder: bool
    #: What may come instead, if anything is similar.
    similar: str = ""
    wish: Wish = Wish.LESS
    #: What pays this share of it right now, if anything (`shop.money.funds.subsidies`).
    fund_id: int | None = None
    share: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.price * self.quantity

    @property
    def subsidy(self) -> Decimal:
        """Yuan the household does not pay."""
        return part(self.total, self.share)

    def with_share(self, share: Decimal) -> "BasketLine":
        return replace(self, share=share)

    @property
    def wishes(self) -> list[Wish]:
        """What may be wished for when there is not enough, the plainest first."""
        return [wish for wish in Wish if wish != Wish.SIMILAR or self.similar]

    @property
    def at_most(self) -> bool:
        """There is no more to be had: the shelf or the limit says so."""
        return self.quantity >= (self.left if self.limit is None else min(self.left, self.limit))


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
            record_id=record_id,
            record__partner__station__grids__households=basket.door.household_id,
            record__product__is_public=True,
            record__price__isnull=False,
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


def lines(basket) -> list[BasketLine]:
    """The basket's goods in the order they were added."""
    in_basket = [
        BasketLine(
            record_id=line.stockrecord_id,
            title=line.product.title,
            unit=line.stockrecord.item.unit,
            quantity=line.quantity,
            price=line.stockrecord.price,
            left=left_of(line.stockrecord.item, line.expired),
            limit=line.stockrecord.item.household_limit,
            preorder=line.stockrecord.item.selling == Item.Selling.PREORDER,
            similar=_title_of(line.stockrecord.item.similar),
            fund_id=line.granting_fund,
            share=line.granted_share or ZERO,
        )
        for line in Line.objects.filter(basket=basket)
        .select_related("product", "stockrecord__item__similar__record__product")
        .annotate(
            expired=lots.expired("stockrecord__item"),
            **subsidies.fitting(basket.door.household_id, "stockrecord__item"),
        )
        .order_by("pk")
    ]
    return subsidies.offered(in_basket)


def _title_of(similar: Item | None) -> str:
    """Nothing is promised of what is off sale."""
    if similar is None or not similar.record.product.is_public:
        return ""
    return similar.record.product.title


def left_of(item: Item, expired: int) -> int:
    """Units of a good that can still be ordered, of which so many in the building are expired."""
    if item.selling == Item.Selling.PREORDER:
        return MOST_OF_ONE
    return max(0, item.record.net_stock_level - expired)


class Shown(Protocol):
    """What of a line somebody saw before they agreed to it."""

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


def digest(basket_lines: Sequence[Shown], round: Round | None) -> str:
    """What the page showed, in a few characters: goods, quantities, prices, what others pay of
    them, and for which round."""
    text = f"{round.pk if round else ''}|" + ";".join(
        f"{line.record_id}:{line.quantity}:{line.price:.2f}{'~' if line.preorder else ''}"
        f"{f'-{line.subsidy}' if line.subsidy else ''}"
        for line in sorted(basket_lines, key=lambda line: line.record_id)
    )
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def short_lines(basket_lines: list[BasketLine]) -> list[ShortLine]:
    """What the shelf or the limit already says no to, before anybody presses the button."""
    short = []
    for line in basket_lines:
        limited = line.limit is not None and line.limit < line.left
        left = line.limit if limited and line.limit is not None else line.left
        if line.quantity > left:
            short.append(
                ShortLine(line.record_id, line.title, line.unit, line.quantity, left, limited)
            )
    return short
