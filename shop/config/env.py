"""Reads settings from the environment, strictly: a typo stops the start with one sentence.

Source of the idea: twelve-factor config; every name read here is documented in `.env.example`.
"""

import os
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str | None = None) -> str:
    """The variable as text; without a default it must be set and not empty."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"{name} must be set in the environment (see .env.example).")
    return default


def boolean(name: str, default: bool) -> bool:
    """`1/true/yes/on` or `0/false/no/off`; anything else stops the start."""
    value = os.environ.get(name)
    if value is None:
        return default
    word = value.strip().lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def integer(name: str, default: int) -> int:
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from error


def words(name: str, default: Sequence[str] | None = None) -> list[str]:
    """A comma separated list, blanks dropped; without a default at least one word is needed."""
    value = text(name, None if default is None else ",".join(default))
    return [word.strip() for word in value.split(",") if word.strip()]


#: Currencies of two decimals, as the station's books have.
CURRENCIES = {"cny", "eur", "gbp", "hkd", "sgd", "usd"}


def refuse_odd_stripe(
    key: str, webhook_secret: str, currency: str, base: str, *, production: bool
) -> None:
    """Stops the start if real money and tests could get mixed up. Quotes no key."""
    mode = "live" if production else "test"
    if key and not key.startswith((f"sk_{mode}_", f"rk_{mode}_")):
        raise ImproperlyConfigured(
            f"STRIPE_SECRET_KEY must be a {mode} key (sk_{mode}_… or rk_{mode}_…) "
            f"{'with' if production else 'without'} PRODUCTION=1."
        )
    if key and not webhook_secret:
        raise ImproperlyConfigured("STRIPE_WEBHOOK_SECRET must be set with STRIPE_SECRET_KEY.")
    if webhook_secret and not webhook_secret.startswith("whsec_"):
        raise ImproperlyConfigured("STRIPE_WEBHOOK_SECRET must start with whsec_.")
    if currency not in CURRENCIES:
        raise ImproperlyConfigured(
            f"STRIPE_CURRENCY must be one of {', '.join(sorted(CURRENCIES))}, not {currency!r}."
        )
    if base and production:
        raise ImproperlyConfigured("STRIPE_API_BASE is for tests: not with PRODUCTION=1.")


def refuse_odd_sms(
    gateway: str, codes: set[str], needed: dict[str, str], base: str, *, production: bool
) -> None:
    """Stops the start if text messages would not go out although somebody wants them to."""
    if gateway and gateway not in codes:
        raise ImproperlyConfigured(
            f"SMS_GATEWAY must be one of {', '.join(sorted(codes))} or empty, not {gateway!r}."
        )
    if gateway == "console" and production:
        raise ImproperlyConfigured("SMS_GATEWAY=console sends nothing: not with PRODUCTION=1.")
    if gateway == "aliyun" and (missing := [name for name, value in needed.items() if not value]):
        raise ImproperlyConfigured(f"{missing[0]} must be set with SMS_GATEWAY=aliyun.")
    if base and production:
        raise ImproperlyConfigured("SMS_API_BASE and ROBOT_API_BASE are for tests.")


def pairs(name: str, values: Sequence[str]) -> dict[str, str]:
    """What `words` read of `name`, as `key=value` each."""
    odd = [value for value in values if not all(value.partition("="))]
    if odd:
        raise ImproperlyConfigured(f"{name} must be like code=SMS_1,failed=SMS_2, not {odd[0]!r}.")
    return {
        key.strip(): value.strip() for key, _, value in (each.partition("=") for each in values)
    }


def database(url: str) -> dict:
    """Django's `DATABASES` entry for `sqlite:///path` or `postgres[ql]://user:pass@host:port/name?option=…`.

    Query parameters are handed to the driver (`sslmode`, `host` for a socket folder).
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path[1:]) or ":memory:",
            "OPTIONS": {
                # Writers queue at BEGIN instead of failing at their first write (DESIGN §7).
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                # recursive_triggers: REPLACE deletes too, and an append-only table must hear of it.
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000;"
                    "PRAGMA recursive_triggers=ON;"
                ),
            },
        }
    if parts.scheme in {"postgres", "postgresql"}:
        options = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
        host = unquote(options.pop("host", parts.hostname or ""))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": host,
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": options,
        }
    raise ImproperlyConfigured(
        "DATABASE_URL must start with sqlite:/// or postgresql://, "
        f"not {parts.scheme or 'nothing'}."
    )
