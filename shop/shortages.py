"""What ran out, and what is left instead: taken with one tap."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from django.db import transaction
from django.db.models import Case, F, PositiveIntegerField, Value, When
from oscar.core.loading import get_model

from shop.basket_lines import BasketLine
from shop.errors import BasketPlaced, ShortLine
from shop.money import part

Basket = get_model("basket", "Basket")
Line = get_model("basket", "Line")


def take(basket, left: Mapping[int, int]) -> None:
    """Puts so many of each stock record into the basket instead of more; 0 takes it out. What is
    not in it, or asks for less by now, stays as it is. Three queries, whatever ran out.

    Raises `BasketPlaced` if the basket is an order by now.
    """
    with transaction.atomic():
        # Placing claims the same row first, as with every change of a basket.
        if not Basket.objects.select_for_update().filter(pk=basket.pk, status=Basket.OPEN).exists():
            raise BasketPlaced
        lines = Line.objects.filter(basket=basket)
        gone = [record for record, units in left.items() if units <= 0]
        lines.filter(stockrecord__in=gone).delete()
        fewer = [
            When(stockrecord_id=record, quantity__gt=units, then=Value(units))
            for record, units in left.items()
            if units > 0
        ]
        if fewer:
            units = Case(*fewer, default=F("quantity"), output_field=PositiveIntegerField())
            lines.filter(stockrecord__in=left).update(quantity=units)


def after(lines: Sequence[BasketLine], short: Sequence[ShortLine]) -> list[BasketLine]:
    """The basket as it would be with what is left. What funds pay of less is only about so much:
    a fund that cannot pay its whole share of more can perhaps of less."""
    left = {each.record_id: each.left for each in short}
    found = []
    for line in lines:
        units = left.get(line.record_id, line.quantity)
        if units:
            given = part(line.subsidy, Decimal(units) / line.quantity)
            found.append(replace(line, quantity=units, subsidy=given))
    return found
