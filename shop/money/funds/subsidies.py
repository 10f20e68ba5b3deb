"""What funds pay of orders: their share of every line, to the fen, for as long as they have it.

A fund pays `share × what the line comes to now`, half up, of each line: what was agreed when it was
ordered, less with every adjustment, nothing once the order is cancelled. It pays in the moment of
the order, and `shop.money.giving_back` asks here again whenever an order is adjusted: then what is
too much goes back to the fund before anybody else gets anything, and what a line came to cost again
(a packer's mistake undone) comes out of the fund again, as far as there is something.

A fund never has less than nothing: who takes from it holds its row, the last lock of all
(docs/locking.md), so the goods are locked before. Giving back needs no lock.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal
from typing import Protocol, Self, TypeVar

from django.db import connection
from django.db.models import OuterRef, Q, Subquery, Sum
from oscar.core.loading import get_model

from delivery.models import Household
from inventory.spelled import Blank
from shop.models import Fund, Grant, MoneyMove, OrderStatus, Subsidy
from shop.money import FEN, ZERO, part
from shop.money.ledger import Entry, Standing

OrderLine = get_model("order", "Line")
Account, Kind = MoneyMove.Account, MoneyMove.Kind

#: As fine as `Subsidy.share` is.
_FINE = Decimal("0.000001")


class Granted(Protocol):
    """A line that is to be ordered; `fund_id` pays `share` of its `total`, yuan, if anything.
    Both are of the best grant there is for it (`fitting`)."""

    @property
    def record_id(self) -> int: ...

    @property
    def fund_id(self) -> int | None: ...

    @property
    def share(self) -> Decimal: ...

    @property
    def total(self) -> Decimal: ...

    def with_share(self, share: Decimal) -> Self: ...


Line = TypeVar("Line", bound=Granted)


def fitting(household_id: int | Blank, item: str) -> dict[str, Subquery]:
    """Annotations `granting_fund` and `granted_share` of rows whose good is at `item`, as this
    door would order it: of the grants that fit the largest share, of equal ones the first."""
    best = Grant.objects.filter(
        Q(household=household_id) | Q(item=OuterRef(item)),
        active=True,
        fund__active=True,
        fund__station__grids__households=household_id,
    ).order_by("-share", "pk")
    return {
        "granting_fund": Subquery(best.values("fund")[:1]),
        "granted_share": Subquery(best.values("share")[:1]),
    }


def offered(lines: Sequence[Line]) -> list[Line]:
    """The lines with what their funds would pay right now, for a page to show. A query, if there
    is a grant for any of them."""
    if not (fund_ids := _funds(lines)):
        return list(lines)
    return _capped(lines, left(fund_ids, active=True))


def agreed(lines: Sequence[Line]) -> list[Line]:
    """The same, for good: nobody else takes from these funds before our transaction ends. Lock the
    goods before."""
    if not (fund_ids := _funds(lines)):
        return list(lines)
    lock(fund_ids)
    return _capped(lines, left(fund_ids, active=True))


def _funds(lines: Iterable[Granted]) -> set[int]:
    return {line.fund_id for line in lines if line.fund_id is not None and line.share}


def _capped(lines: Sequence[Line], there: Mapping[int, Decimal]) -> list[Line]:
    """Line by line, until the fund is empty: the one it cannot pay in full gets what is left."""
    there = dict(there)
    capped = []
    for line in lines:
        fund_id, share = line.fund_id, line.share
        if fund_id is not None and share:
            has = there.get(fund_id, ZERO)
            if part(line.total, share) > has:
                share = (has / line.total).quantize(_FINE, ROUND_FLOOR)
            there[fund_id] = has - part(line.total, share)
        capped.append(line if share == line.share else line.with_share(share))
    return capped


def lock(fund_ids: Collection[int]) -> None:
    """Nobody else takes money out of these funds before we are done. After everything else."""
    rows = Fund.objects.filter(pk__in=fund_ids).order_by("pk")
    if connection.vendor == "postgresql":
        list(rows.select_for_update(no_key=True).values_list("pk"))


def left(fund_ids: Collection[int], *, active: bool = False) -> Mapping[int, Decimal]:
    """By fund, yuan that are in it; `active`: only in those that still pay. One query."""
    moves = MoneyMove.objects.filter(fund__in=fund_ids)
    if active:
        moves = moves.filter(fund__active=True)
    return moves.standing_by(Account.FUND, "fund")


def paid(order_id: int, household: Household, lines: Iterable[Granted]) -> list[Entry]:
    """What the funds pay of a new order whose lines are `agreed`."""
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.fund_id is not None:
            sums[line.fund_id] += part(line.total, line.share)
    standing = Standing(household.grid.station_id, household.pk)
    return [_entry(order_id, standing, fund_id, yuan) for fund_id, yuan in sorted(sums.items())]


def _entry(order_id: int, standing: Standing, fund_id: int, amount: Decimal) -> Entry:
    return Entry(
        station_id=standing.station_id,
        kind=Kind.SUBSIDY,
        source=Account.FUND,
        target=Account.ORDER,
        amount=amount,
        household_id=standing.household_id,
        order_id=order_id,
        fund_id=fund_id,
    )


def write(order_id: int, lines: Iterable[Granted]) -> None:
    """Keeps what was agreed of a new order's lines. No query if no fund pays for any of them."""
    paid_for = [line for line in lines if line.fund_id is not None and line.share]
    if not paid_for:
        return
    spelt = connection.ops.adapt_decimalfield_value
    marks = ", ".join(["(%s, %s, %s)"] * len(paid_for))
    params = [
        value
        for line in paid_for
        for value in (line.record_id, line.fund_id, spelt(line.share, 7, 6))
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{Subsidy._meta.db_table}" (order_id, line_id, fund_id, share)'
            " SELECT line.order_id, line.id, w.column2, CAST(w.column3 AS numeric)"
            f" FROM (VALUES {marks}) AS w"
            f' JOIN "{OrderLine._meta.db_table}" AS line ON line.stockrecord_id = w.column1'
            " AND line.order_id = %s",
            [*params, order_id],
        )


