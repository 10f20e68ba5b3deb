"""What must be kept for a while and must not be read in a copy of the database is encrypted: phones
and codes in the outbox, the addresses of group robots.

The key comes from `SECRET_KEY`; `SECRET_KEY_FALLBACKS` still open what was sealed before the key
was changed.
"""

from base64 import urlsafe_b64encode
from functools import cache
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

#: Says what the key is for: the same `SECRET_KEY` signs other things too.
PURPOSE = b"shop.messaging.sealing:"


class Broken(Exception):
    """Sealed with a key that this installation does not have any more, or not sealed by us."""


def seal(text: str) -> str:
    return _box().encrypt(text.encode()).decode()


def unseal(token: str) -> str:
    """Raises `Broken`."""
    try:
        return _box().decrypt(token.encode()).decode()
    except (InvalidToken, UnicodeError) as error:
        raise Broken from error


def _box() -> MultiFernet:
    return _of_keys(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@cache
def _of_keys(*keys: str) -> MultiFernet:
    return MultiFernet(
        Fernet(urlsafe_b64encode(sha256(PURPOSE + key.encode()).digest())) for key in keys
    )
