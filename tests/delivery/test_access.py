"""Who may see what (DESIGN §2.9)."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from delivery import access
from inventory.access import manager_required, staff_required, stations_of
from tests import factories

ANONYMOUS = AnonymousUser()


@pytest.fixture
def superuser(station, other_station):
    return factories.user(is_superuser=True)


@pytest.fixture
def visit(rf):
    """Sends somebody to a guarded page and answers with the station they got."""

    def go(guard, user):
        @guard
        def page(request, pk):
            """A page."""
            return HttpResponse(f"{request.station.code} {pk}")

        assert page.__name__ == "page"
        assert page.__doc__ == "A page."
        request = rf.get("/station/?day=1")
        request.user = user
        return page(request, pk=7)

    return go


def test_stations(station, other_station, staff, manager, stranger, courier, resident, superuser):
    def codes(user, **asked):
        return [found.code for found in stations_of(user, **asked)]

    assert codes(staff) == codes(manager) == ["donghu"]
    assert codes(staff, manager=True) == []
    assert codes(manager, manager=True) == ["donghu"]
    assert codes(stranger) == codes(stranger, manager=True) == ["xiling"]
    assert codes(superuser) == codes(superuser, manager=True) == ["donghu", "xiling"]
    assert codes(courier) == codes(resident) == codes(ANONYMOUS) == []


def test_staff_pages_give_the_station_of_the_one_who_asks(visit, staff, manager, stranger):
    assert visit(staff_required, staff).content == b"donghu 7"
    assert visit(staff_required, manager).content == b"donghu 7"
    assert visit(staff_required, stranger).content == b"xiling 7"
    assert visit(manager_required, manager).content == b"donghu 7"


def test_a_superuser_gets_the_first_station(visit, superuser):
    assert visit(staff_required, superuser).content == b"donghu 7"
    assert visit(manager_required, superuser).content == b"donghu 7"


@pytest.mark.parametrize("who", ["courier", "resident", "leader"])
def test_who_does_not_work_here_is_refused(visit, who, request, station):
    user = request.getfixturevalue(who)
    for guard in (staff_required, manager_required):
        with pytest.raises(PermissionDenied):
            visit(guard, user)


def test_staff_do_not_pass_for_managers(visit, staff):
    with pytest.raises(PermissionDenied):
        visit(manager_required, staff)


def test_the_anonymous_are_asked_to_log_in(visit, db, settings):
    settings.LOGIN_URL = "/login/"
    answer = visit(staff_required, ANONYMOUS)
    assert answer.status_code == 302
    assert answer.url == "/login/?next=/station/%3Fday%3D1"


def test_household(resident, home, neighbour, staff):
    assert access.household_of(resident) == home
    assert access.household_of(neighbour).door == "1幢 1单元 102"
    assert access.household_of(staff) is None
    assert access.household_of(ANONYMOUS) is None


def test_leaders_look_after_their_doors_and_no_others(
    grid, home, neighbour, leader, building_leader, stranger, resident, station
):
    factories.household(grid, "2", room="201")
    factories.household(factories.grid(station, "二网格"), "1", room="301")

    def doors(user):
        return [household.door for household in access.leader_doors(user)]

    assert doors(building_leader) == ["1幢 1单元 101", "1幢 1单元 102"]
    assert doors(leader) == ["1幢 1单元 101", "1幢 1单元 102", "2幢 201"]
    assert len(doors(stranger)) == 1
    assert not set(doors(stranger)) & set(doors(leader))
    assert doors(resident) == doors(ANONYMOUS) == []


def test_volunteer(courier, resident):
    assert access.volunteer_of(courier) == courier.volunteer
    assert access.volunteer_of(resident) is None
    assert access.volunteer_of(ANONYMOUS) is None
    courier.volunteer.active = False
    courier.volunteer.save()
    assert access.volunteer_of(courier) is None
