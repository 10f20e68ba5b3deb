"""波次: an ordering window with a delivery window."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inventory.choices import TextChoices
from inventory.moving import MovingQuerySet


class RoundQuerySet(MovingQuerySet):
    def taking_orders(self, now=None):
        """Open, and its clock has not run out: the beat job may be a few seconds late.

        `opens_at` does not count here: a round may be opened by hand before its hour.
        """
        return self.filter(status=Round.Status.OPEN, closes_at__gt=now or timezone.now())

    def due(self, now):
        """What the clock should have opened or closed by now."""
        return self.filter(
            Q(status=Round.Status.PLANNED, opens_at__lte=now)
            | Q(status=Round.Status.OPEN, closes_at__lte=now)
        )

    def serving(self, grid):
        """Rounds of the grid's station that are for every grid, or name this one."""
        return self.reaching(grid.pk, grid.station_id)

    def reaching(self, grid_id, station_id):
        """The same, for a query that learns later which grid it is."""
        named = Q(grids=grid_id) | Q(grids__isnull=True)
        return self.filter(named, station=station_id).distinct()


class Round(models.Model):
    class Status(TextChoices):
        PLANNED = "planned", _("未开始")
        OPEN = "open", _("接单中")
        CLOSED = "closed", _("已截单")
        CANCELLED = "cancelled", _("已取消")

    #: from -> to; `delivery.rounds` moves them, nobody else.
    MOVES = {
        Status.PLANNED: {Status.OPEN, Status.CANCELLED},
        Status.OPEN: {Status.CLOSED},
        Status.CLOSED: set(),
        Status.CANCELLED: set(),
    }

    station = models.ForeignKey(
        "inventory.Station", on_delete=models.PROTECT, related_name="rounds"
    )
    name = models.CharField(_("名称"), max_length=40)
    opens_at = models.DateTimeField(_("开始接单"))
    closes_at = models.DateTimeField(pgettext_lazy("时间", "截单"))
    delivers_from = models.DateTimeField(_("开始派送"))
    delivers_to = models.DateTimeField(_("送完"))
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.PLANNED)
    grids = models.ManyToManyField(
        "delivery.Grid", blank=True, related_name="rounds", verbose_name=_("只给这些网格")
    )
    repeats_daily = models.BooleanField(
        _("每天重复"), default=False, help_text=_("截单时自动排好明天同一时间的波次。")
    )

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering = ["-opens_at", "-pk"]
        indexes = [models.Index(fields=["station", "status"], name="round_station_status")]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at__lt=F("closes_at"))
                & Q(closes_at__lte=F("delivers_from"))
                & Q(delivers_from__lt=F("delivers_to")),
                name="round_times_in_order",
            ),
            # The daily repeat is made once, however often the closing is retried.
            models.UniqueConstraint(
                fields=["station", "name", "opens_at"], name="round_once_per_opening"
            ),
        ]

    def __str__(self) -> str:
        return self.name
