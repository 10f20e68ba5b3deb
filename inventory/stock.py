"""What can happen to stock: with `inventory.openings` the only writer of Oscar's stock counters,
of the lots, and of the moves that explain them.

Every verb takes any number of goods: one conditional UPDATE of the counters, one of the lots, one
insert into the ledger (`inventory.ledger`). Quantities are units of the good, money is yuan.

Rows are locked in order of their key, after everything else a transaction writes, so that two
orders of the same goods cannot wait for each other (docs/locking.md).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.apps import apps
from django.db import transaction
from django.db.models import Case, Q, Sum, When
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory import pricing
from inventory.errors import Short, Shortage, StockRefused
from inventory.ledger import (
    Change,
    apply,
    change_all,
    change_counters,
    change_lots,
    take_from_lots,
    write_moves,
)
from inventory.models import Lot, Move, Receipt, ReceiptLine

FEN = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Promise:
    """So many units of a good for an order, at so many yuan a unit."""

    order_id: int
    record_id: int
    units: int
    price: Decimal

    def __post_init__(self) -> None:
        if self.units < 0:
            raise StockRefused(_("数量不能小于 0。"))

    @property
    def value(self) -> Decimal:
        return self.price * self.units


@dataclass(frozen=True)
class Loss:
    """Units of a lot that are gone, or given away, and why. `note` is about goods."""

    record_id: int
    lot_id: int
    units: int
    reason: Move.Reason
    note: str = ""

    def __post_init__(self) -> None:
        if self.units < 1:
            raise StockRefused(_("数量至少是 1。"))


def lock(record_ids: Collection[int]) -> None:
    """For a transaction that needs more than one verb: all of its goods, once, in order."""
    change_counters([Change(record_id) for record_id in record_ids])


# --- promised to orders --------------------------------------------------------------------------
def reserve(promises: Sequence[Promise], *, by=None, at_todays_price: bool = True) -> None:
    """Hold goods for orders, all of it or nothing.

    `at_todays_price`: only while the price promised is still the good's price; a cost that changed
    meanwhile is no longer what was agreed to. Raises `Shortage` with every good that could not be
    held, also one of which there is enough but at another price; the caller's transaction is over.
    """
    if not promises:
        return
    with transaction.atomic(savepoint=False):
        changes = [
            Change(
                promise.record_id,
                allocated=promise.units,
                value=-promise.value,
                order_id=promise.order_id,
                price=promise.price if at_todays_price else None,
            )
            for promise in promises
        ]
        done = change_counters(changes)
        wanted: dict[int, int] = {}
        for promise in promises:
            if promise.record_id not in done:
                wanted[promise.record_id] = wanted.get(promise.record_id, 0) + promise.units
        if wanted:
            raise Shortage(_shortages(wanted))
        write_moves(Move.Kind.RESERVE, changes, by)


def release(promises: Sequence[Promise], *, by=None) -> None:
    """Give back what `reserve` held, at the price it was promised at."""
    changes = [
        Change(
            promise.record_id,
            allocated=-promise.units,
            value=promise.value,
            order_id=promise.order_id,
        )
        for promise in promises
    ]
    apply(Move.Kind.RELEASE, changes, by)


def settle(differences: Sequence[tuple[int, int, Decimal]], *, by=None) -> None:
    """`(order id, record id, yuan)`: the household pays so much more (below zero: less) than was
    promised, for the same units."""
    changes = [
        Change(record_id, value=-yuan, order_id=order_id)
        for order_id, record_id, yuan in differences
    ]
    apply(Move.Kind.SETTLE, changes, by)


# --- out of the building -------------------------------------------------------------------------
def pack(lines: Sequence[tuple[int, int, int]], *, by=None) -> None:
    """`(order id, stock record id, units)` leave the shelf for their parcels: what was held is
    held no longer, and is no longer in the building. First expired, first out; what is past its
    date is not picked. Raises `StockRefused`."""
    changes = [
        Change(record_id, in_stock=-units, allocated=-units, order_id=order_id)
        for order_id, record_id, units in lines
    ]
    apply(Move.Kind.PACK, changes, by, today=timezone.localdate())


def unpack(order_id: int, record_ids: Sequence[int], *, by=None) -> None:
    """Puts goods of an order that were packed by mistake back into the lots they came from, held
    for the order as before. Again, or of what was not packed, is nothing."""
    with transaction.atomic(savepoint=False):
        lock(record_ids)  # what is packed must stand still while we add it up
        packed = (
            Move.objects.filter(
                order_id=order_id,
                item__record_id__in=record_ids,
                kind__in=(Move.Kind.PACK, Move.Kind.UNPACK),
            )
            .values_list("item__record_id", "lot_id")
            .annotate(units=-Sum("in_stock_delta"))
            .filter(units__gt=0)
        )
        changes = [
            Change(record_id, in_stock=units, allocated=units, order_id=order_id, lot_id=lot_id)
            for record_id, lot_id, units in packed
        ]
        apply(Move.Kind.UNPACK, changes, by)


def sell(promises: Sequence[Promise], *, by=None) -> None:
    """Over the counter: what nobody has been promised leaves the building at today's price.

    Raises `Shortage` as `reserve` does, and `StockRefused` if what there is is past its date, or
    all of it that is not is what orders wait for.
    """
    with transaction.atomic(savepoint=False):
        changes = [
            Change(
                promise.record_id,
                in_stock=-promise.units,
                value=-promise.value,
                order_id=promise.order_id,
                price=promise.price,
            )
            for promise in promises
        ]
        done = change_counters(changes)
        if short := {p.record_id: p.units for p in promises if p.record_id not in done}:
            raise Shortage(_shortages(short))
        _refuse_to_leave_orders_the_expired(promises)
        changes = take_from_lots(changes, today=timezone.localdate())
        change_lots(changes)
        write_moves(Move.Kind.SALE, changes, by)


def _refuse_to_leave_orders_the_expired(promises: Sequence[Promise]) -> None:
    sold: dict[int, int] = {}
    for promise in promises:
        sold[promise.record_id] = sold.get(promise.record_id, 0) + promise.units
    fresh = dict(
        Lot.objects.filter(item__record_id__in=sold, units__gt=0)
        .exclude(expires_on__lt=timezone.localdate())
        .values_list("item__record_id")
        .annotate(units=Sum("units"))
    )
    records = apps.get_model("partner", "StockRecord").objects.filter(pk__in=sold)
    for record_id, held in records.values_list("pk", "num_allocated"):
        if fresh.get(record_id, 0) - sold[record_id] < (held or 0):
            raise StockRefused(_("没过期的都留给订单了，柜台不能再卖这样货。"))


def put_back(promises: Sequence[Promise], *, by=None) -> None:
    """Goods of an order that left the building come back to the shelf, to be sold again: into the
    lot with the earliest date they came from. Raises `StockRefused` if so much never left."""
    with transaction.atomic(savepoint=False):
        lock({promise.record_id for promise in promises})
        gone: dict[tuple[int, int], list[list[int]]] = {}
        left = (
            Move.objects.filter(order_id__in={promise.order_id for promise in promises})
            .exclude(in_stock_delta=0)
            .values_list("order_id", "item__record_id", "lot_id")
            .annotate(units=-Sum("in_stock_delta"))
            .order_by("lot__expires_on", "lot_id")
        )
        for order_id, record_id, lot_id, units in left:
            gone.setdefault((order_id, record_id), []).append([lot_id, units])
        changes: list[Change] = []
        for promise in promises:
            back, value = promise.units, promise.value
            for of_lot in gone.get((promise.order_id, promise.record_id), []):
                lot_id, units = of_lot
                if taken := min(back, units):
                    of_lot[1] -= taken
                    changes.append(
                        Change(
                            promise.record_id,
                            in_stock=taken,
                            value=value,
                            order_id=promise.order_id,
                            lot_id=lot_id,
                        )
                    )
                    back, value = back - taken, Decimal(0)
            if back:
                raise StockRefused(_("这一单没有拿走这么多，不能退这么多。"))
        apply(Move.Kind.RETURN, changes, by)


def waste(losses: Sequence[Loss], *, by=None) -> None:
    """What spoiled, broke or expired leaves the books; its cost stays on the published account.
    Raises `StockRefused` if orders hold it: those must be told first (share it out)."""
    _lose(Move.Kind.WASTE, losses, by)


def donate(losses: Sequence[Loss], *, by=None) -> None:
    """What is given away leaves the books at its cost, which no price earns back."""
    _lose(Move.Kind.DONATE, losses, by)


def _lose(kind: Move.Kind, losses: Sequence[Loss], by) -> None:
    with transaction.atomic(savepoint=False):
        changes = [
            Change(loss.record_id, in_stock=-loss.units, lot_id=loss.lot_id) for loss in losses
        ]
        change_all(changes)
        averages = pricing.averages({loss.record_id for loss in losses})
        moves = []
        for loss in losses:
            average = averages[loss.record_id]
            cost = (average * loss.units).quantize(FEN, ROUND_HALF_UP)
            moves.append(
                Change(
                    loss.record_id,
                    in_stock=-loss.units,
                    value=-cost if kind == Move.Kind.DONATE else Decimal(0),
                    unit_cost=average,
                    lot_id=loss.lot_id,
                    reason=loss.reason.value,
                    note=loss.note[:100],
                )
            )
        change_lots(moves)
        write_moves(kind, moves, by)


def correct(differences: Mapping[int, int], *, by=None) -> None:
    """What a count found: `{record id: units}` more (below zero: less) than the books say.

    Missing units are taken from the lots first to be picked, expired ones before all; found ones
    go to the youngest lot that is in date. Raises `StockRefused` if orders hold what is not there.
    """
    with transaction.atomic(savepoint=False):
        changes = [Change(record_id, in_stock=units) for record_id, units in differences.items()]
        change_all(changes)
        averages = pricing.averages(set(differences))
        youngest: dict[int, int] = {}
        lots = Lot.objects.filter(item__record_id__in=differences)
        in_date = Q(expires_on=None) | Q(expires_on__gte=timezone.localdate())
        for record_id, lot_id in (
            lots.annotate(in_date=Case(When(in_date, then=1), default=0))
            .order_by("in_date", "pk")
            .values_list("item__record_id", "pk")
        ):
            youngest[record_id] = lot_id
        moves = [
            Change(
                record_id,
                in_stock=units,
                unit_cost=averages[record_id],
                lot_id=youngest.get(record_id) if units > 0 else None,
            )
            for record_id, units in differences.items()
        ]
        if any(move.in_stock > 0 and not move.lot_id for move in moves):
            raise StockRefused(_("从没进过的货，请用入库登记，盘点不能凭空多出来。"))
        moves = take_from_lots(moves, today=None)
        change_lots(moves)
        write_moves(Move.Kind.COUNT, moves, by)


# --- into the building ---------------------------------------------------------------------------
def receive(receipt: Receipt, lines: Sequence[ReceiptLine], *, by=None) -> None:
    """What a posted receipt's lines brought: a lot each, and prices that follow from the cost.
    Lines with no unit accepted bring nothing."""
    came = [line for line in lines if line.units]
    with transaction.atomic(savepoint=False):
        record_by_item = {line.item_id: line.item.record_id for line in came}
        change_all([Change(line.item.record_id, in_stock=line.units) for line in came])
        lots = Lot.objects.bulk_create(
            Lot(
                item_id=line.item_id,
                receipt_line=line,
                unit_cost=(line.landed / line.units).quantize(Decimal("0.0001"), ROUND_HALF_UP),
                expires_on=line.expires_on,
                units=line.units,
                at=receipt.at,
            )
            for line in came
        )
        moves = [
            Change(
                record_by_item[line.item_id],
                in_stock=line.units,
                value=line.landed,
                unit_cost=lot.unit_cost,
                lot_id=lot.pk,
            )
            for line, lot in zip(came, lots, strict=True)
        ]
        write_moves(Move.Kind.RECEIVE, moves, by)
        pricing.on_receipt(receipt, came, by=by)


def _shortages(wanted: Mapping[int, int]) -> list[Short]:
    StockRecord = apps.get_model("partner", "StockRecord")
    left = {
        record.pk: record.net_stock_level for record in StockRecord.objects.filter(pk__in=wanted)
    }
    return [
        Short(record_id, units, max(0, left.get(record_id, 0)))
        for record_id, units in wanted.items()
    ]
