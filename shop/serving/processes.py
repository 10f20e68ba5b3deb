"""Starts processes, watches over them, and ends every one of them, whatever happens."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE_SECONDS = 10
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def _die_with_parent() -> None:
    """Should even we be killed outright, Linux tells the child to stop.

    Runs between fork and exec: one system call, nothing that another thread could be holding.
    """
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Processes:
    """A handful of processes that live and die together.

    Each leads a process group of its own, so that Ctrl-C in the terminal reaches us alone and
    ending a group reaches whatever its leader has started.
    """

    def __init__(self) -> None:
        self.children: dict[str, subprocess.Popen] = {}
        self.signals = 0
        self._handlers_before = {number: signal.getsignal(number) for number in STOP_SIGNALS}

    def __enter__(self) -> "Processes":
        for number in STOP_SIGNALS:
            signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()
        for number, handler in self._handlers_before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.signals += 1

    def start(self, name: str, *arguments: str, pass_fds: tuple[int, ...] = ()) -> None:
        """Starts `python -m arguments` under a name the user understands."""
        self.children[name] = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            stdin=subprocess.DEVNULL,
            pass_fds=pass_fds,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )

    def ended(self) -> str | None:
        """The name of a child that is no longer running, if there is one."""
        gone = (name for name, child in self.children.items() if child.poll() is not None)
        return next(gone, None)

    def wait(self, until: Callable[[], bool] | None = None) -> bool:
        """True once `until()`; False when a signal came or a child ended."""
        while not self.signals and not self.ended():
            if until is not None and until():
                return True
            time.sleep(0.2)
        return False

    def stop(self) -> None:
        """Asks every child to finish, then ends its whole group. A second signal: at once."""
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        while (
            any(child.poll() is None for child in self.children.values())
            and self.signals < 2
            and time.monotonic() < deadline
        ):
            time.sleep(0.05)
        for child in self.children.values():
            # Also after the leader has gone: what it started may have outlived it.
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
