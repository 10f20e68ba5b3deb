"""What staff see of online payments, and what they can do about a refund that is stuck."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shop.models import Refund
from shop.money import accounts
from tests import factories
from tests.shop.payments.conftest import attempt, send_all
from tests.shop.payments.test_refunds import less


@pytest.fixture
def stuck(shop):
    refund = less(shop.paid(), shop.home, "5.00")
    shop.fake.dispute(refund.payment.intent_id)
    shop.hear()
    send_all()
    refund.refresh_from_db()
    return refund


@pytest.fixture
def as_staff(client, staff):
    client.force_login(staff)
    return client


def page(client) -> str:
    return client.get(reverse("station-stripe")).content.decode()


def test_what_waits_what_is_stuck_and_what_is_disputed(shop, as_staff, stuck):
    waiting, _session = shop.open()
    shop.fake.refund(attempt(shop.paid()).intent_id, 100)
    shop.hear()
    text = page(as_staff)
    assert waiting.number in text
    assert "卡住了" in text
    assert "付款人在和银行争议这笔付款，等有结果再退" in text
    assert "拒付争议" in text
    assert "在 Stripe 后台退的" in text
    assert "一网格 1幢 1单元 101" in text
    assert "周居民" not in text


def test_with_nothing_to_do(fake, today, as_staff):
    text = page(as_staff)
    assert "该退的都退了。" in text
    assert "没有在等的。" in text


@pytest.mark.parametrize("missing", ["key", "way"])
def test_without_stripe(fake, today, as_staff, settings, station, missing):
    if missing == "key":
        settings.STRIPE_SECRET_KEY = ""
    else:
        station.ways_to_pay = ["door"]
        station.save()
    assert {"key": "还没有接 Stripe", "way": "本站没有开网上付款"}[missing] in page(as_staff)


def test_sending_it_again(shop, as_staff, stuck):
    as_staff.post(reverse("station-stripe-retry", args=[stuck.pk]))
    stuck.refresh_from_db()
    assert (stuck.status, stuck.attempts) == ("waiting", 0)
    shop.fake.dispute(stuck.payment.intent_id, "won")
    assert send_all() == 1


def test_into_the_account_instead(shop, as_staff, stuck):
    shop.fake.dispute(stuck.payment.intent_id, "won")
    shop.hear()
    address = reverse("station-stripe-account", args=[stuck.pk])
    answer = as_staff.post(address, follow=True).content.decode()
    assert "¥5.00 已经退到这一户的驿站账户。" in answer
    assert accounts.balance(shop.home) == Decimal("5.00")
    again = as_staff.post(address, follow=True).content.decode()
    assert "这笔退款不在等了，请看最新状态。" in again
    assert accounts.balance(shop.home) == Decimal("5.00")


def test_it_is_seen_as_stuck_when_stripe_does_not_answer_for_long(shop, as_staff):
    less(shop.paid(), shop.home, "5.00")
    shop.fake.fail("/v1/refunds", "error", times=None)
    for number, minutes in enumerate((0, 2, 10)):
        assert ("卡住了" in page(as_staff)) is False, number
        send_all(minutes)
    assert "卡住了" in page(as_staff)
    assert "Stripe 出了故障" in page(as_staff)


@pytest.mark.parametrize("who", ["stranger", "resident", "courier"])
def test_not_for_others(shop, client, request, stuck, who):
    client.force_login(request.getfixturevalue(who))
    for name in ("station-stripe-retry", "station-stripe-account"):
        assert client.post(reverse(name, args=[stuck.pk])).status_code in {403, 404}
    stuck.refresh_from_db()
    assert stuck.status == "stuck"
    answer = client.get(reverse("station-stripe"))
    assert stuck.payment.order.number not in answer.content.decode()


@pytest.mark.parametrize("name", ["station-stripe-retry", "station-stripe-account"])
def test_only_by_pressing(shop, as_staff, stuck, name):
    assert as_staff.get(reverse(name, args=[stuck.pk])).status_code == 405
    assert as_staff.post(reverse(name, args=[10**15])).status_code == 404


def test_many_rows_cost_no_more_queries(shop, as_staff, station):
    def add(rows: int) -> None:
        now = timezone.now()
        for _number in range(rows):
            payment = attempt(shop.place(1))
            for status, error in (("waiting", ""), ("moved", "sent_back"), ("done", "dashboard")):
                Refund.objects.create(
                    payment=payment, amount=1, status=status, error=error, next_try_at=now, at=now
                )
            payment.disputed = 1
            payment.save()

    shop.eggs = factories.item(station, in_stock=100, price="5.00")
    add(3)
    page(as_staff)
    with CaptureQueriesContext(connection) as few:
        page(as_staff)
    add(20)
    with CaptureQueriesContext(connection) as many:
        page(as_staff)
    assert len(many) == len(few) <= 16
