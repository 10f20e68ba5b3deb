"""Writes an order into Oscar's own tables, in sets: the same statements for 1 line and for 20.

Oscar's `OrderCreator` writes line by line (28 statements for one line, 73 for five). These are the
same rows; `tests/shop/test_order_rows.py` compares them column by column with what Oscar writes.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from oscar.core.loading import get_model

from inventory import bulk
from shop.models import LineTerms, OrderedBundle, OrderStatus
from shop.wanted import Wanted, WantedBundle

Order = get_model("order", "Order")
Line = get_model("order", "Line")
LinePrice = get_model("order", "LinePrice")

# Crockford's base 32: no letter that an old eye or a hoarse voice takes for another.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

#: column of order_line -> where its value comes from. w: what differs from line to line.
LINE_COLUMNS = {
    "order_id": "CAST(%s AS bigint)",
    "partner_id": "CAST(w.column1 AS bigint)",
    "partner_name": "w.column2",
    "partner_sku": "w.column3",
    "partner_line_reference": "''",
    "partner_line_notes": "''",
    "stockrecord_id": "w.column4",
    "product_id": "w.column5",
    "title": "w.column6",
    "upc": "w.column7",
    "quantity": "w.column8",
    "line_price_incl_tax": "ROUND(w.column8 * CAST(w.column9 AS numeric), 2)",
    "line_price_excl_tax": "ROUND(w.column8 * CAST(w.column9 AS numeric), 2)",
    "line_price_before_discounts_incl_tax": "ROUND(w.column8 * CAST(w.column9 AS numeric), 2)",
    "line_price_before_discounts_excl_tax": "ROUND(w.column8 * CAST(w.column9 AS numeric), 2)",
    "unit_price_incl_tax": "CAST(w.column9 AS numeric)",
    "unit_price_excl_tax": "CAST(w.column9 AS numeric)",
    "tax_code": "NULL",
    "status": f"'{settings.OSCAR_INITIAL_LINE_STATUS}'",
    "num_allocated": "w.column10",
    "allocation_cancelled": "FALSE",
}
#: column of order_lineprice -> where its value comes from: one price, the whole quantity.
PRICE_COLUMNS = {
    "order_id": "line.order_id",
    "line_id": "line.id",
    "quantity": "line.quantity",
    "price_incl_tax": "line.unit_price_incl_tax",
    "price_excl_tax": "line.unit_price_excl_tax",
    "shipping_incl_tax": "0",
    "shipping_excl_tax": "0",
    "tax_code": "NULL",
}


def new_number() -> str:
    """`HM-7K3Q9X2M`: says nothing of how many orders there are, and cannot be guessed."""
    return "HM-" + "".join(secrets.choice(ALPHABET) for _ in range(8))


def write(basket, *, user, lines: Sequence[Wanted], status: OrderStatus = OrderStatus.PLACED):
    """The order with its lines and line prices; over the counter without a basket.

    The basket's own rows are not asked again: what was agreed to is what is written.
    """
    total = sum((line.price * line.quantity for line in lines), ZERO)
    row = order_row(basket.pk if basket else None, user.pk, total) | {"status": status.value}
    order_id = insert(Order, row, returning="id")
    _insert_lines(order_id, lines, held=status != OrderStatus.TAKEN)
    return Order.from_db(connection.alias, ["id", *row], [order_id, *row.values()])


def insert(model, row: Mapping[str, Any], *, returning: str = ""):
    """One row by column, past the ORM, which takes a millisecond to spell the same every time.

    Returns the value of the column `returning`.
    """
    statement = (
        f'INSERT INTO "{model._meta.db_table}" ({", ".join(row)})'
        f" VALUES ({', '.join(['%s'] * len(row))})"
    )
    with connection.cursor() as cursor:
        if not returning:
            cursor.execute(statement, [_adapted(value) for value in row.values()])
            return None
        statement += f" RETURNING {returning}"
        cursor.execute(statement, [_adapted(value) for value in row.values()])
        return cursor.fetchone()[0]


def order_row(basket_id: int | None, user_id: int, total: Decimal) -> dict[str, Any]:
    """By column; the id is the database's."""
    return {
        "number": new_number(),
        "site_id": settings.SITE_ID,
        "basket_id": basket_id,
        "user_id": user_id,
        "billing_address_id": None,
        "currency": settings.OSCAR_DEFAULT_CURRENCY,
        "total_incl_tax": total,
        "total_excl_tax": total,
        "shipping_incl_tax": ZERO,
        "shipping_excl_tax": ZERO,
        "shipping_tax_code": None,
        "shipping_address_id": None,
        "shipping_method": "",
        "shipping_code": "",
        "status": settings.OSCAR_INITIAL_ORDER_STATUS,
        "guest_email": "",
        "date_placed": timezone.now(),
        "analytics_tracked": False,
    }


def _insert_lines(order_id: int, lines: Sequence[Wanted], *, held: bool) -> None:
    params: list[Any] = [order_id]
    for line in lines:
        params += (line.partner_id, line.partner, line.sku, line.record_id, line.product_id)
        params += (line.title, line.upc or "", line.quantity, _adapted(line.price))
        params.append(line.quantity if held and not line.preorder else 0)
    marks = ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"] * len(lines))
    lines_sql = f"{_LINES_SQL} FROM (VALUES {marks}) AS w"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Both in one statement, which SQLite does not know.
            cursor.execute(
                f"WITH line AS ({lines_sql} RETURNING *) {_PRICES_SQL} FROM line ORDER BY line.id",
                params,
            )
        else:
            cursor.execute(lines_sql, params)
            cursor.execute(
                f'{_PRICES_SQL} FROM "{Line._meta.db_table}" AS line'
                " WHERE line.order_id = %s ORDER BY line.id",
                [order_id],
            )


def insert_bundles(order_id: int, bundles: Sequence[WantedBundle]) -> None:
    """Which bundles the lines came from. No statement for none."""
    columns = ("order_id", "item_id", "title", "units", "parts")
    bulk.insert(
        OrderedBundle,
        columns,
        [
            (order_id, each.item_id, each.title, each.units, json.dumps(list(each.parts.items())))
            for each in bundles
        ],
    )


def insert_terms(order_id: int, terms: Mapping[int, tuple[bool, str]]) -> None:
    """What was agreed beyond the lines: `{stock record id: (pre-ordered, wish)}`."""
    marks = ", ".join(["(%s, %s, %s)"] * len(terms))
    params = [value for record_id, agreed in terms.items() for value in (record_id, *agreed)]
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{LineTerms._meta.db_table}" (line_id, preorder, wish)'
            f" SELECT line.id, w.column2, w.column3 FROM (VALUES {marks}) AS w"
            f' JOIN "{Line._meta.db_table}" AS line ON line.stockrecord_id = w.column1'
            " AND line.order_id = %s",
            [*params, order_id],
        )


def _adapted(value):
    """As the database's driver wants it; text for SQLite, which knows neither type."""
    if isinstance(value, Decimal):
        return connection.ops.adapt_decimalfield_value(value, 12, 2)
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value


ZERO = Decimal("0.00")
_LINES_SQL = (
    f'INSERT INTO "{Line._meta.db_table}" ({", ".join(LINE_COLUMNS)})'
    f" SELECT {', '.join(LINE_COLUMNS.values())}"
)
_PRICES_SQL = (
    f'INSERT INTO "{LinePrice._meta.db_table}" ({", ".join(PRICE_COLUMNS)})'
    f" SELECT {', '.join(PRICE_COLUMNS.values())}"
)
