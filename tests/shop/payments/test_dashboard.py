"""What is done in Stripe's dashboard, and by payers at their banks: money moves, and the book with
it."""

from decimal import Decimal

import pytest
from django.db.models import Sum

from shop import audit, ordering
from shop.errors import StripeDown
from shop.models import MoneyMove, OrderStatus, Refund, StripeEvent
from shop.money import ledger
from shop.payments.stripe import client, webhooks
from tests.shop.payments.conftest import attempt, feed, refund_of, send_all
from tests.shop.payments.test_refunds import less


def owed(order) -> Decimal:
    return ledger.owed([order.pk])[order.pk]


def at_stripe() -> list[int]:
    return [refund.amount for refund in client.api().refunds.list().data]


def stands(account: str) -> Decimal:
    """What Stripe, or the loss by disputes, stands at."""
    came = MoneyMove.objects.filter(source=account).aggregate(sum=Sum("amount"))["sum"] or 0
    went = MoneyMove.objects.filter(target=account).aggregate(sum=Sum("amount"))["sum"] or 0
    return came - went


def audited() -> None:
    assert not [str(result) for result in audit.run() if not result.ok]


# --- refunds nobody here asked for ---------------------------------------------------------------
@pytest.mark.parametrize("heard", ["both", "charge.refunded", "refund.created"])
def test_what_the_payer_has_back_the_order_owes_again(shop, heard):
    order = shop.paid()
    shop.fake.refund(attempt(order).intent_id, 500)
    for event in shop.sent():
        if heard in ("both", event["type"]):
            feed(event)
    refund = refund_of(order)
    assert (refund.amount, refund.status, refund.error) == (Decimal("5.00"), "done", "dashboard")
    assert owed(order) == 5
    assert stands("stripe") == 20
    assert send_all(60) == 0
    audited()


def test_each_once_however_often_it_is_told(shop):
    order = shop.paid()
    for _time in range(2):
        shop.fake.refund(attempt(order).intent_id, 500)
    events = shop.sent()
    for event in (*events, *reversed(events)):
        feed(event)
    assert Refund.objects.count() == 2
    assert owed(order) == 10


def test_who_gave_it_back_there_cancels_the_order_and_nothing_goes_back_twice(shop, resident):
    order = shop.paid()
    shop.fake.refund(attempt(order).intent_id)
    shop.hear()
    assert owed(order) == 25
    ordering.cancel(order, by=resident)
    assert owed(order) == 0
    assert send_all() == 0
    assert at_stripe() == [2500]
    audited()


def test_of_a_part_given_back_there_the_rest_goes_back(shop, resident):
    order = shop.paid()
    shop.fake.refund(attempt(order).intent_id, 2000)
    shop.hear()
    ordering.cancel(order, by=resident)
    assert send_all() == 1
    assert at_stripe() == [500, 2000]
    audited()


@pytest.mark.parametrize("in_dashboard", [2500, 2300])
def test_given_back_there_while_ours_was_on_its_way(shop, resident, in_dashboard):
    """Ours cannot go any more; what is left goes, and the payer has everything once."""
    order = shop.paid()
    ordering.cancel(order, by=resident)
    shop.fake.refund(attempt(order).intent_id, in_dashboard)
    send_all()
    send_all()
    assert sum(at_stripe()) == 2500
    shop.hear()
    assert owed(order) == 0
    assert stands("stripe") == 0
    ours = Refund.objects.earliest("pk")
    assert (ours.status, ours.error) == ("moved", "charge_already_refunded")
    assert not Refund.objects.filter(status__in=["waiting", "stuck"]).exists()
    audited()


def test_a_refund_that_is_heard_of_before_the_payment(shop):
    order, session = shop.open()
    shop.fake.pay(session)
    paid = shop.sent()
    shop.fake.refund(client.api().checkout.sessions.retrieve(session).payment_intent, 500)
    for event in (*reversed(shop.sent()), *reversed(paid)):
        feed(event)
    order.refresh_from_db()
    assert order.status == OrderStatus.PLACED
    assert owed(order) == 5
    assert [m.amount for m in MoneyMove.objects.filter(kind="payment")] == [Decimal("25.00")]


def test_one_that_the_bank_sends_back_is_as_if_it_had_not_been(shop):
    order = shop.paid()
    refund = shop.fake.refund(attempt(order).intent_id, 500)
    shop.hear()
    shop.fake.finish_refund(refund["id"], "failed")
    shop.hear()
    assert owed(order) == 0
    assert stands("stripe") == 25
    audited()


def test_what_ours_are_stripe_is_asked(shop):
    """If it does not answer, the event has to come again."""
    order = shop.paid()
    shop.fake.refund(attempt(order).intent_id, 500)
    [event] = [event for event in shop.sent() if event["type"] == "charge.refunded"]
    shop.fake.fail("/v1/refunds", "error")
    with pytest.raises(StripeDown):
        feed(event)
    assert not StripeEvent.objects.filter(event_id=event["id"]).exists()
    assert feed(event) == "from the dashboard"


