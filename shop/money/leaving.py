"""A family moves out: their money does not stay behind for the next one."""

from delivery.models import Household
from shop.errors import MoneyLeft, MoneyUnderWay
from shop.models import AccountTerms, MoneyMove, OrderStatus, Placement, Refund
from shop.money import accounts

Account = MoneyMove.Account
#: What is not there, or does not come, is still to be given back.
UNDER_WAY = (
    OrderStatus.PLACED,
    OrderStatus.PACKED,
    OrderStatus.ON_WAY,
    OrderStatus.NOT_DELIVERED,
)
#: Theirs; what a fund paid goes back to the fund.
PAID_FROM = (Account.HOUSEHOLD, Account.STRIPE, Account.CASH, Account.PERSON, Account.TRANSFER)


def refuse_money_left(household: Household) -> None:
    """Raises `MoneyLeft`, `MoneyUnderWay`. Call with the door's lock held."""
    if left := accounts.balance(household):
        raise MoneyLeft(left)
    placed = Placement.objects.filter(
        household=household, order__date_placed__gte=household.lived_in
    )
    paid = MoneyMove.objects.filter(target=Account.ORDER, source__in=PAID_FROM)
    under_way = placed.filter(order__status__in=UNDER_WAY, order__in=paid.values("order"))
    refunds = Refund.objects.filter(payment__order__in=placed.values("order"))
    done = (Refund.Status.DONE, Refund.Status.MOVED)
    if under_way.exists() or refunds.exclude(status__in=done).exists():
        raise MoneyUnderWay


def end_terms(household: Household) -> None:
    """Credit, and where money goes back to, was agreed with them."""
    AccountTerms.objects.filter(household=household).delete()
