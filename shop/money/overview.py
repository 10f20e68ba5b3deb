"""总览: where a station's money is, whose it is, and what has to be done about it. Reads only.

What a station holds or may claim stands on one side, what it owes and has earned on the other;
both come to the same, because every move has two sides (docs/money.md).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from inventory.models import Station
from shop.models import Claim, MoneyMove, Refund, StripePayment
from shop.money import FEN, ZERO, accounts, owing
from shop.money.cash import cash

Account, Kind = MoneyMove.Account, MoneyMove.Kind
#: Where money is, or where it is to come from.
HELD = (
    Account.CASH,
    Account.PERSON,
    Account.TRANSFER,
    Account.BANK,
    Account.STRIPE,
    Account.ORDER,
    Account.DIFFERENCE,
    Account.DISPUTED,
    Account.BAD_DEBT,
)
#: Whose it is.
OWN = MoneyMove.OWN
#: What an account is called where its own name says too little.
NAMES = {
    Account.ORDER: _("订单还没收的"),
    Account.HOUSEHOLD: _("住户账户里的"),
    Account.SALES: _("卖货收入"),
    Account.DIFFERENCE: _("现金差额（少了的）"),
    Account.DISPUTED: _("争议拿走的"),
}
#: What pays for orders, as the page says it.
WAYS = {
    Account.PERSON: _("送货收的现金"),
    Account.CASH: _("柜台收的现金"),
    Account.TRANSFER: _("转账"),
    Account.HOUSEHOLD: _("驿站账户"),
    Account.STRIPE: _("网上付款"),
    Account.FUND: _("互助金"),
}


@dataclass(frozen=True)
class Part:
    """Some orders, or some doors, and what they come to in yuan."""

    count: int = 0
    amount: Decimal = ZERO


@dataclass(frozen=True)
class Day:
    """Yuan since midnight: what paid for orders, by account (less what was undone); what went
    back; what went into accounts of doors and out of them over the counter."""

    paid: Mapping[MoneyMove.Account, Decimal]
    refunded: Decimal
    deposited: Decimal
    withdrawn: Decimal

    @property
    def total(self) -> Decimal:
        return sum(self.paid.values(), ZERO)


@dataclass(frozen=True)
class Overview:
    #: Every account as it stands, on its own side.
    stands: Mapping[MoneyMove.Account, Decimal]
    today: Day
    #: People with cash in their hands.
    holders: int
    #: Orders not paid: goods are there; on their way or still to be packed; waiting for Stripe.
    arrived: Part
    to_come: Part
    awaiting: Part
    #: Doors with money in their accounts, and below zero.
    above: Part
    below: Part
    refunds_waiting: int
    refunds_stuck: int
    disputed: int
    claims: int

    @property
    def at_bank(self) -> Decimal:
        return self.stands[Account.TRANSFER] + self.stands[Account.BANK]

    @property
    def nothing_to_do(self) -> bool:
        """Orders on their way, and refunds Stripe is at, need nobody."""
        doors = self.arrived.count, self.below.count
        return not any((*doors, self.holders, self.refunds_stuck, self.disputed, self.claims))

    @property
    def held(self) -> Decimal:
        return sum((self.stands[account] for account in HELD), ZERO)

    @property
    def own(self) -> Decimal:
        return sum((self.stands[account] for account in OWN), ZERO)


def of(station: Station, midnight: datetime) -> Overview:
    """At most ten queries, whatever happened."""
    moves = MoneyMove.objects.filter(station=station)
    debts = owing.of_station(station)
    balances = accounts.of_station(station).values()
    refunds = Refund.objects.filter(
        payment__order__placement__household__grid__station=station,
        status__in=(Refund.Status.WAITING, Refund.Status.STUCK),
    ).aggregate(
        waiting=Count("pk", filter=Q(status=Refund.Status.WAITING)),
        stuck=Count("pk", filter=Q(status=Refund.Status.STUCK)),
    )
    disputes = StripePayment.objects.filter(
        order__placement__household__grid__station=station, disputed__gt=0
    )
    claims = Claim.objects.filter(
        line__stockrecord__partner=station.partner_id, status=Claim.Status.OPEN
    )
    return Overview(
        stands=_stands(moves),
        today=_day(moves.filter(at__gte=midnight)),
        holders=len(cash.held_by(station)),
        arrived=_part([debt.amount for debt in debts if debt.arrived]),
        to_come=_part([debt.amount for debt in debts if debt.collectable and not debt.arrived]),
        awaiting=_part([debt.amount for debt in debts if not debt.collectable]),
        above=_part([amount for amount in balances if amount > 0]),
        below=_part([-amount for amount in balances if amount < 0]),
        refunds_waiting=refunds["waiting"],
        refunds_stuck=refunds["stuck"],
        disputed=disputes.count(),
        claims=claims.count(),
    )


def _stands(moves: QuerySet[MoneyMove]) -> dict[MoneyMove.Account, Decimal]:
    rows = moves.order_by().values_list("source", "target").annotate(sum=Sum("amount"))
    gave: dict[str, Decimal] = defaultdict(Decimal)
    for source, target, amount in rows:
        gave[source] += amount
        gave[target] -= amount
    return {
        account: (-gave[account] if account in OWN else gave[account]).quantize(FEN)
        for account in Account
    }


def _day(moves: QuerySet[MoneyMove]) -> Day:
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    rows = moves.order_by().values_list("kind", "source", "target").annotate(sum=Sum("amount"))
    for kind, source, target, amount in rows:
        sums[kind, source, target] += amount
    paid = {
        account: sum(
            (
                sums[kind, account, Account.ORDER] - sums[kind, Account.ORDER, account]
                for kind in (Kind.PAYMENT, Kind.SUBSIDY)
            ),
            ZERO,
        )
        for account in WAYS
    }

    def out_of(account: MoneyMove.Account, kind: MoneyMove.Kind) -> Decimal:
        """What the account gave, less what it got; into it: below zero."""
        return sum(
            (
                yuan if source == account else -yuan
                for (of_kind, source, target), yuan in sums.items()
                if of_kind == kind and account in (source, target)
            ),
            ZERO,
        )

    return Day(
        paid,
        # Not what only changed its way back, from Stripe to the door's account.
        refunded=out_of(Account.ORDER, Kind.REFUND),
        deposited=-out_of(Account.HOUSEHOLD, Kind.DEPOSIT),
        withdrawn=out_of(Account.HOUSEHOLD, Kind.WITHDRAWAL),
    )


def _part(amounts: Sequence[Decimal]) -> Part:
    return Part(len(amounts), sum(amounts, ZERO))
