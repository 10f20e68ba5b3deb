"""All settings, read from the environment (`env.py`). Two ways to run: DESIGN §4.

Without any variable set this is the embedded way: SQLite, one worker, a secret key of its own
kept in `var/`. With `PRODUCTION=1` nothing is guessed: what is missing stops the start.
"""

import secrets
from pathlib import Path
from urllib.parse import quote

from django.urls import reverse_lazy

from shop.config import env

# Oscar's own defaults come first; what we change of them is in one place.
from shop.config.oscar import *  # noqa: F403  (settings are a namespace, this is how Oscar ships them)

BASE_DIR = Path(__file__).resolve().parent.parent.parent
PRODUCTION = env.boolean("PRODUCTION", False)
DEBUG = env.boolean("DEBUG", False)
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)
# Whether `serve` fills an empty database with the demo village.
DEMO = env.boolean("DEMO", not PRODUCTION)


def _own_secret_key() -> str:
    """The embedded way keeps a key of its own, made once, readable by its owner only."""
    path = VAR_DIR / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text().strip()


if PRODUCTION:
    SECRET_KEY = env.text("SECRET_KEY")
    # "localhost" is how the container asks itself whether it is well.
    ALLOWED_HOSTS = [*env.words("ALLOWED_HOSTS"), "localhost"]
else:
    SECRET_KEY = env.text("SECRET_KEY", "") or _own_secret_key()
    ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
# Keys of before: what was sealed with one can still be opened (shop/messaging/sealing.py).
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS", [])
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", [])

INSTALLED_APPS = [
    "shop",
    "delivery",
    "inventory",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.flatpages",
    "django.contrib.humanize",
    *OSCAR_APPS,  # noqa: F405  (of that namespace)
    "widget_tweaks",
    "haystack",
    "treebeard",
    "django_tables2",
    "django_htmx",
]
SITE_ID = 1

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "shop.middleware.CompressedPages",
    "shop.middleware.PageHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "shop.config.urls"
WSGI_APPLICATION = "shop.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "oscar.core.context_processors.metadata",
            ],
        },
    }
]

DATABASES = {
    "default": env.database(
        env.text("DATABASE_URL")
        if PRODUCTION
        else env.text("DATABASE_URL", f"sqlite:///{quote(str(VAR_DIR / 'station.sqlite3'))}")
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Forks that change classes but no model use Oscar's own migrations: nothing is copied.
MIGRATION_MODULES = {
    "partner": "oscar.apps.partner.migrations",
}
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}

# --- people ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "shop.User"
# The second one checks nothing; it says who may stay in that came in with a card or a text message.
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "shop.ways_in.backends.WithoutPassword",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 8},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
OSCAR_HOMEPAGE = reverse_lazy("home")
OSCAR_ACCOUNTS_REDIRECT_URL = "home"

# Where phones reach the station; printed QR codes lead there. Empty: the address of the browser
# that prints, which on the office's own laptop is of no use to a phone.
PUBLIC_URL = env.text("PUBLIC_URL", "").rstrip("/")

# --- words and times ------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
# A phone is answered in its own language if that is English, everybody else in Chinese; whoever
# taps the switch decides for this phone (django.views.i18n.set_language).
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = PRODUCTION
FORMAT_MODULE_PATH = "shop.config.formats"
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.text("TIME_ZONE", "Asia/Shanghai")
USE_TZ = True

# --- files ----------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Beside the media, which the proxy gives to anybody.
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": VAR_DIR / "private",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "shop.config.storage.StaticStorage"},
}

# --- work in the background -----------------------------------------------------------------
# A folder is broker enough for one laptop; production names Redis.
CELERY_BROKER_URL = (
    env.text("CELERY_BROKER_URL") if PRODUCTION else env.text("CELERY_BROKER_URL", "filesystem://")
)
if CELERY_BROKER_URL.startswith("filesystem:"):
    _folder = VAR_DIR / "broker"
    for _name in ("queue", "processed", "control"):
        (_folder / _name).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_folder / "queue"),
        "data_folder_out": str(_folder / "queue"),
        "processed_folder": str(_folder / "processed"),
        "control_folder": str(_folder / "control"),
        "store_processed": False,
    }
