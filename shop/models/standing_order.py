"""每波都要: what a household gets in every round until it says stop."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from delivery.models import Wish
from inventory.choices import TextChoices


class StandingOrder(models.Model):
    """At most one per door is active; a stopped one stays, its runs name it."""

    household = models.ForeignKey(
        "delivery.Household", on_delete=models.PROTECT, related_name="standing_orders"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    active = models.BooleanField(_("有效"), default=True)
    # A code of `shop.payments.ways` that needs nobody's tap: at the door, or from the account.
    way = models.CharField(_("怎么付"), max_length=10, default="door")
    in_person = models.BooleanField(_("当面交"), default=False)
    note = models.CharField(_("给志愿者的话"), max_length=100, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    stopped_at = models.DateTimeField(_("停止时间"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(active=True),
                name="one_active_standing_order_per_door",
            ),
            models.CheckConstraint(
                condition=Q(active=True, stopped_at=None)
                | Q(active=False, stopped_at__isnull=False),
                name="standing_order_stopped_at_some_time",
            ),
        ]

    def __str__(self) -> str:
        return f"standing order #{self.pk}"


class StandingLine(models.Model):
    standing = models.ForeignKey(StandingOrder, on_delete=models.CASCADE, related_name="lines")
    item = models.ForeignKey("inventory.Item", on_delete=models.CASCADE, related_name="+")
    units = models.PositiveSmallIntegerField(_("份数"))
    wish = models.CharField(max_length=10, choices=Wish, default=Wish.LESS)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["standing", "item"], name="good_once_per_standing_order"
            ),
            models.CheckConstraint(condition=Q(units__gt=0), name="standing_line_asks_for_some"),
        ]

    def __str__(self) -> str:
        return f"standing line #{self.pk}"


class StandingRun(models.Model):
    """What became of a standing order in a round: once per round, whatever is retried."""

    class Outcome(TextChoices):
        ORDERED = "ordered", _("下好了")
        LESS = "less", _("下好了，有的不够")
        NOTHING = "nothing", _("一样也没有")
        ALREADY = "already", _("您已经自己下过单")
        UNPAID = "unpaid", _("账户里的钱不够")

    standing = models.ForeignKey(StandingOrder, on_delete=models.PROTECT, related_name="runs")
    round = models.ForeignKey("delivery.Round", on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(_("结果"), max_length=10, choices=Outcome)
    order = models.OneToOneField(
        "order.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="standing_run"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["standing", "round"], name="standing_order_once_per_round"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["ordered", "less"], order__isnull=False)
                | Q(outcome__in=["nothing", "already", "unpaid"], order=None),
                name="standing_run_names_what_it_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"standing run #{self.pk}"
