"""A query that is spelled once answers like the one the ORM spells every time."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from delivery import rounds
from delivery.models import Household, Round
from inventory import lots
from inventory.models import Item, Station
from inventory.spelled import Spelled, day, key, moment, text
from tests import factories


def test_with_other_values_it_finds_other_rows(station, django_assert_num_queries):
    grids = [factories.grid(station, f"{number} 网格") for number in range(3)]
    doors = [factories.household(grid) for grid in grids]
    asked = Spelled(
        lambda: (
            Household.objects.filter(grid=key("grid"))
            .select_related("grid__station")
            .annotate(
                alone=~Exists(Household.objects.exclude(pk=OuterRef("pk")).filter(grid=key("grid")))
            )
        )
    )
    for grid, door in zip(grids, doors, strict=True):
        with django_assert_num_queries(1):
            [found] = asked(grid=grid.pk)
            assert (found, found.grid.name, found.grid.station) == (door, grid.name, station)
            assert found.alone
    factories.household(grids[0])
    assert [each.alone for each in asked(grid=grids[0].pk)] == [False, False]
    assert asked(grid=0) == []
    assert asked.first(grid=0) is None


def test_tuples_and_groups(station):
    factories.grid(station, "一网格")
    asked: Spelled[tuple] = Spelled(
        lambda: (
            Station.objects.filter(pk=key("station"))
            .values_list("name", "grids__name")
            .annotate(doors=Count("grids__households", filter=Q(grids__name=text("grid"))))
            .order_by("pk")
        )
    )
    assert asked(station=station.pk, grid="一网格") == [(station.name, "一网格", 0)]


@pytest.mark.parametrize("name", ["早市", "'; --", "100 %s", "晚市"])
def test_values_are_only_values(station, name):
    factories.round(station, name)
    asked = Spelled(lambda: Round.objects.filter(name=text("name")))
    assert [found.name for found in asked(name=name)] == [name]
    assert asked(name="没有") == []


def test_dates_and_moments_as_the_database_has_them(station):
    item = factories.item(station, in_stock=3)
    asked = Spelled(
        lambda: Item.objects.filter(pk=key("item")).annotate(gone=lots.expired(today=day("today")))
    )
    today = date(2026, 11, 22)
    item.lots.update(expires_on=today)
    assert asked(item=item.pk, today=today)[0].gone == 0
    assert asked(item=item.pk, today=today + timedelta(days=1))[0].gone == 3
    one = factories.round(station)
    later = Spelled(lambda: Round.objects.filter(closes_at__gt=moment("now")))
    assert later(now=one.closes_at - timedelta(seconds=1)) == [one]
    assert later(now=one.closes_at) == []


def test_every_connection_asks_for_itself(station):
    """What is kept of the first time is words, not the connection they were spelled for."""
    asked = Spelled(lambda: Station.objects.filter(pk=key("station")))
    assert asked(station=station.pk) == [station]
    _queryset, compiler, sql, _params = asked._by_vendor(connection.vendor)
    assert "%s" in sql
    compiler.connection = None
    assert asked(station=station.pk) == [station]


def test_a_value_that_is_not_given_is_told():
    with pytest.raises(KeyError):
        Spelled(lambda: Station.objects.filter(pk=key("station")))()


def test_the_round_of_now_is_not_the_one_of_the_first_time(station, grid):
    one = factories.round(station, closes_in=1)
    assert rounds.current(grid) == one
    assert rounds.current(grid, timezone.now() + timedelta(hours=2)) is None
