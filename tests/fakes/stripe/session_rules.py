"""What a new checkout session must be, beyond what the SDK's types say."""

from urllib.parse import urlsplit

from tests.fakes.stripe import objects
from tests.fakes.stripe.account import Account
from tests.fakes.stripe.answers import Refused

SHORTEST, LONGEST = 30 * 60, 24 * 3600
MOST_LINES = 100
MOST = 99_999_999
#: What the fake plays or hands back. The rest of what Stripe knows changes sums or pages in ways
#: that are not played here; rather than looking as if it worked, it is refused.
PLAYED = {
    *("allowed_payment_method_types", "cancel_url", "client_reference_id", "currency"),
    *("customer_email", "excluded_payment_method_types", "expand", "expires_at", "line_items"),
    *("locale", "metadata", "mode", "payment_intent_data", "payment_method_options"),
    *("submit_type", "success_url", "ui_mode"),
}


def check(account: Account, params: dict) -> None:
    for name in params.keys() - PLAYED:
        raise _wrong(f"Stripe knows `{name}`, this fake does not play it.", name)
    if params.get("mode") != "payment":
        raise _wrong("You must provide `mode`; this fake plays `payment` only.", "mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise _wrong("This fake plays `hosted_page` only.", "ui_mode")
    for name in ("success_url", "cancel_url"):
        _check_url(params, name)
    if len(params.get("client_reference_id", "")) > 200:
        raise _wrong("Must be at most 200 characters", "client_reference_id")
    total = _check_lines(params)
    if total > MOST:
        raise _wrong("Amount must be no more than ¥999,999.99", "line_items", "amount_too_large")
    if 0 < total < account.minimum:
        raise _wrong(
            "The Checkout Session's total amount due must add up to at least "
            f"¥{account.minimum / 100:.2f}",
            "line_items",
            "amount_too_small",
        )
    ahead = params.get("expires_at", account.now() + SHORTEST) - account.now()
    if ahead < SHORTEST:
        raise _wrong(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session "
            "creation.",
            "expires_at",
        )
    if ahead >= LONGEST:
        raise _wrong(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            "expires_at",
        )


def _check_url(params: dict, name: str) -> None:
    url = params.get(name)
    if url is None and name == "success_url":
        raise _wrong(f"Missing required param: {name}.", name, "parameter_missing")
    if url is not None and (urlsplit(url).scheme not in {"http", "https"} or len(url) > 5000):
        raise _wrong("Not a valid URL", name, "url_invalid")


def _check_lines(params: dict) -> int:
    """The sum of the lines, in fen."""
    lines = params.get("line_items", [])
    if not 0 < len(lines) <= MOST_LINES:
        raise _wrong(
            "You must pass between 1 and 100 `line_items` in `payment` mode.",
            "line_items",
            None if lines else "parameter_missing",
        )
    total = 0
    currency = params.get("currency") or lines[0].get("price_data", {}).get("currency")
    for number, line in enumerate(lines):
        at = f"line_items[{number}]"
        price = line.get("price_data")
        if price is None or line.keys() - {"price_data", "quantity", "metadata"}:
            raise _wrong("This fake plays lines with `price_data` and `quantity` only.", at)
        if line.get("quantity", 0) < 1:
            raise _wrong("Quantity is required and must be at least 1.", f"{at}[quantity]")
        if "product_data" not in price or price.keys() - {
            "currency",
            "product_data",
            "unit_amount",
        }:
            raise _wrong(
                "This fake plays `currency`, `product_data`, `unit_amount`.", f"{at}[price_data]"
            )
        if price.get("unit_amount", -1) < 0:
            raise _wrong("Invalid non-negative integer", f"{at}[price_data][unit_amount]")
        if not (price["currency"].isalpha() and len(price["currency"]) == 3):
            raise _wrong("Invalid currency", f"{at}[price_data][currency]")
        if price["currency"] != currency:
            raise _wrong("All prices must use the same currency.", f"{at}[price_data][currency]")
        total += price["unit_amount"] * line["quantity"]
    return total


def methods(params: dict) -> list[str]:
    """A filter on what the dashboard allows; what is not allowed there drops out silently."""
    allowed = params.get("allowed_payment_method_types")
    excluded = params.get("excluded_payment_method_types", [])
    left = [
        method
        for method in objects.PAYMENT_METHODS
        if (allowed is None or method in allowed) and method not in excluded
    ]
    if not left:
        raise _wrong(
            "No valid payment method types for this Checkout Session.",
            "allowed_payment_method_types",
        )
    return left


def _wrong(message: str, param: str, code: str | None = None) -> Refused:
    return Refused(message, param=param, code=code)
