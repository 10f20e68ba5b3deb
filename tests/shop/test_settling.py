"""Money follows the goods: what a closed order's changes do to what is due, told and held."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from delivery import rounds
from delivery.models import Parcel, ParcelLine, Wish
from delivery.share_outs import sharing
from delivery.signals import LineChange
from inventory import pricing
from inventory.errors import Shortage
from inventory.models import Move
from shop.models import Adjustment, LineTerms, Notice
from shop.settlement import settling
from shop.settlement.settling import by_weight
from tests import factories
from tests.shop.orders import place, preordered

SHORT, PRICE, WEIGHT, SUBSTITUTE = "short", "price", "weight", "substitute"


@pytest.fixture
def round(station):
    return factories.round(station)


@pytest.fixture
def potatoes(station):
    return factories.item(station, "土豆", price="2.30", in_stock=20)


@pytest.fixture
def spinach(station):
    return preordered(station, price="2.40")


def settle(*changes: LineChange, by=None) -> None:
    settling.settle(changes, by=by, at=timezone.now())


def adjusted(order) -> list[tuple[str, int, str]]:
    """(why, units, yuan) in the order they were written."""
    return [(a.kind, a.units, str(a.amount)) for a in order.adjustments.order_by("pk")]


def due(order) -> Decimal:
    return Parcel.objects.get(order=order).due


def held(item) -> tuple[int, int]:
    item.record.refresh_from_db()
    return item.record.num_in_stock, item.record.num_allocated


def charged(order) -> Decimal:
    """Yuan that the ledger has for the order's goods: what the price account counts as paid."""
    return -sum(Move.objects.filter(order=order).values_list("value", flat=True))


def owed(order) -> Decimal:
    return order.total_incl_tax + sum(order.adjustments.values_list("amount", flat=True))


# --- from stock ----------------------------------------------------------------------------------


def test_less_from_stock_is_paid_back_at_the_price_agreed_and_released(
    round, home, potatoes, manager
):
    order = place(round, home, (potatoes, 3))
    rounds.close(round)
    settle(LineChange(order.pk, potatoes.pk, before=3, after=1), by=manager)
    assert adjusted(order) == [(SHORT, -2, "-4.60")]
    assert due(order) == owed(order) == charged(order) == Decimal("2.30")
    assert held(potatoes) == (20, 1)
    [adjustment] = Adjustment.objects.all()
    assert (adjustment.by, adjustment.line.title) == (manager, "土豆")


def test_a_price_that_changed_since_changes_nothing_for_goods_from_stock(round, home, potatoes):
    order = place(round, home, (potatoes, 3))
    rounds.close(round)
    type(potatoes.record).objects.update(price=Decimal("1.00"))
    settle(LineChange(order.pk, potatoes.pk, before=3, after=2))
    assert due(order) == Decimal("4.60")


def test_nothing_came_and_nothing_is_due_not_even_the_rounding_of_sqlite(
    round, home, potatoes, station
):
    """0.30 − 0.10 − 0.10 − 0.10 is below zero in floating point; the database refuses that."""
    goods = [factories.item(station, f"货{n}", price="0.10") for n in range(3)]
    order = place(round, home, *((good, 1) for good in goods))
    rounds.close(round)
    for good in goods:
        settle(LineChange(order.pk, good.pk, before=1, after=0))
    assert due(order) == owed(order) == 0


def test_what_changes_nothing_is_not_told(round, home, potatoes):
    order = place(round, home, (potatoes, 3))
    rounds.close(round)
    settle(LineChange(order.pk, potatoes.pk, before=3, after=3))
    assert not order.adjustments.exists()
    assert not Notice.objects.exists()


def test_every_household_whose_order_changed_is_told_once(round, grid, potatoes, spinach):
    doors = [factories.household(grid) for _ in range(3)]
    orders = [place(round, door, (potatoes, 2), (spinach, 1)) for door in doors]
    rounds.close(round)
    changes = [LineChange(order.pk, potatoes.pk, 2, 1) for order in orders[:2]]
    changes += [LineChange(order.pk, spinach.pk, 1, 0, held=False) for order in orders[:2]]
    settle(*changes)
    told = Notice.objects.values_list("household", "order", "seen_at").order_by("pk")
    assert list(told) == [(doors[0].pk, orders[0].pk, None), (doors[1].pk, orders[1].pk, None)]


# --- pre-ordered ---------------------------------------------------------------------------------


