"""What flowed between the accounts of the book, before a day and on it. Reads only."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Case, F, Sum, Value, When

from inventory.models import Station
from shop.models import MoneyMove
from shop.money import FEN, ZERO

Account, Kind = MoneyMove.Account, MoneyMove.Kind
Flow = tuple[MoneyMove.Kind, MoneyMove.Account, MoneyMove.Account]


@dataclass(frozen=True)
class Line:
    label: str
    amount: Decimal


@dataclass(frozen=True)
class Statement:
    """An account over the day, yuan: `before` and the lines come to `after`."""

    before: Decimal
    lines: list[Line]
    after: Decimal


def flows(
    station: Station, start: datetime, end: datetime
) -> tuple[Mapping[Flow, Decimal], Mapping[Flow, Decimal]]:
    """What flowed before the day and on it. One query."""
    earlier = Case(When(at__lt=start, then=Value(1)), default=Value(0))
    rows = (
        MoneyMove.objects.filter(station=station, at__lt=end)
        .order_by()
        .values_list("kind", "source", "target", earlier)
        .annotate(sum=Sum(F("amount")))
    )
    before: dict[Flow, Decimal] = defaultdict(Decimal)
    during: dict[Flow, Decimal] = defaultdict(Decimal)
    for kind, source, target, is_before, amount in rows:
        flow = Kind(kind), Account(source), Account(target)
        (before if is_before else during)[flow] += amount.quantize(FEN)
    return before, during


def between(
    flows: Mapping[Flow, Decimal],
    kinds: Iterable[MoneyMove.Kind],
    source: MoneyMove.Account,
    target: MoneyMove.Account,
) -> Decimal:
    """What went from one to the other, less what came back."""
    return sum(
        (
            flows.get((kind, source, target), ZERO) - flows.get((kind, target, source), ZERO)
            for kind in kinds
        ),
        ZERO,
    )


def said(named: Iterable[tuple[object, Decimal]]) -> list[Line]:
    """Without those of which there was nothing."""
    return [Line(str(label), yuan) for label, yuan in named if yuan]


def statement(
    before: Mapping[Flow, Decimal],
    during: Mapping[Flow, Decimal],
    account: MoneyMove.Account,
    labels: Sequence[tuple[object, tuple[MoneyMove.Kind, ...]]],
) -> Statement:
    """Of an account that stands at what it gave less what it got."""
    opening = stands(before, account)
    found = said((label, stands(during, account, kinds)) for label, kinds in labels)
    return Statement(opening, found, opening + stands(during, account))


def stands(
    flows: Mapping[Flow, Decimal],
    account: MoneyMove.Account,
    kinds: Sequence[MoneyMove.Kind] = tuple(Kind),
) -> Decimal:
    gave = (
        yuan for (kind, source, _to), yuan in flows.items() if source == account if kind in kinds
    )
    got = (
        yuan for (kind, _of, target), yuan in flows.items() if target == account if kind in kinds
    )
    return sum(gave, ZERO) - sum(got, ZERO)
