"""Two workers find the same message; one event is told by two at once (docs/locking.md)."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from shop.messaging import outbox, telling
from shop.models import Message, Sending
from tests import factories
from tests.fakes.sms import FakeSms
from tests.races.buyers import PATIENCE
from tests.shop.messaging.conftest import use


@pytest.fixture
def sms(settings):
    with FakeSms() as fake:
        use(settings, fake)
        yield fake


def scene(doors: int = 1):
    """A station, and doors that were all told of the same thing, each with a phone."""
    station = factories.station(quiet_from="00:00", quiet_to="00:00")
    station.refresh_from_db()
    grid = factories.grid(station)
    found = [factories.household(grid) for _number in range(doors)]
    for door in found:
        factories.resident(door)
    return station, found


def tell(station, doors) -> None:
    telling.tell(Message.Kind.ON_WAY, "batch 1", station=station, text="在路上了", households=doors)


def test_two_workers_send_a_message_once(each_database, race, sms):
    tell(*scene())
    sent, errors = race(2, lambda number: outbox.send_due())
    assert not errors
    assert sorted(sent) == [0, 1]
    assert len(sms.sent) == 1


def test_eight_workers_share_forty_messages(each_database, race, sms):
    station, doors = scene(40)
    tell(station, doors)
    sent, errors = race(8, lambda number: outbox.send_due())
    assert not errors
    assert sum(sent) == 40
    phones = [phone for phone, _template, _params in sms.sent]
    assert len(phones) == len(set(phones)) == 40


def test_without_the_claim_it_is_sent_twice(each_database, race, sms, monkeypatch):
    """The control: both look before either has written anything down."""
    tell(*scene())
    looked = threading.Barrier(2)

    def only_look(now, quiet_stations=()):
        sending = Sending.objects.filter(status="waiting", next_try_at__lte=now).first()
        if sending is not None:
            looked.wait(PATIENCE)
        return sending

    monkeypatch.setattr(outbox, "claim", only_look)
    monkeypatch.setattr(outbox, "MOST", 1)
    race(2, lambda number: outbox.send_due())
    assert len(sms.sent) == 2


def test_without_the_lock_the_condition_still_stops_the_second(
    transactional_db, race, sms, monkeypatch
):
    from django.db import connection

    monkeypatch.setattr(connection.features.__class__, "has_select_for_update_skip_locked", False)
    tell(*scene())
    sent, errors = race(4, lambda number: outbox.send_due())
    assert not errors
    assert sum(sent) == len(sms.sent) == 1


def test_who_sends_does_not_hold_up_who_queues(each_database, race, sms, monkeypatch):
    """No transaction is open while the gateway is asked."""
    station, [door] = scene()
    tell(station, [door])
    asked, queued = threading.Event(), threading.Event()
    out = outbox._out

    def slowly(*args):
        asked.set()
        assert queued.wait(PATIENCE), "the other one waits for us"
        return out(*args)

    monkeypatch.setattr(outbox, "_out", slowly)

    def run(number: int):
        if number == 0:
            return outbox.send_due()
        assert asked.wait(PATIENCE)
        telling.tell(
            Message.Kind.FAILED, "handoff 1", station=station, text="没送到", households=[door]
        )
        Sending.objects.filter(message__event="batch 1").update(provider_id="touched")
        queued.set()
        return None

    _results, errors = race(2, run)
    assert not errors
    assert len(sms.sent) == 1


def test_an_event_that_two_tell_at_once_is_told_once(each_database, race, sms):
    station, doors = scene(20)
    _results, errors = race(6, lambda number: tell(station, doors[:: 1 if number % 2 else -1]))
    assert not errors
    assert Message.objects.count() == Sending.objects.count() == 20


def test_staff_taps_again_while_a_worker_has_it(each_database, race, sms):
    """What failed is queued anew once, whoever asks for it."""
    tell(*scene())
    Sending.objects.update(status="failed", error="isv.SMS_TEMPLATE_ILLEGAL")
    keys = [Sending.objects.get().pk]
    done, errors = race(6, lambda number: outbox.again(keys))
    assert not errors
    assert sorted(done) == [0] * 5 + [1]
    assert outbox.send_due(timezone.now() + timedelta(seconds=1)) == 1
    assert len(sms.sent) == 1
