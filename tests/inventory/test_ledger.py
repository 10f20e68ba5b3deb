"""How many statements the ledger takes; what they write is in `tests/inventory/test_stock.py`."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory import ledger, stock
from inventory.errors import StockRefused
from inventory.ledger import Change
from inventory.models import Lot, Move, ReceiptLine
from tests import factories

#: Two values a row are more than SQLite takes as parameters of their own.
MANY = 17_000


@pytest.fixture
def records(station):
    return [factories.item(station, in_stock=50_000).record for _ in range(3)]


def statements(write) -> int:
    with CaptureQueriesContext(connection) as captured:
        write()
    return len(captured)


def test_many_promises_cost_what_few_cost(records):
    order = factories.order()

    def promise(count: int) -> int:
        promises = [
            stock.Promise(order.pk, records[number % 3].pk, 1, Decimal(number % 7))
            for number in range(count)
        ]
        return statements(lambda: stock.reserve(promises, at_todays_price=False))

    assert promise(3) == promise(MANY)
    assert Move.objects.filter(kind=Move.Kind.RESERVE).count() == MANY + 3


def test_many_goods_cost_what_few_cost(records):
    def change(count: int) -> int:
        there = max(record.pk for record in records)
        changes = [Change(pk, allocated=1) for pk in range(there - count + 1, there + 1)]
        found = set()
        cost = statements(lambda: found.update(ledger.change_counters(changes)))
        assert found == {record.pk for record in records}
        return cost

    assert change(3) == change(MANY) == 1
    records[0].refresh_from_db()
    assert records[0].num_allocated == 2


def test_many_lots_cost_what_few_cost(station, records):
    item = records[0].item
    cost, receipt = Decimal(1), factories.received(station, item)
    came = ReceiptLine.objects.bulk_create(
        ReceiptLine(receipt=receipt, item=item, units=2, cost=cost) for _ in range(MANY)
    )
    lots = Lot.objects.bulk_create(
        Lot(item=item, receipt_line=line, unit_cost=cost, units=2, at=receipt.at) for line in came
    )

    def take(count: int) -> int:
        changes = [Change(item.record_id, in_stock=-1, lot_id=lot.pk) for lot in lots[:count]]
        return statements(lambda: ledger.change_lots(changes))

    assert take(3) == take(MANY) == 1
    assert list(Lot.objects.filter(pk__gte=lots[0].pk, units=0).order_by("pk")) == lots[:3]
    with pytest.raises(StockRefused):
        take(4)
