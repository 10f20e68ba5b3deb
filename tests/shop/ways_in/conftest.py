import pytest

from shop.ways_in import cards
from tests import factories


@pytest.fixture
def new_door(grid):
    """3幢 1单元 301, of whom the register knows a name and a number that never logged in."""
    door = factories.household(grid, "3", "1", "301", floor=3)
    factories.person(door, "沈新来", phone="13800001234")
    return door


@pytest.fixture
def code(new_door, staff):
    """What stands on that door's card."""
    return cards.issue(new_door, by=staff)


@pytest.fixture
def sms(settings):
    """A gateway is on; what it would send stays in the outbox."""
    settings.SMS_GATEWAY = "console"
