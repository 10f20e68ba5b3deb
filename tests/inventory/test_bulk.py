"""Writing many rows at once."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory import bulk
from inventory.models import Item
from tests import factories


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


def test_more_rows_than_a_statement_takes(items):
    with CaptureQueriesContext(connection) as captured:
        bulk.fill(
            Item, "weight_g", dict.fromkeys(range(items[-1].pk - bulk.CHUNK, items[-1].pk + 1), 1)
        )
    assert len(captured) == 2
    assert weights() == [1, 1, 1]
