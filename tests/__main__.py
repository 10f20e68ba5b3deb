"""`make test`: all tests, each kind in the surroundings it needs, one summary at the end.

`python -m tests races` runs one kind alone; arguments after `--` go to pytest.

The units are as many processes as there are cores. Races mostly wait for locks, and journeys for
pages: each is one process, and they run side by side. What a kind says is printed in one piece.
"""

import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from tests import postgres
from tests.journeys import browser

TESTS = Path(__file__).parent
#: Where each kind of test lives. `tests/architecture/test_tests.py` sees that no file is left out.
KINDS = {
    "units": ("architecture", "fakes", "inventory", "delivery", "shop"),
    "races": ("races",),
    "journeys": ("journeys",),
}


#: What runs at the same time, one after the other.
TURNS = (("units",), ("races", "journeys"))


def units(arguments: list[str], says: IO | None) -> Counter:
    return pytest("units", "--numprocesses=auto", *arguments, says=says)


def races(arguments: list[str], says: IO | None) -> Counter:
    """On PostgreSQL and with the real migrations: the schema is the one of production."""
    with postgres.server() as url:
        return pytest("races", "--migrations", *arguments, says=says, DATABASE_URL=url)


def journeys(arguments: list[str], says: IO | None) -> Counter:
    if browser.find() is None:
        return Counter(failed=1) if os.environ.get("CI") else Counter()
    return pytest("journeys", *arguments, says=says)


#: Each answers how many passed, failed and were skipped; pytest's words go where `says` leads.
RUN: dict[str, Callable[[list[str], IO | None], Counter]] = {
    "units": units,
    "races": races,
    "journeys": journeys,
}


def pytest(kind: str, *arguments: str, says: IO | None, **environment: str) -> Counter:
    """Runs a kind's folders in a pytest of their own."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        code = subprocess.call(
            [
                *(sys.executable, "-m", "pytest", "-q", "-ra", f"--junit-xml={report}"),
                *(str(Path("tests") / name) for name in KINDS[kind]),
                *arguments,
            ],
            cwd=TESTS.parent,
            env={**os.environ, **environment},
            stdout=says,
            stderr=says and subprocess.STDOUT,
        )
        counts = count(report) if report.exists() else Counter()
    # Broken before a test could fail, or nothing collected: that is red as well.
    if code and not counts["failed"]:
        counts["failed"] = 1
    return counts


def count(report: Path) -> Counter:
    totals: Counter = Counter()
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        number = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
        bad = number["failures"] + number["errors"]
        totals["failed"] += bad
        totals["skipped"] += number["skipped"]
        totals["passed"] += number["tests"] - bad - number["skipped"]
    return totals


def main(arguments: list[str]) -> int:
    split = arguments.index("--") if "--" in arguments else len(arguments)
    wanted, passed_on = arguments[:split] or list(KINDS), arguments[split + 1 :]
    if unknown := set(wanted) - set(KINDS):
        print(f"unknown: {', '.join(unknown)}; there are {', '.join(KINDS)}", file=sys.stderr)
        return 2
    total: Counter = Counter()
    lines = []
    for turn in TURNS:
        for kind, counts, seconds in side_by_side(
            [kind for kind in turn if kind in wanted], passed_on
        ):
            total.update(counts)
            lines.append(f"{kind}: {summary(counts)} ({seconds:.0f} s)")
    print("\n" + "\n".join(lines))
    if "journeys" in wanted and browser.find() is None:
        print(f"NOT RUN: the browser journeys. {browser.HOW_TO_INSTALL}")
    print(summary(total), flush=True)
    return 1 if total["failed"] else 0


def side_by_side(kinds: list[str], arguments: list[str]) -> Iterator[tuple[str, Counter, float]]:
    """Runs the kinds at the same time; each with its counts and seconds, the first one ready first.

    One that runs alone is heard while it runs; of several each is heard as a whole when it is over.
    """
    if len(kinds) == 1:
        print(f"\n=== {kinds[0]} ===", flush=True)
        yield timed(kinds[0], arguments, None)
    elif kinds:
        print(f"\n{' and '.join(kinds)} run side by side …", flush=True)
        with ExitStack() as stack:
            said = {
                kind: stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))
                for kind in kinds
            }
            pool = stack.enter_context(ThreadPoolExecutor(len(kinds)))
            runs = [pool.submit(timed, kind, arguments, said[kind]) for kind in kinds]
            for run in as_completed(runs):
                kind, *_ = run.result()
                said[kind].seek(0)
                print(f"\n=== {kind} ===\n{said[kind].read()}", flush=True)
                yield run.result()


def timed(kind: str, arguments: list[str], says: IO | None) -> tuple[str, Counter, float]:
    began = time.monotonic()
    try:
        counts = RUN[kind](arguments, says)
    except Exception:
        # A server that does not start is red, and the other kinds are heard all the same.
        traceback.print_exc(file=says)
        counts = Counter(failed=1)
    return kind, counts, time.monotonic() - began


def summary(counts: Counter) -> str:
    text = f"{counts['passed']} passed, {counts['failed']} failed"
    return f"{text}, {counts['skipped']} skipped" if counts["skipped"] else text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
