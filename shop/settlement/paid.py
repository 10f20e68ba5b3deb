"""What was paid for an order, what went back, and where to, in words its household understands.
Read from the book; writes nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shop.models import MoneyMove, Refund
from shop.money import FEN, ZERO

Account, Kind = MoneyMove.Account, MoneyMove.Kind

#: Who paid, by the account of the book the money came from.
_PAID = {
    Account.CASH: _("已付（柜台现金）"),
    Account.PERSON: _("已付（现金）"),
    Account.TRANSFER: _("已付（转账）"),
    Account.HOUSEHOLD: _("已付（驿站账户）"),
    Account.STRIPE: _("已付（网上付款）"),
    Account.FUND: _("互助金付"),
    Account.BAD_DEBT: _("收不回来，驿站核销"),
}
#: Not out of the household's own pocket.
NOT_OWN = (Account.FUND, Account.BAD_DEBT)
#: Where it went back to. To the fund goes what the fund paid: that is off its own line.
_BACK = {
    Account.CASH: _("退回现金"),
    Account.HOUSEHOLD: _("退回驿站账户"),
    Account.STRIPE: _("网上退款（3–5 天到账）"),
    # A refund that was closed by a lost dispute: nobody is given the same money twice.
    Account.DISPUTED: _("您的银行已经退给您"),
}
#: A refund through Stripe that needs another word.
_ONLINE = {
    Refund.Status.DONE: _("网上退款（已退出，3–5 天到账）"),
    Refund.Status.STUCK: _("网上退款（没退成，驿站在办）"),
}


@dataclass(frozen=True, slots=True)
class PaidLine:
    """So many yuan that were paid, or went `back`, if so perhaps `into_account`."""

    words: str | Promise
    amount: Decimal
    back: bool = False
    into_account: bool = False
    #: Where it came from or went to, an account of the book.
    account: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Paid:
    """`owed`: what is still to be paid, yuan; `lines`: payments, then what went back."""

    owed: Decimal
    lines: list[PaidLine]


def of(order) -> Paid:
    """One query."""
    return of_orders([order.pk])[order.pk]


def of_orders(order_ids: Collection[int]) -> dict[int, Paid]:
    """The same of many, by order. One query."""
    rows = (
        MoneyMove.objects.filter(order__in=order_ids)
        .order_by()
        .values_list("order", "kind", "source", "target", "refund__status")
        .annotate(total=Sum("amount"))
    )
    by_order: dict[int, list[tuple]] = {order_id: [] for order_id in order_ids}
    for order_id, *row in rows:
        by_order[order_id].append(tuple(row))
    return {order_id: _paid(of_order) for order_id, of_order in by_order.items()}


def _paid(rows: Iterable[tuple]) -> Paid:
    owed = ZERO
    paid: dict[str, Decimal] = defaultdict(Decimal)
    back: dict[tuple[str, str | None], Decimal] = defaultdict(Decimal)
    for kind, source, target, refund, total in rows:
        amount = total.quantize(FEN)
        owed += amount * ((source == Account.ORDER) - (target == Account.ORDER))
        if kind in (Kind.PAYMENT, Kind.SUBSIDY, Kind.WRITE_OFF):
            # A corrected handoff takes its money back, a fund the share it need not pay.
            gave = target == Account.ORDER
            paid[source if gave else target] += amount if gave else -amount
        elif kind == Kind.REFUND:
            # One that went elsewhere in the end is nothing of what it was.
            state = refund if refund in _ONLINE else None
            if target == Account.FUND:
                paid[target] -= amount
                continue
            for account, signed in ((target, amount), (source, -amount)):
                if account != Account.ORDER:
                    back[account, state if account == Account.STRIPE else None] += signed
    lines = [
        PaidLine(_PAID[account], amount, account=account)
        for account in _PAID
        if (amount := paid.get(account, ZERO)) > ZERO
    ]
    for account in _BACK:
        for state in (None, *_ONLINE):
            if (amount := back.get((account, state), ZERO)) > ZERO:
                words = _BACK[account] if state is None else _ONLINE[state]
                to_door = account == Account.HOUSEHOLD
                lines.append(PaidLine(words, amount, True, to_door, account=account))
    return Paid(owed, lines)
