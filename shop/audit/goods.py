"""2.1–2.3: what is in the building, and what it costs."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery.models import Parcel
from inventory.models import Move
from shop.audit.checks import Figure, check, count, row, yuan
from shop.models import OrderStatus

#: Moves that say what a unit cost.
COSTED = (Move.Kind.OPENING.value, Move.Kind.COST.value)


@check("2.1", gettext_lazy("不超卖"))
def never_oversold() -> Iterator[Figure]:
    records, in_stock, held = row(
        "SELECT COUNT(*), COALESCE(SUM(num_in_stock), 0), COALESCE(SUM(num_allocated), 0)"
        " FROM {record}"
    )
    yield Figure("goods", _("货品"), records)
    yield Figure("in_stock", _("在库"), int(in_stock))
    yield Figure("held", _("留给订单"), int(held))
    oversold = count(
        "SELECT 1 FROM {record} WHERE COALESCE(num_allocated, 0) NOT BETWEEN 0"
        " AND COALESCE(num_in_stock, 0)"
    )
    yield Figure("oversold", _("超卖"), oversold, wrong=True)


@check("2.2", gettext_lazy("流水就是库存"))
def the_ledger_is_the_stock() -> Iterator[Figure]:
    yield Figure("moves", _("流水"), count("SELECT 1 FROM {move}"))
    off = count(
        "SELECT record.id FROM {record} AS record"
        " LEFT JOIN {item} AS item ON item.record_id = record.id"
        " LEFT JOIN {move} AS move ON move.item_id = item.id"
        " GROUP BY record.id, record.num_in_stock, record.num_allocated"
        " HAVING COALESCE(record.num_in_stock, 0) <> COALESCE(SUM(move.in_stock_delta), 0)"
        " OR COALESCE(record.num_allocated, 0) <> COALESCE(SUM(move.allocated_delta), 0)"
    )
    yield Figure("goods_off", _("对不上的货品"), off, wrong=True)
    lines_off = count(
        # What an order's lines say it holds and has taken, against what the ledger says.
        "SELECT order_id, item_id FROM ("
        " SELECT line.order_id, item.id AS item_id,"
        " CASE WHEN placed.status = %(cancelled)s THEN 0 ELSE line.quantity END AS held,"
        " CASE WHEN parcel.status <> %(waiting)s THEN line.quantity ELSE 0 END AS packed"
        " FROM {line} AS line JOIN {order} AS placed ON placed.id = line.order_id"
        " JOIN {item} AS item ON item.record_id = line.stockrecord_id"
        " LEFT JOIN {parcel} AS parcel ON parcel.order_id = line.order_id"
        " UNION ALL"
        " SELECT order_id, item_id,"
        " CASE WHEN kind = %(pack)s THEN 0 ELSE -allocated_delta END,"
        " CASE WHEN kind = %(pack)s THEN in_stock_delta ELSE 0 END"
        " FROM {move} WHERE order_id IS NOT NULL"
        ") AS both_sides GROUP BY order_id, item_id HAVING SUM(held) <> 0 OR SUM(packed) <> 0",
        cancelled=OrderStatus.CANCELLED.value,
        waiting=Parcel.Status.WAITING.value,
        pack=Move.Kind.PACK.value,
    )
    yield Figure("lines_off", _("和订单对不上的行"), lines_off, wrong=True)


@check("2.3", gettext_lazy("按进价"))
def at_cost() -> Iterator[Figure]:
    """Cost of a line: what the ledger said a unit cost when its stock was held."""
    lines, money, cost, dear, unknown = row(
        "SELECT COUNT(*), SUM(sold.fen), SUM(sold.quantity * sold.cost_fen),"
        " SUM(CASE WHEN sold.price_fen > sold.cost_fen THEN 1 ELSE 0 END),"
        " SUM(CASE WHEN sold.cost_fen IS NULL THEN 1 ELSE 0 END)"
        " FROM (SELECT line.quantity,"
        " CAST(ROUND(line.line_price_incl_tax * 100) AS bigint) AS fen,"
        " CAST(ROUND(line.unit_price_incl_tax * 100) AS bigint) AS price_fen,"
        " (SELECT CAST(ROUND(move.unit_cost * 100) AS bigint) FROM {move} AS move"
        " WHERE {known_then} ORDER BY move.id DESC LIMIT 1) AS cost_fen"
        " FROM {line} AS line JOIN {order} AS placed ON placed.id = line.order_id"
        " LEFT JOIN {item} AS item ON item.record_id = line.stockrecord_id"
        " LEFT JOIN {move} AS held ON held.order_id = line.order_id"
        " AND held.item_id = item.id AND held.kind = %(reserve)s"
        " WHERE placed.status <> %(cancelled)s) AS sold",
        {"known_then": _KNOWN_THEN},
        cancelled=OrderStatus.CANCELLED.value,
        reserve=Move.Kind.RESERVE.value,
        opening=COSTED[0],
        cost=COSTED[1],
    )
    yield Figure("lines", _("订单行"), lines)
    yield Figure("money", _("货款"), yuan(money))
    yield Figure("cost", _("成本"), yuan(cost))
    yield Figure("difference", _("差额"), yuan(money) - yuan(cost))
    yield Figure("above_cost", _("高于进价的行"), int(dear or 0), wrong=True)
    yield Figure("without_cost", _("没有进价的行"), int(unknown or 0), wrong=True)
    marked_up = count(
        "SELECT 1 FROM {record} AS record JOIN {item} AS item ON item.record_id = record.id"
        " WHERE record.price > COALESCE((SELECT move.unit_cost FROM {move} AS move"
        " WHERE move.item_id = item.id AND move.kind IN (%(opening)s, %(cost)s)"
        " AND move.unit_cost IS NOT NULL ORDER BY move.id DESC LIMIT 1), 0)",
        opening=COSTED[0],
        cost=COSTED[1],
    )
    yield Figure("marked_up", _("标价高于进价的货品"), marked_up, wrong=True)


_KNOWN_THEN = (
    "move.item_id = item.id AND move.kind IN (%(opening)s, %(cost)s)"
    " AND move.unit_cost IS NOT NULL AND move.id < held.id"
)
