"""When a courier will be at a door, from how the walk went so far."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shop.expected import Walk, silent, window

TEN = datetime(2026, 3, 4, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def at(minutes: float) -> datetime:
    return TEN + timedelta(minutes=minutes)


def said(walk: Walk, now: datetime) -> tuple[str, str] | None:
    found = window(walk, now)
    return found and (found[0].strftime("%H:%M"), found[1].strftime("%H:%M"))


@pytest.mark.parametrize(
    ("done", "last", "before", "now", "expected"),
    [
        # 8 doors in 40 minutes: 5 each. Three before ours: the fourth from 10:40 on.
        (8, 40, 3, 41, ("10:50", "11:10")),
        (8, 40, 0, 41, ("10:40", "10:55")),
        # Half an hour each, ours is the fifth: two and a half hours, give or take a quarter.
        (2, 60, 4, 61, ("12:50", "14:10")),
        # Many doors at one spot, said with one tap at 10:00: no door takes less than a minute.
        (20, 0, 9, 1, ("10:00", "10:20")),
        # It should have been here by now: not before now.
        (4, 20, 0, 44, ("10:40", "10:55")),
    ],
)
def test_the_pace_so_far_times_the_doors_before(done, last, before, now, expected):
    assert said(Walk(TEN, done, at(last), before), at(now)) == expected


@pytest.mark.parametrize(
    ("walk", "now"),
    [
        (Walk(TEN, 0, None, 3), 5),
        (Walk(TEN, 1, at(10), 0), 51),
        (Walk(TEN, 1, at(60), 4), 61),
    ],
    ids=["nothing delivered yet", "no word for 41 minutes", "five hours ahead"],
)
def test_sometimes_nobody_can_say(walk, now):
    assert window(walk, at(now)) is None


@pytest.mark.parametrize(
    ("done", "last", "now", "is_silent"),
    [(4, 20, 60, False), (4, 20, 61, True), (1, 30, 120, False), (1, 30, 121, True)],
)
def test_a_slow_walk_is_silent_later(done, last, now, is_silent):
    assert silent(Walk(TEN, done, at(last), 1), at(now)) is is_silent


def test_a_tap_before_the_start_is_no_pace():
    """A phone's clock may be behind ours."""
    assert said(Walk(TEN, 1, at(-3), 1), at(1)) == ("10:00", "10:15")
