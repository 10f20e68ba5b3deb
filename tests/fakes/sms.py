"""阿里云短信 as far as `SendSms` needs it: the V3 signature is worked out anew, from what came."""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from tests.fakes.answering import Answering, Request

KEY_ID, SECRET, SIGN = "LTAI-fake", "fake-secret", "惠民驿站"
TEMPLATES = {
    name: f"SMS_{number}"
    for number, name in enumerate(
        (
            *("code", "opens", "last_hour", "changed", "on_way", "delivered", "failed", "answer"),
            *("test", "standing"),
        )
    )
}


@dataclass
class FakeSms(Answering):
    """`sent`: what went out, as `(phone, template's number, parameters)`."""

    sent: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    nonces: set[str] = field(default_factory=set)

    def answer(self, request: Request) -> tuple[int, Any]:
        if problem := self._unsigned(request):
            return 400, {"Code": problem, "Message": problem, "RequestId": str(uuid4())}
        asked = request.query
        code = self._refused(asked)
        if code == "OK":
            params = json.loads(asked.get("TemplateParam", "{}"))
            self.sent.append((asked["PhoneNumbers"], asked["TemplateCode"], params))
        found = {"Code": code, "Message": code, "RequestId": str(uuid4())}
        return 200, found | ({"BizId": f"{len(self.sent)}^0"} if code == "OK" else {})

    def _refused(self, asked: dict[str, str]) -> str:
        if asked.get("SignName") != SIGN:
            return "isv.SMS_SIGNATURE_ILLEGAL"
        if asked.get("TemplateCode") not in TEMPLATES.values():
            return "isv.SMS_TEMPLATE_ILLEGAL"
        if not re.fullmatch(r"1[3-9]\d{9}", asked.get("PhoneNumbers", "")):
            return "isv.MOBILE_NUMBER_ILLEGAL"
        params = json.loads(asked.get("TemplateParam", "{}"))
        if not all(isinstance(value, str) and value for value in params.values()):
            return "isv.INVALID_JSON_PARAM"
        return "OK"

    def _unsigned(self, request: Request) -> str:
        """As their documentation says it, step by step; not with our own code."""
        headers = request.headers
        if headers.get("x-acs-action") != "SendSms":
            return "InvalidAction.NotFound"
        if headers.get("x-acs-version") != "2017-05-25":
            return "InvalidVersion"
        if headers.get("x-acs-signature-nonce", "") in self.nonces | {""}:
            return "SignatureNonceUsed"
        self.nonces.add(headers["x-acs-signature-nonce"])
        said = re.fullmatch(
            r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})",
            headers.get("authorization", ""),
        )
        if said is None or said[1] != KEY_ID:
            return "InvalidAccessKeyId.NotFound"
        names = said[2].split(";")
        must = {"host"} | {name for name in headers if name.startswith("x-acs-")}
        body = hashlib.sha256(request.body).hexdigest()
        if not must <= set(names) <= set(headers) or headers["x-acs-content-sha256"] != body:
            return "IncompleteSignature"
        query = "&".join(
            f"{quote(name, safe='~')}={quote(value, safe='~')}"
            for name, value in sorted(request.query.items())
        )
        canonical = "POST\n/\n" + query + "\n"
        canonical += "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(names))
        canonical += "\n" + ";".join(sorted(names)) + "\n" + body
        to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
        right = hmac.new(SECRET.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
        return "" if right == said[3] else "SignatureDoesNotMatch"
