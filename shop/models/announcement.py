"""公告: what the station, or a grid's leader, tells everybody."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AnnouncementQuerySet(models.QuerySet):
    def shown_in(self, grid, now=None):
        """What the doors of a grid read now, newest first."""
        now = now or timezone.now()
        current = Q(starts_at__lte=now) & (Q(ends_at=None) | Q(ends_at__gt=now))
        mine = Q(grid=grid) | Q(grid=None)
        return self.filter(current, mine, station=grid.station_id).order_by("-starts_at", "-pk")


class Announcement(models.Model):
    """Public words: no names of residents in them. `grid` None: for every grid of the station."""

    station = models.ForeignKey(
        "inventory.Station", on_delete=models.CASCADE, related_name="announcements"
    )
    grid = models.ForeignKey("delivery.Grid", on_delete=models.CASCADE, null=True, blank=True)
    text = models.CharField(_("内容"), max_length=200)
    starts_at = models.DateTimeField(_("从何时起"), default=timezone.now)
    ends_at = models.DateTimeField(_("到何时止"), null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="announcement_ends_after_it_starts",
                violation_error_message=_("结束时间要晚于开始时间。"),
            )
        ]

    def __str__(self) -> str:
        return f"announcement #{self.pk}"
