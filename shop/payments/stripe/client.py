"""The line to Stripe, and what can be wrong with it."""

from decimal import Decimal
from functools import cache

import stripe
from django.conf import settings

from shop.errors import StripeDown

#: What our code was written and tested against; the SDK's own would change with the SDK.
API_VERSION = "2026-10-28.endive"
#: Seconds to connect, and to wait for an answer. Somebody is looking at a page meanwhile.
TIMEOUT = (3, 10)
FEN = Decimal("0.01")


def api():
    """Stripe's API. No tries of its own: our rows say what is to be tried again. Raises
    `StripeDown` if this installation has no key."""
    if not settings.STRIPE_SECRET_KEY:
        raise StripeDown
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE).v1


@cache
def _client(key: str, base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses={"api": base} if base else {},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
    )


def refused(error: stripe.StripeError) -> bool:
    """Stripe understood, and did not do it: the same again would be refused again. Whatever else
    went wrong, it may have been done all the same."""
    return isinstance(error, stripe.InvalidRequestError | stripe.IdempotencyError)


def word(error: stripe.StripeError) -> str:
    """What went wrong, without Stripe's message: that may quote what somebody typed."""
    code = getattr(error.error, "code", None) or getattr(error, "param", None)
    return str(code or type(error).__name__)[:80]


def fen(yuan: Decimal) -> int:
    return int(yuan * 100)


def yuan(fen: int) -> Decimal:
    return (Decimal(fen) / 100).quantize(FEN)
