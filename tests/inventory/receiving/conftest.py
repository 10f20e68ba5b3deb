"""A supplier who brings greens and eggs, and how a delivery is taken in or refused."""

from contextlib import contextmanager
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction

from inventory.errors import StationError
from inventory.models import Costing, Lot, Move, Receipt, ReceiptLine, ReceiptPhoto
from inventory.purchases import purchasing
from inventory.receipts import receiving
from inventory.receipts.receiving import Came
from tests import factories

D = Decimal


@pytest.fixture
def supplier(station):
    return factories.supplier(station, "农场")


@pytest.fixture
def greens(station):
    return factories.item(station, "青菜", price="2.30", in_stock=10)


@pytest.fixture
def eggs(station):
    return factories.item(station, "鸡蛋", price="9.00", in_stock=0, weight_g=1500)


@pytest.fixture
def take(station, supplier, staff):
    """Receives lines `(item, units, cost)`; everything else by keyword."""

    def take(*lines, **fields):
        fields.setdefault("nonce", uuid4())
        came = [
            line if isinstance(line, Came) else Came(line[0].pk, line[1], Decimal(line[2]))
            for line in lines
        ]
        return receiving.receive(station, supplier, came, by=staff, **fields)

    return take


@pytest.fixture
def bought(station, supplier, staff):
    """A placed purchase of `(item, packs, units a pack)`."""

    def bought(*lines):
        wanted = [(item.pk, packs, units, None) for item, packs, units in lines]
        purchase = purchasing.draft(station, supplier, wanted, by=staff)
        purchasing.place(purchase, by=staff)
        return purchase

    return bought


def left(purchase) -> list[int]:
    return [units for _line, units in purchasing.outstanding(purchase)]


def status(purchase) -> str:
    purchase.refresh_from_db()
    return purchase.status


def stock_and_price(item):
    item.record.refresh_from_db()
    return item.record.num_in_stock, item.record.price


def everything() -> list[int]:
    models = (Receipt, ReceiptLine, ReceiptPhoto, Lot, Move, Costing)
    return [model.objects.count() for model in models]


@contextmanager
def refused(error: type[StationError], sentence: str):
    """Says so, and nothing was written."""
    before = everything()
    with pytest.raises(error, match=sentence) as raised, transaction.atomic():
        yield raised
    assert everything() == before
