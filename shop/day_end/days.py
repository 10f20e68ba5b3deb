"""The last days side by side: what was charged and what was paid on each. Reads only."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from inventory.models import Station
from shop.models import MoneyMove

Account = MoneyMove.Account

#: How many days the chart looks back, the day itself included.
DAYS = 30


@dataclass(frozen=True)
class DayTotals:
    """Of one day, yuan: what orders were charged, less what they came to less; what was paid for
    orders, less what was given back."""

    day: date
    charged: Decimal
    paid: Decimal


def last(station: Station, until: date, days: int = DAYS) -> list[DayTotals]:
    """Every one of them, also those without money, in order. One query."""
    first = until - timedelta(days=days - 1)
    each = [first + timedelta(days=number) for number in range(days)]
    adapt = connection.ops.adapt_datetimefield_value
    spans = [
        value
        for number, day in enumerate(each)
        for value in (number, *(adapt(moment) for moment in span(day)))
    ]
    marks = ", ".join(["(%s, %s, %s)"] * days)
    with connection.cursor() as cursor:
        cursor.execute(
            _BY_DAY_SQL.format(spans=marks, money=f'"{MoneyMove._meta.db_table}"'),
            [*spans, station.pk, Account.ORDER.value, Account.ORDER.value],
        )
        rows = cursor.fetchall()
    fen: dict[tuple[int, bool], int] = defaultdict(int)
    for number, source, target, sum_of in rows:
        if Account.BAD_DEBT in (source, target):
            continue  # Nobody pays that.
        signed = int(sum_of) if source == Account.ORDER else -int(sum_of)
        fen[number, Account.SALES in (source, target)] += signed
    return [
        DayTotals(
            day, Decimal(fen[number, True]).scaleb(-2), -Decimal(fen[number, False]).scaleb(-2)
        )
        for number, day in enumerate(each)
    ]


def span(day: date) -> tuple[datetime, datetime]:
    """Its midnights."""
    first, then = (
        timezone.make_aware(datetime.combine(day + timedelta(days=number), time.min))
        for number in (0, 1)
    )
    return first, then


#: Summed in fen: SQLite adds decimals up as floats.
_BY_DAY_SQL = (
    "SELECT days.column1, money.source, money.target,"
    " SUM(CAST(ROUND(money.amount * 100) AS bigint))"
    " FROM (VALUES {spans}) AS days JOIN {money} AS money ON money.station_id = %s"
    " AND money.at >= days.column2 AND money.at < days.column3"
    " WHERE money.source = %s OR money.target = %s"
    " GROUP BY days.column1, money.source, money.target"
)
