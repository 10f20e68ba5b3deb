"""How a door gets its login, and how guessing is slowed down.

Staff or a leader hands a one-time code to a door; whoever opens it proves with the code and the
phone number on the register that they are that door, and chooses a password. Who can log in
already, as those who work here, enters the code only and keeps the password.
"""

import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from delivery.models import Household, Person
from inventory.errors import StationError
from inventory.sheets.cells import CellError
from inventory.sheets.cells import phone as normalised
from shop.models import AccessCode, LoginFailure
from shop.order_rows import ALPHABET

CODE_LENGTH = 8
CODE_DAYS = 7
#: Wrong answers allowed within the window: per phone, and per address (a whole office shares one).
WINDOW = timedelta(minutes=15)
MOST_PER_PHONE = 8
MOST_PER_ADDRESS = 60


class JoinRefused(StationError):
    """One sentence for every reason: a stranger learns nothing about any phone or door."""

    def __init__(self) -> None:
        super().__init__(_("手机号和开通码对不上，或者码已经用过、过期了。请找驿站或网格长。"))


class TooManyTries(StationError):
    def __init__(self) -> None:
        super().__init__(_("试的次数太多了，请过 15 分钟再来。"))


class LogInInstead(StationError):
    """A door's code must never open the station's office: who works here proves who they are."""

    def __init__(self) -> None:
        super().__init__(_("这个手机号在驿站有工作账号：请先登录，再填开通码。"))


def issue_code(household: Household, *, by) -> str:
    """A new one-time code for a door; earlier unused ones end. Shown once, kept as a hash."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    now = timezone.now()
    with transaction.atomic():
        end_codes([household.pk])
        AccessCode.objects.create(
            household=household,
            code_hash=_hash(code),
            issued_by=by,
            expires_at=now + timedelta(days=CODE_DAYS),
        )
    return code


def end_codes(household_ids: Iterable[int]) -> None:
    """What was handed out for these doors and not used yet opens nothing from now on."""
    codes = AccessCode.objects.filter(household__in=household_ids, used_at=None)
    codes.filter(expires_at__gt=timezone.now()).update(expires_at=timezone.now())


def join(phone: str, code: str, password: str):
    """The user who now logs in with `phone` and `password`.

    Raises `JoinRefused`; `LogInInstead`, with the code still good, for those who work here.
    """
    with transaction.atomic():
        person = _use(code, phone)
        User = get_user_model()
        user, created = User.objects.get_or_create(phone=phone, defaults={"name": person.name})
        if not created and _has_work(user):
            raise LogInInstead
        user.set_password(password)
        user.save(update_fields=["password"])
        _live_behind(person, user)
        return user


def add_door(user, code: str) -> None:
    """The code's door is this user's from now on; their password stays. Raises `JoinRefused`."""
    with transaction.atomic():
        _live_behind(_use(code, user.phone), user)


def _use(code: str, phone: str) -> Person:
    """Whom the register names under `phone` behind the code's door; the code is used up."""
    now = timezone.now()
    found = AccessCode.objects.filter(
        code_hash=_hash(code), used_at=None, expires_at__gt=now
    ).first()
    if found is None:
        raise JoinRefused
    people = Person.objects.filter(household=found.household_id, phone=phone)
    person = people.order_by("pk").first()
    # Whoever marks the code used has it; the second of two at once does not.
    if person is None or not AccessCode.objects.filter(pk=found.pk, used_at=None).update(
        used_at=now
    ):
        raise JoinRefused
    return person


def _live_behind(person: Person, user) -> None:
    """One person, one door: the one they joined last."""
    Person.objects.filter(user=user).exclude(pk=person.pk).update(user=None)
    # By the number too: in this very moment the office may have changed it.
    if not Person.objects.filter(pk=person.pk, phone=user.phone).update(user=user):
        raise JoinRefused


def _has_work(user) -> bool:
    return (
        user.is_staff
        or user.is_superuser
        or user.memberships.exists()
        or user.grid_roles.exists()
        or hasattr(user, "volunteer")
    )


def refuse_guessing(phone: str, address: str) -> None:
    """Raises `TooManyTries` after too many wrong answers for this phone or from this address."""
    since = timezone.now() - WINDOW
    for key, most in _keys(phone, address):
        if LoginFailure.objects.filter(key=key, at__gt=since).count() >= most:
            raise TooManyTries


def note_failure(phone: str, address: str) -> None:
    now = timezone.now()
    LoginFailure.objects.filter(at__lt=now - 4 * WINDOW).delete()
    LoginFailure.objects.bulk_create(
        LoginFailure(key=key, at=now) for key, _most in _keys(phone, address)
    )


def _keys(phone: str, address: str) -> list[tuple[str, int]]:
    with suppress(CellError):  # what is no phone number is counted as typed
        phone = normalised(phone)
    return [
        (salted_hmac("login phone", phone).hexdigest(), MOST_PER_PHONE),
        (salted_hmac("login address", address).hexdigest(), MOST_PER_ADDRESS),
    ]


def _hash(code: str) -> str:
    """Typed codes may be lower case, spaced, and have O for 0 or I for 1."""
    typed = code.upper().replace(" ", "").replace("-", "")
    typed = typed.translate(str.maketrans("OIL", "011"))
    return salted_hmac("door code", typed, algorithm="sha256").hexdigest()
