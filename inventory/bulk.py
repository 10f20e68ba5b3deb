"""Writes any number of rows in one statement.

The ORM's `bulk_update` spells a CASE with a branch for every row, and its `bulk_create` makes an
object of each and asks every field about it: for the 18,000 lines of a large share-out that is
seconds, and the writing itself is not one.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from inventory.rows import as_table


def insert(
    model, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, once: bool = False
) -> None:
    """New rows, by column; the keys are the database's. `once`: those that are there already, as
    some constraint says, are left out."""
    if not rows:
        return
    given, params = as_table(
        {
            name: (model._meta.get_field(name), [row[number] for row in rows])
            for number, name in enumerate(columns)
        }
    )
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {names} FROM {given} AS given'
            # The condition that is none: else SQLite takes ON for that of a join.
            + (" WHERE true ON CONFLICT DO NOTHING" if once else ""),
            params,
        )


def update(model, column: str, values: Mapping[int, tuple[Any, Any]]) -> int:
    """Sets `column` by key: `(to this, while it is that)`; how many rows that were."""
    wanted = {key: value for key, (value, _expected) in values.items()}
    expected = {key: value for key, (_wanted, value) in values.items()}
    return _update(model, column, wanted, "{wanted}", expected)


def fill(model, column: str, values: Mapping[int, Any]) -> int:
    """Sets `column` by key; how many rows there were."""
    return _update(model, column, values, "{wanted}")


def add_money(model, column: str, amounts: Mapping[int, Decimal]) -> int:
    """Adds yuan to a column of money, in the database: others may be adding to the same row.

    Rounded to the fen, because SQLite adds decimals up as floats, and 0.3 − 0.1 − 0.2 is below
    zero there.
    """
    return _update(model, column, amounts, "ROUND({now} + {wanted}, 2)")


def _update(
    model,
    column: str,
    values: Mapping[int, Any],
    formula: str,
    expected: Mapping[int, Any] | None = None,
) -> int:
    """Sets `column` by key to what `formula` makes of what it is and of what is wanted; with
    `expected` only while it is that."""
    if not values:
        return 0
    table, key, field = model._meta.db_table, model._meta.pk, model._meta.get_field(column)
    keys = sorted(values)
    columns = {"row_key": (key, keys), "wanted": (field, [values[key] for key in keys])}
    now, condition = f'"{table}".{column}', f'"{table}".{key.column} = given.row_key'
    if expected is not None:
        columns["expected"] = field, [expected[key] for key in keys]
        condition += f" AND {now} = given.expected"
    given, params = as_table(columns)
    becomes = formula.format(now=now, wanted="given.wanted")
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{table}" SET {column} = {becomes} FROM {given} AS given WHERE {condition}',
            params,
        )
        return cursor.rowcount
