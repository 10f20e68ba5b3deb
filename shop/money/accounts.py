"""驿站账户: what doors have paid in, and may spend.

A door's account is what was paid in less what was paid with; it never goes further below zero than
its credit limit. Whoever takes money out of it holds the door's lock (docs/locking.md), so two
payments cannot both spend the same yuan. Amounts are yuan to the fen.
"""

from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Case, F, QuerySet, Sum, When
from django.utils.translation import gettext as _

from delivery import locks
from delivery.models import Household
from inventory.models import Station
from shop.errors import AccountHoldsLess, AccountShort, MoneyRefused, NonceTaken
from shop.models import AccountTerms, MoneyMove
from shop.money import FEN, MOST, ZERO, ledger
from shop.money.ledger import Entry

Account, Kind = MoneyMove.Account, MoneyMove.Kind


def balance(household: Household) -> Decimal:
    """What the door's account holds; below zero: what it owes."""
    return balances([household.pk]).get(household.pk, ZERO)


def balances(household_ids: Collection[int]) -> dict[int, Decimal]:
    """By household; who never paid in is left out. One query."""
    return _balances(MoneyMove.objects.filter(household__in=household_ids))


def of_station(station: Station) -> dict[int, Decimal]:
    """The same for all doors of a station."""
    return _balances(MoneyMove.objects.filter(station=station))


def _balances(moves: QuerySet[MoneyMove]) -> dict[int, Decimal]:
    signed = Case(When(target=Account.HOUSEHOLD, then=F("amount")), default=-F("amount"))
    of_accounts = moves.filter(source=Account.HOUSEHOLD) | moves.filter(target=Account.HOUSEHOLD)
    rows = of_accounts.order_by().values_list("household").annotate(total=Sum(signed))
    return {household_id: total.quantize(FEN) for household_id, total in rows}


def terms(household: Household) -> AccountTerms:
    """What was agreed; unsaved where nothing was."""
    found = AccountTerms.objects.filter(household=household).first()
    return found or AccountTerms(household=household)


def spendable(household: Household) -> Decimal:
    """What can be paid from the account: what it holds and its credit."""
    return balance(household) + terms(household).credit_limit


def refuse_short(household: Household, amount: Decimal) -> None:
    """Raises `AccountShort` unless so much can be paid. Call with the door's lock held."""
    there = balance(household)
    if there < amount and there + terms(household).credit_limit < amount:
        raise AccountShort(there, amount)


def limit_credit(household: Household, limit: Decimal) -> None:
    """Lets the account go so far below zero. Raises `MoneyRefused` for less than it owes."""
    if not ZERO <= limit <= MOST:
        raise MoneyRefused(_("可赊额度要在 0 到 ¥%d 之间。") % MOST)
    with transaction.atomic():
        locks.household(household.pk)
        if (there := balance(household)) < -limit:
            raise MoneyRefused(_("这一户已经欠 ¥%s，额度不能比这少。") % -there)
        AccountTerms.objects.update_or_create(
            household=household, defaults={"credit_limit": limit.quantize(FEN)}
        )


def prefer(household: Household, refund_to: AccountTerms.RefundTo) -> None:
    """Where the door wants its money back."""
    AccountTerms.objects.update_or_create(household=household, defaults={"refund_to": refund_to})


def deposit(
    household: Household,
    amount: Decimal,
    *,
    by,
    nonce: UUID,
    source: MoneyMove.Account = Account.CASH,
) -> None:
    """Money (in cash, or by `source`) is put into the door's account; again with the same nonce is
    nothing.

    Raises `MoneyRefused` for an amount that cannot be right, `NonceTaken` if the nonce was used
    for something else.
    """
    _once(household, amount, Kind.DEPOSIT, source, Account.HOUSEHOLD, by, nonce)


def pay_back(household: Household, amount: Decimal, *, by, nonce: UUID) -> None:
    """Cash from the door's account, back to the door: what is there, no credit. Raises also
    `AccountHoldsLess`."""
    _once(household, amount, Kind.WITHDRAWAL, Account.HOUSEHOLD, Account.CASH, by, nonce)


def refuse_odd(amount: Decimal, most: Decimal = MOST) -> None:
    """Raises `MoneyRefused` for what nobody pays at once."""
    if not ZERO < amount <= most:
        raise MoneyRefused(_("金额要大于 0，最多 ¥%d。") % most)
    if amount != amount.quantize(FEN):
        raise MoneyRefused(_("金额最多到分。"))


def _once(
    household: Household,
    amount: Decimal,
    kind: MoneyMove.Kind,
    source: MoneyMove.Account,
    target: MoneyMove.Account,
    by,
    nonce: UUID,
) -> None:
    refuse_odd(amount)
    try:
        with transaction.atomic():
            locks.household(household.pk)
            if first := MoneyMove.objects.filter(nonce=nonce).first():
                said = (household.pk, amount, source, target)
                if (first.household_id, first.amount, first.source, first.target) != said:
                    raise NonceTaken
                return
            if kind == Kind.WITHDRAWAL and (there := balance(household)) < amount:
                raise AccountHoldsLess(there, amount)
            entry = Entry(
                station_id=household.grid.station_id,
                kind=kind,
                source=source,
                target=target,
                amount=amount,
                household_id=household.pk,
                nonce=nonce,
            )
            ledger.post([entry], by=by)
    except IntegrityError as error:
        # Another page's nonce, at the same moment; anything else is a mistake of ours.
        if not MoneyMove.objects.filter(nonce=nonce).exists():
            raise
        raise NonceTaken from error
