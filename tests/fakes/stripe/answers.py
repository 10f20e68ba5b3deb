"""What the fake answers: a status, a body, headers; and its refusals, in Stripe's own words."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answer:
    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def as_json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    text = json.dumps(content, ensure_ascii=False, indent=2)
    return Answer(text.encode(), status, headers=headers or {})


class Refused(Exception):
    """A request that is answered with an error.

    `before_work`: it was refused before anything was done, so Stripe keeps no answer under the
    idempotency key and the same key may come again with better parameters.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        before_work: bool = False,
    ):
        super().__init__(message)
        self.status = status
        self.before_work = before_work
        given = {"message": message, "type": type, "code": code, "param": param}
        self.error = {key: value for key, value in given.items() if value is not None}

    def answer(self) -> Answer:
        return as_json({"error": self.error}, self.status)


class Dropped(Exception):
    """The connection is to be closed without a word."""


def no_such(kind: str, id: str, *, param: str = "id") -> Refused:
    """For an id in the address 404, for one among the parameters 400."""
    return Refused(
        f"No such {kind}: '{id}'",
        status=404 if param == "id" else 400,
        code="resource_missing",
        param=param,
    )
