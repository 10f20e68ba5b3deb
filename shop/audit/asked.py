"""What was asked for beyond single goods, and what became of it: bundles, standing orders."""

from collections import defaultdict
from collections.abc import Iterator

from django.utils.translation import gettext as _

from inventory.models import Item
from shop.audit.checks import Figure, count
from shop.models import OrderedBundle, StandingOrder


def figures() -> Iterator[Figure]:
    yield Figure("bundles", _("订单里的套餐"), OrderedBundle.objects.count())
    standing = StandingOrder.objects.filter(active=True).count()
    yield Figure("standing", _("每波都要的住户"), standing)
    yield Figure("bundles_off", _("套餐里的货不在订单里的套餐"), _bundles_off(), wrong=True)
    yield Figure("bundles_odd", _("有库存、有标价或装错东西的套餐"), _bundles_odd(), wrong=True)
    yield Figure("standing_off", _("给别家或别的波次下的固定订单"), _standing_off(), wrong=True)


def _bundles_off() -> int:
    """By order and good: at least as many units as its bundles need. An order's lines stay what was
    asked for, whatever came of it."""
    ordered = OrderedBundle.objects.values_list("order", "units", "parts")
    needed: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for order_id, units, parts in ordered:
        for record_id, of_it in parts:
            needed[order_id][record_id] += units * of_it
    lines = OrderedBundle.objects.values_list(
        "order", "order__lines__stockrecord", "order__lines__quantity"
    )
    there = {(order_id, record_id): units for order_id, record_id, units in lines.distinct()}
    return sum(
        1
        for order_id, goods in needed.items()
        if any(there.get((order_id, pk), 0) < units for pk, units in goods.items())
    )


def _bundles_odd() -> int:
    """A bundle has no price and no units of its own, is ordered only as its parts, and holds goods
    of its own station and no bundle; what is no bundle holds nothing."""
    bundle = Item.Selling.BUNDLE.value
    kept = count(
        "SELECT item.id FROM {item} AS item JOIN {record} AS record ON record.id = item.record_id"
        " WHERE item.selling = %(bundle)s AND (record.price IS NOT NULL"
        " OR COALESCE(record.num_in_stock, 0) <> 0 OR COALESCE(record.num_allocated, 0) <> 0"
        " OR EXISTS (SELECT 1 FROM {line} AS line WHERE line.stockrecord_id = record.id))",
        bundle=bundle,
    )
    held = count(
        "SELECT piece.id FROM {bundle_part} AS piece"
        " JOIN {item} AS whole ON whole.id = piece.bundle_id"
        " JOIN {record} AS whole_record ON whole_record.id = whole.record_id"
        " JOIN {item} AS item ON item.id = piece.part_id"
        " JOIN {record} AS record ON record.id = item.record_id"
        " WHERE whole.selling <> %(bundle)s OR item.selling = %(bundle)s"
        " OR whole_record.partner_id <> record.partner_id",
        bundle=bundle,
    )
    return kept + held


def _standing_off() -> int:
    """What was ordered because it stands is of that door and that round."""
    return count(
        "SELECT run.id FROM {standing_run} AS run"
        " JOIN {standing} AS standing ON standing.id = run.standing_id"
        " JOIN {placement} AS placement ON placement.order_id = run.order_id"
        " WHERE placement.household_id <> standing.household_id"
        " OR placement.round_id <> run.round_id"
    )
