"""Writes many rows in a statement per chunk.

The ORM's `bulk_update` spells a CASE with a branch for every row, and its `bulk_create` makes an
object of each and asks every field about it: for the 18,000 lines of a large share-out that is
seconds, and the writing itself is not one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from inventory.ledger import CHUNK


def insert(model, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """New rows, by column; the keys are the database's."""
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        with connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO "{model._meta.db_table}" ({", ".join(columns)})'
                f" VALUES {_marks(chunk)}",
                _adapted(chunk),
            )


def update(model, column: str, values: Mapping[int, tuple[Any, Any]]) -> int:
    """Sets `column` by key: `(to this, while it is that)`; how many rows that were."""
    return _update(model, f"{column} = given.column2", values, f"{column} = given.column3")


def fill(model, column: str, values: Mapping[int, Any]) -> int:
    """Sets `column` by key; how many rows there were."""
    return _update(model, f"{column} = given.column2", {pk: (v,) for pk, v in values.items()})


def add_money(model, column: str, amounts: Mapping[int, Decimal]) -> int:
    """Adds yuan to a column of money, in the database: others may be adding to the same row.

    Rounded to the fen, because SQLite adds decimals up as floats, and 0.3 − 0.1 − 0.2 is below
    zero there.
    """
    table = model._meta.db_table
    sum_of_both = f'CAST("{table}".{column} AS numeric) + CAST(given.column2 AS numeric)'
    rows = {pk: (amount,) for pk, amount in amounts.items()}
    return _update(model, f"{column} = ROUND({sum_of_both}, 2)", rows)


def _update(
    model, assignment: str, values: Mapping[int, tuple[Any, ...]], condition: str = "TRUE"
) -> int:
    table, key = model._meta.db_table, model._meta.pk.column
    rows = [(pk, *row) for pk, row in sorted(values.items())]
    changed = 0
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "{table}" SET {assignment} FROM (VALUES {_marks(chunk)}) AS given'
                f' WHERE "{table}".{key} = given.column1 AND {condition}',
                _adapted(chunk),
            )
            changed += cursor.rowcount
    return changed


def _marks(rows: Sequence[Sequence[Any]]) -> str:
    return ", ".join([f"({', '.join(['%s'] * len(rows[0]))})"] * len(rows))


def _adapted(rows: Sequence[Sequence[Any]]) -> list[Any]:
    """All values in one list, as the database's driver wants them: money and times as text for
    SQLite, which knows neither. Few of them differ, so each is spelt once."""
    known: dict[Any, Any] = {}
    values = [value for row in rows for value in row]
    for number, value in enumerate(values):
        if type(value) in _SPELT:
            if value not in known:
                known[value] = _as_text(value)
            values[number] = known[value]
    return values


_SPELT = {Decimal, datetime}


def _as_text(value: Decimal | datetime) -> Any:
    if isinstance(value, Decimal):
        return connection.ops.adapt_decimalfield_value(value, 12, 2)
    return connection.ops.adapt_datetimefield_value(value)
