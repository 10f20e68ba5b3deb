"""What all ways share by which an order that waited for its payment becomes one that is packed."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from django.db import transaction
from oscar.core.loading import get_model

from delivery import locks
from delivery.models import Round
from shop import parcelling
from shop.models import OrderStatus, Placement
from shop.money import ledger

Order = get_model("order", "Order")
OrderStatusChange = get_model("order", "OrderStatusChange")

Result = TypeVar("Result")
#: A round closes once, and a late order finds another one at most once or twice.
TRIES = 5


class LookAgain(Exception):
    """What was read before the locks were taken is not so any more."""


def looking_again(rule: Callable[..., Result]) -> Callable[..., Result]:
    """Runs a rule in a transaction of its own, and anew from its beginning at `LookAgain`."""

    @wraps(rule)
    def wrapped(*args, **kwargs) -> Result:
        for _try in range(TRIES - 1):
            try:
                with transaction.atomic():
                    return rule(*args, **kwargs)
            except LookAgain:
                continue
        with transaction.atomic():
            return rule(*args, **kwargs)

    return wrapped


def lock(placement: Placement, round: Round) -> bool:
    """Locks what an order needs to go into this round, as just read: the round, the door, the
    order; whether the round has closed, so that the order needs its parcel now.

    Raises `LookAgain` if it closed while we waited: then it takes another lock.
    """
    closed = round.status != Round.Status.OPEN
    if closed:
        locks.round_exclusive(round.pk)
        locks.household(placement.household_id)
    else:
        locks.round_shared(round.pk, placement.household_id)
    ledger.lock([placement.order_id])
    if not Round.objects.filter(pk=round.pk, status=round.status).exists():
        raise LookAgain
    return closed


def move(order_id: int, source: OrderStatus, target: OrderStatus) -> bool:
    """Whether it was where it was to come from."""
    if not Order.objects.filter(pk=order_id, status=source).update(status=target):
        return False
    OrderStatusChange.objects.create(order_id=order_id, old_status=source, new_status=target)
    return True


def pack_too(placement: Placement) -> None:
    """Its round has closed already. After the money is booked: the parcel says what is due."""
    parcelling.make(placement.round, [placement])
