"""Keys: only from the environment, and never real money in a test nor a test with real money."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import stripe
from django.conf import settings as station_settings
from django.core.exceptions import ImproperlyConfigured

from shop.config import env
from shop.payments.stripe import client, webhooks

ROOT = Path(__file__).parents[3]
GOOD = {"webhook_secret": "whsec_1", "currency": "cny", "base": ""}


def refuse(key: str, *, production: bool = False, **other) -> None:
    said = GOOD | other
    env.refuse_odd_stripe(
        key, said["webhook_secret"], said["currency"], said["base"], production=production
    )


@pytest.mark.parametrize("kind", ["sk", "rk"])
def test_live_keys_are_for_production_and_test_keys_are_not(kind):
    refuse(f"{kind}_test_1")
    refuse(f"{kind}_live_1", production=True)
    with pytest.raises(ImproperlyConfigured, match="must be a live key"):
        refuse(f"{kind}_test_1", production=True)
    with pytest.raises(ImproperlyConfigured, match="must be a test key"):
        refuse(f"{kind}_live_1")


@pytest.mark.parametrize("key", ["pk_test_1", "sk_1", "whsec_1", "x"])
def test_what_is_no_key_at_all(key):
    with pytest.raises(ImproperlyConfigured) as refused:
        refuse(key + "geheim")
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("production", [True, False])
def test_without_a_key_there_is_nothing_to_refuse(production):
    refuse("", production=production, webhook_secret="")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"webhook_secret": ""}, "STRIPE_WEBHOOK_SECRET must be set"),
        ({"webhook_secret": "geheim"}, "must start with whsec_"),
        ({"currency": "jpy"}, "STRIPE_CURRENCY must be one of"),
        ({"currency": "CNY"}, "STRIPE_CURRENCY must be one of"),
    ],
)
def test_what_goes_with_a_key(wrong, says):
    with pytest.raises(ImproperlyConfigured, match=says) as refused:
        refuse("sk_test_1", **wrong)
    assert "geheim" not in str(refused.value)


def test_production_talks_to_stripe_and_nobody_else():
    with pytest.raises(ImproperlyConfigured, match="STRIPE_API_BASE"):
        refuse("sk_live_1", production=True, base="http://127.0.0.1:1")


def test_a_wrong_key_stops_the_start(tmp_path):
    given = {"STRIPE_SECRET_KEY": "sk_live_geheim", "STRIPE_WEBHOOK_SECRET": "whsec_1"}
    started = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**os.environ, **given, "VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert started.returncode != 0
    assert "STRIPE_SECRET_KEY must be a test key" in started.stderr
    assert "geheim" not in started.stderr + started.stdout


def test_the_version_we_were_written_for_is_the_sdks():
    """A new SDK: read what changed, then change `API_VERSION` and the fake's tests with it."""
    assert stripe.api_version == client.API_VERSION


def test_stripes_library_says_little_whatever_log_level_says():
    assert station_settings.LOGGING["loggers"]["stripe"]["level"] == "WARNING"


def test_operations_tells_which_events_to_send():
    text = (ROOT / "docs" / "operations.md").read_text()
    assert [name for name in webhooks.EVENTS if f"`{name}`" not in text] == []


def test_the_clock_sweeps_holds_and_sends_refunds():
    tasks = {entry["task"] for entry in station_settings.CELERY_BEAT_SCHEDULE.values()}
    assert {"shop.tasks.sweep_payments", "shop.tasks.send_refunds"} <= tasks


def test_the_tasks_do_what_they_are_called(db, monkeypatch):
    from shop import tasks

    done = []
    monkeypatch.setattr(tasks.sessions, "sweep", lambda: done.append("swept"))
    monkeypatch.setattr(tasks.refunds, "send_due", lambda: done.append("sent"))
    tasks.sweep_payments()
    tasks.send_refunds()
    assert done == ["swept", "sent"]
