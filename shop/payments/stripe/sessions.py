"""Stripe's payment page of an order: made, looked at, closed, and the goods let go after it.

The attempt's row is there before Stripe is asked, and its key makes asking twice the same as once.
Nothing is locked while Stripe is asked.
"""

import logging
import time
from datetime import datetime, timedelta
from typing import Any

import stripe
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from shop.errors import NotAwaiting, PaymentUnderWay, StripeDown, StripeRefused
from shop.models import OrderStatus, StripePayment
from shop.payments.stripe import attempts, client, paying

log = logging.getLogger(__name__)
Status = StripePayment.Status

#: If Stripe does not answer, goods are held so much longer; money that came after all is late then.
PATIENCE = timedelta(minutes=30)
#: An attempt whose money is under way is asked about again after this.
LOOK_AGAIN = timedelta(minutes=10)
#: Of one sweep.
MOST = 200


def begin(order, base: str = "") -> str:
    """The address where this order is paid: of the page that is there, or of a new one.

    `base`: scheme and host under which the payer's browser knows us. Again, from a second tab or
    after an answer that got lost, it is the same page. Raises `NotAwaiting`, `PaymentUnderWay`,
    `StripeRefused`, and `StripeDown`: then the order waits on, its goods held.
    """
    attempt = _open_attempt(order)
    if attempt.status == Status.OPEN:
        return attempt.url
    if attempt.expires_at < timezone.now() + attempts.SHORTEST:
        attempt = _anew(order, attempt)  # Stripe would not open a page for so short a time
    try:
        session = _create(order, attempt, base)
    except stripe.StripeError as error:
        if client.word(error) == "idempotency_key_in_use":
            return _from_the_other_tab(attempt)
        if not client.refused(error):
            raise StripeDown from error
        # Made under other words before (another address of ours, say), or too late by Stripe's
        # clock: what we have is of no use, a new attempt is.
        if not isinstance(error, stripe.IdempotencyError) and client.word(error) != "expires_at":
            raise StripeRefused(client.word(error)) from error
        attempt = _anew(order, attempt)
        try:
            session = _create(order, attempt, base)
        except stripe.StripeError as again:
            raise StripeDown from again
    if StripePayment.objects.filter(pk=attempt.pk).move(
        {Status.NEW}, Status.OPEN, session_id=session["id"], url=session["url"] or ""
    ):
        return session["url"]
    # Somebody else was first: a second tab with the same page, or the clock.
    attempt.refresh_from_db()
    if attempt.status == Status.OPEN:
        return attempt.url
    _close_quietly(session["id"])
    raise NotAwaiting


def _from_the_other_tab(attempt: StripePayment) -> str:
    """The same page is being made right now."""
    for _try in range(10):
        attempt.refresh_from_db()
        if attempt.status == Status.OPEN:
            return attempt.url
        time.sleep(0.3)
    raise StripeDown


def _open_attempt(order) -> StripePayment:
    attempt = attempts.open_of(order.pk)
    if attempt is None or order.status != OrderStatus.AWAITING:
        raise NotAwaiting
    if attempt.status == Status.PROCESSING:
        raise PaymentUnderWay
    return attempt


def _anew(order, attempt: StripePayment) -> StripePayment:
    """Nobody was ever shown a page of this attempt; the next one holds the goods anew."""
    paying.failed(attempt)
    order.refresh_from_db(fields=["status"])
    return _open_attempt(order)


def _create(order, attempt: StripePayment, base: str) -> dict[str, Any]:
    """Asks Stripe for the page. It is told a number and a sum: not who, not where, not what."""
    base = (base or settings.PUBLIC_URL or "http://localhost").rstrip("/")
    station = order.placement.household.grid.station
    ours = {"payment": str(attempt.key)}
    line = {
        "price_data": {
            "currency": settings.STRIPE_CURRENCY,
            "unit_amount": client.fen(attempt.amount),
            "product_data": {
                "name": _("%(station)s 订单 %(number)s")
                % {"station": station.name, "number": order.number}
            },
        },
        "quantity": 1,
    }
    params = {
        "mode": "payment",
        "line_items": [line],
        "allowed_payment_method_types": settings.STRIPE_METHODS,
        "client_reference_id": order.number,
        "metadata": ours,
        "payment_intent_data": {"metadata": ours},
        "expires_at": int(attempt.expires_at.timestamp()),
        "success_url": base + reverse("pay-back", args=[order.number]),
        "cancel_url": base + reverse("pay", args=[order.number]),
        "locale": "zh",
    }
    if "wechat_pay" in settings.STRIPE_METHODS:
        params["payment_method_options"] = {"wechat_pay": {"client": "web"}}
    made = client.api().checkout.sessions.create(params, {"idempotency_key": str(attempt.key)})
    return made.to_dict()


