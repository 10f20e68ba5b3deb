"""交接: what happened at a stop."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices


class Handoff(models.Model):
    """Answers who left what where and when, and who said otherwise later.

    Written only by `delivery.handoffs`, in the transaction that moves the stop. The first row
    decides a stop; a correction is a new row that names the one it corrects, so the rows of a
    stop are a chain and its last one counts. Rows are never changed or deleted.
    """

    class Outcome(TextChoices):
        LEFT = "left", _("放门口")
        HANDED = "handed", _("当面交")
        FAILED = "failed", _("没送成")

    class Reason(TextChoices):
        NOBODY = "nobody", _("没人应门")
        WRONG_DOOR = "wrong_door", _("地址不对")
        REFUSED = "refused", _("不要了")
        BLOCKED = "blocked", _("过不去")
        DAMAGED = "damaged", _("东西坏了")
        OTHER = "other", _("其他")

    stop = models.ForeignKey("delivery.Stop", on_delete=models.PROTECT, related_name="handoffs")
    outcome = models.CharField(_("结果"), max_length=8, choices=Outcome)
    reason = models.CharField(_("原因"), max_length=12, choices=Reason, blank=True)
    note = models.CharField(_("备注"), max_length=200, blank=True)
    # Yuan taken at the door, as the courier says.
    cash = models.DecimalField(_("收现金"), max_digits=10, decimal_places=2, default=0)
    # Yuan the household sent to the station's account while the courier looked on.
    transfer = models.DecimalField(_("转账"), max_digits=10, decimal_places=2, default=0)
    # The client's own number for this tap: a repeat of the same submission changes nothing.
    nonce = models.UUIDField(unique=True)
    tapped_at = models.DateTimeField(_("点按时间"))
    received_at = models.DateTimeField(_("收到时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrected_by"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["stop"], condition=Q(corrects__isnull=True), name="one_handoff_decides"
            ),
            models.CheckConstraint(
                condition=(Q(outcome="failed") & ~Q(reason=""))
                | (~Q(outcome="failed") & Q(reason="")),
                name="a_failure_has_a_reason",
            ),
            models.CheckConstraint(condition=Q(cash__gte=0), name="cash_not_negative"),
            models.CheckConstraint(condition=Q(transfer__gte=0), name="transfer_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} @ stop #{self.stop_id}"
