"""A whole day of the station, played through the functions the pages call.

What people do is left to chance, repeatably: the same database and seed give the same day, save
for what the database numbers itself. Some order late, tap twice, cancel, want what is gone; some
doors stay shut, some couriers mis-tap. Everything is written, nothing is rolled back.
"""

import random
import time
from collections import Counter
from datetime import timedelta

from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from delivery import rounds
from delivery.errors import RoundNotOpen
from delivery.models import (
    Parcel,
    Round,
    Stop,
    Volunteer,
)
from inventory.errors import StationError
from inventory.models import Item, Membership, Station
from shop.demo.complaints import Complaints
from shop.demo.counter import CounterHours
from shop.demo.deliveries import Deliveries
from shop.demo.fake_stripe import FakeStripe
from shop.demo.gifts import Givers
from shop.demo.office import Office
from shop.demo.online import Payers
from shop.demo.packing import PackingTable
from shop.demo.purses import Purses
from shop.demo.restocking import Restocking
from shop.demo.shopping import Shopping, buyers
from shop.demo.stockroom import Stockroom
from shop.models import OrderStatus, Subsidy

OrderLine = get_model("order", "Line")

ORDERING_HOURS = timedelta(hours=8)
#: Share of stops, and of second tries.
FAILS, FAILS_AGAIN = 0.05, 0.2
#: Customers at the counter, of orders.
CUSTOMERS = 0.04
FEWEST_CUSTOMERS = 3


class CannotPlay(StationError):
    """The station lacks somebody or something that a day needs."""


class Day:
    """One round of a station from opening to the last door; `counts` says what happened."""

    def __init__(
        self,
        station: Station,
        orders: int,
        seed: int,
        quiet: bool = False,
        fake: FakeStripe | None = None,
    ) -> None:
        """Without a `fake` nobody pays online. Raises `CannotPlay` when nobody could order, pack
        or carry."""
        self.station = station
        self.wanted = orders
        self.rng = random.Random(seed)  # noqa: S311  (repeatable is what is wanted here)
        # None: hidden unless somebody is looking.
        self._hidden = True if quiet else None
        self.counts: Counter[str] = Counter()
        self.seconds: dict[str, float] = {}
        self.buyers = buyers(station)
        goods = Item.objects.filter(record__partner=station.partner_id).order_by("pk")
        goods = goods.select_related("record")
        self.goods = list(goods.annotate(in_stock=Coalesce("record__num_in_stock", 0)))
        job = Membership.objects.filter(station=station).select_related("user").order_by("pk")
        self.staff = [job.user for job in sorted(job, key=lambda job: job.role, reverse=True)]
        couriers = Volunteer.objects.filter(station=station, active=True)
        if not (len(self.staff) > 1 and couriers.exists() and self.buyers and self.goods):
            raise CannotPlay(_("演一天要有货、有能登录的住户、工作人员和志愿者，这个驿站还不全。"))
        self.clerk = self.staff[0]
        self.payers = Payers(fake, self.rng, self.counts) if fake else None

    def play(self) -> None:
        room = Stockroom(self.station, self.staff, self.rng, self.counts)
        office = Office(self.station, self.staff, self.rng, self.counts)
        with self._timed("open"):
            room.throw_away_what_expired()
            Givers(self.station, self.clerk, self.rng, self.counts).give()
            self.round = self._plan()
        shopping = Shopping(
            *(self.round, self.buyers, self.goods, self.rng, self.counts),
            *(Purses(self.station, self.clerk, self.rng, self.counts), self.payers),
        )
        with self._timed("stand"):
            shopping.ask_for_every_round()
            rounds.open(self.round, by=self.clerk)
            shopping.order_what_stands()
        with self._timed("order"):
            shopping.order(self.wanted, self._hidden)
        with self._timed("close"):
            self._close(shopping)
            if self.payers:
                self.payers.after_the_close()
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
        complaints = Complaints(self.station, self.staff, self.rng, self.counts)
        with self._timed("back"):
            complaints.give_up_parcels(self.round)
            complaints.claim(self.round)
            complaints.bring_back()
        with self._timed("money"):
            office.collect_debts()
            office.take_in()
            work.put_right()
            office.pay_back()
            office.close_the_till()
        if self.payers:
            with self._timed("online"):
                self.payers.send_refunds()
                self.payers.take_the_rest_into_accounts(self.clerk)
                self.payers.dispute()
        with self._timed("count"):
            room.lose_and_give_away()
            room.count_shelves()
        self._take_stock_of_the_day()

    def _timed(self, name: str) -> "_Timer":
        return _Timer(self.seconds, name)

    def _chance(self, share: float) -> bool:
        return self.rng.random() < share

    def _plan(self) -> Round:
        now = timezone.now()
        closes = now + ORDERING_HOURS
        return Round.objects.create(
            station=self.station,
            name=_("演练波次"),
            opens_at=now,
            closes_at=closes,
            delivers_from=closes + timedelta(hours=1),
            delivers_to=closes + timedelta(hours=4),
        )

    def _sold(self) -> dict[int, int]:
        """Units by item that were ordered today."""
        lines = OrderLine.objects.filter(order__placement__round=self.round)
        live = lines.exclude(order__status=OrderStatus.CANCELLED).order_by()
        return dict(live.values_list("stockrecord__item").annotate(units=Sum("quantity")))

    def _close(self, shopping: Shopping) -> None:
        filled = shopping.come_late()
        rounds.close(self.round, by=self.clerk)
        try:
            rounds.close(self.round, by=self.clerk)
        except RoundNotOpen:
            self.counts["repeats"] += 1
        shopping.order_late(filled)

    def _take_stock_of_the_day(self) -> None:
        """What the database says came of it."""
        parcels = Parcel.objects.filter(round=self.round)
        self.counts["subsidised"] = Subsidy.objects.filter(
            order__placement__round=self.round
        ).count()
        stops = Stop.objects.filter(batch__round=self.round)
        self.counts["parcels"] = parcels.count()
        self.counts["doors"] = parcels.values("household").distinct().count()
        self.counts["stops"] = stops.count()
        for status in Stop.Status.values:
            self.counts[f"stops_{status}"] = stops.filter(status=status).count()
        self.counts["delivered"] = parcels.filter(status=Parcel.Status.DELIVERED).count()
        returned = parcels.filter(status=Parcel.Status.RETURNED).count()
        self.counts["not_delivered"] = self.counts["parcels"] - self.counts["delivered"] - returned


class _Timer:
    """Wall time of a part of the day, in seconds."""

    def __init__(self, seconds: dict[str, float], name: str) -> None:
        self.seconds, self.name = seconds, name

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(self, *error) -> None:
        self.seconds[self.name] = round(time.perf_counter() - self.began, 3)
