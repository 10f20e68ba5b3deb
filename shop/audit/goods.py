"""2.1–2.2: what is in the building, by good and by lot."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery.models import Parcel
from inventory.models import Move
from shop.audit.checks import Figure, check, count, row
from shop.models import Adjustment, OrderStatus


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
    yield Figure("lots", _("批"), count("SELECT 1 FROM {lot} WHERE units > 0"))
    off = count(
        "SELECT record.id FROM {record} AS record"
        " LEFT JOIN {item} AS item ON item.record_id = record.id"
        " LEFT JOIN {move} AS move ON move.item_id = item.id"
        " GROUP BY record.id, record.num_in_stock, record.num_allocated"
        " HAVING COALESCE(record.num_in_stock, 0) <> COALESCE(SUM(move.in_stock_delta), 0)"
        " OR COALESCE(record.num_allocated, 0) <> COALESCE(SUM(move.allocated_delta), 0)"
    )
    yield Figure("goods_off", _("对不上的货品"), off, wrong=True)
    lots_off = count(
        "SELECT lot.id FROM {lot} AS lot LEFT JOIN {move} AS move ON move.lot_id = lot.id"
        " GROUP BY lot.id, lot.units HAVING lot.units <> COALESCE(SUM(move.in_stock_delta), 0)"
    )
    yield Figure("lots_off", _("对不上的批"), lots_off, wrong=True)
    shelves_off = count(
        "SELECT record.id FROM {record} AS record"
        " LEFT JOIN {item} AS item ON item.record_id = record.id"
        " LEFT JOIN {lot} AS lot ON lot.item_id = item.id"
        " GROUP BY record.id, record.num_in_stock"
        " HAVING COALESCE(record.num_in_stock, 0) <> COALESCE(SUM(lot.units), 0)"
    )
    yield Figure("shelves_off", _("各批加起来不是在库数的货品"), shelves_off, wrong=True)
    foreign = count(
        "SELECT 1 FROM {move} AS move JOIN {lot} AS lot ON lot.id = move.lot_id"
        " WHERE lot.item_id <> move.item_id"
    )
    yield Figure("foreign_lots", _("记在别的货的批上的流水"), foreign, wrong=True)
    yield Figure("receipts_off", _("和流水对不上的入库行"), _receipts_off(), wrong=True)
    yield Figure("lines_off", _("和订单对不上的行"), _lines_off(), wrong=True)
    unpacked = count(
        "SELECT 1 FROM {parcel_line} AS line JOIN {parcel} AS parcel ON parcel.id = line.parcel_id"
        " WHERE parcel.status <> %(waiting)s AND line.quantity > 0 AND line.packed_at IS NULL",
        waiting=Parcel.Status.WAITING.value,
    )
    yield Figure("unpacked", _("包裹已经装好、却没装进去的行"), unpacked, wrong=True)


def _receipts_off() -> int:
    """Accepted units and their landed cost came into the lot of their line, once."""
    lines = count(
        "SELECT line.id FROM {receipt_line} AS line"
        " LEFT JOIN {lot} AS lot ON lot.receipt_line_id = line.id AND lot.item_id = line.item_id"
        " LEFT JOIN {move} AS move ON move.lot_id = lot.id AND move.kind = %(receive)s"
        " GROUP BY line.id, line.units, line.cost, line.extra"
        " HAVING line.units <> COALESCE(SUM(move.in_stock_delta), 0)"
        " OR ROUND((line.cost + line.extra) * 100)"
        " <> COALESCE(SUM(CAST(ROUND(move.value * 100) AS bigint)), 0)",
        receive=Move.Kind.RECEIVE.value,
    )
    from_nowhere = count(
        "SELECT 1 FROM {move} AS move LEFT JOIN {lot} AS lot ON lot.id = move.lot_id"
        " WHERE move.kind = %(receive)s AND lot.receipt_line_id IS NULL",
        receive=Move.Kind.RECEIVE.value,
    )
    return lines + from_nowhere


def _lines_off() -> int:
    """By order and good: what it should hold and have taken, against what the ledger says.

    Before there is a parcel the order's lines say it; then the parcel's, which may be less, or
    something similar. What is pre-ordered holds nothing until it was shared out. What was sold
    over the counter is gone at once. What came back is here.
    """
    return count(
        "SELECT order_id, item_id FROM ("
        " SELECT line.order_id, item.id AS item_id,"
        " CASE WHEN sale.order_id IS NULL THEN line.quantity ELSE 0 END AS held,"
        " CASE WHEN sale.order_id IS NULL THEN 0 ELSE line.quantity + COALESCE(("
        " SELECT SUM(adjustment.units) FROM {adjustment} AS adjustment"
        " WHERE adjustment.line_id = line.id AND adjustment.kind = %(brought_back)s), 0)"
        " END AS gone"
        " FROM {line} AS line JOIN {order} AS placed ON placed.id = line.order_id"
        " JOIN {item} AS item ON item.record_id = line.stockrecord_id"
        " LEFT JOIN {sale} AS sale ON sale.order_id = line.order_id"
        " LEFT JOIN {terms} AS terms ON terms.line_id = line.id AND terms.preorder"
        " LEFT JOIN {parcel} AS parcel ON parcel.order_id = line.order_id"
        " WHERE placed.status <> %(cancelled)s AND terms.line_id IS NULL AND parcel.id IS NULL"
        " UNION ALL"
        " SELECT parcel.order_id, packed.item_id,"
        " CASE WHEN packed.packed_at IS NULL THEN packed.quantity ELSE 0 END,"
        " CASE WHEN packed.packed_at IS NULL THEN 0 ELSE packed.quantity END"
        " FROM {parcel_line} AS packed JOIN {parcel} AS parcel ON parcel.id = packed.parcel_id"
        " JOIN {order} AS placed ON placed.id = parcel.order_id"
        " WHERE NOT packed.awaiting AND placed.status <> %(cancelled)s"
        " AND parcel.status <> %(returned)s"
        " UNION ALL"
        " SELECT order_id, item_id, -allocated_delta, in_stock_delta"
        " FROM {move} WHERE order_id IS NOT NULL"
        ") AS both_sides GROUP BY order_id, item_id HAVING SUM(held) <> 0 OR SUM(gone) <> 0",
        cancelled=OrderStatus.CANCELLED.value,
        returned=Parcel.Status.RETURNED.value,
        brought_back=Adjustment.Kind.RETURNED.value,
    )
