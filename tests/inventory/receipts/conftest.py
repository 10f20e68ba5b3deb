"""A supplier, a purchase that waits for greens, and who takes them in."""

import pytest

from inventory.purchases import purchasing
from tests import factories
from tests.inventory.receipts.forms import D


@pytest.fixture
def supplier(station):
    return factories.supplier(station, "农场")


@pytest.fixture
def greens(station):
    return factories.item(station, "青菜 2 斤", price="2.30", in_stock=10)


@pytest.fixture
def eggs(station):
    made = factories.item(station, "鸡蛋 30 枚", price="9.00", in_stock=0)
    type(made.record.product).objects.filter(pk=made.record.product_id).update(upc="6901234567892")
    return made


@pytest.fixture
def purchase(station, supplier, staff, greens):
    made = purchasing.draft(station, supplier, [(greens.pk, 2, 10, D("21.00"))], by=staff)
    purchasing.place(made, by=staff)
    return made


@pytest.fixture
def clerk(client, staff):
    client.force_login(staff)
    return client


@pytest.fixture
def receipt(station, greens, staff):
    return factories.received(station, greens, 5, "10.00", by=staff)
