"""盘点: what was found on a shelf, against what the books say."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices
from inventory.moving import MovingQuerySet


class StockCount(models.Model):
    class Status(TextChoices):
        OPEN = "open", _("在盘")
        COUNTED = "counted", _("等人核对")
        APPROVED = "approved", _("已核对")
        CANCELLED = "cancelled", _("已取消")

    #: from -> to. Back to open: whoever checked it asks for a recount.
    MOVES = {
        Status.OPEN: {Status.COUNTED, Status.CANCELLED},
        Status.COUNTED: {Status.APPROVED, Status.OPEN, Status.CANCELLED},
        Status.APPROVED: set(),
        Status.CANCELLED: set(),
    }

    station = models.ForeignKey(
        "inventory.Station", on_delete=models.PROTECT, related_name="counts"
    )
    shelf = models.CharField(_("货架"), max_length=20, blank=True)
    # Blind: whoever counts does not see what the books say.
    blind = models.BooleanField(_("盲盘"), default=False)
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.OPEN)
    begun_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    begun_at = models.DateTimeField(_("开始"))
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    counted_at = models.DateTimeField(_("盘完"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    approved_at = models.DateTimeField(_("核对"), null=True, blank=True)

    objects = MovingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["station", "shelf"],
                condition=Q(status__in=["open", "counted"]),
                name="one_count_at_a_shelf",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved")
                | (Q(approved_by__isnull=False) & ~Q(approved_by=F("counted_by"))),
                name="a_second_person_approves",
            ),
        ]

    def __str__(self) -> str:
        return f"PD-{self.pk:04d}"


class CountLine(models.Model):
    """One good of the shelf. The difference is taken against the books of the moment it was
    counted, so what is picked between the counting and the approval is not counted twice."""

    count = models.ForeignKey(StockCount, on_delete=models.CASCADE, related_name="lines")
    item = models.ForeignKey("inventory.Item", on_delete=models.PROTECT, related_name="+")
    found = models.PositiveIntegerField(_("实有"), null=True, blank=True)
    booked = models.PositiveIntegerField(_("账上"), null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(_("时间"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["count", "item"], name="a_good_once_per_count"),
            models.CheckConstraint(
                condition=Q(found__isnull=True, booked__isnull=True)
                | Q(found__isnull=False, booked__isnull=False),
                name="found_against_booked",
            ),
        ]

    def __str__(self) -> str:
        return f"count of item #{self.item_id}"

    @property
    def difference(self) -> int | None:
        if self.found is None or self.booked is None:
            return None
        return self.found - self.booked
