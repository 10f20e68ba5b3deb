"""A whole day of the station, played through the functions the pages call.

What people do is left to chance, repeatably: the same database and seed give the same day, save
for what the database numbers itself. Some order late, tap twice, cancel, want what is gone; some
doors stay shut, some couriers mis-tap. Everything is written, nothing is rolled back.
"""

import random
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from oscar.core.loading import get_model
from tqdm import tqdm

from delivery import rounds
from delivery.errors import RoundNotOpen
from delivery.models import (
    GridRole,
    Household,
    Parcel,
    Round,
    Stop,
    Volunteer,
    Wish,
)
from inventory.errors import StationError
from inventory.models import Item, Membership, Station
from shop import baskets, errors, ordering
from shop.demo.counter import CounterHours
from shop.demo.deliveries import Deliveries
from shop.demo.goods import appetites
from shop.demo.packing import PackingTable
from shop.demo.restocking import Restocking
from shop.demo.stockroom import Stockroom
from shop.models import OrderStatus

OrderLine = get_model("order", "Line")

ORDERING_HOURS = timedelta(hours=8)
#: Shares of orders, or of stops.
DOUBLE_TAPS = 0.05
CANCELS = 0.04
TOO_LATE = 0.01
IN_PERSON = 0.08
FAILS = 0.05
#: How many goods a day everybody wants.
IN_FASHION = 3
#: What people wish for when there is not enough, and how often they say so.
WISHES = 0.3
#: Customers at the counter, of orders.
CUSTOMERS = 0.04
FEWEST_CUSTOMERS = 3
FAILS_AGAIN = 0.2


class CannotPlay(StationError):
    """The station lacks somebody or something that a day needs."""


@dataclass(frozen=True)
class Buyer:
    """Who orders for a door: somebody behind it, or its grid leader."""

    user: Any
    household: Household


