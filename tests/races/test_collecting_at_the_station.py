"""Two clerks take the money for one order at the same moment."""

from decimal import Decimal
from uuid import uuid4

from delivery import locks
from shop.models import MoneyMove
from shop.money import accounts, ledger, orders, owing
from tests import factories
from tests.races.buyers import kinds, meet_before, scene

CASH = MoneyMove.Account.CASH


def clerks(here):
    door = factories.household(here.grid)
    order, clerk = factories.owing(door, "10.00"), factories.member(here.station)

    def collect(_number):
        owing.collect(door, order.number, Decimal("10.00"), source=CASH, by=clerk, nonce=uuid4())

    return door, order, collect


def taken() -> Decimal:
    return sum(MoneyMove.objects.filter(source=CASH).values_list("amount", flat=True))


def test_one_of_them_is_told_that_it_is_paid(each_database, race):
    door, order, collect = clerks(scene())
    done, errors = race(4, collect)
    assert (len(done), kinds(errors)) == (1, {"MoneyRefused"})
    assert (taken(), ledger.owed([order.pk])[order.pk]) == (Decimal("10.00"), 0)
    assert accounts.balance(door) == 0


def test_without_the_locks_both_put_it_into_the_till(transactional_db, race, monkeypatch):
    _door, _order, collect = clerks(scene())
    monkeypatch.setattr(locks, "household", lambda key: None)
    monkeypatch.setattr(ledger, "lock", lambda keys: None)
    meet_before(monkeypatch, orders, "payment", runners=2)
    done, errors = race(2, collect)
    assert (len(done), errors) == (2, [])
    assert taken() == Decimal("20.00")
