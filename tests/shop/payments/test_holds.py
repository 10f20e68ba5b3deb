"""Goods are held until the time to pay is over: who pays late, and who lets them go."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone

from delivery import rounds
from delivery.models import Parcel
from shop import audit, baskets, ordering
from shop.models import LineTerms, OrderStatus, Refund, StripePayment
from shop.money import ledger
from shop.payments.stripe import client, paying, sessions
from tests import factories
from tests.shop.payments.conftest import attempt, refund_of, send_all

Status, IfLate = StripePayment.Status, StripePayment.IfLate


def status(order) -> str:
    order.refresh_from_db()
    return order.status


def audited() -> None:
    wrong = [str(result) for result in audit.run() if not result.ok]
    assert not wrong


# --- nobody pays -------------------------------------------------------------------------------
def test_goods_go_back_when_the_time_is_over_and_not_before(shop):
    order, session = shop.open()
    shop.late(minutes=42)
    assert (status(order), shop.held()) == (OrderStatus.AWAITING, 2)
    shop.late(minutes=43)
    assert (status(order), shop.held()) == (OrderStatus.CANCELLED, 0)
    assert attempt(order).status == Status.EXPIRED
    assert client.api().checkout.sessions.retrieve(session).status == "expired"
    assert shop.hear() == ["nothing new"]
    assert shop.home.notices.filter(order=order).count() == 1
    audited()


def test_the_page_is_closed_before_the_goods_are_let_go(shop):
    """By our clock the time is over, by Stripe's it is not."""
    order, session = shop.open()
    sessions.sweep(timezone.now() + timedelta(minutes=43))
    assert client.api().checkout.sessions.retrieve(session).status == "expired"
    assert status(order) == OrderStatus.CANCELLED


def test_who_paid_in_the_last_second_keeps_the_goods(shop):
    """Paid, and the event has not come yet: the sweep asks, and does not let go."""
    order, session = shop.open()
    shop.fake.pay(session)
    assert sessions.sweep(timezone.now() + timedelta(minutes=43)) == 0
    assert (status(order), shop.held()) == (OrderStatus.PLACED, 2)
    assert shop.hear() == ["nothing new"]
    assert ledger.owed([order.pk])[order.pk] == 0


def test_money_that_is_under_way_holds_the_goods(shop):
    order, session = shop.open()
    shop.fake.accept(session)
    shop.sent()  # and we are not told
    for minutes in (43, 54, 65):
        shop.late(minutes)
        assert (status(order), shop.held()) == (OrderStatus.AWAITING, 2)
    assert attempt(order).status == Status.PROCESSING
    shop.fake.settle(session)
    shop.late(minutes=76)
    assert status(order) == OrderStatus.PLACED


def test_money_that_fails_on_its_way_is_heard_of_by_asking(shop):
    order, session = shop.open()
    shop.fake.accept(session)
    shop.fake.settle(session, succeeded=False)
    shop.late(minutes=43)
    states = StripePayment.objects.order_by("pk").values_list("status", flat=True)
    assert (status(order), list(states)) == (OrderStatus.AWAITING, [Status.FAILED, Status.NEW])


def test_a_page_that_ended_without_any_payment_does_not_hold_the_goods_for_ever(shop, monkeypatch):
    order, session = shop.open()
    shop.fake.accept(session)
    shop.sent()
    found = {"status": "complete", "payment_status": "unpaid", "payment_intent": None}
    monkeypatch.setattr(sessions, "close", lambda attempt: found)
    shop.late(minutes=43)
    states = StripePayment.objects.order_by("pk").values_list("status", flat=True)
    assert (status(order), list(states)) == (OrderStatus.AWAITING, [Status.FAILED, Status.NEW])


@pytest.mark.parametrize(("minutes", "expected"), [(73, "awaiting payment"), (74, "cancelled")])
def test_when_stripe_is_gone_goods_are_held_half_an_hour_more(shop, minutes, expected):
    order, _session = shop.open()
    shop.fake.fail("/v1/", "error", times=None)
    sessions.sweep(timezone.now() + timedelta(minutes=minutes, seconds=-1))
    assert status(order) == expected
    assert shop.held() == (0 if expected == "cancelled" else 2)


def test_a_page_nobody_was_shown_holds_nothing_back(shop):
    """Stripe was down when it was ordered, and still is: there is no page to be closed."""
    order = shop.place()
    shop.fake.fail("/v1/", "error", times=None)
    sessions.sweep(timezone.now() + timedelta(minutes=43))
    assert (status(order), shop.held()) == (OrderStatus.CANCELLED, 0)


