"""A family moves out: neither their money nor their debts stay behind for the next one."""

from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from delivery import locks
from delivery.models import Household
from inventory.access import stations_of
from shop.errors import (
    MoneyChanged,
    MoneyLeft,
    MoneyOwed,
    MoneyRefused,
    MoneyUnderWay,
    NonceTaken,
)
from shop.models import AccountTerms, MoneyMove, OrderStatus, Placement, Refund
from shop.money import ZERO, accounts, ledger, once, owing
from shop.money.ledger import Entry
from shop.money.owing import Debt

Account, Kind = MoneyMove.Account, MoneyMove.Kind
#: What is not there, or does not come, is still to be paid or to be given back.
UNDER_WAY = (
    OrderStatus.AWAITING,
    OrderStatus.PLACED,
    OrderStatus.PACKED,
    OrderStatus.ON_WAY,
    OrderStatus.NOT_DELIVERED,
)


class Debts(NamedTuple):
    """What a family owes: `orders` that came and are not paid, `account` below zero (as what is
    missing in it); yuan."""

    orders: list[Debt]
    account: Decimal

    @property
    def total(self) -> Decimal:
        return sum((debt.amount for debt in self.orders), self.account)


def debts(household: Household) -> Debts:
    """Of who lives there now. Three queries."""
    orders = [debt for debt in owing.of_door(household) if debt.status not in UNDER_WAY]
    return Debts(orders, max(ZERO, -accounts.balance(household)))


def refuse_money_left(household: Household) -> None:
    """Raises `MoneyLeft`, `MoneyUnderWay`, `MoneyOwed`. Call with the door's lock held."""
    _hold_orders(household)
    if (left := accounts.balance(household)) > 0:
        raise MoneyLeft(left)
    placed = Placement.objects.filter(
        household=household, order__date_placed__gte=household.lived_in
    )
    refunds = Refund.objects.filter(payment__order__in=placed.values("order"))
    done = (Refund.Status.DONE, Refund.Status.MOVED)
    under_way = placed.filter(order__status__in=UNDER_WAY)
    if under_way.exists() or refunds.exclude(status__in=done).exists():
        raise MoneyUnderWay
    if owed := debts(household).total:
        raise MoneyOwed(owed)


def write_off(household: Household, *, by, reason: str, nonce: UUID, seen: Decimal) -> None:
    """Nobody will pay it any more: all that the family owes becomes the station's loss. What comes
    to less later takes of that first (`shop.money.written_off`).

    Only who runs the station may. `seen`: what the page said they owe. Again with the same nonce is
    nothing. Raises `MoneyRefused`, `MoneyChanged`, `NonceTaken`.
    """
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= 100:
        raise MoneyRefused(_("核销欠款要写明原因，最多 100 个字。"))
    station_id = household.grid.station_id
    if not stations_of(by, manager=True).filter(pk=station_id).exists():
        raise MoneyRefused(_("只有站长能核销欠款。"))
    with once.tap(MoneyMove, nonce) as tap:
        locks.household(household.pk)
        if first := tap.again(household_id=household.pk, kind=Kind.WRITE_OFF):
            if _written_off_with(first) != seen:
                raise NonceTaken
            return
        _hold_orders(household)
        owed = debts(household)
        if owed.total != seen:
            raise MoneyChanged(owed.total)
        parts: list[tuple[int | None, Decimal]] = [
            (debt.order_id, debt.amount) for debt in owed.orders
        ]
        if owed.account:
            parts.append((None, owed.account))
        if not parts:
            raise MoneyRefused(_("这户没有欠款。"))
        entries = [
            Entry(
                station_id=station_id,
                kind=Kind.WRITE_OFF,
                source=Account.BAD_DEBT,
                target=Account.ORDER if order_id else Account.HOUSEHOLD,
                amount=amount,
                household_id=household.pk,
                order_id=order_id,
                note=reason,
                nonce=None if number else nonce,
            )
            for number, (order_id, amount) in enumerate(parts)
        ]
        ledger.post(entries, by=by)


def _written_off_with(first: MoneyMove) -> Decimal:
    """What the tap that wrote this row wrote off: all of it is of one moment."""
    rows = MoneyMove.objects.filter(household=first.household_id, kind=Kind.WRITE_OFF, at=first.at)
    return rows.standing(Account.BAD_DEBT)


def _hold_orders(household: Household) -> None:
    """Nothing is given back of any order of the door before we are done: who gives something back
    into its account holds the order, and not always the door. Call with the door's lock held."""
    moves = MoneyMove.objects.filter(household=household, order__isnull=False)
    ledger.lock(list(moves.order_by().values_list("order_id", flat=True).distinct()))


def end_terms(household: Household) -> None:
    """Credit, and where money goes back to, was agreed with them."""
    AccountTerms.objects.filter(household=household).delete()
