"""Where an Oscar order belongs: round, door, and who placed it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Placement(models.Model):
    """What Oscar's order cannot say. Written with the order, in the same transaction."""

    order = models.OneToOneField(
        "order.Order", on_delete=models.PROTECT, primary_key=True, related_name="placement"
    )
    # One basket becomes one order: the database stops the second tap (DESIGN §7).
    basket = models.OneToOneField("basket.Basket", on_delete=models.PROTECT, related_name="+")
    round = models.ForeignKey("delivery.Round", on_delete=models.PROTECT, related_name="placements")
    household = models.ForeignKey(
        "delivery.Household", on_delete=models.PROTECT, related_name="placements"
    )
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    # How it was to be paid; one of `shop.payments.ways`. What was paid is in the moves.
    way = models.CharField(_("怎么付"), max_length=10, default="door")
    in_person = models.BooleanField(_("当面交"), default=False)
    note = models.CharField(_("给志愿者的话"), max_length=100, blank=True)

    class Meta:
        indexes = [models.Index(fields=["household", "round"], name="placement_household_round")]

    def __str__(self) -> str:
        return f"placement of order #{self.pk}"
