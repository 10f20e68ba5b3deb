"""One row per change of state, for the timeline of a parcel and the story of a day."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices


class Event(models.Model):
    """Answers when a round, batch or parcel changed, and by whose hand (nobody: the clock).

    Written by the rule that makes the change, in its transaction; never changed or deleted.
    Orders have Oscar's own `OrderStatusChange` for the same.
    """

    class Kind(TextChoices):
        ROUND_OPENED = "round_opened", _("开始接单")
        ROUND_CLOSED = "round_closed", _("截单")
        ROUND_CANCELLED = "round_cancelled", _("取消波次")
        ROUND_REPEAT_ENDED = "round_repeat_ended", _("不再每天重复")
        BATCH_PLANNED = "batch_planned", _("排好批次")
        BATCH_GIVEN = "batch_given", _("派给志愿者")
        BATCH_TAKEN_BACK = "batch_taken_back", _("收回")
        BATCH_PACKED = "batch_packed", _("装好")
        BATCH_REOPENED = "batch_reopened", _("拆开重装")
        SHARED_OUT = "shared_out", _("分货")
        BATCH_STARTED = "batch_started", _("出发")
        BATCH_DONE = "batch_done", _("送完")
        HANDOFF_CONFLICT = "handoff_conflict", _("重复提交内容不一致")

    kind = models.CharField(_("类别"), max_length=20, choices=Kind)
    round = models.ForeignKey(
        "delivery.Round", on_delete=models.PROTECT, null=True, related_name="events"
    )
    batch = models.ForeignKey(
        "delivery.Batch", on_delete=models.PROTECT, null=True, related_name="events"
    )
    stop = models.ForeignKey(
        "delivery.Stop", on_delete=models.PROTECT, null=True, related_name="events"
    )
    # Figures and choices only; never a name, a phone or a need.
    data = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(_("时间"))

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["batch", "kind"], name="event_batch_kind")]

    def __str__(self) -> str:
        return self.get_kind_display()
