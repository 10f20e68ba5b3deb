"""Who moves out takes their money, their credit and their debts along."""

from decimal import Decimal
from uuid import uuid4

import pytest

from delivery import households, locks, rounds
from delivery.models import Household
from shop import ordering
from shop.errors import MoneyChanged, MoneyUnderWay, RefundRefused
from shop.models import AccountTerms, MoneyMove
from shop.money import accounts, owing, round_book
from shop.money.cash import collecting
from shop.payments.stripe import refunds
from tests.shop.payments.conftest import (  # noqa: F401
    eggs,
    fake,
    refund_of,
    send_all,
    shop,
    station,
    today,
)

UNFINISHED = "这户还有付了钱没送到的订单，或没退完的款，办完再登记搬走。"


def now(home: Household) -> Household:
    return Household.objects.get(pk=home.pk)


def test_the_door_is_locked_before_its_account_is_read(home, staff, monkeypatch):
    seen = []

    def balance(door: Household) -> Decimal:
        seen.append("balance")
        return Decimal(0)

    monkeypatch.setattr(locks, "household", lambda pk: seen.append("lock"))
    monkeypatch.setattr(accounts, "balance", balance)
    households.move_out(home, staff)
    assert seen == ["lock", "balance"]


def test_credit_is_not_inherited(home, staff):
    accounts.limit_credit(home, Decimal("500.00"))
    accounts.prefer(home, AccountTerms.RefundTo.ACCOUNT)
    households.move_out(home, staff)
    terms = accounts.terms(now(home))
    assert (terms.credit_limit, terms.refund_to) == (0, "source")


@pytest.mark.parametrize("closed", [False, True])
def test_not_while_an_order_that_is_paid_may_come_to_less(shop, staff, closed):  # noqa: F811
    accounts.deposit(shop.home, Decimal("25.00"), by=staff, nonce=uuid4())
    shop.place(way="account")
    if closed:
        rounds.close(shop.today)
    with pytest.raises(MoneyUnderWay, match=UNFINISHED):
        households.move_out(shop.home, staff)


def test_not_while_a_refund_waits(shop, staff):  # noqa: F811
    order = shop.paid()
    ordering.cancel(order, by=order.user)
    with pytest.raises(MoneyUnderWay, match=UNFINISHED):
        households.move_out(shop.home, staff)
    send_all()
    households.move_out(shop.home, staff)


def test_a_refund_that_bounces_later_is_not_the_next_familys(shop, staff):  # noqa: F811
    order = shop.paid()
    ordering.cancel(order, by=order.user)
    send_all()
    households.move_out(shop.home, staff)
    shop.fake.finish_refund(refund_of(order).refund_id, "failed")
    assert "stuck" in shop.hear()
    refund = refund_of(order)
    assert (refund.status, refund.error) == ("stuck", "sent_back")
    with pytest.raises(RefundRefused, match="这家人搬走了"):
        refunds.move_to_account(refund, staff)
    assert accounts.balance(now(shop.home)) == 0
    households.move_out(now(shop.home), staff)  # the next family may

    refunds.retry(refund)
    assert send_all() == 1
    assert refund_of(order).status == "done"


def test_nobody_asks_the_next_family_for_it(shop, staff, leader):  # noqa: F811
    shop.place(way="door")
    households.move_out(shop.home, staff)
    home = now(shop.home)
    assert not owing.of_door(home)
    assert round_book.of(shop.today, [home]).due == 0
    paid = {"source": MoneyMove.Account.PERSON, "by": leader, "nonce": uuid4()}
    with pytest.raises(MoneyChanged):
        collecting.collect(home, shop.today, Decimal("25.00"), seen=Decimal("25.00"), **paid)
