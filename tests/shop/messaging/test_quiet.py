"""安静时间: when a phone may ring next."""

from datetime import datetime, time

import pytest
from django.utils import timezone

from shop.messaging import quiet
from tests import factories


def at(text: str) -> datetime:
    return timezone.make_aware(datetime.fromisoformat(f"2022-04-{text}"))


@pytest.mark.parametrize(
    ("moment", "rings"),
    [
        ("05 21:29", "05 21:29"),
        ("05 21:30", "06 07:00"),
        ("05 23:59", "06 07:00"),
        ("06 00:00", "06 07:00"),
        ("06 06:59", "06 07:00"),
        ("06 07:00", "06 07:00"),
        ("06 12:00", "06 12:00"),
    ],
)
def test_over_midnight(db, moment, rings):
    station = factories.station(quiet_from=time(21, 30), quiet_to=time(7))
    assert quiet.over(station, at(moment)) == at(rings)


@pytest.mark.parametrize(
    ("moment", "rings"),
    [
        ("05 12:29", "05 12:29"),
        ("05 12:30", "05 14:00"),
        ("05 13:59", "05 14:00"),
        ("05 14:00", "05 14:00"),
    ],
)
def test_within_a_day(db, moment, rings):
    station = factories.station(quiet_from=time(12, 30), quiet_to=time(14))
    assert quiet.over(station, at(moment)) == at(rings)


def test_the_same_hour_twice_is_never_quiet(db):
    station = factories.station(quiet_from=time(7), quiet_to=time(7))
    assert quiet.over(station, at("05 07:00")) == at("05 07:00")
