"""Placing and cancelling orders: the only ways an order comes about or goes.

Placing is the store's hottest path. It is one short transaction that writes in sets, takes its
locks in the order of docs/locking.md, and touches the scarce rows (stock) last.
"""

from collections.abc import Mapping, Sequence

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from oscar.core.loading import get_model

from delivery import locks
from delivery.models import Round, Wish
from inventory import stock
from inventory.errors import Shortage
from shop import baskets, order_rows, wanted
from shop.errors import (
    BasketChanged,
    BasketEmpty,
    CannotCancel,
    RoundNotOpen,
    ShortLine,
    SoldOut,
    TooHeavy,
    WayClosed,
)
from shop.models import DoorBasket, OrderStatus, Placement
from shop.money import ZERO, ledger, orders
from shop.money.funds import subsidies
from shop.payments import ways
from shop.payments.door.way import DoorWay
from shop.payments.way import Way
from shop.wanted import Wanted

Basket = get_model("basket", "Basket")
Order = get_model("order", "Order")
OrderLine = get_model("order", "Line")
OrderStatusChange = get_model("order", "OrderStatusChange")


def place(
    basket,
    *,
    household,
    round: Round,
    by,
    in_person=False,
    note="",
    seen=None,
    wishes: Mapping[int, Wish] | None = None,
    way: str = DoorWay.code,
    own: bool = False,
):
    """Turn a basket into an order of this door in this round, and return the order.

    A basket becomes one order: a second tap, tab or retry gets the order that is already there.
    `seen` is `baskets.digest` of what the page showed; `wishes` by stock record, for when there
    is not enough. Stock is held for what is sold from stock; pre-ordered goods are bought later.
    `way` (`shop.payments.ways`): how what no fund pays is paid; one that takes its time leaves the
    order `AWAITING`. `own`: only if it is the open basket `by` fills for this door, of which no
    more than its key is needed; otherwise `RoundNotOpen`, also for a repeat.

    Raises `SoldOut` (all shortages at once), `TooHeavy`, `RoundNotOpen`, `BasketEmpty`,
    `BasketChanged`, `WayClosed`, and what the way refuses with (`AccountShort`);
    then nothing was written and the basket is as it was.
    """
    paying = ways.chosen(household.grid.station, way)
    if paying is None:
        raise WayClosed
    if household.grid.station_id != round.station_id:
        raise RoundNotOpen
    with transaction.atomic():
        locks.round_shared(round.pk, household.pk)
        if not _claim(basket, round, household, by if own else None):
            if own:
                raise RoundNotOpen
            return _placed_before(basket)
        asked = wanted.read(basket, household, round)
        lines = asked.goods
        if not asked.lines:
            raise BasketEmpty
        granted = any(line.share for line in lines)
        if not granted:
            _refuse_unseen(seen, lines, round)
        _refuse_short(asked.short())
        weight_g = sum(line.weight_g * line.quantity for line in lines)
        if weight_g > household.grid.station.batch_weight_g:
            raise TooHeavy(weight_g, household.grid.station.batch_weight_g)
        order = order_rows.write(basket, user=by, lines=lines, status=paying.first_status)
        order_rows.insert(
            Placement,
            {
                "order_id": order.pk,
                "basket_id": basket.pk,
                "round_id": round.pk,
                "household_id": household.pk,
                "placed_by_id": by.pk,
                "way": way,
                "in_person": in_person,
                "note": note[:100],
            },
        )
        order_rows.insert_bundles(order.pk, asked.bundles)
        if terms := _terms(asked, wishes or {}):
            order_rows.insert_terms(order.pk, terms)
        if not granted:
            _book(order, household, paying, lines, by=by)
        _hold(order, asked, by=by)
        if granted:
            # Funds come after the goods, which are what everybody wants (docs/locking.md).
            lines = subsidies.agreed(lines)
            _refuse_unseen(seen, lines, round)
            _book(order, household, paying, lines, by=by)
        return order


def _book(order, household, paying: Way, lines: Sequence[Wanted], *, by) -> None:
    """What it comes to, what funds pay of that, and the rest as its household chose to pay it."""
    given = subsidies.paid(order.pk, household, lines)
    subsidies.write(order.pk, lines)
    rest = order.total_incl_tax - sum(entry.amount for entry in given)
    if rest:
        claimed = paying.claim(order, household, rest, by=by)
    else:
        claimed = []
        _nothing_to_wait_for(order)
    charged = orders.charge(order.pk, household, order.total_incl_tax)
    ledger.post([charged, *given, *claimed], by=by, fresh=True)


def _nothing_to_wait_for(order) -> None:
    if order.status != OrderStatus.PLACED:
        order.status = OrderStatus.PLACED.value
        Order.objects.filter(pk=order.pk).update(status=order.status)


