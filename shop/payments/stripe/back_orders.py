"""付晚了: the goods were let go, then the money came, and the household would rather wait than have
it back.

The order stands again, in its own round while that takes orders, or else in the one that does. What
is still on the shelf is held again at the price that was paid; what is not becomes a pre-order with
that price as its ceiling.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, Sum
from django.utils import timezone
from oscar.core.loading import get_model

from delivery import rounds
from delivery.models import Round
from inventory import stock
from inventory.models import Lot
from shop.models import LineTerms, OrderStatus, Placement, Subsidy
from shop.money import ledger, orders
from shop.money.ledger import Entry
from shop.payments import holding

OrderLine = get_model("order", "Line")
StockRecord = get_model("partner", "StockRecord")


def round_for(placement: Placement, now: datetime) -> Round | None:
    """Where the order could stand again; None: nowhere, so its money goes back.

    Not for a family that has moved out, not without a round that takes orders from the door, and
    not if a fund had paid part of it: that went back to the fund, and may be gone.
    """
    household = placement.household
    if placement.order.date_placed < household.lived_in:
        return None
    if Subsidy.objects.filter(order=placement.order_id).exists():
        return None
    taking = Round.objects.taking_orders(now).serving(household.grid)
    return taking.filter(pk=placement.round_id).first() or rounds.current(household.grid, now)


def reinstate(placement: Placement, round: Round, came: Entry, at: datetime) -> bool:
    """Whether a cancelled order stands again, paid by `came`. Call with `round` and its door
    locked."""
    if not Round.objects.taking_orders(timezone.now()).filter(pk=round.pk).exists():
        return False
    if _over_the_limit(placement, round):
        return False
    lines = list(
        OrderLine.objects.filter(order=placement.order_id, quantity__gt=0)
        .exclude(terms__preorder=True)
        .select_related("product")
        .order_by("pk")
    )
    stock.lock({line.stockrecord_id for line in lines})
    free = _free({line.stockrecord_id for line in lines})
    there = [line for line in lines if line.quantity <= free[line.stockrecord_id]]
    gone = [line for line in lines if line not in there]
    if any(not line.product.is_public for line in gone):
        return False  # nobody buys it any more
    Placement.objects.filter(pk=placement.pk).update(round=round)
    holding.move(placement.order_id, OrderStatus.CANCELLED, OrderStatus.PLACED)
    for line in gone:
        LineTerms.objects.update_or_create(line=line, defaults={"preorder": True})
    OrderLine.objects.filter(pk__in=[line.pk for line in gone]).update(num_allocated=0)
    charged = orders.adjustment(
        placement.order_id, came.station_id, placement.household_id, placement.order.total_incl_tax
    )
    ledger.post([charged, came], by=None, at=at)
    stock.reserve(
        [
            stock.Promise(
                placement.order_id, line.stockrecord_id, line.quantity, line.unit_price_incl_tax
            )
            for line in there
        ],
        at_todays_price=False,
    )
    return True


def _over_the_limit(placement: Placement, round: Round) -> bool:
    """Whether the door bought so many others of a limited good in that round, by either channel,
    that these would be too many."""
    limited = OrderLine.objects.filter(
        order=placement.order_id, stockrecord__item__household_limit__isnull=False
    ).values_list("stockrecord_id", "quantity", "stockrecord__item__household_limit")
    wanted = list(limited)
    if not wanted:
        return False
    door = placement.household_id
    bought = Q(order__placement__household=door, order__placement__round=round) | Q(
        order__counter_sale__household=door, order__counter_sale__round=round
    )
    others = OrderLine.objects.filter(bought, stockrecord__in=[pk for pk, *_rest in wanted])
    others = others.exclude(order=placement.order_id).exclude(order__status=OrderStatus.CANCELLED)
    sums = others.order_by().values_list("stockrecord_id").annotate(units=Sum("quantity"))
    has = dict(sums)
    return any(pk in has and has[pk] + units > limit for pk, units, limit in wanted)


def _free(record_ids: Collection[int]) -> dict[int, int]:
    """Units on the shelf that nobody was promised and that are in date, by stock record."""
    expired = dict(
        Lot.objects.filter(item__record__in=record_ids, units__gt=0)
        .filter(expires_on__lt=timezone.localdate())
        .order_by()
        .values_list("item__record")
        .annotate(units=Sum("units"))
    )
    columns = ("pk", "num_in_stock", "num_allocated")
    return {
        pk: (there or 0) - (held or 0) - expired.get(pk, 0)
        for pk, there, held in StockRecord.objects.filter(pk__in=record_ids).values_list(*columns)
    }
