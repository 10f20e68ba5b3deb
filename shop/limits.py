"""How much of a good can be ordered: what is there, and what a household may have of it."""

from collections.abc import Collection

from django.db.models import Q, Sum
from oscar.core.loading import get_model

from inventory.models import Item
from shop.models import OrderStatus

OrderLine = get_model("order", "Line")

#: Nobody buys a thousand of anything; a slip of the finger does.
MOST_OF_ONE = 99


def left_of(item: Item, expired: int) -> int:
    """Units of a good that can still be ordered, of which so many in the building are expired."""
    if item.selling == Item.Selling.PREORDER:
        return MOST_OF_ONE
    return max(0, item.record.net_stock_level - expired)


def taken(
    household_id: int, round_id: int, record_ids: Collection[int], *, but: int | None = None
) -> dict[int, int]:
    """Units by stock record that the door ordered and bought over the counter in this round, `but`
    this order. No query for no goods, else one."""
    if not record_ids:
        return {}
    mine = Q(order__placement__household=household_id, order__placement__round=round_id) | Q(
        order__counter_sale__household=household_id, order__counter_sale__round=round_id
    )
    lines = OrderLine.objects.filter(mine, stockrecord__in=record_ids).exclude(order=but)
    rows = lines.exclude(order__status=OrderStatus.CANCELLED).order_by()
    return dict(rows.values_list("stockrecord_id").annotate(units=Sum("quantity")))
