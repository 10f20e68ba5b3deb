"""What the fake says is of the shape that the installed SDK knows."""

from typing import Any, get_args

import pytest
import stripe

from tests.fakes.stripe.account import PREFIXES

CLASSES: dict[str, Any] = {
    "checkout.session": stripe.checkout.Session,
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "dispute": stripe.Dispute,
    "balance_transaction": stripe.BalanceTransaction,
    "event": stripe.Event,
}


@pytest.fixture
def full(fake, paid):
    """One of everything."""
    fake.refunds_become("failed")
    fake.refund(paid.payment_intent, 100)
    fake.dispute(paid.payment_intent)
    fake.dispute(paid.payment_intent, "withdrawn")
    fake.dispute(paid.payment_intent, "won")
    return fake


def test_every_object_has_a_class():
    assert set(CLASSES) == set(PREFIXES.values())


@pytest.mark.parametrize("kind", CLASSES)
def test_no_field_is_made_up(full, kind):
    things = full.account.all(kind)
    assert things
    for thing in things:
        assert thing.keys() - CLASSES[kind].__annotations__.keys() == set()
        assert thing["object"] == CLASSES[kind].OBJECT_NAME


def test_no_event_is_made_up(full):
    known = set(get_args(stripe.Event.__annotations__["type"]))
    assert len(known) > 200
    assert {sent["type"] for sent in full.deliveries()} - known == set()


@pytest.mark.parametrize("kind", CLASSES)
def test_the_sdk_reads_it_as_its_own(client, full, kind):
    service = client.v1.checkout.sessions if kind == "checkout.session" else None
    service = service or getattr(client.v1, f"{kind}s")
    [first, *_] = service.list().data
    assert type(first) is CLASSES[kind]
    assert service.retrieve(first.id) == first