def meant(order_ids: Collection[int]) -> dict[tuple[int, int], Decimal]:
    """By order and fund, what the fund is to pay of what the order's lines come to now. One
    query."""
    of_orders = Subsidy.objects.filter(order__in=order_ids)
    lines = (
        of_orders.exclude(order__status=OrderStatus.CANCELLED)
        .order_by()
        .values_list("order", "fund", "line", "share", "line__line_price_incl_tax")
        .annotate(adjusted=Sum("line__adjustments__amount"))
    )
    found: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for order_id, fund_id, _line_id, share, price, adjusted in lines:
        comes_to = (price + (adjusted or ZERO)).quantize(FEN)
        found[order_id, fund_id] += part(max(comes_to, ZERO), share)
    return found


def follow(standings: Mapping[int, Standing]) -> list[Entry]:
    """What has to move between funds and these orders, whose adjustments have just been written;
    `standings` are with them. No query if no fund ever paid for one of them, one to give back,
    and three to take."""
    paying = {
        order_id: standing
        for order_id, standing in standings.items()
        if any(account == Account.FUND for account, _fund_id in standing.paid)
    }
    if not paying:
        return []
    wanted = meant(paying)
    back: list[Entry] = []
    again: list[Entry] = []
    for order_id, standing in sorted(paying.items()):
        for (account, fund_id), given in standing.paid.items():
            if account != Account.FUND or fund_id is None:
                continue
            more = wanted.get((order_id, fund_id), ZERO) - given
            if more < 0:
                back.append(_entry(order_id, standing, fund_id, -more).turned())
            elif more > 0 and standing.owed > 0:
                more = min(more, standing.owed)
                again.append(_entry(order_id, standing, fund_id, more))
    return back + _as_far_as_there_is(again)


def _as_far_as_there_is(entries: Sequence[Entry]) -> list[Entry]:
    fund_ids = {entry.fund_id for entry in entries if entry.fund_id is not None}
    if not fund_ids:
        return []
    lock(fund_ids)
    # Also those that were ended since: what was agreed stays agreed.
    there = dict(left(fund_ids))
    found = []
    for entry in entries:
        fund_id = entry.fund_id or 0
        amount = min(entry.amount, there.get(fund_id, ZERO))
        if amount > 0:
            there[fund_id] -= amount
            found.append(replace(entry, amount=amount))
    return found
