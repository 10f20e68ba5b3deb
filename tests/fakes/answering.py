"""HTTP on 127.0.0.1 that answers one kind of POST, and what tests ask of it: what came, and what is
to go wrong with the next ones."""

import json
import socket
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    path: str
    query: dict[str, str]
    raw_query: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Fault:
    """`status` and `answer` instead of what would be answered; `done`: after it was done all the
    same. `drop`: no answer at all; `seconds`: late."""

    status: int = 200
    answer: Any = None
    drop: bool = False
    done: bool = False
    seconds: float = 0


@dataclass
class Answering:
    """A subclass says in `answer` what it does with a request: status and JSON."""

    faults: list[Fault] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def answer(self, request: Request) -> tuple[int, Any]:
        raise NotImplementedError

    def __enter__(self):
        handler = type("Handler", (_Handler,), {"fake": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._http.serve_forever, args=[0.02], daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def next(self, *faults: Fault) -> None:
        self.faults += faults

    def handle(self, request: Request) -> tuple[int, Any] | None:
        """None: not answered."""
        with self._lock:
            self.requests.append(request)
            fault = self.faults.pop(0) if self.faults else None
            done = self.answer(request) if fault is None or fault.done else None
        if fault is None:
            return done
        time.sleep(fault.seconds)
        return None if fault.drop else (fault.status, fault.answer)


class _Handler(BaseHTTPRequestHandler):
    fake: Answering

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        parts = urlsplit(self.path)
        request = Request(
            parts.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            parts.query,
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length),
        )
        answer = self.fake.handle(request)
        if answer is None:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        status, said = answer
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass  # who asked did not wait

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a test's output is the test's own."""
