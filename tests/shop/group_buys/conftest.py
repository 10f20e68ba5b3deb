import pytest

from delivery.models import Household
from shop.group_buys import formats, placing
from shop.group_buys import plan as plans
from tests import factories


@pytest.fixture
def round(station):
    return factories.round(station)


@pytest.fixture
def eggs(station):
    return factories.item(station, "鲜鸡蛋", price="24.80", in_stock=100, unit="板", weight_g=1800)


@pytest.fixture
def potatoes(station):
    return factories.item(station, "土豆", price="11.50", in_stock=10, unit="袋", weight_g=2500)


@pytest.fixture
def door(grid):
    """12幢 2单元 302, whose phone is 138 0013 8000."""
    made = factories.household(grid, "12", "2", "302")
    factories.person(made, "钱女士", phone="13800138000")
    return made


@pytest.fixture
def other(grid):
    made = factories.household(grid, "12", "1", "101")
    factories.person(made, "孙先生", phone="13900139000")
    return made


@pytest.fixture
def make(round, station):
    """A plan of this export for the doors of the station."""

    def make(data: bytes, name: str = "团.xlsx", *, into=None, doors=None, **choices) -> plans.Plan:
        export = formats.parse(data, name)
        doors = Household.objects.of_station(station) if doors is None else doors
        return plans.make(into or round, export, doors, plans.Choices(**choices))

    return make


@pytest.fixture
def place(make, staff):
    """Places it, and says what came of it."""

    def place(data: bytes, name: str = "团.xlsx", **more) -> placing.Placed:
        return placing.place(make(data, name, **more), by=staff)

    return place
