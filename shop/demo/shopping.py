"""The ordering hours of a played day: who orders what, twice, too much, too late, or not at all."""

import random
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from tqdm import tqdm

from delivery.models import GridRole, Household, Round, Wish
from inventory.errors import StationError
from inventory.models import Item, Station
from shop import baskets, changing, errors, ordering, standing
from shop.demo.goods import appetites
from shop.demo.online import Payers
from shop.demo.purses import Purses
from shop.models import OrderStatus
from shop.payments.door.way import DoorWay

#: Shares of orders.
DOUBLE_TAPS = 0.05
CANCELS = 0.04
TOO_LATE = 0.01
IN_PERSON = 0.08
CHANGES = 0.06
#: Share of doors that ask for something in every round, of those that have not yet.
BEGINS = 0.02
#: As many as of a good whose stock is this.
BUNDLE_APPETITE = 250
#: How many goods a day everybody wants.
IN_FASHION = 3
#: What people wish for when there is not enough, and how often they say so.
WISHES = 0.3


@dataclass(frozen=True)
class Buyer:
    """Who orders for a door: somebody behind it, or its grid leader."""

    user: Any
    household: Household


def buyers(station: Station) -> list[Buyer]:
    """Who can order for a door, in the order of the doors."""
    leaders: dict[int, Any] = {}
    roles = GridRole.objects.filter(grid__station=station, building="")
    for role in roles.select_related("user").order_by("pk"):
        leaders.setdefault(role.grid_id, role.user)
    buyers = []
    doors = Household.objects.of_station(station).with_phone()
    for door in doors.select_related("grid").prefetch_related("people__user").order_by("pk"):
        own = [person.user for person in door.people.all() if person.user_id]
        if own:
            buyers.append(Buyer(own[0], door))
        elif not door.has_phone and door.grid_id in leaders:
            buyers.append(Buyer(leaders[door.grid_id], door))
    return buyers


