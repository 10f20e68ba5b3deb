"""The fake Stripe as a test holds it: start it, tell it what to do, ask what it did."""

import copy
from collections.abc import Callable
from typing import Any

from tests.fakes.stripe import payments, refunds, webhooks
from tests.fakes.stripe.account import MINIMUM, Account
from tests.fakes.stripe.faults import Fault, Faults, Kind
from tests.fakes.stripe.idempotency import Keys
from tests.fakes.stripe.server import Server

SECRET_KEY = "sk_test_fake"
WEBHOOK_SECRET = "whsec_fake"


class FakeStripe:
    """`with FakeStripe() as fake: stripe.StripeClient(fake.secret_key, base_addresses=fake.bases)`.

    Without `webhook` nothing is sent: `deliveries()` hands out the signed events to be fed to the
    shop in any order. With it they are sent from a thread, again after `retries` seconds each until
    taken. Amounts are fen. Every method raises `answers.Refused` with a sentence when the state
    does not allow it; over HTTP they are `POST /_fake/<method>` with JSON arguments.
    """

    def __init__(
        self,
        webhook: str | None = None,
        *,
        port: int = 0,
        secret_key: str = SECRET_KEY,
        webhook_secret: str = WEBHOOK_SECRET,
        seed: int | None = None,
        minimum: int = MINIMUM,
        retries: tuple[float, ...] = webhooks.RETRIES,
    ):
        self.secret_key = secret_key
        self.webhook_secret = webhook_secret
        self.keys = Keys()
        self._faults = Faults()
        self._deliveries = webhooks.Deliveries(webhook_secret, webhook, retries, self._tick)
        self.account = Account(self._deliveries.post, seed=seed, minimum=minimum)
        self._server = Server(self, port)
        self.url = self.account.url = self._server.url

    @property
    def bases(self) -> Any:
        """For `StripeClient(base_addresses=…)`."""
        return {"api": self.url}

    def start(self) -> "FakeStripe":
        self._deliveries.start()
        self._server.start()
        return self

    def stop(self) -> None:
        self._server.stop()
        self._deliveries.stop()

    __enter__ = start

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- the payer -------------------------------------------------------------------------

    def pay(self, session: str, method: str | None = None) -> dict:
        return self._do(payments.pay, session, method)

    def decline(self, session: str, code: str = "card_declined") -> dict:
        """The payer tried, the bank said no; the session stays open."""
        return self._do(payments.decline, session, code)

    def accept(self, session: str, method: str | None = None) -> dict:
        """Complete, but unpaid until `settle`."""
        return self._do(payments.accept, session, method)

    def settle(self, session: str, succeeded: bool = True) -> dict:
        return self._do(payments.settle, session, succeeded=succeeded)

    def decline_next(self, code: str = "card_declined", times: int = 1) -> None:
        """What `pay` and the page's 付款 button run into."""
        with self.account.lock:
            self.account.declines.extend([code] * times)

    # --- time and the dashboard ------------------------------------------------------------

    def clock(self, offset: int | None = None) -> dict:
        """Sets how many seconds its now is ahead of the real one; signatures keep real time."""
        with self.account.lock:
            if offset is not None:
                self.account.offset = int(offset)
                payments.expire_due(self.account)
            return {"offset": self.account.offset, "now": self.account.now()}

    def expire(self, session: str) -> dict:
        return self._do(payments.expire, session)

    def refund(self, payment_intent: str, amount: int | None = None, **more: Any) -> dict:
        """In the dashboard: nothing in the shop asked for it. `more`: metadata, reason."""
        given = {"payment_intent": payment_intent, **more}
        if amount is not None:
            given["amount"] = amount
        return self._do(refunds.create, given)

    def refunds_become(self, outcome: str, times: int = 1) -> None:
        """Of the next refunds: succeeded, pending, or failed (succeeded, then sent back)."""
        if outcome not in refunds.OUTCOMES:
            raise ValueError(f"outcome must be one of {', '.join(refunds.OUTCOMES)}")
        with self.account.lock:
            self.account.refund_outcomes.extend([outcome] * times)

    def finish_refund(self, refund: str, status: str = "succeeded") -> dict:
        return self._do(refunds.finish, refund, status)

    def dispute(
        self,
        payment_intent: str,
        step: str = "opened",
        amount: int | None = None,
        reason: str = "fraudulent",
    ) -> dict:
        """`step`: opened, withdrawn, won, lost, in that order; withdrawn may be left out."""
        if step == "opened":
            return self._do(refunds.dispute, payment_intent, amount=amount, reason=reason)
        if step == "withdrawn":
            return self._do(refunds.withdraw, payment_intent)
        if step in {"won", "lost"}:
            return self._do(refunds.close, payment_intent, won=step == "won")
        raise ValueError("step must be opened, withdrawn, won or lost")

    # --- webhooks --------------------------------------------------------------------------

    def webhook(self, url: str | None) -> None:
        """From now on events go there; None keeps them."""
        self._deliveries.url = url

    def deliveries(self, after: int = 0) -> list[dict[str, str]]:
        """Sent or to be fed: {id, type, body, signature}, without the first `after`; signed now."""
        return self._deliveries.read(after)

    def duplicate(self, extra: int) -> None:
        """Every event from now on is sent so many times more."""
        self._deliveries.extra = extra

    def delay(self, seconds: float) -> None:
        self._deliveries.delay = seconds

    def hold(self) -> None:
        self._deliveries.hold()

    def release(self, shuffle: int | None = None) -> int:
        return self._deliveries.release(shuffle)

    def wait(self, timeout: float = 5) -> bool:
        """Until every event was taken by the webhook or given up."""
        return self._deliveries.wait(timeout)

    def emit(self, type: str, object: dict) -> dict:
        """An event about anything, for instance a session of an order nobody knows."""
        with self.account.lock:
            return copy.deepcopy(self.account.announce(type, object))

    def sign(self, body: str, at: float | None = None, secret: str | None = None) -> str:
        return webhooks.sign(body, secret or self.webhook_secret, at)

    # --- faults ----------------------------------------------------------------------------

    def fail(
        self,
        path: str = "/v1/",
        kind: Kind = "error",
        times: int | None = 1,
        seconds: float = 0,
        method: str | None = None,
        keep: bool = False,
    ) -> None:
        """The next `times` requests below `path` go wrong (None: until `clear`); see `faults`."""
        self._faults.add(Fault(path, kind, times, seconds, method, keep))

    def clear(self) -> None:
        """Nothing goes wrong any more, nothing is doubled or late; what is held stays held."""
        self._faults.clear()
        self.duplicate(0)
        self.delay(0)
        with self.account.lock:
            self.account.declines.clear()
            self.account.refund_outcomes.clear()

    def take_fault(self, method: str, path: str) -> Fault | None:
        return self._faults.take(method, path)

    @property
    def delivered(self) -> set[str]:
        return self._deliveries.delivered

    def _do(self, work: Callable[..., dict], *given: Any, **more: Any) -> dict:
        """What became of it: a copy, which does not change any more."""
        with self.account.lock:
            return copy.deepcopy(work(self.account, *given, **more))

    def _tick(self) -> None:
        with self.account.lock:
            payments.expire_due(self.account)
