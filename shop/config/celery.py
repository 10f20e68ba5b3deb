"""The Celery application. The database is the truth, tasks only wake (DESIGN §3)."""

import os
import warnings

from celery import Celery
from celery.platforms import SecurityWarning
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.config.settings")
# Whoever starts the laptop's station as root knows; the containers' user is not root.
warnings.filterwarnings("ignore", category=SecurityWarning)
TRANSPORT_ALIASES["filesystem"] = "shop.config.broker:Transport"
app = Celery("station")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
