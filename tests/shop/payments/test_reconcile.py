"""Our book against Stripe's: nothing is said while they agree, and every difference is."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from shop.models import MoneyMove, OrderStatus, Refund, StripePayment
from shop.payments.stripe import disputes, reconcile
from tests.shop.payments.conftest import attempt, send_all
from tests.shop.payments.test_refunds import less


@pytest.fixture
def said(capsys):
    """What the command says, and whether it is content."""

    def run(*arguments: str) -> tuple[str, bool]:
        content = True
        try:
            call_command("reconcile_stripe", *arguments)
        except SystemExit as end:
            content = not end.code
        return capsys.readouterr().out, content

    return run


def test_a_book_that_agrees(shop, said):
    order = shop.paid()
    less(order, shop.home, "5.00")
    shop.open()
    send_all()
    less(order, shop.home, "2.00")
    assert said() == (
        "付款 1 笔，¥25.00\n退款 1 笔，¥5.00\n还有 1 笔退款没有送到 Stripe。\n和 Stripe 对得上。\n",
        True,
    )


def test_a_payment_we_were_never_told_of(shop, said):
    order, session = shop.open()
    shop.fake.pay(session)
    intent = shop.fake.account.all("payment_intent")[0]["id"]
    sentence = f"订单 {order.number}：Stripe 收了 ¥25.00（{intent}），账上是 ¥0.00"
    text, content = said()
    assert sentence in text
    assert not content
    order.refresh_from_db()
    assert order.status == OrderStatus.AWAITING
    text, content = said("--book")
    assert (sentence in text, content) == (True, False)
    order.refresh_from_db()
    assert order.status == OrderStatus.PLACED
    assert said()[1]
    assert shop.hear() == ["nothing new"]


def test_a_payment_stripe_does_not_have(shop, said):
    order = shop.paid()
    StripePayment.objects.filter(order=order).update(intent_id="pi_none")
    text, content = said()
    assert f"订单 {order.number}：账上网上付了，Stripe 没有（pi_none）" in text
    assert not content


def test_a_payment_of_another_book(shop, said):
    order = shop.paid()
    payment = attempt(order)
    shop.fake.account.get("payment_intent", payment.intent_id)["metadata"] = {
        "payment": "6a1f1d0e-0000-4000-8000-000000000000"
    }
    assert f"Stripe 收了 ¥25.00（{payment.intent_id}），这里没有这笔付款" in said()[0]


def test_what_somebody_elses_shop_takes_through_the_same_account_is_not_ours(shop, said):
    order = shop.paid()
    intent = shop.fake.account.get("payment_intent", attempt(order).intent_id)
    other = {**intent, "id": "pi_other", "metadata": {"shop": "other"}}
    shop.fake.account.add(other)
    assert said()[1]


def test_another_sum(shop, said):
    order = shop.paid()
    intent = shop.fake.account.get("payment_intent", attempt(order).intent_id)
    intent["amount_received"] = 2400
    assert "Stripe 收了 ¥24.00" in said()[0]
    assert "账上是 ¥25.00" in said("--book")[0]
    assert MoneyMove.objects.filter(kind="payment").count() == 1


def test_refunds_we_were_never_told_of(shop, said):
    order = shop.paid()
    refund = shop.fake.refund(attempt(order).intent_id, 500)
    text, content = said("--book")
    assert f"Stripe 退了 ¥5.00（{refund['id']}），账上没有" in text
    assert not content
    assert Refund.objects.get().error == "dashboard"
    assert said()[1]


def test_a_refund_that_failed_and_nobody_told_us(shop, said):
    order = shop.paid()
    refund = less(order, shop.home, "5.00")
    send_all()
    refund.refresh_from_db()
    shop.fake.finish_refund(refund.refund_id, "failed")
    text, _content = said("--book")
    assert f"退款 {refund.refund_id} 在 Stripe 是 ¥5.00 failed，账上是 ¥5.00 已退" in text
    refund.refresh_from_db()
    assert refund.status == "moved"
    assert said()[1]


def test_a_refund_stripe_does_not_have(shop, said):
    order = shop.paid()
    refund = less(order, shop.home, "5.00")
    Refund.objects.filter(pk=refund.pk).update(status="done", refund_id="re_none")
    assert f"订单 {order.number}：账上退了 ¥5.00，Stripe 没有" in said()[0]


def test_a_dispute_nobody_told_us_of(shop, said):
    order = shop.paid()
    intent = attempt(order).intent_id
    shop.fake.dispute(intent)
    assert said()[1]  # no money has moved
    shop.fake.dispute(intent, "withdrawn")
    text, content = said("--book")
    assert "在 Stripe 动了 −¥25.00，账上不是" in text
    assert not content
    assert said()[1]
    shop.fake.dispute(intent, "won")
    assert not said("--book")[1]
    assert said()[1]
    assert MoneyMove.objects.filter(kind="dispute").count() == 2
    shop.hear()
    assert MoneyMove.objects.filter(kind="dispute").count() == 2


def test_more_than_a_page_of_them(shop, monkeypatch):
    """Stripe's lists come by the hundred."""
    order = shop.paid()
    for _number in range(105):
        shop.fake.refund(attempt(order).intent_id, 1)
    found = reconcile.compare(timezone.now() - timedelta(days=1))
    assert found.refunds[0] == len(found.wrong) == 105


def test_it_does_not_look_further_back_than_it_is_told(shop, said):
    shop.paid()
    shop.fake.clock(3 * 86400)
    StripePayment.objects.update(at=timezone.now() - timedelta(days=3))
    for intent in shop.fake.account.all("payment_intent"):
        intent["created"] -= 3 * 86400
    assert said("--days", "2")[0].startswith("付款 0 笔，¥0.00")
    assert said("--days", "4")[0].startswith("付款 1 笔，¥25.00")


@pytest.mark.parametrize("days", ["0", "-1", "100000"])
def test_days_that_are_none(fake, db, days):
    with pytest.raises(CommandError, match="--days"):
        call_command("reconcile_stripe", "--days", days)


@pytest.mark.parametrize("why", ["down", "no key"])
def test_stripe_does_not_answer(fake, db, settings, why):
    if why == "no key":
        settings.STRIPE_SECRET_KEY = ""
    fake.fail("/v1/", "drop")
    with pytest.raises(CommandError):
        call_command("reconcile_stripe")


def test_disputes_are_booked_once(shop):
    order = shop.paid()
    dispute = shop.fake.dispute(attempt(order).intent_id)
    with transaction.atomic():
        assert disputes.book(attempt(order), dispute, withdrawn=True)
        assert not disputes.book(attempt(order), dispute, withdrawn=True)
