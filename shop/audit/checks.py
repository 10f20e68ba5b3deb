"""The register of checks, and what they share."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from inventory.words import about, parts

#: Table names for the queries, by the words of the design.
TABLES = {
    word: f'"{apps.get_model(model)._meta.db_table}"'
    for word, model in {
        "record": "partner.StockRecord",
        "item": "inventory.Item",
        "bundle_part": "inventory.BundlePart",
        "move": "inventory.Move",
        "lot": "inventory.Lot",
        "receipt": "inventory.Receipt",
        "receipt_line": "inventory.ReceiptLine",
        "costing": "inventory.Costing",
        "order": "order.Order",
        "line": "order.Line",
        "placement": "shop.Placement",
        "terms": "shop.LineTerms",
        "adjustment": "shop.Adjustment",
        "sale": "shop.CounterSale",
        "money": "shop.MoneyMove",
        "account_terms": "shop.AccountTerms",
        "cash_count": "shop.CashCount",
        "claim": "shop.Claim",
        "standing": "shop.StandingOrder",
        "standing_run": "shop.StandingRun",
        "fund": "shop.Fund",
        "subsidy": "shop.Subsidy",
        "stripe_payment": "shop.StripePayment",
        "refund": "shop.Refund",
        "round": "delivery.Round",
        "grid": "delivery.Grid",
        "household": "delivery.Household",
        "parcel": "delivery.Parcel",
        "parcel_line": "delivery.ParcelLine",
        "batch": "delivery.Batch",
        "stop": "delivery.Stop",
        "load": "delivery.StopParcel",
        "handoff": "delivery.Handoff",
        "volunteer": "delivery.Volunteer",
    }.items()
}


@dataclass(frozen=True)
class Figure:
    """One figure of a check: `key` for programs, `label` for people; `wrong`: must be zero."""

    key: str
    label: str
    value: int | Decimal
    wrong: bool = False


@dataclass(frozen=True)
class Result:
    """What came of one invariant; `str()` is its line."""

    number: str
    title: str
    figures: tuple[Figure, ...]

    @property
    def ok(self) -> bool:
        return not any(figure.wrong and figure.value for figure in self.figures)

    def __str__(self) -> str:
        figures = parts(f"{figure.label} {figure.value}" for figure in self.figures)
        said = about(f"{self.number} {self.title}", figures)
        return f"{'✓' if self.ok else '✗'} {said}"


Check = Callable[[], Iterator[Figure]]
_checks: list[tuple[str, str, Check]] = []


def check(number: str, title: str) -> Callable[[Check], Check]:
    """Registers the function as the check of DESIGN §2 `number`."""

    def register(function: Check) -> Check:
        _checks.append((number, title, function))
        return function

    return register


def run() -> list[Result]:
    """Every invariant in the order of DESIGN §2, all on the same moment's data."""
    with _one_moment():
        return [
            Result(number, str(title), tuple(function()))
            for number, title, function in sorted(_checks, key=lambda entry: entry[0])
        ]


def as_json(results: list[Result]) -> dict[str, Any]:
    """The figures by number and key; money as text, so that no fen is lost on the way."""
    return {
        "ok": all(result.ok for result in results),
        "checks": {
            result.number: {
                "title": result.title,
                "ok": result.ok,
                "seen": _by_key(result, wrong=False),
                "wrong": _by_key(result, wrong=True),
            }
            for result in results
        },
    }


def _by_key(result: Result, *, wrong: bool) -> dict[str, int | str]:
    return {
        figure.key: figure.value if isinstance(figure.value, int) else str(figure.value)
        for figure in result.figures
        if figure.wrong == wrong
    }


@contextmanager
def _one_moment() -> Iterator[None]:
    """A snapshot: orders placed meanwhile are seen by no check rather than by some."""
    if connection.in_atomic_block:
        yield  # a test, or whoever calls has a moment of their own
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        # Django would begin IMMEDIATE and keep writers waiting; reading needs no such lock.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def rows(query: str, words: Mapping[str, str] | None = None, **params: Any) -> list[tuple]:
    """The rows of a query in which {word} stands for a table, or for one of `words`."""
    with connection.cursor() as cursor:
        cursor.execute(query.format(**TABLES, **(words or {})), params)
        return cursor.fetchall()


def row(query: str, words: Mapping[str, str] | None = None, **params: Any) -> tuple:
    """The first of them."""
    return rows(query, words, **params)[0]


def count(query: str, words: Mapping[str, str] | None = None, **params: Any) -> int:
    """How many rows a query has."""
    return row(
        "SELECT COUNT(*) FROM ({query}) AS found".replace("{query}", query), words, **params
    )[0]


def yuan(fen: int | None) -> Decimal:
    """Sums are taken in whole fen: SQLite adds decimals up as floats."""
    return Decimal(int(fen or 0)).scaleb(-2)
