"""门卡: what a card opens, for whom, and when it ends."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from delivery import households
from delivery.models import GridRole, Person
from shop import tasks
from shop.models import DoorCard, LoginFailure, User
from shop.ways_in import cards, people, sessions
from shop.ways_in.guessing import TooManyTries
from tests import factories

REFUSED = "卡上的码和手机号对不上，或者卡已经用过、作废、过期了。"
HERE = "10.0.0.1"
NEW = "13700000001"


def type_code(client, code):
    return client.post(reverse("card"), {"code": code})


def come_in(client, code, phone="138 0000 1234", **said):
    return client.post(reverse("card"), {"code": code, "yes": "1", "phone": phone} | said)


def live() -> DoorCard:
    return DoorCard.objects.get(ended_at=None)


# --- the page ---------------------------------------------------------------------------------


def test_the_door_is_named_only_to_who_knows_the_code(client, new_door, code):
    assert "3幢" not in client.get(reverse("card")).text
    asked = type_code(client, f" {code[:4].lower()} {code[4:]}")
    assert "您是 3幢 1单元 301 这一户吗？" in asked.text
    assert "沈新来" not in asked.text
    assert "13800001234" not in asked.text
    wrong = type_code(client, "AAAA2222")
    assert wrong.status_code == 400
    assert REFUSED in wrong.text
    assert "301" not in wrong.text


def test_a_look_at_the_door_uses_nothing_up(client, code):
    type_code(client, code)
    assert live().bound_at is None
    assert not LoginFailure.objects.exists()


def test_a_card_lets_a_phone_in_without_sms_and_without_password(client, new_door, code):
    assert come_in(client, code).url == reverse("home")
    person = Person.objects.get(household=new_door)
    assert (person.user.phone, person.user.name) == ("13800001234", "沈新来")
    assert not person.user.has_usable_password()
    assert client.get(reverse("my-home")).context["household"] == new_door
    assert client.session.get_expiry_age() > 364 * 24 * 3600


def test_o_and_0_i_and_1_are_the_same(client, new_door, staff, monkeypatch):
    monkeypatch.setattr(cards, "_new_code", lambda: "00112222")
    cards.issue(new_door, by=staff)
    assert type_code(client, "oOiL-2222").status_code == 200


def test_the_code_is_in_no_address_and_no_page_is_kept(client, new_door, code):
    asked = type_code(client, code)
    assert asked.status_code == 200  # no redirect that would have to carry it
    assert asked["Cache-Control"].startswith("max-age=0")
    assert asked["Referrer-Policy"] == "same-origin"
    assert code not in come_in(client, code).url


@pytest.mark.parametrize("phone", ["", "12", "021-57920000", "\x00", "1" * 50])
def test_what_is_no_mobile_is_asked_for_again_and_uses_nothing_up(client, new_door, code, phone):
    response = come_in(client, code, phone)
    assert response.status_code == 400
    assert "您是 3幢 1单元 301 这一户吗？" in response.text
    assert live().bound_at is None


@pytest.mark.parametrize("typed", ["", "\x00" * 8, "9" * 21, "'; --"])
def test_odd_codes_are_a_sentence(client, db, typed):
    response = type_code(client, typed)
    assert response.status_code == 400
    assert "error" in response.text


# --- one phone, once --------------------------------------------------------------------------


def test_a_used_card_is_dead_for_everybody(client, new_door, code):
    come_in(client, code)
    client.logout()
    assert REFUSED in type_code(client, code).text
    assert REFUSED in come_in(client, code).text
    assert REFUSED in come_in(client, code, NEW).text
    assert not Person.objects.filter(phone=NEW).exists()


def test_a_page_whose_answer_was_lost_is_sent_again(new_door, code):
    """The network of a stairwell: the card is bound, and the phone never heard of it."""
    page = Client()
    nonce = type_code(page, code).context["nonce"]
    assert come_in(page, code, nonce=nonce).url == reverse("home")
    # As the browser sends it again: with the cookies from before.
    again = Client()
    assert come_in(again, code, nonce=nonce).url == reverse("home")
    assert again.get(reverse("my-home")).status_code == 200
    assert new_door.people.count() == 1
    # Another phone, another page, or the same one long after are not that page.
    for said in ({"phone": NEW, "nonce": nonce}, {"nonce": uuid4()}, {"nonce": "x"}, {}):
        assert come_in(Client(), code, **said).status_code == 400
    DoorCard.objects.update(bound_at=timezone.now() - timedelta(minutes=11))
    assert come_in(Client(), code, nonce=nonce).status_code == 400


def test_a_second_tap_of_who_is_logged_in_is_the_first(client, new_door, code):
    login = factories.user(phone="13800001234")
    client.force_login(login)
    for _tap in range(2):
        assert client.post(reverse("card"), {"code": code, "yes": "1"}).url == reverse("home")
    assert new_door.people.get().user == login


def test_a_number_nobody_knows_is_written_into_the_register(client, new_door, code):
    come_in(client, code, NEW)
    person = Person.objects.get(phone=NEW)
    assert (person.household, person.user.phone, person.name) == (new_door, NEW, "")
    assert live().added
    assert live().bound_to == person.user


def test_a_phone_that_lost_its_session_comes_back_with_a_new_card(client, new_door, code, staff):
    come_in(client, code, NEW)
    client.logout()
    come_in(client, cards.issue(new_door, by=staff), NEW)
    assert User.objects.filter(phone=NEW).count() == 1
    assert Person.objects.filter(phone=NEW).count() == 1
    assert client.get(reverse("my-home")).context["household"] == new_door


def test_a_second_phone_of_the_family_gets_a_card_of_its_own(client, new_door, code, staff):
    come_in(client, code)
    client.logout()
    come_in(client, cards.issue(new_door, by=staff), NEW)
    assert DoorCard.objects.filter(ended_at=None).exclude(bound_at=None).count() == 2


def test_whose_number_is_on_another_doors_register_does_not_come_in(client, new_door, code, home):
    factories.person(home, "别人", phone=NEW)
    refused = come_in(client, code, NEW)
    assert refused.status_code == 400
    assert REFUSED in refused.text
    assert not User.objects.filter(phone=NEW).exists()
    assert live().bound_at is None


def test_nor_who_has_a_login_elsewhere(client, new_door, code, neighbour):
    assert REFUSED in come_in(client, code, neighbour.phone).text
    assert Person.objects.get(user=neighbour).household != new_door
    Person.objects.all().delete()  # moved out of there: still somebody's login
    assert REFUSED in come_in(client, code, neighbour.phone).text


def test_nor_whose_login_is_shut(client, new_door, code):
    factories.user(phone="13800001234", is_active=False)
    assert REFUSED in come_in(client, code).text
    assert live().bound_at is None


def test_a_card_takes_nobodys_login_away_from_another_door(client, new_door, code, neighbour):
    """Whoever has their own door registered at a poster may write a neighbour's number."""
    old = Person.objects.get(user=neighbour).household
    factories.person(new_door, "沈新来", phone=neighbour.phone)
    assert REFUSED in come_in(client, code, neighbour.phone).text
    assert Person.objects.get(user=neighbour).household == old
    assert client.get(reverse("my-home")).url.startswith(reverse("login"))
    # Once the other door's register names the number no more, the login is this door's.
    households.move_out(old, by=neighbour)
    assert come_in(client, code, neighbour.phone).url == reverse("home")
    assert Person.objects.get(user=neighbour).household == new_door