def test_one_that_cannot_be_let_go_does_not_keep_the_others(shop, monkeypatch):
    first, _session = shop.open()
    second, _session = shop.open()
    expired = paying.expired

    def broken(payment, **also):
        if payment.order_id == first.pk:
            raise RuntimeError("周居民")
        return expired(payment, **also)

    monkeypatch.setattr(paying, "expired", broken)
    shop.late()
    assert (status(first), status(second)) == (OrderStatus.AWAITING, OrderStatus.CANCELLED)


# --- somebody pays too late ----------------------------------------------------------------------
def late_payment(shop, order, session, meanwhile=None):
    """The goods were let go while Stripe did not answer, something happens, then it turns out that
    this one had paid."""
    paid = shop.fake.pay(session)
    shop.sent()
    shop.fake.fail("/v1/", "error", times=None)
    sessions.sweep(timezone.now() + timedelta(minutes=80))
    assert status(order) == OrderStatus.CANCELLED
    shop.fake.clear()
    if meanwhile:
        meanwhile()
    shop.fake.emit("checkout.session.completed", paid)
    return shop.hear()


def test_money_that_comes_too_late_goes_back(shop):
    order, session = shop.open()
    assert late_payment(shop, order, session) == ["refunded"]
    assert (status(order), shop.held()) == (OrderStatus.CANCELLED, 0)
    assert ledger.owed([order.pk])[order.pk] == 0
    assert refund_of(order).amount == Decimal("25.00")
    assert send_all() == 1
    [refund] = client.api().refunds.list().data
    assert (refund.amount, refund.status) == (2500, "succeeded")
    assert refund_of(order).status == "done"
    assert shop.home.notices.filter(order=order).count() == 2
    audited()


def test_or_the_order_stands_again_if_its_household_would_rather_wait(shop):
    order, session = shop.open()
    paying.prefer_late(order, IfLate.BACK_ORDER)
    assert late_payment(shop, order, session) == ["back-ordered"]
    assert (status(order), shop.held()) == (OrderStatus.PLACED, 2)
    assert not LineTerms.objects.exists()
    assert ledger.owed([order.pk])[order.pk] == 0
    assert not Refund.objects.exists()
    audited()


@pytest.mark.parametrize(("limit", "done"), [(2, "refunded"), (3, "refunded"), (4, "back-ordered")])
def test_but_not_beyond_the_limit_of_its_door(shop, limit, done):
    shop.eggs.household_limit = limit
    shop.eggs.save()
    order, session = shop.open(2)
    paying.prefer_late(order, IfLate.BACK_ORDER)
    others = partial(shop.place, 2, way="door")
    assert late_payment(shop, order, session, others) == [done]
    assert shop.held() == (4 if done == "back-ordered" else 2)
    audited()


def test_a_limit_alone_does_not_keep_an_order_from_standing_again(shop):
    shop.eggs.household_limit = 2
    shop.eggs.save()
    order, session = shop.open(2)
    paying.prefer_late(order, IfLate.BACK_ORDER)
    assert late_payment(shop, order, session) == ["back-ordered"]


def test_what_is_gone_by_then_becomes_a_preorder_at_the_price_paid(shop, station):
    salt = factories.item(station, "盐", price="3.00", in_stock=5)
    user = factories.resident(shop.home)
    basket = baskets.for_door(user, shop.home)
    for item, units in ((shop.eggs, 2), (salt, 1)):
        baskets.set_quantity(basket, item.record_id, units)
    order = ordering.place(basket, household=shop.home, round=shop.today, by=user, way="stripe")
    sessions.begin(order)
    paying.prefer_late(order, IfLate.BACK_ORDER)
    session = attempt(order).session_id
    assert late_payment(shop, order, session, lambda: shop.place(9, way="door")) == ["back-ordered"]
    assert status(order) == OrderStatus.PLACED
    assert shop.held() == 9  # all of them somebody else's
    salt.record.refresh_from_db()
    assert salt.record.num_allocated == 1
    terms = LineTerms.objects.get()
    assert (terms.line.stockrecord_id, terms.preorder) == (shop.eggs.record_id, True)
    assert terms.line.unit_price_incl_tax == Decimal("12.50")
    audited()
    # It can be taken back like any other, and then its money goes back.
    ordering.cancel(order, by=user)
    assert refund_of(order).amount == Decimal("28.00")
    salt.record.refresh_from_db()
    assert (salt.record.num_allocated, shop.held()) == (0, 9)
    audited()


