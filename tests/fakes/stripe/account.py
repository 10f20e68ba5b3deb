"""The account at Stripe: what it holds, its idea of now, and the events it announces."""

import copy
import random
import string
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from stripe._api_version import _ApiVersion

from tests.fakes.stripe import objects
from tests.fakes.stripe.answers import no_such

VERSION: str = _ApiVersion.CURRENT
#: Stripe takes nothing below 50 US cents; in fen that is about this much.
MINIMUM = 400
#: What Stripe keeps of a payment, per thousand.
FEE = 34
#: What a dispute costs, in fen.
DISPUTE_FEE = 10_500
#: The cause of what nobody asked for through the API.
NOBODY: dict[str, str | None] = {"id": None, "idempotency_key": None}

PREFIXES = {
    "cs_": "checkout.session",
    "pi_": "payment_intent",
    "ch_": "charge",
    "re_": "refund",
    "du_": "dispute",
    "txn_": "balance_transaction",
    "evt_": "event",
}


class Account:
    """Everything in here is read and written under `lock`."""

    def __init__(
        self, announce: Callable[[dict], None], *, seed: int | None = None, minimum: int = MINIMUM
    ):
        self.lock = threading.RLock()
        self.url = ""
        self.minimum = minimum
        #: Seconds between the real time and this account's, as the past is played.
        self.offset = 0
        self.cause = NOBODY
        #: Sessions that may still be paid or run out.
        self.open: set[str] = set()
        #: Session -> its lines; session -> what was said about its payment to come.
        self.line_items: dict[str, list[dict]] = {}
        self.intended: dict[str, dict] = {}
        #: What becomes of the next payments and of the next refunds, where it was asked for.
        self.declines: deque[str] = deque()
        self.refund_outcomes: deque[str] = deque()
        self._announce = announce
        self._random = random.Random(seed) if seed is not None else random.SystemRandom()
        self._tables: dict[str, dict[str, dict]] = {kind: {} for kind in PREFIXES.values()}

    def now(self) -> int:
        return int(time.time()) + self.offset

    def new_id(self, prefix: str, length: int = 24) -> str:
        letters = string.ascii_letters + string.digits
        return prefix + "".join(self._random.choices(letters, k=length))

    def add(self, thing: dict) -> dict:
        self._tables[thing["object"]][thing["id"]] = thing
        return thing

    def get(self, kind: str, id: str, *, param: str = "id") -> dict:
        found = self._tables[kind].get(id)
        if found is None:
            raise no_such(kind.removeprefix("checkout."), id, param=param)
        return found

    def find(self, id: Any) -> dict | None:
        """Whatever has this id."""
        if not isinstance(id, str):
            return None
        kind = PREFIXES.get(id[: id.find("_") + 1], "event")
        return self._tables[kind].get(id)

    def all(self, kind: str) -> list[dict]:
        """Newest first; of the same second, the later one first."""
        things = list(self._tables[kind].values())
        things.reverse()
        things.sort(key=lambda thing: thing["created"], reverse=True)
        return things

    def announce(self, type: str, subject: dict, before: dict | None = None) -> dict:
        """An event with `subject` as it is now; `before` holds what it changed, as it was."""
        event = objects.event(
            self.new_id("evt_"),
            now=self.now(),
            version=VERSION,
            type=type,
            subject=copy.deepcopy(subject),
            before=before,
            cause=dict(self.cause),
        )
        self.add(event)
        self._announce(event)
        return event

    def book(self, kind: str, amount: int, source: dict, *, fee: int = 0) -> str:
        """A movement on the account's balance; its id."""
        entry = objects.balance_transaction(
            self.new_id("txn_"), now=self.now(), kind=kind, amount=amount, fee=fee, source=source
        )
        return self.add(entry)["id"]
