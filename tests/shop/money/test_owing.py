"""What is not paid yet, door by door, and money for it at the counter."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from shop.errors import AccountShort, MoneyRefused
from shop.models import MoneyMove, OrderStatus
from shop.money import accounts, ledger, owing
from tests import factories

Account = MoneyMove.Account


def collect(door, order, amount: str, source, by, nonce=None) -> None:
    owing.collect(door, order.number, Decimal(amount), source=source, by=by, nonce=nonce or uuid4())


def test_what_is_owed_is_what_is_not_paid(home, neighbour, staff, station):
    first, second = factories.owing(home, "10.00"), factories.owing(home, "0.01")
    third = factories.owing(neighbour.person.household, "7.50")
    collect(home, first, "9.99", Account.CASH, staff)
    assert [(debt.number, debt.amount) for debt in owing.of_door(home)] == [
        (first.number, Decimal("0.01")),
        (second.number, Decimal("0.01")),
    ]
    collect(home, first, "0.01", Account.TRANSFER, staff)
    assert {debt.number for debt in owing.of_station(station)} == {second.number, third.number}


def test_fractions_that_a_sum_leaves_are_no_debt(home, staff, station):
    """In binary 15.40 − 10.78 − 4.62 is a little more than nothing."""
    order = factories.owing(home, "15.40")
    for part in ("10.78", "4.62"):
        collect(home, order, part, Account.CASH, staff)
    assert owing.of_door(home) == owing.of_station(station) == []


def test_what_another_station_is_owed_is_not_ours(home, other_station):
    factories.owing(home)
    assert owing.of_station(other_station) == []


def test_the_goods_are_there_or_not_and_the_money_may_be_on_its_way(home):
    order = factories.owing(home)
    states = {}
    for status in OrderStatus:
        type(order).objects.update(status=status)
        [debt] = owing.of_door(home)
        states[status] = (debt.arrived, debt.collectable)
    assert [status for status, (arrived, _c) in states.items() if arrived] == [
        OrderStatus.DELIVERED,
        OrderStatus.TAKEN,
    ]
    assert [status for status, (_a, able) in states.items() if not able] == [OrderStatus.AWAITING]


def test_what_is_paid_online_is_not_taken_again_in_cash(home, staff):
    order = factories.owing(home)
    type(order).objects.update(status=OrderStatus.AWAITING)
    with pytest.raises(MoneyRefused, match="在等网上付款"):
        collect(home, order, "10.00", Account.CASH, staff)
    assert ledger.owed([order.pk]) == {order.pk: Decimal("10.00")}


def test_whoever_lives_there_now_does_not_owe_what_others_ordered(home, station):
    factories.owing(home)
    home.lived_in_since = timezone.now()
    home.save()
    assert owing.of_door(home) == []
    assert len(owing.of_station(station)) == 1


def test_more_than_is_owed_is_refused(home, staff):
    order = factories.owing(home, "10.00")
    with pytest.raises(MoneyRefused, match=r"还差 ¥10\.00，不能收 ¥10\.01"):
        collect(home, order, "10.01", Account.CASH, staff)
    assert not MoneyMove.objects.filter(kind="payment").exists()


def test_the_same_tap_again_is_nothing_also_when_all_is_paid(home, staff):
    order, nonce = factories.owing(home, "10.00"), uuid4()
    for _tap in range(2):
        collect(home, order, "10.00", Account.CASH, staff, nonce)
    assert MoneyMove.objects.filter(kind="payment").count() == 1


def test_an_account_pays_as_far_as_its_credit_goes(home, staff):
    order = factories.owing(home, "10.00")
    accounts.deposit(home, Decimal("4.00"), by=staff, nonce=uuid4())
    accounts.limit_credit(home, Decimal("5.99"), by=None)
    with pytest.raises(AccountShort):
        collect(home, order, "10.00", Account.HOUSEHOLD, staff)
    accounts.limit_credit(home, Decimal("6.00"), by=None)
    collect(home, order, "10.00", Account.HOUSEHOLD, staff)
    assert accounts.balance(home) == Decimal("-6.00")
    assert owing.of_door(home) == []


def test_the_order_of_another_door_is_not_this_ones(home, neighbour, staff):
    order = factories.owing(neighbour.person.household)
    with pytest.raises(MoneyRefused, match="没有订单"):
        collect(home, order, "10.00", Account.CASH, staff)
    assert ledger.owed([order.pk]) == {order.pk: Decimal("10.00")}
