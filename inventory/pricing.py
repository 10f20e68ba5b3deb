"""核价: from what was paid to the price on the shelf. The one costing rule (docs/costing.md).

A good's price is the moving weighted average of what its unpromised units cost, landed, to the
fen, half up, less what the village has paid too much so far. What an order holds was sold at its
own price and is out of the sum. In yuan and units, at every receipt:

    average   = (average before × units before + landed cost) / (units before + units in)
    variance  = what was charged so far, less what those units had cost on average and less what
                was lost (below zero: the station is short of it)
    price     = round(average − variance / units), the correction within
      above cost: 1 fen, or the average × the station's declared loss rate if that is more
      below it:   1 fen, or a tenth of the average if that is more

So a price is at most a fen (or the loss rate) and a half fen above cost, and rounding, dearer
pre-orders and losses come back through the next prices. What the village paid too much it gets
back sooner, and not all at once to whoever comes first. Selling everything at a correction within
its bounds leaves at most half a fen a unit on the account; the next receipt takes that in.

Why two sums suffice: moves carry in `value` what was paid and what was charged, so their sum since
the last costing is the book value, what the unpromised units must still earn. It and the average
give the variance: `average × units − book value`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Max, OuterRef, Subquery
from django.utils import timezone

from inventory.ledger import CHUNK
from inventory.models import Costing, Item, Move, Receipt, ReceiptLine, Station

FEN = Decimal("0.01")
#: The average is kept finer than any price: what it loses, the variance sees.
FINE = Decimal("0.000001")
#: Of its cost a unit may give back so much of what the village paid too much before.
GIVEN_BACK = Decimal("0.1")


@dataclass(frozen=True)
class Account:
    """Where a good stands: free units, their average cost, its price, and what those units must
    still earn; yuan."""

    item_id: int
    record_id: int
    units: int
    average: Decimal
    price: Decimal
    book_value: Decimal
    last_move_id: int | None
    #: Its cost was stated or invoiced at least once.
    costed: bool = True

    def before(self, units_in: int, value_in: Decimal) -> "Account":
        """The account without units that came in with the moves counted last."""
        units = self.units - units_in
        # What nobody ever stated a cost of is taken to have cost its price.
        book_value = self.book_value - value_in if self.costed else self.average * units
        return replace(self, units=units, book_value=book_value)

    @property
    def variance(self) -> Decimal:
        """Yuan the village has paid beyond cost so far; below zero the station is short of it."""
        return (self.average * self.units - self.book_value).quantize(FEN, ROUND_HALF_UP)


@dataclass(frozen=True)
class Priced:
    """What the rule makes of a receipt."""

    average: Decimal
    correction: Decimal
    price: Decimal


def rule(
    *,
    units_before: int,
    average_before: Decimal,
    units_in: int,
    cost_in: Decimal,
    variance: Decimal,
    loss_rate: Decimal = Decimal(0),
) -> Priced:
    """The rule itself; pure. `units_in` > 0."""
    units = units_before + units_in
    average = ((average_before * units_before + cost_in) / units).quantize(FINE, ROUND_HALF_UP)
    most_above = max(FEN, (average * loss_rate).quantize(FINE, ROUND_HALF_UP))
    most_below = max(FEN, (average * GIVEN_BACK).quantize(FINE, ROUND_HALF_UP))
    correction = (variance / units).quantize(FINE, ROUND_HALF_UP)
    correction = max(-most_above, min(most_below, correction))
    price = max(Decimal(0), average - correction).quantize(FEN, ROUND_HALF_UP)
    return Priced(average, correction, price)


@dataclass(frozen=True)
class Outlook:
    """What a good's price would become if a delivery were taken in now; yuan."""

    account: Account
    priced: Priced


def came(lines: Sequence[ReceiptLine]) -> dict[int, tuple[int, Decimal]]:
    """By item: units accepted and what they cost, landed."""
    total: dict[int, tuple[int, Decimal]] = {}
    for line in lines:
        units, cost = total.get(line.item_id, (0, Decimal(0)))
        total[line.item_id] = (units + line.units, cost + line.landed)
    return total


