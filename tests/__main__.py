"""`make test`: all tests, each kind in the surroundings it needs, one summary at the end.

`python -m tests races` runs one kind alone; arguments after `--` go to pytest.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
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


def units(arguments: list[str]) -> Counter:
    return pytest("units", "--numprocesses=auto", *arguments)


def races(arguments: list[str]) -> Counter:
    """On PostgreSQL and with the real migrations: the schema is the one of production."""
    with postgres.server() as url:
        return pytest("races", "--migrations", *arguments, DATABASE_URL=url)


def journeys(arguments: list[str]) -> Counter:
    if browser.find() is None:
        return Counter(failed=1) if os.environ.get("CI") else Counter()
    return pytest("journeys", *arguments)


def pytest(kind: str, *arguments: str, **environment: str) -> Counter:
    """Runs a kind's folders in a pytest of their own; how many passed, failed and were skipped."""
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
    run: dict[str, Callable[[list[str]], Counter]] = {
        "units": units,
        "races": races,
        "journeys": journeys,
    }
    total: Counter = Counter()
    lines = []
    for kind in wanted:
        print(f"\n=== {kind} ===", flush=True)
        began = time.monotonic()
        counts = run[kind](passed_on)
        total.update(counts)
        lines.append(f"{kind}: {summary(counts)} ({time.monotonic() - began:.0f} s)")
    print("\n" + "\n".join(lines))
    if "journeys" in wanted and browser.find() is None:
        print(f"NOT RUN: the browser journeys. {browser.HOW_TO_INSTALL}")
    print(summary(total), flush=True)
    return 1 if total["failed"] else 0


def summary(counts: Counter) -> str:
    text = f"{counts['passed']} passed, {counts['failed']} failed"
    return f"{text}, {counts['skipped']} skipped" if counts["skipped"] else text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
