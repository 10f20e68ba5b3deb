"""How the station's pages write weights, money and phone numbers."""

from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def kg(grams: int | None) -> str:
    """Grams as kilograms, as short as they are exact to 100 g: 42350 → "42.4", 42000 → "42"."""
    return f"{round((grams or 0) / 1000, 1):g}"


@register.filter
def yuan(amount: Decimal | None) -> str:
    """`¥63,418.50`"""
    return f"¥{amount or 0:,.2f}"


@register.filter
def masked(phone: str) -> str:
    """`138****8000`: enough to recognise a number by, too little to call it."""
    if len(phone) < 8:
        return "*" * len(phone)
    return f"{phone[:3]}{'*' * (len(phone) - 7)}{phone[-4:]}"
