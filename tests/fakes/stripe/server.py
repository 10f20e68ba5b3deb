"""HTTP on 127.0.0.1: Stripe's API below /v1, the pay page, and what tests ask of the fake."""

import secrets
import socket
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from tests.fakes.stripe import control, endpoints, forms, page, parameters
from tests.fakes.stripe.account import NOBODY, VERSION
from tests.fakes.stripe.answers import Answer, Dropped, Refused, as_json
from tests.fakes.stripe.faults import Fault

if TYPE_CHECKING:
    from tests.fakes.stripe.fake import FakeStripe

PAGE = "/c/pay/"
CONTROL = "/_fake/"
BIGGEST = 1 << 20


class Server:
    def __init__(self, fake: "FakeStripe", port: int = 0):
        handler = type("Handler", (_Handler,), {"fake": fake})
        self._http = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=[0.02], daemon=True, name="fake-stripe"
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    """One connection for each request (HTTP/1.0), so that a stopped fake is really gone."""

    fake: "FakeStripe"

    def do_GET(self) -> None:
        self._handle("")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > BIGGEST:
            self._write(as_json({"error": {"message": "Request too large."}}, 413))
            return
        self._handle(self.rfile.read(length).decode("utf-8", "replace"))

    def _handle(self, body: str) -> None:
        parts = urlsplit(self.path)
        try:
            answer = self._answer(parts.path, parts.query, body)
        except Dropped:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        except Refused as refusal:
            answer = refusal.answer()
        except Exception:
            traceback.print_exc()
            answer = as_json({"error": {"message": "The fake broke.", "type": "api_error"}}, 500)
        self._write(answer)

    def _answer(self, path: str, query: str, body: str) -> Answer:
        if path.startswith(CONTROL):
            arguments = {name: values[-1] for name, values in parse_qs(query).items()}
            return control.answer(
                self.fake, path.removeprefix(CONTROL), self.command, arguments, body
            )
        fault = self.fake.take_fault(self.command, path)
        if fault and fault.kind == "drop":
            raise Dropped
        if path.startswith("/v1/"):
            answer = self._api(path, query if self.command == "GET" else body, fault)
        elif path.startswith(PAGE):
            answer = self._page(path.removeprefix(PAGE), body, fault)
        else:
            raise Refused("There is nothing here.", status=404)
        if fault and fault.kind == "lost":
            raise Dropped
        return answer

    def _page(self, id: str, body: str, fault: Fault | None) -> Answer:
        _suffer(fault)
        account = self.fake.account
        with account.lock:
            if self.command == "POST":
                return page.act(account, id, body)
            return page.show(account, id)

    def _api(self, path: str, form: str, fault: Fault | None) -> Answer:
        self._authorize()
        endpoint, id = endpoints.find(self.command, path)
        key = self.headers.get("Idempotency-Key") if self.command == "POST" else None
        if not key:
            _suffer(fault)
            return self._work(endpoint, form, id, None)
        keys = self.fake.keys
        if before := keys.begin(key, path, form, self.fake.account.now()):
            _suffer(fault)
            return before
        try:
            _suffer(fault)
            answer = self._work(endpoint, form, id, key)
        except Refused as refusal:
            if refusal.before_work:
                keys.forget(key)
                raise
            answer = refusal.answer()
        except BaseException:
            keys.forget(key)
            raise
        keys.finish(key, answer)
        return answer

    def _work(self, endpoint: endpoints.Endpoint, form: str, id: str, key: str | None) -> Answer:
        given = parameters.check(forms.decode(form), endpoint.params_type)
        request = f"req_{secrets.token_hex(7)}"
        account = self.fake.account
        with account.lock:
            account.cause = {"id": request, "idempotency_key": key}
            try:
                found = endpoints.answer(endpoint, account, given, id, self.fake.delivered)
            finally:
                account.cause = NOBODY
            headers = {"Request-Id": request, "Stripe-Version": VERSION}
            if key:
                headers["Idempotency-Key"] = key
            return as_json(found, headers=headers)

    def _authorize(self) -> None:
        scheme, _, key = self.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or key != self.fake.secret_key:
            raise Refused(f"Invalid API Key provided: {key[:8]}****", status=401)
        if (version := self.headers.get("Stripe-Version")) != VERSION:
            raise Refused(f"Stripe-Version is {version}, but the installed SDK says {VERSION}.")

    def _write(self, answer: Answer) -> None:
        try:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)
        except OSError:
            pass  # who asked did not wait

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a test's output is the test's own."""


def _suffer(fault: Fault | None) -> None:
    if fault is None:
        return
    time.sleep(fault.seconds)
    if fault.kind == "error":
        raise Refused(
            "An unknown error occurred.",
            status=500,
            type="api_error",
            before_work=not fault.keep,
        )
