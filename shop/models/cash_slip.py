"""点款单: what one person counted, until somebody else says so too."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices
from inventory.moving import MovingQuerySet


class CashSlip(models.Model):
    """Said on one phone, confirmed on another: then it is a `CashCount` with both names, the same
    nonce, and its moves. Until then no money has moved. Written by `shop.money.cash.slips`."""

    class Status(TextChoices):
        OPEN = "open", _("等第二个人确认")
        CONFIRMED = "confirmed", _("已确认")
        WITHDRAWN = "withdrawn", _("已收回")

    MOVES = {
        Status.OPEN: {Status.CONFIRMED, Status.WITHDRAWN},
        Status.CONFIRMED: set(),
        Status.WITHDRAWN: set(),
    }

    station = models.ForeignKey(
        "inventory.Station", on_delete=models.PROTECT, related_name="cash_slips"
    )
    # Whose hands it comes from; None: the till was counted.
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+",
    )  # fmt: skip
    # Yuan; `expected` is what the books said when it was counted.
    expected = models.DecimalField(_("应有"), max_digits=10, decimal_places=2)
    counted = models.DecimalField(_("点到"), max_digits=10, decimal_places=2)
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    note = models.CharField(_("备注"), max_length=100, blank=True)
    status = models.CharField(_("状态"), max_length=9, choices=Status, default=Status.OPEN)
    nonce = models.UUIDField(unique=True)
    at = models.DateTimeField(_("时间"))

    objects = MovingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(counted__gte=0), name="a_slip_is_not_below_zero"),
            models.UniqueConstraint(
                fields=["station", "holder"],
                condition=Q(status="open", holder__isnull=False),
                name="one_open_slip_for_hands",
            ),
            models.UniqueConstraint(
                fields=["station"],
                condition=Q(status="open", holder__isnull=True),
                name="one_open_slip_for_the_till",
            ),
        ]

    def __str__(self) -> str:
        return f"cash slip #{self.pk}"

    @property
    def difference(self):
        """Yuan more (below zero: less) than the books said."""
        return self.counted - self.expected
