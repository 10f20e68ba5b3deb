"""互助金: somebody else pays, all or in part."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices


class Fund(models.Model):
    """Money given to pay for others. What is in it: its moves. The open book shows that sum; for
    whom it paid is nobody's business."""

    class Giver(TextChoices):
        DONATION = "donation", _("捐款")
        TOWNSHIP = "township", _("街镇拨款")

    station = models.ForeignKey("inventory.Station", on_delete=models.PROTECT, related_name="funds")
    name = models.CharField(_("名称"), max_length=40)
    giver = models.CharField(_("来源"), max_length=10, choices=Giver)
    active = models.BooleanField(_("在用"), default=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["station", "name"], name="one_fund_of_a_name")
        ]

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """What a fund pays for: `share` of everything a household orders, or of a good whoever orders
    it. Of several that fit a line the largest share counts, of equal ones the first."""

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="grants")
    household = models.ForeignKey(
        "delivery.Household", on_delete=models.PROTECT, null=True, blank=True,
        related_name="grants",
    )  # fmt: skip
    item = models.ForeignKey(
        "inventory.Item", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # 1: all of it.
    share = models.DecimalField(_("补几成"), max_digits=5, decimal_places=4)
    active = models.BooleanField(_("在用"), default=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(share__gt=0) & Q(share__lte=Decimal(1)), name="a_share_of_one"
            ),
            models.CheckConstraint(
                condition=Q(household__isnull=False, item__isnull=True)
                | Q(household__isnull=True, item__isnull=False),
                name="for_a_household_or_a_good",
            ),
            models.UniqueConstraint(
                fields=["fund", "household"],
                condition=Q(active=True, household__isnull=False),
                name="one_grant_for_a_household",
            ),
            models.UniqueConstraint(
                fields=["fund", "item"],
                condition=Q(active=True, item__isnull=False),
                name="one_grant_for_a_good",
            ),
        ]

    def __str__(self) -> str:
        return f"grant #{self.pk}"

    @property
    def percent(self) -> str:
        """`50`, `33.33`."""
        return f"{self.share * 100:f}".rstrip("0").rstrip(".")


class Subsidy(models.Model):
    """What a fund agreed to pay of one order line, when it was ordered; `share` of whatever the
    line comes to in the end. Written with the order; append-only. The money is in the moves."""

    order = models.ForeignKey("order.Order", on_delete=models.PROTECT, related_name="subsidies")
    line = models.OneToOneField("order.Line", on_delete=models.PROTECT, related_name="subsidy")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="subsidies")
    # Less than the grant's where the fund had no more.
    share = models.DecimalField(_("补几成"), max_digits=7, decimal_places=6)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(share__gt=0) & Q(share__lte=Decimal(1)), name="a_subsidy_of_one"
            )
        ]

    def __str__(self) -> str:
        return f"subsidy of line #{self.line_id}"