def share(round, manager):
    sharing.apply(round, by=manager)


def test_a_pre_order_is_due_at_its_ceiling_until_the_goods_are_here(round, home, spinach):
    order = place(round, home, (spinach, 5))
    rounds.close(round)
    assert due(order) == Decimal("12.00")
    assert held(spinach) == (0, 0)


def test_cheaper_than_the_ceiling_is_paid_back_to_the_fen(round, home, spinach, station, manager):
    order = place(round, home, (spinach, 5))
    rounds.close(round)
    factories.received(station, spinach, 7, "14.77")  # 2.11 a unit
    share(round, manager)
    assert adjusted(order) == [(PRICE, 0, "-1.45")]
    assert due(order) == owed(order) == charged(order) == Decimal("10.55")
    assert LineTerms.objects.get().final_price == Decimal("2.11")
    assert held(spinach) == (7, 5)


def test_dearer_than_the_ceiling_is_the_stations_loss_and_on_its_account(
    round, home, spinach, station, manager
):
    order = place(round, home, (spinach, 5))
    rounds.close(round)
    factories.received(station, spinach, 5, "15.00")
    share(round, manager)
    assert adjusted(order) == []
    assert due(order) == charged(order) == Decimal("12.00")
    assert LineTerms.objects.get().final_price == Decimal("2.40")
    [account] = pricing.accounts([spinach.pk])
    assert account.variance == Decimal("-3.00")


def test_less_of_a_pre_order_and_cheaper(round, home, spinach, station, manager):
    order = place(round, home, (spinach, 5))
    rounds.close(round)
    factories.received(station, spinach, 3, "6.60")
    share(round, manager)
    # Two units at the ceiling do not come, three are 20 fen cheaper.
    assert adjusted(order) == [(SHORT, -2, "-4.80"), (PRICE, 0, "-0.60")]
    assert due(order) == owed(order) == charged(order) == Decimal("6.60")


def test_a_pre_order_of_which_nothing_came_costs_nothing(round, home, spinach, manager):
    order = place(round, home, (spinach, 5))
    rounds.close(round)
    share(round, manager)
    assert adjusted(order) == [(SHORT, -5, "-12.00")]
    assert due(order) == charged(order) == 0
    assert not Move.objects.filter(order=order).exists()


def test_found_short_while_packing_a_pre_order_is_paid_back_at_its_final_price(
    round, home, spinach, station, manager
):
    order = place(round, home, (spinach, 5))
    rounds.close(round)
    factories.received(station, spinach, 5, "10.00")
    share(round, manager)
    settle(LineChange(order.pk, spinach.pk, before=5, after=4))
    assert adjusted(order) == [(PRICE, 0, "-2.00"), (SHORT, -1, "-2.00")]
    assert due(order) == owed(order) == charged(order) == Decimal("8.00")
    assert held(spinach) == (5, 4)


# --- loose goods ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grams", "yuan"),
    [
        (1500, "9.00"),
        (1499, "8.99"),  # 8.994
        (1495, "8.97"),
        (1417, "8.50"),  # 8.502
        (1999, "9.00"),  # over: not charged
        (1, "0.01"),  # 0.006, half up
    ],
)
def test_loose_goods_cost_what_they_weigh_to_the_fen_and_never_more(grams, yuan):
    assert by_weight(Decimal("3.00"), 3, grams, 500) == Decimal(yuan)


def test_half_a_fen_is_rounded_up():
    assert by_weight(Decimal("1.00"), 1, 125, 1000) == Decimal("0.13")
    assert by_weight(Decimal("1.00"), 1, 124, 1000) == Decimal("0.12")


def test_weighed_lighter_is_paid_back_and_the_ledger_says_so(round, home, station):
    meat = factories.item(station, "五花肉", price="20.00", by_weight=True, weight_g=500)
    order = place(round, home, (meat, 2))
    rounds.close(round)
    settle(LineChange(order.pk, meat.pk, before=2, after=2, weighed_g=960))
    assert adjusted(order) == [(WEIGHT, 0, "-1.60")]
    assert due(order) == owed(order) == charged(order) == Decimal("38.40")
    settles = Move.objects.get(kind=Move.Kind.SETTLE)
    assert (settles.value, settles.in_stock_delta, settles.allocated_delta) == (
        Decimal("1.60"),
        0,
        0,
    )


