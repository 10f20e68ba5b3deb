"""群接龙、快团团: spreadsheets of group buys that became orders."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class GroupBuy(models.Model):
    """One export of a group buy, as it was imported into a round: by whom, when, and which bytes.
    The same export again is the same row."""

    round = models.ForeignKey("delivery.Round", on_delete=models.PROTECT, related_name="group_buys")
    # A module of `shop.group_buys.formats`.
    source = models.CharField(_("来源"), max_length=20)
    # SHA-256 of the file.
    fingerprint = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"), auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "source", "fingerprint"], name="one_row_per_export_and_round"
            )
        ]

    def __str__(self) -> str:
        return f"group buy #{self.pk}"


class GroupBuyRow(models.Model):
    """Answers what of a group buy was ordered already: so many units of a good for a door under
    the export's own number. Written with the order, in the same transaction.

    More of the same later (a longer export, or what was short) is another row that says how many
    were ordered `before` it: two who import at once cannot both write the next one.
    """

    group_buy = models.ForeignKey(GroupBuy, on_delete=models.PROTECT, related_name="rows")
    round = models.ForeignKey("delivery.Round", on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=20)
    # What the export numbers its orders by (跟团号); "" where it does not.
    number = models.CharField(_("号"), max_length=40, blank=True)
    household = models.ForeignKey(
        "delivery.Household", on_delete=models.PROTECT, related_name="group_buy_rows"
    )
    item = models.ForeignKey("inventory.Item", on_delete=models.PROTECT, related_name="+")
    before = models.PositiveIntegerField(default=0)
    units = models.PositiveIntegerField()
    order = models.ForeignKey(
        "order.Order", on_delete=models.PROTECT, related_name="group_buy_rows"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "source", "number", "household", "item", "before"],
                name="a_group_buys_row_is_ordered_once",
            ),
            models.CheckConstraint(condition=Q(units__gt=0), name="a_group_buys_row_has_units"),
        ]

    def __str__(self) -> str:
        return f"row of group buy #{self.group_buy_id}"
