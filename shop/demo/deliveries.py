"""The second half of a played day: parcels become batches and go to the doors, twice if need be."""

import random
from collections import Counter
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db.models import Sum
from tqdm import tqdm

from delivery import batches, handoffs, volunteers
from delivery.errors import HandoffConflict
from delivery.models import Batch, Handoff, Parcel, Round, Stop, Volunteer
from shop.demo.packing import PackingTable

#: Shares of stops, or of batches.
IN_PERSON = 0.1
MONEY_LEFT = 0.6
SHORT_OF_CASH, TRANSFERS, BOTH = 0.04, 0.3, 0.05
REPEATS = 0.04
CONFLICTS = 0.005
MIS_TAPS = 0.01
#: Share of days.
WRONG_WAY = 0.3
RECALLS = 0.03


class Deliveries:
    """What staff and couriers do with a closed round; `counts` is added to."""

    def __init__(
        self,
        round: Round,
        clerk: Any,
        rng: random.Random,
        counts: Counter[str],
        hidden: bool | None,
        table: PackingTable,
    ) -> None:
        self.round = round
        self.clerk = clerk
        self.rng = rng
        self.counts = counts
        self.hidden = hidden
        self.table = table
        self.carried: Counter[int] = Counter()

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def plan(self) -> list[Batch]:
        plan = batches.plan(self.round, by=self.clerk)
        again = batches.plan(self.round, by=self.clerk)
        self.counts["repeats"] += 1
        self.counts["repeats_that_changed_something"] += len(again.batches)
        self.counts["too_heavy"] = len(plan.too_heavy)
        self.counts["batches"] += len(plan.batches)
        return plan.batches

    def deliver(self, planned: list[Batch], fails: float, words: str) -> None:
        stops = sum(batch.stop_count for batch in planned)
        with tqdm(total=stops, desc=words, disable=self.hidden) as bar:
            for batch in planned:
                if courier := self._send(batch):
                    self._walk(batch, courier, fails)
                bar.update(batch.stop_count)

    def _send(self, batch: Batch) -> Volunteer | None:
        """Who set out with it: of those who can carry it, one who has carried least today."""
        able = sorted(
            volunteers.able(batch).select_related("user"),
            key=lambda volunteer: (self.carried[volunteer.pk], volunteer.pk),
        )
        if not able:
            self.counts["nobody_to_carry"] += 1
            return None
        courier = able[0]
        if len(able) > 1 and self.chance(RECALLS):
            batches.give(batch, courier, by=self.clerk)
            batches.take_back(batch, by=self.clerk)
            self.counts["taken_back"] += 1
            courier = able[1]
        self.carried[courier.pk] += 1
        batches.give(batch, courier, by=self.clerk)
        self.table.pack(batch)
        batches.start(batch, by=courier.user)
        return courier

    def _walk(self, batch: Batch, courier: Volunteer, fails: float) -> None:
        stops = list(batch.stops.annotate(due=Sum("parcels__due")).order_by("position"))
        wanted_in_person = set(
            Parcel.objects.filter(stops__in=stops, in_person=True).values_list("stops", flat=True)
        )
        # The mis-tap is put right while the courier is still out, so before the last stop.
        mis_tap: tuple[Stop, Handoff] | None = None
        for stop in stops:
            if mis_tap and stop is stops[-1]:
                self._correct(*mis_tap, courier)
            said = self._what_happens(stop, stop.pk in wanted_in_person, fails)
            nonce = uuid4()
            handoff = handoffs.record(stop, nonce=nonce, by=courier.user, **said)
            if self.chance(REPEATS):
                again = handoffs.record(stop, nonce=nonce, by=courier.user, **said)
                self.counts["repeats"] += 1
                self.counts["repeats_that_changed_something"] += again.pk != handoff.pk
            if self.chance(CONFLICTS):
                self._contradict(stop, nonce, courier)
            if self.chance(MIS_TAPS) and stop is not stops[-1]:
                mis_tap = (stop, handoff)

    def _what_happens(self, stop, in_person: bool, fails: float) -> dict[str, Any]:
        if self.chance(fails):
            reason = self.rng.choice(list(Handoff.Reason.values))
            return {"outcome": Handoff.Outcome.FAILED, "reason": reason}
        if in_person or self.chance(IN_PERSON):
            return {"outcome": Handoff.Outcome.HANDED, **self._money(stop.due)}
        # Money in an envelope on the door handle, or later.
        due = stop.due if self.chance(MONEY_LEFT) else Decimal(0)
        return {"outcome": Handoff.Outcome.LEFT, **self._money(due)}

    def _money(self, due: Decimal) -> dict[str, Decimal]:
        """In cash, or sent from a phone; a few have part of it only, or pay in both ways."""
        if self.chance(SHORT_OF_CASH):
            due = due // 2
        if self.chance(TRANSFERS):
            return {"transfer": due}
        if self.chance(BOTH):
            return {"cash": due // 2, "transfer": due - due // 2}
        return {"cash": due}

    def _contradict(self, stop: Stop, nonce, courier: Volunteer) -> None:
        try:
            handoffs.record(
                stop,
                nonce=nonce,
                by=courier.user,
                outcome=Handoff.Outcome.FAILED,
                reason=Handoff.Reason.OTHER,
                note="…",
            )
        except HandoffConflict:
            self.counts["conflicts"] += 1

    def _correct(self, stop: Stop, handoff: Handoff, courier: Volunteer) -> None:
        failed = handoff.outcome == Handoff.Outcome.FAILED
        handoffs.correct(
            handoff,
            nonce=uuid4(),
            by=courier.user,
            outcome=Handoff.Outcome.LEFT if failed else Handoff.Outcome.FAILED,
            reason="" if failed else Handoff.Reason.NOBODY,
        )
        self.counts["corrections"] += 1

    def put_right(self) -> None:
        """The cash is handed in, and then it turns out that it was a transfer."""
        taken = Handoff.objects.filter(
            stop__batch__round=self.round, corrected_by=None, cash__gt=0, transfer=0
        )
        if not self.chance(WRONG_WAY) or not (known := list(taken.order_by("pk"))):
            return
        handoff = self.rng.choice(known)
        handoffs.correct(
            handoff,
            nonce=uuid4(),
            by=self.clerk,
            outcome=handoff.outcome,
            transfer=handoff.cash,
        )
        self.counts["corrections"] += 1
        self.counts["corrections_of_money"] += 1
