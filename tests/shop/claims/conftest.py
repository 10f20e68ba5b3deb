"""An order that reached its door, or did not."""

import pytest

from tests import factories


@pytest.fixture
def round(station):
    return factories.round(station)


@pytest.fixture
def cabbage(station):
    return factories.item(station, "白菜", price="2.30", in_stock=20)


@pytest.fixture
def tofu(station):
    return factories.item(station, "豆腐", price="3.00", in_stock=20)
