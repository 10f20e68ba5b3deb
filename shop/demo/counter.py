"""The counter of a played day: people of grids that may come buy what nobody has been promised."""

import random
from collections import Counter
from decimal import Decimal
from typing import Any
from uuid import uuid4

from delivery import channels
from delivery.channels import Channel
from delivery.models import Household
from inventory.models import Item, Station
from shop.counter_sales import counter
from shop.errors import AccountShort, CounterClosed, SoldOut
from shop.models import CounterSale
from shop.money import accounts

#: Shares of sales.
BY_ACCOUNT = 0.35
DEPOSITS = 0.8
DOUBLE_TAPS = 0.1
PEOPLE_FROM_SHUT_GRIDS = 0.1
TENS = Decimal(10)

Way = CounterSale.Way


class CounterHours:
    """Sells; `counts` is added to."""

    def __init__(
        self, station: Station, clerk: Any, rng: random.Random, counts: Counter[str]
    ) -> None:
        self.station = station
        self.clerk = clerk
        self.rng = rng
        self.counts = counts
        doors = Household.objects.of_station(station).select_related("grid").order_by("pk")
        self.doors: dict[bool, list[Household]] = {True: [], False: []}
        for door in doors:
            self.doors[channels.allowed(door.grid, Channel.COUNTER)].append(door)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def sell(self, customers: int) -> None:
        goods = list(counter.goods(self.station))
        if not goods:
            return
        for _customer in range(customers):
            shut = self.chance(PEOPLE_FROM_SHUT_GRIDS)
            if doors := self.doors[not shut]:
                self._serve(self.rng.choice(doors), goods)

    def _serve(self, door: Household, goods: list[Item]) -> None:
        chosen = self.rng.sample(goods, min(len(goods), self.rng.choice((1, 2, 2, 3))))
        wanted = {item.record_id: self.rng.choice((1, 1, 2)) for item in chosen}
        quoted = counter.quote(self.station, door, wanted)
        wanted |= {short.record_id: short.left for short in quoted.short}
        wanted = {record_id: units for record_id, units in wanted.items() if units}
        self.counts["counter_lines_short"] += len(quoted.short)
        if not wanted:
            return
        quoted = counter.quote(self.station, door, wanted)
        said: dict[str, Any] = {"by": self.clerk, "seen": quoted.seen, "nonce": uuid4()}
        if self.chance(BY_ACCOUNT):
            said["way"] = Way.ACCOUNT
            if self.chance(DEPOSITS):
                self._deposit(door, quoted.total)
        else:
            said |= {"way": Way.CASH, "tendered": _round_up(quoted.total)}
        try:
            order = counter.sell(self.station, door, wanted, **said)
        except CounterClosed:
            self.counts["counter_closed"] += 1
            return
        except AccountShort:
            self.counts["accounts_short"] += 1
            return
        except SoldOut:
            self.counts["counter_lines_short"] += 1
            return
        self.counts["counter_sales"] += 1
        if self.chance(DOUBLE_TAPS):
            again = counter.sell(self.station, door, wanted, **said)
            self.counts["repeats"] += 1
            self.counts["repeats_that_changed_something"] += again.pk != order.pk

    def _deposit(self, door: Household, total: Decimal) -> None:
        nonce, amount = uuid4(), _round_up(total)
        for _tap in range(2):
            accounts.deposit(door, amount, by=self.clerk, nonce=nonce)
        self.counts["repeats"] += 1
        self.counts["deposits"] += 1


def _round_up(yuan: Decimal) -> Decimal:
    """To the next note of ten."""
    return (yuan // TENS + 1) * TENS
