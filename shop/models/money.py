"""资金流水: the only truth about money."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Sum, When
from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices


class MoneyMoveQuerySet(models.QuerySet["MoneyMove"]):
    def of(self, account: str) -> "MoneyMoveQuerySet":
        """The moves of an account, each with `signed`: yuan by which it stands higher after it."""
        gains = "target" if account in MoneyMove.OWN else "source"
        signed = Case(When(**{gains: account}, then=F("amount")), default=-F("amount"))
        return self.filter(Q(source=account) | Q(target=account)).annotate(signed=signed)

    def standing(self, account: str) -> Decimal:
        """What the account stands at by these moves (docs/money.md), yuan. One query."""
        return _fen(self.of(account).aggregate(total=Sum("signed"))["total"])

    def standing_by(self, account: str, *columns: str) -> Mapping[Any, Decimal]:
        """The same by a column, or by several together; who has no move is left out. One query."""
        rows = self.of(account).order_by().values_list(*columns).annotate(total=Sum("signed"))
        return {key[0] if len(columns) == 1 else tuple(key): _fen(total) for *key, total in rows}


def _fen(total: Decimal | None) -> Decimal:
    """SQLite adds decimals up as floats."""
    return (total or Decimal(0)).quantize(Decimal("0.01"))


class MoneyMove(models.Model):
    """Answers where money came from and where it went, fen by fen: every row has both sides, so
    the books balance by construction. Append-only; written by `shop.money.ledger` alone, in the
    transaction of what it is about. docs/money.md says which row is written when.

    `source` gives, `target` gets. What the station holds or may claim (till, hands, bank, Stripe,
    an order not paid yet) stands at source − target, what it owes or has earned (accounts of
    households, funds, sales) at target − source; all of them together come to nothing.
    """

    class Kind(TextChoices):
        CHARGE = "charge", _("货款")
        ADJUSTMENT = "adjustment", _("调整")
        PAYMENT = "payment", _("付款")
        REFUND = "refund", _("退款")
        DEPOSIT = "deposit", _("充值")
        WITHDRAWAL = "withdrawal", _("取回")
        SUBSIDY = "subsidy", _("补贴")
        DONATION = "donation", _("捐入")
        HAND_IN = "hand_in", _("交款")
        DIFFERENCE = "difference", _("现金差额")
        BANKED = "banked", _("存银行")
        DISPUTE = "dispute", _("拒付争议")
        WRITE_OFF = "write_off", _("核销")

    class Account(TextChoices):
        # What the station holds.
        CASH = "cash", _("驿站钱箱")
        PERSON = "person", _("经手人手上")
        TRANSFER = "transfer", _("转账收款")
        BANK = "bank", _("银行")
        STRIPE = "stripe", _("网上支付")
        # What is still to be paid for one order.
        ORDER = "order", _("订单")
        # What belongs to others, or was earned.
        HOUSEHOLD = "household", _("驿站账户")
        FUND = "fund", _("互助金")
        SALES = "sales", _("货款收入")
        # What nobody can hand over any more.
        DIFFERENCE = "difference", _("现金差额")
        DISPUTED = "disputed", _("拒付争议")
        BAD_DEBT = "bad_debt", _("核销的欠款")

    #: Whose money it is, not where: these stand at target − source, all others the other way.
    OWN = (Account.HOUSEHOLD, Account.FUND, Account.SALES)

    station = models.ForeignKey("inventory.Station", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("种类"), max_length=10, choices=Kind)
    source = models.CharField(_("从"), max_length=10, choices=Account)
    target = models.CharField(_("到"), max_length=10, choices=Account)
    # Yuan.
    amount = models.DecimalField(_("金额"), max_digits=10, decimal_places=2)
    household = models.ForeignKey(
        "delivery.Household", on_delete=models.PROTECT, null=True, blank=True,
        related_name="money_moves",
    )  # fmt: skip
    order = models.ForeignKey(
        "order.Order", on_delete=models.PROTECT, null=True, blank=True,
        related_name="money_moves",
    )  # fmt: skip
    # In whose hands the money is, for PERSON.
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+",
    )  # fmt: skip
    fund = models.ForeignKey(
        "shop.Fund", on_delete=models.PROTECT, null=True, blank=True, related_name="moves"
    )
    # Taken at the door with this handoff; a correction's rows undo those of the one it corrects.
    handoff = models.ForeignKey(
        "delivery.Handoff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Paid by this attempt at Stripe, or sent back by this refund.
    stripe_payment = models.ForeignKey(
        "shop.StripePayment", on_delete=models.PROTECT, null=True, blank=True,
        related_name="moves",
    )  # fmt: skip
    refund = models.ForeignKey(
        "shop.Refund", on_delete=models.PROTECT, null=True, blank=True, related_name="moves"
    )
    # Handed in, or found in the till, at this count.
    count = models.ForeignKey(
        "shop.CashCount", on_delete=models.PROTECT, null=True, blank=True, related_name="moves"
    )
    # The mistaken deposit that this one takes back.
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by"
    )
    note = models.CharField(_("备注"), max_length=100, blank=True)
    nonce = models.UUIDField(unique=True, null=True, blank=True)
    # None: the clock or Stripe.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(_("时间"))

    objects = MoneyMoveQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["household", "source", "target"], name="money_household"),
            models.Index(fields=["station", "at"], name="money_station_at"),
            models.Index(
                fields=["station", "holder"], condition=Q(holder__isnull=False), name="money_holder"
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="money_moves_forward"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="money_has_two_sides"),
            models.CheckConstraint(
                condition=(~Q(source="household") & ~Q(target="household"))
                | Q(household__isnull=False),
                name="an_account_is_somebodys",
            ),
            models.CheckConstraint(
                condition=(~Q(source="order") & ~Q(target="order")) | Q(order__isnull=False),
                name="an_order_is_named",
            ),
            models.CheckConstraint(
                condition=(~Q(source="person") & ~Q(target="person")) | Q(holder__isnull=False),
                name="money_in_hands_is_somebodys",
            ),
            models.CheckConstraint(
                condition=(~Q(source="fund") & ~Q(target="fund")) | Q(fund__isnull=False),
                name="a_fund_is_named",
            ),
            models.CheckConstraint(
                condition=(
                    ~Q(source__in=["stripe", "disputed"]) & ~Q(target__in=["stripe", "disputed"])
                )
                | Q(stripe_payment__isnull=False),
                name="money_at_stripe_is_of_a_payment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.source} → {self.target} {self.amount}"
