"""What Stripe refuses waits for somebody to decide, and still goes back only once."""

from decimal import Decimal

import pytest
import stripe

from shop import ordering
from shop.errors import RefundRefused, StripeDown
from shop.models import MoneyMove, Refund
from shop.payments.stripe import client, refund_words, refunds
from tests.shop.payments.conftest import send_all
from tests.shop.payments.test_refunds import account, at_stripe, less, now

Status = Refund.Status


@pytest.fixture
def waiting(shop):
    """¥5.00 of a paid order that have to go back."""
    return less(shop.paid(), shop.home, "5.00")


@pytest.fixture
def stuck(shop, waiting):
    shop.fake.dispute(waiting.payment.intent_id)
    send_all()
    waiting.refresh_from_db()
    return waiting


def test_what_stripe_refuses_is_stuck_until_somebody_decides(shop, stuck):
    assert now(stuck) == (Status.STUCK, 1, "charge_disputed")
    assert send_all(60 * 24) == 0
    assert refund_words.why(stuck) == "付款人在和银行争议这笔付款，等有结果再退"


def test_a_stuck_one_is_sent_again_under_a_new_key(shop, stuck):
    """Under the old one Stripe would say the same for a day."""
    before = stuck.key
    shop.fake.dispute(stuck.payment.intent_id, "won")
    refunds.retry(stuck)
    assert send_all() == 1
    assert now(stuck)[0] == Status.DONE
    assert stuck.key != before
    assert at_stripe() == [500]


def test_or_goes_into_the_account(shop, stuck, staff):
    refunds.move_to_account(stuck, staff)
    assert now(stuck)[0] == Status.MOVED
    assert account(shop) == Decimal("5.00")
    assert MoneyMove.objects.latest("pk").by == staff
    with pytest.raises(RefundRefused):
        refunds.move_to_account(stuck, staff)
    with pytest.raises(RefundRefused):
        refunds.retry(stuck)
    assert account(shop) == Decimal("5.00")
    assert send_all(60 * 24) == 0


def test_one_that_waits_may_be_sent_at_once(shop, waiting):
    shop.fake.fail("/v1/refunds", "error")
    send_all()
    refunds.retry(waiting)
    assert send_all() == 1


def test_one_that_was_never_sent_may_go_into_the_account(shop, waiting, staff):
    refunds.move_to_account(waiting, staff)
    assert send_all() == 0
    assert (account(shop), at_stripe()) == (Decimal("5.00"), [])


def test_what_stripe_has_after_all_does_not_go_into_the_account_too(shop, waiting, staff):
    shop.fake.fail("/v1/refunds", "lost")
    send_all()
    waiting.refresh_from_db()
    shop.fake.fail("/v1/refunds", "drop")
    with pytest.raises(StripeDown):
        refunds.move_to_account(waiting, staff)
    with pytest.raises(RefundRefused, match="已经在退"):
        refunds.move_to_account(waiting, staff)
    assert now(waiting)[0] == Status.DONE
    assert (account(shop), at_stripe()) == (Decimal("0.00"), [500])


def test_what_never_got_there_may(shop, waiting, staff):
    shop.fake.fail("/v1/refunds", "error")
    send_all()
    waiting.refresh_from_db()
    refunds.move_to_account(waiting, staff)
    assert send_all(60) == 0
    assert (account(shop), at_stripe()) == (Decimal("5.00"), [])


def test_not_while_it_is_being_sent(shop, waiting, staff, monkeypatch):
    create = refunds._create

    def meanwhile(refund):
        with pytest.raises(RefundRefused, match="正在退"):
            refunds.move_to_account(Refund.objects.get(pk=refund.pk), staff)
        with pytest.raises(RefundRefused, match="刚刚变了"):
            refunds.move_to_account(waiting, staff)  # as a page saw it before
        return create(refund)

    monkeypatch.setattr(refunds, "_create", meanwhile)
    assert send_all() == 1
    assert (account(shop), at_stripe()) == (Decimal("0.00"), [500])


def test_stripe_itself_refuses_more_than_was_paid(shop, waiting):
    """Should our book ever ask for it."""
    Refund.objects.filter(pk=waiting.pk).update(amount=Decimal("25.01"))
    send_all()
    assert now(waiting) == (Status.STUCK, 1, "amount")
    assert at_stripe() == []
    with pytest.raises(stripe.InvalidRequestError):
        client.api().refunds.create({"payment_intent": waiting.payment.intent_id, "amount": 2501})


def test_a_refund_of_the_whole_order_after_a_part(shop, waiting, resident):
    ordering.cancel(waiting.payment.order, by=resident)
    send_all()
    assert sorted(at_stripe()) == [500, 2000]
    assert sum(each.amount for each in waiting.payment.refunds.all()) == Decimal("25.00")
