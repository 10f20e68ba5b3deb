"""What `make run` is made of. The whole of it runs in the journeys."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.urls import reverse

from shop.serving import address, readiness
from shop.serving.processes import Processes


class TestHealth:
    def test_says_ok_without_a_session(self, client, db):
        answer = client.get(reverse("healthz"))
        assert (answer.status_code, answer.content) == (200, b"ok")
        assert not answer.cookies

    def test_says_503_when_the_database_is_gone(self, client, monkeypatch):
        def refuse() -> None:
            raise DatabaseError

        monkeypatch.setattr("shop.views.health.connection.cursor", refuse)
        assert client.get(reverse("healthz")).status_code == 503

    def test_is_only_asked(self, client, db):
        assert client.post(reverse("healthz")).status_code == 405


def test_a_stripe_of_our_own_is_not_for_production(settings, monkeypatch):
    settings.PRODUCTION = True
    monkeypatch.setenv("STRIPE_FAKE", "1")
    with pytest.raises(SystemExit, match="不能和 PRODUCTION=1 一起用"):
        call_command("serve")


class TestAddress:
    @pytest.mark.parametrize("port", ["abc", "", "0", "-1", "65536", "80.5", "٣"])
    def test_port_that_is_none(self, port):
        with pytest.raises(ValueError, match="PORT 要填 1 到 65535 之间的数字"):
            address.listen("127.0.0.1", port)

    def test_a_free_port_can_be_listened_on(self):
        with address.listen("127.0.0.1", str(address.free_port())) as listener:
            assert listener.getsockname()[1] > 0

    def test_port_in_use(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            with pytest.raises(ValueError, match=f"^{port} 端口已经被别的程序占用"):
                address.listen("127.0.0.1", str(port))

    def test_host_of_another_machine(self):
        with pytest.raises(ValueError, match="不是这台电脑的地址"):
            address.listen("192.0.2.1", "8000")

    def test_laptop_alone_answers_to_itself(self):
        assert address.reachable("127.0.0.1") == ["127.0.0.1", "localhost"]

    def test_phones_in_the_network_are_told_its_address(self, monkeypatch):
        monkeypatch.setattr(address, "lan_addresses", lambda: ["192.168.1.5"])
        monkeypatch.setattr(socket, "gethostname", lambda: "Office")
        assert address.reachable("0.0.0.0") == [
            *("192.168.1.5", "127.0.0.1", "localhost", "office", "office.local"),
        ]

    def test_own_addresses_are_addresses_but_not_loopback(self):
        for found in address.lan_addresses():
            socket.inet_aton(found)
            assert not found.startswith("127.")


class TestReadiness:
    def test_one_station_per_folder(self, tmp_path):
        with readiness.lock(tmp_path), pytest.raises(ValueError, match="已经在运行"):
            readiness.lock(tmp_path)
        readiness.lock(tmp_path).close()

    def test_files_are_collected_once(self, settings, tmp_path):
        settings.VAR_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "static"
        assert readiness.static_files() is True
        assert (tmp_path / "static" / "station" / "site.css").exists()
        assert readiness.static_files() is False

    def test_leftovers_of_a_killed_worker_are_cleared(self, settings, tmp_path):
        settings.VAR_DIR = tmp_path
        queue = tmp_path / "broker" / "queue"
        queue.mkdir(parents=True)
        for path in (queue / "1.msg", tmp_path / "beat-schedule", tmp_path / "station.sqlite3"):
            path.write_text("x")
        readiness.background_work()
        assert {path.name for path in tmp_path.iterdir()} == {"broker", "station.sqlite3"}
        assert list(queue.iterdir()) == []


STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(str(child.pid))
time.sleep(600)
"""


class TestProcesses:
    @pytest.fixture
    def stubborn(self, tmp_path, monkeypatch) -> Path:
        """A module that ignores SIGTERM and has a child; the file its child's id is written to."""
        (tmp_path / "stubborn.py").write_text(STUBBORN)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        return tmp_path / "pid"

    def test_nothing_outlives_the_second_signal(self, stubborn):
        with Processes() as processes:
            processes.start("固执", "stubborn", str(stubborn))
            assert processes.wait(lambda: stubborn.exists() and bool(stubborn.read_text()))
            os.kill(os.getpid(), signal.SIGINT)
            assert processes.wait() is False
            os.kill(os.getpid(), signal.SIGINT)
        assert processes.children["固执"].returncode == -signal.SIGKILL
        assert gone(int(stubborn.read_text()))

    def test_all_end_when_one_does(self, stubborn):
        with Processes() as processes:
            processes.start("一", "http.server", "--help")
            processes.start("二", "http.server", "0", "--bind", "127.0.0.1")
            assert processes.wait() is False
            assert processes.ended() == "一"
        assert processes.children["二"].returncode is not None
        assert processes.signals == 0


def gone(pid: int) -> bool:
    """Whether the process has ended; one that only waits to be collected has."""
    for _ in range(50):
        try:
            if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.1)
    return False


def test_a_wrong_port_stops_before_anything_is_done(tmp_path, settings):
    done = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "shop.config.settings",
            "VAR_DIR": str(tmp_path),
            "PORT": "x",
            "DATABASE_URL": "",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr == "PORT 要填 1 到 65535 之间的数字，现在是“x”。\n"
    assert not (tmp_path / "station.sqlite3").exists()