def outlook(station: Station, came: Mapping[int, tuple[int, Decimal]]) -> dict[int, Outlook]:
    """By item, what the rule would make of what came, as things are now; writes nothing."""
    found = {}
    for account in accounts(list(came)):
        before = account.before(0, Decimal(0))
        found[account.item_id] = Outlook(before, _applied(before, came, station.loss_rate))
    return found


def on_receipt(receipt: Receipt, lines: Sequence[ReceiptLine], *, by=None) -> None:
    """Prices the goods that came. Call with their records locked, after their moves."""
    arrived = came(lines)
    loss_rate = Station.objects.values_list("loss_rate", flat=True).get(pk=receipt.station_id)
    costings = []
    for account in accounts(list(arrived)):
        units_in, cost_in = arrived[account.item_id]
        before = account.before(units_in, cost_in)
        priced = _applied(before, arrived, loss_rate)
        costings.append(
            Costing(
                item_id=account.item_id,
                receipt=receipt,
                units_before=before.units,
                average_before=before.average,
                units_in=units_in,
                cost_in=cost_in,
                average=priced.average,
                variance=before.variance,
                correction=priced.correction,
                price_before=account.price,
                price=priced.price,
                book_value=before.book_value + cost_in,
                last_move_id=account.last_move_id,
                by=by,
                at=receipt.at,
            )
        )
    _write(costings)


def _applied(
    before: Account, arrived: Mapping[int, tuple[int, Decimal]], loss_rate: Decimal
) -> Priced:
    units_in, cost_in = arrived[before.item_id]
    return rule(
        units_before=before.units,
        average_before=before.average,
        units_in=units_in,
        cost_in=cost_in,
        variance=before.variance,
        loss_rate=loss_rate,
    )


def as_stated(
    stated: Mapping[int, tuple[int, Decimal]], prices: Mapping[int, Decimal | None], *, by=None
) -> None:
    """A goods list said that units cost so much: `{record id: (units it added, yuan a unit)}`;
    `prices`: what they were before. The variance so far stays as it was."""
    StockRecord = apps.get_model("partner", "StockRecord")
    records = dict(
        StockRecord.objects.filter(pk__in=stated).values_list("item__pk", "pk").order_by("pk")
    )
    now = timezone.now()
    costings = []
    for account in accounts(list(records), prices=prices):
        units_in, unit_cost = stated[account.record_id]
        before = account.before(units_in, units_in * unit_cost)
        costings.append(
            Costing(
                item_id=account.item_id,
                units_before=max(0, before.units),
                average_before=before.average,
                units_in=max(0, units_in),
                cost_in=max(Decimal(0), units_in * unit_cost),
                average=unit_cost,
                variance=before.variance,
                correction=Decimal(0),
                price_before=prices.get(account.record_id),
                price=unit_cost,
                book_value=unit_cost * account.units - before.variance,
                last_move_id=account.last_move_id,
                by=by,
                at=now,
            )
        )
    Costing.objects.bulk_create(costings, batch_size=CHUNK)


def averages(record_ids: Collection[int]) -> dict[int, Decimal]:
    """What a unit cost on average, by stock record; its price while nobody has stated a cost."""
    latest = Costing.objects.filter(item=OuterRef("pk")).order_by("-pk")
    rows = (
        Item.objects.filter(record_id__in=record_ids)
        .annotate(average=Subquery(latest.values("average")[:1]))
        .values_list("record_id", "average", "record__price")
    )
    return {pk: price or Decimal(0) if average is None else average for pk, average, price in rows}


def from_cost(item_ids: Collection[int]) -> dict[int, Decimal]:
    """The price that followed from the cost last, by item, of those that were received."""
    latest = Costing.objects.filter(item=OuterRef("pk"), receipt__isnull=False).order_by("-pk")
    rows = (
        Item.objects.filter(pk__in=item_ids)
        .annotate(cost_price=Subquery(latest.values("price")[:1]))
        .filter(cost_price__isnull=False)
    )
    return dict(rows.values_list("pk", "cost_price"))


