"""A day is played through the rules, and what is printed is what is in the database."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from oscar.core.loading import get_model

from delivery.models import Batch, Event, Handoff, Household, Parcel, Round, Stop
from inventory.models import Station
from shop import demo
from shop.demo import build
from shop.demo.goods import goods
from tests import factories

Order = get_model("order", "Order")

pytestmark = pytest.mark.django_db


def simulate(**options) -> dict:
    out = StringIO()
    call_command("simulate", json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def test_an_empty_database_gets_its_own_village_and_a_whole_day():
    said = simulate(households=60, orders=80, seed=11)

    assert (said["station"], said["ok"]) == ("demo", True)
    assert Household.objects.count() == 60
    counts = said["counts"]
    assert counts["placed"] == Order.objects.count() == 80
    assert counts["cancelled"] == Order.objects.filter(status="cancelled").count() > 0
    assert counts["parcels"] == Parcel.objects.count() == 80 - counts["cancelled"]
    assert counts["delivered"] == Order.objects.filter(status="delivered").count()
    assert counts["batches"] == Batch.objects.count() == Batch.objects.filter(status="done").count()
    assert counts["stops"] == Stop.objects.count()
    assert counts["stops_failed"] == Stop.objects.filter(status="failed").count() > 0
    assert counts["stops_waiting"] == 0
    assert counts["repeats"] > 0
    assert counts["repeats_that_changed_something"] == 0
    assert counts["sold_out_lines"] > 0
    assert counts["too_late"] > 0
    assert Handoff.objects.count() == counts["stops"] + counts.get("corrections", 0)
    conflicts = Event.objects.filter(kind="handoff_conflict").count()
    assert counts.get("conflicts", 0) == conflicts


def test_the_same_seed_plays_the_same_day():
    def day(seed: int) -> tuple:
        with transaction.atomic():
            said = simulate(households=20, orders=15, seed=seed)
            orders = Order.objects.order_by("pk").values_list("total_incl_tax", "status")
            stops = Stop.objects.order_by("pk").values_list("household__walk_key", "status")
            transaction.set_rollback(True)
        return said["counts"], list(orders), list(stops)

    assert day(4) == day(4)
    assert day(4) != day(5)


def test_a_second_day_is_a_new_round_of_the_same_station():
    first = simulate(households=24, orders=10)
    second = simulate(orders=10, seed=2)
    assert second["station"] == first["station"]
    assert second["round"] != first["round"]
    assert Station.objects.count() == 1
    assert Round.objects.filter(name="演练波次", status="closed").count() == 2
    assert Order.objects.filter(placement__round=second["round"]).count() == 10
    assert second["ok"] is True


def test_orders_end_where_the_shelf_does(monkeypatch):
    monkeypatch.setattr(build, "goods", lambda households: goods(households)[:3])
    said = simulate(households=12, orders=40)
    counts = said["counts"]
    assert 0 < counts["placed"] < 40
    assert counts["went_without"] == 80 - counts["placed"]
    assert said["ok"] is True


def test_prints_a_table_the_audit_and_the_wall_time():
    out = StringIO()
    call_command("simulate", households=24, orders=12, stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("青禾村惠民驿站（演示），演练波次")
    assert "      12  下成的订单" in lines
    assert [line[:5] for line in lines[-10:-1]] == [f"✓ 2.{number}" for number in range(1, 10)]
    assert lines[-1].startswith("12 个订单走完一天，用时 ")


def test_a_demo_without_people_cannot_play(db):
    factories.station(code=demo.CODE)
    with pytest.raises(CommandError, match="这个驿站还不全"):
        call_command("simulate")
    assert Round.objects.count() == 0


def test_nobody_plays_with_a_real_village(station):
    with pytest.raises(CommandError, match="东湖驿站 是真的驿站"):
        call_command("simulate")
    assert Round.objects.count() == 0


def test_of_several_stations_none_is_guessed(station):
    factories.station()
    with pytest.raises(CommandError, match="这里有几个驿站"):
        call_command("simulate")


def test_doors_are_told_for_an_empty_database_only(station):
    with pytest.raises(CommandError, match="--households 只用于空的数据库"):
        call_command("simulate", households=50)


def test_never_in_production(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="不能在正式环境里做"):
        call_command("simulate")
    assert not Station.objects.exists()
