"""It breaks on demand, and in the ways that cost a shop money."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stripe

from tests.fakes.conftest import order, types
from tests.fakes.stripe import FakeStripe


class Shop(ThreadingHTTPServer):
    """Takes webhooks; says 500 to the first `refuse` of them."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), ShopDoor)
        #: (signature, body, when)
        self.got = []
        self.refuse = 0
        self.url = f"http://127.0.0.1:{self.server_port}/webhook/"


class ShopDoor(BaseHTTPRequestHandler):
    server: Shop

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.got.append((self.headers["Stripe-Signature"], body, time.monotonic()))
        self.send_response(500 if len(self.server.got) <= self.server.refuse else 200)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def shop():
    with Shop() as server:
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield server
        server.shutdown()


def wait_until(true):
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_lost_answer_and_the_same_key_give_one_refund(fake, client, paid):
    given = {"payment_intent": paid.payment_intent, "amount": 500}
    options = {"idempotency_key": "refund-7"}
    fake.fail("/v1/refunds", "lost")
    with pytest.raises(stripe.APIConnectionError):
        client.v1.refunds.create(given, options)
    refund = client.v1.refunds.create(given, options)
    assert [one.id for one in client.v1.refunds.list().data] == [refund.id]
    assert types(fake).count("charge.refunded") == 1


def test_without_the_key_it_would_be_two(fake, client, paid):
    given = {"payment_intent": paid.payment_intent, "amount": 500}
    fake.fail("/v1/refunds", "lost")
    with pytest.raises(stripe.APIConnectionError):
        client.v1.refunds.create(given)
    client.v1.refunds.create(given)
    assert len(client.v1.refunds.list().data) == 2


def test_a_connection_dropped_before_anything_happened(fake, client):
    fake.fail("/v1/checkout", "drop", times=2)
    for _ in range(2):
        with pytest.raises(stripe.APIConnectionError):
            client.v1.checkout.sessions.create(order())
    assert client.v1.checkout.sessions.list().data == []
    assert client.v1.checkout.sessions.create(order()).id


def test_down_until_it_is_up_again(fake, client):
    fake.fail("/v1/", "error", times=None)
    for _ in range(3):
        with pytest.raises(stripe.APIError) as failed:
            client.v1.charges.list()
        assert failed.value.http_status == 500
    fake.clear()
    assert client.v1.charges.list().data == []


@pytest.mark.parametrize(("keep", "answer"), [(False, "made"), (True, "500 again")])
def test_a_500_may_stick_to_its_key(fake, client, keep, answer):
    options = {"idempotency_key": "one"}
    fake.fail(kind="error", keep=keep)
    with pytest.raises(stripe.APIError):
        client.v1.checkout.sessions.create(order(), options)
    if answer == "made":
        assert client.v1.checkout.sessions.create(order(), options).id
    else:
        with pytest.raises(stripe.APIError):
            client.v1.checkout.sessions.create(order(), options)


def test_slow_and_asked_again_meanwhile(fake, client, paid):
    given = {"payment_intent": paid.payment_intent, "amount": 500}
    options = {"idempotency_key": "refund-7"}
    fake.fail("/v1/refunds", "slow", seconds=0.3)
    first = threading.Thread(target=client.v1.refunds.create, args=[given, options])
    first.start()
    wait_until(lambda: "refund-7" in fake.keys)
    with pytest.raises(stripe.StripeError) as refused:
        client.v1.refunds.create(given, options)
    assert refused.value.http_status == 409
    first.join()
    assert len(client.v1.refunds.list().data) == 1


def test_a_client_that_does_not_wait(fake, session):
    hasty = stripe.StripeClient(
        fake.secret_key,
        base_addresses=fake.bases,
        http_client=stripe.RequestsClient(timeout=0.1),
    )
    fake.fail(f"/v1/checkout/sessions/{session.id}/expire", "slow", seconds=0.3)
    with pytest.raises(stripe.APIConnectionError):
        hasty.v1.checkout.sessions.expire(session.id)
    wait_until(lambda: types(fake) == ["checkout.session.expired"])


def test_only_the_method_that_is_meant(fake, client, session):
    fake.fail("/v1/checkout/sessions", "error", method="POST")
    assert client.v1.checkout.sessions.retrieve(session.id).id == session.id
    with pytest.raises(stripe.APIError):
        client.v1.checkout.sessions.create(order())


def test_a_fake_that_has_stopped_is_gone():
    with FakeStripe() as fake:
        client = stripe.StripeClient(fake.secret_key, base_addresses=fake.bases)
        client.v1.charges.list()
    with pytest.raises(stripe.APIConnectionError):
        client.v1.charges.list()


def test_events_are_sent_until_they_are_taken(shop):
    shop.refuse = 2
    with FakeStripe(shop.url, retries=(0.01, 0.01)) as fake:
        client = stripe.StripeClient(fake.secret_key, base_addresses=fake.bases)
        session = client.v1.checkout.sessions.create(order())
        fake.expire(session.id)
        assert fake.wait()
        taken = client.v1.events.list({"delivery_success": True}).data
    assert len(shop.got) == 3
    events = [stripe.Webhook.construct_event(b, s, fake.webhook_secret) for s, b, _ in shop.got]
    assert {event.id for event in events} == {taken[0].id}


def test_events_nobody_takes_are_given_up(shop):
    shop.refuse = 99
    with FakeStripe(shop.url, retries=(0.01,)) as fake:
        fake.emit("checkout.session.completed", {"id": "cs_test_unknown"})
        assert fake.wait()
    assert len(shop.got) == 2
    assert fake.delivered == set()


def test_doubled(fake, session):
    fake.duplicate(2)
    fake.expire(session.id)
    assert len({sent["id"] for sent in fake.deliveries()}) == 1
    assert len(fake.deliveries()) == 3


def test_held_back_and_let_go_in_another_order(fake, session):
    fake.hold()
    fake.pay(session.id)
    assert fake.deliveries() == []
    assert fake.release(shuffle=1) == 4
    mixed = types(fake)
    assert sorted(mixed) == sorted(
        [
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
            "checkout.session.completed",
        ]
    )
    assert mixed[-1] != "checkout.session.completed"


def test_late(shop):
    with FakeStripe(shop.url) as fake:
        fake.delay(0.2)
        began = time.monotonic()
        fake.emit("checkout.session.completed", {"id": "cs_test_unknown"})
        assert fake.wait()
    [(_, _, came)] = shop.got
    assert came - began >= 0.2
