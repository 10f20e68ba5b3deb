"""The audit is clean after a day of work, constant in queries, and says what it found."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from oscar.core.loading import get_model

from delivery.models import (
    Handoff,
    Parcel,
    Stop,
)
from inventory.models import Costing, Lot, Move, Station
from shop import audit
from shop.models import Adjustment, MoneyMove
from shop.money import ledger
from shop.money.cash import cash
from tests.shop.audit.breaking import came, seen, wrong

Order = get_model("order", "Order")


NUMBERS = [f"2.{number}" for number in range(1, 10)]


def test_a_day_of_work_is_clean():
    results = audit.run()
    assert [result.number for result in results] == NUMBERS
    assert wrong() == {}
    assert all(result.ok for result in results)


def test_its_figures_are_those_of_the_database():
    live = Order.objects.exclude(status="cancelled")
    assert seen("2.1")["goods"] == 64 + 2  # two are bundles
    assert seen("2.2")["moves"] == Move.objects.count()
    assert seen("2.2")["lots"] == Lot.objects.filter(units__gt=0).count()
    adjusted = sum(adjustment.amount for adjustment in Adjustment.objects.all())
    assert seen("2.3")["charged"] == sum(order.total_incl_tax for order in live) + adjusted
    assert seen("2.3")["costings"] == Costing.objects.count()
    assert seen("2.4")["adjusted"] == adjusted
    assert seen("2.4")["moves"] == MoneyMove.objects.count()
    assert seen("2.4")["owed"] == sum(ledger.owed([order.pk for order in live]).values())
    assert seen("2.4")["orders"] == live.count()
    assert seen("2.5")["orders"] == live.filter(counter_sale=None).count() < live.count()
    station = Station.objects.get()
    assert seen("2.4")["person"] == sum(cash.held_by(station).values())
    assert seen("2.4")["cash"] == cash.in_till(station)
    assert seen("2.6")["stops"] == Stop.objects.count()
    assert seen("2.7")["handoffs"] == Handoff.objects.count()
    assert seen("2.8")["tables"] == 14


def test_takes_as_many_queries_however_long_the_day_was():
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            audit.run()
        return len(captured)

    few = queries()
    for _delivery in range(20):
        came()
    assert queries() == few <= 105


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
            "adjusted_off": 0,
            "charged_off": 0,
            "ledger_off": 0,
            "overpaid": 0,
            "due_off": 1,
            "sales_off": 0,
            "below_nothing": 0,
            "returned_off": 0,
            "claims_off": 0,
            "unruly": 0,
            "strangers": 0,
            "next_family": 0,
            "overdrawn": 0,
            "undone_off": 0,
            "collected_off": 0,
            "hands_below": 0,
            "counts_off": 0,
            "expected_off": 0,
            "funds_below": 0,
            "subsidies_off": 0,
            "payments_off": 0,
            "refunds_off": 0,
            "returned_more": 0,
            "disputes_off": 0,
            "awaiting_off": 0,
        }
        assert report["checks"]["2.3"]["seen"]["donated"] == f"{seen('2.3')['donated']}"
