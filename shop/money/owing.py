"""欠款: which orders are not paid yet, and by which doors; and money for one of them."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from delivery.models import Household
from inventory.models import Station
from shop.errors import MoneyRefused
from shop.models import MoneyMove, OrderStatus
from shop.models.money import MoneyMoveQuerySet
from shop.money import FEN, orders

Order = get_model("order", "Order")
Account = MoneyMove.Account
#: The goods are with the household.
ARRIVED = frozenset({OrderStatus.DELIVERED, OrderStatus.TAKEN})


class Debt(NamedTuple):
    """So many yuan of an order that are not paid."""

    order_id: int
    number: str
    status: OrderStatus
    placed_at: datetime
    household_id: int
    amount: Decimal

    @property
    def collectable(self) -> bool:
        """Not while a payment online is on its way: it would be paid twice."""
        return self.status != OrderStatus.AWAITING

    @property
    def arrived(self) -> bool:
        return self.status in ARRIVED


def of_station(station: Station) -> list[Debt]:
    """The oldest first. Two queries."""
    return _debts(MoneyMove.objects.filter(station=station))


def of_door(household: Household) -> list[Debt]:
    """Of whoever lives behind it now; the oldest first. Two queries."""
    mine = MoneyMove.objects.filter(household=household)
    return _debts(mine.filter(order__date_placed__gte=household.lived_in))


def _debts(moves: MoneyMoveQuerySet) -> list[Debt]:
    """Two steps, because nearly all orders are paid: only the few that are left get their words."""
    rows = (
        moves.of(Account.ORDER)
        .order_by()
        .values_list("order_id", "household_id")
        .annotate(owed=Sum("signed"))
        .filter(owed__gt=FEN / 2)
    )
    owed = {order_id: (door_id, yuan.quantize(FEN)) for order_id, door_id, yuan in rows}
    found = Order.objects.filter(pk__in=owed).order_by("pk")
    return [
        Debt(order_id, number, OrderStatus(status), placed_at, *owed[order_id])
        for order_id, number, status, placed_at in found.values_list(
            "pk", "number", "status", "date_placed"
        )
    ]


def collect(
    household: Household,
    number: str,
    amount: Decimal,
    *,
    source: MoneyMove.Account,
    by,
    nonce: UUID,
) -> None:
    """Takes `amount` for the order of this door with this number, at the station's counter.

    Raises `MoneyRefused` also for an order that is not the door's, or is being paid online, and
    what `orders.pay` raises.
    """
    order = Order.objects.filter(number=number, money_moves__household=household).first()
    if order is None:
        raise MoneyRefused(_("这一户没有订单 %s。") % number)
    if order.status == OrderStatus.AWAITING:
        raise MoneyRefused(_("订单 %s 在等网上付款。不等了，先改付款方式再收。") % number)
    orders.pay(order, household, amount, source=source, by=by, nonce=nonce)
