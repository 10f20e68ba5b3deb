"""The only writer of `MoneyMove`, and of what is due at a door.

Whoever has something to book makes `Entry`s and posts them, all those of a transaction at once.
Two things are seen to here, so that nobody else has to think of them:

* an order never stands overpaid: what is too much goes back where it came from, or to the door's
  account, in the same posting (`shop.money.giving_back`);
* `Parcel.due` follows: it is what the order comes to, less what was paid elsewhere.

Money is yuan to the fen. Orders are locked by key before stock (docs/locking.md).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Q, Sum
from django.utils import timezone
from oscar.core.loading import get_model

from delivery import locks
from delivery.models import Parcel
from inventory import bulk
from shop.models import MoneyMove
from shop.money import FEN, ZERO

Order = get_model("order", "Order")
Account, Kind = MoneyMove.Account, MoneyMove.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row to be: `source` gives `amount` yuan to `target`. Nothing is written of nothing."""

    station_id: int
    kind: MoneyMove.Kind
    source: MoneyMove.Account
    target: MoneyMove.Account
    amount: Decimal
    household_id: int | None = None
    order_id: int | None = None
    holder_id: int | None = None
    fund_id: int | None = None
    handoff_id: int | None = None
    stripe_payment_id: int | None = None
    refund_id: int | None = None
    count_id: int | None = None
    undoes_id: int | None = None
    note: str = ""
    nonce: UUID | None = None

    def turned(self, **changes) -> "Entry":
        """The same money the other way."""
        return replace(self, source=self.target, target=self.source, **changes)


#: Columns of `Entry`, in the order they are written.
_COLUMNS = tuple(Entry.__slots__)


@dataclass
class Standing:
    """How one order stands: `owed` is still to be paid, yuan; `paid` net by account and, for
    Stripe, by payment, for funds by fund; `at_door`: of it taken with handoffs."""

    station_id: int
    household_id: int
    owed: Decimal = ZERO
    paid: dict[tuple[MoneyMove.Account, int | None], Decimal] = field(
        default_factory=lambda: defaultdict(Decimal)
    )
    at_door: Decimal = ZERO


def post(
    entries: Iterable[Entry],
    *,
    by,
    at: datetime | None = None,
    fresh: bool = False,
    in_cash: bool = False,
) -> list[Entry]:
    """Writes the entries, and what follows from them; returns all that was written.

    `by`: None for the clock or Stripe. `fresh`: the entries are all of orders made in this very
    transaction; then there is no parcel yet and nothing to compare with. `in_cash`: who is given
    something back stands at the counter and gets it out of the till. Call in a transaction.
    The number of queries does not grow with the entries.
    """
    from shop.money import giving_back  # knows the ways to pay, which know this module

    assert connection.in_atomic_block
    at = at or timezone.now()
    written = [entry for entry in entries if entry.amount]
    # What an adjustment makes dearer is looked at too: a fund may have its share in it.
    changed = {
        each.order_id
        for each in written
        if each.order_id and (each.target == Account.ORDER or each.kind == Kind.ADJUSTMENT)
    }
    if changed and not fresh:
        lock(changed)
        written += giving_back.of(written, standings(changed), at=at, in_cash=in_cash)
    by_id = getattr(by, "pk", None)
    bulk.insert(
        MoneyMove,
        (*_COLUMNS, "by_id", "at"),
        [(*(_plain(getattr(each, name)) for name in _COLUMNS), by_id, at) for each in written],
    )
    if not fresh:
        _change_due(written)
    return written


def lock(order_ids: Collection[int]) -> None:
    """Nobody else books anything of these orders before we are done: their parcels, whose `due`
    will follow, then they themselves. Before any stock."""
    locks.parcels(Parcel.objects.filter(order__in=order_ids))
    rows = Order.objects.filter(pk__in=order_ids).order_by("pk")
    if connection.vendor == "postgresql":
        list(rows.select_for_update(no_key=True).values_list("pk"))


def standings(order_ids: Collection[int]) -> dict[int, Standing]:
    """By order, from its moves: orders nothing was ever booked of are left out. One query."""
    moves = MoneyMove.objects.filter(order__in=order_ids).filter(
        Q(source=Account.ORDER) | Q(target=Account.ORDER)
    )
    columns = ("station", "household", "order", "source", "target", "stripe_payment", "fund")
    sums = moves.order_by().values_list(*columns, "handoff").annotate(sum=Sum("amount"))
    found: dict[int, Standing] = {}
    for station_id, household_id, order_id, source, target, payment_id, fund_id, *rest in sums:
        standing = found.setdefault(order_id, Standing(station_id, household_id))
        handoff_id, total = rest
        _add(standing, source, target, payment_id or fund_id, handoff_id, total.quantize(FEN))
    return found


def add_to(standing: Standing, entry: Entry) -> None:
    """As if the entry had been written."""
    _add(
        standing,
        entry.source,
        entry.target,
        entry.stripe_payment_id or entry.fund_id,
        entry.handoff_id,
        entry.amount,
    )


def _add(standing: Standing, source, target, which, handoff_id, amount: Decimal) -> None:
    signed = amount if target == Account.ORDER else -amount
    standing.owed -= signed
    other = Account(source if target == Account.ORDER else target)
    if other != Account.SALES:
        standing.paid[other, which] += signed
    if handoff_id:
        standing.at_door += signed


def owed(order_ids: Collection[int]) -> dict[int, Decimal]:
    """By order, what is still to be paid, yuan. One query."""
    return {pk: standing.owed for pk, standing in standings(order_ids).items()}


def _change_due(written: Sequence[Entry]) -> None:
    changed: dict[int, Decimal] = defaultdict(Decimal)
    for entry in written:
        if entry.order_id and not entry.handoff_id:
            changed[entry.order_id] += entry.amount if entry.source == Account.ORDER else ZERO
            changed[entry.order_id] -= entry.amount if entry.target == Account.ORDER else ZERO
    changed = {order_id: yuan for order_id, yuan in changed.items() if yuan}
    if not changed:
        return
    parcels = Parcel.objects.filter(order__in=changed).values_list("pk", "order_id")
    bulk.add_money(Parcel, "due", {pk: changed[order_id] for pk, order_id in parcels})


def _plain(value):
    """A choice as its word, a UUID as the database spells it."""
    if isinstance(value, UUID):
        return str(value) if connection.features.has_native_uuid_field else value.hex
    return value.value if isinstance(value, Account | Kind) else value
