"""套餐: a good that is nothing but others, put together."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class BundlePart(models.Model):
    """So many units of `part` are in one `bundle`, an item that is sold as `BUNDLE`.

    A bundle has no stock and no price of its own: there are as many as its parts make, and it
    costs what they cost. What is ordered, picked and settled are the parts.
    """

    bundle = models.ForeignKey("inventory.Item", on_delete=models.CASCADE, related_name="parts")
    part = models.ForeignKey("inventory.Item", on_delete=models.PROTECT, related_name="+")
    units = models.PositiveSmallIntegerField(_("份数"), default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bundle", "part"], name="part_once_per_bundle"),
            models.CheckConstraint(condition=Q(units__gt=0), name="bundle_holds_whole_units"),
            models.CheckConstraint(
                condition=~Q(bundle=F("part")), name="bundle_is_not_its_own_part"
            ),
        ]

    def __str__(self) -> str:
        return f"part #{self.pk}"
