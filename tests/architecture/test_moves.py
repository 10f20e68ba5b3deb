"""The tables of moves tell the truth: every change of a status goes through them."""

import ast
from pathlib import Path

import pytest

from delivery.models import Batch, Parcel, Round, Stop
from inventory.models import Purchase, StockCount
from shop.models import CashSlip, Refund, StripePayment
from tests import factories

ROOT = Path(__file__).parents[2]
#: The one place that writes the column.
MOVER = ROOT / "inventory" / "moving.py"


def writes_of_status(source: str) -> list[int]:
    """Lines that write a `status` past `move`: `update(status=…)`, or a list of columns with it."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, keywords = node.func.attr, {keyword.arg for keyword in node.keywords}
        columns = {value.value for value in ast.walk(node) if isinstance(value, ast.Constant)}
        if (name == "update" and "status" in keywords) or (
            name in {"bulk_update", "save"} and "status" in columns
        ):
            lines.append(node.lineno)
    return lines


def test_nothing_writes_a_status_past_its_table():
    apps = [*(ROOT / "delivery").rglob("*.py"), *(ROOT / "inventory").rglob("*.py")]
    rules = [path for path in apps if "migrations" not in path.parts]
    found = {path.name: writes_of_status(path.read_text()) for path in rules if path != MOVER}
    assert {name: lines for name, lines in found.items() if lines} == {}
    assert writes_of_status(MOVER.read_text())


@pytest.mark.parametrize(
    "source",
    [
        "rows.filter(pk=1).update(status=x)",
        "rows.bulk_update(these, ['courier', 'status'])",
        "row.save(update_fields=['status'])",
    ],
)
def test_such_writes_are_found(source):
    assert writes_of_status(source) == [1]


@pytest.mark.parametrize(
    "model", [Round, Batch, Parcel, Stop, Purchase, StockCount, CashSlip, StripePayment, Refund]
)
def test_every_status_is_in_its_table(model):
    assert set(model.MOVES) == set(model.Status)


def test_a_move_that_the_table_does_not_know_is_refused(station):
    round = factories.round(station, status="closed")
    with pytest.raises(AssertionError, match="Round: closed -> open"):
        Round.objects.move({"closed"}, "open")
    round.refresh_from_db()
    assert round.status == "closed"


def test_only_what_is_there_moves(station):
    planned = factories.round(station, "1", status="planned")
    factories.round(station, "2", status="closed")
    assert Round.objects.move({Round.Status.PLANNED}, Round.Status.OPEN) == 1
    planned.refresh_from_db()
    assert planned.status == "open"
    assert Round.objects.move({"open"}, "open", name="3") == 1
