"""资金流水: the only truth about money that changed hands."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices


class MoneyMove(models.Model):
    """Answers where money came from and where it went: every row has both sides, so the books
    balance by construction. Append-only; written by `shop.money` alone.

    Cash collected at doors is still said by the handoffs.
    """

    class Account(TextChoices):
        CASH = "cash", _("现金")
        HOUSEHOLD = "household", _("驿站账户")
        ORDER = "order", _("订单")

    station = models.ForeignKey("inventory.Station", on_delete=models.PROTECT, related_name="+")
    source = models.CharField(_("从"), max_length=10, choices=Account)
    target = models.CharField(_("到"), max_length=10, choices=Account)
    # Yuan.
    amount = models.DecimalField(_("金额"), max_digits=10, decimal_places=2)
    household = models.ForeignKey(
        "delivery.Household", on_delete=models.PROTECT, null=True, blank=True,
        related_name="money_moves",
    )  # fmt: skip
    order = models.ForeignKey(
        "order.Order", on_delete=models.PROTECT, null=True, blank=True,
        related_name="money_moves",
    )  # fmt: skip
    nonce = models.UUIDField(unique=True, null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"))

    class Meta:
        indexes = [models.Index(fields=["household", "source", "target"], name="money_household")]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="money_moves_forward"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="money_has_two_sides"),
            models.CheckConstraint(
                condition=(~Q(source="household") & ~Q(target="household"))
                | Q(household__isnull=False),
                name="an_account_is_somebodys",
            ),
            models.CheckConstraint(
                condition=(~Q(source="order") & ~Q(target="order")) | Q(order__isnull=False),
                name="an_order_is_named",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.target} {self.amount}"
