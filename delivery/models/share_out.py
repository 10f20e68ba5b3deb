"""分货: how what came was shared among the households of a round."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.models import ShareRule


class ShareOut(models.Model):
    """Answers by which rule a good was shared, and of how much, when somebody asks why they got
    less. What each household got is on its parcel line. Append-only."""

    round = models.ForeignKey("delivery.Round", on_delete=models.PROTECT, related_name="share_outs")
    item = models.ForeignKey("inventory.Item", on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(_("规则"), max_length=10, choices=ShareRule)
    households = models.PositiveIntegerField(_("户数"))
    asked = models.PositiveIntegerField(_("一共要"))
    available = models.PositiveIntegerField(_("一共有"))
    given = models.PositiveIntegerField(_("一共分了"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"))

    class Meta:
        indexes = [models.Index(fields=["round", "item"], name="share_out_round_item")]
        constraints = [
            models.CheckConstraint(
                condition=Q(given__lte=F("asked")) & Q(given__lte=F("available")),
                name="no_more_is_given_than_there_is",
            )
        ]

    def __str__(self) -> str:
        return f"share-out #{self.pk}"
