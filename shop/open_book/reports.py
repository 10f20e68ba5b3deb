"""What a station did with goods and money over some days, good by good, to the fen.

    charged = cost + lost + variance

Cost is taken from the stock side (what was there, plus what came, less what is left, at average
cost), the variance from the books that price the goods (`inventory.pricing`): that the two agree
is what "at cost" means.
"""

from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db import connection
from django.db.models import F, OuterRef, Subquery, Sum
from django.utils import timezone
from oscar.core.loading import get_model

from inventory.ledger import CHUNK
from inventory.models import Costing, Item, Move, Station
from inventory.pricing import FEN
from shop.models import MoneyMove
from shop.money.funds import funds

StockRecord = get_model("partner", "StockRecord")

ZERO = Decimal("0.00")
Account = MoneyMove.Account
#: From where, to where: what that is of what came in.
_TAKEN = {
    (Account.PERSON, Account.ORDER): "doors",
    (Account.CASH, Account.ORDER): "counter",
    (Account.CASH, Account.HOUSEHOLD): "accounts",
    (Account.TRANSFER, Account.ORDER): "transfers",
    (Account.TRANSFER, Account.HOUSEHOLD): "transfers",
    (Account.STRIPE, Account.ORDER): "online",
    (Account.STRIPE, Account.HOUSEHOLD): "online",
    (Account.CASH, Account.FUND): "gifts",
    (Account.TRANSFER, Account.FUND): "gifts",
    (Account.BANK, Account.FUND): "gifts",
}


@dataclass(frozen=True)
class Sums:
    """Of a good, or of all. Units and yuan; sold is what was promised or handed over, less what
    was taken back. `lost` is at average cost and may be below zero: a count found more."""

    #: What a goods list said was there when the books began, or had been forgotten.
    opened_units: int = 0
    opened: Decimal = ZERO
    bought_units: int = 0
    bought: Decimal = ZERO
    sold_units: int = 0
    charged: Decimal = ZERO
    cost: Decimal = ZERO
    lost_units: int = 0
    lost: Decimal = ZERO
    donated_units: int = 0
    donated: Decimal = ZERO
    #: Yuan more (below zero: less) than before that people have paid beyond cost.
    variance: Decimal = ZERO

    @property
    def margin(self) -> Decimal:
        """What was charged beyond the cost of what was sold: it pays for what was lost, and the
        rest is the variance."""
        return self.charged - self.cost

    @property
    def unexplained(self) -> Decimal:
        """Nothing, or somebody stated another cost for what was in stock."""
        return self.margin - self.lost - self.variance

    @property
    def traded(self) -> bool:
        """More than a list happened to it."""
        units = (self.bought_units, self.sold_units, self.lost_units, self.donated_units)
        return any((*units, self.charged, self.lost, self.variance))

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Sums)))


@dataclass(frozen=True)
class Row:
    title: str
    unit: str
    sums: Sums


@dataclass(frozen=True)
class Taken:
    """Yuan that came in, less what went back out: cash at doors, for orders and sales over the
    counter, and into accounts; transfers, online payments, and gifts to funds. From the book of
    all money, so what only changes its account (from a door's to an order) is not in it."""

    doors: Decimal = ZERO
    counter: Decimal = ZERO
    accounts: Decimal = ZERO
    transfers: Decimal = ZERO
    online: Decimal = ZERO
    gifts: Decimal = ZERO

    @property
    def all(self) -> Decimal:
        return sum((getattr(self, each.name) for each in fields(self)), ZERO)


@dataclass(frozen=True)
class Report:
    """Days are local and both inside. `funds`: those that have or had something by then."""

    since: date
    until: date
    rows: list[Row]
    total: Sums
    taken: Taken
    funds: list[funds.Sums]


def of(station: Station, since: date, until: date) -> Report:
    """The goods something happened to, by name. The number of queries does not grow with the
    goods, save for the chunks a database can take at once."""
    start, end = _midnight(since), _midnight(until + timedelta(days=1))
    flows = {row[0]: row[1:] for row in _flows(station, start, end)}
    before, after = _standing(station, start), _standing(station, end)
    rows = []
    items = Item.objects.filter(pk__in=flows).order_by("record__product__title", "pk")
    for pk, title, unit in items.values_list("pk", "record__product__title", "unit"):
        rows.append(Row(title, unit, _sums(flows[pk], before.get(pk), after.get(pk))))
    total = sum((row.sums for row in rows), Sums())
    of_funds = [
        each for each in funds.sums(station, start, end) if each.given or each.paid or each.left
    ]
    return Report(since, until, rows, total, _taken(station, start, end), of_funds)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True)
class _Standing:
    """What free units must still earn, and what people have paid beyond cost so far; yuan."""

    book_value: Decimal = ZERO
    variance: Decimal = ZERO

    @property
    def worth(self) -> Decimal:
        """Those units at average cost."""
        return self.book_value + self.variance


def _sums(flow: tuple, before: _Standing | None, after: _Standing | None) -> Sums:
    before, after = before or _Standing(), after or _Standing()
    units = [int(number or 0) for number in flow[::2]]
    opened, bought, charged, lost, donated = (
        Decimal(int(fen or 0)).scaleb(-2) for fen in flow[1::2]
    )
    return Sums(
        *(units[0], opened, units[1], bought, units[2], charged),
        cost=before.worth + opened + bought - donated - lost - after.worth,
        lost_units=units[3],
        lost=lost,
        donated_units=units[4],
        donated=donated,
        variance=after.variance - before.variance,
    )


