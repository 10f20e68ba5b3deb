"""供应商: whom the station buys from, and what they offer."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Supplier(models.Model):
    station = models.ForeignKey(
        "inventory.Station", on_delete=models.PROTECT, related_name="suppliers"
    )
    name = models.CharField(_("名称"), max_length=80)
    contact = models.CharField(_("联系人"), max_length=40, blank=True)
    phone = models.CharField(_("电话"), max_length=20, blank=True)
    # By when an order must be placed to come `lead_days` later.
    cut_off = models.TimeField(_("每天几点前下单"), null=True, blank=True)
    lead_days = models.PositiveSmallIntegerField(_("几天到货"), default=1)
    minimum_order = models.DecimalField(
        _("起订金额（元）"), max_digits=10, decimal_places=2, default=0
    )
    note = models.CharField(_("备注"), max_length=200, blank=True)
    active = models.BooleanField(_("在用"), default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["station", "name"],
                name="supplier_name_once_per_station",
                violation_error_message=_("已经有叫这个名字的供应商了。"),
            ),
            models.CheckConstraint(
                condition=Q(minimum_order__gte=0), name="minimum_order_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Offer(models.Model):
    """What a supplier sells of one of our goods: in packs of so many of our units."""

    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="offers")
    item = models.ForeignKey("inventory.Item", on_delete=models.CASCADE, related_name="offers")
    pack_units = models.PositiveIntegerField(_("一件有几份"), default=1)
    # What the supplier said a pack costs; the invoice decides.
    pack_price = models.DecimalField(
        _("一件多少钱（元）"), max_digits=10, decimal_places=2, null=True, blank=True
    )
    code = models.CharField(_("供应商的货号"), max_length=40, blank=True)
    # Of several, the one that proposals go to.
    preferred = models.BooleanField(_("首选"), default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["supplier", "item"], name="one_offer_per_good"),
            models.UniqueConstraint(
                fields=["item"], condition=Q(preferred=True), name="one_preferred_offer_per_good"
            ),
            models.CheckConstraint(
                condition=Q(pack_units__gt=0),
                name="a_pack_holds_something",
                violation_error_message=_("一件至少有一份。"),
            ),
            models.CheckConstraint(
                condition=Q(pack_price__isnull=True) | Q(pack_price__gte=0),
                name="pack_price_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"offer #{self.pk}"
