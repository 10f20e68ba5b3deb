"""货品: the stock side of an Oscar product at one station."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Item(models.Model):
    """What the station must know to store, carry and share out one good.

    One per Oscar stock record, so two stations may sell the same product from their own stock,
    at their own cost. The counters stay on the stock record; only `inventory.stock` writes them.
    """

    record = models.OneToOneField(
        "partner.StockRecord", on_delete=models.PROTECT, related_name="item"
    )
    unit = models.CharField(_("单位"), max_length=20, default="份")
    weight_g = models.PositiveIntegerField(_("重量（克）"), default=0)
    cold = models.BooleanField(_("冷藏"), default=False)
    shelf = models.CharField(_("货架"), max_length=20, blank=True)
    household_limit = models.PositiveSmallIntegerField(
        _("每户限购"), null=True, blank=True, help_text=_("每个波次每户最多买几份，不填就不限。")
    )

    def __str__(self) -> str:
        return f"item #{self.pk}"
