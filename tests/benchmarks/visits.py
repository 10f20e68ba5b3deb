"""Whole visits over HTTP: browse, fill the basket, open the checkout, order, see the order.

The web server is the one of production (`shop.config.gunicorn`), on 127.0.0.1. Residents are
logged in before the clock starts and keep their connection, as a phone behind the proxy does.
The clients run on the same cores and are part of what is measured.
"""

import http.client
import multiprocessing
import os
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

#: How many residents take turns in one client process.
RESIDENTS = 10
REQUESTS = 5


@contextmanager
def web_server() -> Iterator[int]:
    """The station's web server on a free port of 127.0.0.1; the port."""
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        port = listener.getsockname()[1]
        arguments = ["-m", "gunicorn", "--config", "python:shop.config.gunicorn"]
        arguments += ["--bind", f"fd://{listener.fileno()}"]
        server = subprocess.Popen([sys.executable, *arguments], pass_fds=(listener.fileno(),))
        try:
            _wait_until_up(port)
            yield port
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait_until_up(port: int) -> None:
    patience = time.monotonic() + 60
    while time.monotonic() < patience:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
        finally:
            connection.close()
    raise AssertionError("the web server does not answer")


def measure(ground, seconds: float, processes: int) -> dict:
    """Visits a second of all client processes together."""
    record_ids = [item.record_id for item in ground.goods]
    users = ground.users[: processes * RESIDENTS]
    cookies = [session(user) for user in users]
    context = multiprocessing.get_context("spawn")
    pipes, clients = [], []
    with web_server() as port:
        for number in range(processes):
            ours, theirs = context.Pipe()
            arguments = (theirs, port, cookies[number::processes], record_ids[number:])
            clients.append(context.Process(target=_client, args=arguments, daemon=True))
            clients[-1].start()
            pipes.append(ours)
        for pipe in pipes:
            pipe.recv()  # has made one visit each, so that the server is warm
        start = time.monotonic() + 0.2
        for pipe in pipes:
            pipe.send((start, start + seconds))
        answers = [pipe.recv() for pipe in pipes]
        for client in clients:
            client.join(timeout=10)
    took = max(answer[1] for answer in answers) - start
    visits = sum(answer[0] for answer in answers)
    errors: Counter[str] = sum((answer[2] for answer in answers), Counter())
    return {
        "visits per second": round(visits / took, 1),
        "requests in a visit": REQUESTS,
        "web workers": os.environ.get("WEB_WORKERS", "2"),
        "errors": dict(errors),
    }


def session(user) -> str:
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _client(pipe, port: int, sessions: list[str], record_ids: list[int]) -> None:
    phones = [Phone(port, session) for session in sessions]
    errors: Counter[str] = Counter()

    def visit(number: int) -> bool:
        try:
            phones[number % len(phones)].visit(record_ids[number % len(record_ids)])
            return True
        except Exception as error:
            errors[f"{type(error).__name__}: {error}"] += 1
            return False

    visit(0)
    pipe.send("ready")
    start, end = pipe.recv()
    time.sleep(max(0, start - time.monotonic()))
    number = done = 0
    while time.monotonic() < end:
        number += 1
        done += visit(number)
    pipe.send((done, time.monotonic(), errors))


class Phone:
    """A resident's browser: one kept connection, two cookies."""

    def __init__(self, port: int, session: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.cookies = {"sessionid": session}

    def visit(self, record_id: int) -> None:
        self.ask("/")
        self.ask("/basket/change/", {"record": record_id, "quantity": 1}, {"HX-Request": "true"})
        _, page = self.ask("/checkout/")
        shown = {name: _field(page, name) for name in ("basket", "seen")}
        order, _ = self.ask(
            "/checkout/", {**shown, "in_person": "", "note": "", "pay": "door"}, expect=302
        )
        self.ask(order)

    def ask(self, path: str, fields=None, headers=None, *, expect: int = 200) -> tuple[str, str]:
        """GET, or POST with fields; where it leads to, and the page."""
        headers = {
            "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()),
            **(headers or {}),
        }
        body = None
        if fields is not None:
            body = urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["X-CSRFToken"] = self.cookies["csrftoken"]
        self.connection.request("POST" if body else "GET", path, body, headers)
        answer = self.connection.getresponse()
        page = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status != expect:
            raise AssertionError(f"{path} answers {answer.status}")
        return answer.getheader("Location", ""), page


def _field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    if not found:
        raise AssertionError(f"the checkout page has no {name}")
    return found[1]