class Shopping:
    """`counts` is added to."""

    def __init__(
        self,
        round: Round,
        buyers: list[Buyer],
        goods: list[Any],
        rng: random.Random,
        counts: Counter[str],
        purses: Purses,
        payers: Payers | None,
    ) -> None:
        """`goods`: items, each with what is `in_stock`."""
        self.round = round
        self.buyers = buyers
        self.goods = goods
        self.rng = rng
        self.counts = counts
        self.purses = purses
        self.payers = payers

    def _chance(self, share: float) -> bool:
        return self.rng.random() < share

    def order(self, wanted: int, hidden: bool | None) -> None:
        """As many orders as are wanted, or as people find something to buy."""
        # Everybody once before anybody twice.
        everybody = self.rng.sample(self.buyers, len(self.buyers))
        taste = self._taste()
        placed: list[tuple[Any, Buyer]] = []
        visits = 0
        with tqdm(total=wanted, desc=_("下单"), disable=hidden) as bar:
            while self.counts["placed"] < wanted and visits < 2 * wanted:
                buyer = everybody[visits % len(everybody)]
                visits += 1
                if order := self._order_once(buyer, taste):
                    if order.status == OrderStatus.AWAITING and self.payers:
                        self.payers.pay(order, buyer.user)
                        order.refresh_from_db()
                    if order.status == OrderStatus.PLACED:
                        placed.append((order, buyer))
                    bar.update()
                if placed and self._chance(CHANGES):
                    self._change(*self.rng.choice(placed))
                if placed and self._chance(CANCELS):
                    self._cancel(*placed.pop(self.rng.randrange(len(placed))))

    def ask_for_every_round(self) -> None:
        """Before it opens: some want a few things from now on; and some of those no longer."""
        for buyer in self.buyers:
            if not self._chance(BEGINS):
                continue
            if there := standing.of(buyer.household):
                standing.stop(there, by=buyer.user)
                self.counts["standing_stopped"] += 1
                continue
            wanted = self.rng.sample(self.goods, min(3, len(self.goods)))
            lines = {item.pk: (self.rng.choice((1, 1, 2)), Wish.LESS) for item in wanted}
            way = self.purses.choose(buyer.household)
            ways = {each.code for each in standing.ways(self.round.station)}
            way = way if way in ways else DoorWay.code
            standing.start(buyer.household, lines, by=buyer.user, way=way)
            self.counts["standing_begun"] += 1

    def order_what_stands(self) -> None:
        runs = standing.run_due()
        self.counts["repeats"] += 1
        self.counts["repeats_that_changed_something"] += bool(standing.run_due())
        ordered = sum(1 for run in runs if run.order_id)
        self.counts["standing_ordered"] += ordered
        self.counts["standing_not_ordered"] += len(runs) - ordered
        self.counts["placed"] += ordered

    def come_late(self) -> list[tuple[Buyer, Any]]:
        """Some fill a basket and do not get round to ordering."""
        late = self.rng.sample(self.buyers, max(1, round(len(self.buyers) * TOO_LATE)))
        return [(buyer, self._fill(buyer, [1.0] * len(self.goods))) for buyer in late]

    def order_late(self, filled: list[tuple[Buyer, Any]]) -> None:
        for buyer, basket in filled:
            try:
                ordering.place(basket, household=buyer.household, round=self.round, by=buyer.user)
            except errors.RoundNotOpen:
                self.counts["too_late"] += 1

    def _taste(self) -> list[float]:
        """How much of each good people want today: what the station stocks by, more or less; and
        all of a sudden everybody wants some of which there are few."""
        known = appetites()
        usual = [
            BUNDLE_APPETITE
            if item.selling == Item.Selling.BUNDLE
            else known.get(item.record.partner_sku, item.in_stock) + 1
            for item in self.goods
        ]
        taste = [units * self.rng.uniform(0.5, 2) for units in usual]
        few = sorted(range(len(taste)), key=lambda index: self.goods[index].in_stock)
        few = [index for index in few if self.goods[index].in_stock][: len(taste) // 2]
        for index in self.rng.sample(few, min(IN_FASHION, len(few))):
            taste[index] = 2.0 * max(usual)
        return taste

    def _cancel(self, order, buyer: Buyer) -> None:
        ordering.cancel(order, by=buyer.user)
        self.counts["cancelled"] += 1
        if self._chance(0.5):
            ordering.cancel(order, by=buyer.user)
            self.counts["repeats"] += 1

    def _change(self, order, buyer: Buyer) -> None:
        """One of it more or fewer, or none of one good of several."""
        lines = list(order.lines.filter(quantity__gt=0).order_by("pk"))
        line = self.rng.choice(lines)
        least = 0 if len(lines) > 1 else 1
        units = max(least, line.quantity + self.rng.choice((-2, -1, 1, 1)))
        wanted, seen = (
            {line.stockrecord_id: units},
            {each.stockrecord_id: each.quantity for each in lines},
        )
        try:
            for _tap in range(2):
                changing.change(order, wanted, by=buyer.user, seen=seen)
        except StationError:
            self.counts["changes_refused"] += 1
        else:
            self.counts["changed"] += 1
            self.counts["repeats"] += 1

    def _fill(self, buyer: Buyer, taste: list[float]):
        basket = baskets.for_door(buyer.user, buyer.household)
        kinds = min(1 + int(self.rng.triangular(0, 6, 1)), len(self.goods))
        for item in dict.fromkeys(self.rng.choices(self.goods, taste, k=kinds)):
            units = self.rng.choice((1, 1, 1, 1, 1, 2, 3))
            limit = item.household_limit or units
            baskets.set_quantity(basket, item.record_id, min(units, limit))
        return basket

    def _order_once(self, buyer: Buyer, taste: list[float]):
        """The order, or None for who found everything gone."""
        basket = self._fill(buyer, taste)
        options: dict[str, Any] = {
            "household": buyer.household,
            "round": self.round,
            "by": buyer.user,
            "in_person": self._chance(IN_PERSON),
            "wishes": self._wishes(basket),
            "way": self.purses.choose(buyer.household),
        }
        for _attempt in range(5):
            seen = baskets.digest(baskets.lines(basket), self.round)
            try:
                order = ordering.place(basket, seen=seen, **options)
            except errors.SoldOut as sold_out:
                # As people do: take what is left, go without the rest.
                for line in sold_out.lines:
                    self.counts["limited_lines" if line.limited else "sold_out_lines"] += 1
                    baskets.set_quantity(basket, line.record_id, line.left)
            except errors.AccountShort:
                self.counts["accounts_short"] += 1
                options["way"] = DoorWay.code
            except errors.MoneyRefused:
                self.counts["too_little_online"] += 1
                options["way"] = DoorWay.code
            except errors.BasketEmpty:
                break
            else:
                self.counts["placed"] += 1
                if self._chance(DOUBLE_TAPS):
                    again = ordering.place(basket, seen=seen, **options)
                    self.counts["repeats"] += 1
                    self.counts["repeats_that_changed_something"] += again.pk != order.pk
                return order
        self.counts["went_without"] += 1
        return None

    def _wishes(self, basket) -> dict[int, Wish]:
        return {
            line.record_id: self.rng.choice(list(Wish))
            for line in baskets.lines(basket)
            if self._chance(WISHES)
        }
