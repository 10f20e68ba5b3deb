"""Two come in at the same moment with what lets in one; and a hundred guess at once.

Each guard has its control: the same race without it goes wrong.
"""

import threading
import time
from base64 import b32decode
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.utils import timezone
from django_otp.oath import totp

from delivery import households, locks
from delivery.models import Household, Person
from shop.messaging import outbox
from shop.models import DoorCard, LoginFailure, SecondFactor, User
from shop.ways_in import cards, codes, guessing, second_factor
from shop.ways_in.guessing import TooManyTries
from tests import factories
from tests.races.buyers import Halfway, meet_before, wait_until_somebody_waits
from tests.races.test_delivery import kinds, meet_after

PHONES = ["13700000001", "13700000002"]
WORD = "wo-de-mima-1"


@pytest.fixture
def door(transactional_db) -> Household:
    return factories.household(factories.grid(factories.station()))


@pytest.fixture
def staff(transactional_db):
    return factories.user("冯店员")


def bind_both(race, code):
    return race(2, lambda number: cards.bind(code, PHONES[number], f"10.0.0.{number}").phone)


def behind(door) -> set[str]:
    people = Person.objects.filter(household=door).exclude(user=None)
    return set(people.values_list("phone", flat=True))


# --- a card -----------------------------------------------------------------------------------


def test_two_phones_one_card(each_database, race):
    station = factories.station()
    door, staff = factories.household(factories.grid(station)), factories.member(station)
    come_in, errors = bind_both(race, cards.issue(door, by=staff))
    assert (len(come_in), kinds(errors)) == (1, {cards.CardRefused})
    assert behind(door) == set(come_in)
    # Of the other nothing is left, neither a login nor a line in the register.
    assert list(User.objects.filter(phone__in=PHONES).values_list("phone", flat=True)) == come_in
    assert door.people.count() == 1
    assert DoorCard.objects.get().bound_to.phone == come_in[0]


def send_one_page_twice(race, code, nonce):
    return race(2, lambda number: cards.bind(code, PHONES[0], f"10.0.0.{number}", nonce).phone)


def test_one_page_sent_twice_at_once_lets_its_phone_in(each_database, race):
    station = factories.station()
    door, staff = factories.household(factories.grid(station)), factories.member(station)
    come_in, errors = send_one_page_twice(race, cards.issue(door, by=staff), uuid4())
    assert (come_in, errors) == (PHONES[:1] * 2, [])
    assert door.people.count() == 1
    assert not LoginFailure.objects.exists()


def test_without_the_pages_nonce_the_second_is_refused(transactional_db, race, door, staff):
    """The control: whose answer got lost stands before the door with a card that is used up."""
    come_in, errors = send_one_page_twice(race, cards.issue(door, by=staff), None)
    assert (come_in, kinds(errors)) == (PHONES[:1], {cards.CardRefused})


def test_without_the_doors_lock_the_condition_still_stops_the_second(
    transactional_db, race, monkeypatch, door, staff
):
    """The control of the lock: both have looked."""
    code = cards.issue(door, by=staff)
    monkeypatch.setattr(locks, "household", lambda pk: None)
    meet_before(monkeypatch, cards, "_take", runners=2)
    come_in, errors = bind_both(race, code)
    assert (len(come_in), kinds(errors)) == (1, {cards.CardRefused})
    assert behind(door) == set(come_in)


def test_without_lock_and_condition_both_come_in(transactional_db, race, monkeypatch, door, staff):
    """The control of the condition."""
    code = cards.issue(door, by=staff)
    monkeypatch.setattr(locks, "household", lambda pk: None)
    monkeypatch.setattr(cards, "_take", lambda card, user: 1)
    meet_after(monkeypatch, 2, (cards, "_find"))
    come_in, errors = bind_both(race, code)
    assert (set(come_in), errors) == (set(PHONES), [])
    assert behind(door) == set(PHONES)


def test_one_new_number_with_two_cards_is_one_login(each_database, race):
    station = factories.station()
    grid, staff = factories.grid(station), factories.member(station)
    doors = [factories.household(grid) for _ in range(2)]
    two = [cards.issue(door, by=staff) for door in doors]
    come_in, errors = race(2, lambda number: cards.bind(two[number], PHONES[0], "10.0.0.1").pk)
    # One after the other, the second is a stranger at the other door; at once, one moves.
    assert kinds(errors) <= {cards.CardRefused}
    assert len(set(come_in)) == User.objects.filter(phone=PHONES[0]).count() == 1
    assert Person.objects.filter(user__phone=PHONES[0]).count() == 1


def move_out_while_binding(race, monkeypatch, door, staff, waits_for):
    """A card of the family has just been bound when they are said to have moved out."""
    code = cards.issue(door, by=staff)
    half = Halfway(monkeypatch, cards, "_take", after=True)

    def run(number):
        if number == 0:
            return cards.bind(code, PHONES[0], "10.0.0.1").pk
        assert half.reached.wait(30)
        if number == 1:
            return households.move_out(door, by=staff)
        try:
            return wait_until_somebody_waits(waits_for)
        finally:
            half.go.set()

    _done, errors = race(3, run)
    assert errors == []


def test_who_moves_out_while_a_card_is_bound_is_out(
    transactional_db, race, monkeypatch, door, staff
):
    move_out_while_binding(race, monkeypatch, door, staff, "advisory")
    assert behind(door) == set()
    assert DoorCard.objects.get().ended_at is not None
    assert User.objects.get(phone=PHONES[0]).logins_ended == 1


