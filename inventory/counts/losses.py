"""报损和捐出: units of a lot that are gone or given away, each with a reason."""

from django.db import transaction
from django.utils.translation import gettext as _

from inventory import stock
from inventory.errors import HeldForOrders, LossRefused
from inventory.models import Lot, Move, Station
from inventory.words import listed

Kind, Reason = Move.Kind, Move.Reason

#: Which reasons go with which kind.
REASONS = {
    Kind.WASTE: (Reason.EXPIRED, Reason.SPOILED, Reason.BROKEN, Reason.LOST, Reason.OTHER),
    Kind.DONATE: (Reason.RELIEF, Reason.WORKERS, Reason.OTHER),
}


def record(
    station: Station,
    lot_id: int,
    units: int,
    *,
    kind: Move.Kind,
    reason: Move.Reason,
    note: str = "",
    by,
    seen: int | None = None,
) -> Move:
    """Takes units of a lot off the books and returns the move.

    `seen`: what the page said was left of the lot. If that is no longer so nothing is written,
    except that the same tap again gets the move it made the first time. `note` is about goods.

    Raises `LossRefused`, or `HeldForOrders` if what is left would be less than orders hold.
    """
    note = note.replace("\x00", "").strip()[:100]
    if kind not in REASONS:
        raise LossRefused(_("请选报损还是捐出。"))
    if reason not in REASONS[kind]:
        fitting = listed(str(fits.label) for fits in REASONS[kind])
        words = _("%(kind)s的原因只有：%(fitting)s。")
        raise LossRefused(words % {"kind": kind.label, "fitting": fitting})
    if reason == Reason.OTHER and not note:
        raise LossRefused(_("选了“其他”，请写一句是怎么回事。"))
    if units < 1:
        raise LossRefused(_("至少要有 1 份。"))
    with transaction.atomic():
        lots = Lot.objects.filter(item__record__partner=station.partner_id, pk=lot_id)
        record_id = lots.values_list("item__record_id", flat=True).first()
        if record_id is None:
            raise LossRefused(_("没有这一批货。"))
        stock.lock({record_id})
        lot = lots.select_related("item__record__product").get()
        item, goods = lot.item, lot.item.record
        if seen is not None and seen != lot.units:
            if again := _made_before(lot, seen, units, kind, reason, by):
                return again
            raise LossRefused(_("这一批刚刚动过，现在剩 %d，请看一眼再来。") % lot.units)
        if units > lot.units:
            words = _("这一批只剩 %(left)d %(unit)s。")
            raise LossRefused(words % {"left": lot.units, "unit": item.unit})
        held, left = goods.num_allocated or 0, (goods.num_in_stock or 0) - units
        if left < held:
            raise HeldForOrders([(goods.product.title, item.unit, held, left)])
        lose = stock.waste if kind == Kind.WASTE else stock.donate
        lose([stock.Loss(record_id, lot_id, units, reason, note)], by=by)
        return lot.moves.filter(kind=kind).latest("pk")


def _made_before(lot: Lot, seen: int, units: int, kind, reason, by) -> Move | None:
    """The lot's latest move, if it is exactly what is asked for again."""
    last = lot.moves.order_by("pk").last()
    same = (
        last is not None
        and seen - units == lot.units
        and (last.kind, last.reason, last.in_stock_delta, last.by_id)
        == (kind, reason, -units, by.pk)
    )
    return last if same else None
