"""A farm, rice and eggs, and a purchase of both: drafted, or placed."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from inventory.models import Purchase, PurchaseLine, Receipt, ReceiptLine
from inventory.purchases import purchasing
from inventory.purchases.purchasing import Wanted
from tests import factories


@pytest.fixture
def farm(station):
    return factories.supplier(station, "青浦菜场", lead_days=1)


@pytest.fixture
def rice(station):
    return factories.item(station, "大米", price="29.80", in_stock=12)


@pytest.fixture
def eggs(station):
    return factories.item(station, "鸡蛋", price="27.50", in_stock=0)


@pytest.fixture
def drafted(station, farm, rice, eggs, staff):
    """10 packs of 5 bags of rice, 4 trays of eggs."""
    lines = [Wanted(rice.pk, 10, 5, Decimal("149.00")), Wanted(eggs.pk, 4, 1, None)]
    return purchasing.draft(station, farm, lines, by=staff, nonce=uuid4())


@pytest.fixture
def placed(drafted, staff):
    purchasing.place(drafted, by=staff)
    return drafted


def came(line: PurchaseLine, units: int, *, damaged: int = 0, by) -> None:
    """Something of a purchase line came, as a receipt says it."""
    receipt = Receipt.objects.create(
        station=line.purchase.station,
        supplier=line.purchase.supplier,
        purchase=line.purchase,
        fingerprint=uuid4().hex,
        nonce=uuid4(),
        by=by,
        at=timezone.now(),
    )
    ReceiptLine.objects.create(
        receipt=receipt,
        item=line.item,
        purchase_line=line,
        units=units,
        damaged=damaged,
        cost=Decimal(0),
    )


def asked(purchase: Purchase) -> dict[str, tuple[int, int]]:
    """Packs and units in a pack, by good."""
    return {
        line.item.record.product.title: (line.packs, line.pack_units)
        for line in purchase.lines.select_related("item__record__product")
    }


def line_of(purchase: Purchase, item) -> PurchaseLine:
    return purchase.lines.get(item=item)