def test_in_the_round_that_takes_orders_by_then(shop, station):
    order, session = shop.open()
    paying.prefer_late(order, IfLate.BACK_ORDER)
    rounds.close(shop.today)
    tomorrow = factories.round(station, "明天")
    assert late_payment(shop, order, session) == ["back-ordered"]
    assert (status(order), order.placement.round) == (OrderStatus.PLACED, tomorrow)
    rounds.close(tomorrow)
    parcel = Parcel.objects.get(order=order)
    assert (parcel.round, parcel.due) == (tomorrow, Decimal("0.00"))
    audited()


@pytest.mark.parametrize("why", ["no round", "not sold any more", "moved out"])
def test_where_nothing_can_be_waited_for_the_money_goes_back(shop, why):
    order, session = shop.open()
    paying.prefer_late(order, IfLate.BACK_ORDER)

    def meanwhile():
        if why == "no round":
            rounds.close(shop.today)
        elif why == "moved out":
            shop.home.lived_in_since = timezone.now() + timedelta(minutes=1)
            shop.home.save()
        else:
            shop.place(9, way="door")
            product = shop.eggs.record.product
            product.is_public = False
            product.save()

    assert late_payment(shop, order, session, meanwhile) == ["refunded"]
    assert status(order) == OrderStatus.CANCELLED
    assert refund_of(order).amount == Decimal("25.00")


def test_who_cancelled_does_not_get_the_goods_after_all(shop, resident):
    order, session = shop.open()
    paying.prefer_late(order, IfLate.BACK_ORDER)
    ordering.cancel(order, by=resident)
    shop.fake.pay(session)
    assert shop.hear() == ["refunded"]
    assert status(order) == OrderStatus.CANCELLED
    audited()


def test_what_a_choice_is_about_is_the_open_attempt(shop):
    order = shop.paid()
    paying.prefer_late(order, IfLate.BACK_ORDER)
    assert attempt(order).if_late == IfLate.REFUND


# --- cancelled -----------------------------------------------------------------------------------
def test_cancelling_closes_the_page(shop, resident):
    order, session = shop.open()
    ordering.cancel(order, by=resident)
    assert (status(order), shop.held()) == (OrderStatus.CANCELLED, 0)
    sessions.sweep()
    assert client.api().checkout.sessions.retrieve(session).status == "expired"
    assert attempt(order).url == ""
    assert shop.hear() == ["nothing new"]


def test_who_paid_before_the_page_was_closed_gets_it_back(shop, resident):
    order, session = shop.open()
    ordering.cancel(order, by=resident)
    shop.fake.pay(session)
    sessions.sweep()
    assert attempt(order).status == Status.PAID
    assert shop.hear() == ["nothing new"]
    send_all()
    assert refund_of(order).status == "done"
    assert client.api().refunds.list().data[0].amount == 2500


def test_cancelling_what_is_paid_sends_it_back(shop, resident):
    order = shop.paid()
    for _tap in range(2):
        ordering.cancel(order, by=resident)
    assert send_all() == 1
    assert [refund.amount for refund in client.api().refunds.list().data] == [2500]
    assert shop.held() == 0
    audited()


# --- the round closes meanwhile ------------------------------------------------------------------
def test_a_round_closes_without_what_is_not_paid(shop):
    order, session = shop.open()
    rounds.close(shop.today)
    assert not Parcel.objects.exists()
    assert (status(order), shop.held()) == (OrderStatus.AWAITING, 2)
    audited()
    shop.fake.pay(session)
    assert shop.hear() == ["placed"]
    parcel = Parcel.objects.get(order=order)
    assert (parcel.round, parcel.due, parcel.household) == (
        shop.today,
        Decimal("0.00"),
        shop.home,
    )
    [line] = parcel.lines.all()
    assert (line.item, line.quantity, line.awaiting) == (shop.eggs, 2, False)
    audited()


def test_what_is_not_paid_after_the_close_either_goes_back_to_the_shelf(shop):
    order, _session = shop.open()
    rounds.close(shop.today)
    shop.late()
    assert (status(order), shop.held()) == (OrderStatus.CANCELLED, 0)
    assert not Parcel.objects.exists()
    audited()
