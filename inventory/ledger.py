"""How a change of stock is written: the counters in one conditional UPDATE, the lots, the moves.

Used by `inventory.stock` and `inventory.openings` alone. Whatever the verb, the condition is the
invariant itself: afterwards `0 ≤ allocated ≤ in stock` (DESIGN §2.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.errors import StockRefused
from inventory.models import Item, Lot, Move
from inventory.rows import as_table

# Rows a statement, where the ORM spells a parameter for every value: SQLite takes 32,766 at once.
CHUNK = 3000

_RECORD = Item._meta.get_field("record")
#: Column of a move -> what a `Change` calls it.
_OF_A_MOVE = {
    "in_stock_delta": "in_stock",
    "allocated_delta": "allocated",
    "order_id": "order_id",
    "unit_cost": "unit_cost",
    "lot_id": "lot_id",
    "value": "value",
    "reason": "reason",
    "note": "note",
}


@dataclass(frozen=True, slots=True)
class Change:
    """What one move does to one stock record's counters, and to one lot."""

    record_id: int
    in_stock: int = 0
    allocated: int = 0
    value: Decimal = Decimal(0)
    order_id: int | None = None
    unit_cost: Decimal | None = None
    lot_id: int | None = None
    reason: str = ""
    note: str = ""
    #: Only while the record's price is this one.
    price: Decimal | None = None


def apply(kind: Move.Kind, changes: Sequence[Change], by, *, today: date | None = None) -> None:
    """All of it, or `StockRefused`. `today`: see `take_from_lots`."""
    with transaction.atomic(savepoint=False):
        change_all(changes)
        changes = take_from_lots(changes, today=today)
        change_lots(changes)
        write_moves(kind, changes, by)


def change_all(changes: Sequence[Change]) -> None:
    """`change_counters`, or `StockRefused` if one of them cannot be."""
    if len(change_counters(changes)) < len({change.record_id for change in changes}):
        raise StockRefused(_("库存对不上：这样会少于已经留给订单的数量。"))


def change_counters(changes: Sequence[Change]) -> set[int]:
    """Locks the records in order of their keys and changes them; those that could be changed.

    From here to the end of the transaction nobody else moves these goods, so a record's moves are
    numbered as its row was locked: the ledger can be read in the order of its keys.
    """
    totals: dict[int, tuple[int, int, Decimal | None]] = {}
    for change in changes:
        in_stock, allocated, price = totals.get(change.record_id, (0, 0, None))
        totals[change.record_id] = (
            in_stock + change.in_stock,
            allocated + change.allocated,
            price if price is not None else change.price,
        )
    rows = [(record_id, *deltas) for record_id, deltas in sorted(totals.items())]
    return _change_counters(rows) if rows else set()


def _change_counters(rows: Sequence[tuple[int, int, int, Decimal | None]]) -> set[int]:
    """`(record id, in stock delta, allocated delta, price)`, sorted: the ids that allowed it."""
    meta = apps.get_model("partner", "StockRecord")._meta
    table = meta.db_table
    keys, in_stock, allocated, prices = zip(*rows, strict=True)
    wanted, params = as_table(
        {
            "record_id": (meta.pk, keys),
            "in_stock": (meta.get_field("num_in_stock"), in_stock),
            "allocated": (meta.get_field("num_allocated"), allocated),
            "price": (meta.get_field("price"), prices),
        }
    )
    lock, in_order = "", ""
    if connection.vendor == "postgresql":
        # An UPDATE locks rows in any order it likes; this makes it the order of the keys.
        lock = (
            f", (SELECT id FROM {table} WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE) AS held"
        )
        in_order = f"held.id = {table}.id AND "
        params.append(list(keys))
    with connection.cursor() as cursor:
        # Not aliased: SQLite's RETURNING knows the table by its own name only.
        cursor.execute(
            f"UPDATE {table} SET"
            f" num_in_stock = COALESCE({table}.num_in_stock, 0) + wanted.in_stock,"
            f" num_allocated = COALESCE({table}.num_allocated, 0) + wanted.allocated"
            f" FROM {wanted} AS wanted{lock}"
            f" WHERE {in_order}{table}.id = wanted.record_id"
            f" AND COALESCE({table}.num_allocated, 0) + wanted.allocated BETWEEN 0"
            f" AND COALESCE({table}.num_in_stock, 0) + wanted.in_stock"
            " AND (wanted.price IS NULL"
            f" OR ROUND({table}.price, 2) = ROUND(wanted.price, 2))"
            f" RETURNING {table}.id",
            params,
        )
        return {row[0] for row in cursor.fetchall()}


