"""How the open book writes money."""

from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def yuan(amount: Decimal) -> str:
    """−¥3.20: the sign before the currency, where people look for it."""
    return f"{'−' if amount < 0 else ''}¥{abs(amount)}"
