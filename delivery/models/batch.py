"""配送批次: the stops of one grid in one round that one courier carries."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from delivery.models.grid import RiskLevel
from inventory.choices import TextChoices
from inventory.moving import MovingQuerySet


class BatchQuerySet(MovingQuerySet):
    def given_to(self, user):
        """The open batches this courier carries: nothing else of the day is theirs to see."""
        return self.filter(courier__user=user, courier__active=True, status__in=Batch.OPEN_STATUSES)


class Batch(models.Model):
    class Status(TextChoices):
        PLANNED = "planned", _("待装车")
        PACKED = "packed", _("已装好")
        OUT = "out", _("在送")
        DONE = "done", _("送完")

    #: from -> to; `delivery.batches` and the last handoff move them, nobody else.
    MOVES = {
        Status.PLANNED: {Status.PACKED},
        Status.PACKED: {Status.OUT, Status.PLANNED},
        Status.OUT: {Status.DONE},
        Status.DONE: set(),
    }
    OPEN_STATUSES = (Status.PLANNED, Status.PACKED, Status.OUT)

    round = models.ForeignKey("delivery.Round", on_delete=models.PROTECT, related_name="batches")
    grid = models.ForeignKey("delivery.Grid", on_delete=models.PROTECT, related_name="batches")
    # The grid's level when the batch was made: a later change must be seen, not lost.
    risk_level = models.CharField(_("风险等级"), max_length=12, choices=RiskLevel)
    number = models.PositiveSmallIntegerField(_("第几批"))
    courier = models.ForeignKey(
        "delivery.Volunteer",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="batches",
    )
    status = models.CharField(_("状态"), max_length=8, choices=Status, default=Status.PLANNED)
    weight_g = models.PositiveIntegerField(_("重量（克）"), default=0)
    stop_count = models.PositiveSmallIntegerField(_("户数"), default=0)

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["grid__position", "number", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "grid", "number"], name="batch_number_once_per_grid"
            ),
            models.CheckConstraint(
                condition=Q(courier__isnull=False) | ~Q(status__in=["out", "done"]),
                name="a_batch_out_has_a_courier",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grid.name}-{self.number}"


class Stop(models.Model):
    """停靠点: one door in a batch, with all parcels of that household."""

    class Status(TextChoices):
        WAITING = "waiting", _("未到")
        LEFT = "left", _("放门口")
        HANDED = "handed", _("当面交")
        FAILED = "failed", _("没送成")

    #: from -> to; the first handoff decides, a correction says otherwise.
    MOVES = {
        Status.WAITING: {Status.LEFT, Status.HANDED, Status.FAILED},
        Status.LEFT: {Status.HANDED, Status.FAILED},
        Status.HANDED: {Status.LEFT, Status.FAILED},
        Status.FAILED: {Status.LEFT, Status.HANDED},
    }

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="stops")
    household = models.ForeignKey(
        "delivery.Household", on_delete=models.PROTECT, related_name="stops"
    )
    position = models.PositiveSmallIntegerField(_("第几户"))
    # Follows the latest handoff; `delivery.handoffs` writes both in one transaction.
    status = models.CharField(_("状态"), max_length=8, choices=Status, default=Status.WAITING)
    decided_at = models.DateTimeField(_("交接时间"), null=True, blank=True)
    parcels = models.ManyToManyField(
        "delivery.Parcel", through="delivery.StopParcel", related_name="stops"
    )

    objects = MovingQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "household"], name="one_stop_per_door"),
            models.UniqueConstraint(fields=["batch", "position"], name="one_stop_per_position"),
            models.CheckConstraint(
                condition=Q(status="waiting", decided_at__isnull=True)
                | (~Q(status="waiting") & Q(decided_at__isnull=False)),
                name="a_decided_stop_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"stop #{self.pk}"


class StopParcel(models.Model):
    """Which parcel went to which stop. `active` ends when the stop fails: the parcel is free
    for a later batch, and this row stays as the record of the attempt."""

    stop = models.ForeignKey(Stop, on_delete=models.PROTECT, related_name="loads")
    parcel = models.ForeignKey("delivery.Parcel", on_delete=models.PROTECT, related_name="loads")
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stop", "parcel"], name="a_parcel_once_per_stop"),
            # DESIGN §2.5: every parcel in at most one open batch, whoever plans at once.
            models.UniqueConstraint(
                fields=["parcel"], condition=Q(active=True), name="a_parcel_in_one_batch"
            ),
        ]

    def __str__(self) -> str:
        return f"parcel #{self.parcel_id} at stop #{self.stop_id}"
