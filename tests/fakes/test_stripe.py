"""The SDK itself talks to the fake: sessions, payments, events, lists, time."""

import time
from uuid import uuid4

import pytest
import stripe

from tests.fakes.conftest import order, types


def test_a_session_is_made_paid_and_announced(fake, client, session):
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert (session.amount_total, session.currency) == (2300, "cny")
    assert session.url == f"{fake.url}/c/pay/{session.id}"
    assert session.payment_intent is None  # made at the first attempt to pay
    assert types(fake) == []

    fake.pay(session.id)
    now = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge", "line_items"]}
    )
    assert (now.status, now.payment_status, now.url) == ("complete", "paid", None)
    assert now.payment_intent.metadata["order"] == "A1"
    assert now.payment_intent.latest_charge.amount_captured == 2300
    assert now.line_items.data[0].description == "惠民驿站 订单 A1"
    assert types(fake) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


def test_an_event_is_signed_as_stripe_signs(fake, paid):
    sent = fake.deliveries()[-1]
    event = stripe.Webhook.construct_event(sent["body"], sent["signature"], fake.webhook_secret)
    assert (event.id, event.type) == (sent["id"], "checkout.session.completed")
    assert event.api_version == stripe.api_version
    assert event.data.object.client_reference_id == "A1"
    assert event.data.object.metadata["order"] == "A1"
    assert event.data.object.payment_intent == paid.payment_intent


@pytest.mark.parametrize("how", ["other secret", "other body", "too old"])
def test_a_forged_event_is_seen(fake, paid, how):
    sent = fake.deliveries()[-1]
    signature = {
        "other secret": fake.sign(sent["body"], secret="whsec_other"),
        "other body": fake.sign(sent["body"] + " "),
        "too old": fake.sign(sent["body"], at=time.time() - 301),
    }[how]
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(sent["body"], signature, fake.webhook_secret)


def test_a_declined_card_leaves_the_session_open(fake, client, session):
    fake.decline_next("insufficient_funds")
    assert fake.pay(session.id)["status"] == "open"
    intent = client.v1.payment_intents.list().data[0]
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.code == "insufficient_funds"
    assert types(fake)[-1] == "payment_intent.payment_failed"

    assert fake.pay(session.id)["payment_status"] == "paid"
    charges = client.v1.charges.list({"payment_intent": intent.id}).data
    assert [charge.status for charge in charges] == ["succeeded", "failed"]


@pytest.mark.parametrize(
    ("succeeded", "status", "announced"),
    [
        (True, "paid", "checkout.session.async_payment_succeeded"),
        (False, "unpaid", "checkout.session.async_payment_failed"),
    ],
)
def test_a_payment_that_comes_later(fake, client, session, succeeded, status, announced):
    fake.accept(session.id, "alipay")
    completed = client.v1.checkout.sessions.retrieve(session.id)
    assert (completed.status, completed.payment_status) == ("complete", "unpaid")
    assert types(fake)[-1] == "checkout.session.completed"
    fake.settle(session.id, succeeded)
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == status
    assert types(fake)[-1] == announced


def test_expiring_is_for_open_sessions_only(fake, client, session):
    assert client.v1.checkout.sessions.expire(session.id).status == "expired"
    assert types(fake) == ["checkout.session.expired"]
    with pytest.raises(stripe.InvalidRequestError, match="has a status of `expired`"):
        client.v1.checkout.sessions.expire(session.id)


def test_a_paid_session_cannot_expire(fake, client, paid):
    with pytest.raises(stripe.InvalidRequestError, match="has a status of `complete`"):
        client.v1.checkout.sessions.expire(paid.id)


def test_the_clock_makes_sessions_run_out(fake, client, session):
    fake.clock(3599)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    fake.clock(3601)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    [sent] = fake.deliveries()
    event = stripe.Webhook.construct_event(sent["body"], sent["signature"], fake.webhook_secret)
    assert abs(event.created - time.time() - 3601) < 5


def test_the_clock_can_play_the_past(fake, client):
    fake.clock(-30 * 86400)
    then = int(time.time()) - 30 * 86400
    session = client.v1.checkout.sessions.create(order(expires_at=then + 3600))
    assert abs(session.created - then) < 5


