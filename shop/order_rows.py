"""Writes an order into Oscar's own tables, in sets: the same statements for 1 line and for 20.

Oscar's `OrderCreator` writes line by line (42 queries for one line, 102 for five). These are the
same rows; `tests/shop/test_order_rows.py` compares them column by column with what Oscar writes.
"""

import secrets
from collections.abc import Sequence
from decimal import Decimal

from django.conf import settings
from django.db import connection
from oscar.core.loading import get_model

Order = get_model("order", "Order")
Line = get_model("order", "Line")
LinePrice = get_model("order", "LinePrice")
StockRecord = get_model("partner", "StockRecord")
Partner = get_model("partner", "Partner")
Product = get_model("catalogue", "Product")

# Crockford's base 32: no letter that an old eye or a hoarse voice takes for another.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

#: column of order_line -> where its value comes from. w: (stock record, units, unit price, place).
LINE_COLUMNS = {
    "order_id": "%(order_id)s",
    "partner_id": "stock.partner_id",
    "partner_name": "partner.name",
    "partner_sku": "stock.partner_sku",
    "partner_line_reference": "''",
    "partner_line_notes": "''",
    "stockrecord_id": "stock.id",
    "product_id": "product.id",
    "title": "product.title",
    "upc": "COALESCE(product.upc, '')",
    "quantity": "w.column2",
    "line_price_incl_tax": "ROUND(w.column2 * CAST(w.column3 AS numeric), 2)",
    "line_price_excl_tax": "ROUND(w.column2 * CAST(w.column3 AS numeric), 2)",
    "line_price_before_discounts_incl_tax": "ROUND(w.column2 * CAST(w.column3 AS numeric), 2)",
    "line_price_before_discounts_excl_tax": "ROUND(w.column2 * CAST(w.column3 AS numeric), 2)",
    "unit_price_incl_tax": "CAST(w.column3 AS numeric)",
    "unit_price_excl_tax": "CAST(w.column3 AS numeric)",
    "tax_code": "NULL",
    "status": "%(status)s",
    "num_allocated": "w.column2",
    "allocation_cancelled": "%(no)s",
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


def write(basket, *, user, lines: Sequence[tuple[int, int, Decimal]]):
    """The order with its lines and line prices. `lines`: (stock record id, units, yuan a unit).

    The basket's own rows are not asked again: what was agreed to is what is written.
    """
    total = sum((units * price for _, units, price in lines), Decimal(0))
    order = Order(
        number=new_number(),
        site_id=settings.SITE_ID,
        basket=basket,
        user=user,
        currency=settings.OSCAR_DEFAULT_CURRENCY,
        total_incl_tax=total,
        total_excl_tax=total,
        status=settings.OSCAR_INITIAL_ORDER_STATUS,
    )
    order.save(force_insert=True)
    with connection.cursor() as cursor:
        values, params = _values(lines)
        cursor.execute(_LINES_SQL % {"values": values}, {**params, "order_id": order.pk, **_FIXED})
        if cursor.rowcount != len(lines):
            raise RuntimeError("an order line has no stock record: nothing of it may stay")
        cursor.execute(_PRICES_SQL, {"order_id": order.pk})
    return order


def _values(lines: Sequence[tuple[int, int, Decimal]]) -> tuple[str, dict]:
    params: dict = {}
    for index, (record_id, units, price) in enumerate(lines):
        params[f"r{index}"] = record_id
        params[f"q{index}"] = units
        params[f"p{index}"] = connection.ops.adapt_decimalfield_value(price, 12, 2)
    rows = (f"(%(r{index})s, %(q{index})s, %(p{index})s, {index})" for index in range(len(lines)))
    return ", ".join(rows), params


_FIXED = {"status": settings.OSCAR_INITIAL_LINE_STATUS, "no": False}
# Ordered by the basket's own order, so that the lines keep the order the customer saw.
_LINES_SQL = (
    f'INSERT INTO "{Line._meta.db_table}" ({", ".join(LINE_COLUMNS)})'
    f" SELECT {', '.join(LINE_COLUMNS.values())}".replace("%", "%%")
    + " FROM (VALUES %(values)s) AS w"
    + f' JOIN "{StockRecord._meta.db_table}" AS stock ON stock.id = w.column1'
    f' JOIN "{Partner._meta.db_table}" AS partner ON partner.id = stock.partner_id'
    f' JOIN "{Product._meta.db_table}" AS product ON product.id = stock.product_id'
    " ORDER BY w.column4"
)
_PRICES_SQL = (
    f'INSERT INTO "{LinePrice._meta.db_table}" ({", ".join(PRICE_COLUMNS)})'
    f' SELECT {", ".join(PRICE_COLUMNS.values())} FROM "{Line._meta.db_table}" AS line'
    " WHERE line.order_id = %(order_id)s ORDER BY line.id"
)
