"""The one place where somebody is logged in, and where everybody of a login is logged out."""

from collections.abc import Iterable
from datetime import timedelta

from django.contrib.auth import BACKEND_SESSION_KEY, login
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from shop.models import SecondFactor, User

BY_PASSWORD = "django.contrib.auth.backends.ModelBackend"  # noqa: S105  (a path, no password)
WITHOUT_PASSWORD = "shop.ways_in.backends.WithoutPassword"  # noqa: S105  (a path, too)
#: Nobody remembers a card that was scanned half a year ago: it must not be needed again soon.
LONG = timedelta(days=365)
#: In the session of nobody: who has still to say the code of their second factor.
HALF_IN = "half_in"
HALF_IN_FOR = timedelta(minutes=10)
#: In the session of who came in without a password: when.
CAME_IN = "came_in"
#: So long after coming in, a password may be set anew without the old one.
JUST_NOW = timedelta(minutes=30)


def enter(request: HttpRequest, user: User, backend: str) -> bool:
    """Logs in, in a session with a new key. False: only when the second factor is said
    (`second_half`); until then they are nobody."""
    if SecondFactor.objects.filter(user=user, confirmed=True).exists():
        request.session.flush()
        request.session[HALF_IN] = [
            user.pk,
            backend,
            user.get_session_auth_hash(),
            timezone.now().timestamp(),
        ]
        return False
    _log_in(request, user, backend)
    return True


def half_in(request: HttpRequest) -> User | None:
    """Who said their password in this session, a moment ago, and it is still that one."""
    if HALF_IN not in request.session:
        return None
    pk, _backend, known, at = request.session[HALF_IN]
    user = User.objects.filter(pk=pk, is_active=True).first()
    late = timezone.now().timestamp() - at > HALF_IN_FOR.total_seconds()
    if user is None or late or not constant_time_compare(user.get_session_auth_hash(), known):
        del request.session[HALF_IN]
        return None
    return user


def second_half(request: HttpRequest, user: User) -> None:
    _log_in(request, user, request.session.pop(HALF_IN)[1])


def end_all(user_ids: Iterable[int]) -> None:
    """Whoever is logged in as one of them is not any longer, on any phone."""
    User.objects.filter(pk__in=user_ids).update(logins_ended=F("logins_ended") + 1)


def came_in_just_now_without_password(request: HttpRequest) -> bool:
    """With a card or a text message; who has forgotten a password may choose a new one then. Asked
    of this session: that they came in on another phone makes a lost one no better."""
    came_in = request.session.get(CAME_IN, 0)
    return (
        request.session.get(BACKEND_SESSION_KEY) == WITHOUT_PASSWORD
        and timezone.now().timestamp() - came_in < JUST_NOW.total_seconds()
    )


def forget_old() -> None:
    """Sessions that are over."""
    SessionStore.clear_expired()


def _log_in(request: HttpRequest, user: User, backend: str) -> None:
    login(request, user, backend=backend)
    if backend == WITHOUT_PASSWORD:
        request.session.set_expiry(LONG)
        request.session[CAME_IN] = timezone.now().timestamp()
