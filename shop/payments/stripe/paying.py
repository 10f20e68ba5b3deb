"""What becomes of an order when Stripe says that its payment came, did not come, or came too late.

Every rule may be called again, in any order and at the same moment: what a payment is already, it
does not become once more. Money that came is always booked, whatever the order is by then, and what
is too much goes back by itself (`shop.money.giving_back`).
"""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from oscar.core.loading import get_model

from delivery import locks
from shop import notices, ordering
from shop.models import MoneyMove, OrderStatus, Placement, StripePayment
from shop.money import ledger, orders
from shop.money.ledger import Entry
from shop.payments import holding
from shop.payments.holding import LookAgain
from shop.payments.stripe import attempts, back_orders

Order = get_model("order", "Order")
Status, IfLate = StripePayment.Status, StripePayment.IfLate

#: What was done, in a word; kept with the event (`StripeEvent.outcome`).
PLACED, REFUNDED, BACK_ORDERED, BOOKED = "placed", "refunded", "back-ordered", "booked"
NOTHING, PROCESSING, LET_GO, AGAIN = "nothing new", "processing", "let go", "may try again"
#: Nothing was: somebody has to look at Stripe what it means.
OTHER_CURRENCY = "other currency"


def prefer_late(order, if_late: StripePayment.IfLate) -> None:
    """What shall happen if the money comes when the goods are gone."""
    StripePayment.objects.filter(order=order, status__in=attempts.OPEN).update(
        if_late=IfLate(if_late)
    )


@holding.looking_again
def paid(
    payment: StripePayment, amount: Decimal, intent_id: str, at: datetime | None = None
) -> str:
    """`amount` yuan came through this attempt; what was done about it.

    An order that waited is placed, with its parcel if its round has closed meanwhile. One whose
    goods were let go is refunded or ordered anew, as its household said. Of any other the money is
    booked.
    """
    at = at or timezone.now()
    payment = StripePayment.objects.get(pk=payment.pk)
    placement = _placement(payment)
    status = placement.order.status
    back_into = None
    if status == OrderStatus.CANCELLED and payment.if_late == IfLate.BACK_ORDER:
        back_into = back_orders.round_for(placement, timezone.now())
    closed = holding.lock(placement, back_into or placement.round)
    now = StripePayment.objects.select_related("order__placement").get(pk=payment.pk)
    seen = now.if_late, now.order.status, now.order.placement.round_id
    if seen != (payment.if_late, status, placement.round_id):
        raise LookAgain
    if not StripePayment.objects.filter(pk=payment.pk).move(
        set(Status) - {Status.PAID}, Status.PAID, intent_id=intent_id, url=""
    ):
        return NOTHING
    came = orders.payment(
        placement.order_id,
        placement.household,
        amount,
        MoneyMove.Account.STRIPE,
        stripe_payment_id=payment.pk,
    )
    if status == OrderStatus.AWAITING:
        return _place(placement, came, closed, at)
    if status == OrderStatus.CANCELLED:
        return _late(placement, came, back_into, at)
    ledger.post([came], by=None, at=at)
    return BOOKED


def _place(placement: Placement, came: Entry, closed: bool, at: datetime) -> str:
    holding.move(placement.order_id, OrderStatus.AWAITING, OrderStatus.PLACED)
    ledger.post([came], by=None, at=at)
    if closed:
        holding.pack_too(placement)
    attempts.give_up(placement.order_id)  # another one, which nobody needs any more
    return PLACED


def _late(placement: Placement, came: Entry, back_into, at: datetime) -> str:
    notices.write([(placement.household_id, placement.order_id)], at=at)
    if back_into is not None and back_orders.reinstate(placement, back_into, came, at):
        return BACK_ORDERED
    ledger.post([came], by=None, at=at)
    return REFUNDED


def processing(payment: StripePayment) -> str:
    """The payer has done their part; the money is not there yet."""
    moved = StripePayment.objects.filter(pk=payment.pk).move(
        {Status.NEW, Status.OPEN}, Status.PROCESSING, url=""
    )
    return PROCESSING if moved else NOTHING


def failed(payment: StripePayment) -> str:
    """Nothing came and nothing will. The order waits on, with a new attempt and the goods held
    anew; not for ever."""
    placement, now = _placement(payment), timezone.now()
    with transaction.atomic():
        locks.round_shared(placement.round_id, placement.household_id)
        if not StripePayment.objects.filter(pk=payment.pk).move(
            attempts.OPEN, Status.FAILED, url=""
        ):
            return NOTHING
        order_id = placement.order_id
        if not Order.objects.filter(pk=order_id, status=OrderStatus.AWAITING).exists():
            return NOTHING
        if StripePayment.objects.filter(order=order_id).count() >= attempts.MOST:
            return _let_go(placement, now)
        hold_min = placement.household.grid.station.payment_hold_min
        attempts.begin(order_id, payment.amount, hold_min, now, payment.if_late)
        return AGAIN


def expired(payment: StripePayment, *, closed_at_stripe: bool = True) -> str:
    """Nobody paid in time: the goods go back.

    `closed_at_stripe`: nobody can pay it any more. Otherwise `sessions.sweep` sees to that.
    """
    placement = _placement(payment)
    url = {"url": ""} if closed_at_stripe else {}
    with transaction.atomic():
        locks.round_shared(placement.round_id, placement.household_id)
        this = StripePayment.objects.filter(pk=payment.pk)
        if not this.move({Status.NEW, Status.OPEN}, Status.EXPIRED, **url):
            this.filter(status=Status.EXPIRED).update(**url)
            return NOTHING
        return _let_go(placement, timezone.now())


def _let_go(placement: Placement, now: datetime) -> str:
    if not ordering.let_go(placement.order):
        return NOTHING
    notices.write([(placement.household_id, placement.order_id)], at=now)
    return LET_GO


def _placement(payment: StripePayment) -> Placement:
    of_order = Placement.objects.select_related("order", "round", "household__grid__station")
    return of_order.get(order=payment.order_id)