def test_who_moved_within_the_village_and_is_logged_in_comes_along(
    client, new_door, code, neighbour, staff
):
    old = Person.objects.get(user=neighbour).household
    spare = cards.issue(old, by=staff)
    bound = cards.issue(old, by=staff)
    assert cards.bind(bound, neighbour.phone, HERE) == neighbour
    factories.person(new_door, "吴邻居", phone=neighbour.phone)
    client.force_login(neighbour)
    assert client.post(reverse("card"), {"code": code, "yes": "1"}).url == reverse("home")
    assert Person.objects.get(user=neighbour).household == new_door
    # The card of the old door is not theirs any more.
    assert list(DoorCard.objects.filter(ended_at=None).values_list("household", flat=True)) == [
        new_door.pk
    ]
    assert spare != bound


# --- who works here ---------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["staff", "manager", "courier", "leader"])
def test_a_card_never_opens_a_working_account(client, request, who, new_door, code):
    worker = request.getfixturevalue(who)
    Person.objects.filter(household=new_door).update(phone=worker.phone)
    response = come_in(client, code, worker.phone)
    assert "请用密码登录" in response.text
    assert f'href="{reverse("login")}?next={reverse("card")}"' in response.text
    assert "_auth_user_id" not in client.session
    assert not Person.objects.exclude(user=None).exists()
    assert live().bound_at is None


@pytest.mark.parametrize("who", ["courier", "staff", "manager", "leader"])
def test_who_is_logged_in_adds_their_door_without_typing_a_number(
    client, request, who, new_door, code
):
    someone = request.getfixturevalue(who)
    client.force_login(someone)
    asked = type_code(client, code)
    assert "您是 3幢 1单元 301 这一户吗？" in asked.text
    assert 'name="phone"' not in asked.text
    assert client.post(reverse("card"), {"code": code, "yes": "1"}).url == reverse("home")
    assert Person.objects.get(user=someone).household == new_door
    assert client.get(reverse("my-home")).context["household"] == new_door


