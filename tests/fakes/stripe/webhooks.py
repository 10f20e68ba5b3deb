"""Events on their way to the shop: signed, sent again until taken, doubled, held back, mixed up."""

import hashlib
import heapq
import hmac
import http.client
import json
import random
import threading
import time
from collections.abc import Callable
from itertools import count
from typing import Any
from urllib.parse import urlsplit

#: Seconds between one try and the next. Stripe goes on for three days.
RETRIES = (0.1, 0.5, 2.0)
TIMEOUT = 10


def sign(body: str, secret: str, at: float | None = None) -> str:
    """The `Stripe-Signature` of a body: HMAC-SHA256 over "time.body"."""
    moment = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256)
    return f"t={moment},v1={digest.hexdigest()}"


class Deliveries:
    """`log` is what was let go, in order, each as often as it was sent, retries not counted."""

    def __init__(
        self, secret: str, url: str | None, retries: tuple[float, ...], tick: Callable[[], None]
    ):
        self.secret = secret
        self.url = url
        #: How often each event is sent beyond the once.
        self.extra = 0
        self.delay = 0.0
        self.log: list[dict[str, str]] = []
        self.delivered: set[str] = set()
        self._retries = retries
        self._tick = tick
        self._holding = False
        self._held: list[dict[str, str]] = []
        self._queue: list[tuple[float, int, int, dict[str, str]]] = []
        self._numbers = count()
        self._under_way = 0
        self._stopped = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, daemon=True, name="fake-stripe-webhooks")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join(timeout=TIMEOUT)

    def post(self, event: dict[str, Any]) -> None:
        body = json.dumps(event, ensure_ascii=False, indent=2)
        sent = {"id": event["id"], "type": event["type"], "body": body}
        with self._changed:
            for _ in range(1 + self.extra):
                if self._holding:
                    self._held.append(sent)
                else:
                    self._let_go(sent)

    def hold(self) -> None:
        with self._changed:
            self._holding = True

    def release(self, shuffle: int | None = None) -> int:
        """Lets go what was held back, mixed up by the seed `shuffle`; how many there were."""
        with self._changed:
            held, self._held, self._holding = self._held, [], False
            if shuffle is not None:
                random.Random(shuffle).shuffle(held)
            for sent in held:
                self._let_go(sent)
            return len(held)

    def read(self, after: int = 0) -> list[dict[str, str]]:
        """What was let go after the first `after`, signed now."""
        with self._changed:
            fresh = self.log[after:]
        return [{**sent, "signature": sign(sent["body"], self.secret)} for sent in fresh]

    def wait(self, timeout: float = 5) -> bool:
        """Until everything let go was taken or given up; False when that took too long."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue and not self._under_way, timeout)

    def _let_go(self, sent: dict[str, str]) -> None:
        self.log.append(sent)
        if self.url:
            self._enqueue(self.delay, 0, sent)

    def _enqueue(self, seconds: float, tries: int, sent: dict[str, str]) -> None:
        heapq.heappush(self._queue, (time.monotonic() + seconds, next(self._numbers), tries, sent))
        self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                if self._stopped:
                    return
                left = self._queue[0][0] - time.monotonic() if self._queue else 1.0
                ready = bool(self._queue) and left <= 0
                if ready:
                    _, _, tries, sent = heapq.heappop(self._queue)
                    self._under_way += 1
                else:
                    self._changed.wait(min(left, 1.0))
            if not ready:
                self._tick()
                continue
            taken = self._send(sent["body"])
            with self._changed:
                self._under_way -= 1
                if taken:
                    self.delivered.add(sent["id"])
                elif tries < len(self._retries):
                    self._enqueue(self._retries[tries], tries + 1, sent)
                self._changed.notify_all()

    def _send(self, body: str) -> bool:
        """Was it taken? Only a 2xx says so; a redirect does not."""
        url = urlsplit(self.url or "")
        secure = url.scheme == "https"
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = connect(url.hostname or "", url.port, timeout=TIMEOUT)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": sign(body, self.secret),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        try:
            address = url.path + (f"?{url.query}" if url.query else "")
            connection.request("POST", address or "/", body.encode(), headers)
            return 200 <= connection.getresponse().status < 300
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
