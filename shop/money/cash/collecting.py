"""上门代收: a leader takes what the doors they look after still owe of a round.

Cash is then in the leader's hands, like a courier's, until it is handed in; a transfer went to the
station. Whether somebody looks after a door is for the caller to know.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery import locks
from delivery.handoffs import SLIP
from delivery.models import Household, Parcel, Round
from delivery.templatetags.station import yuan
from inventory.access import stations_of
from shop.errors import CashRefused, MoneyChanged, MoneyRefused, NonceTaken
from shop.models import MoneyMove, OrderStatus, Placement, User
from shop.money import FEN, ZERO, accounts, ledger, once, orders
from shop.money.cash import cash
from shop.money.ledger import Entry

Account, Kind = MoneyMove.Account, MoneyMove.Kind
#: Nobody pays at the door for these: one is being paid online, the other is no order any more.
NOT_COLLECTED = (OrderStatus.AWAITING, OrderStatus.CANCELLED)
#: Who lives behind the door now is not asked for what the family before them ordered.
STILL_THERE = Q(household__lived_in_since=None) | Q(
    order__date_placed__gte=F("household__lived_in_since")
)


def collect(
    household: Household,
    round: Round,
    amount: Decimal,
    *,
    source: MoneyMove.Account,
    by: User,
    nonce: UUID,
    seen: Decimal,
) -> None:
    """What the door owes of its orders of the round, or part of it, the oldest order first; not of
    those that could not be delivered.

    `source`: PERSON, cash that `by` holds then, or TRANSFER. `seen`: what the page said it owes.
    Again with the same nonce is nothing. Raises `MoneyRefused`, `MoneyChanged`, `NonceTaken`.
    """
    accounts.refuse_odd(amount)
    with once.tap(MoneyMove, nonce) as tap:
        locks.household(household.pk)
        placed = Placement.objects.filter(STILL_THERE, household=household, round=round)
        placed = placed.exclude(order__status__in=NOT_COLLECTED)
        placed = placed.exclude(order__parcel__status=Parcel.Status.FAILED)
        order_ids = list(placed.values_list("pk", flat=True))
        ledger.lock(order_ids)
        if first := tap.again(household_id=household.pk, source=source, by_id=by.pk):
            if _sum_of(first) != amount:
                raise NonceTaken
            return
        owed = ledger.owed(order_ids)
        if (there := sum(owed.values(), ZERO)) != seen:
            raise MoneyChanged(there)
        if amount > there:
            words = _("这一户还差 %(there)s，不能收 %(amount)s。")
            raise MoneyRefused(words % {"there": yuan(there), "amount": yuan(amount)})
        entries = list(_entries(household, owed, amount, source, by, nonce))
        entries += cash.squared(entries)
        ledger.post(entries, by=by)


def _entries(
    household: Household,
    owed: dict[int, Decimal],
    amount: Decimal,
    source: MoneyMove.Account,
    by: User,
    nonce: UUID,
) -> Iterator[Entry]:
    """The first of them carries the nonce for all."""
    also: dict = {"nonce": nonce}
    for order_id in sorted(owed):
        if part := min(amount, owed[order_id]):
            holder = {"holder_id": by.pk} if source == Account.PERSON else {}
            yield orders.payment(order_id, household, part, source, **holder, **also)
            amount -= part
            also = {}


def _sum_of(first: MoneyMove) -> Decimal:
    """What the tap said that wrote this move: all its moves are of one moment."""
    of_tap = MoneyMove.objects.filter(
        kind=Kind.PAYMENT, household=first.household_id, by=first.by_id, at=first.at
    )
    total = of_tap.filter(source=first.source).aggregate(total=Sum("amount"))["total"] or ZERO
    return total.quantize(FEN)


# --- a slip of the finger ------------------------------------------------------------------------
def undo(move: MoneyMove, *, by: User) -> None:
    """That was not paid after all: the order owes it again. Twice is once.

    By who took it, for as long as a courier may correct a tap; by the station's staff also later.
    Raises `CashRefused`.
    """
    if not _is_collected(move):
        raise CashRefused(_("这一笔不是上门代收的，不能在这里撤销。"))
    is_staff = stations_of(by).filter(pk=move.station_id).exists()
    if not is_staff and (move.by_id != by.pk or move.at <= timezone.now() - SLIP):
        raise CashRefused(_("收了有一阵子了，要更正请告诉驿站。"))
    assert move.order_id is not None
    assert move.household_id is not None
    with transaction.atomic():
        locks.household(move.household_id)
        ledger.lock([move.order_id])
        if there := MoneyMove.objects.filter(nonce=_undoing(move.pk)).first():
            said = (there.source, there.order_id, there.amount)
            if said != (Account.ORDER, move.order_id, move.amount):
                raise CashRefused(_("这一笔不能在这里撤销，请告诉驿站。"))
            return
        entry = Entry(
            station_id=move.station_id,
            kind=Kind.PAYMENT,
            source=Account.ORDER,
            target=Account(move.source),
            amount=move.amount,
            household_id=move.household_id,
            order_id=move.order_id,
            holder_id=move.holder_id,
            nonce=_undoing(move.pk),
        )
        ledger.post([entry, *cash.squared([entry])], by=by)


def collected_by(user: User) -> list[MoneyMove]:
    """What this person collected and may still undo, the latest first. Two queries."""
    taken = _taken().filter(by=user, at__gt=timezone.now() - SLIP)
    moves = list(taken.select_related("household__grid", "order").order_by("-pk"))
    undone = _undone(moves)
    return [move for move in moves if _undoing(move.pk) not in undone]


def _taken() -> QuerySet[MoneyMove]:
    return MoneyMove.objects.filter(
        kind=Kind.PAYMENT,
        source__in=(Account.PERSON, Account.TRANSFER),
        target=Account.ORDER,
        handoff=None,
    )


def _is_collected(move: MoneyMove) -> bool:
    return _taken().filter(pk=move.pk).exists()


def _undone(moves: Iterable[MoneyMove]) -> set[UUID | None]:
    undoing = MoneyMove.objects.filter(nonce__in=[_undoing(move.pk) for move in moves])
    return set(undoing.values_list("nonce", flat=True))


def _undoing(pk: int) -> UUID:
    """The nonce of the move that undoes this one: there is room for one."""
    return uuid5(NAMESPACE_URL, f"money-move-undone:{pk}")
