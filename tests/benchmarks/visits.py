"""Whole visits over HTTP: browse, fill the basket, open the checkout, order, see the order.

Ours and a plain Oscar (`plain_oscar/`) take turns in slices of a few seconds, on databases of the
same PostgreSQL, behind the web server of production (`shop.config.gunicorn`) on 127.0.0.1.
Residents are logged in before the clock starts and keep their connection, as a phone behind the
proxy does. The clients run on the same cores and are part of what is measured.

Requests are counted, and a visit is so many of them: one that is cut off by the end of a slice goes
on in the next.
"""

import json
import multiprocessing
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.benchmarks.phones import VISITS, Phone

#: How many residents take turns in one client process.
RESIDENTS = 10
SLICE_SECONDS = 3.0


def measure(ground, seconds: float, processes: int) -> dict:
    """Visits a second of all client processes together, of both shops."""
    people = [{"session": session(user)} for user in ground.users[: processes * RESIDENTS]]
    shop = {
        "people": people,
        "category": f"/?category={ground.shelf.pk}",
        "records": [item.record_id for item in ground.goods],
    }
    with ours() as port, _plain_oscar(len(ground.goods), len(people)) as plain:
        return _take_turns(
            {"ours": shop | {"port": port}, "plain Oscar": plain}, seconds, processes
        )


def _take_turns(shops: dict, seconds: float, processes: int) -> dict:
    context = multiprocessing.get_context("spawn")
    pipes, clients = [], []
    for number in range(processes):
        near, far = context.Pipe()
        arguments = (far, shops, number, processes)
        clients.append(context.Process(target=_client, args=arguments, daemon=True))
        clients[-1].start()
        far.close()  # so that a client that is gone is heard of
        pipes.append(near)
    requests, spent, in_a_visit = Counter(), Counter(), {}
    errors: Counter[str] = Counter()
    for pipe in pipes:
        in_a_visit = pipe.recv()  # has made one visit each, so that the servers are warm
    for _ in range(max(2, round(seconds / SLICE_SECONDS))):
        for name in shops:
            start = time.monotonic() + 0.2
            for pipe in pipes:
                pipe.send((name, start, start + SLICE_SECONDS))
            answers = [pipe.recv() for pipe in pipes]
            requests[name] += sum(answer[0] for answer in answers)
            spent[name] += max(answer[1] for answer in answers) - start
            for answer in answers:
                errors.update(answer[2])
    for pipe in pipes:
        pipe.close()
    for client in clients:
        client.join(timeout=10)
    rates = {name: requests[name] / in_a_visit[name] / spent[name] for name in shops}
    return {
        "visits per second": {name: round(rate, 2) for name, rate in rates.items()},
        "ours / plain Oscar": round(rates["ours"] / rates["plain Oscar"], 1),
        "requests in a visit": in_a_visit,
        "seconds each": round(spent["ours"], 1),
        "web workers": os.environ.get("WEB_WORKERS", "2"),
        "errors": dict(errors),
    }


@contextmanager
def ours() -> Iterator[int]:
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)
    with web_server("shop.config.wsgi:application", dict(os.environ), "/healthz") as port:
        yield port


@contextmanager
def _plain_oscar(goods: int, residents: int) -> Iterator[dict]:
    """Oscar's own shop, in a database beside ours; what its clients have to know."""
    ours = urlsplit(os.environ["DATABASE_URL"])
    name = f"plain_oscar_{os.getpid()}"
    environment = {
        **os.environ,
        "PLAIN_OSCAR_DATABASE_URL": urlunsplit(ours._replace(path=f"/{name}")),
        "PLAIN_OSCAR_VAR_DIR": f"{os.environ['VAR_DIR']}/plain_oscar",
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.plain_oscar.settings",
    }
    filling = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.plain_oscar.filling"]
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            said = subprocess.run(
                [*filling, str(goods), str(residents)],
                env=environment,
                check=True,
                stdout=subprocess.PIPE,
            ).stdout
            shop = json.loads(said)
            wsgi = "tests.benchmarks.plain_oscar.wsgi:application"
            with web_server(wsgi, environment, shop["category"]) as port:
                yield shop | {"port": port}
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def web_server(wsgi: str, environment: dict[str, str], path: str) -> Iterator[int]:
    """The web server of production with this application, on a free port of 127.0.0.1; the port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        port = listener.getsockname()[1]
        arguments = ["-m", "gunicorn", "--config", "python:shop.config.gunicorn"]
        arguments += ["--bind", f"fd://{listener.fileno()}", wsgi]
        command = [sys.executable, *arguments]
        server = subprocess.Popen(command, pass_fds=(listener.fileno(),), env=environment)
        try:
            _wait_until_up(port, path)
            yield port
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait_until_up(port: int, path: str) -> None:
    patience = time.monotonic() + 60
    while time.monotonic() < patience:
        phone = Phone(port, {"session": ""})
        try:
            phone.ask(path)
            return
        except OSError:
            time.sleep(0.2)
        finally:
            phone.connection.close()
    raise AssertionError("the web server does not answer")


def session(user) -> str:
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


class _Residents:
    """Those of one client process in one shop, one after the other: a request at a time."""

    def __init__(self, name: str, shop: dict, number: int, processes: int) -> None:
        self.visit, self.shop = VISITS[name], shop
        self.phones = [Phone(shop["port"], person) for person in shop["people"][number::processes]]
        self.number = number
        self.asking: Iterator[None] = iter(())

    def ask(self) -> bool:
        """One request; whether it began a visit."""
        for _ in self.asking:
            return False
        self.number += 1
        phone = self.phones[self.number % len(self.phones)]
        self.asking = self.visit(phone, self.shop, self.number)
        next(self.asking)
        return True

    def ask_until(self, end: float) -> tuple[int, Counter[str]]:
        done, errors = 0, Counter()
        while time.monotonic() < end:
            try:
                self.ask()
                done += 1
            except Exception as error:
                errors[f"{type(error).__name__}: {error}"] += 1
                self.asking = iter(())
        return done, errors

    def a_visit(self) -> int:
        """Its requests."""
        return sum(1 for _ in self.visit(self.phones[0], self.shop, self.number))


def _client(pipe, shops: dict, number: int, processes: int) -> None:
    residents = {name: _Residents(name, shop, number, processes) for name, shop in shops.items()}
    pipe.send({name: those.a_visit() for name, those in residents.items()})
    while True:
        try:
            name, start, end = pipe.recv()
        except EOFError:
            return
        time.sleep(max(0, start - time.monotonic()))
        done, errors = residents[name].ask_until(end)
        pipe.send((done, time.monotonic(), errors))
