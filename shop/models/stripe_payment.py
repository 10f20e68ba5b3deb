"""网上支付: attempts to pay an order at Stripe, and what Stripe told us."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices
from inventory.moving import MovingQuerySet


class StripePayment(models.Model):
    """One Checkout Session for one order. The row is there before Stripe is asked, so that an
    answer that gets lost can be asked for again with the same key."""

    class Status(TextChoices):
        NEW = "new", _("还没建好")
        OPEN = "open", _("等付款")
        PROCESSING = "processing", _("处理中")
        PAID = "paid", _("已付")
        FAILED = "failed", _("没付成")
        EXPIRED = "expired", _("过期")

    #: from -> to. Money that comes after all is taken, whatever we thought before.
    MOVES = {
        Status.NEW: {Status.OPEN, Status.PROCESSING, Status.PAID, Status.FAILED, Status.EXPIRED},
        Status.OPEN: {Status.PROCESSING, Status.PAID, Status.FAILED, Status.EXPIRED},
        Status.PROCESSING: {Status.PAID, Status.FAILED, Status.EXPIRED},
        Status.FAILED: {Status.PROCESSING, Status.PAID},
        Status.EXPIRED: {Status.PROCESSING, Status.PAID},
        Status.PAID: set(),
    }

    class IfLate(TextChoices):
        """What is to happen if the money comes when the goods are gone."""

        REFUND = "refund", _("退钱")
        BACK_ORDER = "back_order", _("下次到货再送")

    order = models.ForeignKey(
        "order.Order", on_delete=models.PROTECT, related_name="stripe_payments"
    )
    # Yuan asked for; what came is in the moves.
    amount = models.DecimalField(_("金额"), max_digits=10, decimal_places=2)
    if_late = models.CharField(_("付晚了"), max_length=10, choices=IfLate, default=IfLate.REFUND)
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.NEW)
    # Idempotency key of making the session.
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    session_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    intent_id = models.CharField(max_length=255, blank=True, db_index=True)
    url = models.URLField(max_length=2000, blank=True)
    # Nobody can pay after this; a little later the goods are let go (`held_until`).
    expires_at = models.DateTimeField(_("付款截止"))
    held_until = models.DateTimeField(_("货留到"))
    # Yuan that are disputed right now.
    disputed = models.DecimalField(_("争议中"), max_digits=10, decimal_places=2, default=0)
    at = models.DateTimeField(_("时间"))

    objects = MovingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(status__in=["new", "open", "processing"]),
                name="one_attempt_at_a_time",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="an_attempt_is_about_something"),
            models.CheckConstraint(
                condition=Q(disputed__gte=0) & Q(disputed__lte=F("amount")),
                name="disputed_is_part_of_what_was_paid",
            ),
        ]
        indexes = [
            models.Index(
                fields=["held_until"],
                condition=Q(status__in=["new", "open", "processing"]),
                name="stripe_payment_held",
            )
        ]

    def __str__(self) -> str:
        return f"stripe payment #{self.pk}"


class StripeEvent(models.Model):
    """That an event was handled, so that its repeat is not. Written in the same transaction as
    what it caused. Nothing of its content is kept: it may say who paid."""

    event_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=80)
    # What was done about it, in a word.
    outcome = models.CharField(max_length=40)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.type} #{self.pk}"


class Refund(models.Model):
    """Money on its way back through Stripe. The ledger has it as given back since `at`; this row
    is sent until Stripe has it, with one key, so that it happens once."""

    class Status(TextChoices):
        WAITING = "waiting", _("要退")
        SENT = "sent", _("Stripe 在办")
        DONE = "done", _("已退")
        STUCK = "stuck", _("卡住了")
        # It went to the door's account instead.
        MOVED = "moved", _("改退账户")

    MOVES = {
        Status.WAITING: {Status.SENT, Status.DONE, Status.STUCK, Status.MOVED},
        Status.SENT: {Status.DONE, Status.STUCK, Status.MOVED},
        Status.STUCK: {Status.WAITING, Status.SENT, Status.DONE, Status.MOVED},
        Status.DONE: {Status.STUCK, Status.MOVED},
        Status.MOVED: set(),
    }

    payment = models.ForeignKey(StripePayment, on_delete=models.PROTECT, related_name="refunds")
    amount = models.DecimalField(_("金额"), max_digits=10, decimal_places=2)
    status = models.CharField(_("状态"), max_length=8, choices=Status, default=Status.WAITING)
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    refund_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Stripe's own word for what went wrong, never a message: that may quote a card.
    error = models.CharField(max_length=80, blank=True)
    next_try_at = models.DateTimeField()
    at = models.DateTimeField(_("时间"))

    objects = MovingQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(status__in=["waiting", "sent"]),
                name="refund_to_send",
            )
        ]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="refund_above_zero")]

    def __str__(self) -> str:
        return f"refund #{self.pk}"
