"""What a station is, and who works in it."""

from datetime import time
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices


def _default_ways() -> list[str]:
    """Needs no network."""
    return ["door", "account"]


def _default_sms_kinds() -> list[str]:
    """What somebody has to know now, wherever they are; and who has a standing order need not look
    into the shop at all."""
    return ["changed", "on_way", "failed", "standing"]


def _default_robot_kinds() -> list[str]:
    """All that a chat can be told: some ten lines a day, for neighbours who look nowhere else."""
    return ["opens", "last_hour", "changed", "on_way", "delivered", "failed"]


class Station(models.Model):
    """驿站: one store with its own stock, serving one village. Goods hang on its Oscar partner."""

    partner = models.OneToOneField(
        "partner.Partner", on_delete=models.PROTECT, related_name="station"
    )
    code = models.SlugField(_("代码"), max_length=32, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    phone = models.CharField(_("驿站电话"), max_length=20, blank=True)
    lat = models.FloatField(_("纬度"), null=True, blank=True)
    lon = models.FloatField(_("经度"), null=True, blank=True)
    # What one batch may be at most while nobody in particular carries it yet.
    batch_weight_g = models.PositiveIntegerField(_("每批重量上限（克）"), default=50_000)
    batch_stops = models.PositiveSmallIntegerField(_("每批户数上限"), default=25)
    # Declared and published: how much of its cost a good's price may carry for what is lost.
    loss_rate = models.DecimalField(_("损耗率"), max_digits=5, decimal_places=4, default=0)
    # Codes of `shop.payments.ways`, in the order in which they are offered.
    ways_to_pay = models.JSONField(_("付款方式"), default=_default_ways)
    # Goods of an order that is paid online are held so long, in minutes.
    payment_hold_min = models.PositiveSmallIntegerField(_("网上付款留货（分钟）"), default=40)
    # Less than this (yuan) is not sent back through the bank, but put into the door's account.
    smallest_refund = models.DecimalField(
        _("最小退款"), max_digits=6, decimal_places=2, default=Decimal("1.00")
    )
    # No phone rings between these hours; what is urgent waits in the inbox.
    quiet_from = models.TimeField(_("晚上几点以后不打扰"), default=time(21, 30))
    quiet_to = models.TimeField(_("早上几点以前不打扰"), default=time(7, 0))
    # Kinds of `shop.Message` that go out by text message, and to the grids' group chats. Everything
    # is in the doors' inbox anyhow.
    sms_kinds = models.JSONField(_("发短信的"), default=_default_sms_kinds, blank=True)
    robot_kinds = models.JSONField(_("发到群里的"), default=_default_robot_kinds, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                # Stripe keeps a payment page open for 30 minutes at least, a day at most.
                condition=models.Q(payment_hold_min__range=(35, 1440)),
                name="payment_hold_fits_stripe",
            ),
            models.CheckConstraint(
                condition=models.Q(smallest_refund__gte=0), name="smallest_refund_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(loss_rate__gte=0) & models.Q(loss_rate__lte=Decimal("0.2")),
                name="loss_rate_in_bounds",
                violation_error_message=_("损耗率在 0 到 20% 之间。"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def loss_percent(self) -> str:
        """The loss rate as it is published: 0.02 → "2.00"."""
        return f"{self.loss_rate * 100:.2f}"


class Membership(models.Model):
    """Who works at a station, and as what. Couriers are `delivery.Volunteer`."""

    class Role(TextChoices):
        STAFF = "staff", _("驿站工作人员")
        MANAGER = "manager", _("站长")

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(_("角色"), max_length=10, choices=Role, default=Role.STAFF)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["station", "user"], name="one_membership_per_station")
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} #{self.user_id}"
