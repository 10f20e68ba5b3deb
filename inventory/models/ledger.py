"""库存流水: the only truth about stock."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices


class Move(models.Model):
    """Answers what no counter can: how a stock level came about, move by move.

    Written only by `inventory.stock`, in the transaction that changes the counters; the sum of
    an item's moves equals its counters, and the sum of a lot's moves what is left of it
    (DESIGN §2.2). Rows are never changed or deleted: the database refuses
    (`inventory.append_only`).
    """

    class Kind(TextChoices):
        OPENING = "opening", _("期初")
        COST = "cost", _("改价")
        RECEIVE = "receive", _("入库")
        RESERVE = "reserve", _("预留")
        RELEASE = "release", _("释放")
        PACK = "pack", _("装箱出库")
        UNPACK = "unpack", _("取出放回")
        SETTLE = "settle", _("结算差价")
        SALE = "sale", _("柜台售出")
        RETURN = "return", _("退回货架")
        COUNT = "count", _("盘点")
        WASTE = "waste", _("报损")
        DONATE = "donate", _("捐出")

    class Reason(TextChoices):
        EXPIRED = "expired", _("过期")
        SPOILED = "spoiled", _("坏了")
        BROKEN = "broken", _("破损")
        LOST = "lost", _("找不到了")
        RELIEF = "relief", _("送困难住户")
        WORKERS = "workers", _("给值守人员")
        OTHER = "other", _("其他")

    item = models.ForeignKey("inventory.Item", on_delete=models.PROTECT, related_name="moves")
    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    in_stock_delta = models.IntegerField(_("在库变化"), default=0)
    allocated_delta = models.IntegerField(_("预留变化"), default=0)
    # Which layer of cost and expiry: named by every move of what is in the building.
    lot = models.ForeignKey(
        "inventory.Lot", on_delete=models.PROTECT, null=True, blank=True, related_name="moves"
    )
    # Yuan, what the move does to the cost still to be earned back from what nobody has been
    # promised yet: an invoice adds to it, an order's price takes from it (`inventory.pricing`).
    value = models.DecimalField(_("金额"), max_digits=12, decimal_places=2, default=0)
    # Yuan per unit, on moves that say what a unit cost.
    unit_cost = models.DecimalField(
        _("单位成本"), max_digits=12, decimal_places=4, null=True, blank=True
    )
    order = models.ForeignKey(
        "order.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="stock_moves"
    )
    reason = models.CharField(_("原因"), max_length=10, choices=Reason, blank=True)
    # About goods, never about people.
    note = models.CharField(_("说明"), max_length=100, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(_("时间"))

    class Meta:
        indexes = [
            models.Index(fields=["item", "kind"], name="move_item_kind"),
            models.Index(fields=["item", "id"], name="move_item_since"),
            models.Index(fields=["at", "kind"], name="move_at_kind"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit_cost__isnull=True) | Q(unit_cost__gte=0),
                name="move_cost_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(in_stock_delta=0) | Q(lot__isnull=False),
                name="a_move_of_stock_names_its_lot",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["waste", "donate"]) | ~Q(reason=""),
                name="a_loss_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.in_stock_delta:+d}/{self.allocated_delta:+d}"
