"""Money goes back through Stripe once, whatever happens on the way."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from shop.models import MoneyMove, Refund
from shop.money import accounts, ledger, orders
from shop.payments.stripe import client, refunds
from tests import factories
from tests.shop.payments.conftest import Shop, attempt, send_all

Status = Refund.Status


def less(order, home, yuan: str) -> Refund:
    """The order comes to so much less, by whatever settled it."""
    with transaction.atomic():
        ledger.post(
            [orders.adjustment(order.pk, home.grid.station_id, home.pk, -Decimal(yuan))], by=None
        )
    return Refund.objects.latest("pk")


def at_stripe() -> list[int]:
    return [refund.amount for refund in client.api().refunds.list().data]


@pytest.fixture
def waiting(shop):
    """¥5.00 of a paid order that have to go back."""
    return less(shop.paid(), shop.home, "5.00")


def now(refund: Refund) -> tuple[str, int, str]:
    refund.refresh_from_db()
    return refund.status, refund.attempts, refund.error


def account(shop) -> Decimal:
    return accounts.balance(shop.home)


def test_part_of_a_payment_goes_back(shop, waiting):
    assert now(waiting) == (Status.WAITING, 0, "")
    assert send_all() == 1
    assert now(waiting) == (Status.DONE, 1, "")
    [refund] = client.api().refunds.list().data
    assert (refund.id, refund.amount) == (waiting.refund_id, 500)
    assert refund.metadata.to_dict() == {"refund": str(waiting.key)}
    assert send_all(60 * 24) == 0
    shop.hear()
    assert now(waiting) == (Status.DONE, 1, "")
    assert at_stripe() == [500]


def test_several_parts_never_more_than_came(shop, waiting):
    order = waiting.payment.order
    less(order, shop.home, "7.50")
    less(order, shop.home, "12.50")
    assert send_all() == 3
    assert at_stripe() == [1250, 750, 500]
    back = Refund.objects.filter(payment__order=order).values_list("amount", flat=True)
    assert sum(back) == attempt(order).amount


def test_what_the_bank_takes_its_time_with(shop, waiting):
    shop.fake.refunds_become("pending")
    send_all()
    assert now(waiting)[0] == Status.SENT
    shop.hear()
    shop.fake.finish_refund(waiting.refund_id)
    shop.hear()
    assert now(waiting)[0] == Status.DONE


def test_of_what_nobody_tells_us_the_end_is_asked_for(shop, waiting):
    shop.fake.refunds_become("pending")
    send_all()
    waiting.refresh_from_db()
    shop.fake.finish_refund(waiting.refund_id)
    assert send_all(60) == 0
    assert send_all(361) == 1
    assert now(waiting)[0] == Status.DONE


@pytest.mark.parametrize("first", ["succeeded", "pending"])
def test_what_the_bank_sends_back_goes_into_the_account(shop, waiting, first):
    shop.fake.refunds_become(first)
    send_all()
    shop.hear()
    assert account(shop) == 0
    waiting.refresh_from_db()
    shop.fake.finish_refund(waiting.refund_id, "failed")
    assert shop.hear() == ["to the account", "nothing new", "nothing new"]
    assert now(waiting) == (Status.MOVED, 1, "sent_back")
    assert account(shop) == Decimal("5.00")
    move = MoneyMove.objects.latest("pk")
    assert (move.source, move.target, move.refund) == ("stripe", "household", waiting)


def test_a_failure_that_is_heard_before_the_success(shop, waiting):
    shop.fake.hold()
    shop.fake.refunds_become("failed")
    send_all()
    shop.fake.release(shuffle=3)
    shop.hear()
    assert now(waiting)[0] == Status.MOVED
    assert account(shop) == Decimal("5.00")


# --- Stripe does not answer ----------------------------------------------------------------------
def test_what_did_not_get_through_is_tried_again_later_and_later(shop, waiting):
    shop.fake.fail("/v1/refunds", "error", times=None)
    begun = timezone.now()
    for tries, minutes in enumerate((1, 5, 15, 60, 180, 360, 360), 1):
        assert refunds.send_due(begun) == 0
        assert now(waiting) == (Status.WAITING, tries, "APIError")
        assert waiting.next_try_at == begun + timedelta(minutes=minutes)
        assert refunds.send_due(waiting.next_try_at - timedelta(seconds=1)) == 0
        begun = waiting.next_try_at
    shop.fake.clear()
    assert refunds.send_due(begun) == 1
    assert now(waiting) == (Status.DONE, 8, "")
    assert at_stripe() == [500]


@pytest.mark.parametrize("hours", [0, 25])
def test_an_answer_that_got_lost_is_one_refund(shop, waiting, hours):
    """Also when Stripe has forgotten the key."""
    shop.fake.fail("/v1/refunds", "lost")
    assert send_all() == 0
    assert now(waiting) == (Status.WAITING, 1, "APIConnectionError")
    shop.fake.clock(hours * 3600)
    assert send_all(2 + hours * 60) == 1
    assert now(waiting)[0] == Status.DONE
    assert at_stripe() == [500]


def test_control_without_asking_first_a_forgotten_key_is_two_refunds(shop, waiting, monkeypatch):
    monkeypatch.setattr(refunds, "at_stripe", lambda refund: None)
    shop.fake.fail("/v1/refunds", "lost")
    send_all()
    shop.fake.clock(25 * 3600)
    send_all(26 * 60)
    assert at_stripe() == [500, 500]


def test_a_500_that_sticks_to_its_key_is_got_over(shop, waiting):
    shop.fake.fail("/v1/refunds", "error", method="POST", keep=True)
    send_all()
    assert send_all(2) == 0
    assert at_stripe() == []
    shop.fake.clock(25 * 3600)
    assert send_all(26 * 60) == 1
    assert at_stripe() == [500]


@pytest.mark.parametrize("died", ["before asking", "before writing it down"])
def test_a_worker_that_dies_in_the_middle_of_a_refund(shop, waiting, monkeypatch, died):
    class Killed(BaseException):
        """Nothing catches a kill."""

    def kill(*_args):
        raise Killed

    monkeypatch.setattr(refunds, "_create" if died == "before asking" else "heard", kill)
    with pytest.raises(Killed):
        send_all()
    monkeypatch.undo()
    assert now(waiting) == (Status.WAITING, 1, "")
    assert send_all(1) == 0  # it may be at it still
    assert send_all(3) == 1
    assert now(waiting)[0] == Status.DONE
    assert at_stripe() == [500]


WORKER = """
import django
django.setup()
from shop.payments.stripe import refunds
refunds.send_due()
"""


def test_a_worker_that_is_really_killed(sqlite_station, fake):
    """A process of its own, ended while Stripe works on its request."""
    station = factories.station(ways_to_pay=["stripe"])
    home = factories.household(factories.grid(station))
    eggs = factories.item(station, price="12.50")
    shop = Shop(fake, factories.round(station), eggs, home)
    refund = less(shop.paid(), home, "5.00")
    shop.fake.fail("/v1/refunds", "slow", seconds=1, method="POST")
    given = {
        "DATABASE_URL": f"sqlite:///{sqlite_station}",
        "DJANGO_SETTINGS_MODULE": "shop.config.settings",
        "STRIPE_SECRET_KEY": shop.fake.secret_key,
        "STRIPE_WEBHOOK_SECRET": shop.fake.webhook_secret,
        "STRIPE_API_BASE": shop.fake.url,
        "VAR_DIR": str(sqlite_station.parent),
    }
    worker = subprocess.Popen([sys.executable, "-c", WORKER], env={**os.environ, **given})
    deadline = time.monotonic() + 30
    while str(refund.key) not in shop.fake.keys:
        assert worker.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert now(refund) == (Status.WAITING, 1, "")
    while not at_stripe():  # the request went on without whoever had sent it
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert send_all(3) == 1
    assert now(refund)[0] == Status.DONE
    assert at_stripe() == [500]


def test_one_that_breaks_does_not_keep_the_others(shop, waiting, monkeypatch):
    other = less(waiting.payment.order, shop.home, "2.00")
    create = refunds._create

    def broken(refund):
        if refund == waiting:
            raise RuntimeError("周居民")
        return create(refund)

    monkeypatch.setattr(refunds, "_create", broken)
    assert send_all() == 1
    assert (now(waiting)[0], now(other)[0]) == (Status.WAITING, Status.DONE)


def test_without_a_key_they_wait(shop, waiting, settings):
    settings.STRIPE_SECRET_KEY = ""
    send_all()
    assert now(waiting) == (Status.WAITING, 1, "not_set_up")
