"""A till that is open for `home`, and goods to sell."""

import pytest
from django.urls import reverse

from tests import factories


@pytest.fixture
def rice(station):
    item = factories.item(station, "大米", price="29.80", in_stock=10, unit="袋")
    item.record.product.upc = "6901234567892"
    item.record.product.save()
    return item


@pytest.fixture
def eggs(station):
    return factories.item(station, "鸡蛋", price="21.50", in_stock=10)


@pytest.fixture
def till(client, staff, home, rice, eggs) -> str:
    """The address of a sale to `home`, opened by `staff`."""
    client.force_login(staff)
    return client.post(reverse("station-counter"), {"door": home.pk}).url
