"""2.4: what orders cost, what became of that, and the money that changed hands."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.audit.checks import Figure, check, count, row, rows, yuan
from shop.models import Adjustment, CounterSale, MoneyMove, OrderStatus

Account, Kind = MoneyMove.Account, MoneyMove.Kind
CANCELLED = OrderStatus.CANCELLED.value
ORDER = Account.ORDER.value


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
    yield Figure("ledger_off", _("和单据对不上的订单账"), _ledger_off(), wrong=True)
    yield Figure("overpaid", _("多收了没退的订单"), _overpaid(), wrong=True)
    yield Figure("due_off", _("应收不对的包裹"), _due_off(), wrong=True)
    yield Figure("collected_off", _("和交接对不上的上门收款"), _collected_off(), wrong=True)
    yield Figure("sales_off", _("没付清的柜台单"), _sales_off(), wrong=True)
    yield Figure("overdrawn", _("超过额度的账户"), _overdrawn(), wrong=True)


def _sums() -> Iterator[Figure]:
    orders, money = row(
        "SELECT COUNT(*), SUM(CAST(ROUND(total_incl_tax * 100) AS bigint)) FROM {order}"
        " WHERE status <> %(cancelled)s",
        cancelled=CANCELLED,
    )
    (adjusted,) = row("SELECT SUM(CAST(ROUND(amount * 100) AS bigint)) FROM {adjustment}")
    held = dict(
        rows(
            "SELECT account, SUM(fen) FROM ("
            " SELECT source AS account, CAST(ROUND(amount * 100) AS bigint) AS fen FROM {money}"
            " UNION ALL SELECT target, -CAST(ROUND(amount * 100) AS bigint) FROM {money}"
            ") AS sides GROUP BY account"
        )
    )
    yield Figure("orders", _("订单"), orders)
    yield Figure("money", _("合计"), yuan(money))
    yield Figure("adjusted", _("调整"), yuan(adjusted))
    yield Figure("owed", _("还没付"), yuan(held.get(ORDER)))
    for account in (Account.PERSON, Account.CASH, Account.TRANSFER, Account.BANK, Account.STRIPE):
        yield Figure(account.value, str(account.label), yuan(held.get(account.value)))
    for account in (Account.HOUSEHOLD, Account.FUND):
        yield Figure(account.value, str(account.label), -yuan(held.get(account.value)))
    yield Figure("missing", str(Account.DIFFERENCE.label), yuan(held.get(Account.DIFFERENCE.value)))


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
        # What came, and was wrong or brought back, did come.
        " WHERE adjustment.kind NOT IN (%(claim)s, %(returned)s)"
        ") AS both_sides GROUP BY order_id, item_id HAVING SUM(units) <> 0",
        claim=Adjustment.Kind.CLAIM.value,
        returned=Adjustment.Kind.RETURNED.value,
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


#: By order and handoff, what moves say is still owed of it, in fen.
_OWED = (
    "SELECT order_id, handoff_id, kind,"
    " CASE WHEN source = %(order)s THEN 1 ELSE -1 END * CAST(ROUND(amount * 100) AS bigint) AS fen"
    " FROM {money} WHERE source = %(order)s OR target = %(order)s"
)


def _ledger_off() -> int:
    """What an order comes to, with its adjustments, is what the ledger charged for it."""
    return count(
        "SELECT order_id FROM ("
        " SELECT id AS order_id, CAST(ROUND(total_incl_tax * 100) AS bigint) AS fen"
        " FROM {order} WHERE status <> %(cancelled)s"
        " UNION ALL SELECT order_id, CAST(ROUND(amount * 100) AS bigint) FROM {adjustment}"
        " UNION ALL SELECT order_id, -fen FROM ("
        + _OWED
        + ") AS booked WHERE kind IN (%(charge)s, %(adjustment)s)"
        ") AS both_sides GROUP BY order_id HAVING SUM(fen) <> 0",
        cancelled=CANCELLED,
        order=ORDER,
        charge=Kind.CHARGE.value,
        adjustment=Kind.ADJUSTMENT.value,
    )


def _overpaid() -> int:
    return count(
        "SELECT order_id FROM (" + _OWED + ") AS booked GROUP BY order_id HAVING SUM(fen) < 0",
        order=ORDER,
    )


def _due_off() -> int:
    """What is to be collected at a door is what is owed, and what was collected there already."""
    return count(
        "SELECT parcel.id FROM {parcel} AS parcel LEFT JOIN ("
        + _OWED
        + ") AS booked ON booked.order_id = parcel.order_id AND booked.handoff_id IS NULL"
        " WHERE parcel.order_id IS NOT NULL GROUP BY parcel.id, parcel.due"
        " HAVING CAST(ROUND(parcel.due * 100) AS bigint) <> COALESCE(SUM(booked.fen), 0)",
        order=ORDER,
    )


def _collected_off() -> int:
    """Of every stop, what its last handoff says was collected is what the ledger says."""
    return count(
        "SELECT stop_id, source FROM ("
        " SELECT handoff.stop_id, %(person)s AS source, CAST(ROUND(cash * 100) AS bigint) AS fen"
        " FROM {handoff} AS handoff WHERE NOT EXISTS"
        " (SELECT 1 FROM {handoff} AS later WHERE later.corrects_id = handoff.id)"
        " UNION ALL"
        " SELECT handoff.stop_id, %(transfer)s, CAST(ROUND(transfer * 100) AS bigint)"
        " FROM {handoff} AS handoff WHERE NOT EXISTS"
        " (SELECT 1 FROM {handoff} AS later WHERE later.corrects_id = handoff.id)"
        " UNION ALL"
        " SELECT handoff.stop_id, CASE WHEN source = %(order)s THEN target ELSE source END,"
        " CASE WHEN source = %(order)s THEN 1 ELSE -1 END * CAST(ROUND(amount * 100) AS bigint)"
        " FROM {money} AS money JOIN {handoff} AS handoff ON handoff.id = money.handoff_id"
        ") AS both_sides GROUP BY stop_id, source HAVING SUM(fen) <> 0",
        person=Account.PERSON.value,
        transfer=Account.TRANSFER.value,
        order=ORDER,
    )


def _sales_off() -> int:
    """A counter sale is paid in full when it is made, and nobody hands over less."""
    return count(
        "SELECT sale.order_id FROM {sale} AS sale JOIN {order} AS placed"
        " ON placed.id = sale.order_id LEFT JOIN ("
        + _OWED
        + ") AS booked ON booked.order_id = placed.id"
        " GROUP BY sale.order_id, placed.total_incl_tax, sale.way, sale.tendered"
        " HAVING SUM(booked.fen) <> 0"
        " OR (sale.way = %(cash)s"
        " AND ROUND(sale.tendered * 100) < ROUND(placed.total_incl_tax * 100))",
        order=ORDER,
        cash=CounterSale.Way.CASH.value,
    )


def _overdrawn() -> int:
    return count(
        "SELECT sides.household_id FROM ("
        " SELECT household_id, CAST(ROUND(amount * 100) AS bigint) AS fen FROM {money}"
        " WHERE target = %(own)s"
        " UNION ALL SELECT household_id, -CAST(ROUND(amount * 100) AS bigint) FROM {money}"
        " WHERE source = %(own)s"
        ") AS sides LEFT JOIN {account_terms} AS terms ON terms.household_id = sides.household_id"
        " GROUP BY sides.household_id, terms.credit_limit"
        " HAVING SUM(fen) < -COALESCE(ROUND(terms.credit_limit * 100), 0)",
        own=Account.HOUSEHOLD.value,
    )
