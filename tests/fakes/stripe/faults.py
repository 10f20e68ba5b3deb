"""What is to go wrong with the next requests."""

import threading
from dataclasses import dataclass
from typing import Literal

#: error    answered with 500 before anything is done
#: drop     the connection closes before anything is done
#: lost     everything is done, then the connection closes: the answer never arrives
#: slow     everything is done as usual, but later
Kind = Literal["error", "drop", "lost", "slow"]
KINDS = ("error", "drop", "lost", "slow")


@dataclass
class Fault:
    path: str
    kind: Kind
    times: int | None
    seconds: float
    method: str | None
    #: For `error`: the 500 is kept under the idempotency key, as Stripe does once it had begun.
    keep: bool


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        if fault.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        with self._lock:
            self._waiting.append(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault this request falls into, which is then used up; the oldest goes first."""
        with self._lock:
            for fault in self._waiting:
                if path.startswith(fault.path) and fault.method in {None, method}:
                    if fault.times is not None:
                        fault.times -= 1
                        if not fault.times:
                            self._waiting.remove(fault)
                    return fault
        return None

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()
