"""包裹: what must reach one household in one round. Delivery knows parcels, not orders."""

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices
from inventory.moving import MovingQuerySet


class ParcelQuerySet(MovingQuerySet):
    def in_batch(self):
        """Adds `in_batch`: some batch has it, or has brought it to its door."""
        loads = apps.get_model("delivery", "StopParcel").objects
        return self.alias(in_batch=Exists(loads.filter(parcel=OuterRef("pk"), active=True)))

    def refused(self):
        """Adds `refused`: the last word at its door was that nobody wants it."""
        Handoff = apps.get_model("delivery", "Handoff")
        said = Handoff.objects.filter(
            stop__loads__parcel=OuterRef("pk"),
            reason=Handoff.Reason.REFUSED,
            corrected_by=None,
        )
        return self.alias(refused=Exists(said))

    def to_carry(self):
        """What a plan puts into batches: all that is in none, less what its door refused."""
        free = self.in_batch().refused().filter(in_batch=False, status__in=Parcel.TO_CARRY)
        lines = ParcelLine.objects.filter(parcel=OuterRef("pk"))
        # Of its goods none came: there is nothing to carry.
        free = free.exclude(
            Exists(lines), ~Exists(lines.filter(Q(quantity__gt=0) | Q(awaiting=True)))
        )
        return free.exclude(status=Parcel.Status.FAILED, refused=True)


class Parcel(models.Model):
    class Status(TextChoices):
        WAITING = "waiting", _("待装")
        PACKED = "packed", _("已装好")
        ON_WAY = "on_way", _("在路上")
        DELIVERED = "delivered", _("已送到")
        FAILED = "failed", _("没送成")
        RETURNED = "returned", _("已退回")

    #: from -> to. A failed parcel is back at the station, still packed, and may go out again,
    #: or is given up and unpacked for good;
    #: corrections of a mis-tap move between the two ends, or open what was packed again.
    MOVES = {
        Status.WAITING: {Status.PACKED},
        Status.PACKED: {Status.ON_WAY, Status.WAITING},
        Status.ON_WAY: {Status.DELIVERED, Status.FAILED},
        Status.FAILED: {Status.ON_WAY, Status.DELIVERED, Status.RETURNED},
        Status.DELIVERED: {Status.FAILED},
        Status.RETURNED: set(),
    }

    #: Not yet packed, packed but in no batch, or brought back from a closed door.
    TO_CARRY = (Status.WAITING, Status.PACKED, Status.FAILED)

    round = models.ForeignKey("delivery.Round", on_delete=models.PROTECT, related_name="parcels")
    household = models.ForeignKey(
        "delivery.Household", on_delete=models.PROTECT, related_name="parcels"
    )
    order = models.OneToOneField(
        "order.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="parcel"
    )
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.WAITING)
    weight_g = models.PositiveIntegerField(_("重量（克）"), default=0)
    cold = models.BooleanField(_("冷藏"), default=False)
    # Yuan to collect at the door, all in all: what was paid elsewhere is off, what was collected
    # here is still in it. `shop.money.ledger` keeps it.
    due = models.DecimalField(_("待收"), max_digits=10, decimal_places=2, default=0)
    in_person = models.BooleanField(_("当面交"), default=False)
    note = models.CharField(_("给志愿者的话"), max_length=100, blank=True)

    objects = ParcelQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["round", "status"], name="parcel_round_status")]
        constraints = [
            models.CheckConstraint(condition=Q(due__gte=0), name="parcel_due_not_negative")
        ]

    def __str__(self) -> str:
        return f"parcel #{self.pk}"


class Wish(TextChoices):
    """What a household wants when there is not enough of a good."""

    LESS = "less", _("少给点")
    SIMILAR = "similar", _("换相近的")
    NONE = "none", _("就不要了")


class ParcelLine(models.Model):
    """So many of one good in a parcel: what the pick list adds up.

    `asked` never changes; `quantity` is what the parcel shall hold, or holds once it is packed.
    Less than asked: shared out, or found short while packing.
    """

    parcel = models.ForeignKey(Parcel, on_delete=models.CASCADE, related_name="lines")
    item = models.ForeignKey("inventory.Item", on_delete=models.PROTECT, related_name="+")
    asked = models.PositiveIntegerField(_("订的数量"))
    quantity = models.PositiveIntegerField(_("数量"))
    wish = models.CharField(_("不够时"), max_length=7, choices=Wish, default=Wish.LESS)
    # A pre-ordered good that was not shared out yet: no stock is held for it.
    awaiting = models.BooleanField(_("等分货"), default=False)
    # Came instead of another line's good; nobody asked for it by name.
    instead_of = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="substitute"
    )
    # What a unit was said to weigh when it was ordered: an item's weight may be edited later.
    unit_g = models.PositiveIntegerField(_("一份（克）"), null=True, blank=True)
    weighed_g = models.PositiveIntegerField(_("实重（克）"), null=True, blank=True)
    packed_at = models.DateTimeField(_("装好时间"), null=True, blank=True)
    packed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["parcel", "item"],
                condition=Q(instead_of__isnull=True),
                name="one_line_per_item",
            ),
            models.CheckConstraint(
                condition=Q(asked__gt=0, instead_of__isnull=True)
                | Q(asked=0, instead_of__isnull=False),
                name="a_line_was_asked_or_stands_in",
            ),
            models.CheckConstraint(
                condition=Q(quantity__lte=models.F("asked")) | Q(instead_of__isnull=False),
                name="nobody_gets_more_than_asked",
            ),
            models.CheckConstraint(
                condition=Q(awaiting=False) | Q(packed_at__isnull=True),
                name="what_is_awaited_is_not_packed",
            ),
        ]
        indexes = [
            models.Index(fields=["item"], condition=Q(awaiting=True), name="parcel_line_awaiting")
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × item #{self.item_id}"

    @property
    def short(self) -> int:
        """Units asked for that do not come."""
        return max(0, self.asked - self.quantity)