@pytest.mark.parametrize(
    ("ahead", "said"), [(1790, "at least 30 minutes"), (86405, "less than 24 hours")]
)
def test_how_long_a_session_may_be_open(client, ahead, said):
    with pytest.raises(stripe.InvalidRequestError, match=said) as refused:
        client.v1.checkout.sessions.create(order(expires_at=int(time.time()) + ahead))
    assert refused.value.param == "expires_at"


def test_too_little_to_be_paid_by_card(client):
    assert client.v1.checkout.sessions.create(order(400)).amount_total == 400
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.checkout.sessions.create(order(399))
    assert refused.value.code == "amount_too_small"


def test_payment_methods_are_filtered_silently(client):
    session = client.v1.checkout.sessions.create(
        order(allowed_payment_method_types=["alipay", "klarna", "wechat_pay"])
    )
    assert session.payment_method_types == ["alipay", "wechat_pay"]
    with pytest.raises(stripe.InvalidRequestError, match="No valid payment method types"):
        client.v1.checkout.sessions.create(order(allowed_payment_method_types=["klarna"]))


def test_pages_of_a_list(client):
    made = [client.v1.checkout.sessions.create(order()).id for _ in range(5)]
    first = client.v1.checkout.sessions.list({"limit": 2})
    assert [session.id for session in first.data] == [made[4], made[3]]
    assert first.has_more
    last = client.v1.checkout.sessions.list({"limit": 2, "starting_after": made[1]})
    assert [session.id for session in last.data] == [made[0]]
    assert not last.has_more
    everything = client.v1.checkout.sessions.list({"limit": 2}).auto_paging_iter()
    assert [session.id for session in everything] == made[::-1]
    back = client.v1.checkout.sessions.list({"limit": 2, "ending_before": made[1]})
    assert [session.id for session in back.data] == [made[3], made[2]]
    with pytest.raises(stripe.InvalidRequestError, match="No such session"):
        client.v1.checkout.sessions.list({"starting_after": "cs_test_nobody"})


def test_lists_are_filtered(fake, client, paid):
    client.v1.checkout.sessions.create(order())
    found = client.v1.checkout.sessions.list({"payment_intent": paid.payment_intent})
    assert [session.id for session in found.data] == [paid.id]
    now = int(time.time())
    assert client.v1.charges.list({"created": {"gte": now - 60, "lt": now + 60}}).data
    assert not client.v1.charges.list({"created": {"lt": now - 60}}).data
    assert [event.type for event in client.v1.events.list({"type": "charge.*"}).data] == [
        "charge.succeeded"
    ]
    [entry] = client.v1.balance_transactions.list().data
    assert (entry.type, entry.amount, entry.fee, entry.net) == ("charge", 2300, 78, 2222)


def test_a_request_that_comes_again_is_done_once(client):
    options = {"idempotency_key": str(uuid4())}
    first = client.v1.checkout.sessions.create(order(), options)
    again = client.v1.checkout.sessions.create(order(), options)
    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.last_response.headers
    with pytest.raises(stripe.IdempotencyError):
        client.v1.checkout.sessions.create(order(2400), options)
    assert len(client.v1.checkout.sessions.list().data) == 1


def test_a_key_is_forgotten_after_a_day(fake, client, paid):
    given = {"payment_intent": paid.payment_intent, "amount": 100}
    options = {"idempotency_key": "refund-1"}
    first = client.v1.refunds.create(given, options)
    fake.clock(24 * 3600 - 60)
    assert client.v1.refunds.create(given, options).id == first.id
    fake.clock(24 * 3600 + 60)
    assert client.v1.refunds.create(given, options).id != first.id


def test_who_has_no_key_gets_nothing(fake, session):
    stranger = stripe.StripeClient("sk_test_other", base_addresses=fake.bases)
    with pytest.raises(stripe.AuthenticationError):
        stranger.v1.checkout.sessions.retrieve(session.id)


def test_another_version_of_the_api_is_refused(fake):
    old = stripe.StripeClient(
        fake.secret_key, base_addresses=fake.bases, stripe_version="2024-06-20"
    )
    with pytest.raises(stripe.InvalidRequestError, match="2024-06-20"):
        old.v1.checkout.sessions.list()


def test_what_is_not_there(client):
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent") as refused:
        client.v1.payment_intents.retrieve("pi_nobody")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        client.v1.customers.list()
