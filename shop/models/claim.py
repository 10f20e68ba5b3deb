"""售后: a household says that something of what came was wrong."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices
from inventory.moving import MovingQuerySet
from shop.config.storage import private


class Claim(models.Model):
    """Said by the household or by staff on its behalf; answered by staff once. What it is given
    back is an adjustment of the order, like everything else that changes what is due."""

    class Kind(TextChoices):
        MISSING = "missing", _("少了")
        DAMAGED = "damaged", _("坏了")
        WRONG = "wrong", _("送错了")

    class Status(TextChoices):
        OPEN = "open", _("等答复")
        ACCEPTED = "accepted", _("已退钱")
        DECLINED = "declined", _("没有退")

    MOVES = {
        Status.OPEN: {Status.ACCEPTED, Status.DECLINED},
        Status.ACCEPTED: set(),
        Status.DECLINED: set(),
    }

    line = models.ForeignKey("order.Line", on_delete=models.PROTECT, related_name="claims")
    kind = models.CharField(_("怎么了"), max_length=8, choices=Kind)
    units = models.PositiveIntegerField(_("几份"))
    note = models.CharField(_("说明"), max_length=200, blank=True)
    # Staff and the household see it, nobody else: it shows somebody's kitchen.
    photo = models.FileField(upload_to="claims/", storage=private, blank=True)
    status = models.CharField(_("状态"), max_length=8, choices=Status, default=Status.OPEN)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"))
    nonce = models.UUIDField(unique=True)
    # Yuan given back.
    amount = models.DecimalField(_("退"), max_digits=10, decimal_places=2, default=0)
    answer = models.CharField(_("答复"), max_length=200, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+",
    )  # fmt: skip
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)

    objects = MovingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(units__gt=0), name="a_claim_is_about_something"),
            models.CheckConstraint(
                condition=Q(status="open", answered_at__isnull=True)
                | (~Q(status="open") & Q(answered_at__isnull=False)),
                name="an_answer_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["line"], condition=Q(status="open"), name="claim_open"),
        ]

    def __str__(self) -> str:
        return f"claim #{self.pk}"
