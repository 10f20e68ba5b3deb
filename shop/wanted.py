"""What a basket asks for, as placing an order sees it: one read, whatever its length. A bundle asks
for its parts, together with what is asked for of them loose.

Written as SQL because the ORM takes longer to spell this query than a database to answer it
(docs/benchmarks.md).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.utils import timezone
from oscar.core.loading import get_model

from inventory.models import BundlePart, Item, Lot
from shop import shortfalls
from shop.errors import ShortLine
from shop.limits import MOST_OF_ONE
from shop.models import CounterSale, Fund, Grant, OrderStatus, Placement
from shop.money import FEN, ZERO, part

BasketLine = get_model("basket", "Line")
Order = get_model("order", "Order")
OrderLine = get_model("order", "Line")
Partner = get_model("partner", "Partner")
Product = get_model("catalogue", "Product")
StockRecord = get_model("partner", "StockRecord")

PREORDER, BUNDLE = Item.Selling.PREORDER.value, Item.Selling.BUNDLE.value
#: As fine as a grant's share is.
_SHARE = Decimal("0.0001")


class Wanted(NamedTuple):
    """So many of a good, with today's price and shelf; yuan and units.

    Some names are those `baskets.digest` reads.
    """

    record_id: int
    quantity: int
    price: Decimal
    #: Less what is past its date.
    in_stock: int
    allocated: int | None
    limit: int | None
    unit: str
    weight_g: int
    on_sale: bool
    product_id: int
    title: str
    upc: str | None
    sku: str
    partner_id: int
    partner: str
    #: Bought after the cut-off: no shelf to run out of, and the price is a ceiling.
    preorder: bool
    #: What the door has of it already in this round; counted for limited goods only.
    taken: int
    #: What pays this share of it, if anything (`shop.money.funds.subsidies`).
    fund_id: int | None = None
    share: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.price * self.quantity

    @property
    def subsidy(self) -> Decimal:
        """Yuan the household does not pay."""
        return part(self.total, self.share)

    @property
    def pieces(self) -> list["Wanted"]:
        return [self]

    def with_share(self, share: Decimal) -> "Wanted":
        return self._replace(share=share)

    @property
    def left_on_shelf(self) -> int:
        if self.preorder:
            return MOST_OF_ONE if self.on_sale else 0
        return max(0, self.in_stock - (self.allocated or 0)) if self.on_sale else 0

    @property
    def left_for_household(self) -> int | None:
        return None if self.limit is None else max(0, self.limit - self.taken)

    def there(self, left_on_shelf: int | None = None) -> shortfalls.There:
        shelf = self.left_on_shelf if left_on_shelf is None else left_on_shelf
        return shortfalls.there(self.title, shelf, self.left_for_household)

    def short(self, left_on_shelf: int | None = None) -> ShortLine | None:
        """Why this cannot be had as asked; None if it can."""
        there = self.there(left_on_shelf)
        if self.quantity <= there.left:
            return None
        record_id, title, unit, quantity = self.record_id, self.title, self.unit, self.quantity
        return ShortLine(record_id, title, unit, quantity, there.left, there.limited)


class WantedBundle(NamedTuple):
    """So many of a bundle; `parts`: units by stock record in one, none if it is not sold."""

    record_id: int
    item_id: int
    title: str
    unit: str
    units: int
    parts: dict[int, int]


class Basket(NamedTuple):
    """`goods` each once, `bundles` that some of them are in, and the `lines` they come from."""

    goods: list[Wanted]
    bundles: list[WantedBundle]
    lines: list[shortfalls.Asked]

    def short(self, left_on_shelf: Mapping[int, int] | None = None) -> list[ShortLine]:
        """What cannot be had as asked; `left_on_shelf`: by stock record, what is known better."""
        known = left_on_shelf or {}
        there = {good.record_id: good.there(known.get(good.record_id)) for good in self.goods}
        return shortfalls.short(self.lines, there)


def read(basket, household, round) -> Basket:
    """What is in the basket, in its own order."""
    today = connection.ops.adapt_datefield_value(timezone.localdate())
    params = [today, household.pk, round.pk, OrderStatus.CANCELLED.value]
    params += [round.station_id, household.pk, basket.pk]
    with connection.cursor() as cursor:
        cursor.execute(_LINES_SQL, params)
        rows = cursor.fetchall()
    goods: dict[int, Wanted] = {}
    bundles: dict[int, WantedBundle] = {}
    lines: dict[int, shortfalls.Asked] = {}
    for record_id, title, unit, units, item_id, public, of_it, *good_row in rows:
        if item_id is None:
            lines[record_id] = shortfalls.Asked(record_id, title, unit, units, {record_id: 1})
        elif record_id not in bundles:
            bundles[record_id] = WantedBundle(record_id, item_id, title, unit, units, {})
            parts = bundles[record_id].parts
            lines[record_id] = shortfalls.Asked(record_id, title, unit, units, parts, bundle=True)
        if item_id is not None:
            if not (public and of_it):
                continue  # it is not sold any more, or nothing is in it
            bundles[record_id].parts[good_row[0]] = of_it
        good = _wanted(good_row)
        if before := goods.get(good.record_id):
            good = good._replace(quantity=before.quantity + good.quantity)
        goods[good.record_id] = good
    return Basket(list(goods.values()), list(bundles.values()), list(lines.values()))


def _wanted(row: Sequence) -> Wanted:
    record_id, quantity, price, *rest, selling, taken, fund_id, share = row
    return Wanted._make(
        (
            *(record_id, quantity, ZERO if price is None else _decimal(price, FEN), *rest),
            *(selling == PREORDER, taken, fund_id),
            ZERO if fund_id is None else _decimal(share, _SHARE),
        )
    )


def _decimal(number, places: Decimal) -> Decimal:
    """SQLite keeps decimals as floating point numbers."""
    return number if isinstance(number, Decimal) else Decimal(str(number)).quantize(places)


#: Ordered to the door and bought over the counter: the limit counts both.
_TAKEN_SQL = (
    "SELECT COALESCE(SUM(line.quantity), 0)"
    f' FROM (SELECT order_id, household_id, round_id FROM "{Placement._meta.db_table}"'
    f' UNION ALL SELECT order_id, household_id, round_id FROM "{CounterSale._meta.db_table}"'
    ") AS bought"
    f' JOIN "{Order._meta.db_table}" AS placed ON placed.id = bought.order_id'
    f' JOIN "{OrderLine._meta.db_table}" AS line ON line.order_id = placed.id'
    " WHERE bought.household_id = %s AND bought.round_id = %s AND placed.status <> %s"
    " AND line.stockrecord_id = stock.id"
)
#: In the building, and nobody may have it.
_EXPIRED_SQL = (
    f'SELECT SUM(lot.units) FROM "{Lot._meta.db_table}" AS lot'
    " WHERE lot.item_id = item.id AND lot.units > 0 AND lot.expires_on < %s"
)
#: Of the grants that fit a line the largest share, of equal ones the first
#: (`shop.money.funds.subsidies.fitting` says the same to the ORM).
_BEST_GRANT_SQL = (
    f'SELECT fitting.id FROM "{Grant._meta.db_table}" AS fitting'
    f' JOIN "{Fund._meta.db_table}" AS fund ON fund.id = fitting.fund_id'
    " WHERE fitting.active AND fund.active AND fund.station_id = %s"
    " AND (fitting.household_id = %s OR fitting.item_id = item.id)"
    " ORDER BY fitting.share DESC, fitting.id LIMIT 1"
)
_LINES_SQL = (
    # The line of the basket, and whether it is a bundle.
    "SELECT basket_line.stockrecord_id, named.title, own.unit, basket_line.quantity,"
    f" CASE WHEN own.selling = '{BUNDLE}' THEN own.id END, named.is_public, piece.units,"
    # The good it asks for: itself, or one after the other those that are in it.
    " stock.id, basket_line.quantity * COALESCE(piece.units, 1), stock.price,"
    f" COALESCE(stock.num_in_stock, 0) - COALESCE(({_EXPIRED_SQL}), 0), stock.num_allocated,"
    " item.household_limit, item.unit, COALESCE(item.weight_g, 0),"
    " product.is_public AND stock.price IS NOT NULL, product.id,"
    " product.title, product.upc, stock.partner_sku, partner.id, partner.name, item.selling,"
    f" CASE WHEN item.household_limit IS NULL THEN 0 ELSE ({_TAKEN_SQL}) END,"
    " granted.fund_id, granted.share"
    f' FROM "{BasketLine._meta.db_table}" AS basket_line'
    f' JOIN "{Product._meta.db_table}" AS named ON named.id = basket_line.product_id'
    f' LEFT JOIN "{Item._meta.db_table}" AS own ON own.record_id = basket_line.stockrecord_id'
    f' LEFT JOIN "{BundlePart._meta.db_table}" AS piece ON piece.bundle_id = own.id'
    f" AND own.selling = '{BUNDLE}'"
    f' LEFT JOIN "{Item._meta.db_table}" AS inside ON inside.id = piece.part_id'
    f' JOIN "{StockRecord._meta.db_table}" AS stock'
    " ON stock.id = COALESCE(inside.record_id, basket_line.stockrecord_id)"
    f' LEFT JOIN "{Item._meta.db_table}" AS item ON item.record_id = stock.id'
    f' JOIN "{Product._meta.db_table}" AS product ON product.id = stock.product_id'
    f' JOIN "{Partner._meta.db_table}" AS partner ON partner.id = stock.partner_id'
    f' LEFT JOIN "{Grant._meta.db_table}" AS granted ON granted.id = ({_BEST_GRANT_SQL})'
    " WHERE basket_line.basket_id = %s ORDER BY basket_line.id, piece.id"
)
