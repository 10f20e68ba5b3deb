"""2.4: what orders cost, what became of that, and the money that changed hands."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.audit.checks import Figure, check, count, row, yuan
from shop.models import CounterSale, MoneyMove, OrderStatus

CANCELLED = OrderStatus.CANCELLED.value
HOUSEHOLD = MoneyMove.Account.HOUSEHOLD.value
ORDER = MoneyMove.Account.ORDER.value


@check("2.4", gettext_lazy("钱对得上"))
def money_adds_up() -> Iterator[Figure]:
    yield from _sums()
    totals_off = count(
        "SELECT placed.id FROM {order} AS placed"
        " LEFT JOIN {line} AS line ON line.order_id = placed.id"
        " GROUP BY placed.id, placed.total_incl_tax, placed.shipping_incl_tax"
        " HAVING ROUND((placed.total_incl_tax - placed.shipping_incl_tax) * 100)"
        " <> ROUND(COALESCE(SUM(line.line_price_incl_tax), 0) * 100)"
    )
    yield Figure("totals_off", _("和各行对不上的订单"), totals_off, wrong=True)
    lines_off = count(
        "SELECT 1 FROM {line} WHERE ROUND(line_price_incl_tax * 100)"
        " <> ROUND(unit_price_incl_tax * quantity * 100)"
    )
    yield Figure("lines_off", _("算错的行"), lines_off, wrong=True)
    yield Figure("adjusted_off", _("少给、换货没记成调整的行"), _adjusted_off(), wrong=True)
    yield Figure("charged_off", _("和库存流水金额不同的订单"), _charged_off(), wrong=True)
    due_off = count(
        "SELECT parcel.id FROM {parcel} AS parcel JOIN {order} AS placed"
        " ON placed.id = parcel.order_id"
        " LEFT JOIN {adjustment} AS adjustment ON adjustment.order_id = placed.id"
        " GROUP BY parcel.id, parcel.due, placed.total_incl_tax"
        " HAVING ROUND(parcel.due * 100) <> ROUND(placed.total_incl_tax * 100)"
        " + COALESCE(SUM(CAST(ROUND(adjustment.amount * 100) AS bigint)), 0)"
    )
    yield Figure("due_off", _("应收不对的包裹"), due_off, wrong=True)
    too_much = count(
        "SELECT handoff.id FROM {handoff} AS handoff"
        " JOIN {load} AS load ON load.stop_id = handoff.stop_id"
        " JOIN {parcel} AS parcel ON parcel.id = load.parcel_id"
        " WHERE handoff.cash > 0 GROUP BY handoff.id, handoff.cash"
        " HAVING ROUND(handoff.cash * 100) > ROUND(SUM(parcel.due) * 100)"
    )
    yield Figure("cash_above_due", _("多收现金的交接"), too_much, wrong=True)
    yield Figure("sales_off", _("没付清的柜台单"), _sales_off(), wrong=True)
    overdrawn = count(
        "SELECT household_id FROM ("
        " SELECT household_id, ROUND(amount * 100) AS fen FROM {money} WHERE target = %(own)s"
        " UNION ALL"
        " SELECT household_id, -ROUND(amount * 100) FROM {money} WHERE source = %(own)s"
        ") AS both_sides GROUP BY household_id HAVING SUM(fen) < 0",
        own=HOUSEHOLD,
    )
    yield Figure("overdrawn", _("透支的账户"), overdrawn, wrong=True)


def _sums() -> Iterator[Figure]:
    orders, money = row(
        "SELECT COUNT(*), SUM(CAST(ROUND(total_incl_tax * 100) AS bigint)) FROM {order}"
        " WHERE status <> %(cancelled)s",
        cancelled=CANCELLED,
    )
    (adjusted,) = row("SELECT SUM(CAST(ROUND(amount * 100) AS bigint)) FROM {adjustment}")
    (due,) = row("SELECT SUM(CAST(ROUND(due * 100) AS bigint)) FROM {parcel}")
    (cash,) = row(
        "SELECT SUM(CAST(ROUND(cash * 100) AS bigint)) FROM {handoff} AS handoff"
        " WHERE NOT EXISTS (SELECT 1 FROM {handoff} AS later WHERE later.corrects_id = handoff.id)"
    )
    counter, accounts = row(
        "SELECT SUM(CASE WHEN target = %(order)s THEN CAST(ROUND(amount * 100) AS bigint)"
        " WHEN source = %(order)s THEN -CAST(ROUND(amount * 100) AS bigint) END),"
        " SUM(CASE WHEN target = %(own)s THEN CAST(ROUND(amount * 100) AS bigint)"
        " WHEN source = %(own)s THEN -CAST(ROUND(amount * 100) AS bigint) END) FROM {money}",
        order=ORDER,
        own=HOUSEHOLD,
    )
    yield Figure("orders", _("订单"), orders)
    yield Figure("money", _("合计"), yuan(money))
    yield Figure("adjusted", _("调整"), yuan(adjusted))
    yield Figure("due", _("包裹应收"), yuan(due))
    yield Figure("cash", _("上门已收现金"), yuan(cash))
    yield Figure("counter", _("已付进订单"), yuan(counter))
    yield Figure("accounts", _("账户余额"), yuan(accounts))


def _adjusted_off() -> int:
    """Of each line that was shared out: asked, and what came (also instead), against what its
    adjustments say."""
    return count(
        "SELECT order_id, item_id FROM ("
        " SELECT parcel.order_id, line.item_id, line.quantity - line.asked AS units"
        " FROM {parcel_line} AS line JOIN {parcel} AS parcel ON parcel.id = line.parcel_id"
        " WHERE parcel.order_id IS NOT NULL AND line.instead_of_id IS NULL AND NOT line.awaiting"
        " UNION ALL"
        " SELECT parcel.order_id, asked.item_id, came.quantity"
        " FROM {parcel_line} AS came JOIN {parcel_line} AS asked ON asked.id = came.instead_of_id"
        " JOIN {parcel} AS parcel ON parcel.id = came.parcel_id"
        " WHERE parcel.order_id IS NOT NULL"
        " UNION ALL"
        " SELECT adjustment.order_id, item.id, -adjustment.units FROM {adjustment} AS adjustment"
        " JOIN {line} AS line ON line.id = adjustment.line_id"
        " JOIN {item} AS item ON item.record_id = line.stockrecord_id"
        ") AS both_sides GROUP BY order_id, item_id HAVING SUM(units) <> 0"
    )


def _charged_off() -> int:
    """What an order comes to, less what is not shared out yet, is what the ledger says its goods
    were charged. Orders from before the ledger knew money are left out."""
    return count(
        "SELECT order_id FROM ("
        " SELECT id AS order_id, ROUND((total_incl_tax - shipping_incl_tax) * 100) AS fen, 0 AS old"
        " FROM {order} WHERE status <> %(cancelled)s"
        " UNION ALL"
        " SELECT order_id, ROUND(amount * 100), 0 FROM {adjustment}"
        " UNION ALL"
        " SELECT line.order_id, -ROUND(line.line_price_incl_tax * 100), 0 FROM {line} AS line"
        " JOIN {terms} AS terms ON terms.line_id = line.id"
        " JOIN {order} AS placed ON placed.id = line.order_id"
        " WHERE terms.preorder AND terms.final_price IS NULL AND placed.status <> %(cancelled)s"
        " UNION ALL"
        " SELECT move.order_id, ROUND(move.value * 100),"
        " CASE WHEN move.id <= first.move_id THEN 1 ELSE 0 END FROM {move} AS move"
        " LEFT JOIN (SELECT item_id, MIN(last_move_id) AS move_id FROM {costing}"
        " GROUP BY item_id) AS first ON first.item_id = move.item_id"
        " WHERE move.order_id IS NOT NULL"
        ") AS both_sides GROUP BY order_id HAVING SUM(fen) <> 0 AND SUM(old) = 0",
        cancelled=CANCELLED,
    )


def _sales_off() -> int:
    """A counter sale is paid in full when it is made, and nobody hands over less."""
    return count(
        "SELECT placed.id FROM {sale} AS sale JOIN {order} AS placed ON placed.id = sale.order_id"
        " LEFT JOIN {money} AS money ON money.order_id = placed.id"
        " GROUP BY placed.id, placed.status, placed.total_incl_tax, sale.way, sale.tendered"
        " HAVING CASE WHEN placed.status = %(cancelled)s THEN 0"
        " ELSE ROUND(placed.total_incl_tax * 100) END"
        " <> COALESCE(SUM(CASE WHEN money.target = %(order)s THEN ROUND(money.amount * 100)"
        " ELSE -ROUND(money.amount * 100) END), 0)"
        " OR (sale.way = %(cash)s"
        " AND ROUND(sale.tendered * 100) < ROUND(placed.total_incl_tax * 100))",
        cancelled=CANCELLED,
        order=ORDER,
        cash=CounterSale.Way.CASH.value,
    )
