"""The packing table of a played day: some batches are ticked off line by line, loose goods are
weighed, now and then something is not to be found, and now and then a tick was a mistake."""

import random
from collections import Counter
from typing import Any

from delivery import batches
from delivery.models import Batch, Parcel, ParcelLine, Wish
from delivery.picks import packing

#: Share of batches that are ticked off line by line; of the others only what must be weighed.
BY_HAND = 0.15
#: Shares of lines.
NOT_FOUND = 0.02
MIS_TICKS = 0.01
DOUBLE_TAPS = 0.03
#: What a loose unit weighs, of what it should.
WEIGHS = (0.93, 1.06)


class PackingTable:
    """Packs batches; `counts` is added to, and to `missing`, by item, what was not to be found
    though the books have it."""

    def __init__(
        self, clerk: Any, rng: random.Random, counts: Counter[str], missing: Counter[int]
    ) -> None:
        self.clerk = clerk
        self.rng = rng
        self.counts = counts
        self.missing = missing

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def pack(self, batch: Batch) -> None:
        by_hand = self.chance(BY_HAND)
        lines = ParcelLine.objects.filter(
            parcel__loads__stop__batch=batch,
            parcel__loads__active=True,
            parcel__status=Parcel.Status.WAITING,
            packed_at=None,
            quantity__gt=0,
        )
        for line in lines.select_related("item").order_by("parcel_id", "pk"):
            if by_hand or line.item.by_weight:
                self._tick(line)
        batch.refresh_from_db()
        if batch.status == Batch.Status.PLANNED:
            batches.pack(batch, by=self.clerk)

    def _all_of(self, line: ParcelLine) -> dict[str, Any]:
        weighed_g = line.item.weight_g * line.quantity if line.item.by_weight else None
        return {"by": self.clerk, "units": line.quantity, "weighed_g": weighed_g}

    def _tick(self, line: ParcelLine) -> None:
        units = line.quantity - self.chance(NOT_FOUND)
        if units < line.quantity and line.wish == Wish.NONE:
            units = 0  # all of it, or nothing
        said: dict[str, Any] = {"by": self.clerk, "units": units, "weighed_g": None}
        if line.item.by_weight and units:
            said["weighed_g"] = round(line.item.weight_g * units * self.rng.uniform(*WEIGHS))
            self.counts["lines_weighed"] += 1
        if self.chance(MIS_TICKS):
            packing.tick(line, **self._all_of(line))
            packing.untick(line, by=self.clerk)
            self.counts["ticks_undone"] += 1
        packing.tick(line, **said)
        self.counts["lines_ticked"] += 1
        if self.chance(DOUBLE_TAPS):
            packing.tick(line, **said)
            self.counts["repeats"] += 1
        if units < line.quantity:
            self.counts["lines_not_found"] += 1
            self.missing[line.item_id] += line.quantity - units
