"""What was agreed with a door about its account at the station."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices


class AccountTerms(models.Model):
    """A door without a row has no credit, and gets money back where it came from."""

    class RefundTo(TextChoices):
        SOURCE = "source", _("从哪里付的退到哪里")
        ACCOUNT = "account", _("都退到驿站账户")

    household = models.OneToOneField(
        "delivery.Household", on_delete=models.PROTECT, primary_key=True,
        related_name="account_terms",
    )  # fmt: skip
    # Yuan the account may be below zero. Never below what is owed already.
    credit_limit = models.DecimalField(
        _("可赊额度"), max_digits=8, decimal_places=2, default=Decimal("0.00")
    )
    refund_to = models.CharField(
        _("退款去向"), max_length=8, choices=RefundTo, default=RefundTo.SOURCE
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(credit_limit__gte=0), name="credit_not_negative")
        ]

    def __str__(self) -> str:
        return f"terms of household #{self.household_id}"


class CreditChange(models.Model):
    """Answers who let a door's account go how far below zero, and when: the terms only say how far
    now. Written with them by `shop.money.accounts`; append-only."""

    household = models.ForeignKey(
        "delivery.Household", on_delete=models.PROTECT, related_name="credit_changes"
    )
    # Yuan, from then on.
    limit = models.DecimalField(_("可赊额度"), max_digits=8, decimal_places=2)
    # None: it was agreed before this was kept.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(_("时间"))

    def __str__(self) -> str:
        return f"credit of household #{self.household_id}: {self.limit}"
