"""Money on its way back through Stripe: sent until Stripe has it, once.

The ledger has it as given back from the moment it was decided; what is here brings it about. A
refund is sent with one key, and before it is sent again Stripe is asked whether it has it: an
answer that got lost, a worker that was killed and a key that Stripe has forgotten all come to the
same, one refund.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import stripe
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from shop.errors import RefundRefused, StripeDown
from shop.models import MoneyMove, Refund, StripePayment
from shop.money import ZERO, ledger
from shop.payments.stripe import client, refund_book

log = logging.getLogger(__name__)
Account, Kind, Status = MoneyMove.Account, MoneyMove.Kind, Refund.Status

#: Longer than a request takes: who has not written down what came of it by then was killed.
LEASE = timedelta(minutes=2)
#: From one try to the next; the last one goes on and on.
DELAYS = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360)]
#: A refund that the bank has not finished is asked about so often.
ASK_AGAIN = timedelta(hours=6)
#: Of one sweep.
MOST = 100
#: `Refund.error` of what was given back in Stripe's dashboard: nobody here asked for it.
DASHBOARD = "dashboard"
#: … and of what the payer's bank sent back to us.
SENT_BACK = "sent_back"
#: Tries without an answer after which staff should know.
WORRYING = 3

_STATUS = {
    "succeeded": Status.DONE,
    "pending": Status.SENT,
    "requires_action": Status.SENT,
}


def send_due(now: datetime | None = None) -> int:
    """Sends what is to be sent and asks about what is under way; how many were done with. Safe to
    repeat, to run twice at once, and to be killed in."""
    now = now or timezone.now()
    due = Refund.objects.filter(status__in=(Status.WAITING, Status.SENT), next_try_at__lte=now)
    done = 0
    for refund in due.order_by("next_try_at", "pk").select_related("payment")[:MOST]:
        try:
            done += _try(refund, now)
        except Exception as error:
            # The message may quote a row; after its lease it is tried again.
            log.error("refund %s: %s", refund.pk, type(error).__name__)
    return done


def _try(refund: Refund, now: datetime) -> bool:
    """One try of whoever is first to take it; whether Stripe has it now."""
    mine = Refund.objects.filter(pk=refund.pk, attempts=refund.attempts, next_try_at__lte=now)
    if not mine.move(
        {refund.status}, refund.status, attempts=F("attempts") + 1, next_try_at=now + LEASE
    ):
        return False
    refund.attempts += 1
    try:
        if refund.status == Status.SENT:
            found = client.api().refunds.retrieve(refund.refund_id).to_dict()
        else:
            # Not the first try: an earlier one may have reached Stripe.
            found = at_stripe(refund) if refund.attempts > 1 else None
            found = found or _create(refund)
    except StripeDown:
        _later(refund, now, "not_set_up")
        return False
    except stripe.StripeError as error:
        _refused(refund, now, error)
        return False
    heard(found)
    return True


def _create(refund: Refund) -> dict[str, Any]:
    params = {
        "payment_intent": refund.payment.intent_id,
        "amount": client.fen(refund.amount),
        "metadata": {"refund": str(refund.key)},
    }
    made = client.api().refunds.create(params, {"idempotency_key": str(refund.key)})
    return made.to_dict()


def at_stripe(refund: Refund) -> dict[str, Any] | None:
    """The refund as Stripe has it; None if it never got there. Raises `stripe.StripeError`."""
    of_payment = of_intent(refund.payment.intent_id)
    return next((found for found in of_payment if _key(found) == refund.key), None)


def of_intent(intent_id: str) -> Iterator[dict[str, Any]]:
    """Every refund of a payment that Stripe knows, the newest first."""
    page = client.api().refunds.list({"payment_intent": intent_id, "limit": 100})
    for found in page.auto_paging_iter():
        yield found.to_dict()


def _key(found: dict[str, Any]) -> UUID | None:
    """Which of our refunds Stripe's is, as far as it says."""
    try:
        return UUID((found.get("metadata") or {}).get("refund", ""))
    except (ValueError, AttributeError, TypeError):
        return None


