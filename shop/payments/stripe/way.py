"""Online: the order is there first and its goods are held, then Stripe's page takes the money, and
only its webhook says that it was paid."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery.models import Household
from inventory.models import Station
from shop.models import MoneyMove, OrderStatus, Refund, StripePayment
from shop.money.ledger import Entry
from shop.payments.way import Part, Way

#: Between the end of Stripe's page and letting the goods go: an answer may be on its way.
GRACE = timedelta(minutes=3)


class StripeWay(Way):
    code = "stripe"
    title = gettext_lazy("网上付款")
    symbol = "💳"
    first_status = OrderStatus.AWAITING
    gives_back_to = frozenset({MoneyMove.Account.STRIPE})

    def is_set_up(self) -> bool:
        return bool(settings.STRIPE_SECRET_KEY)

    def words(self, household: Household, amount: Decimal) -> str:
        return _("银行卡、支付宝、微信，货先给您留着")

    def claim(self, order, household: Household, amount: Decimal, *, by) -> list[Entry]:
        """The attempt that has to succeed before the goods are let go."""
        now, hold = timezone.now(), household.grid.station.payment_hold_min
        expires_at = now + timedelta(minutes=hold)
        StripePayment.objects.create(
            order=order, amount=amount, expires_at=expires_at, held_until=expires_at + GRACE, at=now
        )
        return []

    def gives_back(self, amount: Decimal, station: Station) -> bool:
        return amount >= station.smallest_refund

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
