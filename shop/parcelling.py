"""Orders become parcels: all of a round when it closes, one more when it is paid after that."""

from collections import defaultdict
from collections.abc import Sequence

from oscar.core.loading import get_model

from delivery import parcels
from delivery.models import Round, Wish
from shop.models import Placement
from shop.money import ZERO, ledger

OrderLine = get_model("order", "Line")


def make(round: Round, placements: Sequence[Placement]) -> None:
    """A parcel for each of these orders of a closed round. What is due is what is owed by now. An
    order that has its parcel is passed over; the number of queries does not grow with the orders,
    save for the chunks a database can take at once."""
    goods = defaultdict(list)
    order_ids = [placement.order_id for placement in placements]
    # Of what was taken out of an order before the cut-off nothing is left.
    lines = OrderLine.objects.filter(order__in=order_ids, quantity__gt=0)
    for order_id, item_id, quantity, wish, preorder in lines.order_by("pk").values_list(
        "order_id", "stockrecord__item__pk", "quantity", "terms__wish", "terms__preorder"
    ):
        goods[order_id].append(
            parcels.LineSpec(item_id, quantity, wish or Wish.LESS, bool(preorder))
        )
    # Who pays in this moment waits for the parcel, and changes what is due for it.
    ledger.lock(order_ids)
    owed = ledger.owed(order_ids)
    parcels.make(
        round,
        [
            parcels.ParcelSpec(
                household_id=placement.household_id,
                order_id=placement.order_id,
                due=owed.get(placement.order_id, ZERO),
                in_person=placement.in_person,
                note=placement.note,
                lines=goods[placement.order_id],
            )
            for placement in placements
        ],
    )
