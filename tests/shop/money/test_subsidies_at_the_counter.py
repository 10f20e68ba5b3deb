"""A fund pays over the counter as it pays for orders."""

from uuid import uuid4

import pytest

from shop.counter_sales import counter
from shop.errors import SaleChanged, SaleRefused
from shop.models import MoneyMove
from shop.money import accounts, ledger
from shop.money.funds import funds
from tests import factories
from tests.shop.audit.breaking import wrong
from tests.shop.money.funding import left, yuan


@pytest.fixture
def fund(station):
    return factories.fund(station, "20.00")


@pytest.fixture
def rice(station, fund):
    """29.85, of which the fund pays 0.4: 11.94."""
    item = factories.item(station, "大米", price="29.85")
    factories.grant(fund, "0.4", item=item)
    return item


@pytest.fixture
def sell(station, home, staff):
    def sell(item, units=1, **also):
        also = {"way": "cash", "nonce": uuid4(), "by": staff} | also
        return counter.sell(station, home, {item.record_id: units}, **also)

    return sell


def test_the_buyer_pays_the_rest(sell, rice, fund):
    order = sell(rice, tendered=yuan("20.00"))
    sale = order.counter_sale
    assert (order.total_incl_tax, sale.subsidy, sale.to_pay, sale.change) == (
        yuan("29.85"),
        yuan("11.94"),
        yuan("17.91"),
        yuan("2.09"),
    )
    moves = MoneyMove.objects.filter(order=order).order_by("pk")
    assert [(m.source, m.target, m.amount) for m in moves] == [
        ("order", "sales", yuan("29.85")),
        ("fund", "order", yuan("11.94")),
        ("cash", "order", yuan("17.91")),
    ]
    assert (left(fund), ledger.owed([order.pk])) == (yuan("8.06"), {order.pk: 0})
    assert order.subsidies.get().share == yuan("0.4")


def test_the_page_says_what_will_be_and_a_change_is_told(station, home, sell, rice, fund, staff):
    quoted = counter.quote(station, home, {rice.record_id: 2})
    assert (quoted.total, quoted.subsidy, quoted.to_pay) == (
        yuan("59.70"),
        yuan("20.00"),  # not 23.88: there is no more
        yuan("39.70"),
    )
    with pytest.raises(SaleRefused, match=r"还差 ¥0\.01"):
        sell(rice, 2, tendered=yuan("39.69"))
    funds.give_back(fund, yuan("1.00"), by=staff, nonce=uuid4())
    with pytest.raises(SaleChanged):
        sell(rice, 2, seen=quoted.seen)
    assert left(fund) == yuan("19.00")
    again = counter.quote(station, home, {rice.record_id: 2})
    order = sell(rice, 2, seen=again.seen)
    assert (left(fund), order.counter_sale.to_pay) == (0, yuan("40.70"))


def test_an_account_needs_to_hold_the_rest_only(sell, home, staff, rice):
    accounts.deposit(home, yuan("17.91"), by=staff, nonce=uuid4())
    sell(rice, way="account")
    assert accounts.balance(home) == 0


def test_a_good_that_costs_nothing(sell, station, fund):
    item = factories.item(station, "口罩", price="3.00")
    factories.grant(fund, "1", item=item)
    order = sell(item, tendered=yuan("0.00"))
    assert (order.counter_sale.to_pay, left(fund)) == (0, yuan("17.00"))
    assert not MoneyMove.objects.filter(source="cash", order=order).exists()


def test_the_same_tap_twice_is_paid_once(sell, rice, fund):
    nonce = uuid4()
    assert sell(rice, nonce=nonce) == sell(rice, nonce=nonce)
    assert left(fund) == yuan("8.06")


def test_the_audit_finds_nothing_wrong_with_it(sell, rice):
    sell(rice, 2, tendered=yuan("40.00"))
    assert wrong() == {}
