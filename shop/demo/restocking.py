"""The buying of a played day: what runs out is ordered, and what comes is hardly ever just that.

Suppliers send too little, too much, something similar or broken ones, dearer or cheaper than they
said, in two vans, and the same delivery note twice.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from inventory.errors import DeliveryKnown, ReceiptRefused
from inventory.models import Item, Offer, Purchase, PurchaseLine, Receipt, Station, Supplier
from inventory.purchases import proposals, purchasing
from inventory.purchases.purchasing import Wanted
from inventory.receipts import receiving
from shop import demand
from shop.demo import buying

FEN = Decimal("0.01")
#: What staff take today's sales to say of tomorrow's.
GUESS = (0.7, 1.3)
#: Shares of purchases, or of deliveries.
SECOND_THOUGHTS = 0.2
SPLIT = 0.15
MISTAKES = 0.1
TWO_VANS = 0.15
TWICE = 0.2
GIVES_UP = 0.6
#: Shares of lines.
NOTHING, SHORT, OVER, SIMILAR, BROKEN = 0.04, 0.14, 0.03, 0.03, 0.05
#: What an invoice says, of what the supplier said before.
DEARER = (0.93, 1.09)


class Restocking:
    """What staff buy and take in; `counts` is added to."""

    def __init__(
        self, station: Station, clerk: Any, rng: random.Random, counts: Counter[str]
    ) -> None:
        self.station = station
        self.clerk = clerk
        self.rng = rng
        self.counts = counts

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    # --- buying -------------------------------------------------------------------------------
    def buy(self, sold: Mapping[int, int]) -> None:
        """What the proposal says, and what sold today (units by item) as stock for tomorrow."""
        waiting = demand.waiting(self.station)
        wanted: dict[Supplier, dict[int, Wanted]] = defaultdict(dict)
        for proposal in purchasing.propose(self.station, waiting):
            for line in proposal.lines:
                if proposal.supplier and line.packs_beyond_drafts:
                    self.counts["proposed_lines"] += 1
                    wanted[proposal.supplier][line.item.pk] = Wanted(
                        line.item.pk, line.packs_beyond_drafts, line.pack_units, line.pack_price
                    )
        self._add_what_sold(wanted, waiting, sold)
        for supplier in sorted(wanted, key=lambda supplier: supplier.pk):
            self._order(supplier, list(wanted[supplier].values()))

    def _add_what_sold(
        self,
        wanted: dict[Supplier, dict[int, Wanted]],
        waiting: Mapping[int, int],
        sold: Mapping[int, int],
    ) -> None:
        offers = {
            offer.item_id: offer
            for offer in Offer.objects.filter(
                supplier__station=self.station, supplier__active=True, preferred=True
            ).select_related("supplier")
        }
        for line in proposals.needs(self.station, waiting):
            offer = offers.get(line.item.pk)
            guess = round(sold.get(line.item.pk, 0) * self.rng.uniform(*GUESS))
            if offer is None or line.item.selling == Item.Selling.PREORDER or not guess:
                continue
            units = guess + line.waiting - line.free - line.on_order - line.drafted
            packs = -(-units // offer.pack_units)
            known = wanted.get(offer.supplier, {}).get(line.item.pk)
            if packs > (known.packs if known else 0):
                wanted[offer.supplier][line.item.pk] = Wanted(
                    line.item.pk, packs, offer.pack_units, offer.pack_price
                )

    def _order(self, supplier: Supplier, lines: list[Wanted]) -> None:
        if self.chance(MISTAKES):
            mistake = purchasing.draft(self.station, supplier, lines[:1], by=self.clerk)
            purchasing.cancel(mistake, by=self.clerk)
            self.counts["purchases_cancelled"] += 1
        nonce = uuid4()
        purchase = purchasing.draft(self.station, supplier, lines, by=self.clerk, nonce=nonce)
        again = purchasing.draft(self.station, supplier, lines, by=self.clerk, nonce=nonce)
        self.counts["repeats"] += 1
        self.counts["repeats_that_changed_something"] += again.pk != purchase.pk
        if self.chance(SECOND_THOUGHTS):
            line = self.rng.choice(list(purchase.lines.order_by("pk")))
            purchasing.change(purchase, {line.pk: line.packs + 1}, by=self.clerk)
        if len(lines) > 1 and self.chance(SPLIT):
            first = purchase.lines.order_by("pk")[0]
            rest = purchasing.split(purchase, {first.pk: first.packs}, by=self.clerk)
            self._place(rest)
            self.counts["purchases_split"] += 1
        self._place(purchase)

    def _place(self, purchase: Purchase) -> None:
        purchase.refresh_from_db()
        if purchase.status == Purchase.Status.DRAFT:
            purchasing.place(purchase, by=self.clerk)
        self.counts["purchases"] += 1

    # --- taking in ----------------------------------------------------------------------------
    def receive(self) -> None:
        """Everything that was ordered comes now, or most of it does."""
        placed = Purchase.objects.filter(station=self.station, status=Purchase.Status.PLACED)
        for purchase in placed.select_related("supplier").order_by("pk"):
            vans = 2 if self.chance(TWO_VANS) else 1
            for van in range(1, vans + 1):
                if purchase.status == Purchase.Status.PLACED:
                    self._unload(purchase, share=0.5 if van < vans else 1)
                purchase.refresh_from_db()
            if purchase.status == Purchase.Status.PLACED and self.chance(GIVES_UP):
                purchasing.finish(purchase, by=self.clerk)
                self.counts["purchases_given_up"] += 1

    def _unload(self, purchase: Purchase, share: float) -> None:
        left = [(line, units) for line, units in purchasing.outstanding(purchase) if units > 0]
        came = [found for line, units in left if (found := self._came(line, units, share))]
        if not came:
            return
        said: dict[str, Any] = {
            "by": self.clerk,
            "purchase": purchase,
            "delivery_note": f"{purchase}/{purchase.receipts.count() + 1}",
            "transport": Decimal(self.rng.randrange(500, 3000)).scaleb(-2),
            "packing": Decimal(self.rng.choice((0, 0, 250, 480))).scaleb(-2),
            "spread": self.rng.choice(list(Receipt.Spread)),
        }
        nonce = uuid4()
        receipt = receiving.receive(self.station, purchase.supplier, came, nonce=nonce, **said)
        self.counts["receipts"] += 1
        if self.chance(TWICE):
            again = receiving.receive(self.station, purchase.supplier, came, nonce=nonce, **said)
            self.counts["repeats"] += 1
            self.counts["repeats_that_changed_something"] += again.pk != receipt.pk
            try:
                receiving.receive(self.station, purchase.supplier, came, nonce=uuid4(), **said)
            except (DeliveryKnown, ReceiptRefused):
                self.counts["deliveries_refused"] += 1

    def _came(self, line: PurchaseLine, units: int, share: float) -> receiving.Came | None:
        """What of a line is in the van; None: it was left behind."""
        units = max(1, round(units * share))
        kind = self.rng.random()
        item = line.item
        if kind < NOTHING:
            self.counts["lines_missing"] += 1
            return None
        if kind < NOTHING + SHORT:
            units = max(1, int(units * self.rng.uniform(0.5, 0.95)))
            self.counts["lines_short"] += 1
        elif kind < NOTHING + SHORT + OVER:
            units += line.pack_units
            self.counts["lines_over"] += 1
        substitute = self.chance(SIMILAR) and item.similar_id is not None
        if substitute:
            item = Item.objects.select_related("record").get(pk=item.similar_id)
            self.counts["lines_similar"] += 1
        damaged = min(units - 1, self.rng.choice((1, 2))) if self.chance(BROKEN) else 0
        self.counts["units_sent_back"] += damaged
        cost = self._invoiced(line, units - damaged)
        return receiving.Came(
            item.pk,
            units - damaged,
            cost,
            damaged=damaged,
            expires_on=self._keeps_until(item),
            purchase_line_id=line.pk,
            substitute=substitute,
        )

    def _invoiced(self, line: PurchaseLine, units: int) -> Decimal:
        each = line.pack_price / line.pack_units if line.pack_price else line.item.record.price
        factor = Decimal(f"{self.rng.uniform(*DEARER):.3f}")
        self.counts["lines_dearer" if factor > 1 else "lines_cheaper"] += 1
        return (each * units * factor).quantize(FEN, ROUND_HALF_UP)

    def _keeps_until(self, item: Item) -> date | None:
        keeps = buying.terms(item.record.partner_sku).keeps
        return timezone.localdate() + timedelta(days=keeps) if keeps else None