def back_to_cost(record_ids: Collection[int]) -> None:
    """Goods that are sold otherwise from now on: a ceiling that was set for the next pre-orders is
    no price for what is on the shelf. Goods never received keep theirs."""
    StockRecord = apps.get_model("partner", "StockRecord")
    with transaction.atomic(savepoint=False):
        held = StockRecord.objects.select_for_update(no_key=True).filter(pk__in=record_ids)
        records = {record.item.pk: record for record in held.order_by("pk") if record.price}
        for item_id, price in from_cost(records).items():
            records[item_id].price = price
        StockRecord.objects.bulk_update(records.values(), ["price"], batch_size=CHUNK)


def bought(record_ids: Collection[int]) -> dict[int, bool]:
    """Those of the records that were received from a supplier, and whether they are pre-ordered."""
    rows = Item.objects.filter(record_id__in=record_ids, costings__receipt__isnull=False)
    return {
        pk: selling == Item.Selling.PREORDER
        for pk, selling in rows.values_list("record_id", "selling").distinct()
    }


def accounts(
    item_ids: Collection[int] | None = None,
    *,
    station: Station | None = None,
    prices: Mapping[int, Decimal | None] | None = None,
) -> list[Account]:
    """Where goods stand now, in two queries: of these items, or of all of a station.

    A good without a costing is taken to have cost its price (or that of `prices`)."""
    items = Item.objects.all()
    if item_ids is not None:
        items = items.filter(pk__in=item_ids)
    if station is not None:
        items = items.filter(record__partner=station.partner_id)
    costing = Costing.objects.filter(item=OuterRef("pk")).order_by("-pk")
    rows = list(
        items.annotate(latest=Subquery(costing.values("pk")[:1]))
        .order_by("record_id")
        .values_list(
            "pk",
            "record_id",
            "record__num_in_stock",
            "record__num_allocated",
            "record__price",
            "latest",
        )
    )
    latest = Costing.objects.in_bulk([row[5] for row in rows if row[5]])
    since = _values_since({row[0]: latest[row[5]].last_move_id for row in rows if row[5]})
    never = [row[0] for row in rows if not row[5]]
    last = dict(
        Move.objects.filter(item__in=never).values_list("item").annotate(last=Max("pk")).order_by()
    )
    found = []
    for item_id, record_id, in_stock, held, price, key in rows:
        units = (in_stock or 0) - (held or 0)
        if key:
            value, last_move = since.get(item_id, (Decimal(0), latest[key].last_move_id))
            average, book = latest[key].average, latest[key].book_value + value
        else:
            known = (prices or {}).get(record_id, price)
            average, last_move = known or Decimal(0), last.get(item_id)
            book = average * units
        found.append(
            Account(
                item_id,
                record_id,
                units,
                average,
                price or Decimal(0),
                book,
                last_move,
                costed=bool(key),
            )
        )
    return found


def _values_since(last_moves: Mapping[int, int | None]) -> dict[int, tuple[Decimal, int]]:
    """By item: the sum of the moves' values after the one named, and the last move's key. In fen,
    because SQLite adds decimals up as floats."""
    found: dict[int, tuple[Decimal, int]] = {}
    rows = [(item_id, last or 0) for item_id, last in sorted(last_moves.items())]
    table = Move._meta.db_table
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        values = ", ".join(["(%s, %s)"] * len(chunk))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT move.item_id, SUM(CAST(ROUND(move.value * 100) AS bigint)), MAX(move.id)"
                f" FROM (VALUES {values}) AS known"
                f' JOIN "{table}" AS move ON move.item_id = known.column1'
                " AND move.id > known.column2 GROUP BY move.item_id",
                [value for row in chunk for value in row],
            )
            for item_id, fen, last_move in cursor.fetchall():
                found[item_id] = (Decimal(int(fen)).scaleb(-2), last_move)
    return found


def _write(costings: Sequence[Costing]) -> None:
    StockRecord = apps.get_model("partner", "StockRecord")
    Costing.objects.bulk_create(costings, batch_size=CHUNK)
    records = dict(
        Item.objects.filter(pk__in=[costing.item_id for costing in costings]).values_list(
            "pk", "record_id"
        )
    )
    StockRecord.objects.bulk_update(
        (StockRecord(pk=records[costing.item_id], price=costing.price) for costing in costings),
        ["price"],
        batch_size=CHUNK,
    )
