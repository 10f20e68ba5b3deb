"""What comes back in a played day: parcels that nobody wanted, goods that were not right, and what
was bought over the counter yesterday."""

import random
from collections import Counter
from decimal import Decimal
from typing import Any
from uuid import uuid4

from oscar.core.loading import get_model

from delivery import returns
from delivery.models import Parcel, Round
from inventory.models import Station
from shop.claims import answering, claiming
from shop.counter_sales import taking_back
from shop.errors import ClaimAnswered, ClaimRefused, TakeBackRefused
from shop.models import Claim, CounterSale, OrderStatus

OrderLine = get_model("order", "Line")

#: Share of parcels that are given up after the second try, and of their lines with spoiled goods.
GIVEN_UP, SPOILED = 0.6, 0.2
#: Shares of delivered lines, and of claims.
CLAIMS = 0.02
IN_FULL, IN_PART = 0.6, 0.2
TWO_ANSWER = 0.2
#: Share of counter sales.
BROUGHT_BACK = 0.12


class Complaints:
    """`counts` is added to."""

    def __init__(
        self, station: Station, staff: list[Any], rng: random.Random, counts: Counter[str]
    ) -> None:
        self.station = station
        self.clerk, self.other = staff[:2]
        self.rng = rng
        self.counts = counts

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def give_up_parcels(self, round: Round) -> None:
        for parcel in returns.given_up(round):
            if self.chance(GIVEN_UP):
                self._take_back(parcel)

    def _take_back(self, parcel: Parcel) -> None:
        spoiled = {
            line.pk: self.rng.randint(1, line.quantity)
            for line in returns.contents(parcel)
            if self.chance(SPOILED)
        }
        for _tap in range(2):
            returns.take_back(parcel, by=self.clerk, spoiled=spoiled)
        self.counts["repeats"] += 1
        self.counts["parcels_returned"] += 1
        self.counts["units_spoiled_on_the_way"] += sum(spoiled.values())

    def claim(self, round: Round) -> None:
        """Households say what was wrong, and staff answer."""
        lines = OrderLine.objects.filter(
            order__placement__round=round, order__status=OrderStatus.DELIVERED
        )
        lines = lines.select_related("order__placement", "order__user", "stockrecord__item")
        for line in lines.order_by("pk"):
            if self.chance(CLAIMS):
                self._claim(line)

    def _claim(self, line) -> None:
        said: dict[str, Any] = {
            "kind": self.rng.choice(list(Claim.Kind)),
            "units": 1,
            "by": line.order.user,
            "nonce": uuid4(),
        }
        try:
            claim = claiming.make(line, **said)
        except ClaimRefused:
            self.counts["claims_refused"] += 1
            return
        again = claiming.make(line, **said)
        self.counts["repeats"] += 1
        self.counts["repeats_that_changed_something"] += again.pk != claim.pk
        self.counts["claims"] += 1
        self._answer(claim)

    def _answer(self, claim: Claim) -> None:
        fair, what = claiming.fair(claim), self.rng.random()
        amount = fair if what < IN_FULL else (fair / 2).quantize(Decimal("0.01"))
        if what < IN_FULL + IN_PART and amount > 0:
            answering.accept(claim, amount, by=self.clerk)
            self.counts["claims_accepted"] += 1
        else:
            answering.decline(claim, "照片看不出来", by=self.clerk)
        if self.chance(TWO_ANSWER):
            try:
                answering.decline(claim, "已经换过了", by=self.other)
            except ClaimAnswered:
                self.counts["claims_answered_already"] += 1

    def bring_back(self) -> None:
        """Some of what the counter sold, some of it spoiled, for cash or into the account."""
        sales = CounterSale.objects.filter(station=self.station).select_related(
            "order", "household__grid"
        )
        for sale in sales.order_by("-pk")[:20]:
            if self.chance(BROUGHT_BACK):
                self._bring_back(sale)

    def _bring_back(self, sale: CounterSale) -> None:
        left = {line_id: units for line_id, units in taking_back.left(sale).items() if units}
        if not left:
            return
        line_id = self.rng.choice(sorted(left))
        said: dict[str, Any] = {
            "by": self.clerk,
            "cash": self.chance(0.5),
            "nonce": uuid4(),
            "spoiled": {line_id: 1} if self.chance(SPOILED) else {},
        }
        try:
            for _tap in range(2):
                taking_back.take_back(sale, {line_id: 1}, **said)
        except TakeBackRefused:
            self.counts["sales_refused_back"] += 1
            return
        self.counts["repeats"] += 1
        self.counts["sales_brought_back"] += 1
        self.counts["units_spoiled_on_the_way"] += sum(said["spoiled"].values())
