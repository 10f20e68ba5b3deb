"""What tests and simulations in another process ask of the fake: `POST /_fake/<method>` with JSON.

The arguments are those of the method of `FakeStripe`; the answer is what it returns.
`GET /_fake/deliveries?after=3` and `GET /_fake/clock` ask without changing anything.
`POST /_fake/faults` takes several at once: {"fail": {"path": "/v1/refunds", "kind": "lost"},
"duplicate": {"extra": 2}, "hold": {}}.
"""

import json
from typing import TYPE_CHECKING, Any

from tests.fakes.stripe.answers import Answer, Refused, as_json

if TYPE_CHECKING:
    from tests.fakes.stripe.fake import FakeStripe

PAYER = {"pay", "decline", "accept", "settle"}
DASHBOARD = {"clock", "expire", "refund", "finish_refund", "dispute", "emit", "webhook", "wait"}
FAULTS = {
    *("fail", "duplicate", "delay", "hold", "release", "decline_next", "refunds_become", "clear"),
}


def answer(fake: "FakeStripe", name: str, method: str, query: dict[str, str], body: str) -> Answer:
    if method == "GET":
        if name == "deliveries":
            return as_json(fake.deliveries(int(query.get("after", 0))))
        if name == "clock":
            return as_json(fake.clock())
        raise _nothing(name)
    try:
        arguments = json.loads(body or "{}")
        if not isinstance(arguments, dict):
            raise TypeError("The arguments are a JSON object.")
        if name == "faults":
            return as_json(
                {fault: _do(fake, fault, arguments[fault], FAULTS) for fault in arguments}
            )
        return as_json(_do(fake, name, arguments, PAYER | DASHBOARD | FAULTS))
    except (TypeError, ValueError) as error:
        raise Refused(str(error)) from error


def _do(fake: "FakeStripe", name: str, arguments: dict[str, Any], allowed: set[str]) -> Any:
    if name not in allowed:
        raise _nothing(name)
    return getattr(fake, name)(**arguments)


def _nothing(name: str) -> Refused:
    return Refused(f"The fake has no `{name}` to ask for.", status=404)
