"""The page before Stripe's and the one after it: what they say, and who may see them."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shop.models import OrderStatus, StripePayment
from shop.money import accounts
from shop.payments.stripe import client as stripe_client
from tests.shop.payments.conftest import attempt


@pytest.fixture
def as_resident(client, resident):
    client.force_login(resident)
    return client


def page(client, name: str, order) -> str:
    return client.get(reverse(name, args=[order.number])).content.decode()


def status(order) -> str:
    order.refresh_from_db()
    return order.status


def test_checkout_leads_to_the_page_before_stripes(shop, as_resident, eggs):
    as_resident.post(reverse("basket-change"), {"record": eggs.record_id, "quantity": 2})
    context = as_resident.get(reverse("checkout")).context
    said = {"basket": context["basket"].pk, "seen": context["seen"], "in_person": "", "note": ""}
    # What is to be paid is in no form; who adds it changes nothing.
    tampered = {"amount": "0.01", "total": "0.01", "if_late": "back_order"}
    answer = as_resident.post(reverse("checkout"), {**said, **tampered, "pay": "stripe"})
    made = StripePayment.objects.get()
    assert answer.url == reverse("pay", args=[made.order.number])
    text = as_resident.get(answer.url).content.decode()
    made.refresh_from_db()
    assert f'href="{made.url}"' in text
    assert "¥25.00" in text
    assert made.if_late == "back_order"
    [session] = stripe_client.api().checkout.sessions.list().data
    assert session.amount_total == 2500
    assert session.success_url == f"http://testserver/pay/{made.order.number}/back/"
    # A second tap on the button of the checkout leads there, too.
    again = as_resident.post(reverse("checkout"), {**said, "pay": "stripe"})
    assert again.url == answer.url


def test_the_page_offers_the_other_ways_and_to_cancel(shop, as_resident):
    order = shop.place()
    text = page(as_resident, "pay", order)
    assert "去付款" in text
    assert "送到时付" in text
    assert "余额 ¥0.00，不够付这一单。可以到柜台充值。" in text
    assert reverse("order-cancel", args=[order.number]) in text
    assert attempt(order).expires_at.strftime("%M") in text


def test_reloading_makes_no_second_page(shop, as_resident):
    order = shop.place()
    page(as_resident, "pay", order)
    page(as_resident, "pay", order)
    assert len(stripe_client.api().checkout.sessions.list().data) == 1


def test_stripe_is_down(shop, as_resident):
    order = shop.place()
    shop.fake.fail("/v1/", "drop")
    answer = as_resident.get(reverse("pay", args=[order.number]))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "网上付款现在连不上。货给您留着，请过一会再试，或者换一种付款方式。" in text
    assert "再试一次" in text
    assert "去付款" not in text
    assert (status(order), shop.held()) == (OrderStatus.AWAITING, 2)
    shop.fake.fail("/v1/", "drop")
    otherwise = reverse("pay-otherwise", args=[order.number])
    assert as_resident.post(otherwise, {"way": "door"}).url == reverse(
        "order-detail", args=[order.number]
    )
    assert status(order) == OrderStatus.PLACED


def test_stripe_does_not_take_it(shop, as_resident):
    shop.fake.account.minimum = 10_000
    text = page(as_resident, "pay", shop.place())
    assert "这一单不能网上付，请换一种付款方式。" in text
    assert "再试一次" not in text


def test_when_the_time_is_over_there_is_nothing_to_press(shop, as_resident):
    order, _session = shop.open()
    StripePayment.objects.update(expires_at=attempt(order).at)
    text = page(as_resident, "pay", order)
    assert "付款时间到了" in text
    assert attempt(order).url not in text
    assert "换一种付法" not in text


def test_cancelling_from_there(shop, as_resident):
    order, _session = shop.open()
    as_resident.post(reverse("order-cancel", args=[order.number]))
    assert (status(order), shop.held()) == (OrderStatus.CANCELLED, 0)


@pytest.mark.parametrize("name", ["pay", "pay-back"])
def test_what_is_over_leads_to_the_order(shop, as_resident, name):
    order = shop.paid()
    answer = as_resident.get(reverse(name, args=[order.number]))
    assert answer.url == reverse("order-detail", args=[order.number])


def test_while_the_money_is_under_way(shop, as_resident):
    order, session = shop.open()
    shop.fake.accept(session)
    shop.hear()
    answer = as_resident.get(reverse("pay", args=[order.number]))
    assert answer.url == reverse("pay-back", args=[order.number])
    text = page(as_resident, "pay-back", order)
    assert "正在确认付款" in text
    otherwise = reverse("pay-otherwise", args=[order.number])
    refused = as_resident.post(otherwise, {"way": "door"}, follow=True)
    assert "这笔付款正在处理，到账会自动确认，请不要再付。" in refused.content.decode()
    assert status(order) == OrderStatus.AWAITING


def test_htmx_waits_on_the_page(shop, as_resident):
    order, _session = shop.open()
    address = reverse("pay-back", args=[order.number])
    asked = as_resident.get(address, headers={"HX-Request": "true"})
    assert (asked.status_code, "HX-Redirect" in asked.headers) == (200, False)


@pytest.mark.parametrize("way", ["", "gold", "stripe", "\x00", "x" * 5000])
def test_ways_that_are_none(shop, as_resident, way):
    order, _session = shop.open()
    otherwise = reverse("pay-otherwise", args=[order.number])
    answer = as_resident.post(otherwise, {"way": way}, follow=True)
    assert "这种付款方式现在不能用，请换一种。" in answer.content.decode()
    assert status(order) == OrderStatus.AWAITING


def test_a_way_that_cannot_be_had_now_asks_nothing_of_stripe(shop, as_resident, monkeypatch):
    order, _session = shop.open()
    otherwise = reverse("pay-otherwise", args=[order.number])
    monkeypatch.setattr("shop.payments.changing.change_way", None)
    answer = as_resident.post(otherwise, {"way": "account"}, follow=True)
    assert "余额 ¥0.00，不够付这一单" in answer.content.decode()
    assert status(order) == OrderStatus.AWAITING


def test_not_for_the_door_next_to_it(shop, client, neighbour, stranger):
    order = shop.place()
    for who in (neighbour, stranger):
        client.force_login(who)
        for name in ("pay", "pay-back"):
            assert client.get(reverse(name, args=[order.number])).status_code == 404
        otherwise = reverse("pay-otherwise", args=[order.number])
        assert client.post(otherwise, {"way": "door"}).status_code == 404
    assert (status(order), attempt(order).status) == (OrderStatus.AWAITING, "new")


def test_only_the_right_methods(shop, as_resident):
    order = shop.place()
    for name in ("pay", "pay-back"):
        assert as_resident.post(reverse(name, args=[order.number])).status_code == 405
    assert as_resident.get(reverse("pay-otherwise", args=[order.number])).status_code == 405


def test_what_the_page_costs(shop, as_resident):
    order, _session = shop.open()
    page(as_resident, "pay", order)
    with CaptureQueriesContext(connection) as captured:
        page(as_resident, "pay", order)
    assert len(captured) <= 16


def test_cancelled_while_the_money_is_under_way_says_that_it_comes_back(shop, as_resident):
    order, session = shop.open()
    shop.fake.accept(session)
    shop.hear()
    text = page(as_resident, "order-detail", order)
    assert "正在到账</dt>" in text
    assert "去付款" not in text
    assert "还要付" not in text
    assert "让给别人。 钱到账后会原路退给您。" in text
    back = page(as_resident, "pay-back", order)
    assert "银行还在办，可能要一会儿，不用再付。" in back
    assert "回到付款" not in back
    as_resident.post(reverse("order-cancel", args=[order.number]))
    text = page(as_resident, "order-detail", order)
    assert "<p>钱到账后会原路退给您。</p>" in text
    assert "没付款，取消了" not in text


def test_cancelling_what_was_paid_says_that_the_money_comes_back(shop, as_resident):
    assert "您付的钱会退给您。" in page(as_resident, "order-detail", shop.paid())


def test_the_account_pays_what_is_ordered_already(shop, as_resident, staff):
    order = shop.place()
    accounts.deposit(shop.home, Decimal("35.00"), by=staff, nonce=uuid4())
    text = page(as_resident, "pay", order)
    assert "余额 ¥35.00，点了就付好" in text
    assert "下单就付好" not in text