CELERY_TASK_IGNORE_RESULT = True
# A killed worker must not take its task along (DESIGN §7).
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "open and close rounds that are due": {
        "task": "delivery.tasks.turn_rounds",
        "schedule": 15.0,
        # A sweep that waited in the queue longer than this is overtaken by the next one.
        "options": {"expires": 15.0},
    },
    "let go what was not paid online in time": {
        "task": "shop.tasks.sweep_payments",
        "schedule": 30.0,
        "options": {"expires": 30.0},
    },
    "send money back through Stripe": {
        "task": "shop.tasks.send_refunds",
        "schedule": 30.0,
        "options": {"expires": 30.0},
    },
    "order what stands in every round": {
        "task": "shop.tasks.order_what_stands",
        "schedule": 15.0,
        "options": {"expires": 15.0},
    },
    "tell of rounds": {
        "task": "shop.tasks.tell_of_rounds",
        "schedule": 60.0,
        "options": {"expires": 60.0},
    },
    "send messages": {
        "task": "shop.tasks.send_messages",
        "schedule": 30.0,
        "options": {"expires": 30.0},
    },
    "forget old messages": {
        "task": "shop.tasks.forget_old_messages",
        "schedule": 3600.0,
    },
    "make the sizes of photos that have none": {
        "task": "shop.tasks.sweep_pictures",
        "schedule": 3600.0,
    },
    "forget old tries to get in": {
        "task": "shop.tasks.forget_old_tries",
        "schedule": 3600.0,
    },
    "forget registrations that nobody decided on": {
        "task": "delivery.tasks.forget_old_registrations",
        "schedule": 3600.0,
    },
    "forget spreadsheets that nobody confirmed": {
        "task": "inventory.tasks.sweep_uploads",
        "schedule": 3600.0,
    },
}

# --- money ----------------------------------------------------------------------------------
# Without a key nothing is paid online (docs/operations.md). Keys come from the environment only.
STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY", "")
STRIPE_WEBHOOK_SECRET = env.text("STRIPE_WEBHOOK_SECRET", "")
STRIPE_CURRENCY = env.text("STRIPE_CURRENCY", "cny")
STRIPE_METHODS = env.words("STRIPE_METHODS", ["card", "alipay", "wechat_pay"])
# Another server that answers as Stripe does (tests/fakes/stripe).
STRIPE_API_BASE = env.text("STRIPE_API_BASE", "")
env.refuse_odd_stripe(
    STRIPE_SECRET_KEY,
    STRIPE_WEBHOOK_SECRET,
    STRIPE_CURRENCY,
    STRIPE_API_BASE,
    production=PRODUCTION,
)

# --- messages -------------------------------------------------------------------------------
# `console` writes into the log instead of sending; empty: no text messages (docs/operations.md).
SMS_GATEWAY = env.text("SMS_GATEWAY", "console" if DEMO and not PRODUCTION else "")
SMS_ALIYUN_KEY_ID = env.text("SMS_ALIYUN_KEY_ID", "")
SMS_ALIYUN_KEY_SECRET = env.text("SMS_ALIYUN_KEY_SECRET", "")
# The signature (签名) in front of every message, and the numbers of the approved templates.
SMS_ALIYUN_SIGN = env.text("SMS_ALIYUN_SIGN", "")
SMS_ALIYUN_TEMPLATES = env.pairs("SMS_ALIYUN_TEMPLATES", env.words("SMS_ALIYUN_TEMPLATES", []))
# Where the address of a group robot may lead; nothing else is ever asked (no other server inside).
ROBOT_HOSTS = env.words("ROBOT_HOSTS", ["qyapi.weixin.qq.com"])
# Other servers that answer as those do (tests/fakes).
SMS_API_BASE = env.text("SMS_API_BASE", "")
ROBOT_API_BASE = env.text("ROBOT_API_BASE", "")
env.refuse_odd_sms(
    SMS_GATEWAY,
    {"console", "aliyun"},
    {
        "SMS_ALIYUN_KEY_ID": SMS_ALIYUN_KEY_ID,
        "SMS_ALIYUN_KEY_SECRET": SMS_ALIYUN_KEY_SECRET,
        "SMS_ALIYUN_SIGN": SMS_ALIYUN_SIGN,
        "SMS_ALIYUN_TEMPLATES": ",".join(SMS_ALIYUN_TEMPLATES),
    },
    SMS_API_BASE or ROBOT_API_BASE,
    production=PRODUCTION,
)

# --- mail -----------------------------------------------------------------------------------
EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "station@localhost")

# --- security -------------------------------------------------------------------------------
X_FRAME_OPTIONS = "DENY"
# A delivery of 300 goods has seven figures a line (inventory.receipts.arrivals.MOST_LINES).
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3_000
SECURE_REFERRER_POLICY = "same-origin"
# How many proxies of ours a request comes through: so many entries of X-Forwarded-For, from the
# right, are true. At 0 the header is anybody's and is not read (docs/operations.md).
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0)
if PRODUCTION:
    # The proxy ends TLS and says so in this header (docs/operations.md).
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = env.boolean("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "WARNING")},
    # A folder has no host name; the broker's library warns of that at every start.
    # Stripe's library would write what payers typed, whatever LOG_LEVEL says.
    "loggers": {"kombu.connection": {"level": "ERROR"}, "stripe": {"level": "WARNING"}},
}
