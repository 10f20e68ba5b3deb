"""When a courier will be at a door: how fast this walk went so far, times the doors before it.

Pure figures. Times are aware; whoever asks says what time it is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

#: A walk of stops at one entrance is no flight: a door takes at least so long.
FASTEST = timedelta(minutes=1)
#: Nobody can say so exactly when: the window is at least twice this.
MARGIN = timedelta(minutes=10)
#: After so long without a word, and three doors' time, the courier may be without a signal.
SILENCE = timedelta(minutes=40)
#: What lies further ahead is a guess.
FORESEEN = timedelta(hours=4)
STEP = timedelta(minutes=5)


@dataclass(frozen=True)
class Walk:
    """A batch that is out: when it set out, how many of its stops are decided and when the last
    one was, and how many are still to come before ours."""

    started_at: datetime
    done: int
    last_at: datetime | None
    before: int


def window(walk: Walk, now: datetime) -> tuple[datetime, datetime] | None:
    """From when until when to expect the courier, in steps of five minutes; None: unknown, because
    nothing was delivered yet, or not heard of for long, or it is too far ahead."""
    if not walk.done or walk.last_at is None or silent(walk, now):
        return None
    a_door = _a_door(walk)
    ahead = a_door * (walk.before + 1)
    if ahead > FORESEEN:
        return None
    expected = max(walk.last_at + ahead, now)
    margin = max(MARGIN, ahead / 4)
    return _down(max(expected - margin, now)), _up(expected + margin)


def silent(walk: Walk, now: datetime) -> bool:
    """Nothing was heard of it for so long that its pace says nothing any more."""
    heard = walk.last_at or walk.started_at
    return now - heard > max(SILENCE, 3 * _a_door(walk) if walk.done else SILENCE)


def _a_door(walk: Walk) -> timedelta:
    last = walk.last_at or walk.started_at
    return max(FASTEST, (last - walk.started_at) / max(walk.done, 1))


def _down(at: datetime) -> datetime:
    return at - timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)


def _up(at: datetime) -> datetime:
    down = _down(at)
    return down if down == at else down + STEP
