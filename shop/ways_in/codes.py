"""短信验证码: a code in a text message instead of a password.

Every phone that asks gets a code and the same answer. It is sent to those the station knows; of
the others nobody ever sees it, and it would let nobody in.
"""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from delivery.models import Person
from shop.messaging import outbox
from shop.models import LoginCode, User
from shop.ways_in import guessing, people

DIGITS = 6
MINUTES = 10


class CodeRefused(people.Refused):
    def __init__(self) -> None:
        super().__init__(_("验证码不对，或者过期了。请再要一条，或者找网格长要门卡。"))


def ask(phone: str, address: str) -> None:
    """Sends a new code if anybody has this phone; earlier ones end. Raises `TooManyTries`."""
    guessing.take(
        guessing.Limit("text message", phone, 1, timedelta(minutes=1)),
        guessing.Limit("text message", phone, 5, timedelta(hours=1)),
        guessing.Limit("text message", phone, 10, timedelta(days=1)),
        guessing.Limit("text message to an address", address, 30, timedelta(hours=1)),
    )
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    now = timezone.now()
    with transaction.atomic():
        _open(phone).update(used_at=now)
        LoginCode.objects.create(
            phone_hash=_of_phone(phone),
            code_hash=_hash(phone, code),
            at=now,
            expires_at=now + timedelta(minutes=MINUTES),
        )
        outbox.queue_code(phone, code, minutes=MINUTES, to_nobody=not _is_known(phone))


def use(phone: str, code: str, address: str, note: str = "") -> User:
    """Whom the code lets in; it is used up. `note`: as in `guessing.of_login`.

    Raises `CodeRefused`; `LogInInstead` for those who work here; `TooManyTries`.
    """
    limits = guessing.of_login("code of a text message", phone, 5, address, note)
    with guessing.guarded(*limits), transaction.atomic():
        row = _open(phone).order_by("-pk").first()
        right = constant_time_compare(_hash(phone, code), row.code_hash if row else "")
        if not right or not _take(row):
            raise CodeRefused
        return _user(phone)


def forget_old() -> None:
    LoginCode.objects.filter(expires_at__lt=timezone.now() - guessing.KEPT).delete()


def _take(row: LoginCode) -> int:
    """Whoever marks it used has it; the second of two at once does not."""
    return LoginCode.objects.filter(pk=row.pk, used_at=None).update(used_at=timezone.now())


def _user(phone: str) -> User:
    """Who has this phone: by their login, or by the register, which makes them one."""
    user = User.objects.filter(phone=phone).first()
    if user is not None and people.works(user):
        raise people.LogInInstead
    behind = Person.objects.filter(phone=phone).order_by("pk")
    if user is None:
        if (person := behind.first()) is None:
            raise CodeRefused
        user = people.account(phone, person.name)
    if not user.is_active:
        raise CodeRefused
    if not Person.objects.filter(user=user).exists() and (person := behind.first()):
        people.live_behind(person, user)
    return user


def _is_known(phone: str) -> bool:
    """Two queries, whoever it is."""
    active = dict(User.objects.filter(phone=phone).values_list("phone", "is_active"))
    registered = Person.objects.filter(phone=phone).exists()
    return active.get(phone, registered)


def _open(phone: str):
    return LoginCode.objects.filter(
        phone_hash=_of_phone(phone), used_at=None, expires_at__gt=timezone.now()
    )


def _of_phone(phone: str) -> str:
    return salted_hmac("login phone", phone, algorithm="sha256").hexdigest()


def _hash(phone: str, code: str) -> str:
    """With the phone: one code opens nothing for another number."""
    return salted_hmac("login code", f"{phone} {code}", algorithm="sha256").hexdigest()
