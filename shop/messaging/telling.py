"""告知: who is told what. Everything is in the inbox of the doors it concerns; what also rings, and
how, the station chooses (`Station.sms_kinds`, `robot_kinds`) and the door may turn off.

| what | whom | by text message, unless the station says otherwise |
|---|---|---|
| a round opens | doors with a login; the grids' chats | no |
| its last hour | the same, that have not ordered | no |
| an order changed after the cut-off | its door | yes, unless it was read by then |
| goods were short and shared out | the chats of the grids that got less | |
| on the way; not delivered | its door; the grid's chat, once a batch | yes |
| delivered | its door; the grid's chat, once a batch | no |
| a standing order | its door | yes |
| an answer | its door | no |

Doors without a phone are told by their leaders (`shop.notices`). Of orders from before a family
moved in it hears nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from delivery.models import Grid, Household
from delivery.models.household import MOBILE
from inventory import bulk
from inventory.models import Station
from shop.messaging import outbox, sealing
from shop.models import DoorPreferences, GridRobot, Message, Sending

Kind = Message.Kind

#: So long somebody may still want to hear of it by phone; the inbox keeps it longer.
LASTS = {
    Kind.ROUND_OPENS: timedelta(hours=12),
    Kind.LAST_HOUR: timedelta(hours=1),
    Kind.ON_WAY: timedelta(hours=2),
    Kind.DELIVERED: timedelta(hours=12),
}
LASTS_ELSE = timedelta(hours=24)
#: A finger slips, and one change comes after the other: phones ring a little later, and only if
#: nobody has looked by then.
WAITS = {
    Kind.CHANGED: timedelta(minutes=5),
    Kind.DELIVERED: timedelta(minutes=2),
    Kind.FAILED: timedelta(minutes=2),
}
NO_WAIT = timedelta(0)
#: Characters of a message.
MOST = 300

_COLUMNS = ("station_id", "household_id", "kind", "event", "text", "path", "at", "seen_at")
_OF_GRID = ("station_id", "grid_id", "kind", "event", "text", "path", "at")


@dataclass(frozen=True, slots=True)
class News:
    """What one door is told. `event` says what happened, once for a door; `params` are figures for
    the text message (`templates`)."""

    household_id: int
    event: str
    text: str
    path: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


def tell(
    kind: Message.Kind,
    event: str,
    *,
    station: Station,
    text: str,
    households: Iterable[Household | int] = (),
    grids: Iterable[Grid | int] = (),
    path: str = "",
    params: Mapping[str, object] | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
) -> None:
    """Tells these doors, and the chats of these grids, the same; each once, however often it is
    called. Call it in the transaction in which it happens; it costs the same for 3 doors and for
    1,500. `until`: later nobody needs to hear of it by phone.
    """
    news = [News(key, event, text, path, params or {}) for key in _keys(households)]
    tell_each(kind, news, station=station, until=until, now=now)
    if grids := list(grids):
        tell_grids(
            kind, event, station=station, text=text, grids=grids, path=path, until=until, now=now
        )


def tell_each(
    kind: Message.Kind,
    news: Sequence[News],
    *,
    station: Station,
    until: datetime | None = None,
    now: datetime | None = None,
) -> None:
    """The same, where every door hears something else."""
    if not news:
        return
    now = now or timezone.now()
    news = sorted(news, key=lambda each: (each.household_id, each.event))
    muted = _muted(kind, {each.household_id for each in news})
    rows = [
        (
            *(station.pk, each.household_id, kind.value, each.event, each.text[:MOST], each.path),
            # Who does not want to hear of it finds it read.
            *(now, now if each.household_id in muted else None),
        )
        for each in news
    ]
    bulk.insert(Message, _COLUMNS, rows, once=True)
    if outbox.sms_is_on() and kind.value in station.sms_kinds:
        ringing = [each for each in news if each.household_id not in muted]
        _ring(kind, ringing, station, until, now)


def _ring(
    kind: Message.Kind,
    news: Sequence[News],
    station: Station,
    until: datetime | None,
    now: datetime,
) -> None:
    """A text message to every mobile behind these doors, for what was not queued before."""
    told = {(each.household_id, each.event): each.params for each in news}
    events = {event for _household_id, event in told}
    messages = Message.objects.filter(household__in={door for door, _event in told})
    unread = messages.filter(event__in=events, sendings=None, seen_at=None)
    columns = ("pk", "household", "event", "household__people__phone")
    # Two of a family may have the same phone.
    to_ring = set(unread.filter(household__people__phone__regex=MOBILE).values_list(*columns))
    outbox.queue(
        station,
        [
            (pk, phone, told[household_id, event])
            for pk, household_id, event, phone in sorted(to_ring)
            if (household_id, event) in told
        ],
        channel=Sending.Channel.SMS,
        template=kind.value,
        not_before=now + WAITS.get(kind, NO_WAIT),
        until=until or now + LASTS.get(kind, LASTS_ELSE),
        now=now,
    )


def tell_grids(
    kind: Message.Kind,
    event: str,
    *,
    station: Station,
    text: str,
    grids: Iterable[Grid | int],
    path: str = "",
    until: datetime | None = None,
    now: datetime | None = None,
) -> None:
    """Into the group chats of these grids that have a robot, if the station wants that. No door, no
    name and no phone belongs into `text`: everybody reads it."""
    if kind.value not in station.robot_kinds:
        return
    now = now or timezone.now()
    active = GridRobot.objects.filter(grid__in=_keys(grids), grid__station=station, active=True)
    robots = dict(active.order_by("grid").values_list("grid", "sealed_url"))
    rows = [(station.pk, grid_id, kind.value, event, text[:MOST], path, now) for grid_id in robots]
    if not rows:
        return
    bulk.insert(Message, _OF_GRID, rows, once=True)
    messages = Message.objects.filter(grid__in=robots, event=event, sendings=None)
    said = f"{text}\n{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL and path else text
    outbox.queue(
        station,
        [
            (pk, address, {"text": said})
            for pk, grid_id in messages.values_list("pk", "grid")
            if (address := _opened(robots[grid_id]))
        ],
        channel=Sending.Channel.ROBOT,
        template=kind.value,
        not_before=now,
        until=until or now + LASTS.get(kind, LASTS_ELSE),
        now=now,
    )


def _opened(sealed: str) -> str:
    """Empty if the key has changed since: the page of messages says so."""
    try:
        return sealing.unseal(sealed)
    except sealing.Broken:
        return ""


def _muted(kind: Message.Kind, doors: Collection[int]) -> set[int]:
    """Those of these doors that do not want to hear of it."""
    preferences = DoorPreferences.objects.filter(household__in=doors).exclude(muted=[])
    return {pk for pk, kinds in preferences.values_list("pk", "muted") if kind.value in kinds}


def _keys(things: Iterable[Household | Grid | int]) -> list[int]:
    return [thing if isinstance(thing, int) else thing.pk for thing in things]
