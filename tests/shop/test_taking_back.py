"""What was bought at the counter is brought back: once, no more than was bought, to the fen."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from inventory import pricing
from inventory.models import Move
from shop.counter_sales import counter, taking_back
from shop.errors import NonceTaken, TakeBackRefused
from shop.models import AccountTerms, CounterSale, MoneyMove
from shop.money import accounts, ledger
from shop.money.funds import funds
from tests import factories
from tests.shop.doors import wrong


@pytest.fixture
def tofu(station):
    return factories.item(station, "豆腐", price="3.00", in_stock=20)


@pytest.fixture
def oil(station):
    return factories.item(station, "菜油", price="42.50", in_stock=5)


@pytest.fixture
def sale(station, home, tofu, oil, staff):
    """Three tofus and a bottle of oil, 51.50 in cash."""
    return sold(station, home, {tofu.record_id: 3, oil.record_id: 1}, staff)


def sold(station, home, wanted, staff, way="cash") -> CounterSale:
    order = counter.sell(station, home, wanted, by=staff, way=way, nonce=uuid4())
    return CounterSale.objects.get(order=order.pk)


def line(sale, title="豆腐"):
    return sale.order.lines.get(title=title)


def back(sale, units=1, *, by=None, cash=True, nonce=None, title="豆腐", **said):
    taking_back.take_back(
        sale,
        {line(sale, title).pk: units},
        by=by or sale.by,
        cash=cash,
        nonce=nonce or uuid4(),
        **said,
    )


def moved(order) -> list[tuple[str, str, str, str]]:
    """What was booked after the sale itself."""
    rows = MoneyMove.objects.filter(order=order).order_by("pk")
    return [(m.kind, m.source, m.target, str(m.amount)) for m in rows][2:]


def in_stock(item) -> int:
    item.record.refresh_from_db()
    return item.record.num_in_stock


def test_cash_comes_out_of_the_till(sale, tofu, home):
    back(sale, 2)
    assert moved(sale.order) == [
        ("adjustment", "sales", "order", "6.00"),
        ("refund", "order", "cash", "6.00"),
    ]
    assert [(a.kind, a.units, a.amount) for a in sale.order.adjustments.all()] == [
        ("returned", -2, Decimal("-6.00"))
    ]
    assert (in_stock(tofu), accounts.balance(home)) == (19, 0)
    assert ledger.owed([sale.order_id]) == {sale.order_id: 0}
    assert wrong() == {}


def test_or_it_goes_into_the_account(sale, home):
    back(sale, 2, cash=False)
    assert moved(sale.order)[1:] == [("refund", "order", "household", "6.00")]
    assert accounts.balance(home) == Decimal("6.00")
    assert wrong() == {}


def test_the_account_of_the_good_is_as_before_it_was_sold(sale, tofu):
    back(sale, 3)
    [account] = pricing.accounts([tofu.pk])
    assert (account.units, account.book_value, account.variance) == (20, Decimal("60.00"), 0)


def test_what_spoiled_does_not_go_back_on_the_shelf(sale, tofu):
    back(sale, 2, spoiled={line(sale).pk: 1})
    assert in_stock(tofu) == 18
    lost = Move.objects.get(kind=Move.Kind.WASTE)
    assert (lost.in_stock_delta, lost.reason, lost.item) == (-1, "spoiled", tofu)
    assert moved(sale.order)[1][3] == "6.00", "it is paid back all the same"
    assert wrong() == {}


def test_the_same_tap_again_is_nothing(sale, tofu):
    nonce = uuid4()
    for _again in range(2):
        back(sale, 1, nonce=nonce)
    assert (in_stock(tofu), len(moved(sale.order))) == (18, 2)


def test_the_same_nonce_for_something_else_is_refused(sale, tofu, station, home, staff):
    nonce = uuid4()
    back(sale, 1, nonce=nonce)
    with pytest.raises(NonceTaken):
        back(sale, 2, nonce=nonce)
    with pytest.raises(NonceTaken):
        back(sold(station, home, {tofu.record_id: 1}, staff), 1, nonce=nonce)


def test_nor_does_it_go_to_the_other_purse(sale, home):
    nonce = uuid4()
    back(sale, 1, cash=False, nonce=nonce)
    with pytest.raises(NonceTaken):
        back(sale, 1, cash=True, nonce=nonce)
    back(sale, 1, cash=False, nonce=nonce)
    assert [move[2] for move in moved(sale.order)] == ["order", "household"]
    nonce = uuid4()
    back(sale, 1, nonce=nonce)
    with pytest.raises(NonceTaken):
        back(sale, 1, cash=False, nonce=nonce)
    assert accounts.balance(home) == Decimal("3.00")


def test_nor_did_other_units_spoil(sale, tofu):
    good, bad, tofus = uuid4(), uuid4(), line(sale).pk
    back(sale, 1, nonce=good)
    back(sale, 2, nonce=bad, spoiled={tofus: 1})
    for _again in range(2):
        back(sale, 1, nonce=good)
        back(sale, 2, nonce=bad, spoiled={tofus: 1})
    for nonce, units, spoiled in ((good, 1, {tofus: 1}), (bad, 2, {}), (bad, 2, {tofus: 2})):
        with pytest.raises(NonceTaken):
            back(sale, units, nonce=nonce, spoiled=spoiled)
    assert in_stock(tofu) == 19


def test_no_more_than_was_bought(sale, tofu):
    back(sale, 2)
    assert taking_back.left(sale) == {line(sale).pk: 1, line(sale, "菜油").pk: 1}
    for units in (2, 4, -1):
        with pytest.raises(TakeBackRefused, match="豆腐最多还能退 1 份。"):
            back(sale, units)
    back(sale, 1)
    with pytest.raises(TakeBackRefused, match="豆腐最多还能退 0 份。"):
        back(sale, 1)
    assert in_stock(tofu) == 20
    assert wrong() == {}


def test_what_cannot_be_is_one_sentence(sale, tofu, station, home, staff):
    other = sold(station, home, {tofu.record_id: 1}, staff)
    with pytest.raises(TakeBackRefused, match="请填退回来几份。"):
        back(sale, 0)
    with pytest.raises(TakeBackRefused, match="有一行不是这一笔的，请刷新再看。"):
        taking_back.take_back(sale, {line(other).pk: 1}, by=staff, cash=True, nonce=uuid4())
    with pytest.raises(TakeBackRefused, match="豆腐退回来 1 份，坏了的不能比这多。"):
        back(sale, 1, spoiled={line(sale).pk: 2})
    with pytest.raises(TakeBackRefused, match="有一行不是这一笔的"):
        back(sale, 1, spoiled={line(sale, "菜油").pk: 1})
    assert moved(sale.order) == []


def test_paid_from_the_account_and_given_back_in_cash(station, home, tofu, staff):
    accounts.deposit(home, Decimal("9.00"), by=staff, nonce=uuid4())
    sale = sold(station, home, {tofu.record_id: 3}, staff, "account")
    back(sale, 1)
    assert moved(sale.order)[1:] == [("refund", "order", "cash", "3.00")]
    assert accounts.balance(home) == 0
    assert wrong() == {}


def test_what_was_bought_on_credit_pays_the_debt_first(station, home, tofu, staff):
    accounts.limit_credit(home, Decimal("50.00"), by=None)
    sale = sold(station, home, {tofu.record_id: 3}, staff, "account")
    with pytest.raises(TakeBackRefused, match=r"这户的驿站账户还欠 ¥9\.00，请退到账户。"):
        back(sale, 1)
    back(sale, 1, cash=False)
    assert accounts.balance(home) == Decimal("-6.00")
    assert wrong() == {}


def test_cash_that_was_paid_comes_back_as_cash_whatever_the_account_says(
    station, home, tofu, sale, staff
):
    accounts.limit_credit(home, Decimal("50.00"), by=None)
    sold(station, home, {tofu.record_id: 1}, staff, "account")
    accounts.prefer(home, AccountTerms.RefundTo.ACCOUNT)
    back(sale, 1)
    assert (accounts.balance(home), moved(sale.order)[1][2]) == (Decimal("-3.00"), "cash")


def test_the_next_family_does_not_get_it(sale, home):
    type(home).objects.filter(pk=home.pk).update(
        lived_in_since=timezone.now() + timedelta(minutes=1)
    )
    sale = CounterSale.objects.get(pk=sale.pk)
    with pytest.raises(TakeBackRefused, match="买的那家已经搬走了"):
        back(sale, 1, cash=False)
    back(sale, 1)
    assert accounts.balance(home) == 0


def test_a_funds_share_goes_back_to_the_fund_and_only_the_rest_is_cash(station, home, tofu, staff):
    fund = factories.fund(station, amount="100.00")
    factories.grant(fund, "0.5", household=home)
    sale = sold(station, home, {tofu.record_id: 3}, staff)
    given = taking_back.take_back(sale, {line(sale).pk: 2}, by=staff, cash=True, nonce=uuid4())
    assert given == Decimal("3.00")
    assert funds.sums_of(fund).left == Decimal("98.50")
    assert wrong() == {}


def test_what_cost_nothing_comes_back_once_too(station, home, staff):
    gift = factories.item(station, "口罩", price="0.00", in_stock=20)
    sale = sold(station, home, {gift.record_id: 3}, staff)
    nonce = uuid4()
    for _tap in range(2):
        back(sale, 1, nonce=nonce, title="口罩")
    assert [(a.units, a.amount) for a in sale.order.adjustments.all()] == [(-1, Decimal("0.00"))]
    assert in_stock(gift) == 18
    with pytest.raises(NonceTaken):
        back(sale, 2, nonce=nonce, title="口罩")
    assert wrong() == {}