def _hold(order, asked: wanted.Basket, *, by) -> None:
    try:
        stock.reserve(
            [
                stock.Promise(order.pk, line.record_id, line.quantity, line.price)
                for line in asked.goods
                if not line.preorder
            ],
            by=by,
        )
    except Shortage as shortage:
        # Somebody was quicker between our look at the shelf and our hand on it.
        _refuse_short(asked.short({short.record_id: short.left for short in shortage.short}))
        raise BasketChanged from shortage  # there is enough, at another price


def cancel(order, *, by) -> None:
    """Take an order back before the cut-off, or while it waits for its payment: free its stock and
    give back what was paid. Twice is once.

    Raises `CannotCancel` once the round has closed.
    """
    placement = Placement.objects.select_related("household__grid").get(order=order)
    with transaction.atomic():
        locks.round_shared(placement.round_id, placement.household_id)
        open_rounds = Round.objects.taking_orders()
        if _take_back(
            order, placement, Q(status=OrderStatus.PLACED, placement__round__in=open_rounds), by
        ):
            return
        if _take_back(order, placement, Q(status=OrderStatus.AWAITING), by):
            ways.ALL[placement.way].given_up(order.pk)
        elif not Order.objects.filter(pk=order.pk, status=OrderStatus.CANCELLED).exists():
            raise CannotCancel


def let_go(order) -> bool:
    """Cancels an order that was not paid in time; whether it was still waiting."""
    placement = Placement.objects.select_related("household__grid").get(order=order)
    with transaction.atomic():
        locks.round_shared(placement.round_id, placement.household_id)
        return _take_back(order, placement, Q(status=OrderStatus.AWAITING), None)


def _take_back(order, placement: Placement, expected: Q, by) -> bool:
    # The round that is locked: a late payment may have moved the order into another one.
    expected &= Q(placement__round=placement.round_id)
    this = Order.objects.filter(expected, pk=order.pk)
    before, total = this.values_list("status", "total_incl_tax").first() or ("", ZERO)
    if not this.update(status=OrderStatus.CANCELLED):
        return False
    OrderStatusChange.objects.create(
        order=order, old_status=before, new_status=OrderStatus.CANCELLED
    )
    less = orders.adjustment(
        order.pk,
        placement.household.grid.station_id,
        placement.household_id,
        -total,
    )
    ledger.post([less], by=by)
    held = OrderLine.objects.filter(order=order, quantity__gt=0).exclude(terms__preorder=True)
    stock.release(
        [
            stock.Promise(order.pk, *line)
            for line in held.values_list("stockrecord_id", "quantity", "unit_price_incl_tax")
        ],
        by=by,
    )
    return True


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


def _terms(asked: wanted.Basket, wishes: Mapping[int, Wish]) -> dict[int, tuple[bool, str]]:
    """By stock record, for the lines that need words of their own. What is wished for a bundle
    holds for its parts."""
    of_parts = {
        pk: wishes[bundle.record_id]
        for bundle in asked.bundles
        if bundle.record_id in wishes
        for pk in bundle.parts
    }
    wishes = of_parts | dict(wishes)
    agreed = {
        line.record_id: (line.preorder, Wish(wishes.get(line.record_id, Wish.LESS)).value)
        for line in asked.goods
    }
    return {pk: terms for pk, terms in agreed.items() if terms != (False, Wish.LESS.value)}


def _claim(basket, round: Round, household, who) -> bool:
    """Take the basket out of everybody's hands, if it is open and the round takes orders from
    the door's grid; and if it is the one that `who`, if anybody, fills for the door."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        params = [Basket.SUBMITTED, now, basket.pk, Basket.OPEN, round.pk, now, household.grid_id]
        if who is None:
            cursor.execute(_CLAIM_SQL, params)
        else:
            cursor.execute(_CLAIM_OWN_SQL, [*params, who.pk, household.pk])
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
_CLAIM_OWN_SQL = (
    f'{_CLAIM_SQL} AND EXISTS (SELECT 1 FROM "{DoorBasket._meta.db_table}" AS door'
    f' WHERE door.basket_id = "{Basket._meta.db_table}".id'
    " AND door.user_id = %s AND door.household_id = %s)"
)


def _placed_before(basket):
    """The order this basket became, when it is a repeat; otherwise the round is not open."""
    placed = Placement.objects.filter(basket=basket).select_related("order").first()
    if placed is None:
        raise RoundNotOpen
    return placed.order


def _refuse_unseen(seen: str | None, lines: Sequence[Wanted], round: Round) -> None:
    if seen is not None and seen != baskets.digest(lines, round):
        raise BasketChanged


def _refuse_short(short: list[ShortLine]) -> None:
    if short:
        raise SoldOut(short)
