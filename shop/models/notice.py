"""告知: a household must hear that something about its order changed."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """What changed is on the order (its adjustments); this row says that somebody must see it.
    Shown on the door's pages until it was seen, and to the leaders of doors without a phone."""

    household = models.ForeignKey(
        "delivery.Household", on_delete=models.PROTECT, related_name="notices"
    )
    order = models.ForeignKey("order.Order", on_delete=models.PROTECT, related_name="notices")
    at = models.DateTimeField(_("时间"))
    seen_at = models.DateTimeField(_("看过"), null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["household"], condition=Q(seen_at__isnull=True), name="notice_unseen"
            )
        ]

    def __str__(self) -> str:
        return f"notice #{self.pk}"
