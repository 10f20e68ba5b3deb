"""2.4–2.5: what orders cost, and where they are."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery.models import Batch, Round
from shop.audit.checks import Figure, check, count, row, yuan
from shop.models import OrderStatus


@check("2.4", gettext_lazy("钱对得上"))
def money_adds_up() -> Iterator[Figure]:
    orders, money = row(
        "SELECT COUNT(*), SUM(CAST(ROUND(total_incl_tax * 100) AS bigint)) FROM {order}"
        " WHERE status <> %(cancelled)s",
        cancelled=OrderStatus.CANCELLED.value,
    )
    (due,) = row("SELECT SUM(CAST(ROUND(due * 100) AS bigint)) FROM {parcel}")
    (cash,) = row(
        "SELECT SUM(CAST(ROUND(cash * 100) AS bigint)) FROM {handoff} AS handoff"
        " WHERE NOT EXISTS (SELECT 1 FROM {handoff} AS later WHERE later.corrects_id = handoff.id)"
    )
    yield Figure("orders", _("订单"), orders)
    yield Figure("money", _("合计"), yuan(money))
    yield Figure("due", _("包裹应收"), yuan(due))
    yield Figure("cash", _("已收现金"), yuan(cash))
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
    due_off = count(
        "SELECT 1 FROM {parcel} AS parcel JOIN {order} AS placed ON placed.id = parcel.order_id"
        " WHERE ROUND(parcel.due * 100) <> ROUND(placed.total_incl_tax * 100)"
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


@check("2.5", gettext_lazy("每个订单都有下落"))
def every_order_is_somewhere() -> Iterator[Figure]:
    placed = (
        "SELECT 1 FROM {placement} AS placement"
        " JOIN {round} AS round ON round.id = placement.round_id"
        " JOIN {order} AS placed ON placed.id = placement.order_id"
        " LEFT JOIN {parcel} AS parcel ON parcel.order_id = placed.id"
        " WHERE round.status = %(closed)s AND "
    )
    words: dict[str, Any] = {
        "closed": Round.Status.CLOSED.value,
        "cancelled": OrderStatus.CANCELLED.value,
    }
    live = count(placed + "placed.status <> %(cancelled)s", **words)
    yield Figure("orders", _("已截单的订单"), live)
    yield Figure("parcels", _("包裹"), count("SELECT 1 FROM {parcel}"))
    lost = count(placed + "placed.status <> %(cancelled)s AND parcel.id IS NULL", **words)
    yield Figure("lost", _("没有包裹的订单"), lost, wrong=True)
    nowhere = count(
        "SELECT 1 FROM {order} AS placed WHERE NOT EXISTS"
        " (SELECT 1 FROM {placement} AS placement WHERE placement.order_id = placed.id)"
    )
    yield Figure("nowhere", _("没有住户的订单"), nowhere, wrong=True)
    cancelled = count(
        "SELECT 1 FROM {parcel} AS parcel JOIN {order} AS placed ON placed.id = parcel.order_id"
        " WHERE placed.status = %(cancelled)s",
        cancelled=OrderStatus.CANCELLED.value,
    )
    yield Figure("cancelled", _("已取消还打包的"), cancelled, wrong=True)
    elsewhere = count(
        "SELECT 1 FROM {parcel} AS parcel"
        " JOIN {placement} AS placement ON placement.order_id = parcel.order_id"
        " WHERE parcel.household_id <> placement.household_id"
        " OR parcel.round_id <> placement.round_id"
    )
    yield Figure("elsewhere", _("送错门或波次的包裹"), elsewhere, wrong=True)
    lines_off = count(
        "SELECT order_id, item_id FROM ("
        " SELECT line.order_id, item.id AS item_id, line.quantity AS units"
        " FROM {line} AS line JOIN {item} AS item ON item.record_id = line.stockrecord_id"
        " JOIN {parcel} AS parcel ON parcel.order_id = line.order_id"
        " UNION ALL"
        " SELECT parcel.order_id, packed.item_id, -packed.asked FROM {parcel_line} AS packed"
        " JOIN {parcel} AS parcel ON parcel.id = packed.parcel_id"
        " WHERE parcel.order_id IS NOT NULL"
        ") AS both_sides GROUP BY order_id, item_id HAVING SUM(units) <> 0"
    )
    yield Figure("lines_off", _("和订单不一样的包裹行"), lines_off, wrong=True)
    statuses: dict[str, Any] = {
        f"s{number}": status.value for number, status in enumerate(Batch.OPEN_STATUSES)
    }
    twice = count(
        "SELECT load.parcel_id FROM {load} AS load JOIN {stop} AS stop ON stop.id = load.stop_id"
        " JOIN {batch} AS batch ON batch.id = stop.batch_id"
        " WHERE load.active AND batch.status IN (%(s0)s, %(s1)s, %(s2)s)"
        " GROUP BY load.parcel_id HAVING COUNT(*) > 1",
        **statuses,
    )
    yield Figure("in_two_batches", _("同时在两批里的包裹"), twice, wrong=True)
