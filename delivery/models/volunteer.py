"""志愿者: carries batches."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Volunteer(models.Model):
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="volunteer"
    )
    station = models.ForeignKey(
        "inventory.Station", on_delete=models.PROTECT, related_name="volunteers"
    )
    capacity_g = models.PositiveIntegerField(_("一趟能带（克）"), default=50_000)
    max_stops = models.PositiveSmallIntegerField(_("一趟几户"), default=25)
    active = models.BooleanField(_("在岗"), default=True)
    # Empty: any grid of the station.
    grids = models.ManyToManyField(
        "delivery.Grid", blank=True, related_name="volunteers", verbose_name=_("负责网格")
    )

    class Meta:
        ordering = ["user__name", "pk"]

    def __str__(self) -> str:
        return f"volunteer #{self.pk}"