def test_who_is_logged_in_and_lives_elsewhere_does_not_change_doors_by_card(
    client, neighbour, new_door, code
):
    client.force_login(neighbour)
    response = client.post(reverse("card"), {"code": code, "yes": "1"})
    assert REFUSED in response.text
    assert Person.objects.get(user=neighbour).household != new_door
    assert live().bound_at is None


@pytest.mark.parametrize(
    ("who", "page"),
    [
        ("courier", "courier-batches"),
        ("staff", "station-today"),
        ("manager", "station-today"),
        ("leader", "leader-doors"),
    ],
)
def test_between_home_and_work(client, request, who, page, home):
    someone = request.getfixturevalue(who)
    client.force_login(someone)
    to_shop, to_card = f'href="{reverse("home")}"', f'href="{reverse("card")}"'
    text = client.get(reverse(page)).text
    assert to_card in text
    factories.person(home, user=someone, phone=someone.phone)
    text = client.get(reverse(page)).text
    assert to_shop in text
    assert to_card not in text
    assert f'href="{reverse(page)}"' in client.get(reverse("my-home")).text


def test_a_resident_sees_no_way_to_anybodys_work(client, resident):
    client.force_login(resident)
    text = client.get(reverse("my-home")).text
    for page in ("station-today", "courier-batches", "leader-doors", "leader-cards"):
        assert f'href="{reverse(page)}"' not in text


def test_nobody_without_a_door_is_left_without_a_way(client, db):
    client.force_login(factories.user())
    assert f'href="{reverse("card")}"' in client.get(reverse("home")).text


# --- guessing ---------------------------------------------------------------------------------


def test_who_found_a_card_does_not_try_numbers_for_long(new_door, code, grid):
    for number in range(10):
        other = factories.household(grid)
        factories.person(other, phone=f"1360000{number:04d}")
        with pytest.raises(cards.CardRefused):
            cards.bind(code, f"1360000{number:04d}", f"10.0.0.{number}")
    with pytest.raises(TooManyTries):
        cards.bind(code, NEW, "10.0.0.99")
    # As long for a code that is none: that they are told apart would tell something.
    for number in range(10):
        with pytest.raises(cards.CardRefused):
            cards.door_of("AAAA2222", f"10.0.0.{number}")
    with pytest.raises(TooManyTries):
        cards.door_of("AAAA2222", "10.0.0.99")


def test_one_address_does_not_try_cards_for_long(client, new_door, code):
    for number in range(60):
        assert type_code(client, f"AAAA{number:04d}").status_code == 400
    locked = type_code(client, code)
    assert locked.status_code == 429
    assert "试的次数太多了" in locked.text
    assert "301" not in locked.text


def test_one_number_does_not_try_cards_for_long(new_door, code, neighbour, staff):
    for number in range(8):
        other = cards.issue(factories.household(new_door.grid), by=staff)
        with pytest.raises(cards.CardRefused):
            cards.bind(other, neighbour.phone, f"10.0.0.{number}")
    with pytest.raises(TooManyTries):
        cards.bind(code, neighbour.phone, "10.0.0.99")


def test_who_has_no_card_locks_nobodys_number_out(new_door, code):
    for number in range(20):
        with pytest.raises(cards.CardRefused):
            cards.bind(f"AAAA{number:04d}", NEW, f"10.0.0.{number}")
    assert cards.bind(code, NEW, "10.0.0.99").phone == NEW


# --- cards end --------------------------------------------------------------------------------


def test_a_new_card_ends_the_old_one(client, new_door, code, staff):
    cards.issue(new_door, by=staff)
    assert REFUSED in type_code(client, code).text


def test_the_code_is_kept_as_a_hash_only(code):
    assert code not in str(DoorCard.objects.values().get())


def test_a_card_waits_thirty_days_for_its_phone(client, new_door, code, monkeypatch):
    issued = live().issued_at
    monkeypatch.setattr(timezone, "now", lambda: issued + cards.VALID - timedelta(seconds=1))
    assert cards.door_of(code, "198.51.100.7") == new_door
    assert cards.end_old() == 0
    monkeypatch.setattr(timezone, "now", lambda: issued + cards.VALID)
    with pytest.raises(cards.CardRefused, match="过期了"):
        cards.door_of(code, "198.51.100.7")
    tasks.forget_old_tries()
    assert not DoorCard.objects.filter(ended_at=None).exists()


