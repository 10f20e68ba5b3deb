"""短信验证码: single-use, short-lived, and the same for a phone that nobody knows."""

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from delivery.models import GridRole, Person
from inventory.models import Membership
from shop.messaging import sealing
from shop.models import LoginCode, LoginFailure, Sending, User
from shop.ways_in import codes
from shop.ways_in.guessing import TooManyTries
from tests import factories

KNOWN, UNKNOWN = "13800001234", "13800008888"
REFUSED = "验证码不对，或者过期了。"

pytestmark = pytest.mark.usefixtures("sms")


def sent() -> str:
    """The code of the last text message in the outbox."""
    row = Sending.objects.filter(status="waiting").latest("pk")
    return json.loads(sealing.unseal(row.sealed))["params"]["code"]


def ask(client, phone=KNOWN, **options):
    return client.post(reverse("login-code"), {"phone": phone}, **options)


def say(client, code, phone=KNOWN, **more):
    return client.post(reverse("login-code"), {"phone": phone, "code": code} | more)


def a_minute_later():
    LoginFailure.objects.update(at=timezone.now() - timedelta(minutes=1))


def test_whom_the_register_knows_comes_in_and_has_a_login_from_then_on(client, new_door):
    ask(client, "138 0000 1234")
    assert say(client, f" {sent()} ").url == reverse("home")
    person = Person.objects.get(household=new_door)
    assert (person.user.phone, person.user.name) == (KNOWN, "沈新来")
    assert not person.user.has_usable_password()
    assert client.get(reverse("my-home")).context["household"] == new_door


def test_who_has_a_login_keeps_it(client, resident, home):
    ask(client, resident.phone)
    say(client, sent(), resident.phone)
    assert Person.objects.get(household=home).user == resident
    assert User.objects.count() == 1


def test_they_stay_in_for_a_year(client, new_door):
    ask(client)
    say(client, sent())
    assert client.session.get_expiry_age() > timedelta(days=364).total_seconds()


def test_it_leads_where_they_wanted_to_go(client, new_door):
    ask(client)
    assert say(client, sent(), next="/orders/").url == "/orders/"
    client.logout()
    a_minute_later()
    ask(client)
    assert say(client, sent(), next="//example.org/").url == reverse("home")


def test_a_code_works_once(client, new_door):
    ask(client)
    code = sent()
    say(client, code)
    client.logout()
    assert REFUSED in say(client, code).text


def test_a_code_works_for_ten_minutes(client, new_door):
    ask(client)
    row = LoginCode.objects.get()
    assert row.expires_at - row.at == timedelta(minutes=10)
    LoginCode.objects.update(expires_at=timezone.now())
    assert REFUSED in say(client, sent()).text


def test_a_new_code_ends_the_old_one(client, new_door):
    ask(client)
    old = sent()
    a_minute_later()
    ask(client)
    new = sent()
    assert REFUSED in say(client, old if old != new else "x").text
    assert say(client, new).status_code == 302


def test_a_code_is_for_its_own_phone(client, new_door, resident):
    ask(client)
    code = sent()
    ask(client, resident.phone)
    assert REFUSED in say(client, code, resident.phone).text if code != sent() else True


def test_five_guesses_and_the_phone_waits(client, new_door):
    ask(client)
    right = sent()
    for _ in range(5):
        assert REFUSED in say(client, "abcdef").text
    locked = say(client, right)
    assert locked.status_code == 429
    assert "试的次数太多了，请过 15 分钟再来。" in locked.text
    assert LoginCode.objects.get().used_at is None


def test_guesses_elsewhere_lock_nobody_out_of_the_browser_they_were_in_with(client, new_door):
    ask(client)
    say(client, sent())
    client.post(reverse("logout"))
    a_minute_later()
    ask(client)
    right = sent()
    for _ in range(5):
        assert REFUSED in say(Client(), "abcdef").text
    assert say(Client(), right).status_code == 429
    assert say(client, right).status_code == 302


def test_one_a_minute_five_an_hour_ten_a_day(new_door):
    codes.ask(KNOWN, "10.0.0.1")
    with pytest.raises(TooManyTries, match="请过 1 分钟再来"):
        codes.ask(KNOWN, "10.0.0.2")
    for number in range(4):
        a_minute_later()
        codes.ask(KNOWN, f"10.0.1.{number}")
    a_minute_later()
    with pytest.raises(TooManyTries, match="请过 1 小时再来"):
        codes.ask(KNOWN, "10.0.0.2")
    for number in range(5):
        LoginFailure.objects.update(at=timezone.now() - timedelta(hours=1))
        codes.ask(KNOWN, f"10.0.2.{number}")
    LoginFailure.objects.update(at=timezone.now() - timedelta(hours=1))
    with pytest.raises(TooManyTries, match="请过 24 小时再来"):
        codes.ask(KNOWN, "10.0.0.2")
    assert Sending.objects.count() == 10


def test_one_address_does_not_write_to_the_whole_village(new_door):
    for number in range(30):
        codes.ask(f"1380000{number:04d}", "10.0.0.1")
    with pytest.raises(TooManyTries):
        codes.ask(KNOWN, "10.0.0.1")
    codes.ask(KNOWN, "10.0.0.2")


# --- nothing tells whether a phone is registered ----------------------------------------------