def told(attempt: StripePayment, session: dict[str, Any]) -> str:
    """Books what a session, as Stripe gave it to us, has come to; again is nothing."""
    if session.get("status") == "expired":
        return paying.expired(attempt)
    if session.get("status") != "complete":
        return paying.NOTHING
    if session.get("payment_status") != "paid":
        return paying.processing(attempt)
    if session.get("currency") != settings.STRIPE_CURRENCY:
        log.error("stripe payment %s came in another currency", attempt.pk)
        return paying.OTHER_CURRENCY
    return paying.paid(attempt, client.yuan(session["amount_total"]), _intent_id(session))


def _intent_id(session: dict[str, Any]) -> str:
    """Empty: there is none."""
    intent = session.get("payment_intent")
    return intent["id"] if isinstance(intent, dict) else intent or ""


def look(attempt: StripePayment) -> dict[str, Any] | None:
    """The session as it is now; None: there is none. Raises `StripeDown`."""
    if not attempt.session_id:
        return None
    try:
        return client.api().checkout.sessions.retrieve(attempt.session_id).to_dict()
    except stripe.StripeError as error:
        if client.word(error) == "resource_missing":
            return None
        raise StripeDown from error


def close(attempt: StripePayment) -> dict[str, Any] | None:
    """Makes sure that nobody can pay on this page any more; the session as it is then, `complete`
    if somebody did. None: there is none. Raises `StripeDown`."""
    if not attempt.session_id:
        return None
    sessions = client.api().checkout.sessions
    try:
        try:
            return sessions.expire(attempt.session_id).to_dict()
        except stripe.InvalidRequestError as error:
            if client.word(error) == "resource_missing":
                return None
            return sessions.retrieve(attempt.session_id).to_dict()
    except stripe.StripeError as error:
        raise StripeDown from error


def _close_quietly(session_id: str) -> None:
    """Of no consequence if it fails: nobody knows the page's address."""
    try:
        client.api().checkout.sessions.expire(session_id)
    except (StripeDown, stripe.StripeError):
        log.info("a session that nobody needs stays open until it expires")


def sweep(now: datetime | None = None) -> int:
    """Lets the goods go of what was not paid in time, after its page was closed at Stripe; how
    many orders. What was paid, and we were not told, is booked. Safe to repeat and to run twice."""
    now = now or timezone.now()
    due = StripePayment.objects.filter(status__in=attempts.OPEN, held_until__lte=now)
    gone = 0
    for attempt in due.order_by("held_until")[:MOST]:
        try:
            gone += _time_is_over(attempt, now) == paying.LET_GO
        except Exception as error:
            # The message may quote a row; the next sweep tries again.
            log.error("stripe payment %s is not let go: %s", attempt.pk, type(error).__name__)
    _close_what_nobody_needs(now)
    return gone


def _time_is_over(attempt: StripePayment, now: datetime) -> str:
    try:
        session = close(attempt)
    except StripeDown:
        if attempt.status != Status.PROCESSING and now > attempt.held_until + PATIENCE:
            return paying.expired(attempt, closed_at_stripe=False)
        return paying.NOTHING
    if session is None:  # nobody was ever shown a page, or Stripe knows of none
        return (
            paying.failed(attempt)
            if attempt.status == Status.PROCESSING
            else (paying.expired(attempt))
        )
    if session["status"] == "open":
        return paying.NOTHING
    done = told(attempt, session)
    if session["status"] == "complete" and session["payment_status"] != "paid":
        # The money is under way, or failed on it: Stripe says so; the goods wait with it.
        return _ask_about_the_money(attempt, session, now)
    return done


def _ask_about_the_money(attempt: StripePayment, session: dict[str, Any], now: datetime) -> str:
    if not (intent_id := _intent_id(session)):
        return paying.failed(attempt)  # nothing is under way; if it comes after all, it is booked
    try:
        intent = client.api().payment_intents.retrieve(intent_id)
    except stripe.StripeError:
        return paying.NOTHING
    if intent.status in {"requires_payment_method", "canceled"}:
        return paying.failed(attempt)
    StripePayment.objects.filter(pk=attempt.pk).update(held_until=now + LOOK_AGAIN)
    return paying.NOTHING


def _close_what_nobody_needs(now: datetime) -> None:
    """Pages of orders that were cancelled, or paid another way, while they were open. A payment
    that was quicker is booked, and goes back."""
    left = StripePayment.objects.filter(status=Status.EXPIRED, expires_at__gt=now).exclude(url="")
    for attempt in left[:MOST]:
        if not close_unneeded(attempt):
            return


def close_unneeded(attempt: StripePayment) -> bool:
    """The page of an attempt that was given up; whether Stripe answers."""
    try:
        session = close(attempt)
    except StripeDown:
        return False
    if session is not None and session["status"] == "complete":
        told(attempt, session)
    StripePayment.objects.filter(pk=attempt.pk, status=Status.EXPIRED).update(url="")
    return True
