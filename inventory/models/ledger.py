"""库存流水: the only truth about stock."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices


class Move(models.Model):
    """Answers what no counter can: how a stock level came about, move by move.

    Written only by `inventory.stock`, in the transaction that changes the counters; the sum of
    an item's moves equals its counters (DESIGN §2.2). Rows are never changed or deleted: the
    database refuses (`inventory.append_only`).
    """

    class Kind(TextChoices):
        OPENING = "opening", _("期初")
        COST = "cost", _("改价")
        RESERVE = "reserve", _("预留")
        RELEASE = "release", _("释放")
        PACK = "pack", _("装箱出库")

    item = models.ForeignKey("inventory.Item", on_delete=models.PROTECT, related_name="moves")
    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    in_stock_delta = models.IntegerField(_("在库变化"), default=0)
    allocated_delta = models.IntegerField(_("预留变化"), default=0)
    # Yuan per unit, on moves that say what a unit cost.
    unit_cost = models.DecimalField(
        _("单位成本"), max_digits=10, decimal_places=2, null=True, blank=True
    )
    order = models.ForeignKey(
        "order.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="stock_moves"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(_("时间"))

    class Meta:
        indexes = [models.Index(fields=["item", "kind"], name="move_item_kind")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(unit_cost__isnull=True) | models.Q(unit_cost__gte=0),
                name="move_cost_not_negative",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.in_stock_delta:+d}/{self.allocated_delta:+d}"
