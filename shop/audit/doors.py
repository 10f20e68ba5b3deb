"""2.6–2.7: what was carried to which door, and what happened there."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery.models import Batch, Parcel, Stop
from shop.audit.checks import Figure, check, count
from shop.models import OrderStatus

#: What a parcel may be, by what became of the last stop it was given to (or of that stop's
#: batch, while nobody has come to the door).
FITTING = {
    Batch.Status.PLANNED: (Parcel.Status.WAITING, Parcel.Status.PACKED, Parcel.Status.FAILED),
    Batch.Status.PACKED: (Parcel.Status.PACKED, Parcel.Status.FAILED),
    Batch.Status.OUT: (Parcel.Status.ON_WAY,),
    Stop.Status.LEFT: (Parcel.Status.DELIVERED,),
    Stop.Status.HANDED: (Parcel.Status.DELIVERED,),
    Stop.Status.FAILED: (Parcel.Status.FAILED, Parcel.Status.RETURNED),
}
ORDER_STATUS = {
    Parcel.Status.WAITING: OrderStatus.PLACED,
    Parcel.Status.PACKED: OrderStatus.PACKED,
    Parcel.Status.ON_WAY: OrderStatus.ON_WAY,
    Parcel.Status.DELIVERED: OrderStatus.DELIVERED,
    Parcel.Status.FAILED: OrderStatus.NOT_DELIVERED,
    Parcel.Status.RETURNED: OrderStatus.RETURNED,
}


@check("2.6", gettext_lazy("一批一个网格、一个波次，带得动"))
def a_batch_is_of_one_grid() -> Iterator[Figure]:
    yield Figure("batches", _("批次"), count("SELECT 1 FROM {batch}"))
    yield Figure("stops", _("停靠点"), count("SELECT 1 FROM {stop}"))
    yield Figure(
        "risk_changed",
        _("出发后风险等级变了的"),
        count(
            "SELECT 1 FROM {batch} AS batch JOIN {grid} AS grid ON grid.id = batch.grid_id"
            " WHERE batch.risk_level <> grid.risk_level"
        ),
    )
    other_grid = count(
        "SELECT 1 FROM {stop} AS stop JOIN {batch} AS batch ON batch.id = stop.batch_id"
        " JOIN {household} AS household ON household.id = stop.household_id"
        " WHERE household.grid_id <> batch.grid_id"
    )
    yield Figure("other_grid", _("别的网格的门"), other_grid, wrong=True)
    other_parcel = count(
        "SELECT 1 FROM {load} AS load JOIN {stop} AS stop ON stop.id = load.stop_id"
        " JOIN {batch} AS batch ON batch.id = stop.batch_id"
        " JOIN {parcel} AS parcel ON parcel.id = load.parcel_id"
        " WHERE parcel.round_id <> batch.round_id OR parcel.household_id <> stop.household_id"
    )
    yield Figure("other_parcel", _("别的波次或别家的包裹"), other_parcel, wrong=True)
    sums_off = count(
        "SELECT batch.id FROM {batch} AS batch"
        " LEFT JOIN {stop} AS stop ON stop.batch_id = batch.id"
        " LEFT JOIN {load} AS load ON load.stop_id = stop.id"
        " LEFT JOIN {parcel} AS parcel ON parcel.id = load.parcel_id"
        " GROUP BY batch.id, batch.weight_g, batch.stop_count"
        " HAVING batch.weight_g <> COALESCE(SUM(parcel.weight_g), 0)"
        " OR batch.stop_count <> COUNT(DISTINCT stop.id)"
    )
    yield Figure("sums_off", _("重量或户数不对的批次"), sums_off, wrong=True)
    # What is over is over: a courier may carry less from tomorrow on.
    overloaded = count(
        "SELECT 1 FROM {batch} AS batch"
        " JOIN {volunteer} AS courier ON courier.id = batch.courier_id"
        " WHERE batch.status <> %(done)s"
        " AND (batch.weight_g > courier.capacity_g OR batch.stop_count > courier.max_stops)",
        done=Batch.Status.DONE.value,
    )
    yield Figure("overloaded", _("带不动的批次"), overloaded, wrong=True)
    other_station = count(
        "SELECT 1 FROM {batch} AS batch JOIN {grid} AS grid ON grid.id = batch.grid_id"
        " JOIN {round} AS round ON round.id = batch.round_id"
        " WHERE round.station_id <> grid.station_id"
    )
    yield Figure("other_station", _("跨驿站的批次"), other_station, wrong=True)


@check("2.7", gettext_lazy("一次交接定一户"))
def one_handoff_decides_a_stop() -> Iterator[Figure]:
    yield Figure("handoffs", _("交接"), count("SELECT 1 FROM {handoff}"))
    corrections = count("SELECT 1 FROM {handoff} WHERE corrects_id IS NOT NULL")
    yield Figure("corrections", _("更正"), corrections)
    chains_off = count(
        # A stop has no handoff, or one first and one last; a correction stays at its stop.
        "SELECT handoff.stop_id FROM {handoff} AS handoff"
        " LEFT JOIN {handoff} AS earlier ON earlier.id = handoff.corrects_id"
        " LEFT JOIN {handoff} AS later ON later.corrects_id = handoff.id"
        " GROUP BY handoff.stop_id"
        " HAVING SUM(CASE WHEN handoff.corrects_id IS NULL THEN 1 ELSE 0 END) <> 1"
        " OR SUM(CASE WHEN later.id IS NULL THEN 1 ELSE 0 END) <> 1"
        " OR SUM(CASE WHEN earlier.stop_id <> handoff.stop_id THEN 1 ELSE 0 END) > 0"
    )
    yield Figure("chains_off", _("接不上的停靠点"), chains_off, wrong=True)
    stops_off = count(
        "SELECT stop.id FROM {stop} AS stop"
        " LEFT JOIN (SELECT handoff.stop_id, handoff.outcome, handoff.tapped_at"
        " FROM {handoff} AS handoff WHERE NOT EXISTS"
        " (SELECT 1 FROM {handoff} AS later WHERE later.corrects_id = handoff.id)"
        ") AS latest ON latest.stop_id = stop.id"
        " WHERE stop.status <> COALESCE(latest.outcome, %(waiting)s)"
        " OR stop.decided_at <> latest.tapped_at",
        waiting=Stop.Status.WAITING.value,
    )
    yield Figure("stops_off", _("和交接不符的停靠点"), stops_off, wrong=True)
    batches_off = count(
        # Over when the last door is done, and nothing is done before it is out.
        "SELECT batch.id FROM {batch} AS batch JOIN {stop} AS stop ON stop.batch_id = batch.id"
        " GROUP BY batch.id, batch.status HAVING"
        " (batch.status = %(done)s) <> (SUM(CASE WHEN stop.status = %(waiting)s THEN 1 ELSE 0 END)"
        " = 0) OR (batch.status IN (%(planned)s, %(packed)s)"
        " AND SUM(CASE WHEN stop.status <> %(waiting)s THEN 1 ELSE 0 END) > 0)",
        waiting=Stop.Status.WAITING.value,
        planned=Batch.Status.PLANNED.value,
        packed=Batch.Status.PACKED.value,
        done=Batch.Status.DONE.value,
    )
    yield Figure("batches_off", _("和停靠点不符的批次"), batches_off, wrong=True)
    yield Figure("parcels_off", _("状态不符的包裹"), _parcels_off(), wrong=True)
    pairs = [(parcel.value, order.value) for parcel, order in ORDER_STATUS.items()]
    fits, params = _pairs("parcel.status", "placed.status", pairs)
    orders_off = count(
        "SELECT 1 FROM {parcel} AS parcel JOIN {order} AS placed ON placed.id = parcel.order_id"
        " WHERE NOT ({fits})",
        {"fits": fits},
        **params,
    )
    yield Figure("orders_off", _("和包裹不符的订单"), orders_off, wrong=True)
    repeated = count("SELECT nonce FROM {handoff} GROUP BY nonce HAVING COUNT(*) > 1")
    yield Figure("repeated", _("重复的提交"), repeated, wrong=True)


def _parcels_off() -> int:
    pairs = [(at.value, parcel.value) for at, parcels in FITTING.items() for parcel in parcels]
    fits, params = _pairs("latest.at", "parcel.status", pairs)
    return count(
        "SELECT 1 FROM {parcel} AS parcel LEFT JOIN ("
        " SELECT load.parcel_id, load.active, stop.status AS stop_status,"
        " CASE WHEN stop.status = %(waiting)s THEN batch.status ELSE stop.status END AS at"
        " FROM {load} AS load JOIN {stop} AS stop ON stop.id = load.stop_id"
        " JOIN {batch} AS batch ON batch.id = stop.batch_id"
        " WHERE NOT EXISTS (SELECT 1 FROM {load} AS later"
        " WHERE later.parcel_id = load.parcel_id AND later.id > load.id)"
        ") AS latest ON latest.parcel_id = parcel.id"
        " WHERE (latest.at IS NULL AND parcel.status <> %(unplanned)s)"
        " OR (latest.at IS NOT NULL AND NOT ({fits}))"
        " OR latest.active = (latest.stop_status = %(failed)s)",
        {"fits": fits},
        waiting=Stop.Status.WAITING.value,
        unplanned=Parcel.Status.WAITING.value,
        failed=Stop.Status.FAILED.value,
        **params,
    )


def _pairs(left: str, right: str, pairs: list[tuple[str, str]]) -> tuple[str, dict[str, str]]:
    """`(left = … AND right = …) OR …` with its parameters."""
    params: dict[str, str] = {}
    for number, (one, other) in enumerate(pairs):
        params |= {f"l{number}": one, f"r{number}": other}
    terms = (f"({left} = %(l{n})s AND {right} = %(r{n})s)" for n in range(len(pairs)))
    return " OR ".join(terms), params
