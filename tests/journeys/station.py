"""A whole station for the journeys: the real `serve`, in a folder and on a database of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

ROOT = Path(__file__).parent.parent.parent
#: What tests/settings.py set for this process; the station has its own.
OF_THE_TESTS = {"DATABASE_URL", "CELERY_BROKER_URL"}
START_SECONDS = 600  # migrating alone works a core for a minute, and the machine may be busy


@dataclass
class Station:
    """A running station; `url` ends without a slash. `pays_at`: whose pages take the money."""

    url: str
    environment: dict[str, str]
    pays_at: str = ""

    @property
    def folder(self) -> Path:
        return Path(self.environment["VAR_DIR"])

    def manage(self, *arguments: str) -> str:
        """Runs a management command on this station's data; what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise AssertionError(f"manage.py {arguments[0]} failed:\n{done.stdout}{done.stderr}")
        return done.stdout


@contextmanager
def stopped(like: Station | None = None, **environment: str) -> Iterator[Station]:
    """A station that does not run: an empty one, or a copy of another that does not run either."""
    with (
        tempfile.TemporaryDirectory(prefix="station-journey-") as folder,
        _database(like) as database,
    ):
        if like:
            shutil.copytree(like.folder, folder, dirs_exist_ok=True)
        port = free_port()
        yield Station(
            url=f"http://127.0.0.1:{port}",
            environment={
                **{key: os.environ[key] for key in os.environ.keys() - OF_THE_TESTS},
                **database,
                "DJANGO_SETTINGS_MODULE": "shop.config.settings",
                "VAR_DIR": folder,
                "HOST": "127.0.0.1",
                "PORT": str(port),
                "DEMO": "0",
                **environment,
            },
            pays_at=environment.get("STRIPE_API_BASE", ""),
        )


@contextmanager
def serving(like: Station | None = None, **environment: str) -> Iterator[Station]:
    """Web and background work on a free port of this machine, gone without a trace afterwards."""
    with stopped(like, **environment) as station, started(station):
        yield station


@contextmanager
def started(station: Station) -> Iterator[None]:
    log = station.folder / "serve.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=station.environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_up(station.url, process, log)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0


def _wait_until_up(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "已启动" not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"the station did not start:\n{log.read_text()[-4000:]}")
        time.sleep(0.3)
    with urllib.request.urlopen(f"{url}/healthz", timeout=10) as answer:
        assert answer.read() == b"ok"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def _database(like: Station | None) -> Iterator[dict[str, str]]:
    """On PostgreSQL, when `DATABASE_URL` names one: a database of its own, a copy of `like`'s.
    SQLite needs nothing: its file is in the folder."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield {}
        return
    from urllib.parse import urlsplit

    import psycopg

    name = f"journey_{uuid4().hex[:12]}"
    template = urlsplit(like.environment["DATABASE_URL"]).path[1:] if like else "template1"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield {"DATABASE_URL": urlsplit(url)._replace(path=f"/{name}").geturl()}
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
