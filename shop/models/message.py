"""消息: what somebody is told (`Message`), and what goes out to make them look (`Sending`)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices
from inventory.moving import MovingQuerySet


class Message(models.Model):
    """One per door and event, or per grid and event: `key` names the event, and the database
    refuses a second. Doors read theirs in the inbox, grids theirs in the group chat."""

    class Kind(TextChoices):
        ROUND_OPENS = "opens", _("开始接单")
        LAST_HOUR = "last_hour", _("快截单了")
        CHANGED = "changed", _("订单有变动")
        ON_WAY = "on_way", _("在路上了")
        DELIVERED = "delivered", _("送到了")
        FAILED = "failed", _("没送到")
        STANDING = "standing", _("每波都要")
        ANSWER = "answer", _("驿站的答复")

    #: What a whole grid may read in its group chat: nothing of any one door.
    FOR_GRIDS = (
        Kind.ROUND_OPENS,
        Kind.LAST_HOUR,
        Kind.CHANGED,
        Kind.ON_WAY,
        Kind.DELIVERED,
        Kind.FAILED,
    )

    station = models.ForeignKey(
        "inventory.Station", on_delete=models.CASCADE, related_name="messages"
    )
    household = models.ForeignKey(
        "delivery.Household",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="messages",
    )
    grid = models.ForeignKey(
        "delivery.Grid", on_delete=models.CASCADE, null=True, blank=True, related_name="messages"
    )
    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    # `round 12 opens`, `order 34 on the way`: what happened, without a name or a number of anybody.
    event = models.CharField(max_length=60)
    # To the group chat of a grid no door, no name, no phone.
    text = models.CharField(_("内容"), max_length=300)
    # Where it leads, of ours.
    path = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    seen_at = models.DateTimeField(_("看过"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["household", "event"],
                condition=Q(household__isnull=False),
                name="one_message_per_door_and_event",
            ),
            models.UniqueConstraint(
                fields=["grid", "event"],
                condition=Q(grid__isnull=False),
                name="one_message_per_grid_and_event",
            ),
            models.CheckConstraint(
                condition=Q(household__isnull=False, grid=None)
                | Q(household=None, grid__isnull=False),
                name="message_to_a_door_or_a_grid",
            ),
        ]
        indexes = [
            models.Index(fields=["household", "-at"], name="message_household_at"),
            models.Index(
                fields=["household"], condition=Q(seen_at__isnull=True), name="message_unseen"
            ),
        ]

    def __str__(self) -> str:
        return f"message #{self.pk}"


class Sending(models.Model):
    """发件箱: one text message or one line to a group robot. Swept until it is sent, has failed too
    often, or nobody needs it any more.

    `sealed` holds where it goes and what it says, encrypted (`shop.messaging.sealing`), and is
    emptied as soon as the row is done with: phones and codes do not pile up here.
    """

    class Channel(TextChoices):
        SMS = "sms", _("短信")
        ROBOT = "robot", _("群机器人")

    class Status(TextChoices):
        WAITING = "waiting", _("等着发")
        SENT = "sent", _("发了")
        FAILED = "failed", _("发不出")
        DROPPED = "dropped", _("不用发了")

    #: from -> to; `shop.messaging.outbox` moves them, nobody else.
    MOVES = {
        Status.WAITING: {Status.SENT, Status.FAILED, Status.DROPPED},
        Status.FAILED: {Status.WAITING, Status.DROPPED},
        Status.SENT: set(),
        Status.DROPPED: set(),
    }

    station = models.ForeignKey(
        "inventory.Station", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    # None: a login code, which is nobody's news.
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, null=True, blank=True, related_name="sendings"
    )
    channel = models.CharField(_("怎么发"), max_length=5, choices=Channel)
    # Which of the gateway's templates; a key of `shop.messaging.templates`.
    template = models.CharField(max_length=20)
    # Keyed hash of where it goes: two of one family with the same phone hear it once.
    to_hash = models.CharField(max_length=64)
    sealed = models.TextField(blank=True)
    status = models.CharField(_("状态"), max_length=8, choices=Status, default=Status.WAITING)
    tries = models.PositiveSmallIntegerField(_("试了几次"), default=0)
    next_try_at = models.DateTimeField(_("下次发"))
    expires_at = models.DateTimeField(_("过了就不用发"))
    # What the gateway answered, without what we sent.
    error = models.CharField(_("原因"), max_length=200, blank=True)
    provider_id = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    sent_at = models.DateTimeField(_("发出时间"), null=True, blank=True)

    objects = MovingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["message", "channel", "to_hash"],
                condition=Q(message__isnull=False),
                name="one_sending_per_message_and_receiver",
            ),
            models.CheckConstraint(
                condition=Q(status="waiting") | Q(status="failed") | Q(sealed=""),
                name="nothing_kept_of_what_is_done",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=Q(status="waiting"), name="sending_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"sending #{self.pk}"


class GridRobot(models.Model):
    """群机器人: the group chat of a grid. Its address is a secret: who has it can write there."""

    grid = models.OneToOneField(
        "delivery.Grid", on_delete=models.CASCADE, primary_key=True, related_name="robot"
    )
    sealed_url = models.TextField()
    active = models.BooleanField(_("开着"), default=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"robot of grid #{self.pk}"
