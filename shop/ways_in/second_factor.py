"""第二步: the code of an app beside the password, for who works here and wants it.

Its key is sealed, recovery codes are kept as hashes; both are shown once.
"""

import logging
import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, urlencode

import django_otp
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from inventory.errors import StationError
from inventory.models import Station
from shop.messaging import sealing
from shop.models import RecoveryCode, SecondFactor, User
from shop.order_rows import ALPHABET
from shop.ways_in import guessing, sessions

log = logging.getLogger(__name__)

RECOVERY_CODES = 10
RECOVERY_LENGTH = 10
#: A key that was begun and not confirmed is shown for so long.
BEGUN_FOR = timedelta(minutes=30)


class CodeWrong(StationError):
    def __init__(self) -> None:
        super().__init__(_("这个码不对，或者已经用过了。请等应用里换一个新的再填。"))


class PasswordWrong(StationError):
    def __init__(self) -> None:
        super().__init__(_("密码不对。"))


@dataclass(frozen=True)
class Begun:
    """What goes into the app: `secret` typed by hand, `address` as a QR."""

    secret: str
    address: str


def of(user: User) -> SecondFactor | None:
    """Theirs, if it is on."""
    return SecondFactor.objects.filter(user=user, confirmed=True).first()


def begin(user: User) -> None:
    """A new key for an app; nothing is asked for before `confirm`. Does nothing when it is on."""
    sealed = sealing.seal(b32encode(secrets.token_bytes(20)).decode())
    fresh = {"sealed_key": sealed, "confirmed": False, "last_t": -1, "at": timezone.now()}
    with transaction.atomic():
        mine, made = SecondFactor.objects.get_or_create(user=user, defaults=fresh)
        if not made:
            SecondFactor.objects.filter(pk=mine.pk, confirmed=False).update(**fresh)


def begun(user: User) -> Begun | None:
    since = timezone.now() - BEGUN_FOR
    mine = SecondFactor.objects.filter(user=user, confirmed=False, at__gt=since).first()
    if mine is None:
        return None
    try:
        secret = sealing.unseal(mine.sealed_key)
    except sealing.Broken:
        return None
    issuer = _("惠民驿站")
    label = quote(f"{issuer}:{user.name or user.pk}")
    words = urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)
    return Begun(secret, f"otpauth://totp/{label}?{words}")


def confirm(user: User, code: str, address: str) -> list[str]:
    """The app shows the right codes: from now on they are asked for. The recovery codes."""
    waiting = SecondFactor.objects.filter(
        user=user, confirmed=False, at__gt=timezone.now() - BEGUN_FOR
    )
    with guessing.guarded(*_limits(user, address)), transaction.atomic():
        mine = waiting.first()
        if mine is None or not django_otp.verify_token(user, mine.persistent_id, _typed(code)):
            raise CodeWrong
        if not waiting.update(confirmed=True, at=timezone.now()):
            raise CodeWrong
        # Whoever is logged in elsewhere has shown no code.
        sessions.end_all([user.pk])
        codes = _new_codes(mine)
    log.info("second factor of user %s is on", user.pk)
    return codes


def check(user: User, code: str, address: str) -> None:
    """Of the app, or one of the recovery codes, which is used up. Raises `CodeWrong`."""
    typed = _typed(code)
    with guessing.guarded(*_limits(user, address)), transaction.atomic():
        mine = of(user)
        if mine is None:
            raise CodeWrong
        if len(typed) == SecondFactor.DIGITS:
            right = django_otp.verify_token(user, mine.persistent_id, typed) is not None
        else:
            unused = RecoveryCode.objects.filter(factor=mine, code_hash=_hash(typed), used_at=None)
            right = unused.update(used_at=timezone.now()) > 0
        if not right:
            raise CodeWrong


def renew_codes(user: User, password: str, address: str) -> list[str]:
    """New recovery codes; the old ones end. Raises `PasswordWrong`."""
    check_password(user, password, address)
    with transaction.atomic():
        mine = SecondFactor.objects.select_for_update().filter(user=user, confirmed=True).first()
        return _new_codes(mine) if mine else []


def switch_off(user: User, password: str, address: str) -> None:
    check_password(user, password, address)
    SecondFactor.objects.filter(user=user).delete()
    log.info("second factor of user %s is off", user.pk)


def reset(user: User, *, by: User | None = None) -> bool:
    """For a colleague whose phone and recovery codes are gone: the password is enough again, and
    has to be said anew. Whether there was anything to end."""
    with transaction.atomic():
        deleted, _rows = SecondFactor.objects.filter(user=user).delete()
        if deleted:
            sessions.end_all([user.pk])
    if deleted:
        log.warning("second factor of user %s reset by user %s", user.pk, getattr(by, "pk", None))
    return bool(deleted)


def colleagues(station: Station):
    """Everybody with work at the station, those whose second factor is on first."""
    at_work = (
        User.objects.filter(memberships__station=station)
        | User.objects.filter(grid_roles__grid__station=station)
        | User.objects.filter(volunteer__station=station, volunteer__active=True)
    )
    users = User.objects.filter(pk__in=at_work.values("pk"), is_active=True)
    on = Exists(SecondFactor.objects.filter(user=OuterRef("pk"), confirmed=True))
    return users.annotate(on=on).select_related("second_factor").order_by("-on", "name", "pk")


def check_password(user: User, password: str, address: str) -> None:
    """Before something that a stranger with somebody's open phone must not do."""
    mine = guessing.Limit("own password", str(user.pk), 8)
    with guessing.guarded(mine, guessing.of_address(address)):
        if not user.check_password(password):
            raise PasswordWrong


def _limits(user: User, address: str) -> tuple[guessing.Limit, ...]:
    """Of a million codes three are right at any time."""
    return (
        guessing.Limit("second factor", str(user.pk), 5),
        guessing.Limit("second factor", str(user.pk), 20, timedelta(days=1)),
        guessing.of_address(address),
    )


def _new_codes(factor: SecondFactor) -> list[str]:
    factor.recovery_codes.all().delete()
    codes = [
        "".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_LENGTH))
        for _ in range(RECOVERY_CODES)
    ]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, code_hash=_hash(code)) for code in codes
    )
    return codes


def _typed(code: str) -> str:
    typed = "".join(code.split()).replace("-", "").upper()
    return typed if len(typed) == SecondFactor.DIGITS else typed.translate(_ALIKE)


#: As people read them aloud and type them.
_ALIKE = str.maketrans("OIL", "011")


def _hash(code: str) -> str:
    return salted_hmac("recovery code", code, algorithm="sha256").hexdigest()
