"""Placing and cancelling orders: the only two ways an order comes about or goes.

Placing is the store's hottest path. It is one short transaction that writes in sets, takes its
locks in the order of docs/locking.md, and touches the scarce rows (stock) last.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery, Sum
from django.utils import timezone
from oscar.core.loading import get_model

from delivery import locks
from delivery.models import Round
from inventory import stock
from inventory.errors import Shortage
from shop import baskets, order_rows
from shop.errors import (
    BasketChanged,
    BasketEmpty,
    CannotCancel,
    RoundNotOpen,
    ShortLine,
    SoldOut,
    TooHeavy,
)
from shop.models import OrderStatus, Placement

Basket = get_model("basket", "Basket")
BasketRow = get_model("basket", "Line")
Order = get_model("order", "Order")
OrderLine = get_model("order", "Line")
OrderStatusChange = get_model("order", "OrderStatusChange")


class Wanted(NamedTuple):
    """A basket line as placing sees it; the names are those `baskets.digest` reads."""

    record_id: int
    quantity: int
    price: Decimal
    in_stock: int | None
    allocated: int | None
    title: str
    unit: str
    limit: int | None
    weight_g: int
    on_sale: bool
    taken: int | None

    @property
    def left_on_shelf(self) -> int:
        return max(0, (self.in_stock or 0) - (self.allocated or 0)) if self.on_sale else 0

    @property
    def left_for_household(self) -> int | None:
        return None if self.limit is None else max(0, self.limit - (self.taken or 0))

    def short(self, left_on_shelf: int | None = None) -> ShortLine | None:
        """Why this line cannot be had as asked; None if it can."""
        shelf = self.left_on_shelf if left_on_shelf is None else left_on_shelf
        allowed = self.left_for_household
        limited = allowed is not None and allowed < shelf
        left = allowed if limited and allowed is not None else shelf
        if self.quantity <= left:
            return None
        return ShortLine(self.record_id, self.title, self.unit, self.quantity, left, limited)


def place(basket, *, household, round: Round, by, in_person=False, note="", seen=None):
    """Turn a basket into an order of this door in this round, and return the order.

    A basket becomes one order: a second tap, tab or retry gets the order that is already there.
    `seen` is `baskets.digest` of what the page showed.

    Raises `SoldOut` (all shortages at once), `TooHeavy`, `RoundNotOpen`, `BasketEmpty` and
    `BasketChanged`;
    then nothing was written and the basket is as it was.
    """
    if household.grid.station_id != round.station_id:
        raise RoundNotOpen
    with transaction.atomic():
        locks.round_shared(round.pk, household.pk)
        if not _claim(basket, round, household):
            return _placed_before(basket)
        wanted = _wanted(basket, household, round)
        if not wanted:
            raise BasketEmpty
        if seen is not None and seen != baskets.digest(wanted, round):
            raise BasketChanged
        _refuse_short([short for line in wanted if (short := line.short())])
        weight_g = sum(line.weight_g * line.quantity for line in wanted)
        if weight_g > household.grid.station.batch_weight_g:
            raise TooHeavy(weight_g, household.grid.station.batch_weight_g)
        order = order_rows.write(
            basket, user=by, lines=[(line.record_id, line.quantity, line.price) for line in wanted]
        )
        Placement(
            order=order,
            basket=basket,
            round=round,
            household=household,
            placed_by=by,
            in_person=in_person,
            note=note[:100],
        ).save(force_insert=True)
        try:
            stock.reserve(
                {line.record_id: line.quantity for line in wanted},
                order_id=order.pk,
                by=by,
                prices={line.record_id: line.price for line in wanted},
            )
        except Shortage as shortage:
            # Somebody was quicker between our look at the shelf and our hand on it.
            left = {short.record_id: short.left for short in shortage.short}
            now_short = (line.short(left.get(line.record_id)) for line in wanted)
            _refuse_short([short for short in now_short if short])
            raise BasketChanged from shortage  # there is enough, at another price
        return order


def cancel(order, *, by) -> None:
    """Take an order back before the cut-off and free its stock. Twice is once.

    Raises `CannotCancel` once the round has closed.
    """
    placement = Placement.objects.get(order=order)
    with transaction.atomic():
        locks.round_shared(placement.round_id, placement.household_id)
        changed = Order.objects.filter(
            pk=order.pk,
            status=OrderStatus.PLACED,
            placement__round__in=Round.objects.taking_orders(),
        ).update(status=OrderStatus.CANCELLED)
        if not changed:
            if Order.objects.filter(pk=order.pk, status=OrderStatus.CANCELLED).exists():
                return
            raise CannotCancel
        OrderStatusChange.objects.create(
            order=order, old_status=OrderStatus.PLACED, new_status=OrderStatus.CANCELLED
        )
        held = OrderLine.objects.filter(order=order).values_list("stockrecord_id", "quantity")
        stock.release(dict(held), order_id=order.pk, by=by)


def move_on(order_ids: Sequence[int], status: OrderStatus) -> None:
    """Orders follow their parcels: set the status of many at once, one history row each."""
    before = dict(
        Order.objects.filter(pk__in=order_ids).exclude(status=status).values_list("pk", "status")
    )
    Order.objects.filter(pk__in=before).update(status=status)
    OrderStatusChange.objects.bulk_create(
        OrderStatusChange(order_id=pk, old_status=old, new_status=status)
        for pk, old in before.items()
    )


def _claim(basket, round: Round, household) -> bool:
    """Take the basket out of everybody's hands, if it is open and the round takes orders from
    the door's grid."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        params = [Basket.SUBMITTED, now, basket.pk, Basket.OPEN, round.pk, now, household.grid_id]
        cursor.execute(_CLAIM_SQL, params)
        return cursor.rowcount == 1