def test_a_card_that_found_its_phone_does_not_end(client, new_door, code):
    come_in(client, code, NEW)
    DoorCard.objects.update(issued_at=timezone.now() - cards.VALID)
    assert cards.end_old() == 0


def test_a_card_that_waits_is_revoked(client, new_door, code, staff):
    cards.revoke(live(), by=staff)
    assert REFUSED in type_code(client, code).text
    assert not DoorCard.objects.filter(ended_at=None).exists()


def test_who_came_in_with_a_revoked_card_is_out(client, new_door, code, staff):
    come_in(client, code)
    cards.revoke(live(), by=staff)
    assert client.get(reverse("my-home")).url.startswith(reverse("login"))
    # The register knew the number before: it stays, for the next card.
    assert list(new_door.people.values_list("phone", "user")) == [("13800001234", None)]


def test_a_number_that_a_revoked_card_brought_goes_with_it(client, new_door, code, staff):
    come_in(client, code, NEW)
    cards.revoke(live(), by=staff)
    assert list(new_door.people.values_list("phone", flat=True)) == ["13800001234"]


def test_a_password_that_was_set_with_a_revoked_card_is_gone(client, new_door, code, staff):
    """Else it would open the door again as soon as its owner has a new card."""
    come_in(client, code)
    client.post(reverse("my-password"), {"new": "von-wem-auch-immer-1"})
    cards.revoke(live(), by=staff)
    come_in(Client(), cards.issue(new_door, by=staff))
    said = {"username": "13800001234", "password": "von-wem-auch-immer-1"}
    assert "手机号或密码不对。" in Client().post(reverse("login"), said).text


def test_who_works_here_keeps_the_password_when_a_card_is_revoked(client, new_door, code, staff):
    worker = factories.user(phone="13800001234", password="wo-de-mima-1")
    client.force_login(worker)
    client.post(reverse("card"), {"code": code, "yes": "1"})
    GridRole.objects.create(user=worker, grid=new_door.grid)
    cards.revoke(live(), by=staff)
    worker.refresh_from_db()
    assert worker.check_password("wo-de-mima-1")


def test_revoking_twice_is_once(client, new_door, code, staff):
    come_in(client, code)
    card = live()
    cards.revoke(card, by=staff)
    ended = DoorCard.objects.get().ended_at
    come_in(client, cards.issue(new_door, by=staff))
    cards.revoke(card, by=staff)
    assert DoorCard.objects.get(pk=card.pk).ended_at == ended
    assert client.get(reverse("my-home")).status_code == 200


def test_who_moves_out_takes_no_card_and_no_session_along(client, new_door, code, staff):
    come_in(client, code)
    spare = cards.issue(new_door, by=staff)
    households.move_out(new_door, by=staff)
    assert client.get(reverse("my-home")).url.startswith(reverse("login"))
    assert not DoorCard.objects.filter(ended_at=None).exists()
    with pytest.raises(cards.CardRefused):
        cards.bind(spare, NEW, HERE)


def test_another_number_ends_its_own_card_and_what_was_not_used(new_door, code, staff):
    cards.bind(code, "13800001234", HERE)
    cards.bind(cards.issue(new_door, by=staff), NEW, HERE)
    cards.issue(new_door, by=staff)
    first = new_door.people.get(phone="13800001234")
    login = first.user
    households.set_contact(new_door, first, "沈新来", "13800009876")
    left = DoorCard.objects.get(ended_at=None)
    assert left.bound_to.phone == NEW
    login.refresh_from_db()
    assert login.logins_ended == 1
    assert left.bound_to.logins_ended == 0


def test_sessions_of_before_go_on_and_end_when_they_are_ended(client, resident):
    known = resident.get_session_auth_hash()
    client.force_login(resident)
    assert client.get(reverse("my-home")).status_code == 200
    sessions.end_all([resident.pk])
    assert client.get(reverse("my-home")).url.startswith(reverse("login"))
    resident.refresh_from_db()
    assert resident.get_session_auth_hash() != known


def test_a_session_gets_a_new_key_when_somebody_comes_in(client, new_door, code):
    session = client.session
    session["before"] = 1
    session.save()
    before = session.session_key
    come_in(client, code)
    assert client.session.session_key != before


def test_sessions_that_are_over_are_forgotten(client, resident):
    client.force_login(resident)
    Session.objects.create(
        session_key="over", session_data="", expire_date=timezone.now() - timedelta(seconds=1)
    )
    tasks.forget_old_tries()
    assert [session.session_key for session in Session.objects.all()] == [
        client.session.session_key
    ]


def test_live_behind_says_so_when_the_number_changed_meanwhile(new_door, neighbour):
    assert not people.live_behind(new_door.people.get(), neighbour)
