"""What a basket asks for, as placing an order sees it: one read, whatever its length.

Written as SQL because the ORM takes longer to spell this query than a database to answer it
(docs/benchmarks.md).
"""

from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.utils import timezone
from oscar.core.loading import get_model

from inventory.models import Item, Lot
from shop.errors import ShortLine
from shop.models import CounterSale, Fund, Grant, OrderStatus, Placement
from shop.money import FEN, ZERO, part

BasketLine = get_model("basket", "Line")
Order = get_model("order", "Order")
OrderLine = get_model("order", "Line")
Partner = get_model("partner", "Partner")
Product = get_model("catalogue", "Product")
StockRecord = get_model("partner", "StockRecord")

PREORDER = Item.Selling.PREORDER.value
#: Nobody buys a thousand of anything; a slip of the finger does.
MOST_OF_ONE = 99
#: As fine as a grant's share is.
_SHARE = Decimal("0.0001")


class Wanted(NamedTuple):
    """A basket line with its good, today's price and shelf; yuan and units.

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

    def short(self, left_on_shelf: int | None = None) -> ShortLine | None:
        """Why this line cannot be had as asked; None if it can."""
        shelf = self.left_on_shelf if left_on_shelf is None else left_on_shelf
        allowed = self.left_for_household
        limited = allowed is not None and allowed < shelf
        left = allowed if limited and allowed is not None else shelf
        if self.quantity <= left:
            return None
        return ShortLine(self.record_id, self.title, self.unit, self.quantity, left, limited)


def read(basket, household, round) -> list[Wanted]:
    """The basket's lines in its own order."""
    today = connection.ops.adapt_datefield_value(timezone.localdate())
    params = [today, household.pk, round.pk, OrderStatus.CANCELLED.value]
    params += [round.station_id, household.pk, basket.pk]
    with connection.cursor() as cursor:
        cursor.execute(_LINES_SQL, params)
        rows = cursor.fetchall()
    return [
        Wanted._make(
            (
                *(record_id, quantity, _decimal(price, FEN), *rest),
                *(selling == PREORDER, taken, fund_id),
                ZERO if fund_id is None else _decimal(share, _SHARE),
            )
        )
        for record_id, quantity, price, *rest, selling, taken, fund_id, share in rows
    ]


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
    "SELECT stock.id, basket_line.quantity, stock.price,"
    f" COALESCE(stock.num_in_stock, 0) - COALESCE(({_EXPIRED_SQL}), 0), stock.num_allocated,"
    " item.household_limit, item.unit, COALESCE(item.weight_g, 0), product.is_public, product.id,"
    " product.title, product.upc, stock.partner_sku, partner.id, partner.name, item.selling,"
    f" CASE WHEN item.household_limit IS NULL THEN 0 ELSE ({_TAKEN_SQL}) END,"
    " granted.fund_id, granted.share"
    f' FROM "{BasketLine._meta.db_table}" AS basket_line'
    f' JOIN "{StockRecord._meta.db_table}" AS stock ON stock.id = basket_line.stockrecord_id'
    f' LEFT JOIN "{Item._meta.db_table}" AS item ON item.record_id = stock.id'
    f' JOIN "{Product._meta.db_table}" AS product ON product.id = stock.product_id'
    f' JOIN "{Partner._meta.db_table}" AS partner ON partner.id = stock.partner_id'
    f' LEFT JOIN "{Grant._meta.db_table}" AS granted ON granted.id = ({_BEST_GRANT_SQL})'
    " WHERE basket_line.basket_id = %s ORDER BY basket_line.id"
)