#: The grids a round is for; none of its rows: for all.
_ONLY = Round.grids.through._meta.db_table
_CLAIM_SQL = (
    f'UPDATE "{Basket._meta.db_table}" SET status = %s, date_submitted = %s'
    " WHERE id = %s AND status = %s AND EXISTS ("
    f'SELECT 1 FROM "{Round._meta.db_table}" AS round WHERE round.id = %s'
    f" AND round.status = '{Round.Status.OPEN.value}' AND round.closes_at > %s"
    f' AND (NOT EXISTS (SELECT 1 FROM "{_ONLY}" AS named WHERE named.round_id = round.id)'
    f' OR EXISTS (SELECT 1 FROM "{_ONLY}" AS named'
    " WHERE named.round_id = round.id AND named.grid_id = %s)))"
)


def _placed_before(basket):
    """The order this basket became, when it is a repeat; otherwise the round is not open."""
    placed = Placement.objects.filter(basket=basket).select_related("order").first()
    if placed is None:
        raise RoundNotOpen
    return placed.order


def _wanted(basket, household, round: Round) -> list[Wanted]:
    taken = (
        OrderLine.objects.filter(
            order__placement__household=household,
            order__placement__round=round,
            stockrecord=OuterRef("stockrecord"),
            stockrecord__item__household_limit__isnull=False,
        )
        .exclude(order__status=OrderStatus.CANCELLED)
        .order_by()
        .values("stockrecord")
        .annotate(units=Sum("quantity"))
        .values("units")
    )
    rows = (
        BasketRow.objects.filter(basket=basket)
        .order_by("pk")
        .values_list(
            "stockrecord_id",
            "quantity",
            "stockrecord__price",
            "stockrecord__num_in_stock",
            "stockrecord__num_allocated",
            "product__title",
            "stockrecord__item__unit",
            "stockrecord__item__household_limit",
            "stockrecord__item__weight_g",
            "product__is_public",
            Subquery(taken),
        )
    )
    return [Wanted(*row) for row in rows]


def _refuse_short(short: list[ShortLine]) -> None:
    if short:
        raise SoldOut(short)
