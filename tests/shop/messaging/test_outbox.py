"""发件箱: what is queued goes out once, later if it must, and is given up in sight."""

import logging
from datetime import time, timedelta

import pytest
from django.utils import timezone

from shop.messaging import outbox, sealing, telling
from shop.models import Message, Sending
from tests import factories
from tests.fakes.answering import Fault
from tests.shop.messaging.conftest import PHONE, send, status, tell, the_sending

Kind, Status = Message.Kind, Sending.Status


def test_what_is_sent_is_not_sent_again(queued, sms):
    assert [send(), send(), send(600)] == [1, 0, 0]
    assert len(sms.sent) == 1


def test_too_many_at_once_wait_with_growing_pauses(queued, sms):
    limit = {"Code": "isv.BUSINESS_LIMIT_CONTROL", "RequestId": "1"}
    sms.next(*[Fault(200, limit)] * 3)
    waits, at = [], 0.0
    for _number in range(3):
        before = timezone.now() + timedelta(minutes=at)
        assert send(at) == 0
        wait = the_sending().next_try_at - before
        waits.append(round(wait.total_seconds() / 60))
        at += waits[-1] + 0.1
    assert waits == [1, 5, 15]
    assert status() == (Status.WAITING, "isv.BUSINESS_LIMIT_CONTROL")
    assert send(at) == 1
    assert status() == (Status.SENT, "")


def test_it_is_given_up_after_so_many_tries(sms, door, station):
    later = timezone.now() + timedelta(days=2)
    tell(station, door, until=later)
    sms.next(*[Fault(500, {"Code": "InternalError"})] * 20)
    for number in range(20):
        send(number * 61)
    assert status() == (Status.FAILED, "InternalError")
    assert len(sms.requests) == outbox.MOST_TRIES
    assert the_sending().sealed  # staff may try it again


def test_it_is_given_up_when_nobody_needs_it_any_more(queued, sms):
    sms.next(*[Fault(500, {"Code": "InternalError"})] * 20)
    for number in range(10):
        send(number * 20)
    assert status() == (Status.FAILED, "InternalError")
    assert the_sending().sealed == ""


def test_what_is_refused_fails_at_once(queued, sms):
    sms.next(Fault(200, {"Code": "isv.MOBILE_NUMBER_ILLEGAL"}))
    send()
    send(10)
    assert status() == (Status.FAILED, "isv.MOBILE_NUMBER_ILLEGAL")
    assert len(sms.requests) == 1


def test_an_answer_that_got_lost_repeats_a_message_once(queued, sms):
    sms.next(*[Fault(drop=True, done=True)] * 5)
    for number in range(6):
        send(number * 20)
    assert len(sms.sent) == 2
    assert status() == (Status.FAILED, outbox.UNKNOWN_AGAIN)


def test_a_refusal_in_between_does_not_make_it_a_third_time(queued, sms):
    busy = Fault(200, {"Code": "isv.BUSINESS_LIMIT_CONTROL"})
    lost = [Fault(drop=True, done=True) for _number in range(3)]
    sms.next(lost[0], busy, lost[1], busy, lost[2])
    for number in range(8):
        send(number * 10)
    assert len(sms.sent) == 2


def test_a_worker_killed_in_the_middle_repeats_it_once(queued, sms, monkeypatch):
    class Killed(BaseException):
        pass

    def die(sending, *args):
        send_really(sending, *args)
        raise Killed

    send_really = outbox._out
    monkeypatch.setattr(outbox, "_out", die)
    for minutes in (0, 3, 6, 9):
        try:
            send(minutes)
        except Killed:
            continue
    assert len(sms.sent) == 2
    assert status() == (Status.FAILED, outbox.UNKNOWN_AGAIN)


def test_the_lease_lasts_longer_than_a_request(queued, sms):
    now = timezone.now()
    assert outbox.claim(now).pk == queued.pk
    assert outbox.claim(now) is None
    assert outbox.claim(now + timedelta(seconds=119)) is None
    assert outbox.claim(now + timedelta(seconds=121)) is not None


@pytest.fixture
def six(sms, grid, station):
    """As many messages that ring at once."""
    doors = [factories.household(grid) for _number in range(6)]
    for door in doors:
        factories.resident(door)
    telling.tell(Kind.ON_WAY, "batch 1", station=station, text="在路上", households=doors)


def tried() -> int:
    return Sending.objects.filter(tries=1).count()


def test_nobody_there_does_not_hold_up_the_worker(six, settings):
    settings.SMS_API_BASE = "http://127.0.0.1:1"
    send()
    assert tried() == outbox.MOST_UNREACHED


def test_nor_does_who_takes_everything_and_answers_nothing(six, sms):
    sms.next(*[Fault(drop=True)] * 6)
    send()
    assert tried() == outbox.MOST_UNREACHED


