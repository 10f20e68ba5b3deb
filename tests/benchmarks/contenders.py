"""Three ways to turn a filled basket into an order, each on the same tables.

`prepare` happens before the clock starts, `place` under it. Imported in the workers, after Django
knows its database.
"""

import os
from decimal import Decimal
from typing import Any, Protocol

import psycopg
from django.apps import apps
from oscar.apps.order.utils import OrderCreator
from oscar.apps.partner.abstract_models import AbstractStockRecord
from oscar.apps.partner.strategy import Selector
from oscar.core.loading import get_model
from oscar.core.prices import Price

from delivery.models import Household, Round
from inventory.models import Item, Move
from shop import order_rows, ordering
from shop.models import Placement, User
from tests.benchmarks.ground import Filled

Basket = get_model("basket", "Basket")
StockRecord = get_model("partner", "StockRecord")


class Contender(Protocol):
    def prepare(self, filled: list[Filled], round_id: int) -> list[Any]: ...
    def place(self, prepared: Any) -> None: ...


class Ours:
    """`ordering.place`, as the checkout page calls it: it reads the basket's lines itself."""

    def prepare(self, filled: list[Filled], round_id: int) -> list:
        self.round = Round.objects.get(pk=round_id)
        basket = Basket.objects.in_bulk([spec.basket_id for spec in filled])
        door = Household.objects.select_related("grid__station").in_bulk(
            [spec.household_id for spec in filled]
        )
        user = User.objects.in_bulk([spec.user_id for spec in filled])
        return [
            (basket[spec.basket_id], door[spec.household_id], user[spec.user_id]) for spec in filled
        ]

    def place(self, prepared) -> None:
        basket, household, user = prepared
        ordering.place(basket, household=household, round=self.round, by=user)


class PlainOscar:
    """Oscar's `OrderCreator` and `basket.submit()`, as its checkout calls them.

    Its basket comes as it stands there: strategy assigned, lines read and priced. Under the clock
    is only what Oscar does after the button.
    """

    class Creator(OrderCreator):
        def update_stock_records(self, line) -> None:
            # What Oscar does here, past our fork, which refuses it.
            if line.product.get_product_class().track_stock:
                AbstractStockRecord.allocate(line.stockrecord, line.quantity)

    class Shipping:
        name = code = "no-shipping-required"

    def prepare(self, filled: list[Filled], round_id: int) -> list:
        baskets = Basket.objects.in_bulk([spec.basket_id for spec in filled])
        user = User.objects.in_bulk([spec.user_id for spec in filled])
        prepared = []
        for spec in filled:
            basket = baskets[spec.basket_id]
            basket.strategy = Selector().strategy()
            total = Price("CNY", basket.total_excl_tax, tax=Decimal(0))
            prepared.append((basket, total, user[spec.user_id]))
        return prepared

    def place(self, prepared) -> None:
        basket, total, user = prepared
        self.Creator().place_order(
            basket=basket,
            total=total,
            shipping_method=self.Shipping,
            shipping_charge=Price("CNY", Decimal(0), tax=Decimal(0)),
            user=user,
            order_number=order_rows.new_number(),
        )
        basket.submit()


class BareSql:
    """The limit: the rows of ours, written by PostgreSQL itself in five round trips.

    Prepared statements, the same guards (basket, round, stock), no Python objects.
    """

    def prepare(self, filled: list[Filled], round_id: int) -> list:
        self.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        self.round_id = round_id
        return filled

    def place(self, prepared: Filled) -> None:
        values = {**prepared._asdict(), "round_id": self.round_id}
        run = self.connection.execute
        run("BEGIN", prepare=True)
        claimed = run(_CLAIM, values, prepare=True).rowcount
        written = run(_WRITE, {**values, "number": order_rows.new_number()}, prepare=True).rowcount
        reserved = run(_RESERVE, values, prepare=True).rowcount
        run("COMMIT", prepare=True)
        if claimed != 1 or not 0 < written == reserved:
            raise AssertionError(f"not an order: {claimed}, {written}, {reserved}")


CONTENDERS: dict[str, type[Contender]] = {
    "ours": Ours,
    "plain Oscar": PlainOscar,
    "bare SQL": BareSql,
}

