"""From the door's account: paid in the moment the order is placed."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery import channels
from delivery.channels import Channel
from delivery.models import Household
from delivery.templatetags.station import yuan
from shop.models import MoneyMove
from shop.money import ZERO, accounts
from shop.money.ledger import Entry
from shop.payments.way import Way


class AccountWay(Way):
    code = "account"
    title = gettext_lazy("驿站账户")
    symbol = "👛"

    def why_not(self, household: Household, amount: Decimal) -> str:
        return self.said(household, amount)[1]

    def words(self, household: Household, amount: Decimal) -> str:
        return _("余额 %s，下单就付好") % yuan(accounts.balance(household))

    def said(self, household: Household, amount: Decimal) -> tuple[str, str]:
        """The account is looked into once."""
        there = accounts.balance(household)
        terms = getattr(household, "account_terms", None)
        if there + (terms.credit_limit if terms else ZERO) >= amount:
            return _("余额 %s，下单就付好") % yuan(there), ""
        if channels.allowed(household.grid, Channel.COUNTER):
            words = _("余额 %s，不够付这一单。可以到柜台充值。")
        else:
            words = _("余额 %s，不够付这一单。可以转账给驿站，或请网格长、志愿者帮忙。")
        return "", words % yuan(there)

    def claim(self, order, household: Household, amount: Decimal, *, by) -> list[Entry]:
        if not amount:
            return []
        accounts.refuse_short(household, amount)
        return [
            Entry(
                station_id=household.grid.station_id,
                kind=MoneyMove.Kind.PAYMENT,
                source=MoneyMove.Account.HOUSEHOLD,
                target=MoneyMove.Account.ORDER,
                amount=amount,
                household_id=household.pk,
                order_id=order.pk,
            )
        ]
