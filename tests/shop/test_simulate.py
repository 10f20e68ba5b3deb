"""A day is played through the rules, and what is printed is what is in the database."""

import json
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from oscar.core.loading import get_model

from delivery.models import Batch, Event, Handoff, Household, Parcel, Round, ShareOut, Stop
from inventory.models import Item, Move, Receipt, Station, StockCount
from shop import demo
from shop.demo import build, fake_stripe
from shop.demo.goods import goods
from shop.models import Adjustment, CounterSale, Placement
from tests import factories

Order = get_model("order", "Order")
MARGIN = ("charged", "cost", "lost", "variance")

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
    assert counts["placed"] == Placement.objects.count() == 80
    assert Order.objects.count() == 80 + counts["counter_sales"]
    gone = Order.objects.filter(status="cancelled").count()
    let_go = counts.get("let_go", 0) + counts.get("late_refunded", 0)
    assert counts["cancelled"] + let_go == gone > 0
    assert counts["parcels"] == Parcel.objects.count() == 80 - gone
    assert counts["delivered"] == Order.objects.filter(status="delivered").count()
    assert counts["parcels_returned"] == Parcel.objects.filter(status="returned").count()
    assert counts["batches"] == Batch.objects.count() == Batch.objects.filter(status="done").count()
    assert counts["stops"] == Stop.objects.count()
    assert counts["stops_failed"] == Stop.objects.filter(status="failed").count() > 0
    assert counts["stops_waiting"] == 0
    assert counts["repeats"] > 0
    assert counts["repeats_that_changed_something"] == 0
    assert counts["sold_out_lines"] > 0
    assert counts["receipts"] == Receipt.objects.exclude(purchase=None).count() > 0
    assert counts["goods_shared"] == ShareOut.objects.count() > 0
    assert counts["units_shared"] == sum(out.given for out in ShareOut.objects.all())
    assert counts["lines_weighed"] > 0
    assert counts["counter_sales"] == CounterSale.objects.count() > 0
    assert counts["shelves_counted"] == StockCount.objects.filter(status="approved").count() == 3
    assert counts["own_counts_refused"] == 3
    lost = Move.objects.filter(kind="waste").aggregate(units=-Sum("in_stock_delta"))["units"]
    assert counts["units_wasted"] + counts.get("units_spoiled_on_the_way", 0) == lost > 0
    assert counts["units_donated"] > 0
    assert said["unexplained"] == "0.00"
    paid = sum(Decimal(row["charged"]) for row in said["margins"].values())
    assert paid == Decimal(said["audit"]["2.3"]["seen"]["charged"])
    assert counts["too_late"] > 0
    assert Handoff.objects.count() == counts["stops"] + counts.get("corrections", 0)
    conflicts = Event.objects.filter(kind="handoff_conflict").count()
    assert counts.get("conflicts", 0) == conflicts


def test_without_the_fake_nobody_pays_online(monkeypatch):
    monkeypatch.setattr(fake_stripe, "_is_there", lambda: False)
    said = simulate(households=24, orders=12)
    assert (said["ok"], said["unlike_stripe"]) == (True, [])
    assert "online" not in said["counts"]
    assert set(Placement.objects.values_list("way", flat=True)) == {"account", "door"}


def test_the_same_seed_plays_the_same_day():
    def day(seed: int) -> tuple:
        with transaction.atomic():
            said = simulate(households=20, orders=12, seed=seed)
            orders = Order.objects.order_by("pk").values_list("total_incl_tax", "status")
            stops = Stop.objects.order_by("pk").values_list("household__walk_key", "status")
            transaction.set_rollback(True)
        return said["counts"], list(orders), list(stops)

    assert day(4) == day(4)
    assert day(4) != day(5)


def test_a_shop_that_trades_already_plays_more_days_today():
    """What is in the books was not in the past; each day is a new round of the same station."""
    first = simulate(households=24, orders=5)
    later = simulate(orders=5, days=2, seed=2)
    assert later["ok"] is True
    assert later["station"] == first["station"]
    assert later["round"] != first["round"]
    assert Station.objects.count() == 1
    assert Round.objects.filter(name="演练波次", status="closed").count() == 3
    assert Order.objects.filter(placement__round=later["round"]).count() == 5
    assert Move.objects.filter(at__date=timezone.localdate()).count() == Move.objects.count()


def test_orders_end_where_the_shelf_does(monkeypatch):
    monkeypatch.setattr(build, "goods", lambda households: goods(households)[:3])
    said = simulate(households=12, orders=40)
    counts = said["counts"]
    assert 0 < counts["placed"] < 40
    assert counts["went_without"] == 80 - (counts["placed"] - counts["standing_ordered"])
    assert said["ok"] is True


def test_days_follow_each_other_and_end_today():
    said = simulate(households=40, orders=20, days=3, seed=3)
    assert (said["days"], said["ok"], said["unexplained"]) == (3, True, "0.00")
    assert said["counts"]["placed"] == Placement.objects.count() == 60
    today = timezone.localdate()
    played = Round.objects.filter(name="演练波次").order_by("opens_at")
    assert [timezone.localdate(round.opens_at) for round in played] == [
        today - timedelta(days=2),
        today - timedelta(days=1),
        today,
    ]
    # The village's books begin on its first day, and every price since came from a delivery.
    first = Move.objects.order_by("pk").first()
    assert timezone.localdate(first.at) == today - timedelta(days=2)
    assert Receipt.objects.values("at__date").distinct().count() == 3
    for row in said["margins"].values():
        charged, cost, lost, variance = (Decimal(row[key]) for key in MARGIN)
        assert charged - cost == lost + variance


def test_what_goods_bring_beyond_their_cost_is_what_was_lost_and_their_account():
    """Nothing is lost, weighed, claimed or pre-ordered at this end: rounding alone."""
    said = simulate(households=24, orders=12)
    claimed = Adjustment.objects.filter(kind="claim").values_list("line__stockrecord__item")
    for title, row in said["margins"].items():
        item = Item.objects.exclude(pk__in=claimed).filter(record__product__title=title).first()
        if item is None:
            continue
        if not item.by_weight and item.selling == Item.Selling.STOCK and row["lost"] == "0.00":
            sold = abs(Decimal(row["variance"]))
            assert sold <= Decimal("0.005") * Move.objects.filter(item=item).count() * 3, title


@pytest.mark.parametrize("days", [0, 367])
def test_days_that_cannot_be(days):
    with pytest.raises(CommandError, match="天数要在 1 到 366 之间"):
        simulate(days=days)
    assert not Station.objects.exists()


def test_prints_each_day_a_table_the_audit_and_the_wall_time():
    out = StringIO()
    call_command("simulate", households=24, orders=6, days=2, stdout=out)
    first, second, *lines = out.getvalue().splitlines()
    assert [first[:13], second[:13]] == ["第 1 天：下单 6，入库", "第 2 天：下单 6，入库"]
    assert lines[0].startswith("青禾村惠民驿站（演示），演练波次")
    assert "      12  下成的订单" in lines
    assert [line[:5] for line in lines[-10:-1]] == [f"✓ 2.{number}" for number in range(1, 10)]
    assert lines[-1].startswith("12 个订单走完 2 天，用时 ")
    [header] = [line for line in lines if line.startswith("货品 ")]
    assert header.split() == ["货品", "卖出", "货款", "成本", "毛利", "损耗", "差额", "说不清的"]
    [total] = [line for line in lines if line.startswith("合计 ")]
    assert total.split()[-1] == "0.00"


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
