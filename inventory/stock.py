"""The only writer of Oscar's stock counters, and of the moves that explain them.

Every verb is one insert into the ledger and one conditional UPDATE of the counters, for any
number of goods; whatever the verb, the condition is the invariant itself: afterwards
`0 ≤ allocated ≤ in stock` (DESIGN §2.1). Quantities are units of the good, money is yuan.

Rows are locked in order of their key, after everything else a transaction writes, so that two
orders of the same goods cannot wait for each other (docs/locking.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.errors import Short, Shortage, StockRefused
from inventory.models import Item, Move

# Well below the number of values one statement may carry on either database.
CHUNK = 500


@dataclass(frozen=True)
class Change:
    """What one move does to one stock record's counters."""

    record_id: int
    in_stock: int = 0
    allocated: int = 0
    order_id: int | None = None
    unit_cost: Decimal | None = None
    #: Only while the record's price is this one.
    price: Decimal | None = None


@dataclass(frozen=True)
class Opening:
    """What a goods list says of one good: units in the building, yuan per unit."""

    record_id: int
    in_stock: int
    unit_cost: Decimal


def reserve(
    wanted: Mapping[int, int],
    *,
    order_id: int,
    by=None,
    prices: Mapping[int, Decimal] | None = None,
) -> None:
    """Hold `{stock record id: units}` for an order, all of it or nothing.

    With `prices` (yuan a unit) only at these: a cost that changed meanwhile is no longer what was
    agreed to. Raises `Shortage` with every good that could not be held, also one of which there
    is enough but at another price; the caller's transaction is over.
    """
    prices = prices or {}
    with transaction.atomic(savepoint=False):
        changes = [
            Change(record_id, allocated=units, order_id=order_id, price=prices.get(record_id))
            for record_id, units in wanted.items()
        ]
        done = _apply(Move.Kind.RESERVE, changes, by)
        if len(done) < len(wanted):
            raise Shortage(_shortages({k: v for k, v in wanted.items() if k not in done}))


def release(wanted: Mapping[int, int], *, order_id: int, by=None) -> None:
    """Give back what `reserve` held for an order."""
    _apply_all(
        Move.Kind.RELEASE,
        [
            Change(record_id, allocated=-units, order_id=order_id)
            for record_id, units in wanted.items()
        ],
        by,
    )


def pack(lines: Iterable[tuple[int, int, int]], *, by=None) -> None:
    """`(order id, stock record id, units)` leave the shelf for their parcels: what was held is
    held no longer, and is no longer in the building."""
    _apply_all(
        Move.Kind.PACK,
        [
            Change(record_id, in_stock=-units, allocated=-units, order_id=order_id)
            for order_id, record_id, units in lines
        ],
        by,
    )


def restate(openings: Sequence[Opening], *, by=None) -> int:
    """Make opening stock and cost what a goods list says, and return how many goods changed.

    The list is compared with what earlier lists said (the sum of the opening moves), not with
    today's counters: the same list again changes nothing, and what was sold in between stays
    sold. The price becomes the cost (DESIGN §2.3). Raises `StockRefused` if a smaller opening
    stock would leave less than orders hold.
    """
    StockRecord = apps.get_model("partner", "StockRecord")
    with transaction.atomic(savepoint=False):
        ids = [opening.record_id for opening in openings]
        # Locked once, in order: some goods get a new stock, others a new cost, in two passes.
        held = StockRecord.objects.select_for_update(no_key=True).filter(pk__in=ids)
        prices = dict(held.order_by("pk").values_list("pk", "price"))
        stated: dict[int, int] = dict(
            Move.objects.filter(item__record_id__in=ids, kind=Move.Kind.OPENING)
            .values_list("item__record_id")
            .annotate(units=Sum("in_stock_delta"))
        )
        counts, costs = [], []
        for opening in openings:
            known = opening.record_id in stated
            delta = opening.in_stock - stated.get(opening.record_id, 0)
            if delta or not known:
                counts.append(
                    Change(opening.record_id, in_stock=delta, unit_cost=opening.unit_cost)
                )
            elif prices[opening.record_id] != opening.unit_cost:
                costs.append(Change(opening.record_id, unit_cost=opening.unit_cost))
        _apply_all(Move.Kind.OPENING, counts, by)
        _apply_all(Move.Kind.COST, costs, by)
        changed = {change.record_id for change in (*counts, *costs)}
        repriced = [
            StockRecord(pk=opening.record_id, price=opening.unit_cost)
            for opening in openings
            if opening.record_id in changed and prices[opening.record_id] != opening.unit_cost
        ]
        StockRecord.objects.bulk_update(repriced, ["price"], batch_size=CHUNK)
        return len(changed)


def _apply_all(kind: Move.Kind, changes: Sequence[Change], by) -> None:
    with transaction.atomic(savepoint=False):
        records = {change.record_id for change in changes}
        if len(_apply(kind, changes, by)) < len(records):
            raise StockRefused(_("库存对不上：这样会少于已经留给订单的数量。"))


def _apply(kind: Move.Kind, changes: Sequence[Change], by) -> set[int]:
    """Change the counters, then write the moves; return the stock records that could be changed.

    In this order a record's moves are numbered as its row was locked: the ledger can be read in
    the order of its keys.
    """
    totals: dict[int, tuple[int, int, Decimal | None]] = {}
    for change in changes:
        in_stock, allocated, price = totals.get(change.record_id, (0, 0, None))
        totals[change.record_id] = (
            in_stock + change.in_stock,
            allocated + change.allocated,
            price or change.price,
        )
    rows = [(record_id, *deltas) for record_id, deltas in sorted(totals.items())]
    done: set[int] = set()
    for start in range(0, len(rows), CHUNK):
        done |= _change_counters(rows[start : start + CHUNK])
    if len(done) == len(rows):  # else the caller raises, and nothing of it may stay
        _write_moves(kind, changes, by)
    return done


def _write_moves(kind: Move.Kind, changes: Sequence[Change], by) -> None:
    """One insert per chunk; the database looks the items up itself."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    by_id = getattr(by, "pk", None)
    for start in range(0, len(changes), CHUNK):
        chunk = changes[start : start + CHUNK]
        values = ", ".join(["(%s, %s, %s, %s, %s)"] * len(chunk))
        params = [kind.value, by_id, now]
        for change in chunk:
            cost = connection.ops.adapt_decimalfield_value(change.unit_cost, 10, 2)
            params += [
                change.record_id, change.in_stock, change.allocated, change.order_id, cost
            ]  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO "{Move._meta.db_table}"'
                " (item_id, kind, by_id, at, in_stock_delta, allocated_delta, order_id, unit_cost)"
                " SELECT item.id, %s, CAST(%s AS bigint), %s, moved.column2, moved.column3,"
                " CAST(moved.column4 AS bigint), CAST(moved.column5 AS numeric)"
                f" FROM (VALUES {values}) AS moved"
                f' JOIN "{Item._meta.db_table}" AS item ON item.record_id = moved.column1',
                params,
            )
            if cursor.rowcount != len(chunk):
                raise StockRefused(_("有的货没有登记成货品，不能动库存。"))


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


def _shortages(wanted: Mapping[int, int]) -> list[Short]:
    StockRecord = apps.get_model("partner", "StockRecord")
    left = {
        record.pk: record.net_stock_level for record in StockRecord.objects.filter(pk__in=wanted)
    }
    return [
        Short(record_id, units, max(0, left.get(record_id, 0)))
        for record_id, units in wanted.items()
    ]