def _later(refund: Refund, now: datetime, error: str) -> None:
    delay = DELAYS[min(refund.attempts, len(DELAYS)) - 1]
    Refund.objects.filter(pk=refund.pk, attempts=refund.attempts).move(
        {refund.status},
        refund.status,
        next_try_at=now + delay,
        error=DASHBOARD if refund.error == DASHBOARD else error,
    )


def _refused(refund: Refund, now: datetime, error: stripe.StripeError) -> None:
    word = client.word(error)
    if refund.status == Status.SENT or not client.refused(error):
        log.warning("refund %s is tried again later: %s", refund.pk, word)
        _later(refund, now, word)
    elif word in {"charge_already_refunded", "amount"} and _given_back_otherwise(refund):
        return
    else:
        log.warning("refund %s is stuck: %s", refund.pk, word)
        Refund.objects.filter(pk=refund.pk).move({Status.WAITING}, Status.STUCK, error=word)
        refund_book.settle_lost(refund.payment)


def _given_back_otherwise(refund: Refund) -> bool:
    """More than is left cannot go back: somebody gave it back in the dashboard. That is booked
    first, then ours is taken back, and what the order is still owed goes back by itself."""
    try:
        found = list(of_intent(refund.payment.intent_id))
    except stripe.StripeError:
        return False
    gone = [each for each in found if each["status"] in _STATUS]
    left = refund.payment.amount - sum(client.yuan(each["amount"]) for each in gone)
    if left >= refund.amount or all(_key(each) for each in gone):
        return False  # there is another reason
    for each in found:
        heard(each)
    return refund_book.turn(
        refund, Account.ORDER, {Status.WAITING}, error="charge_already_refunded"
    )


# --- what Stripe says --------------------------------------------------------------------------


def heard(found: dict[str, Any]) -> str:
    """A refund as Stripe has it: by the answer to ours, by an event, or by asking; what was done,
    in a word. Again, or late, is nothing."""
    refund = _ours(found)
    if refund is None:
        return _from_dashboard(found)
    status = _STATUS.get(found["status"])
    if status is None:  # failed, canceled: the bank sent it back
        return _came_back(refund, found["id"])
    this, now = Refund.objects.filter(pk=refund.pk), timezone.now()
    error = DASHBOARD if refund.error == DASHBOARD else ""
    moved = this.move(
        {Status.WAITING, Status.STUCK, Status.SENT} - {status},
        status,
        refund_id=found["id"],
        error=error,
        next_try_at=now + ASK_AGAIN,
    )
    if not moved:
        this.move({Status.SENT}, Status.SENT, next_try_at=now + ASK_AGAIN)
    return str(status.value) if moved else "nothing new"


def _ours(found: dict[str, Any]) -> Refund | None:
    known = Refund.objects.select_related("payment")
    refund = known.filter(refund_id=found["id"]).first()
    if refund is None and (key := _key(found)) is not None:
        refund = known.filter(key=key).first()
    return refund


def _came_back(refund: Refund, refund_id: str) -> str:
    """Ours goes into the door's account, which no bank can refuse. What was given back in the
    dashboard was never owed: the order is paid again."""
    if refund.error == DASHBOARD:
        target, error = Account.ORDER, DASHBOARD
    else:
        target, error = Account.HOUSEHOLD, SENT_BACK
        if refund_book.moved_out(refund_book.placement_of(refund.payment)):
            # Not into the next family's account: staff asks who paid. Its number may be a new one.
            this = Refund.objects.filter(pk=refund.pk)
            stuck = {Status.WAITING, Status.SENT, Status.DONE}
            if this.move(stuck, Status.STUCK, refund_id=None, error=SENT_BACK):
                return str(Status.STUCK.value)
            return "nothing new"
    everything = set(Status) - {Status.MOVED}
    done = refund_book.turn(refund, target, everything, refund_id=refund_id, error=error)
    return "to the account" if done else "nothing new"


