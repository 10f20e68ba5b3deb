"""纸单: an order form on paper, for doors without a phone."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class SlipSheet(models.Model):
    """Which goods a printed form lists for a round, under which numbers: the first one is 1.

    The paper is filled in at home and comes back a day later; what its numbers mean must not
    have changed by then.
    """

    round = models.ForeignKey(
        "delivery.Round", on_delete=models.PROTECT, related_name="slip_sheets"
    )
    # Keys of items, in the order they are printed.
    items = models.JSONField(default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"slip sheet #{self.pk}"


class Slip(models.Model):
    """A form that came back and was keyed: one order per door and round, however often it is
    scanned. If that order is cancelled, it can be keyed again."""

    sheet = models.ForeignKey(SlipSheet, on_delete=models.PROTECT, related_name="slips")
    round = models.ForeignKey("delivery.Round", on_delete=models.PROTECT, related_name="+")
    household = models.ForeignKey(
        "delivery.Household", on_delete=models.PROTECT, related_name="slips"
    )
    order = models.ForeignKey("order.Order", on_delete=models.PROTECT, related_name="slips")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "household"], name="one_slip_per_door_and_round"
            )
        ]

    def __str__(self) -> str:
        return f"slip #{self.pk}"
