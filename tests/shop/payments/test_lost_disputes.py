"""A payer whose bank gave the money back does not get it from us as well."""

import json
from decimal import Decimal

import pytest

from shop.errors import RefundRefused
from shop.models import MoneyMove, Refund
from shop.payments.stripe import paying, refund_words, refunds
from tests.shop.doors import wrong
from tests.shop.payments.conftest import attempt, send_all
from tests.shop.payments.test_refunds import account, at_stripe, less

Account, Status = MoneyMove.Account, Refund.Status
BY_BANK = "付款人的银行已经把这笔钱退给他了，不用再退。"
OPEN = "付款人在和银行争议这笔付款，等有结果再退。"


def stands(account: MoneyMove.Account) -> Decimal:
    return MoneyMove.objects.all().standing(account)


def off() -> dict[str, int]:
    """What the audit says, but of `less`, which leaves the reason out."""
    found = wrong().get("2.4", {})
    return {key: number for key, number in found.items() if key != "ledger_off"}


def disputed(shop, intent: str, *steps: str, amount: int | None = None) -> None:
    for step in steps:
        shop.fake.dispute(intent, step, **({"amount": amount} if step == "opened" else {}))
    shop.hear()


@pytest.fixture
def stuck(shop) -> Refund:
    """¥5.00 of ¥25.00, refused because the payer's bank is asking about it."""
    refund = less(shop.paid(), shop.home, "5.00")
    disputed(shop, refund.payment.intent_id, "opened", "withdrawn")
    send_all()
    refund.refresh_from_db()
    assert refund.status == Status.STUCK
    return refund


def test_while_it_is_not_decided_nothing_is_given(shop, stuck, staff):
    with pytest.raises(RefundRefused, match=OPEN):
        refunds.move_to_account(stuck, staff)
    assert account(shop) == 0


def test_a_stuck_refund_is_closed_when_the_dispute_is_lost(shop, stuck, staff):
    disputed(shop, stuck.payment.intent_id, "lost")
    stuck.refresh_from_db()
    assert stuck.status == Status.MOVED
    assert refund_words.went_to(stuck) == "付款人的银行已经退给他了"
    # Of the 25.00 the bank took, 5.00 were to be given back anyway.
    assert stands(Account.DISPUTED) == Decimal("20.00")
    assert stands(Account.STRIPE) == 0
    with pytest.raises(RefundRefused):
        refunds.move_to_account(stuck, staff)
    assert (account(shop), at_stripe(), off()) == (0, [], {})


def test_also_if_the_end_is_heard_first_and_again(shop, stuck):
    shop.fake.dispute(stuck.payment.intent_id, "lost")
    events = shop.sent()
    for _time in range(2):
        shop.fake.emit("charge.dispute.closed", _dispute(events))
        shop.hear()
    assert stands(Account.DISPUTED) == Decimal("20.00")
    assert off() == {}


def _dispute(events) -> dict:
    [body] = [json.loads(event["body"]) for event in events if "dispute.closed" in event["type"]]
    return body["data"]["object"]


def test_what_is_to_go_back_after_it_was_lost_is_closed_at_once(shop):
    order = shop.paid()
    disputed(shop, attempt(order).intent_id, "opened", "withdrawn", "lost")
    refund = less(order, shop.home, "5.00")
    send_all()
    refund.refresh_from_db()
    assert (refund.status, refund.error) == (Status.MOVED, "lost_in_dispute")
    assert (account(shop), stands(Account.DISPUTED)) == (0, Decimal("20.00"))
    assert off() == {}


def test_one_that_was_never_sent_is_not_moved_to_the_account(shop, staff):
    order = shop.paid()
    refund = less(order, shop.home, "5.00")
    Refund.objects.filter(pk=refund.pk).update(status=Status.STUCK)
    MoneyMove.objects.create(
        station=shop.home.grid.station,
        household=shop.home,
        order=order,
        stripe_payment=refund.payment,
        kind="dispute",
        source="disputed",
        target="stripe",
        amount=Decimal("25.00"),
        at=refund.at,
    )
    refund.refresh_from_db()
    with pytest.raises(RefundRefused, match=BY_BANK):
        refunds.move_to_account(refund, staff)
    assert (account(shop), off()) == (0, {})


def test_of_a_part_the_bank_took_the_rest_goes_into_the_account(shop, stuck, staff):
    """The bank took 3.00 of the 25.00; 5.00 were to go back."""
    refund = less(shop.paid(), shop.home, "5.00")
    disputed(shop, refund.payment.intent_id, "opened", "withdrawn", amount=300)
    send_all()
    disputed(shop, refund.payment.intent_id, "lost")
    refund.refresh_from_db()
    assert refund.status == Status.STUCK
    refunds.move_to_account(refund, staff)
    assert account(shop) == Decimal("2.00")
    assert off() == {}


def test_a_won_dispute_lets_it_through(shop, stuck):
    disputed(shop, stuck.payment.intent_id, "won")
    refunds.retry(stuck)
    assert send_all() == 1
    assert (at_stripe(), stands(Account.DISPUTED)) == ([500], 0)


@pytest.mark.parametrize("type", ["charge.dispute.created", "charge.dispute.funds_withdrawn"])
def test_a_dispute_in_another_currency_is_not_taken_for_yuan(shop, type):
    payment = attempt(shop.paid())
    dispute = shop.fake.dispute(payment.intent_id)
    shop.sent()
    shop.fake.emit(type, {**dispute, "currency": "usd"})
    assert shop.hear() == [paying.OTHER_CURRENCY]
    payment.refresh_from_db()
    assert (payment.disputed, stands(Account.DISPUTED)) == (0, 0)


def test_no_more_is_disputed_than_was_paid(shop):
    """A bank may ask for its own fee, too."""
    payment = attempt(shop.paid())
    dispute = shop.fake.dispute(payment.intent_id)
    shop.sent()
    shop.fake.emit("charge.dispute.created", {**dispute, "amount": 2600})
    shop.hear()
    payment.refresh_from_db()
    assert payment.disputed == Decimal("25.00")
