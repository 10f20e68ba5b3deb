"""What is booked of an order: what it comes to, and what was paid for it. Yuan."""

from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from delivery import locks
from delivery.models import Household
from delivery.templatetags.station import yuan
from shop.errors import MoneyRefused
from shop.models import MoneyMove, OrderStatus
from shop.money import ZERO, accounts, ledger, once
from shop.money.cash import cash
from shop.money.ledger import Entry

Order = get_model("order", "Order")
Account, Kind = MoneyMove.Account, MoneyMove.Kind


def charge(order_id: int, household: Household, amount: Decimal) -> Entry:
    """What was agreed when it was placed."""
    return Entry(
        station_id=household.grid.station_id,
        kind=Kind.CHARGE,
        source=Account.ORDER,
        target=Account.SALES,
        amount=amount,
        household_id=household.pk,
        order_id=order_id,
    )


def adjustment(order_id: int, station_id: int, household_id: int, amount: Decimal) -> Entry:
    """`amount` as of `Adjustment`: below zero the household pays less."""
    less = amount < 0
    return Entry(
        station_id=station_id,
        kind=Kind.ADJUSTMENT,
        source=Account.SALES if less else Account.ORDER,
        target=Account.ORDER if less else Account.SALES,
        amount=abs(amount),
        household_id=household_id,
        order_id=order_id,
    )


def payment(
    order_id: int, household: Household, amount: Decimal, source: MoneyMove.Account, **also
) -> Entry:
    """`also`: who has it in hands, with which handoff it came."""
    return Entry(
        station_id=household.grid.station_id,
        kind=Kind.PAYMENT,
        source=source,
        target=Account.ORDER,
        amount=amount,
        household_id=household.pk,
        order_id=order_id,
        **also,
    )


def pay(
    order,
    household: Household,
    amount: Decimal,
    *,
    source: MoneyMove.Account,
    by,
    nonce: UUID,
    holder=None,
) -> None:
    """Pays what is still owed of an order, or part of it; again with the same nonce is nothing.

    `source`: CASH (the till), TRANSFER, HOUSEHOLD (the door's account), or PERSON, in whose hands
    (`holder`) the cash is then. Raises `MoneyRefused` for more than is owed, `AccountShort`,
    `NonceTaken`.
    """
    accounts.refuse_odd(amount)
    with once.tap(MoneyMove, nonce) as tap:
        locks.household(household.pk)
        ledger.lock([order.pk])
        if tap.again(order_id=order.pk, amount=amount, source=source):
            return
        # Somebody is paying it, or about to: on whose page it is paid another way.
        if Order.objects.filter(pk=order.pk, status=OrderStatus.AWAITING).exists():
            raise MoneyRefused(_("这一单在等网上付款，要先在订单上换一种付法。"))
        there = ledger.owed([order.pk]).get(order.pk, ZERO)
        if amount > there:
            words = _("这一单还差 %(there)s，不能收 %(amount)s。")
            raise MoneyRefused(words % {"there": yuan(there), "amount": yuan(amount)})
        if source == Account.HOUSEHOLD:
            if order.date_placed < Household.objects.get(pk=household.pk).lived_in:
                raise MoneyRefused(_("这一单是搬走的那家的，不能用现在这家的账户付。"))
            accounts.refuse_short(household, amount)
        entry = payment(
            order.pk,
            household,
            amount,
            source,
            nonce=nonce,
            holder_id=holder.pk if holder else None,
        )
        if holder:
            cash.lock_hands([holder.pk])
        ledger.post([entry], by=by)
