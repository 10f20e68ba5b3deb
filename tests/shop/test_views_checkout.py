"""How an order is paid, as the household chooses it on the checkout page."""

import re
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from oscar.core.loading import get_model

from delivery import rounds
from shop import baskets, ordering
from shop.models import MoneyMove, Placement
from shop.money import accounts, ledger
from shop.payments.stripe.way import StripeWay
from tests import factories
from tests.shop.test_views_shop import change, checkout_fields

Order = get_model("order", "Order")


@pytest.fixture
def open_round(station):
    return factories.round(station, "今日第二波")


@pytest.fixture
def greens(station):
    return factories.item(station, "上海青 2 斤", price="6.40", in_stock=40, weight_g=1000)


@pytest.fixture
def as_resident(client, resident):
    client.force_login(resident)
    return client


@pytest.fixture
def basket(as_resident, greens, open_round):
    """Two of the greens, 12.80 yuan."""
    change(as_resident, greens, 2)
    return as_resident


@pytest.fixture
def online(station, settings):
    """The station takes payments online as well."""
    settings.STRIPE_SECRET_KEY = "sk_test_123"
    settings.STRIPE_WEBHOOK_SECRET = "whsec_123"
    station.ways_to_pay = ["door", "account", "stripe"]
    station.save()


def deposit(home, amount: str, by) -> None:
    accounts.deposit(home, Decimal(amount), by=by, nonce=uuid4())


def offered(page) -> list[tuple[str, bool, bool]]:
    """(way, chosen, can be had)"""
    return [(each.code, each.chosen, not each.why_not) for each in page.context["offers"]]


def place(client, **said):
    return client.post(reverse("checkout"), checkout_fields(client) | said)


# --- what is offered -----------------------------------------------------------------------------


def test_an_account_that_is_too_short_says_so_and_cannot_be_chosen(basket):
    page = basket.get(reverse("checkout"))
    assert offered(page) == [("door", True, True), ("account", False, False)]
    assert "余额 ¥0.00，不够付这一单。可以到柜台充值。" in page.text
    assert 'value="account" disabled' in page.text
    assert "改成" not in page.text, "nobody chose it"


def test_an_account_that_can_pay_says_what_is_in_it(basket, home, staff):
    deposit(home, "12.80", staff)
    page = basket.get(reverse("checkout"))
    assert offered(page) == [("door", True, True), ("account", False, True)]
    assert "余额 ¥12.80，下单就付好" in page.text


def test_what_the_station_does_not_offer_is_not_there(basket, station):
    station.ways_to_pay = ["door"]
    station.save()
    assert offered(basket.get(reverse("checkout"))) == [("door", True, True)]


def test_online_has_the_question_what_to_do_when_the_money_comes_late(basket, online):
    page = basket.get(reverse("checkout"))
    assert [each.code for each in page.context["offers"]] == ["door", "account", "stripe"]
    assert "万一付晚了，货没了" in page.text
    assert page.text.count('type="radio" name="if_late"') == 2
    assert re.search(r'name="if_late" value="refund"[^>]* checked', page.text)


def test_without_any_way_the_page_says_whom_to_call(basket, station):
    station.ways_to_pay = []
    station.save()
    assert "驿站现在没有能用的付款方式，请打驿站电话。" in basket.get(reverse("checkout")).text


def test_the_way_of_last_time_is_chosen_while_it_can_be_had(basket, greens, home, staff):
    deposit(home, "20.00", staff)
    place(basket, pay="account")
    change(basket, greens, 1)
    page = basket.get(reverse("checkout"))
    assert offered(page) == [("door", False, True), ("account", True, True)]
    change(basket, greens, 2)
    page = basket.get(reverse("checkout"))
    assert offered(page) == [("door", True, True), ("account", False, False)]


# --- placing -------------------------------------------------------------------------------------


def test_from_the_account_it_is_paid_at_once(basket, home, staff):
    deposit(home, "20.00", staff)
    response = place(basket, pay="account")
    order = Order.objects.get()
    assert response.url == reverse("order-detail", args=[order.number])
    assert Placement.objects.get().way == "account"
    assert ledger.owed([order.pk]) == {order.pk: Decimal("0.00")}
    assert accounts.balance(home) == Decimal("7.20")
    page = basket.get(response.url).text
    assert "已付（驿站账户）</dt><dd>¥12.80" in page
    assert "付清了</dt><dd>¥0.00" in page


def test_the_second_tap_pays_once(basket, home, staff):
    deposit(home, "30.00", staff)
    fields = checkout_fields(basket) | {"pay": "account"}
    first = basket.post(reverse("checkout"), fields)
    assert basket.post(reverse("checkout"), fields).url == first.url
    assert accounts.balance(home) == Decimal("17.20")


def test_an_account_emptied_meanwhile_places_nothing_and_offers_the_others(basket, home, staff):
    deposit(home, "12.80", staff)
    fields = checkout_fields(basket) | {"pay": "account", "note": "轻放"}
    accounts.pay_back(home, Decimal("12.00"), by=staff, nonce=uuid4())
    page = basket.post(reverse("checkout"), fields)
    assert page.status_code == 409
    assert page.text.count("账户只有 ¥0.80，不够 ¥12.80。可以先充值，或者换一种付法。") == 1
    assert "改成送到时付" in page.text
    assert offered(page) == [("door", False, True), ("account", True, False)]
    assert 'value="account" checked' in page.text, "what was chosen stays to be seen"
    assert 'value="轻放"' in page.text
    assert not Order.objects.exists()
    assert greens_left(page) == 40


