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

# Rows a statement: with the nine values of a move below the 32,766 that SQLite takes at once.
CHUNK = 3000


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
    done: set[int] = set()
    for start in range(0, len(rows), CHUNK):
        done |= _change_counters(rows[start : start + CHUNK])
    return done


def _change_counters(rows: Sequence[tuple[int, int, int, Decimal | None]]) -> set[int]:
    """`(record id, in stock delta, allocated delta, price)`, sorted: the ids that allowed it."""
    table = apps.get_model("partner", "StockRecord")._meta.db_table
    values = ", ".join(["(%s, %s, %s, %s)"] * len(rows))
    params: list = []
    for record_id, in_stock, allocated, price in rows:
        agreed = connection.ops.adapt_decimalfield_value(price, 12, 2)
        params += [record_id, in_stock, allocated, agreed]
    lock, in_order = "", ""
    if connection.vendor == "postgresql":
        # An UPDATE locks rows in any order it likes; this makes it the order of the keys.
        keys = ", ".join(["%s"] * len(rows))
        lock = (
            f", (SELECT id FROM {table} WHERE id IN ({keys}) ORDER BY id FOR NO KEY UPDATE) AS held"
        )
        in_order = f"held.id = {table}.id AND "
        params += [row[0] for row in rows]
    with connection.cursor() as cursor:
        # Not aliased: SQLite's RETURNING knows the table by its own name only.
        cursor.execute(
            f"UPDATE {table} SET"
            f" num_in_stock = COALESCE({table}.num_in_stock, 0) + wanted.column2,"
            f" num_allocated = COALESCE({table}.num_allocated, 0) + wanted.column3"
            f" FROM (VALUES {values}) AS wanted{lock}"
            f" WHERE {in_order}{table}.id = wanted.column1"
            f" AND COALESCE({table}.num_allocated, 0) + wanted.column3 BETWEEN 0"
            f" AND COALESCE({table}.num_in_stock, 0) + wanted.column2"
            f" AND (wanted.column4 IS NULL"
            f" OR ROUND({table}.price, 2) = ROUND(CAST(wanted.column4 AS numeric), 2))"
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
    table = Lot._meta.db_table
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        values = ", ".join(["(%s, %s, %s)"] * len(chunk))
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "{table}" SET units = "{table}".units + moved.column3'
                f" FROM (VALUES {values}) AS moved"
                f' JOIN "{Item._meta.db_table}" AS item ON item.record_id = moved.column2'
                f' WHERE "{table}".id = moved.column1 AND "{table}".item_id = item.id'
                f' AND "{table}".units + moved.column3 >= 0',
                [value for row in chunk for value in row],
            )
            if cursor.rowcount != len(chunk):
                raise StockRefused(_("这一批没有那么多了，请看一眼再来。"))


def write_moves(kind: Move.Kind, changes: Sequence[Change], by) -> None:
    """One insert per chunk; the database looks the items up itself."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    by_id = getattr(by, "pk", None)
    adapt = connection.ops.adapt_decimalfield_value
    for start in range(0, len(changes), CHUNK):
        chunk = changes[start : start + CHUNK]
        values = ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s, %s)"] * len(chunk))
        params = [kind.value, by_id, now]
        for change in chunk:
            params += [
                change.record_id,
                change.in_stock,
                change.allocated,
                change.order_id,
                None if change.unit_cost is None else adapt(change.unit_cost, 12, 4),
                change.lot_id,
                adapt(change.value, 12, 2),
                change.reason,
                change.note,
            ]
        with connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO "{Move._meta.db_table}"'
                " (item_id, kind, by_id, at, in_stock_delta, allocated_delta, order_id, unit_cost,"
                " lot_id, value, reason, note)"
                " SELECT item.id, %s, CAST(%s AS bigint), %s, moved.column2, moved.column3,"
                " CAST(moved.column4 AS bigint), CAST(moved.column5 AS numeric),"
                " CAST(moved.column6 AS bigint), CAST(moved.column7 AS numeric),"
                " moved.column8, moved.column9"
                f" FROM (VALUES {values}) AS moved"
                f' JOIN "{Item._meta.db_table}" AS item ON item.record_id = moved.column1',
                params,
            )
            if cursor.rowcount != len(chunk):
                raise StockRefused(_("有的货没有登记成货品，不能动库存。"))
