"""The console gateway: nothing goes out, and the log says what would have."""

import logging

from shop.messaging import templates
from shop.messaging.gateways.console import ConsoleGateway

PHONE = "13900001234"


def said(caplog) -> str:
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        ConsoleGateway().send(PHONE, templates.ALL[templates.CODE], {"code": "482913"})
    return caplog.text


def test_the_demo_village_reads_its_codes_in_the_log(caplog, settings):
    settings.DEMO, settings.DEBUG = True, False
    assert "短信（没有真的发出去）：验证码 482913" in said(caplog)


def test_nobody_else_does(caplog, settings):
    settings.DEMO = settings.DEBUG = False
    text = said(caplog)
    assert "482913" not in text
    assert "验证码 ······" in text


def test_a_phone_is_never_in_the_log(caplog, settings):
    settings.DEMO = settings.DEBUG = True
    text = said(caplog)
    assert PHONE not in text
    assert PHONE[-4:] not in text.split("短信", 1)[1]


def test_every_template_has_its_parameters_in_its_words():
    for template in templates.ALL.values():
        given = {name: f"<{name}>" for name in template.params}
        for value in given.values():
            assert value in template.text(given), template.name
        assert len(template.name) <= 20