def greens_left(page) -> int:
    [line] = page.context["lines"]
    return line.left


def test_the_other_way_is_one_tap_and_places_nothing_yet(basket, home):
    fields = checkout_fields(basket) | {"pay": "account", "note": "轻放", "in_person": "1"}
    page = basket.post(reverse("checkout"), fields | {"switch": "door"})
    assert page.status_code == 200
    assert offered(page) == [("door", True, True), ("account", False, False)]
    assert "改成" not in page.text
    assert 'value="轻放"' in page.text
    assert page.context["form"].data["in_person"] == "1"
    assert not Order.objects.exists()


def test_the_way_survives_a_stepper_and_what_ran_out(basket, greens, home, staff, neighbour):
    deposit(home, "500.00", staff)
    fields = checkout_fields(basket) | {"pay": "account"}
    page = basket.post(reverse("checkout"), fields | {"set": f"{greens.record_id}:39"})
    assert offered(page) == [("door", False, True), ("account", True, True)]
    theirs = baskets.for_door(neighbour, neighbour.person.household)
    baskets.set_quantity(theirs, greens.record_id, 5)
    now_open = page.context["current_round"]
    ordering.place(theirs, household=neighbour.person.household, round=now_open, by=neighbour)
    page = place(basket, pay="account")
    assert page.status_code == 409
    assert "上海青 2 斤只剩 35 份" in page.text
    assert offered(page) == [("door", False, True), ("account", True, True)]
    assert accounts.balance(home) == Decimal("500.00")


def test_a_stepper_past_what_the_account_holds_says_so_before_the_button(
    basket, greens, home, staff
):
    deposit(home, "12.80", staff)
    fields = checkout_fields(basket) | {"pay": "account"}
    page = basket.post(reverse("checkout"), fields | {"set": f"{greens.record_id}:3"})
    assert "<p><b>余额 ¥12.80，不够付这一单。可以到柜台充值。" in page.text
    assert "改成送到时付" in page.text


@pytest.mark.parametrize("way", ["stripe", "gold", "door2"])
def test_a_way_that_is_not_offered_places_nothing(basket, way):
    page = place(basket, pay=way)
    assert page.status_code == 409
    assert "这种付款方式现在不能用，请换一种。" in page.text
    assert not Order.objects.exists()


@pytest.mark.parametrize("way", ["", "\x00", "x" * 11])
def test_no_way_at_all_places_nothing(basket, way):
    page = place(basket, pay=way)
    assert page.status_code == 400
    assert not Order.objects.exists()


def test_no_way_chosen_is_said_in_words(basket):
    fields = checkout_fields(basket)
    del fields["pay"]
    page = basket.post(reverse("checkout"), fields)
    assert "请选一种付款方式。" in page.text


# --- online --------------------------------------------------------------------------------------


@pytest.fixture
def pay_page(monkeypatch):
    """Where the browser is sent to pay."""
    monkeypatch.setattr(StripeWay, "after", lambda self, order, request: f"/to-pay/{order.number}")


def test_online_leads_to_where_it_is_paid_and_so_does_a_second_tap(basket, online, pay_page):
    fields = checkout_fields(basket) | {"pay": "stripe"}
    first = basket.post(reverse("checkout"), fields)
    order = Order.objects.get()
    assert order.status == "awaiting payment"
    assert first.url == f"/to-pay/{order.number}"
    assert basket.post(reverse("checkout"), fields).url == first.url
    page = basket.get(reverse("order-detail", args=[order.number])).text
    assert f'href="/to-pay/{order.number}">去付款' in page
    assert "待付款" in page
    assert "货给您留到" in page
    assert "还要付</dt><dd>¥12.80" in page
    assert "用驿站账户付" not in page
    assert "取消这一单" in page


@pytest.mark.parametrize("said", [{}, {"if_late": "refund"}, {"if_late": "back_order"}])
def test_what_to_do_when_late_is_kept(basket, online, pay_page, said):
    place(basket, pay="stripe", **said)
    [payment] = Order.objects.get().stripe_payments.all()
    assert payment.if_late == said.get("if_late", "refund")


def test_what_is_neither_places_nothing(basket, online):
    page = place(basket, pay="stripe", if_late="keep")
    assert page.status_code == 400
    assert "付晚了怎么办，请从两样里选一样。" in page.text
    assert not Order.objects.exists()


def test_who_waits_for_a_payment_is_not_asked_at_the_door(basket, online, pay_page, open_round):
    place(basket, pay="stripe")
    order = Order.objects.get()
    basket.post(reverse("order-cancel", args=[order.number]))
    page = basket.get(reverse("order-detail", args=[order.number])).text
    assert "没付款，取消了" in page
    assert "不用付了</dt><dd>¥0.00" in page
    assert "去付款" not in page
    rounds.close(open_round)
    assert not MoneyMove.objects.filter(kind="payment").exists()
