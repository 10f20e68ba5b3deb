"""What Stripe tells us: believed if it is signed, done once, in any order."""

import json
import re
import time
from datetime import datetime

import pytest
from django.db import connection
from django.urls import reverse

from shop.models import MoneyMove, OrderStatus, StripeEvent, StripePayment
from shop.money import ledger
from shop.payments.stripe import webhooks
from shop.payments.stripe.webhooks import BadEvent
from tests.fakes.stripe.objects import PAYER
from tests.shop.payments.conftest import attempt, feed

Status = StripePayment.Status


def stripe_moves() -> list[tuple]:
    moves = MoneyMove.objects.filter(stripe_payment__isnull=False).order_by("pk")
    return [
        (kind, source, target, f"{amount:.2f}")
        for kind, source, target, amount in moves.values_list("kind", "source", "target", "amount")
    ]


PAID = ("payment", "stripe", "order", "25.00")


def test_paid_means_placed(shop):
    order, session = shop.open()
    shop.fake.pay(session)
    assert shop.hear() == ["placed"]
    order.refresh_from_db()
    assert (order.status, shop.held()) == (OrderStatus.PLACED, 2)
    assert stripe_moves() == [PAID]
    assert ledger.owed([order.pk])[order.pk] == 0
    paid = attempt(order)
    assert (paid.status, paid.url) == (Status.PAID, "")
    assert paid.intent_id.startswith("pi_")
    change = order.status_changes.get()
    assert (change.old_status, change.new_status) == ("awaiting payment", "placed")


def test_the_browser_that_comes_back_pays_nothing(shop, client, resident):
    """The redirect may come before the webhook, or from somebody who only typed the address."""
    order, session = shop.open()
    client.force_login(resident)
    address = reverse("pay-back", args=[order.number])
    assert "正在确认付款" in client.get(address).content.decode()
    order.refresh_from_db()
    assert order.status == OrderStatus.AWAITING
    shop.fake.pay(session)
    shop.hear()
    assert client.get(address).url == reverse("order-detail", args=[order.number])
    asked = client.get(address, headers={"HX-Request": "true"})
    assert asked.headers["HX-Redirect"] == reverse("order-detail", args=[order.number])


def test_an_event_that_comes_again_does_nothing(shop):
    _order, session = shop.open()
    shop.fake.duplicate(2)
    shop.fake.pay(session)
    assert shop.hear() == ["placed", "repeated", "repeated"]
    assert stripe_moves() == [PAID]
    assert StripeEvent.objects.count() == 1


def test_another_event_of_the_same_payment_does_nothing_either(shop):
    _order, session = shop.open()
    paid = shop.fake.pay(session)
    shop.fake.emit("checkout.session.async_payment_succeeded", paid)
    assert shop.hear() == ["placed", "nothing new"]
    assert stripe_moves() == [PAID]


@pytest.mark.parametrize("shuffle", range(6))
def test_events_in_any_order_come_to_the_same(shop, shuffle):
    order, session = shop.open()
    shop.fake.hold()
    shop.fake.accept(session)
    shop.fake.settle(session)
    shop.fake.release(shuffle)
    shop.hear()
    order.refresh_from_db()
    assert (order.status, attempt(order).status) == (OrderStatus.PLACED, Status.PAID)
    assert stripe_moves() == [PAID]


@pytest.mark.parametrize("shuffle", range(4))
def test_a_failure_in_any_order_leaves_the_order_waiting(shop, shuffle):
    order, session = shop.open()
    shop.fake.hold()
    shop.fake.accept(session)
    shop.fake.settle(session, succeeded=False)
    shop.fake.release(shuffle)
    shop.hear()
    order.refresh_from_db()
    states = StripePayment.objects.order_by("pk").values_list("status", flat=True)
    assert (order.status, list(states)) == (OrderStatus.AWAITING, [Status.FAILED, Status.NEW])
    assert shop.held() == 2
    assert stripe_moves() == []


