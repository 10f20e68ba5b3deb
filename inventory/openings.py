"""期初: what a goods list says was there when the station began to keep books."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.apps import apps
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory import pricing
from inventory.errors import StockRefused
from inventory.ledger import CHUNK, Change, apply
from inventory.models import Item, Lot, Move


@dataclass(frozen=True)
class Opening:
    """What a goods list says of one good: units in the building, yuan per unit."""

    record_id: int
    in_stock: int
    unit_cost: Decimal


def restate(openings: Sequence[Opening], *, by=None) -> int:
    """Make opening stock and cost what a goods list says, and return how many goods changed.

    The list is compared with what earlier lists said (the sum of the opening moves), not with
    today's counters: the same list again changes nothing, and what was sold in between stays
    sold. The price becomes the cost (DESIGN §2.3). Once a good was bought, its stock and cost come
    from receipts; a list may then still say the ceiling of a pre-ordered good.

    Raises `StockRefused` if a smaller opening stock would leave less than orders hold, or the
    good was bought.
    """
    StockRecord = apps.get_model("partner", "StockRecord")
    with transaction.atomic(savepoint=False):
        ids = [opening.record_id for opening in openings]
        # Locked once, in order: some goods get a new stock, others a new cost, in two passes.
        held = StockRecord.objects.select_for_update(no_key=True).filter(pk__in=ids)
        prices = dict(held.order_by("pk").values_list("pk", "price"))
        stated: dict[int, int] = dict(
            Move.objects.filter(item__record_id__in=ids, kind=Move.Kind.OPENING)
            .values_list("item__record_id")
            .annotate(units=Sum("in_stock_delta"))
        )
        deltas = {o.record_id: o.in_stock - stated.get(o.record_id, 0) for o in openings}
        bought = pricing.bought(ids)
        counts, costs, ceilings = [], [], []
        for opening in openings:
            pk = opening.record_id
            if pk in bought:
                ceilings += [opening] if prices[pk] != opening.unit_cost else []
                if deltas[pk] or (prices[pk] != opening.unit_cost and not bought[pk]):
                    raise StockRefused(_("这样货已经按进货单记库存和进价，清单不能再改。"))
            elif deltas[pk] or pk not in stated:
                counts.append(opening)
            elif prices[pk] != opening.unit_cost:
                costs.append(opening)
        lots = _opening_lots([*counts, *costs])
        apply(
            Move.Kind.OPENING,
            [
                Change(
                    opening.record_id,
                    in_stock=deltas[opening.record_id],
                    unit_cost=opening.unit_cost,
                    value=deltas[opening.record_id] * opening.unit_cost,
                    lot_id=lots[opening.record_id] if deltas[opening.record_id] > 0 else None,
                )
                for opening in counts
            ],
            by,
        )
        apply(
            Move.Kind.COST,
            [Change(o.record_id, unit_cost=o.unit_cost) for o in (*costs, *ceilings)],
            by,
        )
        changed = [*counts, *costs, *ceilings]
        StockRecord.objects.bulk_update(
            (
                StockRecord(pk=opening.record_id, price=opening.unit_cost)
                for opening in changed
                if prices[opening.record_id] != opening.unit_cost
            ),
            ["price"],
            batch_size=CHUNK,
        )
        pricing.as_stated(
            {o.record_id: (deltas[o.record_id], o.unit_cost) for o in (*counts, *costs)},
            prices,
            by=by,
        )
        return len(changed)


def _opening_lots(openings: Sequence[Opening]) -> dict[int, int]:
    """The lot of what was there when the books began, by record, at the cost last stated."""
    costs = {opening.record_id: opening.unit_cost for opening in openings}
    items = dict(Item.objects.filter(record_id__in=costs).values_list("record_id", "pk"))
    if len(items) < len(costs):
        raise StockRefused(_("有的货没有登记成货品，不能动库存。"))
    found = Lot.objects.filter(item__record_id__in=costs, receipt_line=None)
    lots = {lot.item.record_id: lot for lot in found.select_related("item")}
    for record_id, lot in lots.items():
        lot.unit_cost = costs[record_id]
    Lot.objects.bulk_update(lots.values(), ["unit_cost"], batch_size=CHUNK)
    now = timezone.now()
    made = [record_id for record_id in costs if record_id not in lots]
    new = Lot.objects.bulk_create(
        Lot(item_id=items[record_id], unit_cost=costs[record_id], at=now) for record_id in made
    )
    lots |= dict(zip(made, new, strict=True))
    return {record_id: lot.pk for record_id, lot in lots.items()}
