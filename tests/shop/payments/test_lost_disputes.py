"""A payer whose bank gave the money back does not get it from us as well."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from shop.day_end import report
from shop.errors import RefundRefused
from shop.models import AccountTerms, MoneyMove, Refund
from shop.money import accounts, ledger, orders
from shop.payments.stripe import paying, refund_words, refunds
from shop.settlement import paid
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


@pytest.fixture(params=["wants its account", "too little to send"])
def unwilling(shop, station, request) -> None:
    """Nothing goes back through Stripe if it need not."""
    if request.param == "wants its account":
        accounts.prefer(shop.home, AccountTerms.RefundTo.ACCOUNT)
    else:
        type(station).objects.filter(pk=station.pk).update(smallest_refund=Decimal("10.00"))


def test_what_was_lost_does_not_go_into_the_account_either(shop, unwilling):
    order = shop.paid()
    disputed(shop, attempt(order).intent_id, "opened", "withdrawn", "lost")
    refund = less(order, shop.home, "5.00")
    send_all()
    refund.refresh_from_db()
    assert (refund.status, refund.error) == (Status.MOVED, "lost_in_dispute")
    assert (account(shop), stands(Account.DISPUTED)) == (0, Decimal("20.00"))
    assert off() == {}


def test_nor_what_is_disputed(shop, unwilling):
    order = shop.paid()
    disputed(shop, attempt(order).intent_id, "opened")
    refund = less(order, shop.home, "5.00")
    assert (refund.amount, account(shop)) == (Decimal("5.00"), 0)
    disputed(shop, attempt(order).intent_id, "withdrawn", "lost")
    send_all()
    refund.refresh_from_db()
    assert (refund.status, account(shop)) == (Status.MOVED, 0)
    assert off() == {}


def test_of_another_payment_it_does(shop, unwilling):
    other = shop.paid()
    disputed(shop, attempt(shop.paid()).intent_id, "opened", "withdrawn", "lost")
    order, home = other, shop.home
    with transaction.atomic():
        ledger.post(
            [orders.adjustment(order.pk, home.grid.station_id, home.pk, Decimal("-5.00"))], by=None
        )
    assert account(shop) == Decimal("5.00")


def lines(found) -> dict[str, str]:
    return {line.label: str(line.amount) for line in found if line.amount}


def test_the_bill_says_that_the_bank_gave_it_back_and_adds_up(shop, stuck):
    disputed(shop, stuck.payment.intent_id, "lost")
    found = paid.of(stuck.payment.order)
    assert [(str(line.words), str(line.amount), line.back) for line in found.lines] == [
        ("已付（网上付款）", "25.00", False),
        ("您的银行已经退给您", "5.00", True),
    ]
    assert found.owed == 0


def test_the_day_says_who_gave_back_what_was_closed(shop, stuck):
    station, today = shop.home.grid.station, timezone.localdate()
    found = report.of(station, today)
    assert lines(found.refunded) == {"网上退款": "5.00"}
    assert lines(found.disputes) == {"付款人的银行拿走的": "-25.00"}
    disputed(shop, stuck.payment.intent_id, "lost")
    found = report.of(station, today)
    assert lines(found.refunded) == {"付款人的银行已退": "5.00"}
    assert found.all_refunded == Decimal("5.00")
    assert lines(found.disputes) == {"付款人的银行拿走的": "-25.00"}


def test_a_dispute_that_was_won_comes_back_on_the_day(shop):
    disputed(shop, attempt(shop.paid()).intent_id, "opened", "withdrawn", "won")
    found = report.of(shop.home.grid.station, timezone.localdate())
    assert lines(found.disputes) == {
        "付款人的银行拿走的": "-25.00",
        "争议赢了，还回来的": "25.00",
    }


def test_a_refund_that_went_to_the_account_is_not_called_online(shop, staff):
    refund = less(shop.paid(), shop.home, "5.00")
    Refund.objects.filter(pk=refund.pk).update(status=Status.STUCK)
    refund.refresh_from_db()
    refunds.move_to_account(refund, staff)
    found = report.of(shop.home.grid.station, timezone.localdate())
    assert lines(found.refunded) == {"退进驿站账户": "5.00"}


def test_staff_still_see_what_was_lost(shop, stuck, client, staff, monkeypatch):
    client.force_login(staff)
    there = reverse("station-stripe")
    assert "争议输了的" not in client.get(there).text
    disputed(shop, stuck.payment.intent_id, "lost")
    page = client.get(there)
    [lost] = page.context["lost"]
    assert (lost.order.number, lost.taken) == (stuck.payment.order.number, Decimal("25.00"))
    assert "争议输了的" in page.text
    assert f"{lost.order.number} · " in page.text
    monkeypatch.setattr("shop.views.stripe.LOST_FOR", timedelta(0))
    assert "争议输了的" not in client.get(there).text
