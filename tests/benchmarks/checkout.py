"""Orders a second: `python -m tests.benchmarks.checkout [--only orders|visits] …`.

Ours, plain Oscar and the bare SQL transaction take turns in short slices on one PostgreSQL with
durable commits, so that whatever else the machine does hits all of them alike. docs/benchmarks.md
says how to read the table.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict

import psycopg

from tests.benchmarks import ground

SLICE_SECONDS = 1.0
#: First guess of orders a second, so that no slice runs out of baskets; measured from then on.
GUESS = {"ours": 400, "plain Oscar": 80, "bare SQL": 2000}


def measure(seconds: float, processes: int, only: str = "") -> dict:
    """All figures of one run, or `only` those of "orders" or of "visits", as `--json` prints
    them."""
    with ground.database() as url:
        from tests.benchmarks import visits
        from tests.benchmarks.machine import describe
        from tests.benchmarks.workers import Crew

        with psycopg.connect(url, autocommit=True) as connection:
            machine = describe(connection)
            place = ground.Ground()
            connection.execute("VACUUM ANALYZE")
            figures = {"machine": machine, "processes": processes}
            if only != "visits":
                crew = Crew(processes)
                try:
                    figures["orders per second"] = [
                        _measure_case(place, crew, case, seconds, processes, connection)
                        for case in ground.CASES
                    ]
                finally:
                    crew.close()
            if only != "orders":
                figures["visits"] = visits.measure(place, seconds, processes)
    return figures


def _measure_case(place, crew, case, seconds, processes, connection) -> dict:
    guess = dict(GUESS)
    orders, spent, errors = Counter(), defaultdict(float), Counter()
    queries = {}
    slices = max(2, round(seconds / SLICE_SECONDS))
    for number in range(slices + 1):
        for name in GUESS:
            each = int(guess[name] * SLICE_SECONDS * 1.5 / processes) + 2
            filled = place.fill(case, processes, each)
            if number == 0:
                queries[name] = crew.queries(name, [filled[0].pop()], place.round.pk)
            done = crew.run(name, filled, place.round.pk, SLICE_SECONDS)
            guess[name] = max(done.orders / done.seconds, 10)
            if number == 0:  # the first slice fills caches
                continue
            orders[name] += done.orders
            spent[name] += done.seconds
            errors.update(f"{name}: {error}" for error in done.errors)
        if number == 0:
            connection.execute("ANALYZE")
    rates = {name: orders[name] / spent[name] for name in GUESS}
    return {
        "case": case.name,
        "rates": {name: round(rate, 1) for name, rate in rates.items()},
        "statements": {**queries, "bare SQL": 5},
        "ours / plain Oscar": round(rates["ours"] / rates["plain Oscar"], 1),
        "errors": dict(errors),
    }


def table(figures: dict) -> str:
    """The figures as a Markdown table, for docs/benchmarks.md."""
    machine = ", ".join(f"{name} {value}" for name, value in figures["machine"].items())
    lines = [machine]
    if "orders per second" in figures:
        lines += ["", *_orders_table(figures)]
    if "visits" in figures:
        lines += ["", *_visits_table(figures["visits"])]
    return "\n".join(lines)


def _orders_table(figures: dict) -> list[str]:
    lines = [
        f"| orders a second, {figures['processes']} processes | plain Oscar | ours | bare SQL "
        "| ours ÷ plain Oscar | statements (Oscar, ours, bare) |",
        "|---|---|---|---|---|---|",
    ]
    for row in figures["orders per second"]:
        rates, statements = row["rates"], row["statements"]
        lines.append(
            f"| {row['case']} | {rates['plain Oscar']:.0f} | {rates['ours']:.0f} "
            f"| {rates['bare SQL']:.0f} | {row['ours / plain Oscar']:.1f} × "
            f"| {statements['plain Oscar']}, {statements['ours']}, {statements['bare SQL']} |"
        )
        lines += [f"  ! {count} × {error}" for error, count in row["errors"].items()]
    return lines


def _visits_table(visits: dict) -> list[str]:
    rates, asked = visits["visits per second"], visits["requests in a visit"]
    return [
        f"| visits a second over HTTP, {visits['web workers']} web workers | plain Oscar | ours "
        "| ours ÷ plain Oscar | requests in a visit (Oscar, ours) |",
        "|---|---|---|---|---|",
        f"| category of 60 goods, basket, order, {visits['seconds each']:.0f} s each "
        f"| {rates['plain Oscar']:.2f} | {rates['ours']:.1f} "
        f"| {visits['ours / plain Oscar']:.1f} × | {asked['plain Oscar']}, {asked['ours']} |",
        *(f"  ! {count} × {error}" for error, count in visits["errors"].items()),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=6, help="for each figure")
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--only", choices=["orders", "visits"], default="")
    options = parser.parse_args()
    figures = measure(options.seconds, options.processes, options.only)
    print(json.dumps(figures, ensure_ascii=False, indent=2) if options.json else table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
