"""`manage.py appoint`: how a real village gets its people."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from delivery.models import GridRole
from inventory.models import Membership, Station
from shop import appointments
from shop.models import SecondFactor, User
from tests import factories


def appoint(monkeypatch, *arguments, password="hao-mima-2"):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    call_command("appoint", *arguments, "--password-stdin", stdout=io.StringIO())


def test_a_manager_for_an_empty_database(db, monkeypatch):
    appoint(monkeypatch, "+86 138-0000-1234", "张站长", "--as", "manager")
    user = User.objects.get(phone="13800001234")
    assert user.check_password("hao-mima-2")
    membership = Membership.objects.get(user=user)
    assert (membership.role, membership.station.code) == ("manager", "station")
    assert user.has_perm("partner.dashboard_access")
    assert list(membership.station.partner.users.all()) == [user]
    assert not user.is_staff


def test_a_leader_of_a_building(grid, monkeypatch):
    appoint(
        monkeypatch,
        "13800001234",
        "李楼长",
        "--as",
        "leader",
        "--grid",
        "一网格",
        "--building",
        "3",
    )
    role = GridRole.objects.get()
    assert (role.grid, role.building, role.user.name) == (grid, "3", "李楼长")


def test_the_first_job_comes_with_a_password_of_its_own(station, monkeypatch):
    """Whoever has a door card may have typed this number, and set a password for it."""
    resident = factories.user("赵", phone="13800001234", password="lao-mima-1")
    appoint(monkeypatch, "13800001234", "赵", "--as", "staff", "--station", "donghu")
    resident.refresh_from_db()
    assert resident.check_password("hao-mima-2")


def test_a_second_job_keeps_the_password(station, grid, monkeypatch):
    worker = factories.user("赵", phone="13800001234", password="lao-mima-1")
    GridRole.objects.create(user=worker, grid=grid)
    appoint(monkeypatch, "13800001234", "赵", "--as", "staff", "--station", "donghu")
    worker.refresh_from_db()
    assert worker.check_password("lao-mima-1")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("12345", "张", "--as", "staff"), "12345"),
        (("13800001234", "张", "--as", "leader"), "请用 --grid 说明是哪个网格：一网格。"),
        (("13800001234", "张", "--as", "staff", "--station", "xx"), "没有代码是 xx 的驿站"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_nobody_is_made(grid, monkeypatch, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        appoint(monkeypatch, *arguments)
    assert User.objects.count() == 0
    assert Station.objects.count() == 1


def test_a_weak_password_appoints_nobody(station, monkeypatch):
    with pytest.raises(CommandError, match=r"密码|password"):
        appoint(monkeypatch, "13800001234", "张", "--as", "staff", password="123")
    assert User.objects.count() == 0
    assert Membership.objects.count() == 0


# --- the end of it ---------------------------------------------------------------------------


def test_who_is_no_longer_manager_loses_the_catalogue(client, station, manager):
    appointments.work_at(station, manager, "manager")
    appointments.work_at(station, manager, "staff")
    manager = User.objects.get(pk=manager.pk)
    assert not manager.has_perm("partner.dashboard_access")
    assert not station.partner.users.exists()
    client.force_login(manager)
    assert client.get(reverse("dashboard:catalogue-category-list")).status_code == 403
    assert client.get(reverse("station-today")).status_code == 200


def test_a_manager_of_another_station_keeps_it(station, other_station, manager):
    appointments.work_at(station, manager, "manager")
    appointments.work_at(other_station, manager, "manager")
    appointments.work_at(station, manager, "staff")
    manager = User.objects.get(pk=manager.pk)
    assert manager.has_perm("partner.dashboard_access")
    assert list(manager.partners.all()) == [other_station.partner]


@pytest.mark.parametrize("way", [("--as", "none"), ("--end",)])
def test_work_ends_at_once(client, grid, station, manager, monkeypatch, way):
    appointments.work_at(station, manager, "manager")
    appointments.lead(grid, manager)
    client.force_login(manager)
    appoint(monkeypatch, manager.phone, *way)
    assert not Membership.objects.exists()
    assert not GridRole.objects.exists()
    assert not User.objects.get(pk=manager.pk).has_perm("partner.dashboard_access")
    for page in ("station-today", "leader-doors", "dashboard:catalogue-product-list"):
        assert client.get(reverse(page)).status_code == 403


def test_one_leaders_place_ends_and_the_rest_stays(grid, station, staff, monkeypatch):
    other = factories.grid(station, "二网格")
    for place, building in [(grid, ""), (grid, "3"), (other, "")]:
        appointments.lead(place, staff, building)
    appoint(monkeypatch, staff.phone, "--end", "--grid", "一网格", "--building", "3")
    assert {(role.grid, role.building) for role in GridRole.objects.all()} == {
        (grid, ""),
        (other, ""),
    }
    appoint(monkeypatch, staff.phone, "--end", "--grid", "一网格")
    assert GridRole.objects.get().grid == other
    assert Membership.objects.filter(user=staff).exists()


def test_another_stations_work_goes_on(station, stranger, monkeypatch):
    with pytest.raises(CommandError, match="在东湖驿站没有这样的工作"):
        appoint(monkeypatch, stranger.phone, "--end", "--station", "donghu")
    assert stranger.memberships.exists()
    assert stranger.grid_roles.exists()


# --- a forgotten password --------------------------------------------------------------------


def test_a_worker_gets_a_new_password(courier, client, monkeypatch):
    client.force_login(courier)
    appoint(monkeypatch, courier.phone, "--reset-password", password="xin-mima-33")
    courier.refresh_from_db()
    assert courier.check_password("xin-mima-33")
    # Whoever was logged in with the old one is not any more.
    assert client.get(reverse("courier-batches")).status_code == 302
    assert not Membership.objects.exists()


def test_a_weak_new_password_is_refused(courier, monkeypatch):
    with pytest.raises(CommandError):
        appoint(monkeypatch, courier.phone, "--reset-password", password="123")
    courier.refresh_from_db()
    assert not courier.has_usable_password()


def test_a_lost_second_factor_is_ended(manager, client, monkeypatch):
    with pytest.raises(CommandError, match="没有开第二步"):
        appoint(monkeypatch, manager.phone, "--reset-second-factor")
    SecondFactor.objects.create(user=manager, sealed_key="x")
    client.force_login(manager)
    appoint(monkeypatch, manager.phone, "--reset-second-factor")
    assert not SecondFactor.objects.exists()
    assert client.get(reverse("station-today")).status_code == 302


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("13800001234", "--reset-password"), "没有用这个手机号登录的人"),
        (("13800001234", "--reset-second-factor"), "没有用这个手机号登录的人"),
        (("13800001234", "--end"), "没有用这个手机号登录的人"),
        (("13800001234", "--as", "staff"), "请写上姓名"),
        (("13800001234", "张"), "请用 --as 说明"),
        (("13800001234", "张", "--as", "staff", "--end"), "--end"),
    ],
)
def test_what_is_missing_is_one_sentence(station, monkeypatch, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        appoint(monkeypatch, *arguments)
    assert User.objects.count() == 0