def _from_dashboard(found: dict[str, Any]) -> str:
    """Nobody here asked for it. The order owes again what the payer has back: who gave it back
    cancels the order too, or means it to be collected."""
    intent_id = found.get("payment_intent") or ""
    payment = StripePayment.objects.filter(intent_id=intent_id).first() if intent_id else None
    if payment is None:
        return "unknown"
    status = _STATUS.get(found["status"])
    if status is None:
        return "nothing new"
    placement = refund_book.placement_of(payment)
    with transaction.atomic():
        ledger.lock([payment.order_id])
        now = timezone.now()
        refund, new = Refund.objects.get_or_create(
            refund_id=found["id"],
            defaults={
                "payment": payment,
                "amount": client.yuan(found["amount"]),
                "status": status,
                "error": DASHBOARD,
                "next_try_at": now + ASK_AGAIN,
                "at": now,
            },
        )
        if new:
            ledger.post(
                [refund_book.entry(refund, placement, Account.ORDER, Account.STRIPE)], by=None
            )
    return "from the dashboard" if new else "nothing new"


def known_at_stripe(payment: StripePayment):
    """Yuan that went back of this payment and that Stripe should have, as far as we know."""
    had = payment.refunds.exclude(status=Status.MOVED).exclude(refund_id=None)
    return had.aggregate(sum=Sum("amount"))["sum"] or ZERO


# --- what staff say ----------------------------------------------------------------------------


def retry(refund: Refund) -> None:
    """Sends it again now. Raises `RefundRefused` if there is nothing to be sent any more."""
    this, now = Refund.objects.filter(pk=refund.pk), timezone.now()
    # Stripe said no to the old key, and would for a day; to what it never answered, the same key.
    if this.move({Status.STUCK}, Status.WAITING, key=uuid4(), attempts=0, next_try_at=now):
        return
    waiting = this.filter(next_try_at__gt=now).exclude(error="")
    if waiting.move({Status.WAITING}, Status.WAITING, next_try_at=now):
        return
    if not this.filter(status=Status.WAITING).exists():
        raise RefundRefused(_("这笔退款不用再试了，请看最新状态。"))


def move_to_account(refund: Refund, by) -> None:
    """Puts what does not get through into the door's account instead; once.

    Raises `RefundRefused` if Stripe has it after all or may be getting it right now, `StripeDown`
    if that cannot be known.
    """
    if refund.status not in (Status.WAITING, Status.STUCK):
        raise RefundRefused(_("这笔退款不在等了，请看最新状态。"))
    if StripePayment.objects.filter(pk=refund.payment_id, disputed__gt=0).exists():
        raise RefundRefused(_("付款人在和银行争议这笔付款，等有结果再退。"))
    refund_book.settle_lost(refund.payment)
    if Refund.objects.filter(pk=refund.pk, status=Status.MOVED, error=refund_book.LOST).exists():
        raise RefundRefused(_("付款人的银行已经把这笔钱退给他了，不用再退。"))
    if refund_book.moved_out(refund_book.placement_of(refund.payment)):
        raise RefundRefused(_("这家人搬走了，账户现在是下一家的，这笔不能退到账户。"))
    if refund.status == Status.WAITING and refund.attempts:
        if not refund.error and refund.next_try_at > timezone.now():
            raise RefundRefused(_("这笔正在退，请两分钟后再看。"))
        try:
            found = at_stripe(refund)
        except stripe.StripeError as error:
            raise StripeDown from error
        if found is not None:
            heard(found)
            raise RefundRefused(_("Stripe 已经在退这一笔了，不用改。"))
    # `attempts`: nobody has begun to send it since we looked.
    if not refund_book.turn(
        refund, Account.HOUSEHOLD, {refund.status}, attempts=refund.attempts, by=by
    ):
        raise RefundRefused(_("这笔退款刚刚变了，请看最新状态。"))
