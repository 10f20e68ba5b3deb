"""资金流水: a door's account, to the fen, never below zero."""

from decimal import Decimal
from uuid import uuid4

import pytest

from shop import money
from shop.errors import AccountShort, MoneyRefused, NonceTaken
from shop.models import MoneyMove
from tests import factories

Account = MoneyMove.Account


def test_an_account_is_what_was_paid_in_less_what_was_paid_with(home, staff, neighbour):
    assert money.balance(home) == Decimal("0.00")
    money.deposit(home, Decimal("50.00"), by=staff, nonce=uuid4())
    money.pay(factories.order(), home, Decimal("12.80"), source=Account.HOUSEHOLD, by=staff)
    money.pay(factories.order(), home, Decimal("7.00"), source=Account.CASH, by=staff)
    money.pay_back(home, Decimal("0.10"), by=staff, nonce=uuid4())
    assert money.balance(home) == Decimal("37.10")
    other = neighbour.person.household
    money.deposit(other, Decimal("1.00"), by=staff, nonce=uuid4())
    assert money.balances([home.pk, other.pk]) == {
        home.pk: Decimal("37.10"),
        other.pk: Decimal("1.00"),
    }


def test_both_sides_of_every_move_are_written(home, staff):
    order = factories.order()
    move = money.deposit(home, Decimal("5.00"), by=staff, nonce=uuid4())
    paid = money.pay(order, home, Decimal("5.00"), source=Account.HOUSEHOLD, by=staff)
    assert (move.source, move.target, move.station) == ("cash", "household", home.grid.station)
    assert (paid.source, paid.target, paid.order, paid.household) == (
        "household",
        "order",
        order,
        home,
    )


def test_a_deposit_tapped_twice_is_one(home, staff):
    nonce = uuid4()
    first = money.deposit(home, Decimal("20.00"), by=staff, nonce=nonce)
    assert money.deposit(home, Decimal("20.00"), by=staff, nonce=nonce) == first
    assert money.balance(home) == Decimal("20.00")


def test_a_nonce_says_one_thing(home, neighbour, staff):
    nonce = uuid4()
    money.deposit(home, Decimal("20.00"), by=staff, nonce=nonce)
    for door, amount in [(home, "21.00"), (neighbour.person.household, "20.00")]:
        with pytest.raises(NonceTaken):
            money.deposit(door, Decimal(amount), by=staff, nonce=nonce)
    with pytest.raises(NonceTaken):
        money.pay_back(home, Decimal("20.00"), by=staff, nonce=nonce)
    assert MoneyMove.objects.count() == 1


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "10000.01", "1E+9"])
def test_amounts_that_cannot_be_right(home, staff, amount):
    with pytest.raises(MoneyRefused, match="金额"):
        money.deposit(home, Decimal(amount), by=staff, nonce=uuid4())
    assert not MoneyMove.objects.exists()


def test_an_account_never_goes_below_zero(home, staff):
    money.deposit(home, Decimal("3.20"), by=staff, nonce=uuid4())
    with pytest.raises(AccountShort) as refused:
        money.pay(factories.order(), home, Decimal("3.21"), source=Account.HOUSEHOLD, by=staff)
    assert str(refused.value) == "账户只有 ¥3.20，不够 ¥3.21。可以先充值，或者收现金。"
    with pytest.raises(AccountShort):
        money.pay_back(home, Decimal("3.21"), by=staff, nonce=uuid4())
    money.pay(factories.order(), home, Decimal("3.20"), source=Account.HOUSEHOLD, by=staff)
    assert money.balance(home) == Decimal("0.00")
