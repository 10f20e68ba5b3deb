"""What can happen to money: the only writer of `MoneyMove`.

A door's account is what was paid in less what was paid with; it never goes below zero. Whoever
moves money of a door holds the door's lock (docs/locking.md), so two payments cannot both spend
the same yuan. Amounts are yuan to the fen.
"""

from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Case, F, Sum, When
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery import locks
from delivery.models import Household
from shop.errors import AccountShort, MoneyRefused, NonceTaken
from shop.models import MoneyMove

Account = MoneyMove.Account
FEN, ZERO = Decimal("0.01"), Decimal("0.00")
#: What is more at once is a slip of the finger.
MOST = Decimal(10_000)


def balance(household: Household) -> Decimal:
    """What the door's account holds."""
    return balances([household.pk]).get(household.pk, ZERO)


def balances(household_ids: Collection[int]) -> dict[int, Decimal]:
    """By household; who never paid in is left out. One query."""
    signed = Case(When(target=Account.HOUSEHOLD, then=F("amount")), default=-F("amount"))
    moves = MoneyMove.objects.filter(household__in=household_ids)
    of_accounts = moves.filter(source=Account.HOUSEHOLD) | moves.filter(target=Account.HOUSEHOLD)
    rows = of_accounts.order_by().values_list("household").annotate(total=Sum(signed))
    return {household_id: total.quantize(FEN) for household_id, total in rows}


def deposit(household: Household, amount: Decimal, *, by, nonce: UUID) -> MoneyMove:
    """Cash is put into the door's account. The same nonce again is the same move.

    Raises `MoneyRefused` for an amount that cannot be right, `NonceTaken` if the nonce was used
    for something else.
    """
    return _once(household, amount, Account.CASH, Account.HOUSEHOLD, by, nonce)


def pay_back(household: Household, amount: Decimal, *, by, nonce: UUID) -> MoneyMove:
    """Cash from the door's account, back to the door. Raises also `AccountShort`."""
    return _once(household, amount, Account.HOUSEHOLD, Account.CASH, by, nonce)


def pay(order, household: Household, amount: Decimal, *, source: Account, by) -> MoneyMove:
    """An order is paid, in cash or from the door's account. Raises `AccountShort`."""
    assert source in {Account.CASH, Account.HOUSEHOLD}
    with transaction.atomic():
        locks.household(household.pk)
        return _write(household, amount, source, Account.ORDER, by, order=order)


def _once(
    household: Household, amount: Decimal, source: Account, target: Account, by, nonce: UUID
) -> MoneyMove:
    if not ZERO < amount <= MOST:
        raise MoneyRefused(_("金额要大于 0，最多 ¥%d。") % MOST)
    if amount != amount.quantize(FEN):
        raise MoneyRefused(_("金额最多到分。"))
    try:
        with transaction.atomic():
            locks.household(household.pk)
            first = MoneyMove.objects.filter(nonce=nonce).first()
            if first is None:
                return _write(household, amount, source, target, by, nonce=nonce)
    except IntegrityError as error:
        raise NonceTaken from error  # another door's, at the same moment
    said = (household.pk, amount, source, target)
    if (first.household_id, first.amount, first.source, first.target) != said:
        raise NonceTaken
    return first


def _write(
    household: Household, amount: Decimal, source: Account, target: Account, by, **also
) -> MoneyMove:
    """Call with the door's lock held."""
    if source == Account.HOUSEHOLD and (there := balance(household)) < amount:
        raise AccountShort(there, amount)
    return MoneyMove.objects.create(
        station_id=household.grid.station_id,
        source=source,
        target=target,
        amount=amount,
        household=household,
        by=by,
        at=timezone.now(),
        **also,
    )
