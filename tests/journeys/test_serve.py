"""`serve` once more on the journeys' data: a quick second start, one at a time, no orphans."""

import os
import re
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


def descendants(pid: int) -> set[int]:
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(fields[1])
    found, fresh = set(), {pid}
    while fresh:
        fresh = {child for child, parent in parents.items() if parent in fresh}
        found |= fresh
    return found


def alive(pids: set[int]) -> set[int]:
    return {
        pid
        for pid in pids
        if Path(f"/proc/{pid}/stat").exists()
        and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    }


@pytest.mark.parametrize("signals", [("SIGINT",), ("SIGINT", "SIGINT"), ("SIGTERM",), ("SIGHUP",)])
def test_second_start_is_quick_and_a_signal_ends_every_process(second, signals):
    said = read_until(second, "按 Ctrl-C 停止")
    assert "数据库" not in said
    seconds = int(re.search(r"已启动（(\d+) 秒）", said).group(1))
    assert seconds < 10
    started = descendants(second.pid)
    assert len(started) >= 5  # web and its two workers, the worker and its beat
    for name in signals:
        second.send_signal(getattr(signal, name))
        time.sleep(0.1)
    assert second.wait(timeout=20) == 0
    assert alive(started) == set()


def test_when_one_part_dies_all_stop_and_say_so(second):
    read_until(second, "按 Ctrl-C 停止")
    started = descendants(second.pid)
    web = next(pid for pid in started if b"gunicorn" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(web, signal.SIGKILL)
    said = read_until(second, "意外停止")
    assert "网站意外停止了" in said
    assert second.wait(timeout=20) == 1
    assert alive(started) == set()


def test_the_same_folder_is_served_once(station):
    refused = serve(station)
    assert refused.wait(timeout=20) == 1
    assert "这个驿站已经在运行了" in refused.stdout.read()


def test_a_port_in_use_is_said_before_anything_else(station, tmp_path):
    port = station.url.rpartition(":")[2]
    refused = serve(station, PORT=port, VAR_DIR=str(tmp_path))
    assert refused.wait(timeout=20) == 1
    said = refused.stdout.read()
    assert said == f"{port} 端口已经被别的程序占用：请关掉它，或换一个端口，例如 PORT=8001。\n"
    assert not (tmp_path / "station.sqlite3").exists()
