"""入库: what came from a supplier, at which invoice cost, and the lots it made."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices


class Receipt(models.Model):
    """One delivery. Posted once and never changed (append-only): what was wrong is put right by
    a count, or by a receipt of what was forgotten."""

    class Spread(TextChoices):
        VALUE = "value", _("按金额摊")
        WEIGHT = "weight", _("按重量摊")

    station = models.ForeignKey(
        "inventory.Station", on_delete=models.PROTECT, related_name="receipts"
    )
    supplier = models.ForeignKey(
        "inventory.Supplier", on_delete=models.PROTECT, related_name="receipts"
    )
    purchase = models.ForeignKey(
        "inventory.Purchase", on_delete=models.PROTECT, null=True, blank=True,
        related_name="receipts",
    )  # fmt: skip
    # The supplier's own number of the delivery note (送货单号).
    delivery_note = models.CharField(_("送货单号"), max_length=40, blank=True)
    # What tells a delivery apart: the note's number, or day and content where there is none.
    # The same delivery received twice is refused by the database.
    fingerprint = models.CharField(max_length=64)
    nonce = models.UUIDField(unique=True)
    # Yuan that came on top of the goods, spread over the lines: their landed cost.
    transport = models.DecimalField(_("运费（元）"), max_digits=10, decimal_places=2, default=0)
    packing = models.DecimalField(_("包装费（元）"), max_digits=10, decimal_places=2, default=0)
    spread = models.CharField(_("费用怎么摊"), max_length=6, choices=Spread, default=Spread.VALUE)
    note = models.CharField(_("备注"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"))

    class Meta:
        indexes = [models.Index(fields=["station", "at"], name="receipt_station_at")]
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "fingerprint"], name="a_delivery_is_received_once"
            ),
            models.CheckConstraint(
                condition=Q(transport__gte=0) & Q(packing__gte=0), name="extras_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"RK-{self.pk:05d}"


class ReceiptLine(models.Model):
    """One good of a delivery: units accepted, units sent back damaged, and what it cost."""

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="lines")
    item = models.ForeignKey("inventory.Item", on_delete=models.PROTECT, related_name="+")
    purchase_line = models.ForeignKey(
        "inventory.PurchaseLine", on_delete=models.PROTECT, null=True, blank=True,
        related_name="received",
    )  # fmt: skip
    units = models.PositiveIntegerField(_("实收"))
    damaged = models.PositiveIntegerField(_("破损退回"), default=0)
    # Yuan for the accepted units of this line as invoiced, and its share of the extras.
    cost = models.DecimalField(_("进价金额（元）"), max_digits=10, decimal_places=2)
    extra = models.DecimalField(_("分摊费用（元）"), max_digits=10, decimal_places=2, default=0)
    expires_on = models.DateField(_("保质期到"), null=True, blank=True)
    # True: came instead of what the purchase line asked for.
    substitute = models.BooleanField(_("替代品"), default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(cost__gte=0) & Q(extra__gte=0), name="receipt_cost_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(units__gt=0) | Q(cost=0, extra=0), name="nothing_came_costs_nothing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.units} × item #{self.item_id}"

    @property
    def landed(self):
        """Yuan, all in."""
        return self.cost + self.extra


class ReceiptPhoto(models.Model):
    """A photo or scan of the invoice. In the database, so that it is backed up with the books
    and nobody can fetch it past the view that asks who they are."""

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="photos")
    data = models.BinaryField()
    content_type = models.CharField(max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"))

    def __str__(self) -> str:
        return f"photo #{self.pk}"


class Lot(models.Model):
    """批: one layer of cost and expiry of one good. `units` is what is left of it in the building;
    only `inventory.stock` writes it."""

    item = models.ForeignKey("inventory.Item", on_delete=models.PROTECT, related_name="lots")
    # None: what was there when the station began to keep books.
    receipt_line = models.OneToOneField(
        ReceiptLine, on_delete=models.PROTECT, null=True, blank=True, related_name="lot"
    )
    unit_cost = models.DecimalField(_("单位成本"), max_digits=12, decimal_places=4)
    expires_on = models.DateField(_("保质期到"), null=True, blank=True)
    units = models.PositiveIntegerField(_("剩余"), default=0)
    at = models.DateTimeField(_("时间"))

    class Meta:
        indexes = [
            models.Index(
                fields=["item", "expires_on", "id"], condition=Q(units__gt=0), name="lot_to_pick"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["item"],
                condition=Q(receipt_line__isnull=True),
                name="one_opening_lot_per_good",
            ),
        ]

    def __str__(self) -> str:
        return f"lot #{self.pk}"