def test_a_declined_card_changes_nothing(shop):
    _order, session = shop.open()
    shop.fake.decline(session)
    assert shop.hear() == []
    shop.fake.pay(session)
    assert shop.hear() == ["placed"]


def test_an_expired_page_lets_the_goods_go(shop):
    order, session = shop.open()
    shop.fake.expire(session)
    assert shop.hear() == ["let go"]
    order.refresh_from_db()
    assert (order.status, shop.held()) == (OrderStatus.CANCELLED, 0)
    assert shop.home.notices.filter(order=order).count() == 1


def test_the_end_of_a_page_after_its_payment_is_old_news(shop):
    order, session = shop.open()
    paid = shop.fake.pay(session)
    shop.hear()
    shop.fake.emit("checkout.session.expired", {**paid, "status": "expired"})
    assert shop.hear() == ["nothing new"]
    order.refresh_from_db()
    assert (order.status, shop.held()) == (OrderStatus.PLACED, 2)


@pytest.mark.parametrize(
    "metadata",
    [{}, {"payment": "6a1f1d0e-0000-4000-8000-000000000000"}, {"payment": "x"}, None, ["payment"]],
)
def test_an_order_nobody_knows(shop, metadata):
    _order, _session = shop.open()
    subject = {"id": "cs_test_other", "status": "complete", "payment_status": "paid"}
    shop.fake.emit("checkout.session.completed", {**subject, "metadata": metadata})
    assert shop.hear() == ["unknown"]
    assert stripe_moves() == []


def test_money_of_another_currency_is_not_taken_for_yuan(shop):
    _order, session = shop.open()
    paid = shop.fake.pay(session)
    shop.sent()
    shop.fake.emit("checkout.session.completed", {**paid, "currency": "jpy"})
    assert shop.hear() == ["other currency"]
    assert stripe_moves() == []


def test_a_refund_of_another_currency_is_not_taken_for_yuan(shop):
    """Of a charge we have not heard of: it would be booked as paid."""
    _order, session = shop.open()
    shop.fake.pay(session)
    [charge] = [
        json.loads(event["body"])["data"]["object"]
        for event in shop.sent()
        if event["type"] == "charge.succeeded"
    ]
    shop.fake.emit("charge.refunded", {**charge, "amount_refunded": 2500, "currency": "jpy"})
    assert shop.hear() == ["other currency"]
    assert stripe_moves() == []


def test_what_came_is_booked_not_what_was_asked_for(shop):
    """Nobody can change the sum of a page; should it happen, the book says what is there."""
    order, session = shop.open()
    paid = shop.fake.pay(session)
    shop.sent()
    shop.fake.emit("checkout.session.completed", {**paid, "amount_total": 100})
    assert shop.hear() == ["placed"]
    assert stripe_moves() == [("payment", "stripe", "order", "1.00")]
    assert ledger.owed([order.pk])[order.pk] == 24


# --- who says so ---------------------------------------------------------------------------------
@pytest.fixture
def event(shop):
    _order, session = shop.open()
    shop.fake.pay(session)
    return shop.fake.deliveries()[-1]


@pytest.mark.parametrize("how", ["none", "other secret", "other body", "too old", "rubbish"])
def test_a_forged_event_is_refused(shop, event, how, client):
    body = event["body"]
    signature = {
        "none": "",
        "other secret": shop.fake.sign(body, secret="whsec_other"),
        "other body": shop.fake.sign(body + " "),
        "too old": shop.fake.sign(body, at=time.time() - 301),
        "rubbish": "t=x,v1=\x00",
    }[how]
    with pytest.raises(BadEvent):
        webhooks.receive(body.encode(), signature)
    sent = {"Stripe-Signature": signature} if how != "rubbish" else {}
    answer = client.post(
        reverse("stripe-webhook"), body, content_type="application/json", headers=sent
    )
    assert answer.status_code == 400
    assert not StripeEvent.objects.exists()
    assert stripe_moves() == []


