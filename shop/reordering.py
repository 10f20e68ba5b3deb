"""再来一单: what was in an order goes into the basket again, as far as it can be had."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from delivery.models import Round
from inventory.models import Item
from shop import baskets, bundles, ordered_bundles, shortages
from shop.errors import BasketPlaced, ShortLine

Basket = get_model("basket", "Basket")
BasketLine = get_model("basket", "Line")


def put_back(order, basket, round: Round | None = None) -> list[str]:
    """Puts what was in the order into a door's basket, and returns what could not be put there, or
    less of it (limits are those of this round), a sentence each. What is in the basket stays; of
    the same good the larger number does, so a repeat changes nothing.

    Raises `BasketPlaced` if the basket is an order by now.
    """
    units, titles = asked(order)
    sold = _on_sale(order, units)
    said = [
        _("%(title)s现在不卖。") % {"title": titles[record]}
        for record in units
        if record not in sold
    ]
    _put(basket, {record: units[record] for record in sold}, sold)
    lines = baskets.lines(basket, round)
    short = [line for line in baskets.short_lines(lines) if line.record_id in sold]
    shortages.take(basket, {line.record_id: line.left for line in short})
    return said + [_sentence(line) for line in short]


def asked(order) -> tuple[dict[int, int], dict[int, str]]:
    """Units and titles by stock record: its bundles, and what is left of its lines beside them."""
    whole = ordered_bundles.of_order(order)
    units = {bundle.record_id: bundle.units for bundle in whole}
    titles = {bundle.record_id: bundle.title for bundle in whole}
    for line in order.lines.filter(quantity__gt=0).order_by("pk"):
        in_bundles = sum(
            bundle.units * bundle.parts.get(line.stockrecord_id, 0) for bundle in whole
        )
        if line.quantity > in_bundles:
            units[line.stockrecord_id] = line.quantity - in_bundles
            titles[line.stockrecord_id] = line.title
    return units, titles


def _on_sale(order, units: Mapping[int, int]) -> dict[int, Item]:
    station = order.placement.household.grid.station
    found = Item.objects.filter(
        bundles.for_sale(), record__partner=station.partner_id, record__in=units
    )
    return {item.record_id: item for item in found.select_related("record")}


def _put(basket, units: Mapping[int, int], sold: Mapping[int, Item]) -> None:
    with transaction.atomic():
        if not Basket.objects.select_for_update().filter(pk=basket.pk, status=Basket.OPEN).exists():
            raise BasketPlaced
        there = dict(
            BasketLine.objects.filter(basket=basket, stockrecord__in=units).values_list(
                "stockrecord", "quantity"
            )
        )
        BasketLine.objects.bulk_create(
            [
                _line(basket, sold[record], max(number, there.get(record, 0)))
                for record, number in units.items()
            ],
            update_conflicts=True,
            unique_fields=["basket", "line_reference"],
            update_fields=["quantity", "price_excl_tax", "price_incl_tax"],
        )


def _line(basket, item: Item, units: int):
    record = item.record
    return BasketLine(
        basket=basket,
        line_reference=str(record.pk),
        product_id=record.product_id,
        stockrecord=record,
        quantity=units,
        price_currency=record.price_currency,
        price_excl_tax=record.price,
        price_incl_tax=record.price,
    )


def _sentence(line: ShortLine) -> str:
    said = {"title": line.title, "left": line.left, "unit": line.unit}
    if not line.left:
        enough = _("%(title)s您家这一波已经买够了。")
        return (enough if line.limited else _("%(title)s卖完了。")) % said
    if line.limited:
        return _("%(title)s您家这一波还能买 %(left)s %(unit)s，先放了这些。") % said
    return _("%(title)s只剩 %(left)s %(unit)s，先放了这些。") % said
