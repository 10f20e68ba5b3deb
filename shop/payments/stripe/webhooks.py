"""What Stripe tells us by itself. This makes an order paid; never the browser that comes back.

An event counts if its signature does. It may come again, late, before another that it follows, for
an order nobody knows, or twice at the same moment: what it causes and that it was handled are
written in one transaction, by its id.
"""

import json
import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

import stripe
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from shop.errors import StripeDown
from shop.models import StripeEvent, StripePayment
from shop.payments.stripe import client, disputes, paying, refunds, sessions

log = logging.getLogger(__name__)

#: Seconds an event may be old. Stripe signs each of its tries anew.
TOLERANCE = 300
REPEATED, IGNORED, UNKNOWN = "repeated", "ignored", "unknown"


class BadEvent(Exception):
    """It is not from Stripe, or not an event (answer with 400)."""


def receive(body: bytes, signature: str) -> str:
    """Handles an event; what was done, in a word. Raises `BadEvent`; anything else that is raised
    means that it should be sent again."""
    event = _verified(body, signature)
    handle = _HANDLERS.get(event["type"])
    if handle is None:
        return IGNORED
    event_id = event["id"]
    seen = StripeEvent.objects.filter(event_id=event_id)
    if seen.exists():
        return REPEATED
    # Before the transaction: nothing is locked while Stripe is asked.
    work = handle(event["type"], event["data"]["object"])
    try:
        with transaction.atomic():
            outcome = work()
            StripeEvent.objects.create(
                event_id=event_id, type=event["type"], outcome=outcome[:40], at=timezone.now()
            )
    except IntegrityError:
        if not seen.exists():
            raise
        return REPEATED  # the other one was quicker; what we did is undone
    return outcome


def _verified(body: bytes, signature: str) -> dict[str, Any]:
    try:
        stripe.WebhookSignature.verify_header(
            body, signature, settings.STRIPE_WEBHOOK_SECRET, TOLERANCE
        )
        event = json.loads(body)
    except (stripe.SignatureVerificationError, ValueError, RecursionError) as error:
        raise BadEvent from error
    if not isinstance(event, dict) or event.get("object") != "event":
        raise BadEvent
    names = event.get("id"), event.get("type")
    if not all(isinstance(name, str) and 0 < len(name) <= 80 for name in names):
        raise BadEvent
    data = event.get("data")
    subject = data.get("object") if isinstance(data, dict) else None
    if not isinstance(subject, dict) or not isinstance(subject.get("id"), str):
        raise BadEvent
    if bool(event.get("livemode")) != settings.PRODUCTION:
        raise BadEvent  # a test's event is no money
    return event


#: Looks at what the event is about, asking Stripe if it must; returns what is to be written.
Handler = Callable[[str, dict[str, Any]], Callable[[], str]]


def _session(type: str, session: dict[str, Any]) -> Callable[[], str]:
    payment = _payment(session)
    if payment is None:
        return lambda: UNKNOWN
    if type == "checkout.session.async_payment_failed":
        return lambda: paying.failed(payment)
    if type == "checkout.session.expired":
        return lambda: paying.expired(payment)
    return lambda: sessions.told(payment, session)


def _refunded(type: str, charge: dict[str, Any]) -> Callable[[], str]:
    """Money went back of a charge: by us, or in the dashboard. Which, only Stripe's list says."""
    payment = _payment(charge)
    if payment is None:
        return lambda: UNKNOWN
    if charge.get("currency") != settings.STRIPE_CURRENCY:
        log.error("a charge of stripe payment %s is in another currency", payment.pk)
        return lambda: paying.OTHER_CURRENCY
    found = []
    if client.yuan(charge["amount_refunded"]) > refunds.known_at_stripe(payment):
        try:
            found = list(refunds.of_intent(charge["payment_intent"]))
        except stripe.StripeError as error:
            raise StripeDown from error

    def work() -> str:
        # Before it can go back it came, whether we have heard of that or not.
        paying.paid(payment, client.yuan(charge["amount"]), charge["payment_intent"])
        done = [refunds.heard(refund) for refund in found]
        return next((word for word in done if word != paying.NOTHING), paying.NOTHING)

    return work


def _went_back(
    hear: Callable[[str, dict[str, Any]], str], type: str, subject: dict[str, Any]
) -> Callable[[], str]:
    """A refund or a dispute, which say no more than the intent; maybe before its payment."""
    intent = _unheard(subject)
    payment = None if intent is None else _payment(intent)

    def work() -> str:
        if intent is not None and payment is not None:
            paying.paid(payment, client.yuan(intent["amount_received"]), intent["id"])
        return hear(type, subject)

    return work


def _unheard(subject: dict[str, Any]) -> dict[str, Any] | None:
    """The intent of a payment nobody has told us of, that came."""
    intent_id = subject.get("payment_intent") or ""
    if not intent_id or StripePayment.objects.filter(intent_id=intent_id).exists():
        return None
    try:
        intent = client.api().payment_intents.retrieve(intent_id).to_dict()
    except stripe.StripeError as error:
        if client.refused(error):
            return None  # Stripe does not know it either
        raise StripeDown from error
    came = intent["status"] == "succeeded" and intent["currency"] == settings.STRIPE_CURRENCY
    return intent if came else None


def _refund(type: str, refund: dict[str, Any]) -> Callable[[], str]:
    return _went_back(lambda _type, refund: refunds.heard(refund), type, refund)


def _dispute(type: str, dispute: dict[str, Any]) -> Callable[[], str]:
    return _went_back(disputes.heard, type, dispute)


def _payment(subject: dict[str, Any]) -> StripePayment | None:
    """Which attempt a session, a charge or an intent belongs to."""
    try:
        key = UUID((subject.get("metadata") or {}).get("payment", ""))
    except (ValueError, AttributeError, TypeError):
        return None  # somebody else's, who uses the same account
    return StripePayment.objects.filter(key=key).first()


_HANDLERS: dict[str, Handler] = {
    "checkout.session.completed": _session,
    "checkout.session.async_payment_succeeded": _session,
    "checkout.session.async_payment_failed": _session,
    "checkout.session.expired": _session,
    "charge.refunded": _refunded,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "charge.refund.updated": _refund,
    "charge.dispute.created": _dispute,
    "charge.dispute.closed": _dispute,
    "charge.dispute.funds_withdrawn": _dispute,
    "charge.dispute.funds_reinstated": _dispute,
}
#: What Stripe is to be told to send (docs/operations.md).
EVENTS = sorted(_HANDLERS)
