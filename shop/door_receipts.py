"""收据: what a door ordered, what it came to, and what was paid for it; one slip of paper a door.

It lies in a stairwell before it is taken in: an address and figures, no names, no numbers to
call; nor, where a whole round is printed, that a fund paid. Reads only.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from delivery.models import Batch, Grid, Household, Round
from inventory.words import written
from shop.models import MoneyMove, OrderStatus, Placement
from shop.money import ZERO
from shop.settlement import bills, paid
from shop.settlement.paid import Paid, PaidLine

Account = MoneyMove.Account
OrderLine = get_model("order", "Line")


class Line(NamedTuple):
    """As it was ordered: yuan a unit, and of all units."""

    title: str
    units: int
    unit: str
    price: Decimal
    total: Decimal


@dataclass(frozen=True)
class Part:
    """One order of the door; `notes`: what became otherwise after the cut-off, a sentence each."""

    number: str
    placed_at: datetime
    lines: list[Line]
    agreed: Decimal
    notes: list[str]


@dataclass(frozen=True)
class Receipt:
    """Of one door; yuan. `paid`: in words, below zero what went back."""

    household: Household
    round: Round
    parts: list[Part]
    paid: list[tuple[str, Decimal]]
    owed: Decimal

    @property
    def agreed(self) -> Decimal:
        return sum((part.agreed for part in self.parts), ZERO)

    @property
    def due(self) -> Decimal:
        """What it comes to now, whoever pays it."""
        return self.owed + sum((amount for _words, amount in self.paid), ZERO)


def of_order(order) -> list[Receipt]:
    return _receipts(Placement.objects.filter(order=order))


def of_batch(batch: Batch) -> list[Receipt]:
    """In the order of the stops."""
    carried = Placement.objects.filter(
        order__parcel__loads__stop__batch=batch, order__parcel__loads__active=True
    )
    return _receipts(carried.order_by("order__parcel__loads__stop__position", "pk"), _for_others)


def of_round(round: Round, grid: Grid | None = None) -> list[Receipt]:
    """Of the doors that ordered, of one grid or of all, in walking order. For others' eyes, too."""
    placed = Placement.objects.filter(round=round)
    return _in_walking_order(placed.filter(household__grid=grid) if grid else placed)


def of_doors(round: Round, doors: QuerySet[Household]) -> list[Receipt]:
    """Of those of `doors` that ordered, for who looks after them: they are not told that a fund
    paid, or from which account, no more than on their page."""
    placed = Placement.objects.filter(round=round, household__in=doors.order_by())
    return _in_walking_order(placed)


def _own_words(line: PaidLine) -> str:
    return str(line.words)


def _for_others(line: PaidLine) -> str:
    if line.account in (Account.CASH, Account.PERSON):
        return _("退回现金") if line.back else _("已付（现金）")
    if line.account == Account.TRANSFER:
        return _("已付（转账）")
    return _("退到账户") if line.into_account else _("已付（其他）")


def _in_walking_order(placements: QuerySet[Placement]) -> list[Receipt]:
    """Without orders that came to nothing, or may yet, and without those of former households."""
    still_there = Q(household__lived_in_since=None) | Q(
        order__date_placed__gte=F("household__lived_in_since")
    )
    nothing = (OrderStatus.CANCELLED, OrderStatus.AWAITING)
    placements = placements.filter(still_there).exclude(order__status__in=nothing)
    walk = ("household__grid__position", "household__grid_id", "household__walk_key")
    return _receipts(placements.order_by(*walk, "household_id", "pk"), _for_others)


@written()
def _receipts(
    placements: QuerySet[Placement], say: Callable[[PaidLine], str] = _own_words
) -> list[Receipt]:
    """Four queries, whatever the number of orders."""
    found = placements.select_related("order", "household__grid__station", "round")
    by_door: dict[int, list[Placement]] = defaultdict(list)
    for placement in found:
        by_door[placement.household_id].append(placement)
    order_ids = [placement.pk for each in by_door.values() for placement in each]
    news = bills.news(order_ids, with_funds=say is _own_words)
    lines, money = _lines(order_ids), paid.of_orders(order_ids)
    return [
        Receipt(
            of_door[0].household,
            of_door[0].round,
            [
                Part(
                    each.order.number,
                    each.order.date_placed,
                    lines[each.pk],
                    each.order.total_incl_tax,
                    news.get(each.pk, []),
                )
                for each in of_door
            ],
            _paid([money[each.pk] for each in of_door], say),
            sum((money[each.pk].owed for each in of_door), ZERO),
        )
        for of_door in by_door.values()
    ]


def _paid(of_orders: Iterable[Paid], say: Callable[[PaidLine], str]) -> list[tuple[str, Decimal]]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for order in of_orders:
        for line in order.lines:
            sums[say(line)] += -line.amount if line.back else line.amount
    return list(sums.items())


def _lines(order_ids: Sequence[int]) -> dict[int, list[Line]]:
    rows = OrderLine.objects.filter(order__in=order_ids, quantity__gt=0).order_by("pk")
    columns = ("title", "quantity", "stockrecord__item__unit", "unit_price_incl_tax")
    found: dict[int, list[Line]] = defaultdict(list)
    for order_id, *line in rows.values_list("order_id", *columns, "line_price_incl_tax"):
        found[order_id].append(Line._make(line))
    return found