def test_short_and_weighed_at_once(round, home, station):
    meat = factories.item(station, "五花肉", price="20.00", by_weight=True, weight_g=500)
    order = place(round, home, (meat, 3))
    rounds.close(round)
    settle(LineChange(order.pk, meat.pk, before=3, after=2, weighed_g=1100))
    assert adjusted(order) == [(SHORT, -1, "-20.00")], "heavier than two is charged as two"
    assert due(order) == charged(order) == Decimal("40.00")


# --- something similar ---------------------------------------------------------------------------


@pytest.fixture
def swapped(round, home, spinach, station, manager):
    """Three of five came; for the other two chard came instead, which is dearer."""
    chard = factories.item(station, "甜菜", price="3.10", in_stock=10)
    spinach.similar = chard
    spinach.save()
    order = place(round, home, (spinach, 5), wishes={spinach: Wish.SIMILAR})
    rounds.close(round)
    factories.received(station, spinach, 3, "7.20")
    share(round, manager)
    return order, chard


def test_what_comes_instead_costs_its_price_or_that_of_what_was_asked_for(swapped):
    order, chard = swapped
    assert adjusted(order) == [(SHORT, -2, "-4.80"), (SUBSTITUTE, 2, "4.80")]
    assert due(order) == owed(order) == charged(order) == Decimal("12.00")
    assert held(chard) == (10, 2)
    assert order.adjustments.get(kind=SUBSTITUTE).item == chard


def test_a_cheaper_one_costs_less(round, home, spinach, station, manager):
    cheap = factories.item(station, "小白菜", price="1.00", in_stock=10)
    spinach.similar = cheap
    spinach.save()
    order = place(round, home, (spinach, 2), wishes={spinach: Wish.SIMILAR})
    rounds.close(round)
    share(round, manager)
    assert adjusted(order) == [(SHORT, -2, "-4.80"), (SUBSTITUTE, 2, "2.00")]
    assert due(order) == Decimal("2.00")


def test_less_of_what_came_instead_is_paid_back_at_what_it_was_promised_at(swapped, spinach):
    order, chard = swapped
    change = LineChange(order.pk, chard.pk, before=2, after=1, stands_in_for=spinach.pk)
    settle(change)
    assert adjusted(order)[-1] == (SHORT, -1, "-2.40")
    assert due(order) == owed(order) == charged(order) == Decimal("9.60")
    assert held(chard) == (10, 1)


def test_what_came_instead_and_the_same_good_asked_for_by_name_keep_their_prices(
    round, home, spinach, station, manager
):
    chard = factories.item(station, "甜菜", price="3.10", in_stock=10)
    spinach.similar = chard
    spinach.save()
    order = place(round, home, (spinach, 2), (chard, 1), wishes={spinach: Wish.SIMILAR})
    rounds.close(round)
    share(round, manager)
    assert ParcelLine.objects.filter(parcel__order=order, item=chard).count() == 2
    settle(LineChange(order.pk, chard.pk, before=1, after=0))
    assert adjusted(order)[-1] == (SHORT, -1, "-3.10")
    settle(LineChange(order.pk, chard.pk, before=2, after=0, stands_in_for=spinach.pk))
    assert adjusted(order)[-1] == (SHORT, -2, "-4.80")
    assert due(order) == owed(order) == charged(order) == 0


# --- refused, and in bulk ------------------------------------------------------------------------


def test_what_is_not_there_cannot_be_promised(round, home, spinach):
    order = place(round, home, (spinach, 5))
    rounds.close(round)
    with pytest.raises(Shortage):
        settle(LineChange(order.pk, spinach.pk, before=5, after=5, held=False))


def test_queries_do_not_grow_with_the_orders(grid, spinach, station):
    factories.received(station, spinach, 100, "200.00")
    rice = factories.item(station, "大米", in_stock=1000)

    def queries(doors: int) -> int:
        this = factories.round(station, f"第 {doors} 波")
        orders = [
            place(this, factories.household(grid), (rice, 2), (spinach, 2)) for _ in range(doors)
        ]
        rounds.close(this)
        changes = [LineChange(order.pk, rice.pk, 2, 1) for order in orders]
        changes += [LineChange(order.pk, spinach.pk, 2, 1, held=False) for order in orders]
        with CaptureQueriesContext(connection) as captured:
            settle(*changes)
        return len(captured)

    few = queries(3)
    assert queries(23) == few <= 26  # seven of them tell the doors
