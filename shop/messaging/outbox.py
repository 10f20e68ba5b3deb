"""发件箱: what goes out of the house, by text message or into a group chat.

A row is queued in the transaction of what it is about, and sent after that by whoever claims it:
a task that is woken by the commit, or the beat's sweep. What is guaranteed:

* of several workers one has a row at a time; a second one passes it by;
* what did not go out is tried again with growing pauses, until it expires or has failed
  `MOST_TRIES` times, and is then shown to the station's people;
* whose answer got lost (a worker killed in the middle, a time-out) may have been sent: a message
  is sent once more, never twice more; a login code and a trial never, the person asks again.
"""

import json
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from inventory import bulk
from inventory.models import Station
from shop.messaging import gateways, quiet, robots, sealing, templates
from shop.messaging.gateways import sms_is_on
from shop.messaging.gateways.gateway import Later, NoAnswer, NotSent, Refused
from shop.models import Sending

__all__ = ["forget_old", "queue", "queue_code", "send_due", "sms_is_on"]

log = logging.getLogger(__name__)
Channel, Status = Sending.Channel, Sending.Status

#: Longer than a request takes: who has not written down what came of it by then was killed.
LEASE = timedelta(minutes=2)
#: From one try to the next; the last one goes on until `MOST_TRIES`.
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]
MOST_TRIES = 8
#: Of one sweep; and of tries in a row that nobody answered, after which the next sweep goes on.
MOST = 100
MOST_UNREACHED = 3
#: Seconds after which a sweep begins no more: the embedded way has one worker, and rounds open and
#: close by it.
LONGEST = 20
#: Finished rows are kept so long, for the counts; failed ones with what they hold.
KEPT, FAILED_KEPT = timedelta(days=30), timedelta(days=3)

#: `Sending.error` while a try is under way: who finds it in a row that is due finds that nobody
#: wrote down what came of the try. Of the second the same again.
UNKNOWN, UNKNOWN_AGAIN = "unknown", "unknown_again"
#: In front of a gateway's word: of an earlier try nobody knows.
BEFORE = "unknown before: "
#: Our own words for why a row is done with; the others are the gateway's.
EXPIRED, SEEN, UNREADABLE, OFF, BY_HAND = "expired", "seen", "unreadable", "off", "by_hand"

_COLUMNS = (
    *("station_id", "message_id", "channel", "template", "to_hash", "sealed", "status"),
    *("tries", "next_try_at", "expires_at", "error", "provider_id", "at"),
)


def queue_code(phone: str, code: str, *, minutes: int, to_nobody: bool = False) -> None:
    """A login code to be sent after the commit, at any hour; nothing if text messages are off.

    `to_nobody` does the same work for a phone that nobody here has, and sends nothing: a stranger
    cannot tell by the time it takes.
    """
    if not sms_is_on():
        return
    now = timezone.now()
    sealed = sealing.seal(json.dumps({"to": phone, "params": {"code": code}}))
    Sending.objects.create(
        channel=Channel.SMS,
        template=templates.CODE,
        to_hash=hashed(phone),
        sealed="" if to_nobody else sealed,
        status=Status.DROPPED if to_nobody else Status.WAITING,
        next_try_at=now,
        expires_at=now + timedelta(minutes=minutes),
    )
    wake()


def queue(
    station: Station,
    rows: Sequence[tuple[int | None, str, Mapping[str, Any]]],
    *,
    channel: Sending.Channel,
    template: str,
    not_before: datetime,
    until: datetime,
    now: datetime,
) -> None:
    """Rows of `(message key, where to, what it says)`; one statement. What is there already stays
    as it is. Nothing if the station's quiet hours last until nobody needs it any more."""
    first = quiet.over(station, max(now, not_before))
    if first >= until or not rows:
        return
    values = [
        (
            *(station.pk, message_id, channel.value, template, hashed(to)),
            sealing.seal(json.dumps({"to": to, "params": params}, ensure_ascii=False)),
            *(Status.WAITING.value, 0, first, until, "", "", now),
        )
        for message_id, to, params in rows
    ]
    bulk.insert(Sending, _COLUMNS, values, once=True)
    if first <= now:
        wake()


