"""`manage.py appoint`: how a real village gets its people."""

import io

import pytest
from django.core.management import CommandError, call_command

from delivery.models import GridRole
from inventory.models import Membership, Station
from shop.models import User
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


def test_a_second_job_keeps_the_password(station, monkeypatch):
    worker = factories.user("赵", phone="13800001234", password="lao-mima-1")
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
