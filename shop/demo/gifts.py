"""互助金 in the demo village: who gave, and for whom it pays."""

import random
from collections import Counter
from decimal import Decimal
from typing import Any
from uuid import uuid4

from delivery.models import Household
from inventory.models import Item, Station
from shop.models import Fund, MoneyMove
from shop.money.funds import funds

TOWNSHIP, NEIGHBOURS = "街镇补助", "邻里互助金"
#: Yuan for a door of the village.
GRANTED = Decimal(10)
#: What the township pays of everything the old who live alone order, and the neighbours of milk.
OLD, MILK, MILK_SHARE = "老人", "E04", Decimal("0.3")
OLD_SHARE = Decimal("0.5")
#: Shares of days.
GIFT, GIVEN_BACK = 0.5, 0.05

_Account = MoneyMove.Account


def found(station: Station, by: Any) -> None:
    """Makes the funds of a new village, with something in the township's."""
    township = funds.make(station, TOWNSHIP, Fund.Giver.TOWNSHIP)
    neighbours = funds.make(station, NEIGHBOURS, Fund.Giver.DONATION)
    doors = Household.objects.of_station(station)
    amount = min(GRANTED * doors.count(), Decimal(9_000))
    funds.donate(township, amount, source=_Account.BANK, by=by, nonce=uuid4())
    for door in doors.filter(needs__contains=OLD).select_related("grid").order_by("pk"):
        funds.grant(township, OLD_SHARE, household=door, by=by)
    milk = Item.objects.filter(record__partner=station.partner_id, record__partner_sku=MILK)
    if item := milk.select_related("record").first():
        funds.grant(neighbours, MILK_SHARE, item=item, by=by)


class Givers:
    """Neighbours who give; `counts` is added to."""

    def __init__(
        self, station: Station, clerk: Any, rng: random.Random, counts: Counter[str]
    ) -> None:
        self.fund = Fund.objects.filter(station=station, name=NEIGHBOURS).first()
        self.clerk = clerk
        self.rng = rng
        self.counts = counts

    def give(self) -> None:
        """A gift tapped twice; now and then part of one is given back."""
        if self.fund is None or self.rng.random() >= GIFT:
            return
        amount, nonce = Decimal(self.rng.choice((5, 10, 20, 50))), uuid4()
        source = self.rng.choice((_Account.CASH, _Account.TRANSFER))
        for _tap in range(2):
            funds.donate(self.fund, amount, source=source, by=self.clerk, nonce=nonce)
        self.counts["gifts"] += 1
        self.counts["repeats"] += 1
        if self.rng.random() < GIVEN_BACK:
            funds.give_back(self.fund, amount, target=source, by=self.clerk, nonce=uuid4())
            self.counts["gifts_given_back"] += 1
