"""Writing many rows at once."""

from contextlib import nullcontext
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from inventory import bulk
from inventory.models import Costing, Item
from tests import factories

#: Three values a row are more than SQLite takes as parameters of their own.
MANY = 12_000
MOMENT = datetime(2022, 4, 10, 8, 30, 0, 250, tzinfo=UTC)


@pytest.fixture
def items(station):
    return [factories.item(station, in_stock=0, weight_g=100) for _ in range(3)]


def weights() -> list[int]:
    return list(Item.objects.order_by("pk").values_list("weight_g", flat=True))


def test_only_what_is_as_expected_is_changed(items):
    first, second, _third = items
    assert bulk.update(Item, "weight_g", {first.pk: (200, 100), second.pk: (300, 99)}) == 1
    assert weights() == [200, 100, 100]


def test_a_column_is_filled(items):
    assert bulk.fill(Item, "weight_g", dict.fromkeys([item.pk for item in items], 7)) == 3
    assert weights() == [7, 7, 7]
    assert bulk.fill(Item, "weight_g", {}) == 0


def test_money_is_added_to_the_fen(items):
    """In floating point 0.30 − 0.10 − 0.10 − 0.10 is below zero."""
    record = items[0].record
    type(record).objects.filter(pk=record.pk).update(price=Decimal("0.30"))
    for _ in range(3):
        bulk.add_money(type(record), "price", {record.pk: Decimal("-0.10")})
    assert type(record).objects.filter(pk=record.pk, price__gte=0).get().price == 0


def statements(write) -> int:
    with CaptureQueriesContext(connection) as captured:
        write()
    return len(captured)


@pytest.mark.parametrize("rows", [3, MANY])
def test_many_rows_are_one_statement_as_few_are(items, rows):
    keys = range(items[-1].pk - rows + 1, items[-1].pk + 1)
    assert statements(lambda: bulk.fill(Item, "weight_g", dict.fromkeys(keys, rows))) == 1
    assert weights() == [rows] * 3
    both = dict.fromkeys(keys, (1, rows))
    assert statements(lambda: bulk.update(Item, "weight_g", both)) == 1
    assert weights() == [1] * 3


def costing(item, **changes) -> dict:
    """A row of figures, some of them finer than their column is."""
    figures = dict.fromkeys(("average_before", "average", "correction"), Decimal("-0.1234565"))
    figures |= dict.fromkeys(("cost_in", "price", "variance"), Decimal("12.345"))
    figures["book_value"] = Decimal("999999999999.99")
    row = {"item_id": item.pk, "units_before": 0, "units_in": 3, "price_before": None}
    return row | figures | {"by_id": None, "at": MOMENT} | changes


def stored() -> list[tuple]:
    """As the database has it, types and all."""
    columns = ", ".join(costing(Item()))
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {columns} FROM "{Costing._meta.db_table}" ORDER BY id')
        return cursor.fetchall()


def test_rows_are_written_as_the_orm_writes_them(items, staff):
    rows = [
        costing(items[0]),
        costing(items[0]),
        costing(items[1], price=Decimal("0.30"), price_before=Decimal("1E+2"), by_id=staff.pk),
        costing(items[2], cost_in=Decimal(0), at=MOMENT.replace(year=2023, microsecond=0)),
    ]
    bulk.insert(Costing, list(rows[0]), [list(row.values()) for row in rows])
    Costing.objects.bulk_create(Costing(**row) for row in rows)
    both = stored()
    assert both[: len(rows)] == both[len(rows) :]


def test_one_row_is_written_as_many_are(items):
    row = costing(items[0])
    bulk.insert(Costing, list(row), [list(row.values())])
    bulk.insert(Costing, list(row), [list(row.values()), list(costing(items[1]).values())])
    alone, first, _other = stored()
    assert alone == first


def test_truths_words_and_nothing_arrive_as_they_were(items):
    first, second, third = items
    bulk.fill(Item, "cold", {first.pk: True, second.pk: False, third.pk: True})
    assert list(Item.objects.filter(cold=True).order_by("pk")) == [first, third]
    words = {first.pk: """甲"'\\,[1]%s\n""", second.pk: "", third.pk: "null"}
    bulk.fill(Item, "shelf", words)
    assert dict(Item.objects.values_list("pk", "shelf")) == words
    bulk.fill(Item, "household_limit", {first.pk: 3, second.pk: None})
    limits = list(Item.objects.order_by("pk").values_list("household_limit", flat=True))
    assert limits == [3, None, None]


def test_what_a_column_cannot_hold_is_not_cut_off(items):
    """PostgreSQL refuses it; SQLite's columns hold anything."""
    refuses = connection.vendor == "postgresql"
    with pytest.raises(DataError) if refuses else nullcontext(), transaction.atomic():
        bulk.fill(Item, "shelf", {items[0].pk: "甲" * 101, items[1].pk: "乙"})
    kept = Item.objects.filter(pk__in=[items[0].pk, items[1].pk]).order_by("pk")
    words = ["", ""] if refuses else ["甲" * 101, "乙"]
    assert list(kept.values_list("shelf", flat=True)) == words


def test_no_rows_are_no_statement(items):
    assert statements(lambda: bulk.insert(Costing, ["item_id"], [])) == 0
    assert statements(lambda: bulk.update(Item, "weight_g", {})) == 0
