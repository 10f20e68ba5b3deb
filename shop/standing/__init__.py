"""每波都要: what a household gets in every round that opens, until it says stop."""

from shop.standing.asking import end_of, last_run, of, runs, start, stop, ways
from shop.standing.running import remind_due, run_due

__all__ = [
    "end_of",
    "last_run",
    "of",
    "remind_due",
    "run_due",
    "runs",
    "start",
    "stop",
    "ways",
]
