"""A request that comes again with its key gets the first answer, and nothing is done twice."""

import threading
from dataclasses import dataclass, replace

from tests.fakes.stripe.answers import Answer, Refused

#: Stripe promises to remember a key for this long; after that the same request is a new one.
REMEMBERED_FOR = 24 * 3600
LONGEST = 255


@dataclass
class _Kept:
    request: tuple[str, str]
    at: int
    answer: Answer | None = None


class Keys:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}

    def __contains__(self, key: str) -> bool:
        with self._lock:
            return key in self._kept

    def begin(self, key: str, path: str, form: str, now: int) -> Answer | None:
        """The answer given before, or None: the request is new and its key is now taken.

        Raises `Refused` when the key belongs to another request, or when the first one with this
        key is still being worked on.
        """
        if len(key) > LONGEST:
            raise Refused("Idempotency-Key is too long.", before_work=True)
        with self._lock:
            kept = self._kept.get(key)
            if kept and kept.at + REMEMBERED_FOR <= now:
                kept = None
            if kept is None:
                self._kept[key] = _Kept((path, form), now)
                return None
            if kept.request != (path, form):
                what = "parameters" if kept.request[0] == path else "endpoint"
                raise Refused(
                    f"Keys for idempotent requests can only be used with the same {what} they "
                    f"were first used with. Try using a key other than '{key}' if you meant to "
                    "execute a different request.",
                    type="idempotency_error",
                )
            if kept.answer is None:
                raise Refused(
                    f"There is currently another in-progress request using this key: {key}",
                    status=409,
                    code="idempotency_key_in_use",
                )
            headers = {**kept.answer.headers, "Idempotent-Replayed": "true"}
            return replace(kept.answer, headers=headers)

    def finish(self, key: str, answer: Answer) -> None:
        with self._lock:
            self._kept[key].answer = answer

    def forget(self, key: str) -> None:
        """Nothing was done; the key may be used again."""
        with self._lock:
            del self._kept[key]
