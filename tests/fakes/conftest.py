import time

import pytest
import stripe

from tests.fakes.stripe import FakeStripe


@pytest.fixture
def fake():
    with FakeStripe() as fake:
        yield fake


@pytest.fixture
def client(fake):
    return stripe.StripeClient(fake.secret_key, base_addresses=fake.bases)


@pytest.fixture
def session(client):
    """¥23.00, not paid yet."""
    return client.v1.checkout.sessions.create(order())


@pytest.fixture
def paid(fake, client, session):
    fake.pay(session.id)
    return client.v1.checkout.sessions.retrieve(session.id)


def order(amount=2300, **more):
    """What a shop asks for when an order of so many fen is to be paid."""
    return {
        "mode": "payment",
        "line_items": [
            {
                "price_data": {
                    "currency": "cny",
                    "unit_amount": amount,
                    "product_data": {"name": "惠民驿站 订单 A1"},
                },
                "quantity": 1,
            }
        ],
        "client_reference_id": "A1",
        "metadata": {"order": "A1"},
        "payment_intent_data": {"metadata": {"order": "A1"}},
        "success_url": "http://shop.example/paid/?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://shop.example/back/",
        "expires_at": int(time.time()) + 3600,
        **more,
    }


def types(fake, after=0):
    return [sent["type"] for sent in fake.deliveries(after)]
