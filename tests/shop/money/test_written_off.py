"""Goods that a family had on credit, which was written off: whatever becomes of them, nobody is
paid for what nobody paid for."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction

from delivery import households
from delivery.models import Household
from inventory.models import Membership
from shop.counter_sales import counter, taking_back
from shop.models import CounterSale, MoneyMove
from shop.money import accounts, leaving, ledger, orders
from tests import factories
from tests.shop.doors import wrong


@pytest.fixture
def manager(station):
    return factories.member(station, Membership.Role.MANAGER)


@pytest.fixture
def rice(station):
    return factories.item(station, "大米", price="10.00", in_stock=20)


def sold(home: Household, rice, staff, bags: int = 3) -> CounterSale:
    """On credit."""
    accounts.limit_credit(home, Decimal("100.00"), by=staff)
    said = {"by": staff, "way": "account", "nonce": uuid4()}
    order = counter.sell(home.grid.station, home, {rice.record_id: bags}, **said)
    return CounterSale.objects.get(order=order)


def write_off(home: Household, manager, owed: str) -> None:
    said = {"by": manager, "reason": "联系不上", "nonce": uuid4()}
    leaving.write_off(home, seen=Decimal(owed), **said)


def back(sale: CounterSale, bags: int, staff, cash: bool = True) -> Decimal:
    sale, units = CounterSale.objects.get(pk=sale.pk), {sale.order.lines.get().pk: bags}
    return taking_back.take_back(sale, units, by=staff, cash=cash, nonce=uuid4())


def less(sale: CounterSale, home: Household, yuan: str) -> None:
    amount = -Decimal(yuan)
    with transaction.atomic():
        ledger.post([orders.adjustment(sale.order_id, sale.station_id, home.pk, amount)], by=None)


def loss() -> Decimal:
    return MoneyMove.objects.all().standing(MoneyMove.Account.BAD_DEBT)


def test_what_they_bring_back_is_not_paid_out(home, rice, staff, manager):
    sale = sold(home, rice, staff)
    write_off(home, manager, "30.00")
    households.move_out(home, staff)
    assert back(sale, 1, staff) == 0
    assert loss() == Decimal("20.00")
    assert back(sale, 2, staff) == 0
    assert (loss(), wrong()) == (0, {})


def test_nor_is_what_was_wrong_with_it(home, rice, staff, manager):
    sale = sold(home, rice, staff)
    write_off(home, manager, "30.00")
    for _time in range(2):
        less(sale, home, "4.00")
    assert (loss(), accounts.balance(home)) == (Decimal("22.00"), 0)


def test_what_the_account_held_was_paid(home, rice, staff, manager):
    """12.00 of the 30.00."""
    accounts.deposit(home, Decimal("12.00"), by=staff, nonce=uuid4())
    sale = sold(home, rice, staff)
    write_off(home, manager, "18.00")
    assert back(sale, 1, staff) == 0
    assert back(sale, 2, staff) == Decimal("12.00")
    assert (loss(), wrong()) == (0, {})


def test_what_was_bought_after_that_was_paid_too(home, rice, staff, manager):
    """By the next family, and by one that stayed; and each loss is its family's."""
    first = sold(home, rice, staff)
    write_off(home, manager, "30.00")
    households.move_out(home, staff)
    home = Household.objects.get(pk=home.pk)
    accounts.deposit(home, Decimal("10.00"), by=staff, nonce=uuid4())
    paid = sold(home, rice, staff, 1)
    assert back(paid, 1, staff) == Decimal("10.00")
    second = sold(home, rice, staff, 2)
    write_off(home, manager, "20.00")
    assert back(first, 3, staff) == 0
    assert loss() == Decimal("20.00")
    assert back(second, 2, staff) == 0
    assert (loss(), wrong()) == (0, {})
