"""2.4: what orders cost, what became of that, and the money that changed hands."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.audit import book, online
from shop.audit.checks import Figure, check, count, row, yuan
from shop.models import Adjustment, Claim, CounterSale, MoneyMove, OrderStatus

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
    yield Figure("sales_off", _("没付清的柜台单"), _sales_off(), wrong=True)
    yield Figure("below_nothing", _("退得比货款还多的行"), _below_nothing(), wrong=True)
    yield Figure("returned_off", _("退回了还算钱的订单"), _returned_off(), wrong=True)
    yield Figure("claims_off", _("和答复对不上的售后退款"), _claims_off(), wrong=True)
    yield from book.figures()
    yield from online.figures()


def _sums() -> Iterator[Figure]:
    orders, money = row(
        "SELECT COUNT(*), SUM(CAST(ROUND(total_incl_tax * 100) AS bigint)) FROM {order}"
        " WHERE status <> %(cancelled)s",
        cancelled=CANCELLED,
    )
    (adjusted,) = row("SELECT SUM(CAST(ROUND(amount * 100) AS bigint)) FROM {adjustment}")
    yield Figure("orders", _("订单"), orders)
    yield Figure("money", _("合计"), yuan(money))
    yield Figure("adjusted", _("调整"), yuan(adjusted))


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


def _sales_off() -> int:
    """A counter sale is paid in full when it is made, and nobody hands over less."""
    return count(
        "SELECT sale.order_id FROM {sale} AS sale JOIN {order} AS placed"
        " ON placed.id = sale.order_id LEFT JOIN ("
        + _OWED
        + ") AS booked ON booked.order_id = placed.id"
        " GROUP BY sale.order_id, sale.way, sale.tendered"
        " HAVING SUM(booked.fen) <> 0"
        # What funds paid is no payment.
        " OR (sale.way = %(cash)s AND ROUND(sale.tendered * 100)"
        " < -SUM(CASE WHEN booked.kind = %(payment)s THEN booked.fen ELSE 0 END))",
        order=ORDER,
        payment=Kind.PAYMENT.value,
        cash=CounterSale.Way.CASH.value,
    )


def _below_nothing() -> int:
    """Whatever went wrong with a line, nobody is given back more than it cost."""
    return count(
        "SELECT line.id FROM {line} AS line JOIN {adjustment} AS adjustment"
        " ON adjustment.line_id = line.id GROUP BY line.id, line.line_price_incl_tax"
        " HAVING CAST(ROUND(line.line_price_incl_tax * 100) AS bigint)"
        " + SUM(CAST(ROUND(adjustment.amount * 100) AS bigint)) < 0"
    )


def _returned_off() -> int:
    """Nobody pays for what went back to the station."""
    return count(
        "SELECT order_id FROM ("
        + _OWED
        + ") AS booked JOIN {order} AS placed ON placed.id = booked.order_id"
        " WHERE placed.status = %(returned)s AND kind IN (%(charge)s, %(adjustment)s)"
        " GROUP BY order_id HAVING SUM(fen) <> 0",
        order=ORDER,
        returned=OrderStatus.RETURNED.value,
        charge=Kind.CHARGE.value,
        adjustment=Kind.ADJUSTMENT.value,
    )


def _claims_off() -> int:
    """By line, what staff answered is given back, is given back."""
    return count(
        "SELECT line_id FROM ("
        " SELECT line_id, CAST(ROUND(amount * 100) AS bigint) AS fen FROM {claim}"
        " WHERE status = %(accepted)s UNION ALL"
        " SELECT line_id, CAST(ROUND(amount * 100) AS bigint) FROM {adjustment}"
        " WHERE kind = %(claim_kind)s"
        ") AS both_sides GROUP BY line_id HAVING SUM(fen) <> 0",
        accepted=Claim.Status.ACCEPTED.value,
        claim_kind=Adjustment.Kind.CLAIM.value,
    )
