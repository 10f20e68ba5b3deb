"""How doors pay in a played day: some keep money at the station, some have credit there, some pay
online, most of them at the door."""

import random
from collections import Counter
from decimal import Decimal
from typing import Any
from uuid import uuid4

from delivery.models import Household
from inventory.models import Station
from shop.models import AccountTerms, MoneyMove
from shop.money import accounts
from shop.payments import ways

#: Shares of orders.
HABITS = {"door": 0.5, "account": 0.25, "stripe": 0.25}
#: Shares of doors that keep money at the station.
PAYS_IN, HAS_CREDIT, WANTS_ALL_THERE = 0.85, 0.15, 0.1
#: A door pays in when it holds less.
ENOUGH = Decimal(60)
SUMS = tuple(Decimal(yuan) for yuan in (50, 100, 200, 200, 300))
CREDIT = Decimal(50)


class Purses:
    """What doors have at the station; `counts` is added to."""

    def __init__(
        self, station: Station, clerk: Any, rng: random.Random, counts: Counter[str]
    ) -> None:
        self.clerk = clerk
        self.rng = rng
        self.counts = counts
        offered = [way.code for way in ways.of_station(station)]
        self.habits = {code: share for code, share in HABITS.items() if code in offered}

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def choose(self, door: Household) -> str:
        """The way of one order, with what has to be done for it before."""
        [way] = self.rng.choices(list(self.habits), list(self.habits.values()))
        if way == "account" and accounts.balance(door) < ENOUGH:
            self._fill(door)
        return way

    def _fill(self, door: Household) -> None:
        if self.chance(PAYS_IN):
            self.deposit(door, self.rng.choice(SUMS))
        elif self.chance(HAS_CREDIT):
            accounts.limit_credit(door, CREDIT, by=self.clerk)
            self.counts["credits"] += 1
        if self.chance(WANTS_ALL_THERE):
            accounts.prefer(door, AccountTerms.RefundTo.ACCOUNT)

    def deposit(self, door: Household, amount: Decimal) -> None:
        """Tapped twice."""
        nonce = uuid4()
        source = self.rng.choice((MoneyMove.Account.CASH, MoneyMove.Account.TRANSFER))
        for _tap in range(2):
            accounts.deposit(door, amount, by=self.clerk, nonce=nonce, source=source)
        self.counts["repeats"] += 1
        self.counts["deposits"] += 1
