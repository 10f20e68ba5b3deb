"""The shelves of a played day: what came is shared out, some of it breaks, expires or is given
away, and shelves are counted, by one person for another to agree with."""

import random
from collections import Counter
from typing import Any

from django.db.models import F, Sum
from django.utils import timezone
from oscar.core.loading import get_model

from delivery.models import ParcelLine, Round
from delivery.share_outs import sharing
from inventory.counts import counting, losses
from inventory.errors import CountRefused, HeldForOrders
from inventory.models import Item, Lot, Move, Station

StockRecord = get_model("partner", "StockRecord")

#: Counted at the end of a day, those first on which something was not found.
SHELVES = 3
BLIND = 0.3
#: Share of goods that a count finds one unit more or less of.
MISCOUNTED = 0.03
BROKEN = 2


class Stockroom:
    """`missing`: units the books have that nobody found, by item; `counts` is added to."""

    def __init__(
        self,
        station: Station,
        staff: list[Any],
        rng: random.Random,
        counts: Counter[str],
    ) -> None:
        """`staff`: at least two people."""
        self.station = station
        self.clerk, self.other = staff[:2]
        self.rng = rng
        self.counts = counts
        self.missing: Counter[int] = Counter()

    # --- sharing out --------------------------------------------------------------------------
    def share_out(self, round: Round) -> None:
        """What was pre-ordered, and one good of which there is less than the books say."""
        shared = sharing.preview(round)
        done = sharing.apply(round, by=self.clerk, seen=sharing.digest(shared))
        again = sharing.apply(round, by=self.clerk)
        self.counts["repeats"] += 1
        self.counts["repeats_that_changed_something"] += len(again)
        for share_out in done:
            self._shared(share_out)
        self._break_some(round)

    def _shared(self, share_out) -> None:
        self.counts["goods_shared"] += 1
        self.counts["units_wanted"] += share_out.asked
        self.counts["units_shared"] += share_out.given

    def _break_some(self, round: Round) -> None:
        """Two of the fullest promised good fall off the trolley: orders hold them, so some must
        hear of it before the books can say so."""
        held = (
            ParcelLine.objects.filter(parcel__round=round, packed_at=None, awaiting=False)
            .order_by()
            .values_list("item")
            .annotate(units=Sum("quantity"))
        )
        promised = {item_id: units for item_id, units in held if units > BROKEN}
        full = Item.objects.filter(
            pk__in=promised,
            selling=Item.Selling.STOCK,
            record__num_in_stock=F("record__num_allocated"),
        )
        item = full.order_by("pk").first()
        if item is None or item.record.num_allocated != promised[item.pk]:
            return
        limits = {item.pk: promised[item.pk] - BROKEN}
        shared = sharing.preview(round, limits, item_ids=[item.pk])
        for share_out in sharing.apply(
            round, by=self.clerk, item_ids=[item.pk], limits=limits, seen=sharing.digest(shared)
        ):
            self._shared(share_out)
        self._lose(item, BROKEN, Move.Kind.WASTE, Move.Reason.BROKEN)

    # --- losing and giving away ---------------------------------------------------------------
    def throw_away_what_expired(self) -> None:
        past = Lot.objects.filter(
            item__record__partner=self.station.partner_id,
            units__gt=0,
            expires_on__lt=timezone.localdate(),
        )
        for lot in past.order_by("pk"):
            self._record(lot, lot.units, Move.Kind.WASTE, Move.Reason.EXPIRED)

    def lose_and_give_away(self) -> None:
        """What nobody has been promised: some spoils, some goes to people in need."""
        free = Item.objects.filter(
            record__partner=self.station.partner_id,
            record__num_in_stock__gt=F("record__num_allocated") + 4,
        )
        items = list(free.order_by("pk"))
        chosen = self.rng.sample(items, min(3, len(items)))
        for item, (kind, reason) in zip(
            chosen,
            (
                (Move.Kind.WASTE, Move.Reason.SPOILED),
                (Move.Kind.WASTE, Move.Reason.BROKEN),
                (Move.Kind.DONATE, Move.Reason.RELIEF),
            ),
            strict=False,
        ):
            self._lose(item, self.rng.choice((1, 2, 3)), kind, reason)

    def _lose(self, item: Item, units: int, kind: Move.Kind, reason: Move.Reason) -> None:
        """Out of the lots that are picked first."""
        lots = item.lots.filter(units__gt=0).order_by(F("expires_on").asc(nulls_last=True), "pk")
        for lot in lots:
            taken = min(units, lot.units)
            self._record(lot, taken, kind, reason)
            units -= taken
            if not units:
                return

    def _record(self, lot: Lot, units: int, kind: Move.Kind, reason: Move.Reason) -> None:
        said: dict[str, Any] = {"kind": kind, "reason": reason, "by": self.clerk, "seen": lot.units}
        try:
            move = losses.record(self.station, lot.pk, units, **said)
        except HeldForOrders:
            self.counts["losses_refused"] += 1
            return
        again = losses.record(self.station, lot.pk, units, **said)
        self.counts["repeats"] += 1
        self.counts["repeats_that_changed_something"] += again.pk != move.pk
        self.counts["units_donated" if kind == Move.Kind.DONATE else "units_wasted"] += units

    # --- counting -----------------------------------------------------------------------------
    def count_shelves(self) -> None:
        items = Item.objects.stocked().filter(record__partner=self.station.partner_id)
        shelves = sorted(set(items.values_list("shelf", flat=True)))
        suspect = set(items.filter(pk__in=+self.missing).values_list("shelf", flat=True))
        others = [shelf for shelf in shelves if shelf not in suspect]
        more = self.rng.sample(others, min(len(others), max(0, SHELVES - len(suspect))))
        for shelf in [*sorted(suspect), *more][: max(SHELVES, len(suspect))]:
            self._count(shelf)

    def _count(self, shelf: str) -> None:
        count = counting.begin(self.station, shelf, by=self.clerk, blind=self.rng.random() < BLIND)
        found = {line.item_id: self._found(line.item) for line in counting.lines(count)}
        counting.enter_all(count, found, by=self.clerk)
        counting.enter_all(count, found, by=self.clerk)
        self.counts["repeats"] += 1
        counting.finish(count, by=self.clerk)
        try:
            counting.approve(count, by=self.clerk)
        except CountRefused:
            self.counts["own_counts_refused"] += 1
        differences = counting.differences(count)
        try:
            counting.approve(count, by=self.other)
        except HeldForOrders:
            counting.cancel(count, by=self.other)
            self.counts["counts_refused"] += 1
            return
        self.counts["shelves_counted"] += 1
        self.counts["units_not_found"] -= sum(d.units for d in differences if d.units < 0)
        self.counts["units_found"] += sum(d.units for d in differences if d.units > 0)
        for item_id in found:
            self.missing.pop(item_id, None)

    def _found(self, item: Item) -> int:
        record = StockRecord.objects.get(pk=item.record_id)
        there = max(0, record.num_in_stock - self.missing[item.pk])
        if there and self.rng.random() < MISCOUNTED:
            there += self.rng.choice((-1, 1))
        return there
