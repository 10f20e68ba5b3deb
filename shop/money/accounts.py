"""驿站账户: what doors have paid in, and may spend.

A door's account is what was paid in less what was paid with; it never goes further below zero than
its credit limit. Whoever takes money out of it holds the door's lock (docs/locking.md), so two
payments cannot both spend the same yuan. Amounts are yuan to the fen.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery import locks
from delivery.models import Household
from delivery.templatetags.station import yuan
from inventory.access import stations_of
from inventory.models import Station
from shop.errors import AccountHoldsLess, AccountShort, MoneyRefused
from shop.models import AccountTerms, CreditChange, MoneyMove
from shop.money import FEN, MOST, ZERO, ledger, once
from shop.money.ledger import Entry

Account, Kind = MoneyMove.Account, MoneyMove.Kind


def balance(household: Household) -> Decimal:
    """What the door's account holds; below zero: what it owes."""
    return balances([household.pk]).get(household.pk, ZERO)


def balances(household_ids: Collection[int]) -> Mapping[int, Decimal]:
    """By household; who never paid in is left out. One query."""
    moves = MoneyMove.objects.filter(household__in=household_ids)
    return moves.standing_by(Account.HOUSEHOLD, "household")


def of_station(station: Station) -> Mapping[int, Decimal]:
    """The same for all doors of a station."""
    moves = MoneyMove.objects.filter(station=station)
    return moves.standing_by(Account.HOUSEHOLD, "household")


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


def limit_credit(household: Household, limit: Decimal, *, by) -> None:
    """Lets the account go so far below zero, and keeps who said so. Raises `MoneyRefused` for less
    than it owes."""
    if not ZERO <= limit <= MOST:
        raise MoneyRefused(_("可赊额度要在 0 到 ¥%d 之间。") % MOST)
    with transaction.atomic():
        locks.household(household.pk)
        if (there := balance(household)) < -limit:
            raise MoneyRefused(_("这一户已经欠 ¥%s，额度不能比这少。") % -there)
        if terms(household).credit_limit == limit:
            return
        AccountTerms.objects.update_or_create(
            household=household, defaults={"credit_limit": limit.quantize(FEN)}
        )
        CreditChange.objects.create(household=household, limit=limit, by=by, at=timezone.now())


def credit_history(household: Household) -> QuerySet[CreditChange]:
    """Who let the account of whoever lives there now go how far, the latest first."""
    changes = CreditChange.objects.filter(household=household, at__gte=household.lived_in)
    return changes.select_related("by").order_by("-pk")


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


def pay_back(
    household: Household,
    amount: Decimal,
    *,
    by,
    nonce: UUID,
    through: MoneyMove.Account = Account.CASH,
    note: str = "",
) -> None:
    """From the door's account back to the door, in cash or by TRANSFER: what is there, no credit.

    A transfer needs a note that finds it again among the bank's. Raises also `AccountHoldsLess`.
    """
    if through not in (Account.CASH, Account.TRANSFER):
        raise MoneyRefused(_("请选退现金还是转账。"))
    note = " ".join(note.split())
    if through == Account.TRANSFER and not note:
        raise MoneyRefused(_("转账退款要写备注，比如转账单号的后几位，方便对账。"))
    _once(household, amount, Kind.WITHDRAWAL, Account.HOUSEHOLD, through, by, nonce, note)


# --- a mistyped deposit --------------------------------------------------------------------------
def may_undo(move: MoneyMove) -> bool:
    """Whether it is a deposit: those may have been mistyped."""
    return move.kind == Kind.DEPOSIT and move.target == Account.HOUSEHOLD


def undone(moves: Collection[MoneyMove]) -> set[int]:
    """The keys of those of them that were undone. One query."""
    undoing = MoneyMove.objects.filter(undoes__in=[move.pk for move in moves])
    return {pk for pk in undoing.values_list("undoes", flat=True) if pk}


def undo_deposit(move: MoneyMove, *, by, nonce: UUID) -> None:
    """That money never came: all of it leaves the account for where it was said to come from. What
    did come is a deposit of its own. Again with the same nonce is nothing.

    By the station's people. Raises `MoneyRefused`, also if it was undone, or if some of it was
    spent: what was paid with it stays paid. `NonceTaken`.
    """
    if not may_undo(move) or move.household is None:
        raise MoneyRefused(_("只有充值可以这样撤销。"))
    if not stations_of(by).filter(pk=move.station_id).exists():
        raise MoneyRefused(_("只有驿站的工作人员能撤销充值。"))
    with once.tap(MoneyMove, nonce) as tap:
        locks.household(move.household_id)
        if tap.again(undoes_id=move.pk):
            return
        if undone([move]):
            raise MoneyRefused(_("这笔充值已经撤销过了。"))
        household = Household.objects.get(pk=move.household_id)
        if move.at < household.lived_in:
            raise MoneyRefused(_("这是搬走的那家充的，他们的账户已经结清了。"))
        if (there := balance(household)) < move.amount:
            words = _("账户只剩 %(there)s，不够撤销这笔 %(amount)s 的充值：已经花掉的先补上。")
            said = {"there": yuan(max(there, ZERO)), "amount": yuan(move.amount)}
            raise MoneyRefused(words % said)
        entry = Entry(
            station_id=move.station_id,
            kind=Kind.DEPOSIT,
            source=Account.HOUSEHOLD,
            target=Account(move.source),
            amount=move.amount,
            household_id=move.household_id,
            undoes_id=move.pk,
            nonce=nonce,
        )
        ledger.post([entry], by=by)


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
    note: str = "",
) -> None:
    refuse_odd(amount)
    with once.tap(MoneyMove, nonce) as tap:
        locks.household(household.pk)
        said = {"amount": amount, "kind": kind, "source": source, "target": target}
        if tap.again(household_id=household.pk, **said):
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
            note=note[:100],
            nonce=nonce,
        )
        ledger.post([entry], by=by)
