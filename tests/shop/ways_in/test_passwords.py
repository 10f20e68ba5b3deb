"""登录 with a password, and how guessing is slowed down."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shop.models import LoginFailure
from shop.ways_in import addresses, guessing
from tests import factories

WORD = "wo-de-mima-1"
MOST = 8


def log_in(client, phone, password, **options):
    said = {"username": phone, "password": password}
    return client.post(reverse("login"), said, **options)


def fail(count, address="127.0.0.1"):
    for _ in range(count):
        guessing.take(guessing.of_address(address))


def test_the_number_as_people_type_it(client, db):
    factories.user(phone="13800009999", password=WORD)
    assert log_in(client, "+86 138-0000-9999", WORD).url == reverse("home")


def test_wrong_passwords_lock_the_phone_for_a_while_and_tell_nothing(client, db):
    factories.user(phone="13800009999", password=WORD)
    known = log_in(client, "13800009999", "falsch-1")
    unknown = log_in(client, "13800008888", "falsch-1")
    assert "手机号或密码不对。" in known.text
    assert "手机号或密码不对。" in unknown.text
    for _ in range(MOST - 1):
        log_in(client, "138 0000 9999", "falsch-1")
    locked = log_in(client, "13800009999", WORD)
    assert locked.status_code == 429
    assert "试的次数太多了，请过 15 分钟再来。" in locked.text
    LoginFailure.objects.update(at=timezone.now() - timedelta(minutes=15))
    assert log_in(client, "13800009999", WORD).status_code == 302


def test_right_passwords_lock_nobody_out(client, db):
    factories.user(phone="13800009999", password=WORD)
    for _ in range(MOST + 1):
        assert log_in(client, "13800009999", WORD).status_code == 302
        client.logout()
    assert not LoginFailure.objects.exists()


def test_a_stranger_locks_nobody_out_of_the_browser_they_were_in_with(client, db):
    factories.user(phone="13800009999", password=WORD)
    log_in(client, "13800009999", WORD)
    client.post(reverse("logout"))
    fail(60)  # also of who shares the address
    for _ in range(MOST):
        guessing.take(guessing.Limit("password", "13800009999", MOST))
    assert log_in(Client(), "13800009999", WORD).status_code == 429
    assert "13800009999" not in str(client.cookies)
    assert log_in(client, "13800009999", WORD).status_code == 302


def test_that_browser_is_no_place_to_guess_either(client, db):
    factories.user(phone="13800009999", password=WORD)
    factories.user(phone="13800008888", password=WORD)
    log_in(client, "13800009999", WORD)
    client.post(reverse("logout"))
    for _ in range(MOST):
        assert log_in(client, "13800009999", "falsch-1").status_code == 200
    assert log_in(client, "13800009999", WORD).status_code == 429
    # It was in as one of them; of any other number it is a browser like all.
    for _ in range(MOST):
        log_in(Client(), "13800008888", "falsch-1")
    assert log_in(client, "13800008888", WORD).status_code == 429
    # What nobody signed says nothing.
    client.cookies["was_in"] = "x" + client.cookies["was_in"].value
    assert log_in(client, "13800009999", WORD).status_code == 302


def test_a_known_phone_costs_the_same_work_as_an_unknown_one(client, db):
    factories.user(phone="13800009999", password=WORD)
    factories.user(phone="13800007777")  # came in by card: has no password at all
    client.get(reverse("login"))  # what is remembered from one request to the next
    counted = []
    for phone in ("13800009999", "13800007777", "13800008888"):
        with CaptureQueriesContext(connection) as queries:
            log_in(client, phone, "falsch-1")
        counted.append([re.sub(r"\d+|'[^']*'", "?", query["sql"]) for query in queries])
    assert counted[0] == counted[1] == counted[2]


def test_one_address_cannot_try_every_phone(client, db):
    fail(60)
    assert log_in(client, "13900000000", WORD).status_code == 429


def test_failures_keep_no_phone_and_no_address(client, db):
    log_in(client, "13800009999", "falsch-1", REMOTE_ADDR="10.1.2.3")
    kept = str(list(LoginFailure.objects.values_list("key", flat=True)))
    assert LoginFailure.objects.count() == 2
    assert "13800009999" not in kept
    assert "10.1.2.3" not in kept


def test_old_failures_are_forgotten(db):
    fail(2)
    LoginFailure.objects.filter(pk=LoginFailure.objects.first().pk).update(
        at=timezone.now() - timedelta(days=1, seconds=1)
    )
    guessing.forget_old()
    assert LoginFailure.objects.count() == 1


@pytest.mark.parametrize("field", ["username", "password"])
def test_odd_characters_are_no_error_page(client, db, field):
    said = {"username": "13800009999", "password": WORD} | {field: "\x00" * 3}
    assert client.post(reverse("login"), said).status_code == 200


def test_it_leads_back_to_where_they_wanted_to_go_and_nowhere_else(client, db):
    factories.user(phone="13800009999", password=WORD)
    said = {"username": "13800009999", "password": WORD}
    assert client.post(reverse("login"), said | {"next": "/orders/"}).url == "/orders/"
    client.logout()
    foreign = client.post(reverse("login"), said | {"next": "https://example.org/"})
    assert foreign.url == reverse("home")


def test_there_is_no_mixture_of_languages(client, db):
    response = client.post(reverse("login"), {}, headers={"accept-language": "de"})
    assert 'lang="zh-Hans"' in response.text
    assert "required" not in re.sub(r"<[^>]+>", " ", response.text)
    assert response.text.count("这个字段是必填项。") == 2


# --- behind a proxy --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, "10.0.0.9"),
        (0, "203.0.113.5", "10.0.0.9"),  # anybody may write that header
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "1.1.1.1, 203.0.113.5", "203.0.113.5"),
        (2, "1.1.1.1, 203.0.113.5 , 10.0.0.2", "203.0.113.5"),
        (1, None, "10.0.0.9"),
        (1, "", "10.0.0.9"),
        (2, "203.0.113.5", "10.0.0.9"),
        # One household has as many addresses of the new kind as it likes; its network is one.
        (1, "2001:db8:1:2:aaaa:bbbb:cccc:1", "2001:db8:1:2::"),
        (1, "2001:db8:1:2:ffff::2", "2001:db8:1:2::"),
        (1, "2001:db8:1:3::1", "2001:db8:1:3::"),
        (1, "::ffff:203.0.113.5", "203.0.113.5"),
        (1, "unknown", "unknown"),
    ],
)
def test_the_callers_address(rf, settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    request = rf.get("/login/", REMOTE_ADDR="10.0.0.9", headers=headers)
    assert addresses.of(request) == address


def test_one_guesser_behind_the_proxy_locks_out_only_themselves(client, db, settings):
    settings.TRUSTED_PROXIES = 1
    factories.user(phone="13800009999", password=WORD)
    fail(60, "203.0.113.5")
    guesser = log_in(client, "13800009999", WORD, headers={"X-Forwarded-For": "203.0.113.5"})
    assert guesser.status_code == 429
    other = log_in(client, "13800009999", WORD, headers={"X-Forwarded-For": "203.0.113.6"})
    assert other.status_code == 302
