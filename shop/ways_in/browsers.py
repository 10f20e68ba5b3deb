"""Where somebody was in before: nobody locks them out of there.

Wrong guesses are counted by number, and anybody can type anybody's number, again and again. So a
browser that was in keeps a signed note of it, and is counted by itself: who guesses elsewhere does
not count there, nor does who shares its address.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "was_in"
KEPT = timedelta(days=365)


def remember(response: HttpResponse, phone: str) -> HttpResponse:
    """Whoever has this number is in. The number itself is not in the note."""
    response.set_signed_cookie(
        COOKIE,
        secrets.token_urlsafe(12),
        salt=_salt(phone),
        max_age=KEPT,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def note(request: HttpRequest, phone: str) -> str:
    """What this browser is counted by for this number; empty if nobody was in with it here."""
    return request.get_signed_cookie(COOKIE, "", salt=_salt(phone), max_age=KEPT)


def _salt(phone: str) -> str:
    return f"was in {phone}"
