"""核价: how a price followed from the cost."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Costing(models.Model):
    """Answers why a good has the price it has: one row each time its price was set from cost, with
    everything the rule looked at (`inventory.pricing`). Append-only; the open book shows it.

    Units are those nobody has been promised: what an order holds was sold at its own price.
    """

    item = models.ForeignKey("inventory.Item", on_delete=models.PROTECT, related_name="costings")
    receipt = models.ForeignKey(
        "inventory.Receipt", on_delete=models.PROTECT, null=True, blank=True,
        related_name="costings",
    )  # fmt: skip
    units_before = models.PositiveIntegerField(_("原有"))
    average_before = models.DecimalField(_("原均价"), max_digits=14, decimal_places=6)
    units_in = models.PositiveIntegerField(_("新到"))
    # Yuan, landed.
    cost_in = models.DecimalField(_("新到成本"), max_digits=12, decimal_places=2)
    # The moving weighted average, yuan per unit.
    average = models.DecimalField(_("加权均价"), max_digits=14, decimal_places=6)
    # Yuan the village had paid beyond cost (below zero: short of it) when the price was set,
    # and what of it a unit gives back.
    variance = models.DecimalField(_("差额账户"), max_digits=12, decimal_places=2)
    correction = models.DecimalField(_("每份修正"), max_digits=14, decimal_places=6)
    price_before = models.DecimalField(
        _("原价"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    price = models.DecimalField(_("售价"), max_digits=12, decimal_places=2)
    # Yuan still to be earned back, as of `last_move`; later moves' values go on from here.
    book_value = models.DecimalField(_("账面"), max_digits=14, decimal_places=2)
    last_move = models.ForeignKey(
        "inventory.Move", on_delete=models.PROTECT, null=True, related_name="+"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(_("时间"))

    class Meta:
        indexes = [models.Index(fields=["item", "-id"], name="costing_latest")]

    def __str__(self) -> str:
        return f"costing #{self.pk}"
