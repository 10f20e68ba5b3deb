"""交款: cash is counted by two people, and what is missing is written down."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class CashCount(models.Model):
    """Answers who handed in how much to whom, and whether it was what the books said.

    `holder`: whose hands it came from; None: the till itself was counted. Two names: who counted,
    and who received or looked on. Append-only; written by `shop.money.cash.cash` with its moves.
    """

    station = models.ForeignKey(
        "inventory.Station", on_delete=models.PROTECT, related_name="cash_counts"
    )
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+",
    )  # fmt: skip
    # Yuan.
    expected = models.DecimalField(_("应有"), max_digits=10, decimal_places=2)
    counted = models.DecimalField(_("点到"), max_digits=10, decimal_places=2)
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    witness = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    note = models.CharField(_("备注"), max_length=100, blank=True)
    nonce = models.UUIDField(unique=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(counted__gte=0), name="nobody_counts_below_zero"),
            models.CheckConstraint(
                condition=~Q(counted_by=F("witness")), name="cash_is_counted_by_two"
            ),
        ]

    def __str__(self) -> str:
        return f"cash count #{self.pk}"

    @property
    def difference(self) -> Decimal:
        """Yuan more (below zero: less) than the books said."""
        return self.counted - self.expected
