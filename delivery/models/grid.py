"""网格: an area served as one unit, who looks after it, and the ways in."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices


class RiskLevel(TextChoices):
    SEALED = "sealed", _("封控")
    CONTROLLED = "controlled", _("管控")
    PRECAUTION = "precaution", _("防范")
    NORMAL = "normal", _("常态")


class Grid(models.Model):
    station = models.ForeignKey("inventory.Station", on_delete=models.PROTECT, related_name="grids")
    name = models.CharField(_("名称"), max_length=40)
    # Where the grid stands in every list: 一 before 二 before 十, which no alphabet knows.
    position = models.PositiveSmallIntegerField(_("顺序"), default=0)
    risk_level = models.CharField(
        _("风险等级"), max_length=12, choices=RiskLevel, default=RiskLevel.NORMAL
    )
    # [[lon, lat], …] in WGS-84, not closed; empty while nobody has drawn it.
    polygon = models.JSONField(_("边界"), default=list, blank=True)
    entrance_lat = models.FloatField(_("入口纬度"), null=True, blank=True)
    entrance_lon = models.FloatField(_("入口经度"), null=True, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["station", "name"], name="grid_name_once_per_station")
        ]

    def __str__(self) -> str:
        return self.name


class GridRole(models.Model):
    """楼长 / 网格长: looks after the doors of a grid, or of one building in it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="grid_roles"
    )
    grid = models.ForeignKey(Grid, on_delete=models.CASCADE, related_name="roles")
    building = models.CharField(
        _("楼"), max_length=20, blank=True, help_text=_("不填就是网格长，填了是这幢楼的楼长。")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "grid", "building"], name="one_role_per_place")
        ]

    def __str__(self) -> str:
        return f"{self.grid} {self.building}".strip()


class Passage(models.Model):
    """A gate (卡口) or a road, open or closed, as it is drawn on the map."""

    class Kind(TextChoices):
        GATE = "gate", _("卡口")
        ROAD = "road", _("道路")

    station = models.ForeignKey(
        "inventory.Station", on_delete=models.CASCADE, related_name="passages"
    )
    kind = models.CharField(_("类别"), max_length=5, choices=Kind)
    name = models.CharField(_("名称"), max_length=40)
    is_open = models.BooleanField(_("通行"), default=True)
    # [[lon, lat], …] in WGS-84: one point for a gate, two or more for a road.
    points = models.JSONField(_("位置"), default=list)

    def __str__(self) -> str:
        return self.name
