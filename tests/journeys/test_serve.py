"""`serve` once more on the journeys' data: a quick second start, one at a time, no orphans."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.station import ROOT, Station, free_port


@pytest.fixture
def second(station: Station, tmp_path: Path) -> Iterator[subprocess.Popen]:
    """A second start: another folder with a copy of the data, as yet unstopped."""
    folder = tmp_path / "var"
    shutil.copytree(station.environment["VAR_DIR"], folder)
    process = serve(station, VAR_DIR=str(folder))
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()


def serve(station: Station, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env={
            **station.environment,
            "PORT": str(free_port()),
            "PYTHONUNBUFFERED": "1",
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_until(process: subprocess.Popen, wanted: str) -> str:
    seen = ""
    for line in process.stdout:
        seen += line
        if wanted in line:
            return seen
    raise AssertionError(f"ended without saying {wanted}:\n{seen}")


def parents() -> dict[int, int]:
    """Every process that runs -> the one that started it. One that only waits to be collected
    does not run."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            found[int(path.parent.name)] = int(parent)
    return found


def descendants(pid: int) -> set[int]:
    of, found, fresh = parents(), set(), {pid}
    while fresh:
        fresh = {child for child, parent in of.items() if parent in fresh}
        found |= fresh
    return found


def all_started(pid: int) -> set[int]:
    """Web and its two workers, the worker and its beat; the last is there a little later."""
    deadline = time.monotonic() + 60
    while len(found := descendants(pid)) < 5:
        assert time.monotonic() < deadline, f"only {len(found)} processes"
        time.sleep(0.1)
    return found


def worked(pid: int) -> float:
    """The seconds that a core has worked for this process: a busy machine changes little of it.
    Making the tables takes a minute."""
    times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def child(pid: int, name: str) -> int:
    """The process with this name that was started by `pid` itself."""
    for number, parent in parents().items():
        if parent == pid and name.encode() in Path(f"/proc/{number}/cmdline").read_bytes():
            return number
    raise AssertionError(f"{pid} has not started {name}")


@pytest.mark.parametrize("signals", [("SIGINT",), ("SIGINT", "SIGINT"), ("SIGTERM",), ("SIGHUP",)])
def test_second_start_is_quick_and_a_signal_ends_every_process(second, signals):
    said = read_until(second, "按 Ctrl-C 停止")
    assert "已就绪" not in said
    assert worked(second.pid) < 20
    started = all_started(second.pid)
    for name in signals:
        second.send_signal(getattr(signal, name))
        time.sleep(0.1)
    assert second.wait(timeout=60) == 0
    assert started & set(parents()) == set()


def test_when_one_part_dies_all_stop_and_say_so(second):
    read_until(second, "按 Ctrl-C 停止")
    started = all_started(second.pid)
    os.kill(child(second.pid, "gunicorn"), signal.SIGKILL)
    said = read_until(second, "意外停止")
    assert "网站意外停止了" in said
    assert second.wait(timeout=60) == 1
    assert started & set(parents()) == set()


def test_the_same_folder_is_served_once(station):
    refused = serve(station)
    assert refused.wait(timeout=60) == 1
    assert "这个驿站已经在运行了" in refused.stdout.read()


def test_a_port_in_use_is_said_before_anything_else(station, tmp_path):
    port = station.url.rpartition(":")[2]
    refused = serve(station, PORT=port, VAR_DIR=str(tmp_path))
    assert refused.wait(timeout=60) == 1
    said = refused.stdout.read()
    assert said == f"{port} 端口已经被别的程序占用：请关掉它，或换一个端口，例如 PORT=8001。\n"
    assert not (tmp_path / "station.sqlite3").exists()
