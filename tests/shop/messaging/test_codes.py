"""Login codes in the outbox: before all else, at any hour, never twice, and read by nobody."""

import json
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shop import tasks
from shop.messaging import outbox
from shop.models import Sending
from tests.fakes.answering import Fault
from tests.fakes.sms import TEMPLATES
from tests.shop.messaging.conftest import PHONE, send, status, the_sending

Status = Sending.Status


def test_a_code_is_sent_after_the_commit(sms, db, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=False) as woken:
        outbox.queue_code(PHONE, "482913", minutes=10)
        assert not sms.requests
    assert len(woken) == 1
    assert send() == 1
    assert sms.sent == [(PHONE, TEMPLATES["code"], {"code": "482913"})]
    sent = the_sending()
    assert (sent.status, sent.sealed, sent.provider_id) == (Status.SENT, "", "1^0")


def test_a_broker_that_is_away_stops_nobody(
    sms, db, monkeypatch, django_capture_on_commit_callbacks
):
    """The sweep finds it all the same."""

    def away(*args, **also):
        raise ConnectionError

    monkeypatch.setattr(tasks.send_messages, "apply_async", away)
    with django_capture_on_commit_callbacks(execute=True) as woken:
        outbox.queue_code(PHONE, "482913", minutes=10)
    assert len(woken) == 1
    tasks.send_messages()
    assert len(sms.sent) == 1


def test_a_code_is_not_readable_in_the_database(sms, db):
    outbox.queue_code(PHONE, "482913", minutes=10)
    row = json.dumps(Sending.objects.values().get(), default=str)
    assert PHONE not in row
    assert "482913" not in row


def test_a_code_to_nobody_costs_the_same_and_sends_nothing(sms, db):
    def cost(**also) -> list[str]:
        with CaptureQueriesContext(connection) as taken:
            outbox.queue_code(PHONE, "482913", minutes=10, **also)
        return [query["sql"][:30] for query in taken]

    assert cost() == cost(to_nobody=True)
    nobody = Sending.objects.latest("pk")
    assert (nobody.status, nobody.sealed) == (Status.DROPPED, "")
    assert send() == 1


def test_without_a_gateway_nothing_is_queued(settings, db):
    settings.SMS_GATEWAY = ""
    assert not outbox.sms_is_on()
    outbox.queue_code(PHONE, "482913", minutes=10)
    assert not Sending.objects.exists()


def test_codes_go_before_news(queued, sms):
    outbox.queue_code(PHONE, "482913", minutes=10)
    send()
    assert [template for _phone, template, _params in sms.sent] == [
        TEMPLATES["code"],
        TEMPLATES["on_way"],
    ]


def test_a_code_rings_at_night_and_news_does_not(queued, sms, station):
    now = timezone.localtime()
    station.quiet_from = (now - timedelta(hours=1)).time()
    station.quiet_to = (now + timedelta(hours=1)).time()
    station.save()
    outbox.queue_code(PHONE, "482913", minutes=10)
    assert send() == 1
    assert sms.sent[0][1] == TEMPLATES["code"]
    assert send(61) == 1  # the quiet hours are over


def test_nobody_gets_a_code_that_is_no_good_any_more(sms, db):
    outbox.queue_code(PHONE, "482913", minutes=10)
    assert send(11) == 0
    assert status() == (Status.DROPPED, outbox.EXPIRED)
    assert not sms.requests


def test_a_code_whose_answer_got_lost_is_not_sent_twice(sms, db):
    outbox.queue_code(PHONE, "482913", minutes=60)
    sms.next(Fault(drop=True, done=True))
    send()
    send(10)
    send(20)
    assert len(sms.sent) == 1
    assert status() == (Status.FAILED, outbox.UNKNOWN)
    assert the_sending().sealed == ""
