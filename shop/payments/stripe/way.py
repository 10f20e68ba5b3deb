"""Online: the order is there first and its goods are held, then Stripe's page takes the money, and
only what Stripe itself says (its webhook) makes it paid."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery.models import Household
from delivery.templatetags.station import yuan
from inventory.models import Station
from shop.errors import MoneyRefused
from shop.models import MoneyMove, OrderStatus, Refund
from shop.money.ledger import Entry
from shop.payments.stripe import attempts, refund_book
from shop.payments.way import Part, Way

#: Stripe takes nothing below half a US dollar; in yuan that is about this.
LEAST = Decimal("4.00")


class StripeWay(Way):
    code = "stripe"
    title = gettext_lazy("网上付款")
    symbol = "💳"
    first_status = OrderStatus.AWAITING
    gives_back_to = frozenset({MoneyMove.Account.STRIPE})

    def is_set_up(self) -> bool:
        return bool(settings.STRIPE_SECRET_KEY and settings.STRIPE_WEBHOOK_SECRET)

    def why_not(self, household: Household, amount: Decimal) -> str:
        if not amount or amount >= LEAST:
            return ""
        return _("网上付款最少 %s，这一单请换一种付款方式。") % yuan(LEAST)

    def words(self, household: Household, amount: Decimal) -> str:
        return _("银行卡、支付宝、微信，货先给您留着")

    def claim(self, order, household: Household, amount: Decimal, *, by) -> list[Entry]:
        """The attempt that has to succeed before the goods are let go."""
        if reason := self.why_not(household, amount):
            raise MoneyRefused(reason)
        attempts.begin(order.pk, amount, household.grid.station.payment_hold_min, timezone.now())
        return []

    def after(self, order, request) -> str:
        return reverse("pay", args=[order.number])

    def given_up(self, order_id: int) -> None:
        attempts.give_up(order_id)

    def gives_back(self, amount: Decimal, station: Station) -> bool:
        return amount >= station.smallest_refund

    def bound(self, payment_ids: Collection[int]) -> Collection[int]:
        return refund_book.disputed(payment_ids)

    def give_back(self, parts: Sequence[Part], *, at: datetime) -> list[Entry]:
        refunds = Refund.objects.bulk_create(
            Refund(payment_id=part.payment_id, amount=part.amount, next_try_at=at, at=at)
            for part in parts
        )
        return [
            Entry(
                station_id=part.standing.station_id,
                kind=MoneyMove.Kind.REFUND,
                source=MoneyMove.Account.ORDER,
                target=MoneyMove.Account.STRIPE,
                amount=part.amount,
                household_id=part.standing.household_id,
                order_id=part.order_id,
                stripe_payment_id=part.payment_id,
                refund_id=refund.pk,
            )
            for part, refund in zip(parts, refunds, strict=True)
        ]
