"""2.5: where orders are."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery.models import Batch, Round
from shop.audit import asked
from shop.audit.checks import Figure, check, count
from shop.models import OrderStatus


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
    lost = count(
        # One that waits for its payment gets its parcel when it is paid.
        placed + "placed.status NOT IN (%(cancelled)s, %(awaiting)s) AND parcel.id IS NULL",
        awaiting=OrderStatus.AWAITING.value,
        **words,
    )
    yield Figure("lost", _("没有包裹的订单"), lost, wrong=True)
    nowhere = count(
        "SELECT 1 FROM {order} AS placed WHERE NOT EXISTS"
        " (SELECT 1 FROM {placement} AS placement WHERE placement.order_id = placed.id)"
        " AND NOT EXISTS (SELECT 1 FROM {sale} AS sale WHERE sale.order_id = placed.id)"
    )
    yield Figure("nowhere", _("没有住户的订单"), nowhere, wrong=True)
    cancelled = count(
        "SELECT 1 FROM {parcel} AS parcel JOIN {order} AS placed ON placed.id = parcel.order_id"
        " WHERE placed.status = %(cancelled)s",
        cancelled=OrderStatus.CANCELLED.value,
    )
    yield Figure("cancelled", _("已取消还打包的"), cancelled, wrong=True)
    taken_off = count(
        # Taken away at the counter, or brought to a door: one of the two.
        "SELECT 1 FROM {order} AS placed LEFT JOIN {sale} AS sale ON sale.order_id = placed.id"
        " LEFT JOIN {placement} AS placement ON placement.order_id = placed.id"
        " WHERE (placed.status = %(taken)s AND sale.order_id IS NULL)"
        " OR (sale.order_id IS NOT NULL AND (placed.status NOT IN (%(taken)s, %(cancelled)s)"
        " OR placement.order_id IS NOT NULL))",
        taken=OrderStatus.TAKEN.value,
        cancelled=OrderStatus.CANCELLED.value,
    )
    yield Figure("taken_off", _("和柜台记录不符的订单"), taken_off, wrong=True)
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
    yield from asked.figures()
