"""How doors get in, and how guessing is slowed down."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from delivery.models import Person
from shop import logins
from shop.models import AccessCode, LoginFailure
from tests import factories

WORD = "wo-de-mima-1"
REFUSED = "手机号和开通码对不上"


@pytest.fixture
def new_door(grid):
    door = factories.household(grid, "3", "1", "301", floor=3)
    factories.person(door, "沈新来", phone="13800001234")
    return door


@pytest.fixture
def code(new_door, staff):
    return logins.issue_code(new_door, by=staff)


def join(client, code, *, phone="138 0000 1234", password=WORD):
    return client.post(reverse("join"), {"phone": phone, "code": code, "password": password})


def test_a_door_joins_with_its_code_and_phone(client, new_door, code):
    assert join(client, f" {code[:4].lower()} {code[4:]}").url == reverse("home")
    assert Person.objects.get(household=new_door).user.phone == "13800001234"
    assert client.get(reverse("my-home")).context["household"] == new_door
    client.logout()
    response = client.post(reverse("login"), {"username": "+86 138-0000-1234", "password": WORD})
    assert response.url == reverse("home")


def test_a_code_works_once_for_a_week_and_for_its_own_door_only(
    client, new_door, code, grid, staff
):
    other = factories.household(grid, "3", "1", "302")
    factories.person(other, phone="13800005678")
    assert REFUSED in join(client, code, phone="13800005678").text
    assert REFUSED in join(client, "AAAA2222").text
    AccessCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert REFUSED in join(client, code).text
    again = logins.issue_code(new_door, by=staff)
    assert join(client, again).status_code == 302
    client.logout()
    assert REFUSED in join(client, again).text


def test_a_new_code_ends_the_old_one(client, new_door, code, staff):
    logins.issue_code(new_door, by=staff)
    assert REFUSED in join(client, code).text


def test_the_code_is_kept_as_a_hash_only(code):
    assert code not in str(AccessCode.objects.values().get())


def test_a_code_never_opens_a_working_account(client, new_door, code, station):
    worker = factories.member(station)
    Person.objects.filter(household=new_door).update(phone=worker.phone)
    response = join(client, code, phone=worker.phone)
    assert "请直接登录" in response.text
    assert not worker.has_usable_password()


@pytest.mark.parametrize("password", ["short", "12345678", ""])
def test_a_weak_password_is_refused_and_the_code_still_works(client, new_door, code, password):
    assert join(client, code, password=password).status_code == 400
    assert join(client, code).status_code == 302


def test_wrong_passwords_lock_the_phone_for_a_while_and_tell_nothing(client, db):
    factories.user(phone="13800009999", password=WORD)
    wrong = {"username": "13800009999", "password": "falsch-1"}
    known = client.post(reverse("login"), wrong)
    unknown = client.post(reverse("login"), wrong | {"username": "13800008888"})
    assert "手机号或密码不对。" in known.text
    assert "手机号或密码不对。" in unknown.text
    for _ in range(logins.MOST_PER_PHONE - 1):
        client.post(reverse("login"), wrong | {"username": "138 0000 9999"})
    locked = client.post(reverse("login"), {"username": "13800009999", "password": WORD})
    assert locked.status_code == 429
    assert "试的次数太多了，请过 15 分钟再来。" in locked.text
    LoginFailure.objects.update(at=timezone.now() - logins.WINDOW)
    right = client.post(reverse("login"), {"username": "13800009999", "password": WORD})
    assert right.status_code == 302


def test_one_address_cannot_try_every_phone(client, db):
    for number in range(logins.MOST_PER_ADDRESS):
        logins.note_failure(f"1380000{number:04d}", "127.0.0.1")
    response = client.post(reverse("login"), {"username": "13900000000", "password": WORD})
    assert response.status_code == 429


def test_failures_keep_no_phone(db):
    logins.note_failure("13800009999", "10.1.2.3")
    kept = str(list(LoginFailure.objects.values()))
    assert "13800009999" not in kept
    assert "10.1.2.3" not in kept


# --- handing out codes -----------------------------------------------------------------------


@pytest.mark.parametrize("who", ["staff", "manager", "leader"])
def test_those_who_look_after_a_door_hand_it_a_code(client, request, who, new_door):
    client.force_login(request.getfixturevalue(who))
    response = client.post(reverse("station-door-code", args=[new_door.pk]))
    code = response.context["code"]
    assert f"{code[:4]} {code[4:]}" in response.text
    assert response["Cache-Control"].startswith("max-age=0")


@pytest.mark.parametrize("who", ["resident", "courier", "building_leader", "stranger"])
def test_nobody_else_does(client, request, who, new_door):
    client.force_login(request.getfixturevalue(who))
    assert client.post(reverse("station-door-code", args=[new_door.pk])).status_code == 404
    assert AccessCode.objects.count() == 0
