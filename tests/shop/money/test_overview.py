"""Where the money is, whose it is, and what waits for somebody."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shop.models import MoneyMove, OrderStatus
from shop.money import accounts, ledger, orders, overview
from tests import factories

Account = MoneyMove.Account


def pay(order, door, amount: str, source, by, **also) -> None:
    orders.pay(order, door, Decimal(amount), source=source, by=by, nonce=uuid4(), **also)


@pytest.fixture
def midnight():
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


@pytest.fixture
def a_day(home, neighbour, staff, courier, station, grid):
    """Five doors: one pays at the counter, one the courier, one from its account, one nothing,
    one on credit."""
    doors = [home, neighbour.person.household]
    doors += [factories.household(grid, "3", "1", room) for room in ("101", "102", "103")]
    made = [factories.owing(door, "10.00") for door in doors]
    pay(made[0], doors[0], "10.00", Account.CASH, staff)
    pay(made[1], doors[1], "9.00", Account.PERSON, courier, holder=courier)
    accounts.deposit(doors[2], Decimal("30.00"), by=staff, nonce=uuid4())
    accounts.pay_back(doors[2], Decimal("5.00"), by=staff, nonce=uuid4())
    pay(made[2], doors[2], "10.00", Account.HOUSEHOLD, staff)
    accounts.limit_credit(doors[4], Decimal("10.00"), by=None)
    pay(made[4], doors[4], "10.00", Account.HOUSEHOLD, staff)
    with transaction.atomic():
        less = orders.adjustment(made[0].pk, station.pk, home.pk, Decimal("-2.50"))
        ledger.post([less], by=staff)
    type(made[0]).objects.filter(pk=made[1].pk).update(status=OrderStatus.DELIVERED)
    return made


def test_both_sides_come_to_the_same(a_day, station, midnight):
    found = overview.of(station, midnight)
    stands = {account: yuan for account, yuan in found.stands.items() if yuan}
    assert stands == {
        Account.CASH: Decimal("35.00"),
        Account.PERSON: Decimal("9.00"),
        Account.ORDER: Decimal("11.00"),
        Account.HOUSEHOLD: Decimal("7.50"),
        Account.SALES: Decimal("47.50"),
    }
    assert found.held == found.own == Decimal("55.00")


def test_every_account_is_on_one_side():
    assert sorted([*overview.HELD, *overview.OWN]) == sorted(Account)


def test_what_waits_for_somebody(a_day, station, midnight):
    found = overview.of(station, midnight)
    assert found.holders == 1
    assert found.arrived == overview.Part(1, Decimal("1.00"))
    assert found.to_come == overview.Part(1, Decimal("10.00"))
    assert found.above == overview.Part(2, Decimal("17.50"))
    assert found.below == overview.Part(1, Decimal("10.00"))
    assert not found.nothing_to_do


def test_an_order_that_waits_for_stripe_is_neither(a_day, station, midnight):
    a_day[3].status = OrderStatus.AWAITING
    a_day[3].save()
    found = overview.of(station, midnight)
    assert (found.to_come.count, found.awaiting) == (0, overview.Part(1, Decimal("10.00")))


def test_today_by_way(a_day, station, midnight):
    day = overview.of(station, midnight).today
    assert {account: yuan for account, yuan in day.paid.items() if yuan} == {
        Account.CASH: Decimal("10.00"),
        Account.PERSON: Decimal("9.00"),
        Account.HOUSEHOLD: Decimal("20.00"),
    }
    assert (day.total, day.refunded) == (Decimal("39.00"), Decimal("2.50"))
    assert (day.deposited, day.withdrawn) == (Decimal("30.00"), Decimal("5.00"))


def test_what_was_undone_was_not_paid(home, station, courier, midnight):
    order = factories.owing(home, "10.00")
    taken = orders.payment(order.pk, home, Decimal("10.00"), Account.PERSON, holder_id=courier.pk)
    with transaction.atomic():
        ledger.post([taken], by=courier)
        ledger.post([taken.turned()], by=courier)
    assert overview.of(station, midnight).today.total == Decimal("0.00")


def test_yesterday_is_over(a_day, station, midnight):
    day = overview.of(station, midnight + timedelta(days=1)).today
    assert (day.total, day.refunded, day.deposited, day.withdrawn) == (0, 0, 0, 0)


def test_another_station_sees_nothing_of_it(a_day, other_station, midnight):
    found = overview.of(other_station, midnight)
    assert (found.held, found.holders, found.nothing_to_do) == (0, 0, True)


def test_more_doors_cost_no_more_queries(a_day, station, grid, staff, midnight):
    with CaptureQueriesContext(connection) as few:
        overview.of(station, midnight)
    for number in range(20):
        door = factories.household(grid, "9", "1", str(number))
        factories.owing(door)
        accounts.deposit(door, Decimal("1.00"), by=staff, nonce=uuid4())
    with CaptureQueriesContext(connection) as many:
        overview.of(station, midnight)
    assert len(few) == len(many) == 10


def test_a_deposit_that_was_undone_did_not_come_in(a_day, home, station, staff, midnight):
    accounts.deposit(home, Decimal("500.00"), by=staff, nonce=uuid4())
    accounts.undo_deposit(MoneyMove.objects.latest("pk"), by=staff, nonce=uuid4())
    found = overview.of(station, midnight)
    assert (found.today.deposited, found.today.withdrawn) == (Decimal("30.00"), Decimal("5.00"))
    assert found.stands[Account.CASH] == Decimal("35.00")
