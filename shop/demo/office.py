"""The money of a played day after the last door: debts are paid at the counter or to the leader,
couriers hand in what they carry, the till is counted and brought to the bank. Two people count, and
now and then they find something else than the books say."""

import random
from collections import Counter
from decimal import Decimal
from typing import Any
from uuid import uuid4

from delivery.models import GridRole, Household, Round
from inventory.models import Station
from shop.errors import AccountShort, CashRefused, MoneyChanged
from shop.models import MoneyMove, Placement, User
from shop.money import ZERO, accounts, orders, owing
from shop.money.cash import cash, collecting

#: Shares of debts; the others wait another day.
AT_COUNTER, BY_TRANSFER, TO_LEADER, FROM_ACCOUNT = 0.35, 0.15, 0.15, 0.1
IN_PARTS = 0.1
UNDONE = 0.05
#: Shares of people with cash, or of tills.
KEEPS_IT, MISCOUNTED, TILL_OFF = 0.05, 0.12, 0.15
IMPATIENT = 0.1
DIFFERENCES = tuple(Decimal(yuan) for yuan in ("-0.50", "-1.00", "-5.00", "0.50", "1.00"))
#: What stays in the till when the rest goes to the bank, yuan.
CHANGE, NOTES = Decimal(300), Decimal(100)

_Account = MoneyMove.Account


class Office:
    """What is done about money; `counts` is added to."""

    def __init__(
        self, station: Station, staff: list[Any], rng: random.Random, counts: Counter[str]
    ) -> None:
        """`staff`: at least two people."""
        self.station = station
        self.clerk, self.other = staff[:2]
        self.rng = rng
        self.counts = counts
        self.leaders: dict[int, User] = {}
        roles = GridRole.objects.filter(grid__station=station, building="")
        for role in roles.select_related("user").order_by("pk"):
            self.leaders.setdefault(role.grid_id, role.user)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    # --- debts --------------------------------------------------------------------------------
    def collect_debts(self) -> None:
        """Of what has arrived and is not paid."""
        debts = [debt for debt in owing.of_station(self.station) if debt.arrived]
        of_orders = Placement.objects.select_related("order", "round", "household__grid")
        placed = of_orders.in_bulk([debt.order_id for debt in debts])
        for debt in debts:
            if placement := placed.get(debt.order_id):
                self._collect(placement, debt.amount)

    def _collect(self, placement: Placement, owed: Decimal) -> None:
        amount = owed
        if owed > 1 and self.chance(IN_PARTS):
            amount = (owed / 2).quantize(Decimal("0.01"))
        what = self.rng.random()
        for share, source in (
            (AT_COUNTER, _Account.CASH),
            (BY_TRANSFER, _Account.TRANSFER),
            (FROM_ACCOUNT, _Account.HOUSEHOLD),
        ):
            if what < share:
                self._pay(placement, amount, source)
                return
            what -= share
        if what < TO_LEADER:
            self._to_leader(placement.household, placement.round, amount)

    def _pay(self, placement: Placement, amount: Decimal, source: MoneyMove.Account) -> None:
        said: dict[str, Any] = {"source": source, "by": self.clerk, "nonce": uuid4()}
        try:
            for _tap in range(2):
                orders.pay(placement.order, placement.household, amount, **said)
        except AccountShort:
            self.counts["accounts_short"] += 1
            return
        self.counts["repeats"] += 1
        self.counts["debts_paid"] += 1

    def _to_leader(self, door: Household, round: Round, amount: Decimal) -> None:
        leader = self.leaders.get(door.grid_id)
        if leader is None:
            return
        seen = sum(
            (
                debt.amount
                for debt in owing.of_door(door)
                if debt.collectable
                and Placement.objects.filter(pk=debt.order_id, round=round).exists()
            ),
            ZERO,
        )
        source = self.rng.choice((_Account.PERSON, _Account.PERSON, _Account.TRANSFER))
        nonce = uuid4()
        for _tap in range(2):
            collecting.collect(
                door, round, amount, source=source, by=leader, nonce=nonce, seen=seen
            )
        self.counts["repeats"] += 1
        self.counts["debts_to_leader"] += 1
        if self.chance(UNDONE):
            move = MoneyMove.objects.get(nonce=nonce)
            collecting.undo(move, by=leader)
            self.counts["collections_undone"] += 1

    # --- cash ---------------------------------------------------------------------------------
    def take_in(self) -> None:
        """Everybody hands in what is in their hands, save who forgets to."""
        for holder, held in cash.held_by(self.station).items():
            if self.chance(KEEPS_IT):
                self.counts["kept_overnight"] += 1
                continue
            counted = self._counted(held, MISCOUNTED)
            names = {"counted_by": holder, "witness": self.clerk}
            if holder in (self.clerk, self.other) or self.chance(0.3):
                names = {"counted_by": self.clerk, "witness": self.other}
            said = {**names, "seen": held, "nonce": uuid4()}
            if self.chance(IMPATIENT):
                self._refused(holder, counted, said)
            first = cash.hand_in(self.station, holder, counted, **said)
            again = cash.hand_in(self.station, holder, counted, **said)
            self.counts["repeats"] += 1
            self.counts["repeats_that_changed_something"] += again.pk != first.pk
            self.counts["hand_ins"] += 1
            self.counts["hand_ins_off"] += bool(first.difference)

    def _refused(self, holder: User, counted: Decimal, said: dict[str, Any]) -> None:
        """Alone, and from a page of an hour ago."""
        alone = {**said, "witness": said["counted_by"]}
        an_hour_ago = {**said, "seen": said["seen"] + 1}
        for wrong in (alone, an_hour_ago):
            try:
                cash.hand_in(self.station, holder, counted, **wrong)
            except (CashRefused, MoneyChanged):
                self.counts["hand_ins_refused"] += 1

    def close_the_till(self) -> None:
        """Counted by two, and what is too much to leave there goes to the bank."""
        seen = cash.in_till(self.station)
        if seen < 0:
            return
        count = cash.count_till(
            self.station,
            self._counted(seen, TILL_OFF),
            counted_by=self.clerk,
            witness=self.other,
            seen=seen,
            nonce=uuid4(),
        )
        self.counts["till_counts"] += 1
        self.counts["till_counts_off"] += bool(count.difference)
        banked = (count.counted - CHANGE) // NOTES * NOTES
        if banked > 0:
            nonce = uuid4()
            for _tap in range(2):
                cash.bank(self.station, banked, by=self.clerk, nonce=nonce)
            self.counts["repeats"] += 1
            self.counts["banked"] += 1

    def _counted(self, there: Decimal, off: float) -> Decimal:
        difference = self.rng.choice(DIFFERENCES) if self.chance(off) else ZERO
        return max(ZERO, there + difference)

    # --- accounts -----------------------------------------------------------------------------
    def pay_back(self) -> None:
        """Somebody fetches what they have at the station."""
        rich = [pk for pk, yuan in accounts.of_station(self.station).items() if yuan > 0]
        if not rich or not self.chance(0.5):
            return
        door = Household.objects.select_related("grid").get(pk=self.rng.choice(sorted(rich)))
        amount = min(accounts.balance(door), cash.in_till(self.station))
        if amount > 0:
            accounts.pay_back(door, amount, by=self.clerk, nonce=uuid4())
            self.counts["paid_back"] += 1
