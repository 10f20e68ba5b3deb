"""How the station's pages write weights, money and phone numbers."""

from decimal import ROUND_HALF_UP, Decimal

from django import template

from inventory import words

register = template.Library()
register.filter(words.listed)
register.filter(words.clauses)


@register.filter
def kg(grams: int | None) -> str:
    """Grams as kilograms, as short as they are exact to 100 g: 42350 → "42.4", 42000 → "42"."""
    return f"{round((grams or 0) / 1000, 1):g}"


@register.filter
def yuan(amount: Decimal | None, places: int = 2) -> str:
    """`¥63,418.50`, `−¥14.50`: the sign before the currency, where people look for it. To the fen;
    what a fen is not enough for, like the cost of one egg, to so many `places`."""
    amount = Decimal(amount or 0)
    exact, fen = (_rounded(amount, to) for to in (places, 2))
    shown = fen if exact == fen else exact
    return f"{'−' if shown < 0 else ''}¥{abs(shown):,f}"


def _rounded(amount: Decimal, places: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


@register.filter
def masked(phone: str) -> str:
    """`138****8000`: enough to recognise a number by, too little to call it."""
    if len(phone) < 8:
        return "*" * len(phone)
    return f"{phone[:3]}{'*' * (len(phone) - 7)}{phone[-4:]}"
