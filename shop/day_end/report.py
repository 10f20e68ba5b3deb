"""What one day came to: goods sold at cost, payments by way, refunds, cash and its differences.

    still owed in the morning + charged − came to less − paid + given back = still owed at night

and likewise for the till and for cash in people's hands: every statement begins where the day
before ended, because all of them are sums over the same book (docs/money.md). Reads only.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Case, F, Sum, Value, When
from django.utils.translation import gettext_lazy as _
from oscar.core.loading import get_model

from inventory.models import Move, Station
from shop.day_end.days import span
from shop.models import CashCount, CounterSale, MoneyMove, OrderStatus
from shop.money import FEN, ZERO
from shop.money.overview import WAYS
from shop.open_book import reports

Order = get_model("order", "Order")
Account, Kind = MoneyMove.Account, MoneyMove.Kind
_Flow = tuple[MoneyMove.Kind, MoneyMove.Account, MoneyMove.Account]

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
_REFUNDS = {
    Account.HOUSEHOLD: _("退进驿站账户"),
    Account.STRIPE: _("网上退款"),
    Account.CASH: _("柜台退现金"),
}


@dataclass(frozen=True)
class Line:
    label: str
    amount: Decimal


@dataclass(frozen=True)
class Statement:
    """An account over the day, yuan: `before` and the lines come to `after`."""

    before: Decimal
    lines: list[Line]
    after: Decimal


@dataclass(frozen=True)
class DayEnd:
    day: date
    orders: int
    counter_sales: int
    goods: reports.Report
    #: What paid for orders today, and where what was given back went.
    paid: list[Line]
    refunded: list[Line]
    owed: Statement
    till: Statement
    hands: Statement
    counts: Sequence[CashCount]
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
    def difference(self) -> Decimal:
        """Cash that was counted more (below zero: less) than the book said."""
        return sum((count.difference for count in self.counts), ZERO)

    @property
    def quiet(self) -> bool:
        """Nothing happened."""
        there = (self.orders, self.counter_sales, self.goods.total.traded, self.counts)
        return not any((*there, self.all_paid, self.all_refunded, self.owed.lines))


def of(station: Station, day: date) -> DayEnd:
    """Local day. The number of queries does not grow with what happened on it."""
    start, end = span(day)
    before, during = _flows(station, start, end)
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
            Line(str(label), _between(during, (Kind.PAYMENT, Kind.SUBSIDY), account, Account.ORDER))
            for account, label in WAYS.items()
        ],
        refunded=[
            Line(str(label), _between(during, (Kind.REFUND,), Account.ORDER, account))
            for account, label in _REFUNDS.items()
        ],
        owed=_statement(before, during, Account.ORDER, _OWED),
        till=_statement(before, during, Account.CASH, _TILL),
        hands=_statement(before, during, Account.PERSON, _HANDS),
        counts=list(counts.select_related("holder", "counted_by", "witness").order_by("at", "pk")),
        awaiting=_awaiting(station, start, end),
        let_off=_let_off(station, start, end),
    )


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


def _flows(
    station: Station, start: datetime, end: datetime
) -> tuple[Mapping[_Flow, Decimal], Mapping[_Flow, Decimal]]:
    """What flowed before the day and on it. One query."""
    earlier = Case(When(at__lt=start, then=Value(1)), default=Value(0))
    rows = (
        MoneyMove.objects.filter(station=station, at__lt=end)
        .order_by()
        .values_list("kind", "source", "target", earlier)
        .annotate(sum=Sum(F("amount")))
    )
    before: dict[_Flow, Decimal] = defaultdict(Decimal)
    during: dict[_Flow, Decimal] = defaultdict(Decimal)
    for kind, source, target, is_before, amount in rows:
        flow = Kind(kind), Account(source), Account(target)
        (before if is_before else during)[flow] += amount.quantize(FEN)
    return before, during


def _between(
    flows: Mapping[_Flow, Decimal],
    kinds: Iterable[MoneyMove.Kind],
    source: MoneyMove.Account,
    target: MoneyMove.Account,
) -> Decimal:
    """What went from one to the other, less what came back."""
    return sum(
        (
            flows.get((kind, source, target), ZERO) - flows.get((kind, target, source), ZERO)
            for kind in kinds
        ),
        ZERO,
    )


def _statement(
    before: Mapping[_Flow, Decimal],
    during: Mapping[_Flow, Decimal],
    account: MoneyMove.Account,
    labels: Sequence[tuple[object, tuple[MoneyMove.Kind, ...]]],
) -> Statement:
    """Of an account that stands at what it gave less what it got."""
    opening = _stands(before, account)
    lines = [
        Line(str(label), yuan)
        for label, kinds in labels
        if (yuan := _stands(during, account, kinds))
    ]
    return Statement(opening, lines, opening + _stands(during, account))


def _stands(
    flows: Mapping[_Flow, Decimal],
    account: MoneyMove.Account,
    kinds: Sequence[MoneyMove.Kind] = tuple(Kind),
) -> Decimal:
    gave = (
        yuan for (kind, source, _to), yuan in flows.items() if source == account if kind in kinds
    )
    got = (
        yuan for (kind, _of, target), yuan in flows.items() if target == account if kind in kinds
    )
    return sum(gave, ZERO) - sum(got, ZERO)
