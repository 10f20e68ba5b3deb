"""The counter and the phones sell from one shelf, and one limit counts both."""

from decimal import Decimal
from uuid import uuid4

from oscar.core.loading import get_model

from delivery import locks
from shop import order_rows
from shop.counter_sales import counter
from shop.models import CounterSale, MoneyMove
from shop.money import accounts, orders
from shop.money import ledger as ledger_of_money
from tests import factories
from tests.races.buyers import counters, kinds, ledger, meet_before, scene

Order = get_model("order", "Order")
OrderLine = get_model("order", "Line")


def seller(here, household, item, units: int, clerk, nonce=None):
    """What the button of the counter's page does."""

    def sell():
        return counter.sell(
            here.station,
            household,
            {item.record_id: units},
            by=clerk,
            way=CounterSale.Way.CASH,
            nonce=nonce or uuid4(),
        )

    return sell


def both_channels(here, *, limit: int, units: int):
    """A door that orders and buys at the counter at the same moment, `units` each."""
    rice = here.good("大米", pieces=100, limit=limit)
    household, clerk = factories.household(here.grid), factories.member(here.station)
    buyer = here.buyer((rice, units), household=household)
    return rice, [buyer.place, seller(here, household, rice, units, clerk)]


def sold(item) -> int:
    lines = OrderLine.objects.filter(stockrecord=item.record_id)
    return sum(lines.values_list("quantity", flat=True))


def test_one_limit_counts_both_channels(each_database, race):
    here = scene()
    for _again in range(3):
        rice, steps = both_channels(here, limit=3, units=2)
        done, errors = race(2, lambda number, steps=steps: steps[number]())
        assert len(done) == 1
        assert kinds(errors) == {"SoldOut"}
        [refused] = errors
        assert [(line.left, line.limited) for line in refused.lines] == [(1, True)]
        assert sold(rice) == 2


def test_without_the_doors_lock_the_limit_does_not_hold(transactional_db, race, monkeypatch):
    here = scene()
    rice, steps = both_channels(here, limit=3, units=2)
    monkeypatch.setattr(locks, "round_shared", lambda *keys: None)
    meet_before(monkeypatch, order_rows, "write", runners=2)
    done, errors = race(2, lambda number: steps[number]())
    assert not errors
    assert len(done) == 2
    assert sold(rice) == 4


def test_the_last_pieces_are_sold_once_by_whichever_channel(each_database, race):
    here = scene()
    rice = here.good("大米", pieces=6)
    clerk = factories.member(here.station)
    steps = [buyer.place for buyer in here.buyers(8, (rice, 1))]
    steps += [seller(here, factories.household(here.grid), rice, 1, clerk) for _number in range(8)]
    done, errors = race(16, lambda number: steps[number]())
    assert len(done) == 6
    assert kinds(errors) == {"SoldOut"}
    in_stock, held = counters(rice)
    assert (in_stock - held, counters(rice)) == (0, ledger(rice))
    assert CounterSale.objects.count() == 6 - in_stock


def test_eight_taps_are_one_sale(each_database, race):
    here = scene()
    rice = here.good("大米", pieces=100)
    clerk = factories.member(here.station)
    sell = seller(here, factories.household(here.grid), rice, 2, clerk, uuid4())
    done, errors = race(8, lambda _number: sell())
    assert not errors
    assert len({order.pk for order in done}) == Order.objects.count() == 1
    assert MoneyMove.objects.count() == 2  # charged and paid
    assert counters(rice) == ledger(rice) == (98, 0)


def spenders(runners: int):
    """An account with 10 yuan, and so many payments of 6."""
    here = scene()
    household, clerk = factories.household(here.grid), factories.member(here.station)
    accounts.deposit(household, Decimal("10.00"), by=clerk, nonce=uuid4())
    owing = [factories.owing(household, "6.00") for _number in range(runners)]
    source = MoneyMove.Account.HOUSEHOLD
    return household, lambda number: orders.pay(
        owing[number], household, Decimal("6.00"), source=source, by=clerk, nonce=uuid4()
    )


def test_an_account_is_not_spent_twice(each_database, race):
    household, pay = spenders(8)
    paid, errors = race(8, pay)
    assert len(paid) == 1
    assert kinds(errors) == {"AccountShort"}
    assert accounts.balance(household) == Decimal("4.00")


def test_without_the_doors_lock_an_account_goes_below_zero(transactional_db, race, monkeypatch):
    household, pay = spenders(2)
    monkeypatch.setattr(locks, "household", lambda *keys: None)
    meet_before(monkeypatch, ledger_of_money, "post", runners=2)
    paid, errors = race(2, pay)
    assert not errors
    assert len(paid) == 2
    assert accounts.balance(household) == Decimal("-2.00")
