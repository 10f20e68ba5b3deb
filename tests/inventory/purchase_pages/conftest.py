"""A farm's offers, a drafted purchase, and who posts and reads its pages."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from inventory.purchases import purchasing
from inventory.purchases.purchasing import Wanted
from tests import factories


@pytest.fixture
def farm(station):
    return factories.supplier(
        station, "青浦菜场", contact="老陈", phone="021-55550001", minimum_order=Decimal("500")
    )


@pytest.fixture
def rice(station, farm):
    item = factories.item(station, "大米", unit="袋")
    factories.offer(farm, item, 5, pack_price=Decimal("140.00"), code="DM5")
    return item


@pytest.fixture
def eggs(station, farm):
    item = factories.item(station, "鸡蛋", unit="板")
    factories.offer(farm, item, 1, pack_price=None)
    return item


@pytest.fixture
def drafted(station, farm, rice, eggs, staff):
    lines = [Wanted(rice.pk, 10, 5, Decimal("140.00")), Wanted(eggs.pk, 4)]
    return purchasing.draft(station, farm, lines, by=staff)


@pytest.fixture
def post(client, staff):
    client.force_login(staff)

    def send(name, pk, **data):
        return client.post(reverse(name, args=[pk]), {"nonce": str(uuid4())} | data)

    return send


@pytest.fixture
def get(client, staff):
    client.force_login(staff)
    return lambda name, *args: client.get(reverse(name, args=args))


def asked(purchase) -> dict[str, int]:
    lines = purchase.lines.select_related("item__record__product")
    return {line.item.record.product.title: line.packs for line in lines}


def packs(purchase, **counts) -> dict[str, str]:
    """What the form sends for the lines of these goods, by title."""
    lines = purchase.lines.select_related("item__record__product")
    keys = {line.item.record.product.title: line.pk for line in lines}
    return {f"packs-{keys[title]}": str(count) for title, count in counts.items()}
