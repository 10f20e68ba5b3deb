"""Settings that would let messages get lost stop the start, with one sentence."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from shop.config import env
from shop.messaging import gateways

GOOD = {"SMS_ALIYUN_KEY_ID": "id", "SMS_ALIYUN_KEY_SECRET": "a secret"}


def refuse(gateway="aliyun", needed=GOOD, base="", production=True):
    env.refuse_odd_sms(gateway, set(gateways.ALL), needed, base, production=production)


@pytest.mark.parametrize("gateway", ["", "aliyun"])
def test_production_sends_for_real_or_not_at_all(gateway):
    refuse(gateway)


def test_the_console_is_for_laptops():
    refuse("console", production=False)
    with pytest.raises(ImproperlyConfigured, match="sends nothing"):
        refuse("console")


def test_a_gateway_that_is_none():
    with pytest.raises(ImproperlyConfigured, match="one of aliyun, console or empty"):
        refuse("smoke signals")


def test_a_key_that_is_missing():
    with pytest.raises(ImproperlyConfigured, match="SMS_ALIYUN_KEY_SECRET must be set") as caught:
        refuse(needed=GOOD | {"SMS_ALIYUN_KEY_SECRET": ""})
    assert "a secret" not in str(caught.value)
    refuse("", needed={"SMS_ALIYUN_KEY_ID": ""})


def test_fakes_are_not_for_production():
    refuse(base="http://127.0.0.1:1", production=False)
    with pytest.raises(ImproperlyConfigured, match="are for tests"):
        refuse(base="http://127.0.0.1:1")


def test_templates_are_pairs():
    assert env.pairs("X", ["code=SMS_1", " failed = SMS_2"]) == {
        "code": "SMS_1",
        "failed": "SMS_2",
    }
    for odd in ("code", "code=", "=SMS_1"):
        with pytest.raises(ImproperlyConfigured, match="must be like code=SMS_1"):
            env.pairs("X", [odd])


def test_the_settings_name_every_gateway(settings):
    """`settings.py` cannot ask the gateways: they need the settings."""
    assert set(gateways.ALL) == {"console", "aliyun"}
