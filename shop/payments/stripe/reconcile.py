"""Our book against Stripe's: every payment, refund and dispute of a while, one by one.

Only what is ours is compared: what our attempts made, by the key they gave it. Numbers of orders
and of Stripe's objects are all that is said about them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from delivery.templatetags.station import yuan
from shop.models import MoneyMove, Refund, StripePayment
from shop.money import ZERO
from shop.payments.stripe import client, disputes, paying, refunds

Account, Status = MoneyMove.Account, StripePayment.Status
#: A refund may be of a payment from long before it.
EARLIER = timedelta(days=180)


@dataclass
class Compared:
    """`payments`, `refunds`: how many there are at Stripe, and yuan; `waiting`: refunds that have
    not been sent yet. `wrong`: a sentence for each difference."""

    payments: tuple[int, Decimal] = (0, ZERO)
    refunds: tuple[int, Decimal] = (0, ZERO)
    waiting: int = 0
    wrong: list[str] = field(default_factory=list)


def compare(since: datetime, *, book: bool = False) -> Compared:
    """Raises `stripe.StripeError`, `StripeDown`. `book`: what Stripe has and we have not is booked,
    as its events would have been; then it is still said."""
    found = Compared()
    intents = {
        intent["id"]: intent
        for intent in _all(client.api().payment_intents, since)
        if intent["status"] == "succeeded" and _payment_key(intent)
    }
    _payments(found, since, intents, book)
    _refunds(found, since, book)
    _disputes(found, since, book)
    return found


def _all(service, since: datetime) -> Iterator[dict[str, Any]]:
    page = service.list({"created": {"gte": int(since.timestamp())}, "limit": 100})
    for each in page.auto_paging_iter():
        yield each.to_dict()


def _payment_key(intent: dict[str, Any]) -> UUID | None:
    try:
        return UUID((intent.get("metadata") or {}).get("payment", ""))
    except (ValueError, AttributeError, TypeError):
        return None


def _payments(
    found: Compared, since: datetime, intents: dict[str, dict[str, Any]], book: bool
) -> None:
    keys = [_payment_key(intent) for intent in intents.values()]
    known = {
        payment.key: payment
        for payment in StripePayment.objects.filter(key__in=keys).select_related("order")
    }
    booked = _booked(payment.pk for payment in known.values())
    total = ZERO
    for intent_id, intent in intents.items():
        amount = client.yuan(intent["amount_received"])
        total += amount
        payment = known.get(_payment_key(intent))
        said = {"intent": intent_id, "there": yuan(amount)}
        if payment is None:
            found.wrong.append(_("Stripe 收了 %(there)s（%(intent)s），这里没有这笔付款") % said)
            continue
        here = booked.get(payment.pk, ZERO)
        if here != amount:
            said |= {"number": payment.order.number, "here": yuan(here)}
            words = _("订单 %(number)s：Stripe 收了 %(there)s（%(intent)s），账上是 %(here)s")
            found.wrong.append(words % said)
            if book and not here and intent["currency"] == settings.STRIPE_CURRENCY:
                paying.paid(payment, amount, intent_id)
    found.payments = len(intents), total
    ours = StripePayment.objects.filter(status=Status.PAID, at__gte=since)
    for payment in ours.exclude(intent_id__in=intents).select_related("order"):
        words = _("订单 %(number)s：账上网上付了，Stripe 没有（%(intent)s）")
        found.wrong.append(
            words % {"number": payment.order.number, "intent": payment.intent_id or "–"}
        )


def _booked(payment_ids) -> dict[int, Decimal]:
    """By attempt, yuan that came."""
    came = MoneyMove.objects.filter(
        stripe_payment__in=list(payment_ids), kind=MoneyMove.Kind.PAYMENT, source=Account.STRIPE
    )
    sums = came.order_by().values_list("stripe_payment").annotate(sum=Sum("amount"))
    return {pk: sum.quantize(client.FEN) for pk, sum in sums}


def _refunds(found: Compared, since: datetime, book: bool) -> None:
    went = list(_all(client.api().refunds, since))
    gone = {each["id"]: each for each in went}
    intents = {each["payment_intent"] for each in went if each["payment_intent"]}
    ours = set(
        StripePayment.objects.filter(intent_id__in=intents).values_list("intent_id", flat=True)
    )
    known = {
        refund.refund_id: refund
        for refund in Refund.objects.filter(refund_id__in=gone).select_related("payment__order")
    }
    count, total = 0, ZERO
    for refund_id, each in gone.items():
        if each["payment_intent"] not in ours:
            continue
        amount, back = client.yuan(each["amount"]), each["status"] in ("failed", "canceled")
        if not back:
            count, total = count + 1, total + amount
        refund = known.get(refund_id)
        there = yuan(amount)
        if refund is None:
            if back:
                continue
            words = _("Stripe 退了 %(there)s（%(id)s），账上没有")
            found.wrong.append(words % {"there": there, "id": refund_id})
        elif refund.amount != amount or back != (refund.status == Refund.Status.MOVED):
            words = _(
                "订单 %(number)s：退款 %(id)s 在 Stripe 是 %(there)s %(word)s，账上是 %(here)s"
            )
            said = {"number": refund.payment.order.number, "id": refund_id, "there": there}
            here = f"{yuan(refund.amount)} {refund.get_status_display()}"
            found.wrong.append(words % (said | {"word": each["status"], "here": here}))
        else:
            continue
        if book:
            refunds.heard(each)
    found.refunds = count, total
    done = Refund.objects.filter(status__in=(Refund.Status.DONE, Refund.Status.SENT), at__gte=since)
    for refund in done.exclude(refund_id__in=gone).select_related("payment__order"):
        words = _("订单 %(number)s：账上退了 %(here)s，Stripe 没有")
        found.wrong.append(
            words % {"number": refund.payment.order.number, "here": yuan(refund.amount)}
        )
    found.waiting = Refund.objects.filter(
        status__in=(Refund.Status.WAITING, Refund.Status.STUCK)
    ).count()


def _disputes(found: Compared, since: datetime, book: bool) -> None:
    for dispute in _all(client.api().disputes, since - EARLIER):
        payment = disputes.payment_of(dispute)
        if payment is None:
            continue
        moved = sum(each["amount"] for each in dispute["balance_transactions"])
        taken = {
            True: bool(dispute["balance_transactions"]),
            False: len(dispute["balance_transactions"]) > 1,
        }
        here = {way: disputes.is_booked(dispute, withdrawn=way) for way in taken}
        if here == taken:
            continue
        words = _("订单 %(number)s：拒付争议 %(id)s 在 Stripe 动了 %(there)s，账上不是")
        found.wrong.append(
            words
            % {
                "number": payment.order.number,
                "id": dispute["id"],
                "there": yuan(client.yuan(moved)),
            }
        )
        if book:
            with transaction.atomic():
                for way, happened in taken.items():
                    if happened:
                        disputes.book(payment, dispute, withdrawn=way)