def take_from_lots(changes: Sequence[Change], *, today: date | None) -> list[Change]:
    """Says of every change that takes units which lots they come from: first expired, first out,
    then first come; one change more for each further lot. `today`: lots expired before it are
    left alone (None: they go first). Call with the records locked.

    Raises `StockRefused` if the lots that may be picked do not have so much.
    """
    takers = {change.record_id for change in changes if change.in_stock < 0 and not change.lot_id}
    lots = Lot.objects.filter(item__record_id__in=takers, units__gt=0)
    left: dict[int, list[list[int]]] = {record_id: [] for record_id in takers}
    for lot in lots.order_by("pk").values_list("item__record_id", "pk", "units", "expires_on"):
        record_id, pk, units, expires_on = lot
        if today is None or expires_on is None or expires_on >= today:
            left[record_id].append([(expires_on or date.max).toordinal(), pk, units])
    for of_record in left.values():
        of_record.sort(reverse=True)  # the next lot to take from is the last
    split: list[Change] = []
    for change in changes:
        if change.in_stock >= 0 or change.lot_id:
            split.append(change)
            continue
        split += _split(change, left[change.record_id])
    return split


def _split(change: Change, lots: list[list[int]]) -> list[Change]:
    """Of one change as many as it needs lots; what the money and the promise are is said once."""
    parts: list[Change] = []
    wanted, allocated = -change.in_stock, change.allocated
    while wanted:
        if not lots:
            raise StockRefused(_("没过期的货不够了，请先盘点或报损。"))
        _expires, lot_id, units = lots[-1]
        taken = min(wanted, units)
        wanted -= taken
        lots[-1][2] -= taken
        if not lots[-1][2]:
            lots.pop()
        of_it = max(allocated, -taken) if wanted else allocated
        allocated -= of_it
        value = change.value if not parts else Decimal(0)
        parts.append(replace(change, in_stock=-taken, allocated=of_it, lot_id=lot_id, value=value))
    return parts


def change_lots(changes: Sequence[Change]) -> None:
    """What the changes do to the lots they name, which must be lots of the good they move. Call
    with the records locked."""
    totals: dict[tuple[int, int], int] = {}
    for change in changes:
        if change.lot_id and change.in_stock:
            key = (change.lot_id, change.record_id)
            totals[key] = totals.get(key, 0) + change.in_stock
    rows = [(*key, units) for key, units in sorted(totals.items())]
    if not rows:
        return
    table, lot = Lot._meta.db_table, Lot._meta
    lots, records, units = zip(*rows, strict=True)
    moved, params = as_table(
        {
            "lot_id": (lot.pk, lots),
            "record_id": (_RECORD, records),
            "units": (lot.get_field("units"), units),
        }
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{table}" SET units = "{table}".units + moved.units'
            f" FROM {moved} AS moved"
            f' JOIN "{Item._meta.db_table}" AS item ON item.record_id = moved.record_id'
            f' WHERE "{table}".id = moved.lot_id AND "{table}".item_id = item.id'
            f' AND "{table}".units + moved.units >= 0',
            params,
        )
        if cursor.rowcount != len(rows):
            raise StockRefused(_("这一批没有那么多了，请看一眼再来。"))


def write_moves(kind: Move.Kind, changes: Sequence[Change], by) -> None:
    """One insert; the database looks the items up itself."""
    if not changes:
        return
    moved, params = as_table(
        {
            "record_id": (_RECORD, [change.record_id for change in changes]),
            **{
                name: (Move._meta.get_field(name), [getattr(change, said) for change in changes])
                for name, said in _OF_A_MOVE.items()
            },
        }
    )
    names = ", ".join(_OF_A_MOVE)
    theirs = ", ".join(f"moved.{name}" for name in _OF_A_MOVE)
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{Move._meta.db_table}" (item_id, kind, by_id, at, {names})'
            f" SELECT item.id, %s, CAST(%s AS bigint), %s, {theirs}"
            f" FROM {moved} AS moved"
            f' JOIN "{Item._meta.db_table}" AS item ON item.record_id = moved.record_id',
            [kind.value, getattr(by, "pk", None), now, *params],
        )
        if cursor.rowcount != len(changes):
            raise StockRefused(_("有的货没有登记成货品，不能动库存。"))
