"""The audit is clean after a day of work, and sees each invariant broken on purpose.

A day is played once for the whole file; every test breaks it in a transaction of its own, mostly
with statements that no rule of ours would ever send.
"""

import json
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Max
from django.test.utils import CaptureQueriesContext
from oscar.core.loading import get_model

from delivery.models import (
    Batch,
    Grid,
    Handoff,
    Household,
    Parcel,
    ParcelLine,
    Round,
    Stop,
    StopParcel,
    Volunteer,
)
from inventory.models import Item, Membership, Move, Station
from shop import audit
from shop.models import Placement
from tests import factories

Order = get_model("order", "Order")
OrderLine = get_model("order", "Line")
Partner = get_model("partner", "Partner")
StockRecord = get_model("partner", "StockRecord")
User = get_user_model()

NUMBERS = [f"2.{number}" for number in range(1, 10)]


@pytest.fixture(scope="module")
def played(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("simulate", households=40, orders=40, seed=5, json=True, stdout=StringIO())
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def day(played, db):
    """The played day, to be broken."""


def sql(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def unguard(table: str) -> None:
    """Takes the triggers off an append-only table, as somebody with a database shell could."""
    on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
    sql(*(f"DROP TRIGGER {table}_no_{verb}{on_table}" for verb in ("update", "delete")))


def wrong() -> dict[str, int]:
    """`{"2.2 goods_off": 1}`: every figure that should be zero and is not."""
    return {
        f"{result.number} {figure.key}": figure.value
        for result in audit.run()
        for figure in result.figures
        if figure.wrong and figure.value
    }


def seen(number: str) -> dict:
    [result] = [result for result in audit.run() if result.number == number]
    return {figure.key: figure.value for figure in result.figures if not figure.wrong}


def test_a_day_of_work_is_clean():
    results = audit.run()
    assert [result.number for result in results] == NUMBERS
    assert wrong() == {}
    assert all(result.ok for result in results)


def test_its_figures_are_those_of_the_database():
    live = Order.objects.exclude(status="cancelled")
    assert seen("2.1")["goods"] == 64
    assert seen("2.2")["moves"] == Move.objects.count()
    assert seen("2.3")["lines"] == OrderLine.objects.filter(order__in=live).count()
    assert seen("2.3")["money"] == sum(order.total_incl_tax for order in live)
    assert seen("2.3")["difference"] == 0
    assert seen("2.4")["orders"] == live.count() == seen("2.5")["orders"]
    latest = Handoff.objects.filter(corrected_by__isnull=True)
    assert seen("2.4")["cash"] == sum(handoff.cash for handoff in latest)
    assert seen("2.6")["stops"] == Stop.objects.count()
    assert seen("2.7")["handoffs"] == Handoff.objects.count()
    assert seen("2.8")["tables"] == 10


def test_takes_as_many_queries_however_long_the_day_was():
    with CaptureQueriesContext(connection) as queries:
        audit.run()
    assert len(queries) <= 50


class Test1NeverOversold:
    def test_more_held_than_there_is(self):
        record = StockRecord.objects.first()
        StockRecord.objects.filter(pk=record.pk).update(num_allocated=record.num_in_stock + 1)
        assert wrong() == {"2.1 oversold": 1, "2.2 goods_off": 1}

    def test_less_than_nothing_held(self):
        StockRecord.objects.filter(pk=StockRecord.objects.first().pk).update(num_allocated=-1)
        assert wrong() == {"2.1 oversold": 1, "2.2 goods_off": 1}


class Test2TheLedgerIsTheStock:
    def test_a_counter_nobody_explains(self):
        record = StockRecord.objects.first()
        StockRecord.objects.filter(pk=record.pk).update(num_in_stock=record.num_in_stock + 1)
        assert wrong() == {"2.2 goods_off": 1}

    def test_goods_that_are_no_item(self):
        station = Station.objects.get()
        item = factories.item(station, in_stock=0)
        item.delete()
        StockRecord.objects.filter(pk=item.record_id).update(price=None, num_in_stock=3)
        assert wrong() == {"2.2 goods_off": 1}

    def test_an_order_that_took_something_else(self):
        move = Move.objects.filter(kind=Move.Kind.RESERVE).first()
        other = Item.objects.exclude(moves__order=move.order).first()
        unguard("inventory_move")
        Move.objects.filter(pk=move.pk).update(item=other)
        found = wrong()
        assert found == {
            "2.2 goods_off": 2,
            "2.2 lines_off": 2,
            "2.3 without_cost": 1,
            "2.8 missing": 2,
        }

    def test_a_parcel_on_its_way_whose_goods_never_left(self):
        move = Move.objects.filter(kind=Move.Kind.PACK).first()
        unguard("inventory_move")
        sql(f"DELETE FROM inventory_move WHERE id = {move.pk}")
        assert wrong() == {"2.2 goods_off": 1, "2.2 lines_off": 1, "2.8 missing": 2}


class Test3AtCost:
    def test_a_line_at_a_cost_of_the_past(self):
        """Cheaper since: yesterday's higher cost is no excuse."""
        line = OrderLine.objects.exclude(order__status="cancelled").first()
        move = Move.objects.filter(item__record=line.stockrecord, unit_cost__isnull=False).first()
        held = Move.objects.get(order=line.order, item=move.item, kind=Move.Kind.RESERVE)
        unguard("inventory_move")
        # A dearer delivery before the one that counts.
        Move.objects.filter(pk=held.pk).update(id=10**6)
        Move.objects.create(
            item=move.item, kind=Move.Kind.COST, unit_cost=line.unit_price_incl_tax + 5, at=move.at
        )
        Move.objects.create(
            item=move.item, kind=Move.Kind.COST, unit_cost=line.unit_price_incl_tax, at=move.at
        )
        assert "2.3 above_cost" not in wrong()
        price = line.unit_price_incl_tax + 1
        OrderLine.objects.filter(pk=line.pk).update(unit_price_incl_tax=price)
        assert wrong()["2.3 above_cost"] == 1

    def test_a_line_above_cost(self):
        line = OrderLine.objects.exclude(order__status="cancelled").first()
        price = line.unit_price_incl_tax + 1
        OrderLine.objects.filter(pk=line.pk).update(
            unit_price_incl_tax=price, line_price_incl_tax=price * line.quantity
        )
        assert wrong() == {"2.3 above_cost": 1, "2.4 totals_off": 1}
        assert seen("2.3")["difference"] == line.quantity

    def test_cost_that_rose_later_excuses_nothing(self):
        """The price of tomorrow's receipt, taken today."""
        line = OrderLine.objects.exclude(order__status="cancelled").first()
        price = line.unit_price_incl_tax + 1
        OrderLine.objects.filter(pk=line.pk).update(
            unit_price_incl_tax=price, line_price_incl_tax=price * line.quantity
        )
        latest = Order.objects.aggregate(at=Max("date_placed"))["at"]
        item = Item.objects.get(record=line.stockrecord)
        Move.objects.create(item=item, kind=Move.Kind.COST, unit_cost=price, at=latest)
        assert wrong()["2.3 above_cost"] == 1

    def test_a_price_above_cost_on_the_shelf(self):
        record = StockRecord.objects.first()
        StockRecord.objects.filter(pk=record.pk).update(price=float(record.price) + 0.01)
        assert wrong() == {"2.3 marked_up": 1}

    def test_goods_whose_cost_nobody_stated(self):
        line = OrderLine.objects.exclude(order__status="cancelled").first()
        lines = OrderLine.objects.filter(stockrecord=line.stockrecord)
        unguard("inventory_move")
        Move.objects.filter(item__record=line.stockrecord, kind="opening").update(unit_cost=None)
        assert wrong() == {
            "2.3 without_cost": lines.exclude(order__status="cancelled").count(),
            "2.3 marked_up": 1,
            "2.8 missing": 2,
        }


class Test4MoneyAddsUp:
    def test_a_total_that_is_not_the_sum(self):
        order = Order.objects.filter(status="delivered").first()
        Order.objects.filter(pk=order.pk).update(total_incl_tax=order.total_incl_tax + 1)
        assert wrong() == {"2.4 totals_off": 1, "2.4 due_off": 1}

    def test_a_line_that_is_not_price_times_quantity(self):
        line = OrderLine.objects.filter(order__status="delivered").first()
        OrderLine.objects.filter(pk=line.pk).update(quantity=line.quantity + 1)
        assert wrong() == {"2.2 lines_off": 1, "2.4 lines_off": 1, "2.5 lines_off": 1}

    def test_a_parcel_that_asks_for_another_sum(self):
        parcel = Parcel.objects.first()
        Parcel.objects.filter(pk=parcel.pk).update(due=parcel.due + 1)
        assert wrong() == {"2.4 due_off": 1}

    def test_more_cash_than_was_due(self):
        unguard("delivery_handoff")
        handoff = Handoff.objects.exclude(outcome="failed").first()
        Handoff.objects.filter(pk=handoff.pk).update(cash=99_999)
        assert wrong() == {"2.4 cash_above_due": 1, "2.8 missing": 2}


class Test5EveryOrderIsSomewhere:
    def test_an_order_without_a_parcel(self):
        parcel = Parcel.objects.first()
        lines = parcel.lines.count()
        Parcel.objects.filter(pk=parcel.pk).update(order=None)
        # Its goods left the shelf for no order.
        assert wrong() == {"2.2 lines_off": lines, "2.5 lost": 1}

    def test_an_order_of_no_door(self):
        Placement.objects.filter(order=Order.objects.first()).delete()
        assert wrong() == {"2.5 nowhere": 1}

    def test_a_cancelled_order_that_is_delivered_all_the_same(self):
        parcel = Parcel.objects.filter(status="delivered").first()
        Order.objects.filter(pk=parcel.order_id).update(status="cancelled")
        found = wrong()
        assert found == {
            "2.2 lines_off": parcel.lines.count(),
            "2.5 cancelled": 1,
            "2.7 orders_off": 1,
        }

    def test_a_parcel_for_another_door_than_the_order(self):
        parcel = Parcel.objects.first()
        other = Household.objects.exclude(pk=parcel.household_id).first()
        Placement.objects.filter(order=parcel.order_id).update(household=other)
        assert wrong() == {"2.5 elsewhere": 1}

    def test_a_parcel_with_more_than_was_ordered(self):
        line = ParcelLine.objects.first()
        ParcelLine.objects.filter(pk=line.pk).update(asked=line.asked + 1)
        assert wrong() == {"2.5 lines_off": 1}

    def test_a_parcel_in_two_open_batches(self):
        sql("DROP INDEX a_parcel_in_one_batch")
        first, second = Batch.objects.order_by("pk")[:2]
        Batch.objects.filter(pk__in=(first.pk, second.pk)).update(status="packed")
        load = StopParcel.objects.filter(stop__batch=first, active=True).first()
        StopParcel.objects.create(stop=second.stops.first(), parcel=load.parcel)
        assert wrong()["2.5 in_two_batches"] == 1


class Test6ABatchIsOfOneGrid:
    def test_a_door_of_another_grid(self):
        batch = Batch.objects.first()
        other = Grid.objects.exclude(pk=batch.grid_id).first()
        Batch.objects.filter(pk=batch.pk).update(grid=other, number=999)
        assert wrong()["2.6 other_grid"] == batch.stop_count

    def test_somebody_elses_parcel_at_a_door(self):
        stop = Stop.objects.first()
        other = Household.objects.filter(grid=stop.household.grid).exclude(
            stops__batch=stop.batch_id
        )
        Stop.objects.filter(pk=stop.pk).update(household=other.first())
        assert wrong() == {"2.6 other_parcel": stop.parcels.count()}

    def test_a_parcel_of_another_round(self):
        parcel = Parcel.objects.first()
        other = Round.objects.exclude(pk=parcel.round_id).first()
        Parcel.objects.filter(pk=parcel.pk).update(round=other)
        assert wrong() == {"2.5 elsewhere": 1, "2.6 other_parcel": parcel.loads.count()}

    @pytest.mark.parametrize("field", ["weight_g", "stop_count"])
    def test_sums_that_are_off(self, field):
        batch = Batch.objects.first()
        Batch.objects.filter(pk=batch.pk).update(**{field: getattr(batch, field) + 1})
        assert wrong() == {"2.6 sums_off": 1}

    @pytest.mark.parametrize("limit", ["capacity_g", "max_stops"])
    def test_more_than_the_courier_can_carry(self, limit):
        batch = Batch.objects.first()
        Volunteer.objects.filter(pk=batch.courier_id).update(**{limit: 0})
        assert wrong() == {}  # what is over is over
        Batch.objects.filter(pk=batch.pk).update(status="out")
        assert wrong()["2.6 overloaded"] == 1

    def test_another_stations_round(self):
        other = factories.station()
        batches = Batch.objects.count()
        Round.objects.filter(pk=Batch.objects.first().round_id).update(station=other)
        assert wrong() == {"2.6 other_station": batches, "2.9 crossed": Placement.objects.count()}

    def test_a_risk_level_that_changed_is_shown(self):
        batch = Batch.objects.first()
        other = "normal" if batch.risk_level != "normal" else "sealed"
        Grid.objects.filter(pk=batch.grid_id).update(risk_level=other)
        assert seen("2.6")["risk_changed"] == Batch.objects.filter(grid=batch.grid_id).count()
        assert wrong() == {}


class Test7OneHandoffDecides:
    def test_two_handoffs_decide(self):
        sql(
            "DROP INDEX one_handoff_decides",
            "INSERT INTO delivery_handoff (stop_id, outcome, reason, note, cash, nonce, tapped_at,"
            " received_at, by_id) SELECT stop_id, outcome, reason, note, cash,"
            " '00000000000040008000000000000000', tapped_at, received_at, by_id"
            " FROM delivery_handoff WHERE corrects_id IS NULL ORDER BY id LIMIT 1",
        )
        assert wrong() == {"2.7 chains_off": 1}

    def test_a_correction_of_another_door(self):
        first, second = Handoff.objects.filter(corrected_by__isnull=True)[:2]
        Handoff.objects.create(
            stop=second.stop,
            outcome=second.outcome,
            reason=second.reason,
            nonce="00000000-0000-4000-8000-000000000000",
            tapped_at=second.tapped_at,
            received_at=second.received_at,
            by=second.by,
            corrects=first,
        )
        assert wrong()["2.7 chains_off"] == 2

    def test_a_stop_that_says_otherwise_than_its_handoff(self):
        stop = Stop.objects.filter(status="left").first()
        Stop.objects.filter(pk=stop.pk).update(status="handed")
        assert wrong() == {"2.7 stops_off": 1}

    def test_a_batch_that_is_over_and_still_out(self):
        Batch.objects.filter(pk=Batch.objects.first().pk).update(status="out")
        assert wrong() == {"2.7 batches_off": 1}

    def test_a_parcel_that_is_not_where_its_stop_says(self):
        parcel = Parcel.objects.filter(status="delivered").first()
        Parcel.objects.filter(pk=parcel.pk).update(status="on_way")
        assert wrong() == {"2.7 parcels_off": 1, "2.7 orders_off": 1}

    def test_a_failed_stop_that_keeps_its_parcel(self):
        load = StopParcel.objects.filter(active=True).first()
        StopParcel.objects.filter(pk=load.pk).update(active=False)
        assert wrong() == {"2.7 parcels_off": 1}

    def test_an_order_behind_its_parcel(self):
        order = Order.objects.filter(status="delivered").first()
        Order.objects.filter(pk=order.pk).update(status="packed")
        assert wrong() == {"2.7 orders_off": 1}

    def test_the_same_submission_twice(self):
        # A copy of the table has none of its constraints.
        sql(
            "ALTER TABLE delivery_handoff RENAME TO kept",
            "CREATE TABLE delivery_handoff AS SELECT * FROM kept",
            "UPDATE delivery_handoff SET nonce = (SELECT MIN(CAST(nonce AS text)) FROM kept)"
            if connection.vendor == "sqlite"
            else "UPDATE delivery_handoff SET nonce = (SELECT nonce FROM kept ORDER BY id LIMIT 1)",
        )
        assert wrong()["2.7 repeated"] == 1


class Test8HistoryIsAppendOnly:
    def test_a_trigger_that_is_gone(self):
        on_table = " ON delivery_event" if connection.vendor == "postgresql" else ""
        sql(f"DROP TRIGGER delivery_event_no_delete{on_table}")
        assert wrong() == {"2.8 missing": 1}
        assert "delivery_event_no_delete" in str(audit.run()[7])


class Test9PeopleSeeOnlyWhatTheirWorkNeeds:
    @pytest.fixture
    def batch(self):
        """As if it were still out."""
        batch = Batch.objects.select_related("courier__user").first()
        Batch.objects.filter(pk=batch.pk).update(status="out")
        Volunteer.objects.filter(pk=batch.courier_id).update(capacity_g=10**6, max_stops=99)
        assert "2.9 strangers" not in wrong()
        return batch

    def test_a_courier_off_duty(self, batch):
        Volunteer.objects.filter(pk=batch.courier_id).update(active=False)
        assert wrong()["2.9 strangers"] == 1

    def test_a_courier_who_may_not_log_in(self, batch):
        User.objects.filter(pk=batch.courier.user_id).update(is_active=False)
        assert wrong()["2.9 strangers"] == 1

    def test_a_courier_of_another_station(self, batch):
        Volunteer.objects.filter(pk=batch.courier_id).update(station=factories.station())
        assert wrong()["2.9 strangers"] == 1

    def test_a_courier_of_another_grid(self, batch):
        batch.courier.grids.set(Grid.objects.exclude(pk=batch.grid_id)[:1])
        assert wrong()["2.9 strangers"] == 1

    def test_somebody_in_the_dashboard_who_runs_nothing(self):
        Partner.objects.get().users.add(Membership.objects.filter(role="staff").first().user)
        assert wrong() == {"2.9 outsiders": 1}

    def test_a_manager_who_is_none_any_more(self):
        Membership.objects.filter(role="manager").update(role="staff")
        assert wrong() == {"2.9 outsiders": 2}


class TestCommand:
    def test_says_one_line_each(self):
        out = StringIO()
        call_command("audit", stdout=out)
        lines = out.getvalue().splitlines()
        assert [line[:5] for line in lines[:-1]] == [f"✓ {number}" for number in NUMBERS]
        assert lines[-1].startswith("9 条，不成立的 0 条，用时 ")

    def test_exits_1_when_one_fails(self):
        Parcel.objects.filter(pk=Parcel.objects.first().pk).update(due=9999)
        out = StringIO()
        with pytest.raises(SystemExit) as stop:
            call_command("audit", stdout=out)
        assert stop.value.code == 1
        lines = out.getvalue().splitlines()
        assert [line[:5] for line in lines if line.startswith("✗")] == ["✗ 2.4"]
        assert "应收不对的包裹 1" in lines[3]

    def test_json(self):
        Parcel.objects.filter(pk=Parcel.objects.first().pk).update(due=9999)
        out = StringIO()
        with pytest.raises(SystemExit):
            call_command("audit", json=True, stdout=out)
        report = json.loads(out.getvalue())
        assert report["ok"] is False
        assert list(report["checks"]) == NUMBERS
        assert report["checks"]["2.4"]["wrong"] == {
            "totals_off": 0,
            "lines_off": 0,
            "due_off": 1,
            "cash_above_due": 0,
        }
        assert report["checks"]["2.3"]["seen"]["difference"] == "0.00"
