"""驿站账户: a door's account, to the fen, never further below zero than agreed."""

from decimal import Decimal
from uuid import uuid4

import pytest

from shop.errors import AccountHoldsLess, AccountShort, MoneyRefused, NonceTaken
from shop.models import MoneyMove
from shop.money import accounts, orders
from tests import factories

Account = MoneyMove.Account


def pay(door, amount: str, source, by) -> None:
    """An order that comes to just this."""
    order = factories.owing(door, amount)
    orders.pay(order, door, Decimal(amount), source=source, by=by, nonce=uuid4())


def test_an_account_is_what_was_paid_in_less_what_was_paid_with(home, staff, neighbour):
    assert accounts.balance(home) == Decimal("0.00")
    accounts.deposit(home, Decimal("50.00"), by=staff, nonce=uuid4())
    pay(home, "12.80", Account.HOUSEHOLD, staff)
    pay(home, "7.00", Account.CASH, staff)
    accounts.pay_back(home, Decimal("0.10"), by=staff, nonce=uuid4())
    assert accounts.balance(home) == Decimal("37.10")
    other = neighbour.person.household
    accounts.deposit(other, Decimal("1.00"), by=staff, nonce=uuid4())
    assert accounts.balances([home.pk, other.pk]) == {
        home.pk: Decimal("37.10"),
        other.pk: Decimal("1.00"),
    }


def test_a_deposit_tapped_twice_is_one(home, staff):
    nonce = uuid4()
    for _tap in range(2):
        accounts.deposit(home, Decimal("20.00"), by=staff, nonce=nonce)
    assert accounts.balance(home) == Decimal("20.00")
    move = MoneyMove.objects.get()
    assert (move.kind, move.source, move.target) == ("deposit", "cash", "household")
    assert (move.station, move.household, move.by) == (home.grid.station, home, staff)


def test_a_nonce_says_one_thing(home, neighbour, staff):
    nonce = uuid4()
    accounts.deposit(home, Decimal("20.00"), by=staff, nonce=nonce)
    for door, amount in [(home, "21.00"), (neighbour.person.household, "20.00")]:
        with pytest.raises(NonceTaken):
            accounts.deposit(door, Decimal(amount), by=staff, nonce=nonce)
    with pytest.raises(NonceTaken):
        accounts.pay_back(home, Decimal("20.00"), by=staff, nonce=nonce)
    assert MoneyMove.objects.count() == 1


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "10000.01", "1E+9"])
def test_amounts_that_cannot_be_right(home, staff, amount):
    with pytest.raises(MoneyRefused, match="金额"):
        accounts.deposit(home, Decimal(amount), by=staff, nonce=uuid4())
    assert not MoneyMove.objects.exists()


def test_an_account_never_goes_below_zero(home, staff):
    accounts.deposit(home, Decimal("3.20"), by=staff, nonce=uuid4())
    with pytest.raises(AccountShort) as refused:
        pay(home, "3.21", Account.HOUSEHOLD, staff)
    assert str(refused.value) == "账户只有 ¥3.20，不够 ¥3.21。可以先充值，或者换一种付法。"
    with pytest.raises(AccountHoldsLess, match=r"^账户只有 ¥3.20，取不了 ¥3.21。$"):
        accounts.pay_back(home, Decimal("3.21"), by=staff, nonce=uuid4())
    pay(home, "3.20", Account.HOUSEHOLD, staff)
    assert accounts.balance(home) == Decimal("0.00")


def test_credit_is_an_account_below_zero_up_to_the_limit(home, staff):
    accounts.limit_credit(home, Decimal("5.00"))
    with pytest.raises(AccountShort):
        pay(home, "5.01", Account.HOUSEHOLD, staff)
    pay(home, "5.00", Account.HOUSEHOLD, staff)
    assert accounts.balance(home) == Decimal("-5.00")
    with pytest.raises(MoneyRefused, match=r"^这一户已经欠 ¥5.00，额度不能比这少。$"):
        accounts.limit_credit(home, Decimal("4.99"))
    with pytest.raises(AccountHoldsLess, match=r"^账户欠着 ¥5.00，取不了 ¥0.01。$"):
        accounts.pay_back(home, Decimal("0.01"), by=staff, nonce=uuid4())
