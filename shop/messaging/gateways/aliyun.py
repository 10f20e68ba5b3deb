"""阿里云短信: `SendSms` of Dysmsapi 2017-05-25.

The signature is Alibaba Cloud's V3 (ACS3-HMAC-SHA256), of which the test has their own example. It
is forty lines; their SDK is twenty packages with a scheduler and an HTTP client of its own.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit
from uuid import uuid4

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from shop.messaging import https
from shop.messaging.gateways.gateway import Gateway, Later, NoAnswer, Refused
from shop.messaging.templates import Template

HOST = "https://dysmsapi.aliyuncs.com"
ACTION, VERSION = "SendSms", "2017-05-25"
ALGORITHM = "ACS3-HMAC-SHA256"
#: What passes by itself: too many at once, too many to this phone, no credit, their own trouble.
PASSING = frozenset(
    {
        "isv.BUSINESS_LIMIT_CONTROL",
        "isv.DAY_LIMIT_CONTROL",
        "isv.AMOUNT_NOT_ENOUGH",
        "isv.OUT_OF_SERVICE",
        "isp.SYSTEM_ERROR",
        "isp.GATEWAY_ERROR",
        "InternalError",
        "ServiceUnavailable",
        "SignatureNonceUsed",
    }
)


class AliyunGateway(Gateway):
    code = "aliyun"
    title = _("阿里云短信")

    def send(self, phone: str, template: Template, params: Mapping[str, object]) -> str:
        number = settings.SMS_ALIYUN_TEMPLATES.get(template.name)
        if not number:
            raise Refused(f"no template for {template.name}")
        asked = {
            "PhoneNumbers": phone,
            "SignName": settings.SMS_ALIYUN_SIGN,
            "TemplateCode": number,
            "TemplateParam": json.dumps(template.values(params), ensure_ascii=False),
        }
        base = settings.SMS_API_BASE or HOST
        query = canonical_query(asked)
        headers = signed(
            {
                "host": urlsplit(base).netloc,
                "x-acs-action": ACTION,
                "x-acs-version": VERSION,
                "x-acs-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "x-acs-signature-nonce": uuid4().hex,
            },
            query,
            b"",
            key_id=settings.SMS_ALIYUN_KEY_ID,
            secret=settings.SMS_ALIYUN_KEY_SECRET,
        )
        return _heard(*https.post(base, f"/?{query}", headers, b""))


def _heard(status: int, body: bytes) -> str:
    """Their number for what was sent."""
    try:
        said = json.loads(body)
        code, number = str(said["Code"]), str(said.get("BizId", ""))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        # Not their API, but something in between that may have let it through.
        raise NoAnswer(f"HTTP {status}") from error
    if status == 200 and code == "OK":
        return number[:80]
    if code in PASSING or code.startswith("Throttling"):
        raise Later(code)
    raise Refused(code)


def canonical_query(params: Mapping[str, str]) -> str:
    """Sorted by name, encoded as RFC 3986 says."""
    return "&".join(f"{_encoded(name)}={_encoded(params[name])}" for name in sorted(params))


def signed(
    headers: Mapping[str, str], query: str, body: bytes, *, key_id: str, secret: str
) -> dict[str, str]:
    """`headers` (lower case: host, x-acs-…) with the body's hash and the signature: a POST to /."""
    payload = hashlib.sha256(body).hexdigest()
    found = {**headers, "x-acs-content-sha256": payload}
    names = sorted(found)
    listed = "".join(f"{name}:{found[name].strip()}\n" for name in names)
    request = "\n".join(("POST", "/", query, listed, ";".join(names), payload))
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={key_id},SignedHeaders={';'.join(names)},Signature={signature}"
    return {**found, "Authorization": f"{ALGORITHM} {credential}"}


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")