def test_without_the_doors_lock_they_stay_behind_it(
    transactional_db, race, monkeypatch, door, staff
):
    """The control: people are forgotten before the one comes who is just being written down."""
    monkeypatch.setattr(locks, "household", lambda pk: None)
    move_out_while_binding(race, monkeypatch, door, staff, "transactionid")
    assert behind(door) == {PHONES[0]}


# --- printing ---------------------------------------------------------------------------------


def print_both(race, door, staff):
    return race(2, lambda _number: cards.issue(door, by=staff))


def test_two_who_print_a_doors_card_end_with_one(each_database, race):
    station = factories.station()
    door, staff = factories.household(factories.grid(station)), factories.member(station)
    printed, errors = print_both(race, door, staff)
    assert (len(printed), errors) == (2, [])
    live = DoorCard.objects.get(ended_at=None)
    assert live.code_hash in {cards._hash(code) for code in printed}
    assert DoorCard.objects.count() == 2


def test_without_the_lock_the_second_sees_an_error_page(
    transactional_db, race, monkeypatch, door, staff
):
    """The control: the constraint stops them."""
    monkeypatch.setattr(cards, "_lock_doors", lambda keys: None)
    meet_after(monkeypatch, 2, (cards, "_waiting"))
    printed, errors = print_both(race, door, staff)
    assert (len(printed), kinds(errors)) == (1, {IntegrityError})


def test_the_same_page_sent_eight_times_prints_once(each_database, race):
    station = factories.station()
    door, staff = factories.household(factories.grid(station)), factories.member(station)
    nonce = uuid4()
    printed, errors = race(8, lambda _number: cards.issue_all([door], by=staff, nonce=nonce))
    assert (len(printed), kinds(errors)) == (1, {cards.PrintedAlready})
    assert cards.door_of(printed[0][door.pk], "10.0.0.1") == door


# --- a code of a text message -----------------------------------------------------------------


@pytest.fixture
def text(monkeypatch):
    """The code that went out, of a phone that the register knows."""
    sent = []
    monkeypatch.setattr(outbox, "queue_code", lambda phone, code, **_more: sent.append(code))

    def ask(door) -> str:
        factories.person(door, phone=PHONES[0])
        codes.ask(PHONES[0], "10.0.0.1")
        return sent[-1]

    return ask


def use_twice(race, code):
    return race(2, lambda number: codes.use(PHONES[0], code, f"10.0.0.{number}").pk)


def test_one_code_lets_in_once(each_database, race, text):
    door = factories.household(factories.grid(factories.station()))
    come_in, errors = use_twice(race, text(door))
    assert (len(come_in), kinds(errors)) == (1, {codes.CodeRefused})


def test_without_the_condition_it_lets_in_twice(transactional_db, race, text, door, monkeypatch):
    """The control."""
    code = text(door)
    monkeypatch.setattr(codes, "_take", lambda row: 1)
    come_in, errors = use_twice(race, code)
    assert (len(come_in), errors) == (2, [])


# --- a code of the second factor --------------------------------------------------------------


def enrolled():
    user = factories.user(password=WORD)
    second_factor.begin(user)
    key = b32decode(second_factor.begun(user).secret)
    SecondFactor.objects.update(confirmed=True)
    return user, f"{totp(key):06d}"


def check_twice(race, user, code):
    return race(2, lambda number: second_factor.check(user, code, f"10.0.0.{number}"))


def test_one_code_of_the_app_works_once(each_database, race):
    user, code = enrolled()
    done, errors = check_twice(race, user, code)
    assert (len(done), kinds(errors)) == (1, {second_factor.CodeWrong})


def test_without_what_was_used_last_it_works_twice(transactional_db, race, monkeypatch):
    """The control: a code by the clock alone."""
    user, code = enrolled()
    before = SecondFactor.verify_token

    def by_the_clock(factor, token):
        SecondFactor.objects.filter(pk=factor.pk).update(last_t=-1)
        return before(factor, token)

    monkeypatch.setattr(SecondFactor, "verify_token", by_the_clock)
    done, errors = check_twice(race, user, code)
    assert (len(done), errors) == (2, [])


def test_one_recovery_code_works_once(each_database, race):
    user, _code = enrolled()
    code = second_factor._new_codes(SecondFactor.objects.get())[0]
    done, errors = check_twice(race, user, code)
    assert (len(done), kinds(errors)) == (1, {second_factor.CodeWrong})


# --- guessing ---------------------------------------------------------------------------------


def guess_at_once(race, guesses=16):
    """How many of so many wrong passwords at the same moment are looked at; eight may be."""
    looked, lock = [], threading.Lock()

    def guess(number):
        tries = guessing.Limit("password", PHONES[0], 8)
        with guessing.guarded(tries, guessing.of_address(f"10.0.0.{number}")):
            with lock:
                looked.append(number)
            raise PermissionError

    _none, errors = race(guesses, guess)
    assert kinds(errors) <= {PermissionError, TooManyTries}
    assert LoginFailure.objects.filter(at__lte=timezone.now()).count() == 2 * len(looked)
    return len(looked)


def test_sixteen_guesses_at_once_are_eight(each_database, race):
    assert guess_at_once(race) == 8


def test_without_the_lock_more_are_looked_at(transactional_db, race, monkeypatch):
    """The control: everybody counts before anybody has written down a try."""
    bulk_create = type(LoginFailure.objects.all()).bulk_create

    def slowly(rows, *arguments, **options):
        time.sleep(0.2)
        return bulk_create(rows, *arguments, **options)

    monkeypatch.setattr(type(LoginFailure.objects.all()), "bulk_create", slowly)
    monkeypatch.setattr(guessing, "_one_after_the_other", lambda keys: None)
    assert guess_at_once(race) == 16