def shown(response) -> str:
    """The page without what differs from one request to the next, and the number typed."""
    text = re.sub(
        r'csrfmiddlewaretoken" value="[^"]+"|X-CSRFToken[^}]+}|data-now="[^"]+"', "", response.text
    )
    return text.replace(KNOWN, "#").replace(UNKNOWN, "#")


def statements(queries) -> list[str]:
    return [re.sub(r"\d+|'[^']*'", "?", query["sql"]) for query in queries]


def test_the_answer_is_the_same_and_so_is_the_work(
    client, new_door, django_capture_on_commit_callbacks
):
    client.get(reverse("login"))  # what is remembered from one request to the next
    known, unknown = CaptureQueriesContext(connection), CaptureQueriesContext(connection)
    with known, django_capture_on_commit_callbacks() as woken:
        first = ask(client, KNOWN)
    with unknown, django_capture_on_commit_callbacks() as woken_too:
        second = ask(client, UNKNOWN)
    assert first.status_code == second.status_code == 200
    assert shown(first) == shown(second)
    assert statements(known) == statements(unknown)
    assert len(woken) == len(woken_too) == 1


def test_a_wrong_code_says_the_same_too_and_costs_the_same(client, new_door):
    ask(client, KNOWN)
    ask(client, UNKNOWN)
    known, unknown = CaptureQueriesContext(connection), CaptureQueriesContext(connection)
    with known:
        first = say(client, "abcdef", KNOWN)
    with unknown:
        second = say(client, "abcdef", UNKNOWN)
    assert shown(first) == shown(second)
    assert statements(known) == statements(unknown)


def test_nothing_is_sent_to_a_phone_nobody_has(client, db):
    ask(client, UNKNOWN)
    assert LoginCode.objects.count() == 1
    assert [(row.status, row.sealed) for row in Sending.objects.all()] == [("dropped", "")]


def test_the_code_of_a_phone_nobody_has_lets_nobody_in(client, db, monkeypatch):
    monkeypatch.setattr(codes.secrets, "randbelow", lambda most: 123456)
    ask(client, UNKNOWN)
    assert REFUSED in say(client, "123456", UNKNOWN).text
    assert not User.objects.exists()


def test_nor_that_of_a_login_that_is_shut(client, new_door, monkeypatch):
    factories.user(phone=KNOWN, is_active=False)
    monkeypatch.setattr(codes.secrets, "randbelow", lambda most: 123456)
    ask(client)
    assert Sending.objects.get().status == "dropped"
    assert REFUSED in say(client, "123456").text


def test_phone_and_code_are_kept_as_hashes(client, new_door):
    ask(client)
    kept = str(LoginCode.objects.values().get()) + str(list(Sending.objects.values()))
    assert KNOWN not in kept
    assert f"'{sent()}'" not in kept


def test_old_codes_are_forgotten(client, new_door):
    ask(client)
    codes.forget_old()
    assert LoginCode.objects.count() == 1
    LoginCode.objects.update(expires_at=timezone.now() - timedelta(days=1, seconds=1))
    codes.forget_old()
    assert not LoginCode.objects.exists()


# --- who works here ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "who", ["staff", "manager", "courier", "leader", "building_leader", "stranger"]
)
def test_who_works_here_needs_the_password(client, request, who):
    someone = request.getfixturevalue(who)
    ask(client, someone.phone)
    response = say(client, sent(), someone.phone)
    assert "请用密码登录" in response.text
    assert f'href="{reverse("login")}"' in response.text
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("work", ["staff", "leader", "volunteer", "superuser"])
def test_who_gets_work_is_out_until_they_say_a_password(client, new_door, station, grid, work):
    ask(client)
    say(client, sent())
    user = User.objects.get(phone=KNOWN)
    assert client.get(reverse("my-home")).status_code == 200
    if work == "staff":
        Membership.objects.create(station=station, user=user)
    elif work == "leader":
        GridRole.objects.create(user=user, grid=grid)
    elif work == "volunteer":
        user.volunteer = factories.volunteer(station)
        type(user.volunteer).objects.update(user=user)
    else:
        User.objects.update(is_superuser=True)
    for page in ("my-home", "station-today", "leader-doors", "courier-batches"):
        assert client.get(reverse(page)).url.startswith(reverse("login"))


# --- the page ---------------------------------------------------------------------------------


def test_the_login_page_offers_it_only_with_a_gateway(client, db, settings):
    link = f'href="{reverse("login-code")}'
    assert link in client.get(reverse("login")).text
    settings.SMS_GATEWAY = ""
    assert link not in client.get(reverse("login")).text
    assert client.get(reverse("login-code")).status_code == 404
    assert ask(client).status_code == 404
    assert not LoginCode.objects.exists()


@pytest.mark.parametrize("phone", ["", "12", "12345678901", "\x00", "1" * 50])
def test_what_is_no_phone_is_asked_for_again(client, db, phone):
    response = ask(client, phone)
    assert response.status_code == 400
    assert not LoginCode.objects.exists()


@pytest.mark.parametrize("code", ["", "\x00", "9" * 50])
def test_what_is_no_code_is_asked_for_again(client, new_door, code):
    ask(client)
    response = say(client, code)
    assert response.status_code == 400
    assert f'value="{KNOWN}"' in response.text


def test_the_phone_is_in_no_address(client, new_door):
    response = ask(client)
    assert response.status_code == 200  # no redirect that would have to carry it
    assert f"={KNOWN}" not in response.text
    assert response["Cache-Control"].startswith("max-age=0")
