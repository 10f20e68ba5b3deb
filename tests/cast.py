"""The cast: everybody whom a test may send to a page. All of them are `User`s.

`resident` and `neighbour` live next door to each other in `grid` of `station`; `building_leader`
looks after their building, `leader` after the whole grid. `stranger` has every role there is, at
another station.
"""

import pytest

from delivery.models import Grid, GridRole, Household
from inventory.models import Membership, Station
from tests import factories


@pytest.fixture
def station(db) -> Station:
    return factories.station("东湖驿站", code="donghu", phone="021-55550100")


@pytest.fixture
def grid(station) -> Grid:
    return factories.grid(station, "一网格", position=1)


@pytest.fixture
def home(grid) -> Household:
    """Where `resident` lives: 1幢 1单元 101."""
    return factories.household(grid, "1", "1", "101", floor=1, people_count=3)


@pytest.fixture
def resident(home):
    return factories.resident(home, "周居民")


@pytest.fixture
def neighbour(grid):
    return factories.resident(factories.household(grid, "1", "1", "102", floor=1), "吴邻居")


@pytest.fixture
def leader(grid):
    someone = factories.user("郑网格长")
    GridRole.objects.create(user=someone, grid=grid)
    return someone


@pytest.fixture
def building_leader(grid):
    someone = factories.user("王楼长")
    GridRole.objects.create(user=someone, grid=grid, building="1")
    return someone


@pytest.fixture
def staff(station):
    return factories.member(station, name="冯店员")


@pytest.fixture
def manager(station):
    return factories.member(station, Membership.Role.MANAGER, name="陈站长")


@pytest.fixture
def courier(station):
    return factories.volunteer(station, "褚志愿者").user


@pytest.fixture
def other_courier(station):
    return factories.volunteer(station, "卫志愿者").user


@pytest.fixture
def other_station(db) -> Station:
    return factories.station("西岭驿站", code="xiling")


@pytest.fixture
def stranger(other_station):
    elsewhere = factories.grid(other_station, "西一网格", position=1)
    someone = factories.volunteer(other_station, "蒋外人").user
    factories.person(factories.household(elsewhere), "蒋外人", user=someone)
    GridRole.objects.create(user=someone, grid=elsewhere)
    Membership.objects.create(station=other_station, user=someone, role=Membership.Role.MANAGER)
    return someone