_TABLES = {
    "basket": Basket._meta.db_table,
    "basket_line": apps.get_model("basket", "Line")._meta.db_table,
    "order": apps.get_model("order", "Order")._meta.db_table,
    "line": apps.get_model("order", "Line")._meta.db_table,
    "price": apps.get_model("order", "LinePrice")._meta.db_table,
    "stock": StockRecord._meta.db_table,
    "partner": apps.get_model("partner", "Partner")._meta.db_table,
    "product": apps.get_model("catalogue", "Product")._meta.db_table,
    "placement": Placement._meta.db_table,
    "move": Move._meta.db_table,
    "item": Item._meta.db_table,
    "round": Round._meta.db_table,
}
_CLAIM = """
UPDATE {basket} SET status = 'Submitted', date_submitted = now()
WHERE id = %(basket_id)s AND status = 'Open'
AND EXISTS (SELECT 1 FROM {round} WHERE id = %(round_id)s AND status = 'open' AND closes_at > now())
""".format(**_TABLES)
_WRITE = """
WITH ordered AS (
  INSERT INTO "{order}" (number, site_id, basket_id, user_id, currency, total_incl_tax,
    total_excl_tax, shipping_incl_tax, shipping_excl_tax, shipping_method, shipping_code, status,
    guest_email, date_placed, analytics_tracked)
  SELECT %(number)s, 1, %(basket_id)s, %(user_id)s, 'CNY', sum(w.quantity * stock.price),
    sum(w.quantity * stock.price), 0, 0, '', '', 'placed', '', now(), false
  FROM {basket_line} AS w JOIN {stock} AS stock ON stock.id = w.stockrecord_id
  WHERE w.basket_id = %(basket_id)s
  RETURNING id
), line AS (
  INSERT INTO {line} (order_id, partner_id, partner_name, partner_sku, partner_line_reference,
    partner_line_notes, stockrecord_id, product_id, title, upc, quantity, line_price_incl_tax,
    line_price_excl_tax, line_price_before_discounts_incl_tax,
    line_price_before_discounts_excl_tax, unit_price_incl_tax, unit_price_excl_tax, status,
    num_allocated, allocation_cancelled)
  SELECT ordered.id, partner.id, partner.name, stock.partner_sku, '', '', stock.id, product.id,
    product.title, COALESCE(product.upc, ''), w.quantity, w.quantity * stock.price,
    w.quantity * stock.price, w.quantity * stock.price, w.quantity * stock.price, stock.price,
    stock.price, 'placed', w.quantity, false
  FROM ordered, {basket_line} AS w
  JOIN {stock} AS stock ON stock.id = w.stockrecord_id
  JOIN {partner} AS partner ON partner.id = stock.partner_id
  JOIN {product} AS product ON product.id = stock.product_id
  WHERE w.basket_id = %(basket_id)s ORDER BY w.id
  RETURNING *
), price AS (
  INSERT INTO {price} (order_id, line_id, quantity, price_incl_tax, price_excl_tax,
    shipping_incl_tax, shipping_excl_tax)
  SELECT order_id, id, quantity, unit_price_incl_tax, unit_price_excl_tax, 0, 0 FROM line
), placed AS (
  INSERT INTO {placement} (order_id, basket_id, round_id, household_id, placed_by_id, in_person,
    note)
  SELECT id, %(basket_id)s, %(round_id)s, %(household_id)s, %(user_id)s, false, '' FROM ordered
)
INSERT INTO {move} (item_id, kind, in_stock_delta, allocated_delta, order_id, by_id, at)
SELECT item.id, 'reserve', 0, line.quantity, line.order_id, %(user_id)s, now()
FROM line JOIN {item} AS item ON item.record_id = line.stockrecord_id
""".format(**_TABLES)
_RESERVE = """
UPDATE {stock} AS stock SET num_allocated = COALESCE(stock.num_allocated, 0) + w.quantity
FROM {basket_line} AS w, (
  SELECT id FROM {stock} WHERE id IN (
    SELECT stockrecord_id FROM {basket_line} WHERE basket_id = %(basket_id)s
  ) ORDER BY id FOR NO KEY UPDATE
) AS held
WHERE held.id = stock.id AND w.basket_id = %(basket_id)s AND w.stockrecord_id = stock.id
AND COALESCE(stock.num_allocated, 0) + w.quantity <= COALESCE(stock.num_in_stock, 0)
""".format(**_TABLES)
