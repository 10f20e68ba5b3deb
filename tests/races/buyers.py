"""A station with goods, an open round, and buyers who each stand before the last button.

Made without the cast: its fixtures live in a transaction, and races commit.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum
from oscar.apps.order.utils import OrderCreator
from oscar.apps.partner.abstract_models import AbstractStockRecord
from oscar.apps.partner.strategy import Selector
from oscar.core.loading import get_model
from oscar.core.prices import Price

from delivery.models import Household, Round
from inventory import openings
from inventory.models import Item, Move, Station
from shop import baskets, order_rows, ordering
from shop.errors import SoldOut
from tests import factories

Basket = get_model("basket", "Basket")
StockRecord = get_model("partner", "StockRecord")

#: For how long somebody waits for another runner before the test fails instead of hanging.
PATIENCE = 30


@dataclass
class Buyer:
    """Somebody with a basket for a door; `place` is what the button of the page does."""

    user: Any
    household: Household
    round: Round
    basket: Any

    def place(self):
        # As a page does: each request has a basket object of its own.
        return ordering.place(
            Basket.objects.get(pk=self.basket.pk),
            household=self.household,
            round=self.round,
            by=self.user,
        )


@dataclass
class Scene:
    station: Station
    grid: Any
    round: Round

    def good(self, title: str = "青菜", *, pieces: int, limit: int | None = None) -> Item:
        """With its opening stock in the ledger, as a goods list would state it."""
        item = factories.item(self.station, title, price="3.00", in_stock=0, household_limit=limit)
        openings.restate([openings.Opening(item.record_id, pieces, item.record.price)])
        return item

    def buyer(self, *wanted: tuple[Item, int], household: Household | None = None) -> Buyer:
        household = household or factories.household(self.grid)
        user = factories.resident(household)
        basket = baskets.for_door(user, household)
        for item, quantity in wanted:
            baskets.set_quantity(basket, item.record_id, quantity)
        return Buyer(user, household, self.round, basket)

    def buyers(self, count: int, *wanted: tuple[Item, int]) -> list[Buyer]:
        """Each of a household of their own, each with the same basket."""
        with transaction.atomic():  # one commit, not hundreds
            return [self.buyer(*wanted) for _ in range(count)]


def scene() -> Scene:
    station = factories.station()
    return Scene(station, factories.grid(station), factories.round(station))


def counters(item: Item) -> tuple[int, int]:
    """What Oscar's counters say: (in stock, allocated) units."""
    figures = StockRecord.objects.values_list("num_in_stock", "num_allocated")
    return tuple(figures.get(pk=item.record_id))


def ledger(item: Item) -> tuple[int, int]:
    """What the moves add up to: (in stock, allocated) units."""
    sums = Move.objects.filter(item=item).aggregate(
        in_stock=Sum("in_stock_delta"), allocated=Sum("allocated_delta")
    )
    return sums["in_stock"], sums["allocated"]


def kinds(errors: Sequence[Exception]) -> set[str]:
    """What went wrong, by name; a set, because the order of the losers is chance."""
    return {type(error).__name__ for error in errors}


class PlainOscar(OrderCreator):
    """Oscar as it comes: its creator, its strategy, and the allocation that our fork refuses."""

    @classmethod
    def place(cls, buyer: Buyer, looked: threading.Barrier):
        """Look at the shelf as Oscar's pages do; when everybody has looked, everybody places."""
        basket = Basket.objects.get(pk=buyer.basket.pk)
        basket.strategy = Selector().strategy()
        for line in basket.all_lines():
            allowed, _reason = line.purchase_info.availability.is_purchase_permitted(line.quantity)
            if not allowed:
                raise SoldOut([])
        looked.wait(PATIENCE)
        return cls().place_order(
            basket=basket,
            total=Price("CNY", basket.total_excl_tax, tax=0),
            shipping_method=_AtTheDoor,
            shipping_charge=Price("CNY", 0, tax=0),
            user=buyer.user,
            order_number=order_rows.new_number(),
        )

    def update_stock_records(self, line) -> None:
        AbstractStockRecord.allocate(line.stockrecord, line.quantity)


class _AtTheDoor:
    name = code = "door"


def meet_before(monkeypatch, module, name: str, *, runners: int) -> None:
    """Holds up a call until all runners are about to make it: all have looked, none has acted."""
    meeting, function = threading.Barrier(runners), getattr(module, name)

    def meet_then_call(*arguments, **options):
        meeting.wait(PATIENCE)
        return function(*arguments, **options)

    monkeypatch.setattr(module, name, meet_then_call)


class Halfway:
    """Stops the first call of a function, before or after it, until `go` is set."""

    def __init__(self, monkeypatch, module, name: str, *, after: bool = False) -> None:
        self.reached, self.go = threading.Event(), threading.Event()
        self.function, self.after = getattr(module, name), after
        monkeypatch.setattr(module, name, self)

    def __call__(self, *arguments, **options):
        first = not self.reached.is_set()
        if first and not self.after:
            self._stop()
        result = self.function(*arguments, **options)
        if first and self.after:
            self._stop()
        return result

    def _stop(self) -> None:
        self.reached.set()
        assert self.go.wait(PATIENCE), "nobody let us go on"


def wait_until_somebody_waits(for_what: str = "advisory") -> None:
    """Until a transaction waits for a lock ("transactionid": for a row). PostgreSQL only."""
    patience = time.monotonic() + PATIENCE
    while time.monotonic() < patience:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = %s AND NOT granted)",
                [for_what],
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits for a lock")