def test_an_event_from_the_future_is_stripes_clock(shop, event):
    assert webhooks.receive(
        event["body"].encode(), shop.fake.sign(event["body"], at=time.time() + 301)
    )


@pytest.mark.parametrize("secret", ["", " "])
def test_without_a_secret_nothing_is_believed(shop, event, settings, secret):
    settings.STRIPE_WEBHOOK_SECRET = secret
    with pytest.raises(BadEvent):
        webhooks.receive(
            event["body"].encode(), shop.fake.sign(event["body"], secret=secret or "x")
        )


@pytest.mark.parametrize(
    "body",
    [
        "null",
        "[]",
        "{}",
        '"event"',
        "",
        "{",
        "1e999",
        "[" * 100_000,
        '{"object": "event"}',
        '{"object": "event", "id": "evt_1", "type": "charge.refunded"}',
        '{"object": "event", "id": "evt_1", "type": "charge.refunded", "data": {"object": []}}',
        '{"object": "event", "id": "", "type": "charge.refunded", "data": {"object": {"id": "x"}}}',
        '{"object": "event", "id": 1, "type": "charge.refunded", "data": {"object": {"id": "x"}}}',
    ],
)
def test_what_is_signed_and_no_event(shop, body):
    with pytest.raises(BadEvent):
        webhooks.receive(body.encode(), shop.fake.sign(body))


def test_a_body_that_is_no_text(shop, db):
    with pytest.raises(BadEvent):
        webhooks.receive(b"\xff\xfe", "t=1,v1=1")


def test_an_event_with_real_money_is_none_of_a_test(shop, event):
    body = json.dumps({**json.loads(event["body"]), "livemode": True})
    with pytest.raises(BadEvent):
        webhooks.receive(body.encode(), shop.fake.sign(body))


def test_over_http_it_needs_no_token_and_no_login(shop, event, client):
    client.handler.enforce_csrf_checks = True
    answer = client.post(
        reverse("stripe-webhook"),
        event["body"],
        content_type="application/json",
        headers={"Stripe-Signature": event["signature"]},
    )
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert stripe_moves() == [PAID]
    assert client.get(reverse("stripe-webhook")).status_code == 405


def test_what_goes_wrong_on_our_side_is_sent_again(shop, event, client, monkeypatch):
    def broken(*_args):
        raise RuntimeError

    client.raise_request_exception = False
    monkeypatch.setattr(webhooks.sessions, "told", broken)
    headers = {"Stripe-Signature": event["signature"]}
    said = {"content_type": "application/json", "headers": headers}
    assert client.post(reverse("stripe-webhook"), event["body"], **said).status_code == 500
    assert not StripeEvent.objects.exists()
    monkeypatch.undo()
    assert feed(event) == "placed"


# --- what is kept --------------------------------------------------------------------------------
def test_nothing_of_the_payer_is_kept_or_logged(shop, caplog):
    caplog.set_level("DEBUG")
    order, session = shop.open()
    shop.fake.accept(session)
    shop.fake.settle(session)
    paid = attempt(order)
    shop.hear()
    shop.fake.refund(attempt(order).intent_id, 500)
    shop.fake.dispute(attempt(order).intent_id)
    shop.hear()
    with connection.cursor() as cursor:
        kept = ""
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            # Times are not what a payer is known by, and have digits of all kinds.
            rows = [[v for v in row if not isinstance(v, datetime)] for row in cursor.fetchall()]
            kept += str(rows)
    for private in (PAYER["name"], PAYER["email"]):
        assert private not in kept
        assert private not in caplog.text
    # The card's last digits, as a word of their own: ports and keys are made of digits too.
    card = re.compile(r"(?<![0-9A-Za-z])4242(?![0-9A-Za-z])")
    assert not card.search(kept)
    assert not card.search(caplog.text)
    assert paid.session_id in kept
    for secret in (shop.fake.secret_key, shop.fake.webhook_secret):
        assert secret not in caplog.text
        assert secret not in kept
