"""Stripe's page of an order: made once, and what happens when Stripe does not answer."""

from datetime import timedelta

import pytest
import stripe
from django.urls import reverse
from django.utils import timezone

from shop.errors import MoneyRefused, NotAwaiting, PaymentUnderWay, StripeDown, StripeRefused
from shop.models import OrderStatus, StripePayment
from shop.money import ledger
from shop.payments.stripe import attempts, client, sessions
from tests import factories
from tests.shop.payments.conftest import attempt

Status = StripePayment.Status


def at_stripe(fake, session_id: str) -> dict:
    return client.api().checkout.sessions.retrieve(session_id, {"expand": ["line_items"]}).to_dict()


def count_at_stripe() -> int:
    return len(client.api().checkout.sessions.list().to_dict()["data"])


def test_the_order_is_there_first_and_its_goods_are_held(shop):
    order = shop.place(units=2)
    assert order.status == OrderStatus.AWAITING
    assert shop.held() == 2
    made = attempt(order)
    assert (made.status, f"{made.amount:.2f}", made.session_id) == (Status.NEW, "25.00", None)
    assert made.expires_at - made.at == timedelta(minutes=40)
    assert made.held_until - made.expires_at == attempts.GRACE
    assert ledger.owed([order.pk])[order.pk] == 25


def test_stripe_is_told_a_number_and_a_sum(shop, resident):
    order = shop.place()
    url = sessions.begin(order, "http://yizhan.example/")
    made = attempt(order)
    session = at_stripe(shop.fake, made.session_id)
    assert url == made.url == session["url"]
    assert (session["amount_total"], session["currency"]) == (2500, "cny")
    assert session["payment_method_types"] == ["card", "alipay", "wechat_pay"]
    assert session["expires_at"] == int(made.expires_at.timestamp())
    assert session["success_url"] == f"http://yizhan.example/pay/{order.number}/back/"
    assert session["cancel_url"] == f"http://yizhan.example/pay/{order.number}/"
    assert session["metadata"] == {"payment": str(made.key)}
    assert session["client_reference_id"] == order.number
    assert [line["description"] for line in session["line_items"]["data"]] == [
        f"东湖驿站 订单 {order.number}"
    ]
    told = str(session)
    assert order.user == resident
    for private in (resident.name, resident.phone, shop.home.door, shop.eggs.record.product.title):
        assert private not in told


def test_currency_and_methods_are_settings(shop, settings):
    settings.STRIPE_CURRENCY, settings.STRIPE_METHODS = "hkd", ["card"]
    _order, session_id = shop.open()
    session = at_stripe(shop.fake, session_id)
    assert (session["currency"], session["payment_method_types"]) == ("hkd", ["card"])


def test_two_tabs_get_the_same_page(shop):
    order = shop.place()
    first = sessions.begin(order)
    assert sessions.begin(order) == first
    assert count_at_stripe() == 1
    assert StripePayment.objects.count() == 1


def test_the_second_tab_waits_for_the_first(shop, monkeypatch):
    """Both ask at once: Stripe is still at the first one's request when the second one's comes."""
    order = shop.place()

    def busy(*_args):
        body = {"error": {"code": "idempotency_key_in_use", "message": "busy"}}
        raise stripe.APIError("busy", http_status=409, json_body=body)

    def meanwhile(_seconds):
        monkeypatch.undo()
        sessions.begin(order)

    monkeypatch.setattr(sessions, "_create", busy)
    monkeypatch.setattr("time.sleep", meanwhile)
    assert sessions.begin(order) == attempt(order).url != ""
    assert count_at_stripe() == 1


def test_an_answer_that_got_lost_is_asked_for_again(shop):
    order = shop.place()
    shop.fake.fail("/v1/checkout", "lost")
    with pytest.raises(StripeDown, match=r"^网上付款现在连不上。货给您留着，"):
        sessions.begin(order)
    assert attempt(order).status == Status.NEW
    assert sessions.begin(order)
    assert count_at_stripe() == 1