def test_nor_does_who_is_slow(six, sms, monkeypatch):
    """The embedded way has one worker, and rounds open and close by it."""
    woken = []
    monkeypatch.setattr(outbox, "wake", lambda: woken.append(1))
    monkeypatch.setattr(outbox, "LONGEST", 0)
    assert send() == 1
    assert (tried(), len(woken)) == (1, 1)


def test_what_was_read_in_the_meantime_does_not_ring(queued, sms):
    Message.objects.update(seen_at=timezone.now())
    assert send() == 0
    assert status() == (Status.DROPPED, outbox.SEEN)
    assert not sms.requests


def test_a_row_of_another_key_is_dropped_with_words(queued, sms, settings, caplog):
    settings.SECRET_KEY = "another key"
    assert send() == 0
    assert status() == (Status.DROPPED, outbox.UNREADABLE)
    assert "SECRET_KEY has changed" in caplog.text


def test_a_mistake_of_ours_does_not_stop_the_others(sms, grid, station, monkeypatch, caplog):
    doors = [factories.household(grid) for _number in range(2)]
    for door in doors:
        factories.resident(door)
    telling.tell(Kind.ON_WAY, "batch 1", station=station, text="在路上", households=doors)
    first = Sending.objects.order_by("next_try_at", "pk").first()
    out = outbox._out

    def odd(sending, *args):
        if sending.pk == first.pk:
            raise ValueError("phone 13900001234")
        return out(sending, *args)

    monkeypatch.setattr(outbox, "_out", odd)
    assert send() == 1
    assert "ValueError" in caplog.text
    assert "13900001234" not in caplog.text


def test_after_the_gateway_is_turned_off_what_waits_fails_in_sight(queued, settings):
    settings.SMS_GATEWAY = ""
    send()
    assert status() == (Status.FAILED, outbox.OFF)


def test_neither_phone_nor_code_is_in_any_log(sms, db, caplog, settings):
    sms.next(Fault(500, {"Code": "InternalError", "Message": PHONE}), Fault(200, {"Code": "x"}))
    with caplog.at_level(logging.DEBUG):
        outbox.queue_code(PHONE, "482913", minutes=60)
        send()
        send(2)
        settings.SMS_GATEWAY, settings.DEMO = "console", False
        outbox.queue_code(PHONE, "593024", minutes=60)
        send(3)
    for secret in (PHONE, "482913", "593024"):
        assert secret not in caplog.text


# --- staff -------------------------------------------------------------------------------------


def test_staff_sends_a_failed_one_again(queued, sms):
    sms.next(Fault(200, {"Code": "isv.SMS_TEMPLATE_ILLEGAL"}))
    send()
    assert outbox.again([the_sending().pk])
    assert not outbox.again([the_sending().pk])  # the second tap
    assert send(1) == 1
    assert len(sms.sent) == 1


def test_what_is_too_late_is_not_sent_again(queued, sms):
    sms.next(Fault(200, {"Code": "isv.SMS_TEMPLATE_ILLEGAL"}))
    send()
    late = timezone.now() + timedelta(hours=3)
    assert not outbox.again([the_sending().pk], late)
    assert status()[0] == Status.FAILED


def test_staff_drops_a_failed_one(queued, sms):
    sms.next(Fault(200, {"Code": "isv.SMS_TEMPLATE_ILLEGAL"}))
    send()
    assert outbox.drop([the_sending().pk])
    assert not outbox.drop([the_sending().pk])
    assert status() == (Status.DROPPED, outbox.BY_HAND)


def test_what_waits_cannot_be_dropped_from_under_a_worker(queued):
    assert not outbox.drop([queued.pk])


# --- what is kept ------------------------------------------------------------------------------


def test_phones_of_failed_rows_are_kept_for_some_days_only(queued, sms):
    sms.next(Fault(200, {"Code": "isv.SMS_TEMPLATE_ILLEGAL"}))
    send()
    at = timezone.now()
    outbox.forget_old(at + timedelta(days=2))
    assert sealing.unseal(the_sending().sealed)
    outbox.forget_old(at + timedelta(days=4))
    assert the_sending().sealed == ""
    outbox.forget_old(at + timedelta(days=31))
    assert not Sending.objects.exists()


def test_what_waits_is_not_forgotten(queued):
    outbox.forget_old(timezone.now() + timedelta(days=400))
    assert the_sending().status == Status.WAITING


def test_news_is_queued_for_the_morning_or_not_at_all(sms, door, station):
    now = timezone.localtime().replace(hour=23, minute=0, second=0, microsecond=0)
    station.quiet_from, station.quiet_to = time(21, 30), time(7)
    station.save()
    tell(station, door, event="batch 1", now=now)  # good for two hours
    assert not Sending.objects.exists()
    telling.tell(Kind.FAILED, "handoff 1", station=station, text="没", households=[door], now=now)
    morning = now.replace(hour=7) + timedelta(days=1)
    assert the_sending().next_try_at == morning
    assert Message.objects.filter(household=door).count() == 2