def hashed(to: str) -> str:
    return salted_hmac("shop.messaging.outbox", to, algorithm="sha256").hexdigest()


def wake() -> None:
    """Somebody sends after the commit. If nobody can be told, the sweep comes by all the same."""
    from shop.tasks import send_messages

    transaction.on_commit(
        lambda: send_messages.apply_async(expires=30, retry=False),
        robust=True,
    )


# --- sending -----------------------------------------------------------------------------------


def send_due(now: datetime | None = None) -> int:
    """Sends what is due; how many were. Safe to repeat, to run twice at once, and to be killed in.

    Holds no lock and no transaction while it talks to anybody.
    """
    fixed, until = now, monotonic() + LONGEST
    _put_away(now or timezone.now())
    stations = Station.objects.in_bulk()
    sent = unreached = 0
    for _number in range(MOST):
        now = fixed or timezone.now()
        sending = claim(now, [pk for pk, each in stations.items() if quiet.over(each, now) > now])
        if sending is None:
            return sent
        try:
            sent += _send(sending, stations.get(sending.station_id), now)
            unreached = 0
        except NotSent as error:
            answered = isinstance(error, Later) and not error.word.startswith("connect")
            unreached = 0 if answered else unreached + 1
        if unreached == MOST_UNREACHED:
            return sent  # nobody is there; the others need not find that out one by one
        if monotonic() >= until:
            break
    wake()  # there is more, and others want the worker too
    return sent


def claim(now: datetime, quiet_stations: Collection[int] = ()) -> Sending | None:
    """The next row that is due, from now on ours until the lease ends; codes before anything else.

    The lock makes a second worker pass it by; the condition would stop it all the same.
    """
    due = Sending.objects.filter(status=Status.WAITING, next_try_at__lte=now)
    due = due.exclude(station__in=quiet_stations)
    due = due.order_by(F("message").asc(nulls_first=True), "next_try_at", "pk")
    while True:
        with transaction.atomic():
            if connection.features.has_select_for_update_skip_locked:
                due = due.select_for_update(skip_locked=True)
            sending = due.first()
            if sending is None:
                return None
            if _claimed(sending, now):
                return sending


def _claimed(sending: Sending, now: datetime) -> bool:
    mine = Sending.objects.filter(pk=sending.pk, tries=sending.tries, next_try_at__lte=now)
    before = sending.error
    if before == UNKNOWN_AGAIN or (before == UNKNOWN and sending.message_id is None):
        # Nobody knows whether it went out, and it must not go out again.
        mine.move({Status.WAITING}, Status.FAILED, sealed="")
        return False
    sending.error = UNKNOWN_AGAIN if before.startswith(UNKNOWN) else UNKNOWN
    sending.tries += 1
    begun = {"tries": sending.tries, "next_try_at": now + LEASE, "error": sending.error}
    return bool(mine.move({Status.WAITING}, Status.WAITING, **begun))


def _send(sending: Sending, station: Station | None, now: datetime) -> bool:
    """One try of what was claimed, and what came of it. Raises `Later` and `NoAnswer`, after noting
    it."""
    row = Sending.objects.filter(pk=sending.pk, tries=sending.tries)
    try:
        said = json.loads(sealing.unseal(sending.sealed))
        provider_id = _out(sending, said["to"], said["params"], station)
    except sealing.Broken:
        log.warning("sending %s cannot be opened: SECRET_KEY has changed", sending.pk)
        row.move({Status.WAITING}, Status.DROPPED, sealed="", error=UNREADABLE)
    except NoAnswer as error:
        log.warning("sending %s: %s", sending.pk, error.word)
        # The mark stays: it may have gone out.
        row.move({Status.WAITING}, Status.WAITING, next_try_at=now + _pause(sending))
        raise
    except Later as error:
        log.warning("sending %s is tried again later: %s", sending.pk, error.word)
        _again_later(row, sending, now, error.word)
        raise
    except Refused as error:
        log.warning("sending %s is refused: %s", sending.pk, error.word)
        row.move({Status.WAITING}, Status.FAILED, error=error.word)
    except Exception as error:
        # Ours to mend, and it may have gone out. Its message may quote where to.
        log.error("sending %s: %s", sending.pk, type(error).__name__)
        row.move({Status.WAITING}, Status.WAITING, next_try_at=now + _pause(sending))
    else:
        done = {"sealed": "", "error": "", "sent_at": now, "provider_id": provider_id}
        row.move({Status.WAITING}, Status.SENT, **done)
        return True
    return False