@pytest.mark.parametrize("how", ["drop", "error"])
def test_stripe_down_at_checkout_leaves_everything_as_it_is(shop, how):
    order = shop.place()
    shop.fake.fail("/v1/", how)
    with pytest.raises(StripeDown):
        sessions.begin(order)
    order.refresh_from_db()
    assert (order.status, shop.held()) == (OrderStatus.AWAITING, 2)
    assert sessions.begin(order)


def test_after_a_long_outage_the_goods_are_held_anew(shop):
    """Stripe keeps no page for less than half an hour."""
    order = shop.place()
    first = attempt(order)
    StripePayment.objects.update(expires_at=timezone.now() + timedelta(minutes=30, seconds=59))
    assert sessions.begin(order)
    second = attempt(order)
    first.refresh_from_db()
    assert (first.status, second.status) == (Status.FAILED, Status.OPEN)
    left = second.expires_at - timezone.now()
    assert timedelta(minutes=39) < left <= timedelta(minutes=40)


def test_nobody_holds_goods_for_ever_by_not_paying(shop):
    order = shop.place()
    for _time in range(attempts.MOST - 1):
        StripePayment.objects.update(expires_at=timezone.now() + timedelta(minutes=30))
        sessions.begin(order)
        StripePayment.objects.filter(status=Status.OPEN).update(status=Status.NEW)
    StripePayment.objects.update(expires_at=timezone.now() + timedelta(minutes=30))
    with pytest.raises(NotAwaiting):
        sessions.begin(order)
    order.refresh_from_db()
    assert (order.status, shop.held()) == (OrderStatus.CANCELLED, 0)
    assert StripePayment.objects.count() == attempts.MOST


def test_under_another_address_of_ours_it_is_another_attempt(shop):
    order = shop.place()
    shop.fake.fail("/v1/checkout", "lost")
    with pytest.raises(StripeDown):
        sessions.begin(order, "http://192.168.1.5/")
    assert sessions.begin(order, "http://localhost/") == attempt(order).url
    assert StripePayment.objects.filter(status__in=attempts.OPEN).count() == 1


def test_what_is_paid_needs_no_page(shop):
    order = shop.paid()
    with pytest.raises(NotAwaiting):
        sessions.begin(order)


def test_while_the_money_is_under_way_there_is_no_second_page(shop):
    order, session = shop.open()
    shop.fake.accept(session)
    assert shop.hear() == ["processing"]
    with pytest.raises(PaymentUnderWay):
        sessions.begin(order)


def test_too_little_for_stripe_is_no_order(shop, station):
    cheap = factories.item(station, "葱", price="3.99")
    with pytest.raises(MoneyRefused, match=r"^网上付款最少 ¥4.00，这一单请换一种付款方式。$"):
        shop.place(1, item=cheap)
    assert not StripePayment.objects.exists()


def test_what_stripe_calls_too_little_is_paid_another_way(shop):
    shop.fake.account.minimum = 10_000
    order = shop.place()
    with pytest.raises(StripeRefused, match=r"^这一单不能网上付，请换一种付款方式。$") as refused:
        sessions.begin(order)
    assert refused.value.code == "amount_too_small"
    order.refresh_from_db()
    assert order.status == OrderStatus.AWAITING


def test_a_page_that_comes_too_late_is_closed(shop, monkeypatch):
    """The clock lets the order go while Stripe is being asked."""
    order = shop.place()
    create = sessions._create

    def slowly(*args):
        session = create(*args)
        shop.late()
        return session

    monkeypatch.setattr(sessions, "_create", slowly)
    with pytest.raises(NotAwaiting):
        sessions.begin(order)
    [session] = client.api().checkout.sessions.list().data
    assert session.status == "expired"


def test_a_day_is_more_than_stripe_waits(shop, station):
    station.payment_hold_min = 1440
    station.save()
    shop.home.refresh_from_db()
    order = shop.place()
    assert sessions.begin(order)
    assert attempt(order).expires_at - attempt(order).at == attempts.LONGEST


def test_without_a_key_nobody_pays_online(shop, settings, client, resident):
    settings.STRIPE_SECRET_KEY = ""
    client.force_login(resident)
    assert b'value="stripe"' not in client.get(reverse("checkout")).content
