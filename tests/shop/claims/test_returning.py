"""A parcel that is given up costs its household nothing, and its goods are on the shelf again."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from delivery import batches, returns, rounds
from delivery.models import Parcel, Wish
from delivery.picks import packing
from inventory import pricing
from inventory.models import Lot, Move
from shop.models import MoneyMove, Notice, OrderStatus
from shop.money import accounts, ledger, orders
from tests import factories
from tests.delivery.doors import fail
from tests.delivery.doors import send_out as send
from tests.shop.doors import hand_out, send_out, wrong
from tests.shop.orders import place, preordered


def held(item) -> tuple[int, int]:
    item.record.refresh_from_db()
    return item.record.num_in_stock, item.record.num_allocated


def adjusted(order) -> list[tuple[str, int, str]]:
    rows = order.adjustments.order_by("pk").values_list("kind", "units", "amount")
    return [(kind, units, str(amount)) for kind, units, amount in rows]


def give_up(order, by, **spoiled: int) -> None:
    """`spoiled` by title."""
    parcel = Parcel.objects.get(order=order)
    lines = {line.item.record.product.title: line.pk for line in returns.contents(parcel)}
    said = {lines[title]: units for title, units in spoiled.items()}
    returns.take_back(parcel, by=by, spoiled=said)


@pytest.fixture
def order(round, home, cabbage, tofu, courier, manager):
    """Three cabbages for 6.90 and two tofus for 6.00 that nobody wanted."""
    order = place(round, home, (cabbage, 3), (tofu, 2))
    [stop] = send_out(round, courier, manager)
    fail(stop, courier, "refused")
    return order


def test_nothing_is_owed_and_everything_is_there_again(order, cabbage, tofu, home, staff):
    give_up(order, staff)
    order.refresh_from_db()
    assert order.status == OrderStatus.RETURNED
    assert adjusted(order) == [("returned", -3, "-6.90"), ("returned", -2, "-6.00")]
    assert ledger.owed([order.pk]) == {order.pk: 0}
    assert Parcel.objects.get(order=order).due == 0
    assert (held(cabbage), held(tofu)) == ((20, 0), (20, 0))
    assert accounts.balance(home) == 0
    assert Notice.objects.filter(order=order, household=home).count() == 1
    assert order.status_changes.filter(new_status="returned").count() == 1
    assert wrong() == {}


def test_the_shelf_and_the_account_of_the_good_are_as_before_it_was_ordered(
    order, cabbage, tofu, staff
):
    before = 20, Decimal("46.00"), Decimal("0.00")
    give_up(order, staff)
    [account] = pricing.accounts([cabbage.pk])
    assert (account.units, account.book_value, account.variance) == before
    assert Lot.objects.get(item=cabbage).units == 20


def test_what_spoiled_is_booked_off_with_a_reason(order, cabbage, tofu, staff):
    give_up(order, staff, 白菜=2, 豆腐=2)
    assert (held(cabbage), held(tofu)) == ((18, 0), (18, 0))
    lost = Move.objects.filter(kind=Move.Kind.WASTE).order_by("in_stock_delta", "item")
    assert list(lost.values_list("item", "in_stock_delta", "reason", "by")) == [
        (cabbage.pk, -2, "spoiled", staff.pk),
        (tofu.pk, -2, "spoiled", staff.pk),
    ]
    assert wrong() == {}


def test_what_was_paid_before_is_given_back(round, home, tofu, courier, manager, staff):
    accounts.deposit(home, Decimal("20.00"), by=staff, nonce=uuid4())
    order = place(round, home, (tofu, 2))
    source = MoneyMove.Account.HOUSEHOLD
    orders.pay(order, home, Decimal("6.00"), source=source, by=staff, nonce=uuid4())
    [stop] = send_out(round, courier, manager)
    fail(stop, courier, "damaged")
    assert accounts.balance(home) == Decimal("14.00")
    give_up(order, staff)
    assert accounts.balance(home) == Decimal("20.00")
    assert wrong() == {}


def test_loose_goods_that_were_weighed_come_back_to_the_fen(
    round, home, station, courier, manager, staff
):
    meat = factories.item(station, "五花肉", price="20.00", by_weight=True, weight_g=500)
    order = place(round, home, (meat, 3))
    rounds.close(round)
    [batch] = batches.plan(round, manager).batches
    packing.tick(order.parcel.lines.get(), by=staff, weighed_g=1471)
    batches.give(batch, courier.volunteer, manager)
    batches.start(batch, courier)
    fail(batch.stops.get(), courier)
    give_up(order, staff)
    # 20 × 1471 / 500 = 58.84 for three, which no price a unit makes.
    assert adjusted(order) == [("weight", 0, "-1.16"), ("returned", -3, "-58.84")]
    back = Move.objects.filter(order=order, kind=Move.Kind.RETURN).order_by("-value")
    assert list(back.values_list("in_stock_delta", "value")) == [
        (2, Decimal("39.22")),
        (1, Decimal("19.62")),
    ]
    assert held(meat) == (100, 0)
    assert wrong() == {}


def test_shared_out_replaced_and_then_refused(round, home, station, courier, manager, staff):
    spinach = preordered(station, price="2.40")
    chard = factories.item(station, "甜菜", price="3.10", in_stock=10)
    spinach.similar = chard
    spinach.save()
    order = place(round, home, (spinach, 5), (chard, 1), wishes={spinach: Wish.SIMILAR})
    factories.received(station, spinach, 3, "6.30")
    [stop] = send_out(round, courier, manager, share=True)
    fail(stop, courier)
    give_up(order, staff)
    assert adjusted(order)[-2:] == [("returned", -5, "-11.10"), ("returned", -1, "-3.10")]
    assert (held(spinach), held(chard)) == ((3, 0), (10, 0))
    assert wrong() == {}


def test_what_never_came_is_not_given_back_twice(
    round, home, cabbage, tofu, courier, manager, staff
):
    order = place(round, home, (cabbage, 3), (tofu, 2))
    rounds.close(round)
    [batch] = batches.plan(round, manager).batches
    packing.tick(order.parcel.lines.get(item=cabbage), by=staff, units=0)
    send(batch, courier, manager)
    fail(batch.stops.get(), courier)
    give_up(order, staff)
    assert adjusted(order) == [("short", -3, "-6.90"), ("returned", -2, "-6.00")]
    assert (held(cabbage), held(tofu)) == ((20, 0), (20, 0))
    assert wrong() == {}


def test_of_two_parcels_at_one_door_the_other_is_as_it_was(
    round, home, neighbour, tofu, courier, manager, staff
):
    given_up, other = place(round, home, (tofu, 1)), place(round, home, (tofu, 2))
    [stop] = send_out(round, courier, manager)
    fail(stop, courier)
    give_up(given_up, staff)
    [batch] = batches.plan(round, manager).batches
    send(batch, courier, manager)
    hand_out(list(batch.stops.all()), courier)
    other.refresh_from_db()
    assert (other.status, ledger.owed([other.pk])) == ("delivered", {other.pk: Decimal("6.00")})
    assert held(tofu) == (18, 0)
    assert wrong() == {}


def test_queries_do_not_grow_with_the_lines(grid, station, courier, manager, staff):
    goods = [factories.item(station, f"货{number}") for number in range(23)]

    def queries(lines: int) -> int:
        this = factories.round(station)
        order = place(this, factories.household(grid), *((good, 2) for good in goods[:lines]))
        [stop] = send_out(this, courier, manager)
        fail(stop, courier)
        parcel = Parcel.objects.get(order=order)
        spoiled = {line.pk: 1 for line in returns.contents(parcel)}
        with CaptureQueriesContext(connection) as captured:
            returns.take_back(parcel, by=staff, spoiled=spoiled)
        return len(captured)

    few = queries(3)
    assert queries(23) == few <= 42
    assert wrong() == {}
