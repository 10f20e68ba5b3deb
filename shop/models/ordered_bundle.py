"""套餐 in an order: so many were asked for. What is in the order are their parts."""

from django.db import models
from django.db.models import Q


class OrderedBundle(models.Model):
    """Written with the order. `parts` says what one was when it was ordered, and stays; `units`
    follow the order's lines when those are changed before the cut-off, and a row of none is gone
    (`shop.ordered_bundles.follow`).

    `parts`: [[stock record, units of it in one], …].
    """

    order = models.ForeignKey("order.Order", on_delete=models.PROTECT, related_name="bundles")
    item = models.ForeignKey("inventory.Item", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=255)
    units = models.PositiveSmallIntegerField()
    parts = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "item"], name="bundle_once_per_order"),
            models.CheckConstraint(condition=Q(units__gt=0), name="bundle_ordered_in_units"),
        ]

    def __str__(self) -> str:
        return f"ordered bundle #{self.pk}"
