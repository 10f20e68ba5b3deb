"""货品: the stock side of an Oscar product at one station."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inventory.choices import TextChoices


class ShareRule(TextChoices):
    """Who gets how much when less came than was ordered (`delivery.share_outs.shares`)."""

    FIRST_COME = "first_come", _("先下单先得")
    EQUAL = "equal", _("每户一样多")
    PEOPLE = "people", _("按人口分")
    NEEDS = "needs", _("先照顾有特殊情况的")


class ItemQuerySet(models.QuerySet):
    def stocked(self):
        """Goods that are bought, stored and counted; a bundle is only put together of them."""
        return self.exclude(selling=Item.Selling.BUNDLE)


class Item(models.Model):
    """What the station must know to buy, store, carry and share out one good.

    One per Oscar stock record, so two stations may sell the same product from their own stock,
    at their own cost. The counters stay on the stock record; only `inventory.stock` writes them.
    """

    class Selling(TextChoices):
        STOCK = "stock", _("现货")
        PREORDER = "preorder", _("预订，收单后采购")
        # Its parts are what is sold (`BundlePart`).
        BUNDLE = "bundle", pgettext_lazy("一个", "套餐")

    record = models.OneToOneField(
        "partner.StockRecord", on_delete=models.PROTECT, related_name="item"
    )
    unit = models.CharField(_("单位"), max_length=20, default="份")
    weight_g = models.PositiveIntegerField(_("重量（克）"), default=0)
    cold = models.BooleanField(_("冷藏"), default=False)
    shelf = models.CharField(_("货架"), max_length=20, blank=True)
    household_limit = models.PositiveSmallIntegerField(
        _("每户限购"), null=True, blank=True, help_text=_("每个波次每户最多买几份，不填就不限。")
    )
    # Pre-ordered goods are bought after the cut-off; their shown price is a ceiling.
    selling = models.CharField(_("怎么卖"), max_length=8, choices=Selling, default=Selling.STOCK)
    minimum = models.PositiveIntegerField(
        _("最低库存"), default=0, help_text=_("少于这个数就列进“该买什么”。")
    )
    # Loose goods: a unit weighs about `weight_g`, and is charged by what it really weighs.
    by_weight = models.BooleanField(_("散装称重"), default=False)
    share_rule = models.CharField(
        _("不够分时"), max_length=10, choices=ShareRule, default=ShareRule.FIRST_COME
    )
    # What may stand in for it at a door that wished for something similar.
    similar = models.ForeignKey(
        "self",
        verbose_name=_("相近的货"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = ItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(by_weight=False) | Q(weight_g__gt=0),
                name="loose_goods_have_a_weight",
                violation_error_message=_("散装称重的货要填一份大约多少克。"),
            ),
            models.CheckConstraint(
                condition=Q(similar__isnull=True) | ~Q(similar=F("id")),
                name="similar_is_another_good",
                violation_error_message=_("相近的货不能是它自己。"),
            ),
        ]

    def __str__(self) -> str:
        return f"item #{self.pk}"
