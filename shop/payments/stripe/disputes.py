"""拒付: a payer asks their bank for the money back. What the bank takes is the station's loss, as
long as it is not given back; Stripe's fee for it is on Stripe's own account."""

import logging
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings

from shop.models import MoneyMove, Placement, StripeEvent, StripePayment
from shop.money import ZERO, ledger
from shop.money.ledger import Entry
from shop.payments.stripe import client, paying, refund_book

log = logging.getLogger(__name__)
Account = MoneyMove.Account

CLOSED = "charge.dispute.closed"


def heard(type: str, dispute: dict[str, Any]) -> str:
    """What an event says of a dispute; what was done, in a word. In any order, and again."""
    payment = payment_of(dispute)
    if payment is None:
        return "unknown"
    if dispute.get("currency") != settings.STRIPE_CURRENCY:
        log.error("a dispute of stripe payment %s is in another currency", payment.pk)
        return paying.OTHER_CURRENCY
    if type == "charge.dispute.created":
        # Its end may have been heard before its beginning.
        if not StripeEvent.objects.filter(type=CLOSED, outcome=_name(dispute)).exists():
            _open(payment, dispute)
    elif type == CLOSED:
        _closed(payment, dispute)
    elif type == "charge.dispute.funds_withdrawn":
        book(payment, dispute, withdrawn=True)
    elif type == "charge.dispute.funds_reinstated":
        book(payment, dispute, withdrawn=False)
    return _name(dispute)


def payment_of(dispute: dict[str, Any]) -> StripePayment | None:
    intent_id = dispute.get("payment_intent") or ""
    return StripePayment.objects.filter(intent_id=intent_id).first() if intent_id else None


def _open(payment: StripePayment, dispute: dict[str, Any]) -> None:
    disputed = min(client.yuan(dispute["amount"]), payment.amount)
    StripePayment.objects.filter(pk=payment.pk).update(disputed=disputed)


def _closed(payment: StripePayment, dispute: dict[str, Any]) -> None:
    StripePayment.objects.filter(pk=payment.pk).update(disputed=ZERO)
    if dispute["status"] == "lost":
        if dispute["balance_transactions"]:
            book(payment, dispute, withdrawn=True)  # its own event may come later
        refund_book.settle_lost(payment)


def book(payment: StripePayment, dispute: dict[str, Any], *, withdrawn: bool) -> bool:
    """Once for each dispute and direction; whether it was not booked yet."""
    if is_booked(dispute, withdrawn=withdrawn):
        return False
    placement = Placement.objects.select_related("household__grid").get(order=payment.order_id)
    lost = Entry(
        station_id=placement.household.grid.station_id,
        kind=MoneyMove.Kind.DISPUTE,
        source=Account.DISPUTED,
        target=Account.STRIPE,
        amount=client.yuan(dispute["amount"]),
        household_id=placement.household_id,
        order_id=payment.order_id,
        stripe_payment_id=payment.pk,
        nonce=_nonce(dispute, withdrawn),
    )
    ledger.post([lost if withdrawn else lost.turned()], by=None)
    return True


def is_booked(dispute: dict[str, Any], *, withdrawn: bool) -> bool:
    return MoneyMove.objects.filter(nonce=_nonce(dispute, withdrawn)).exists()


def _nonce(dispute: dict[str, Any], withdrawn: bool) -> UUID:
    what = "withdrawn" if withdrawn else "reinstated"
    return uuid5(NAMESPACE_URL, f"{dispute['id']} {what}")


def _name(dispute: dict[str, Any]) -> str:
    return str(dispute["id"])[:40]