def _flows(station: Station, start: datetime, end: datetime) -> list[tuple]:
    """By item, what its moves come to: one query, money in fen."""
    params = {kind.value: kind.value for kind in Move.Kind}
    with connection.cursor() as cursor:
        cursor.execute(
            _FLOWS_SQL.format(**_TABLES),
            {**params, "partner": station.partner_id, "start": _at(start), "end": _at(end)},
        )
        return cursor.fetchall()


def _standing(station: Station, moment: datetime) -> dict[int, _Standing]:
    """Where goods stood then, by item: from the last costing before, and the moves between."""
    last = Costing.objects.filter(item=OuterRef("pk"), last_move__at__lt=moment).order_by("-pk")
    free = F("record__num_in_stock") - F("record__num_allocated")
    items = dict(
        Item.objects.filter(record__partner=station.partner_id)
        .annotate(costing=Subquery(last.values("pk")[:1]), free=free)
        .filter(costing__isnull=False)
        .values_list("costing", "free")
    )
    costings = Costing.objects.in_bulk(list(items))
    since = _since(list(costings.values()), moment)
    found = {}
    for pk, costing in costings.items():
        fen, later = since.get(costing.item_id, (0, 0))
        units = items[pk] - later
        book_value = costing.book_value + Decimal(fen).scaleb(-2)
        variance = (costing.average * units - book_value).quantize(FEN, ROUND_HALF_UP)
        variance += ZERO  # No "-0.00".
        found[costing.item_id] = _Standing(book_value, variance)
    return found


def _since(costings: list[Costing], moment: datetime) -> dict[int, tuple[int, int]]:
    """By item, of the moves after its costing: fen before the moment, free units after it."""
    found = {}
    for start in range(0, len(costings), CHUNK):
        chunk = costings[start : start + CHUNK]
        values = ", ".join(["(%s, %s)"] * len(chunk))
        pairs = [value for c in chunk for value in (c.item_id, c.last_move_id or 0)]
        with connection.cursor() as cursor:
            cursor.execute(
                _SINCE_SQL.format(values=values, **_TABLES), [_at(moment), _at(moment), *pairs]
            )
            found.update({pk: (int(fen), int(units)) for pk, fen, units in cursor.fetchall()})
    return found


def _taken(station: Station, start: datetime, end: datetime) -> Taken:
    moves = MoneyMove.objects.filter(station=station, at__gte=start, at__lt=end).order_by()
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for source, target, total in moves.values_list("source", "target").annotate(sum=Sum("amount")):
        yuan = total.quantize(FEN)
        sums[_TAKEN.get((source, target), "")] += yuan
        sums[_TAKEN.get((target, source), "")] -= yuan
    return Taken(**{each.name: sums[each.name] for each in fields(Taken)})


def _at(moment: datetime):
    return connection.ops.adapt_datetimefield_value(moment)


_TABLES = {
    "move": f'"{Move._meta.db_table}"',
    "item": f'"{Item._meta.db_table}"',
    "record": f'"{StockRecord._meta.db_table}"',
    # Summed in fen: SQLite adds decimals up as floats.
    "fen": "CAST(ROUND(move.value * 100) AS bigint)",
}
_FLOWS_SQL = (
    "SELECT move.item_id,"
    " SUM(CASE WHEN kind = %(opening)s THEN in_stock_delta END),"
    " SUM(CASE WHEN kind = %(opening)s THEN {fen} END),"
    " SUM(CASE WHEN kind = %(receive)s THEN in_stock_delta END),"
    " SUM(CASE WHEN kind = %(receive)s THEN {fen} END),"
    " SUM(CASE WHEN kind IN (%(reserve)s, %(release)s) THEN allocated_delta"
    " WHEN kind IN (%(sale)s, %(return)s) THEN -in_stock_delta END),"
    " SUM(CASE WHEN move.order_id IS NOT NULL THEN -{fen} END),"
    " SUM(CASE WHEN kind IN (%(waste)s, %(count)s) THEN -in_stock_delta END),"
    " SUM(CASE WHEN kind IN (%(waste)s, %(count)s)"
    " THEN CAST(ROUND(-in_stock_delta * unit_cost * 100) AS bigint) END),"
    " SUM(CASE WHEN kind = %(donate)s THEN -in_stock_delta END),"
    " SUM(CASE WHEN kind = %(donate)s THEN -{fen} END)"
    " FROM {move} AS move JOIN {item} AS item ON item.id = move.item_id"
    " JOIN {record} AS record ON record.id = item.record_id"
    " WHERE record.partner_id = %(partner)s AND move.at >= %(start)s AND move.at < %(end)s"
    " GROUP BY move.item_id"
)
_SINCE_SQL = (
    "SELECT move.item_id, SUM(CASE WHEN move.at < %s THEN {fen} ELSE 0 END),"
    " SUM(CASE WHEN move.at < %s THEN 0 ELSE in_stock_delta - allocated_delta END)"
    " FROM (VALUES {values}) AS known JOIN {move} AS move"
    " ON move.item_id = known.column1 AND move.id > known.column2 GROUP BY move.item_id"
)
