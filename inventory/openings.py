"""期初: what a goods list says was there when the station began to keep books."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.apps import apps
from django.db import transaction
from django.db.models import OuterRef, Subquery, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory import pricing
from inventory.errors import StockRefused
from inventory.ledger import CHUNK, Change, apply
from inventory.models import Item, Lot, Move

BY_RECEIPT = gettext_lazy("这样货已经按进货单记库存和进价，清单不能再改。")


@dataclass(frozen=True)
class Opening:
    """What a goods list says of one good: units in the building, yuan per unit."""

    record_id: int
    in_stock: int
    unit_cost: Decimal


@dataclass(frozen=True)
class Bought:
    """A good whose stock and cost come from receipts. `stated`: what a list said last, yuan;
    `free`: units nobody has been promised."""

    price: Decimal | None
    stated: Decimal | None
    preorder: bool
    free: int

    def is_new_ceiling(self, yuan: Decimal) -> bool:
        """Whether a list that says so much sets the ceiling of the next pre-orders. What it says
        again, or what is the price anyway, is nothing new. Raises `StockRefused` for what it may
        not say: while units are there, their price is what they cost."""
        if yuan == self.price:
            return False
        if self.preorder and self.free <= 0:
            return True
        if yuan == self.stated:
            return False
        if self.preorder:
            raise StockRefused(_("还有 %d 份没卖掉，卖完再改封顶价。") % self.free)
        raise StockRefused(BY_RECEIPT)


def goods_bought(record_ids: Collection[int]) -> dict[int, Bought]:
    """Those of the records that came on a receipt, in two queries."""
    kinds = pricing.bought(record_ids)
    says_cost = Move.objects.filter(
        item=OuterRef("pk"), kind__in=(Move.Kind.OPENING, Move.Kind.COST)
    )
    rows = (
        Item.objects.filter(record_id__in=kinds)
        .annotate(stated=Subquery(says_cost.order_by("-pk").values("unit_cost")[:1]))
        .values_list(
            "record_id", "record__price", "stated", "record__num_in_stock", "record__num_allocated"
        )
    )
    return {
        pk: Bought(price, stated, kinds[pk], (there or 0) - (held or 0))
        for pk, price, stated, there, held in rows
    }


def restate(openings: Sequence[Opening], *, by=None) -> int:
    """Make opening stock and cost what a goods list says, and return how many goods changed.

    The list is compared with what earlier lists said (the sum of the opening moves), not with
    today's counters: the same list again changes nothing, and what was sold in between stays
    sold. The price becomes the cost (DESIGN §2.3). Once a good was bought, its stock and cost come
    from receipts, and a list may still say the next ceiling of a pre-ordered one (`Bought`).

    Raises `StockRefused` if a smaller opening stock would leave less than orders hold, or for what
    a list may not say of a good that was bought.
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
        bought = goods_bought(ids)
        counts, costs, ceilings = [], [], []
        for opening in openings:
            pk = opening.record_id
            if pk in bought:
                if deltas[pk]:
                    raise StockRefused(BY_RECEIPT)
                if bought[pk].is_new_ceiling(opening.unit_cost):
                    ceilings.append(opening)
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
