"""登录和密码: one's own password, set or changed."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from shop.models import User
from shop.ways_in import cards, sessions

OLD, NEW = "wo-de-mima-1", "xin-de-mima-2"
PHONE = "13800001234"


def change(client, new=NEW, **said):
    return client.post(reverse("my-password"), {"new": new} | said)


@pytest.fixture
def by_card(client, new_door, code):
    """Somebody who has just come in with a card."""
    client.post(reverse("card"), {"code": code, "yes": "1", "phone": PHONE})
    return User.objects.get(phone=PHONE)


@pytest.fixture
def with_password(client, resident):
    resident.set_password(OLD)
    resident.save()
    client.post(reverse("login"), {"username": resident.phone, "password": OLD})
    return resident


def test_who_came_in_by_card_may_set_a_first_one(client, by_card):
    page = client.get(reverse("my-login"))
    assert list(page.context["password_form"].fields) == ["new"]
    assert PHONE not in page.text
    assert change(client).url == reverse("my-login")
    assert client.get(reverse("my-home")).status_code == 200  # still in
    client.logout()
    said = {"username": PHONE, "password": NEW}
    assert client.post(reverse("login"), said).url == reverse("home")


def test_another_one_needs_the_old_one(client, with_password):
    assert "密码不对。" in change(client, old="falsch-1").text
    assert change(client).status_code == 400
    with_password.refresh_from_db()
    assert with_password.check_password(OLD)
    assert change(client, old=OLD).status_code == 302
    with_password.refresh_from_db()
    assert with_password.check_password(NEW)


def test_everybody_else_logged_in_as_them_is_out(client, with_password):
    elsewhere = Client()
    elsewhere.post(reverse("login"), {"username": with_password.phone, "password": OLD})
    assert elsewhere.get(reverse("my-home")).status_code == 200
    key = client.session.session_key
    change(client, old=OLD)
    assert client.session.session_key != key
    assert client.get(reverse("my-home")).status_code == 200
    assert elsewhere.get(reverse("my-home")).url.startswith(reverse("login"))


def test_a_forgotten_one_is_set_anew_right_after_coming_in_by_card(
    client, with_password, home, staff
):
    client.logout()
    said = {"code": cards.issue(home, by=staff), "yes": "1", "phone": with_password.phone}
    client.post(reverse("card"), said)
    assert change(client).status_code == 302
    with_password.refresh_from_db()
    assert with_password.check_password(NEW)
    # Half an hour later an open phone is not enough, also when its owner comes in on another one.
    session = client.session
    session[sessions.CAME_IN] -= timedelta(minutes=30).total_seconds()
    session.save()
    elsewhere = {"username": with_password.phone, "password": NEW}
    assert Client().post(reverse("login"), elsewhere).status_code == 302
    assert change(client, "noch-eins-33").status_code == 400
    with_password.refresh_from_db()
    assert with_password.check_password(NEW)


@pytest.mark.parametrize("weak", ["short", "12345678", "", "\x00" * 9, "x" * 129])
def test_a_weak_one_is_refused_in_our_words(client, by_card, weak):
    response = change(client, weak)
    assert response.status_code == 400
    assert "This" not in response.text
    by_card.refresh_from_db()
    assert not by_card.has_usable_password()


def test_an_open_phone_is_no_place_to_guess_it(client, with_password):
    for _ in range(8):
        assert change(client, old="falsch-1").status_code == 400
    assert change(client, old=OLD).status_code == 429
    with_password.refresh_from_db()
    assert with_password.check_password(OLD)


def test_who_is_not_logged_in_is_asked_to(client, db):
    assert client.get(reverse("my-login")).url.startswith(reverse("login"))
    for page in ("my-password", "second-factor"):
        assert client.post(reverse(page)).url.startswith(reverse("login"))


def test_who_has_no_door_gets_there_too(client, staff):
    client.force_login(staff)
    assert client.get(reverse("my-login")).status_code == 200
    assert f'href="{reverse("my-login")}"' in client.get(reverse("station-today")).text


@pytest.mark.parametrize("chosen", [True, False])
def test_a_volunteer_who_came_in_by_card_so_far_gets_a_password(client, by_card, station, chosen):
    """Also who has chosen one: nobody has ever seen whether that phone is theirs."""
    from delivery import duty

    if chosen:
        change(client)
    enlisted = duty.enlist(station, phone=PHONE, name="沈新来", capacity_g=1, max_stops=1)
    assert len(enlisted.password) == 10
    by_card.refresh_from_db()
    assert by_card.check_password(enlisted.password)
    assert client.get(reverse("my-home")).url.startswith(reverse("login"))
