"""对账单: what happened to a door's account, in words. Reads only."""

from django.db.models import QuerySet, Sum, Window
from django.utils.translation import gettext as _

from delivery.models import Household
from shop.models import MoneyMove

Account, Kind = MoneyMove.Account, MoneyMove.Kind


def of(household: Household) -> QuerySet[MoneyMove]:
    """The moves of a door's account, the latest first, since who lives there moved in: whoever
    moves out takes the rest along, so it began at nothing.

    Each with `signed`, the yuan that went in (below zero: out), and `after`, what was there then.
    One query, with the order each is about.
    """
    return (
        MoneyMove.objects.filter(household=household, at__gte=household.lived_in)
        .of(Account.HOUSEHOLD)
        .annotate(after=Window(Sum("signed"), order_by="pk"))
        .select_related("order", "by")
        .order_by("-pk")
    )


def words(move: MoneyMove) -> str:
    """What a move of `of` was about, in a few words."""
    said = {"number": move.order.number if move.order else ""}
    gained = move.target == Account.HOUSEHOLD
    if move.kind == Kind.DEPOSIT and not gained:
        return _("充值记错了，撤销")
    if move.kind == Kind.DEPOSIT:
        return _("转账充值") if move.source == Account.TRANSFER else _("现金充值")
    if move.kind == Kind.WITHDRAWAL:
        return _("转账退回") if move.target == Account.TRANSFER else _("取回现金")
    if move.kind == Kind.WRITE_OFF:
        return _("欠款由驿站核销")
    if move.kind == Kind.PAYMENT:
        return (_("订单 %(number)s 付款撤回") if gained else _("付订单 %(number)s")) % said
    if move.kind == Kind.REFUND and move.source == Account.STRIPE:
        return _("订单 %(number)s 网上退款，改退到账户") % said
    if move.kind == Kind.REFUND:
        return _("订单 %(number)s 退款") % said
    return str(move.get_kind_display())
