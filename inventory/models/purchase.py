"""采购单: what was asked of a supplier."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices
from inventory.moving import MovingQuerySet


class Purchase(models.Model):
    class Status(TextChoices):
        DRAFT = "draft", _("草稿")
        PLACED = "placed", _("已下单")
        DONE = "done", _("收完了")
        CANCELLED = "cancelled", _("已取消")

    #: from -> to. Done: all of it came, or a person said that no more will.
    MOVES = {
        Status.DRAFT: {Status.PLACED, Status.CANCELLED},
        Status.PLACED: {Status.DONE, Status.CANCELLED},
        Status.DONE: set(),
        Status.CANCELLED: set(),
    }

    station = models.ForeignKey(
        "inventory.Station", on_delete=models.PROTECT, related_name="purchases"
    )
    supplier = models.ForeignKey(
        "inventory.Supplier", on_delete=models.PROTECT, related_name="purchases"
    )
    # 1, 2, 3 … at its station: what people call it on the phone.
    number = models.PositiveIntegerField(_("单号"))
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.DRAFT)
    expected_on = models.DateField(_("预计到货"), null=True, blank=True)
    note = models.CharField(_("备注"), max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(_("开单时间"))
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    placed_at = models.DateTimeField(_("下单时间"), null=True, blank=True)
    # The same form sent twice makes one purchase.
    nonce = models.UUIDField(unique=True, null=True, blank=True)

    objects = MovingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["station", "number"], name="purchase_number_once_per_station"
            ),
            models.CheckConstraint(
                condition=Q(placed_at__isnull=False) | ~Q(status__in=["placed", "done"]),
                name="a_placed_purchase_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"CG-{self.number:04d}"


class PurchaseLine(models.Model):
    """So many units of one good; `packs × pack_units`, as the supplier sells it."""

    purchase = models.ForeignKey(Purchase, on_delete=models.CASCADE, related_name="lines")
    item = models.ForeignKey("inventory.Item", on_delete=models.PROTECT, related_name="+")
    packs = models.PositiveIntegerField(_("件数"))
    pack_units = models.PositiveIntegerField(_("一件有几份"), default=1)
    # Yuan, expected; the invoice decides.
    pack_price = models.DecimalField(
        _("一件多少钱（元）"), max_digits=10, decimal_places=2, null=True, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purchase", "item"], name="one_line_per_purchased_good"
            ),
            models.CheckConstraint(
                condition=Q(packs__gt=0) & Q(pack_units__gt=0), name="a_purchase_line_asks"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.packs} × item #{self.item_id}"

    @property
    def units(self) -> int:
        return self.packs * self.pack_units

    @property
    def expected_cost(self):
        """Yuan for the line; None while nobody knows the price."""
        return None if self.pack_price is None else self.pack_price * self.packs
