"""柜台销售: bought and carried away, at the station's counter."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Sum
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices
from shop.models.money import MoneyMove


class CounterSale(models.Model):
    """What Oscar's order cannot say of a sale over the counter. Written with the order. It has no
    placement and no parcel; `round` only says with which orders the household limit counts it."""

    class Way(TextChoices):
        CASH = "cash", _("现金")
        ACCOUNT = "account", _("驿站账户")

    order = models.OneToOneField(
        "order.Order", on_delete=models.PROTECT, primary_key=True, related_name="counter_sale"
    )
    station = models.ForeignKey(
        "inventory.Station", on_delete=models.PROTECT, related_name="counter_sales"
    )
    household = models.ForeignKey(
        "delivery.Household", on_delete=models.PROTECT, related_name="counter_sales"
    )
    round = models.ForeignKey(
        "delivery.Round", on_delete=models.PROTECT, null=True, blank=True,
        related_name="counter_sales",
    )  # fmt: skip
    way = models.CharField(_("怎么付"), max_length=8, choices=Way)
    # Yuan the buyer handed over; the change is this less what was to be paid.
    tendered = models.DecimalField(
        _("收到"), max_digits=10, decimal_places=2, null=True, blank=True
    )
    # The same tap again is the same sale.
    nonce = models.UUIDField(unique=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"))

    class Meta:
        indexes = [
            models.Index(fields=["household", "round"], name="counter_household_round"),
            models.Index(fields=["station", "at"], name="counter_station_at"),
        ]

    def __str__(self) -> str:
        return f"counter sale of order #{self.order_id}"

    @cached_property
    def subsidy(self) -> Decimal:
        """Yuan that funds paid of it when it was sold."""
        given = self.order.money_moves.filter(source=MoneyMove.Account.FUND).aggregate(
            sum=Sum("amount")
        )
        return (given["sum"] or Decimal(0)).quantize(Decimal("0.01"))

    @property
    def to_pay(self) -> Decimal:
        """Yuan the buyer paid."""
        return self.order.total_incl_tax - self.subsidy

    @property
    def change(self) -> Decimal | None:
        """Yuan to give back; None where nobody said what was handed over."""
        return None if self.tendered is None else self.tendered - self.to_pay