def _out(sending: Sending, to: str, params: Mapping[str, Any], station: Station | None) -> str:
    if sending.channel == Channel.ROBOT:
        return robots.send(to, params["text"])
    gateway = gateways.chosen()
    if gateway is None:
        raise Refused(OFF)
    name = station.name if station else ""
    return gateway.send(to, templates.ALL[sending.template], {"station": name, **params})


def _again_later(row, sending: Sending, now: datetime, word: str) -> None:
    if sending.error == UNKNOWN_AGAIN:
        word = f"{BEFORE}{word}"[:200]
    if sending.tries >= MOST_TRIES:
        row.move({Status.WAITING}, Status.FAILED, error=word)
    else:
        row.move({Status.WAITING}, Status.WAITING, error=word, next_try_at=now + _pause(sending))


def _pause(sending: Sending) -> timedelta:
    return PAUSES[min(sending.tries, len(PAUSES)) - 1]


# --- what is not sent any more -----------------------------------------------------------------


def _put_away(now: datetime) -> None:
    """What nobody needs any more: read in the meantime, or too late."""
    waiting = Sending.objects.filter(next_try_at__lte=now)
    seen = waiting.filter(message__seen_at__isnull=False, channel=Channel.SMS)
    seen.move({Status.WAITING}, Status.DROPPED, sealed="", error=SEEN)
    late = waiting.filter(expires_at__lte=now)
    # Tried in vain: that is a failure, and why is kept.
    late.exclude(error="").move({Status.WAITING}, Status.FAILED, sealed="")
    late.filter(error="").move({Status.WAITING}, Status.DROPPED, sealed="", error=EXPIRED)


def drop_for(household_ids: Iterable[int], events: Iterable[str]) -> None:
    """What these doors were to be told of these events is not true any more."""
    of = Sending.objects.filter(message__household__in=household_ids, message__event__in=events)
    of.move({Status.WAITING, Status.FAILED}, Status.DROPPED, sealed="", error=BY_HAND)


def forget_old(now: datetime | None = None) -> None:
    """Failed rows keep where they were to go for some days, others their counts for a month."""
    now = now or timezone.now()
    old_failures = Sending.objects.filter(at__lt=now - FAILED_KEPT).exclude(sealed="")
    old_failures.filter(status=Status.FAILED).update(sealed="")
    done = Q(status__in=(Status.SENT, Status.DROPPED, Status.FAILED))
    Sending.objects.filter(done, at__lt=now - KEPT).delete()


# --- what staff say ----------------------------------------------------------------------------


def again(sending_ids: Collection[int], now: datetime | None = None) -> int:
    """Failed ones are tried again, as often as new ones; how many of these can be."""
    now = now or timezone.now()
    these = Sending.objects.filter(pk__in=sending_ids, expires_at__gt=now).exclude(sealed="")
    fresh = {"tries": 0, "next_try_at": now, "error": ""}
    with transaction.atomic():
        moved = these.move({Status.FAILED}, Status.WAITING, **fresh)
        if moved:
            wake()
    return moved


def drop(sending_ids: Collection[int]) -> int:
    """Failed ones are let be; how many of these were failed."""
    these = Sending.objects.filter(pk__in=sending_ids)
    return these.move({Status.FAILED}, Status.DROPPED, sealed="", error=BY_HAND)
