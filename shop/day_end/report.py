"""What one day came to: goods sold at cost, payments by way, refunds, cash and its differences.

    still owed in the morning + charged − came to less − paid + given back = still owed at night

and likewise for the till and for cash in people's hands: every statement begins where the day
before ended, because all of them are sums over the same book (docs/money.md). Reads only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _
from oscar.core.loading import get_model

from inventory.models import Move, Station
from shop.day_end import flows
from shop.day_end.days import span
from shop.day_end.flows import Flow, Line, Statement
from shop.models import CashCount, CounterSale, MoneyMove, OrderStatus
from shop.money import FEN, ZERO
from shop.money.overview import WAYS
from shop.open_book import reports

Order = get_model("order", "Order")
Account, Kind = MoneyMove.Account, MoneyMove.Kind

#: What changes what is still owed of orders; below zero: less is.
_OWED = (
    (_("下单的货款"), (Kind.CHARGE,)),
    (_("少给、退回、取消等"), (Kind.ADJUSTMENT,)),
    (_("付款"), (Kind.PAYMENT,)),
    (_("互助金付的"), (Kind.SUBSIDY,)),
    (_("退款"), (Kind.REFUND,)),
    (_("收不回来，核销的"), (Kind.WRITE_OFF,)),
)
#: What comes into the till and goes out of it.
_TILL = (
    (_("柜台收的货款"), (Kind.PAYMENT,)),
    (_("住户充值"), (Kind.DEPOSIT,)),
    (_("捐入互助金"), (Kind.DONATION,)),
    (_("经手人交来的"), (Kind.HAND_IN,)),
    (_("退给住户的现金"), (Kind.REFUND,)),
    (_("住户取回的"), (Kind.WITHDRAWAL,)),
    (_("存进银行的"), (Kind.BANKED,)),
    (_("点款差额"), (Kind.DIFFERENCE,)),
)
_HANDS = (
    (_("上门收的"), (Kind.PAYMENT,)),
    (_("交到驿站的"), (Kind.HAND_IN,)),
    (_("点款差额"), (Kind.DIFFERENCE,)),
)
_PAID = (Kind.PAYMENT, Kind.SUBSIDY)
_REFUNDS = {
    Account.HOUSEHOLD: _("退进驿站账户"),
    Account.STRIPE: _("网上退款"),
    Account.CASH: _("柜台退现金"),
    Account.DISPUTED: _("付款人的银行已退"),
}
#: What doors put into their accounts and took out again.
_ACCOUNTS = (
    (_("现金存入"), Kind.DEPOSIT, Account.CASH),
    (_("转账存入"), Kind.DEPOSIT, Account.TRANSFER),
    (_("取出现金"), Kind.WITHDRAWAL, Account.CASH),
    (_("转账取出"), Kind.WITHDRAWAL, Account.TRANSFER),
)

_TAKEN = Kind.DISPUTE, Account.DISPUTED, Account.STRIPE
_RETURNED = Kind.DISPUTE, Account.STRIPE, Account.DISPUTED


@dataclass(frozen=True)
class DayEnd:
    day: date
    orders: int
    counter_sales: int
    goods: reports.Report
    #: What paid for orders today, and where what was given back went.
    paid: list[Line]
    refunded: list[Line]
    #: What doors put into their accounts, and took out (below zero); what banks of payers took
    #: (below zero), and gave back.
    accounts: list[Line]
    disputes: list[Line]
    written_off: Sequence[MoneyMove]
    owed: Statement
    till: Statement
    hands: Statement
    counts: Sequence[CashCount]
    #: Cash that was more (below zero: less) than the book said, all in all: `counted` and
    #: `corrected`.
    difference: Decimal
    #: Some money moved.
    moved: bool
    #: Of what the goods were charged: of orders that wait for their payment online.
    awaiting: Decimal
    #: What was taken off for claims and for goods that weighed less, but for what a packer said by
    #: mistake; below zero.
    let_off: Decimal

    @property
    def traded(self) -> list[reports.Row]:
        """The goods that were sold or lost, or whose variance changed: not what only came in."""
        return [
            row
            for row in self.goods.rows
            if (s := row.sums) and any((s.sold_units, s.lost_units, s.charged, s.lost, s.variance))
        ]

    @property
    def other_variance(self) -> Decimal:
        return self.goods.total.variance - self.let_off

    @property
    def all_paid(self) -> Decimal:
        return sum((line.amount for line in self.paid), ZERO)

    @property
    def all_refunded(self) -> Decimal:
        return sum((line.amount for line in self.refunded), ZERO)

    @property
    def counted(self) -> Decimal:
        """Of the difference, what was found when cash was counted."""
        return sum((count.difference for count in self.counts), ZERO)

    @property
    def corrected(self) -> Decimal:
        """Of the difference, what was corrected after its cash had been handed in."""
        return self.difference - self.counted

    @property
    def quiet(self) -> bool:
        """Nothing happened."""
        there = (self.orders, self.counter_sales, self.goods.total.traded, self.counts)
        return not any((*there, self.moved))


def of(station: Station, day: date) -> DayEnd:
    """Local day. The number of queries does not grow with what happened on it."""
    start, end = span(day)
    before, during = flows.flows(station, start, end)
    counts = CashCount.objects.filter(station=station, at__gte=start, at__lt=end)
    return DayEnd(
        day=day,
        orders=Order.objects.filter(
            placement__household__grid__station=station,
            date_placed__gte=start,
            date_placed__lt=end,
        ).count(),
        counter_sales=CounterSale.objects.filter(
            station=station, at__gte=start, at__lt=end
        ).count(),
        goods=reports.of(station, day, day),
        paid=[
            Line(
                str(label),
                flows.between(during, (Kind.PAYMENT, Kind.SUBSIDY), account, Account.ORDER),
            )
            for account, label in WAYS.items()
        ],
        refunded=flows.said(
            (label, _given_back(during, account)) for account, label in _REFUNDS.items()
        ),
        accounts=flows.said(
            (label, flows.between(during, (kind,), account, Account.HOUSEHOLD))
            for label, kind, account in _ACCOUNTS
        ),
        disputes=flows.said(
            [
                (_("付款人的银行拿走的"), -during.get(_TAKEN, ZERO)),
                (_("争议赢了，还回来的"), during.get(_RETURNED, ZERO)),
            ]
        ),
        written_off=_written_off(station, start, end),
        owed=flows.statement(before, during, Account.ORDER, _OWED),
        till=flows.statement(before, during, Account.CASH, _TILL),
        hands=flows.statement(before, during, Account.PERSON, _HANDS),
        counts=list(counts.select_related("holder", "counted_by", "witness").order_by("at", "pk")),
        difference=-flows.stands(during, Account.DIFFERENCE),
        moved=any(during.values()),
        awaiting=_awaiting(station, start, end),
        let_off=_let_off(station, start, end),
    )


def _written_off(station: Station, start: datetime, end: datetime) -> Sequence[MoneyMove]:
    """Debts that were given up, and why; not what came off them later."""
    given_up = MoneyMove.objects.filter(
        station=station, kind=Kind.WRITE_OFF, source=Account.BAD_DEBT, at__gte=start, at__lt=end
    )
    return list(given_up.select_related("order", "by").order_by("at", "pk"))


def _awaiting(station: Station, start: datetime, end: datetime) -> Decimal:
    held = Order.objects.filter(
        placement__household__grid__station=station, status=OrderStatus.AWAITING
    )
    moves = Move.objects.filter(
        item__record__partner=station.partner_id, order__in=held, at__gte=start, at__lt=end
    )
    return ZERO - (moves.aggregate(sum=Sum("value"))["sum"] or ZERO).quantize(FEN)


def _let_off(station: Station, start: datetime, end: datetime) -> Decimal:
    """From the ledger of stock, as the variance is that it is part of: of weights that were undone
    nothing is left there."""
    settled = Move.objects.filter(
        item__record__partner=station.partner_id,
        kind=Move.Kind.SETTLE,
        at__gte=start,
        at__lt=end,
    )
    return ZERO - (settled.aggregate(sum=Sum("value"))["sum"] or ZERO).quantize(FEN)


def _given_back(found: Mapping[Flow, Decimal], account: MoneyMove.Account) -> Decimal:
    """What of orders was given back there. A refund through Stripe may end elsewhere: then it is
    counted where it ended."""
    given = flows.between(found, (Kind.REFUND,), Account.ORDER, account)
    if account == Account.STRIPE:
        for end in (Account.HOUSEHOLD, Account.DISPUTED):
            given -= flows.between(found, (Kind.REFUND,), Account.STRIPE, end)
    elif account in (Account.HOUSEHOLD, Account.DISPUTED):
        given += flows.between(found, (Kind.REFUND,), Account.STRIPE, account)
    return given
