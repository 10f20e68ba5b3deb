"""阿里云短信, over real HTTP: the signature, and what their answers mean."""

import logging

import pytest

from shop.messaging import https, templates
from shop.messaging.gateways.aliyun import AliyunGateway, canonical_query, signed
from shop.messaging.gateways.gateway import Later, NoAnswer, Refused
from tests.fakes.answering import Fault
from tests.fakes.sms import TEMPLATES

PHONE = "13900001234"


def send(template=templates.CODE, **params):
    return AliyunGateway().send(PHONE, templates.ALL[template], params or {"code": "482913"})


def test_the_signature_is_the_one_of_their_own_example():
    """help.aliyun.com, "V3版本请求体&签名机制", the worked example."""
    headers = signed(
        {
            "host": "ecs.cn-shanghai.aliyuncs.com",
            "x-acs-action": "RunInstances",
            "x-acs-version": "2014-05-26",
            "x-acs-date": "2023-10-26T10:22:32Z",
            "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        },
        canonical_query(
            {
                "RegionId": "cn-shanghai",
                "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
            }
        ),
        b"",
        key_id="YourAccessKeyId",
        secret="YourAccessKeySecret",
    )
    assert headers["Authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
        "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature="
        "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_a_code_goes_out(sms):
    assert send() == "1^0"
    assert sms.sent == [(PHONE, TEMPLATES["code"], {"code": "482913"})]


def test_what_a_template_does_not_say_is_not_sent_along(sms):
    send("changed", station="东湖驿站", number="HM-1", code="482913")
    [(_phone, _template, params)] = sms.sent
    assert params == {"station": "东湖驿站", "number": "HM-1"}


def test_odd_characters_are_signed_as_they_are_sent(sms):
    send("changed", station="东湖 驿站&+*~%/", number="HM-1")
    assert sms.sent[0][2]["station"] == "东湖 驿站&+*~%/"


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", 200, Later),
        ("isv.AMOUNT_NOT_ENOUGH", 200, Later),
        ("isp.SYSTEM_ERROR", 200, Later),
        ("Throttling.User", 400, Later),
        ("ServiceUnavailable", 503, Later),
        ("InternalError", 500, Later),
        ("isv.MOBILE_NUMBER_ILLEGAL", 200, Refused),
        ("isv.SMS_TEMPLATE_ILLEGAL", 200, Refused),
        ("SignatureDoesNotMatch", 400, Refused),
    ],
)
def test_their_answers(sms, code, status, error):
    sms.next(Fault(status, {"Code": code, "Message": f"{PHONE} …", "RequestId": "1"}))
    with pytest.raises(error) as caught:
        send()
    assert caught.value.word == code
    assert type(caught.value) is error


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"null", b"\xff", b""])
@pytest.mark.parametrize("status", [200, 502, 504])
def test_an_answer_that_is_not_theirs_may_mean_anything(sms, answer, status):
    sms.next(Fault(status, answer))
    with pytest.raises(NoAnswer):
        send()


def test_an_answer_that_gets_lost_may_mean_that_it_went_out(sms):
    sms.next(Fault(drop=True, done=True))
    with pytest.raises(NoAnswer):
        send()
    assert len(sms.sent) == 1


def test_so_may_one_that_does_not_come_in_time(sms, monkeypatch):
    monkeypatch.setattr(https, "TIMEOUT", 0.2)
    sms.next(Fault(seconds=1))
    with pytest.raises(NoAnswer):
        send()


def test_who_cannot_be_reached_has_not_sent_it(sms, settings):
    settings.SMS_API_BASE = "http://127.0.0.1:1"
    with pytest.raises(Later) as caught:
        send()
    assert caught.value.word.startswith("connect")


def test_a_wrong_key_is_refused(sms, settings):
    settings.SMS_ALIYUN_KEY_SECRET = "another"
    with pytest.raises(Refused, match="SignatureDoesNotMatch"):
        send()


def test_without_a_template_nothing_is_asked(sms, settings):
    settings.SMS_ALIYUN_TEMPLATES = {"code": "SMS_0"}
    with pytest.raises(Refused, match="no template for failed"):
        send("failed", station="东湖驿站")
    assert not sms.requests


def test_every_request_has_a_nonce_of_its_own(sms):
    send()
    send()
    assert len(sms.sent) == 2


def test_neither_phone_nor_code_is_logged(sms, caplog):
    with caplog.at_level(logging.DEBUG):
        send()
    assert PHONE not in caplog.text
    assert "482913" not in caplog.text