class Day:
    """One round of a station from opening to the last door; `counts` says what happened."""

    def __init__(self, station: Station, orders: int, seed: int, quiet: bool = False) -> None:
        """Raises `CannotPlay` when nobody could order, pack or carry."""
        self.station = station
        self.wanted = orders
        self.rng = random.Random(seed)  # noqa: S311  (repeatable is what is wanted here)
        # None: hidden unless somebody is looking.
        self._hidden = True if quiet else None
        self.counts: Counter[str] = Counter()
        self.seconds: dict[str, float] = {}
        self.buyers = self._buyers()
        goods = Item.objects.filter(record__partner=station.partner_id).order_by("pk")
        goods = goods.select_related("record")
        self.goods = list(goods.annotate(in_stock=Coalesce("record__num_in_stock", 0)))
        job = Membership.objects.filter(station=station).select_related("user").order_by("pk")
        self.staff = [job.user for job in sorted(job, key=lambda job: job.role, reverse=True)]
        couriers = Volunteer.objects.filter(station=station, active=True)
        if not (len(self.staff) > 1 and couriers.exists() and self.buyers and self.goods):
            raise CannotPlay(_("演一天要有货、有能登录的住户、工作人员和志愿者，这个驿站还不全。"))
        self.clerk = self.staff[0]

    def play(self) -> None:
        room = Stockroom(self.station, self.staff, self.rng, self.counts)
        with self._timed("open"):
            room.throw_away_what_expired()
            self.round = self._open()
        with self._timed("order"):
            self._order()
        with self._timed("close"):
            self._close()
        restocking = Restocking(self.station, self.clerk, self.rng, self.counts)
        with self._timed("buy"):
            restocking.buy(self._sold())
            restocking.receive()
        with self._timed("share"):
            room.share_out(self.round)
        table = PackingTable(self.clerk, self.rng, self.counts, room.missing)
        work = Deliveries(self.round, self.clerk, self.rng, self.counts, self._hidden, table)
        with self._timed("plan"):
            planned = work.plan()
        with self._timed("deliver"):
            work.deliver(planned, FAILS, _("派送"))
        with self._timed("counter"):
            hours = CounterHours(self.station, self.clerk, self.rng, self.counts)
            hours.sell(max(FEWEST_CUSTOMERS, round(self.wanted * CUSTOMERS)))
        with self._timed("again"):
            work.deliver(work.plan(), FAILS_AGAIN, _("再送"))
        with self._timed("count"):
            room.lose_and_give_away()
            room.count_shelves()
        self._take_stock_of_the_day()

    def _timed(self, name: str) -> "_Timer":
        return _Timer(self.seconds, name)

    def _chance(self, share: float) -> bool:
        return self.rng.random() < share

    # --- ordering -----------------------------------------------------------------------------
    def _buyers(self) -> list[Buyer]:
        leaders: dict[int, Any] = {}
        roles = GridRole.objects.filter(grid__station=self.station, building="")
        for role in roles.select_related("user").order_by("pk"):
            leaders.setdefault(role.grid_id, role.user)
        buyers = []
        doors = Household.objects.of_station(self.station).with_phone()
        for door in doors.select_related("grid").prefetch_related("people__user").order_by("pk"):
            own = [person.user for person in door.people.all() if person.user_id]
            if own:
                buyers.append(Buyer(own[0], door))
            elif not door.has_phone and door.grid_id in leaders:
                buyers.append(Buyer(leaders[door.grid_id], door))
        return buyers

    def _open(self) -> Round:
        now = timezone.now()
        closes = now + ORDERING_HOURS
        round = Round.objects.create(
            station=self.station,
            name=_("演练波次"),
            opens_at=now,
            closes_at=closes,
            delivers_from=closes + timedelta(hours=1),
            delivers_to=closes + timedelta(hours=4),
        )
        rounds.open(round, by=self.clerk)
        return round

    def _order(self) -> None:
        """As many orders as are wanted, or as people find something to buy."""
        # Everybody once before anybody twice.
        everybody = self.rng.sample(self.buyers, len(self.buyers))
        taste = self._taste()
        placed: list[tuple[Any, Buyer]] = []
        visits = 0
        with tqdm(total=self.wanted, desc=_("下单"), disable=self._hidden) as bar:
            while self.counts["placed"] < self.wanted and visits < 2 * self.wanted:
                buyer = everybody[visits % len(everybody)]
                visits += 1
                if order := self._order_once(buyer, taste):
                    placed.append((order, buyer))
                    bar.update()
                if placed and self._chance(CANCELS):
                    self._cancel(*placed.pop(self.rng.randrange(len(placed))))

    def _taste(self) -> list[float]:
        """How much of each good people want today: what the station stocks by, more or less; and
        all of a sudden everybody wants some of which there are few."""
        known = appetites()
        usual = [known.get(item.record.partner_sku, item.in_stock) + 1 for item in self.goods]
        taste = [units * self.rng.uniform(0.5, 2) for units in usual]
        few = sorted(range(len(taste)), key=lambda index: self.goods[index].in_stock)
        few = [index for index in few if self.goods[index].in_stock][: len(taste) // 2]
        for index in self.rng.sample(few, min(IN_FASHION, len(few))):
            taste[index] = 2.0 * max(usual)
        return taste

    def _sold(self) -> dict[int, int]:
        """Units by item that were ordered today."""
        lines = OrderLine.objects.filter(order__placement__round=self.round)
        live = lines.exclude(order__status=OrderStatus.CANCELLED).order_by()
        return dict(live.values_list("stockrecord__item").annotate(units=Sum("quantity")))

    def _cancel(self, order, buyer: Buyer) -> None:
        ordering.cancel(order, by=buyer.user)
        self.counts["cancelled"] += 1
        if self._chance(0.5):
            ordering.cancel(order, by=buyer.user)
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

    def _close(self) -> None:
        late = self.rng.sample(self.buyers, max(1, round(len(self.buyers) * TOO_LATE)))
        filled = [(buyer, self._fill(buyer, [1.0] * len(self.goods))) for buyer in late]
        rounds.close(self.round, by=self.clerk)
        try:
            rounds.close(self.round, by=self.clerk)
        except RoundNotOpen:
            self.counts["repeats"] += 1
        for buyer, basket in filled:
            try:
                ordering.place(basket, household=buyer.household, round=self.round, by=buyer.user)
            except errors.RoundNotOpen:
                self.counts["too_late"] += 1

    def _take_stock_of_the_day(self) -> None:
        """What the database says came of it."""
        parcels = Parcel.objects.filter(round=self.round)
        stops = Stop.objects.filter(batch__round=self.round)
        self.counts["parcels"] = parcels.count()
        self.counts["doors"] = parcels.values("household").distinct().count()
        self.counts["stops"] = stops.count()
        for status in Stop.Status.values:
            self.counts[f"stops_{status}"] = stops.filter(status=status).count()
        self.counts["delivered"] = parcels.filter(status=Parcel.Status.DELIVERED).count()
        self.counts["not_delivered"] = self.counts["parcels"] - self.counts["delivered"]


class _Timer:
    """Wall time of a part of the day, in seconds."""

    def __init__(self, seconds: dict[str, float], name: str) -> None:
        self.seconds, self.name = seconds, name

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(self, *error) -> None:
        self.seconds[self.name] = round(time.perf_counter() - self.began, 3)
