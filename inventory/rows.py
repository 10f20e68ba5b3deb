"""Any number of rows as a table in a statement that takes one parameter for all of them.

A parameter for every value would be a statement for every few thousand rows (SQLite takes 32,766
of them), and PostgreSQL would read 18,000 moves ten times as long. So the rows travel as one JSON
text which the database takes apart: one statement, whether for 1 row or for 18,000.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, DecimalField, Field


def as_table(columns: Mapping[str, tuple[Field, Sequence[Any]]]) -> tuple[str, list[Any]]:
    """`(SELECT …)` and its parameters. A column is `name: (field, its value in every row)`; there
    must be a row.

    Columns have the types of their fields. Money and times are text on the way, never floats, and
    rounded and spelt as Django writes them into the field; the rest is what JSON knows.
    """
    vendor = connection.vendor
    selected: list[str] = []
    params: list[Any] = []
    by_row: list[Iterator[str]] = []
    for name, (field, values) in columns.items():
        spelt = {value: _spelt(field, value) for value in set(values)}
        if by_row and len(spelt) == 1:
            # What is the same in every row is said once: half of a move, and of SQLite's time.
            params += spelt.values()
            given = "%s"
        else:
            given = _VALUE[vendor].format(len(by_row))
            in_json = {value: _in_json(plain) for value, plain in spelt.items()}
            by_row.append(map(in_json.__getitem__, values))
        sql_type = _sql_type(field, vendor)
        selected.append(f"{f'CAST({given} AS {sql_type})' if sql_type else given} AS {name}")
    # Put together by hand: lists of 18,000 rows would set the garbage collector off.
    params.append(f"[[{'],['.join(map(','.join, zip(*by_row, strict=True)))}]]")
    return _TABLE[vendor].format(", ".join(selected)), params


#: A row's `value` is its array. The limit that is none keeps SQLite from going through all rows
#: again for every row it joins them to.
_TABLE = {
    "sqlite": "(SELECT {} FROM json_each(%s) LIMIT -1)",
    "postgresql": "(SELECT {} FROM jsonb_array_elements(%s::jsonb))",
}
_VALUE = {"sqlite": "json_extract(value, '$[{}]')", "postgresql": "value ->> {}"}


def _in_json(plain: Any) -> str:
    # Most are keys, and those need no encoder.
    return str(plain) if type(plain) is int else json.dumps(plain)


@cache  # Asking the fields took an order longer than everything else here.
def _sql_type(field: Field, vendor: str) -> str:
    if vendor == "sqlite":
        # Only sums need it: SQLite types what it stores.
        return "numeric" if isinstance(field, DecimalField) else ""
    # Without its length or scale: a cast would cut off in silence what the column refuses.
    return (field.db_type(connection) or "text").partition("(")[0]


def _spelt(field: Field, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(field, DecimalField):
        digits, places = field.max_digits, field.decimal_places
        return str(connection.ops.adapt_decimalfield_value(value, digits, places))
    if isinstance(field, DateTimeField):
        return str(connection.ops.adapt_datetimefield_value(value))
    return value