def test_a_refund_of_somebody_elses(shop):
    shop.fake.emit("refund.created", {"id": "re_1", "payment_intent": "pi_other", "metadata": {}})
    shop.fake.emit("refund.created", {"id": "re_2", "payment_intent": None, "metadata": None})
    shop.fake.emit("charge.refunded", {"id": "ch_1", "payment_intent": "pi_other", "metadata": {}})
    assert shop.hear() == ["unknown"] * 3
    assert not Refund.objects.exists()


def test_our_own_refund_heard_of_before_its_answer(shop, monkeypatch):
    """The event is quicker than what Stripe answers the worker."""
    order = shop.paid()
    refund = less(order, shop.home, "5.00")
    create = webhooks.refunds._create

    def quick(refund):
        found = create(refund)
        shop.hear()
        return found

    monkeypatch.setattr(webhooks.refunds, "_create", quick)
    send_all()
    refund.refresh_from_db()
    assert (refund.status, Refund.objects.count()) == ("done", 1)
    assert owed(order) == 0


# --- disputes ------------------------------------------------------------------------------------
def test_a_dispute_is_a_loss_until_it_is_won(shop):
    order = shop.paid()
    intent = attempt(order).intent_id
    shop.fake.dispute(intent)
    shop.hear()
    assert attempt(order).disputed == Decimal("25.00")
    assert stands("disputed") == 0
    shop.fake.dispute(intent, "withdrawn")
    shop.hear()
    assert (stands("disputed"), stands("stripe")) == (25, 0)
    shop.fake.dispute(intent, "won")
    shop.hear()
    assert (stands("disputed"), stands("stripe")) == (0, 25)
    assert attempt(order).disputed == 0
    assert owed(order) == 0
    audited()


def test_a_dispute_that_is_lost_stays_a_loss(shop):
    order = shop.paid()
    intent = attempt(order).intent_id
    for step in ("opened", "withdrawn", "lost"):
        shop.fake.dispute(intent, step)
    shop.hear()
    assert (stands("disputed"), stands("stripe")) == (25, 0)
    assert attempt(order).disputed == 0
    audited()


@pytest.mark.parametrize("shuffle", range(6))
def test_in_any_order_and_twice(shop, shuffle):
    order = shop.paid()
    intent = attempt(order).intent_id
    shop.fake.hold()
    shop.fake.duplicate(1)
    for step in ("opened", "withdrawn", "won"):
        shop.fake.dispute(intent, step)
    shop.fake.release(shuffle)
    shop.hear()
    assert (stands("disputed"), stands("stripe")) == (0, 25)
    assert attempt(order).disputed == 0
    assert MoneyMove.objects.filter(kind="dispute").count() == 2


def test_a_dispute_about_somebody_elses(shop):
    subject = {"id": "du_1", "payment_intent": "pi_other", "amount": 100}
    shop.fake.emit("charge.dispute.created", subject)
    assert shop.hear() == ["unknown"]


@pytest.mark.parametrize("steps", [("opened",), ("opened", "withdrawn")])
def test_a_dispute_may_be_heard_of_before_its_payment(shop, steps):
    order, session = shop.open()
    shop.fake.pay(session)
    before = shop.sent()
    intent = client.api().checkout.sessions.retrieve(session).payment_intent
    for step in steps:
        shop.fake.dispute(intent, step)
    assert "unknown" not in shop.hear()
    assert attempt(order).disputed == Decimal("25.00")
    order.refresh_from_db()
    assert (order.status, owed(order)) == (OrderStatus.PLACED, 0)
    for event in before:
        feed(event)
    lost = 25 if "withdrawn" in steps else 0
    assert (stands("disputed"), stands("stripe"), owed(order)) == (lost, 25 - lost, 0)
    assert MoneyMove.objects.filter(kind="payment").count() == 1
    audited()


def test_a_dispute_before_its_payment_waits_for_stripes_answer(shop):
    order, session = shop.open()
    shop.fake.pay(session)
    shop.sent()
    intent = client.api().checkout.sessions.retrieve(session).payment_intent
    shop.fake.dispute(intent)
    [event] = [each for each in shop.sent() if each["type"] == "charge.dispute.created"]
    shop.fake.fail("/v1/", "drop")
    with pytest.raises(StripeDown):
        feed(event)
    feed(event)
    assert attempt(order).disputed == Decimal("25.00")


def test_a_refund_may_be_heard_of_before_its_payment(shop):
    order, session = shop.open()
    shop.fake.pay(session)
    before = shop.sent()
    intent = client.api().checkout.sessions.retrieve(session).payment_intent
    shop.fake.refund(intent, 500)
    [made] = [each for each in shop.sent() if each["type"] == "refund.created"]
    assert feed(made) == "from the dashboard"
    for event in before:
        feed(event)
    assert (stands("stripe"), owed(order)) == (20, 5)
    audited()
