"""What keeps a refund, and what became of it, in words for staff."""

from django.utils.translation import gettext as _

from shop.models import Refund
from shop.payments.stripe.refund_book import LOST
from shop.payments.stripe.refunds import DASHBOARD, SENT_BACK


def why(refund: Refund) -> str:
    """What keeps it, in words for staff; Stripe's own word where we have none."""
    words = {
        "charge_disputed": _("付款人在和银行争议这笔付款，等有结果再退"),
        "charge_already_refunded": _("在 Stripe 后台已经退过了"),
        "insufficient_funds": _("Stripe 账户里的钱不够退"),
        "balance_insufficient": _("Stripe 账户里的钱不够退"),
        "APIConnectionError": _("连不上 Stripe"),
        "APIError": _("Stripe 出了故障"),
        "AuthenticationError": _("Stripe 不认我们的密钥"),
        "not_set_up": _("没有 Stripe 密钥"),
        SENT_BACK: _("银行退了回来"),
        DASHBOARD: _("在 Stripe 后台退的"),
        LOST: _("付款人的银行已经退给他了"),
    }
    return words.get(refund.error, refund.error)


def went_to(refund: Refund) -> str:
    """What became of one that did not go back through Stripe."""
    if refund.error in ("charge_already_refunded", DASHBOARD, LOST):
        return why(refund)
    return _("退到了驿站账户")
