"""订单调整: what an order came to cost less, or otherwise, than it said."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices


class Adjustment(models.Model):
    """Answers why a household pays another sum than its order's: one row per line and reason.

    Oscar's order keeps what was agreed; order total + adjustments is what is due (DESIGN §2.4).
    Written by `shop.settlement` in the transaction of what happened to the goods; append-only.
    """

    class Kind(TextChoices):
        SHORT = "short", _("少给了")
        PRICE = "price", _("进价便宜了")
        WEIGHT = "weight", _("按实重")
        SUBSTITUTE = "substitute", _("换成相近的")
        UNDONE = "undone", _("撤销误记")
        # It came, and something was wrong with it.
        CLAIM = "claim", _("售后退款")
        # It came back: refused at the door, given up, or brought back to the counter.
        RETURNED = "returned", _("退回驿站")

    order = models.ForeignKey("order.Order", on_delete=models.PROTECT, related_name="adjustments")
    line = models.ForeignKey("order.Line", on_delete=models.PROTECT, related_name="adjustments")
    kind = models.CharField(_("原因"), max_length=10, choices=Kind)
    # Units that do not come (below zero), come instead, or come after all.
    units = models.IntegerField(_("数量"), default=0)
    # What came instead, for SUBSTITUTE.
    item = models.ForeignKey(
        "inventory.Item", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Yuan; below zero: the household pays less.
    amount = models.DecimalField(_("金额"), max_digits=10, decimal_places=2)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(_("时间"))
    # The same tap again is the same: carried by the first row of what it wrote.
    nonce = models.UUIDField(unique=True, null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="substitute", amount__gte=0, item__isnull=False)
                | Q(kind="undone", amount__gte=0, item__isnull=True)
                | (~Q(kind__in=["substitute", "undone"]) & Q(amount__lte=0, item__isnull=True)),
                name="only_what_comes_after_all_costs",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"
