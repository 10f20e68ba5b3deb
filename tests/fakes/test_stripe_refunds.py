"""Money that goes back: by the API, in the dashboard, by the bank."""

import pytest
import stripe

from tests.fakes.conftest import types


@pytest.fixture
def give_back(client, paid):
    def ask(amount=None, **more):
        given = {"payment_intent": paid.payment_intent, **more}
        return client.v1.refunds.create(given if amount is None else {**given, "amount": amount})

    return ask


def test_a_refund(fake, client, paid, give_back):
    before = len(fake.deliveries())
    refund = give_back(300, metadata={"refund": "7"}, reason="requested_by_customer")
    assert (refund.status, refund.amount, refund.metadata["refund"]) == ("succeeded", 300, "7")
    assert types(fake, before) == ["refund.created", "charge.refunded"]
    charge = client.v1.charges.retrieve(refund.charge, {"expand": ["refunds"]})
    assert (charge.amount_refunded, charge.refunded) == (300, False)
    assert [one.id for one in charge.refunds.data] == [refund.id]
    rest = give_back()
    assert rest.amount == 2000
    listed = client.v1.refunds.list({"payment_intent": paid.payment_intent})
    assert [one.id for one in listed.data] == [rest.id, refund.id]
    assert client.v1.charges.retrieve(refund.charge).refunded


def test_no_more_goes_back_than_came(give_back):
    give_back(300)
    with pytest.raises(stripe.InvalidRequestError, match=r"¥20.01.*¥20.00") as refused:
        give_back(2001)
    assert refused.value.param == "amount"
    give_back(2000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        give_back(1)
    assert refused.value.code == "charge_already_refunded"


def test_nothing_goes_back_of_what_never_came(fake, client, session):
    fake.decline(session.id)
    [intent] = client.v1.payment_intents.list().data
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.v1.refunds.create({"payment_intent": intent.id})


@pytest.mark.parametrize("given", [{}, {"payment_intent": "pi_1", "charge": "ch_1"}])
def test_a_refund_is_of_one_payment(client, given):
    with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge"):
        client.v1.refunds.create(given)


def test_a_pending_refund_that_fails_can_be_tried_again(fake, client, give_back):
    fake.refunds_become("pending")
    refund = give_back(2300)
    assert refund.status == "pending"
    before = len(fake.deliveries())
    fake.finish_refund(refund.id, "failed")
    assert types(fake, before) == ["refund.failed", "refund.updated", "charge.refund.updated"]
    assert client.v1.refunds.retrieve(refund.id).failure_reason == "lost_or_stolen_card"
    assert give_back(2300).status == "succeeded"


def test_a_pending_refund_that_succeeds(fake, client, give_back):
    fake.refunds_become("pending")
    refund = give_back(2300)
    fake.finish_refund(refund.id)
    assert types(fake)[-2:] == ["refund.updated", "charge.refund.updated"]
    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_a_refund_made_in_the_dashboard(fake, client, paid):
    refund = fake.refund(paid.payment_intent, 500)
    sent = fake.deliveries()[-1]
    assert sent["type"] == "charge.refunded"
    event = stripe.Webhook.construct_event(sent["body"], sent["signature"], fake.webhook_secret)
    assert event.request.id is None
    assert event.data.object.amount_refunded == 500
    assert event.data.previous_attributes.amount_refunded == 0
    assert client.v1.refunds.retrieve(refund["id"]).metadata.to_dict() == {}


@pytest.mark.parametrize(
    ("end", "announced", "balance"),
    [
        ("won", ["charge.dispute.closed", "charge.dispute.funds_reinstated"], 2222 - 10500),
        ("lost", ["charge.dispute.closed"], 2222 - 2300 - 10500),
    ],
)
def test_a_dispute(fake, client, paid, give_back, end, announced, balance):
    before = len(fake.deliveries())
    fake.dispute(paid.payment_intent)
    fake.dispute(paid.payment_intent, "withdrawn")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        give_back(100)
    assert refused.value.code == "charge_disputed"
    fake.dispute(paid.payment_intent, end)
    assert types(fake, before) == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        *announced,
    ]
    [dispute] = client.v1.disputes.list({"payment_intent": paid.payment_intent}).data
    assert (dispute.status, dispute.amount) == (end, 2300)
    assert sum(entry.net for entry in client.v1.balance_transactions.list().data) == balance
