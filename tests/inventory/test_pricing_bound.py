"""The published account stays within its bound, whatever comes and is sold (docs/costing.md).

Thousands of random receipts, sales, cancellations, losses and finds go through the rule alone,
which is fast, and hundreds through the database, which must say the same at every step.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory import pricing, stock
from inventory.models import Lot, Move
from tests import factories

HALF_FEN = Decimal("0.005")
#: What the average and the correction are rounded to, together, at every receipt.
FINE = Decimal("0.000001")


@dataclass
class Shelf:
    """A good as docs/costing.md describes it, without a database; yuan and units.

    `disturbed` adds up what the rule could not foresee when it set the price.
    """

    loss_rate: Decimal = Decimal(0)
    units: int = 0
    average: Decimal = Decimal(0)
    price: Decimal = Decimal(0)
    book_value: Decimal = Decimal(0)
    correction: Decimal = Decimal(0)
    receipts: int = 0
    most_units: int = 0
    disturbed: Decimal = Decimal(0)
    turnover: Decimal = Decimal(0)
    #: Orders not packed yet: [units, price, receipts before it].
    held: list[list] = field(default_factory=list)

    @property
    def variance(self) -> Decimal:
        return self.average * self.units - self.book_value

    @property
    def bound(self) -> Decimal:
        """docs/costing.md: half a fen for every unit there ever was at once, half a fen for the
        account being kept to the fen, what rounding to a millionth adds, and what was disturbed."""
        a_unit = HALF_FEN + FINE * self.receipts
        return a_unit * self.most_units + HALF_FEN + self.disturbed

    def receive(self, units: int, cost: Decimal) -> None:
        priced = pricing.rule(
            units_before=self.units,
            average_before=self.average,
            units_in=units,
            cost_in=cost,
            variance=self.variance.quantize(pricing.FEN, "ROUND_HALF_UP"),
            loss_rate=self.loss_rate,
        )
        self.units += units
        self.book_value += cost
        self.average, self.price = priced.average, priced.price
        self.correction = priced.correction
        self.receipts += 1
        self.most_units = max(self.most_units, self.units)

    def reserve(self, units: int) -> int:
        units = min(units, self.units)
        if units:
            self.units -= units
            self.book_value -= units * self.price
            self.turnover += units * self.price
            self.held.append([units, self.price, self.receipts])
        return units

    def release(self, which: int) -> tuple[int, Decimal]:
        units, price, receipts = self.held.pop(which % len(self.held))
        if receipts != self.receipts:
            self._came_unforeseen(units, abs(self.average - price))
        self.units += units
        self.book_value += units * price
        return units, price

    def lose(self, units: int) -> int:
        units = min(units, self.units)
        self.units -= units
        self.disturbed += units * self.average
        return units

    def find(self, units: int) -> None:
        self._came_unforeseen(units, self.average)
        self.units += units

    def _came_unforeseen(self, units: int, off: Decimal) -> None:
        """Units that were not in the sum when the price was set: what they are worth more, and
        the correction they are sold with although it was meant for others."""
        self.disturbed += units * (off + abs(self.correction) + HALF_FEN)


UNITS = st.one_of(st.integers(1, 12), st.integers(1, 2000))
#: Yuan a unit from a tenth of a fen to a hundred.
UNIT_COST = st.decimals("0.001", "100", places=3)
CALM = st.one_of(
    st.tuples(st.just("receive"), UNITS, UNIT_COST),
    st.tuples(st.just("reserve"), UNITS, st.none()),
    st.tuples(st.just("sell out"), st.none(), st.none()),
)
STORM = st.one_of(
    CALM,
    st.tuples(st.just("release"), st.integers(0, 50), st.none()),
    st.tuples(st.just("lose"), st.integers(1, 5), st.none()),
    st.tuples(st.just("find"), st.integers(1, 5), st.none()),
)
LOSS_RATE = st.sampled_from([Decimal(0), Decimal("0.0300"), Decimal("0.2000")])


def cost_of(units: int, unit_cost: Decimal) -> Decimal:
    return (units * unit_cost).quantize(pricing.FEN)


def do(shelf: Shelf, step) -> None:
    what, units, unit_cost = step
    if what == "receive":
        shelf.receive(units, cost_of(units, unit_cost))
    elif what == "reserve":
        shelf.reserve(units)
    elif what == "sell out":
        shelf.reserve(shelf.units)
    elif what == "release" and shelf.held:
        shelf.release(units)
    elif what == "lose":
        shelf.lose(units)
    elif what == "find" and shelf.receipts:
        shelf.find(units)


@settings(derandomize=True, max_examples=150, deadline=None, database=None)
@given(steps=st.lists(CALM, min_size=40, max_size=80), loss_rate=LOSS_RATE)
def test_rounding_alone_leaves_less_than_half_a_fen_a_unit(steps, loss_rate):
    shelf = Shelf(loss_rate)
    for step in steps:
        do(shelf, step)
        assert shelf.disturbed == 0
        assert abs(shelf.variance) <= shelf.bound


@settings(derandomize=True, max_examples=200, deadline=None, database=None)
@given(steps=st.lists(STORM, min_size=40, max_size=80), loss_rate=LOSS_RATE)
def test_the_account_never_holds_more_than_rounding_and_what_was_disturbed(steps, loss_rate):
    shelf = Shelf(loss_rate)
    for step in steps:
        do(shelf, step)
        assert abs(shelf.variance) <= shelf.bound


@settings(derandomize=True, max_examples=100, deadline=None, database=None)
@given(
    variance=st.decimals("-60", "60", places=2),
    units=st.integers(20, 400),
    unit_cost=st.decimals("0.50", "60", places=3),
    loss_rate=LOSS_RATE,
)
def test_whatever_is_on_it_goes_back_to_rounding(variance, units, unit_cost, loss_rate):
    """Deliveries of as many units, each sold out: half a fen a unit comes back at least."""
    shelf = Shelf(loss_rate, book_value=-variance)
    within = HALF_FEN * units + HALF_FEN + FINE * units
    away = abs(shelf.variance)
    for _ in range(ceil(away / (HALF_FEN * units)) + 1):
        shelf.receive(units, cost_of(units, unit_cost))
        shelf.reserve(units)
        still_away = abs(shelf.variance)
        assert still_away <= max(within, away - (HALF_FEN - FINE) * units + HALF_FEN)
        away = still_away
    assert away <= within


@settings(derandomize=True, max_examples=40, deadline=None, database=None)
@given(
    deliveries=st.lists(
        st.tuples(st.integers(20, 400), st.decimals("0.50", "60", places=3)),
        min_size=100,
        max_size=100,
    )
)
def test_of_what_was_sold_it_tends_to_nothing(deliveries):
    """After a hundred deliveries less than a fen is left of every hundred yuan of takings."""
    shelf = Shelf()
    for units, unit_cost in deliveries:
        shelf.receive(units, cost_of(units, unit_cost))
        shelf.reserve(units * 9 // 10)
    assert abs(shelf.variance) / shelf.turnover < Decimal("0.0001")


def test_it_comes_near_its_bound():
    """A bound nothing comes near would say nothing: 1,000 units whose average ends in 4.9 fen."""
    shelf = Shelf()
    shelf.receive(1000, Decimal("2004.90"))
    shelf.reserve(1000)
    assert (shelf.variance, HALF_FEN * 1000) == (Decimal("-4.90"), Decimal("5.000"))


# --- the same in the database --------------------------------------------------------------------
@settings(
    derandomize=True,
    max_examples=15,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STORM, min_size=15, max_size=30), loss_rate=LOSS_RATE)
def test_the_books_say_what_the_rule_says(db, steps, loss_rate):
    station = factories.station(loss_rate=loss_rate)
    item = factories.item(station, price="1.00", in_stock=0)
    source, clerk = factories.supplier(station), factories.user()
    shelf, orders = Shelf(loss_rate), []
    shelf.price = shelf.average = Decimal("1.00")
    for step in steps:
        what, units, unit_cost = step
        if what == "receive":
            cost = cost_of(units, unit_cost)
            factories.received(station, item, units, cost, by=clerk, source=source)
            shelf.receive(units, cost)
        elif what in {"reserve", "sell out"}:
            if units := shelf.reserve(shelf.units if units is None else units):
                [_, price, _] = shelf.held[-1]
                orders.append(stock.Promise(factories.order().pk, item.record_id, units, price))
                stock.reserve([orders[-1]])
        elif what == "release" and orders:
            stock.release([orders.pop(units % len(orders))])
            shelf.release(units)
        elif what == "lose":
            lot = Lot.objects.filter(item=item, units__gte=units).first()
            if lot and units <= shelf.units:
                shelf.lose(units)
                stock.waste([stock.Loss(item.record_id, lot.pk, units, Move.Reason.SPOILED)])
        elif what == "find" and shelf.receipts:
            shelf.find(units)
            stock.correct({item.record_id: units})
        [account] = pricing.accounts([item.pk])
        assert (account.units, account.average, account.price, account.book_value) == (
            shelf.units,
            shelf.average,
            shelf.price,
            shelf.book_value,
        )
        assert abs(account.variance) <= shelf.bound + HALF_FEN
