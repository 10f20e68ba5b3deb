"""What a figure was measured on: without it, a figure says nothing."""

import os
import platform
from pathlib import Path

import django
import oscar
import psycopg


def describe(connection: psycopg.Connection) -> dict[str, str]:
    """Machine, versions, and the settings of PostgreSQL that decide what a commit costs."""

    def setting(name: str) -> str:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
        return row[0] if row else ""

    return {
        "cpu": _cpu(),
        "cores": str(len(os.sched_getaffinity(0))),
        "python": platform.python_version(),
        "django": django.get_version(),
        "oscar": oscar.get_version(),
        "postgresql": setting("server_version").split()[0],
        "fsync": setting("fsync"),
        "synchronous_commit": setting("synchronous_commit"),
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
