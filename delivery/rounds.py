"""What can happen to a round: it opens, closes, is cancelled, and turns by the clock."""

import logging
import traceback
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery import events, locks, signals
from delivery.errors import RoundNotOpen, RoundNotPlanned, RoundsStuck
from delivery.models import Event, Grid, Round
from inventory.spelled import Spelled, key, moment
from inventory.words import listed

log = logging.getLogger(__name__)


def current(grid: Grid, now: datetime | None = None) -> Round | None:
    """The round that takes orders from this grid; of several, the one that closes first."""
    return _CURRENT.first(now=now or timezone.now(), grid=grid.pk, station=grid.station_id)


_CURRENT: Spelled[Round] = Spelled(
    lambda: (
        Round.objects.taking_orders(moment("now"))
        .reaching(key("grid"), key("station"))
        .order_by("closes_at", "pk")[:1]
    )
)


def next_for(grid: Grid, now: datetime | None = None) -> Round | None:
    """The next round that will take orders from this grid."""
    planned = Round.objects.serving(grid).filter(
        status=Round.Status.PLANNED, closes_at__gt=now or timezone.now()
    )
    return planned.order_by("opens_at", "pk").first()


def open(round: Round, by=None, *, now: datetime | None = None) -> None:
    """Lets a planned round take orders from now on, also before its hour.

    Raises `RoundNotPlanned` when it is open or closed already, or its window is over.
    """
    now = now or timezone.now()
    if round.closes_at <= now:
        raise RoundNotPlanned(_("这个波次的截单时间已经过了，不能再开始接单。"))
    with transaction.atomic():
        _open(round, by, now)


def close(round: Round, by=None, *, now: datetime | None = None) -> None:
    """Ends ordering, has the parcels made, and plans tomorrow's round if it repeats.

    Waits for the orders in flight. All of it happens, or nothing. Raises `RoundNotOpen`.
    """
    with transaction.atomic():
        _close(round, by, now or timezone.now())


def cancel(round: Round, by) -> Round | None:
    """Calls off a round that has not begun. Of one that repeats only this day is called off: the
    next day's is planned now, as nobody will close this one; returns it.

    Raises `RoundNotPlanned` when it is open already: then there may be orders.
    """
    now = timezone.now()
    with transaction.atomic():
        sentence = _("这个波次已经开始过了，不能取消。")
        _move(round, Round.Status.PLANNED, Round.Status.CANCELLED, RoundNotPlanned, sentence)
        events.write(Event.Kind.ROUND_CANCELLED, round=round, by=by, at=now)
        return _repeat(round, now)


def stop_repeating(round: Round, by) -> None:
    """No further day is planned after this round; again is nothing.

    Raises `RoundNotOpen` when it is over: the next one is planned by then.
    """
    with transaction.atomic():
        not_over = Round.objects.filter(
            pk=round.pk, status__in=(Round.Status.PLANNED, Round.Status.OPEN)
        )
        if not_over.filter(repeats_daily=True).update(repeats_daily=False):
            events.write(Event.Kind.ROUND_REPEAT_ENDED, round=round, by=by)
        elif not not_over.exists():
            raise RoundNotOpen(_("这个波次已经结束了，要停请停后面的那一波。"))


def turn_due(now: datetime | None = None) -> tuple[list[int], list[int]]:
    """Opens and closes what is due; returns the keys of the rounds (opened, closed).

    Safe to repeat and to run twice at once. Each round turns in its own transaction; those that
    cannot are logged and named by `RoundsStuck` at the end. A round whose whole window was slept
    through (a laptop that was off) is opened and closed in one step, without an order.
    """
    now = now or timezone.now()
    opened: list[int] = []
    closed: list[int] = []
    stuck: list[int] = []
    for round in Round.objects.due(now).order_by("opens_at", "pk"):
        try:
            was_planned, is_over = round.status == Round.Status.PLANNED, round.closes_at <= now
            with transaction.atomic():
                if was_planned:
                    _open(round, None, now)
                if is_over:
                    _close(round, None, now)
        except (RoundNotPlanned, RoundNotOpen):
            continue  # another worker, or a button, was first
        except Exception as error:
            # The message may quote a row; where it happened says enough.
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("round %s does not turn: %s\n%s", round.pk, type(error).__name__, where)
            stuck.append(round.pk)
            continue
        if was_planned:
            opened.append(round.pk)
        if is_over:
            closed.append(round.pk)
    if stuck:
        numbers = listed(str(pk) for pk in stuck)
        raise RoundsStuck(_("这些波次没能按时开始或截单：%s。") % numbers, stuck)
    return opened, closed


def _open(round: Round, by, now: datetime) -> None:
    sentence = _("这个波次已经开始过了。")
    _move(round, Round.Status.PLANNED, Round.Status.OPEN, RoundNotPlanned, sentence)
    events.write(Event.Kind.ROUND_OPENED, round=round, by=by, at=now)


def _close(round: Round, by, now: datetime) -> None:
    # Before the status: an order that is being placed comes in whole, or finds the round closed.
    locks.round_exclusive(round.pk)
    sentence = _("这个波次没有在接单。")
    _move(round, Round.Status.OPEN, Round.Status.CLOSED, RoundNotOpen, sentence)
    events.write(Event.Kind.ROUND_CLOSED, round=round, by=by, at=now)
    signals.round_closed.send(sender=Round, round=round)
    _repeat(round, now)


def _move(round: Round, source: str, target: str, error: type[Exception], sentence: str) -> None:
    this = Round.objects.filter(pk=round.pk)
    if not this.move({source}, target):
        if this.filter(status=Round.Status.CANCELLED).exists():
            sentence = _("这个波次已经取消了。")
        raise error(sentence)
    round.status = target


def _repeat(round: Round, now: datetime) -> Round | None:
    """Plans the same window on the next day that is not over yet, once, by local clocks.

    A round that is there already is left as it is: it may have been cancelled for good reason.
    """
    # Our caller's row may be from before somebody stopped it; we hold the row since `_move`.
    if not Round.objects.filter(pk=round.pk, repeats_daily=True).exists():
        return None
    days = 1
    while _days_later(round.closes_at, days) <= now:
        days += 1
    tomorrow, made = Round.objects.get_or_create(
        station_id=round.station_id,
        name=round.name,
        opens_at=_days_later(round.opens_at, days),
        defaults={
            "closes_at": _days_later(round.closes_at, days),
            "delivers_from": _days_later(round.delivers_from, days),
            "delivers_to": _days_later(round.delivers_to, days),
            "repeats_daily": True,
        },
    )
    if made:
        tomorrow.grids.set(round.grids.all())
    return tomorrow


def _days_later(moment: datetime, days: int) -> datetime:
    """The same hour on the wall, also over a change of the clocks."""
    return timezone.localtime(moment) + timedelta(days=days)
