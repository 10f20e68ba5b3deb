"""What was paid through Stripe, and what went back: our rows of it against the book."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from shop.audit.checks import Figure, count
from shop.models import MoneyMove, OrderStatus, Refund, StripePayment

Account, Kind = MoneyMove.Account, MoneyMove.Kind

#: What Stripe took (above zero) and gave back, in fen.
_FEN = {
    "fen": "CASE WHEN money.source = %(stripe)s THEN 1 ELSE -1 END"
    " * CAST(ROUND(money.amount * 100) AS bigint)"
}


def figures() -> Iterator[Figure]:
    by_status = (
        ("refunds_waiting", _("在路上的网上退款"), (Refund.Status.WAITING, Refund.Status.SENT)),
        ("refunds_stuck", _("卡住的网上退款"), (Refund.Status.STUCK,)),
    )
    for key, label, statuses in by_status:
        yield Figure(key, label, Refund.objects.filter(status__in=statuses).count())
    yield Figure("payments_off", _("和流水对不上的网上付款"), _payments_off(), wrong=True)
    yield Figure("refunds_off", _("和流水对不上的网上退款"), _refunds_off(), wrong=True)
    yield Figure("returned_more", _("退得比付得多的网上付款"), _returned_more(), wrong=True)
    yield Figure("disputes_off", _("拿走或还回太多的争议"), _disputes_off(), wrong=True)
    yield Figure("awaiting_off", _("等付款却等不到的订单"), _awaiting_off(), wrong=True)


def _payments_off() -> int:
    """An attempt that was paid is in the book once, for its order; no other is."""
    return count(
        "SELECT payment.id FROM {stripe_payment} AS payment LEFT JOIN {money} AS money"
        " ON money.stripe_payment_id = payment.id AND money.kind = %(payment)s"
        " GROUP BY payment.id, payment.status, payment.order_id HAVING COUNT(money.id)"
        " <> CASE WHEN payment.status = %(paid)s THEN 1 ELSE 0 END"
        " OR SUM(CASE WHEN money.order_id <> payment.order_id THEN 1 ELSE 0 END) > 0",
        payment=Kind.PAYMENT.value,
        paid=StripePayment.Status.PAID.value,
    )


def _refunds_off() -> int:
    """A refund is in the book with its amount, and nothing is left of one that went to the
    account instead; no refund of Stripe's is in the book without its row."""
    refunds = count(
        "SELECT refund.id FROM {refund} AS refund"
        " LEFT JOIN {money} AS money ON money.refund_id = refund.id"
        " GROUP BY refund.id, refund.amount, refund.status, refund.payment_id"
        " HAVING COALESCE(SUM({fen}), 0) <> CASE WHEN refund.status = %(moved)s THEN 0"
        " ELSE -CAST(ROUND(refund.amount * 100) AS bigint) END"
        " OR SUM(CASE WHEN money.stripe_payment_id <> refund.payment_id THEN 1 ELSE 0 END) > 0",
        _FEN,
        stripe=Account.STRIPE.value,
        moved=Refund.Status.MOVED.value,
    )
    without = count(
        "SELECT 1 FROM {money} WHERE kind = %(refund_kind)s AND refund_id IS NULL"
        " AND (source = %(stripe)s OR target = %(stripe)s)",
        refund_kind=Kind.REFUND.value,
        stripe=Account.STRIPE.value,
    )
    return refunds + without


def _returned_more() -> int:
    return count(
        "SELECT money.stripe_payment_id FROM {money} AS money"
        " WHERE money.kind IN (%(payment)s, %(refund_kind)s)"
        " AND (money.source = %(stripe)s OR money.target = %(stripe)s)"
        " GROUP BY money.stripe_payment_id HAVING SUM({fen}) < 0",
        _FEN,
        payment=Kind.PAYMENT.value,
        refund_kind=Kind.REFUND.value,
        stripe=Account.STRIPE.value,
    )


def _disputes_off() -> int:
    """Of a payment Stripe takes back at most what was paid, and gives back at most what it took."""
    return count(
        "SELECT payment.id FROM {stripe_payment} AS payment JOIN {money} AS money"
        " ON money.stripe_payment_id = payment.id AND money.kind IN (%(dispute)s, %(paid)s)"
        " GROUP BY payment.id"
        " HAVING SUM({fen}) < 0 OR SUM(CASE WHEN money.kind = %(dispute)s THEN {fen} END) > 0",
        _FEN,
        dispute=Kind.DISPUTE.value,
        paid=Kind.PAYMENT.value,
        stripe=Account.STRIPE.value,
    )


def _awaiting_off() -> int:
    """An order that waits for its payment has an attempt that ends one day, and something owed."""
    return count(
        "SELECT placed.id FROM {order} AS placed WHERE placed.status = %(awaiting)s AND ("
        " NOT EXISTS (SELECT 1 FROM {stripe_payment} AS payment"
        " WHERE payment.order_id = placed.id)"
        " OR EXISTS (SELECT 1 FROM {parcel} AS parcel WHERE parcel.order_id = placed.id)"
        " OR (SELECT SUM(CASE WHEN money.source = %(order)s THEN 1 ELSE -1 END"
        " * CAST(ROUND(money.amount * 100) AS bigint)) FROM {money} AS money"
        " WHERE money.order_id = placed.id"
        " AND (money.source = %(order)s OR money.target = %(order)s)) <= 0)",
        awaiting=OrderStatus.AWAITING.value,
        order=Account.ORDER.value,
    )
