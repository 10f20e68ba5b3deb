"""Attempts to pay one order at Stripe. An order that waits for its payment always has exactly one
that is open; its `held_until` is when the goods go back."""

from datetime import datetime, timedelta
from decimal import Decimal

from shop.models import StripePayment

Status = StripePayment.Status
OPEN = frozenset({Status.NEW, Status.OPEN, Status.PROCESSING})
#: Between the end of Stripe's page and letting the goods go: an answer may be on its way.
GRACE = timedelta(minutes=3)
#: Stripe's page is open for half an hour at least, and for less than a day.
SHORTEST, LONGEST = timedelta(minutes=31), timedelta(hours=23)
#: Nobody holds goods for ever by paying badly.
MOST = 5


def begin(
    order_id: int,
    amount: Decimal,
    hold_min: int,
    now: datetime,
    if_late: str = StripePayment.IfLate.REFUND,
) -> StripePayment:
    """A new one, for `amount` yuan; the goods are held for `hold_min` minutes from now."""
    expires_at = now + min(timedelta(minutes=hold_min), LONGEST)
    return StripePayment.objects.create(
        order_id=order_id,
        amount=amount,
        if_late=if_late,
        expires_at=expires_at,
        held_until=expires_at + GRACE,
        at=now,
    )


def open_of(order_id: int) -> StripePayment | None:
    return StripePayment.objects.filter(order=order_id, status__in=OPEN).first()


def give_up(order_id: int) -> None:
    """Nobody waits for any of them any more. Money that comes all the same goes back, whatever was
    to happen if it came late. A page that may still be open at Stripe keeps its `url`, and
    `sessions.sweep` closes it."""
    of_order = StripePayment.objects.filter(order=order_id)
    of_order.exclude(status=Status.PAID).update(if_late=StripePayment.IfLate.REFUND)
    of_order.move({Status.NEW, Status.OPEN}, Status.EXPIRED)
