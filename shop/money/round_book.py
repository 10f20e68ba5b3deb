"""一波的账: what each door has to pay for a round, how much of it is paid and how. Reads only."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from django.db.models import Case, Q, Sum, Value, When
from django.utils.translation import gettext as _

from delivery.models import Household, Parcel, Round
from shop.models import MoneyMove, OrderStatus
from shop.money import FEN, ZERO
from shop.money.cash.collecting import NOT_COLLECTED, STILL_THERE

Account = MoneyMove.Account
#: How it was paid, as far as it is a leader's business: who has no need to know of it is not told
#: that a fund paid, or from which account.
CASH = (Account.PERSON, Account.CASH)


@dataclass
class Sums:
    """`due`: what orders come to; `paid_by`: of that, by account it came from; `into_account`: what
    went back to the household, off what was paid; `written_off`: nobody will pay it any more."""

    due: Decimal = ZERO
    paid_by: dict[MoneyMove.Account, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    into_account: Decimal = ZERO
    written_off: Decimal = ZERO

    @property
    def paid(self) -> Decimal:
        return sum(self.paid_by.values(), ZERO) - self.into_account

    @property
    def owed(self) -> Decimal:
        return self.due - self.paid - self.written_off

    def add(self, kind: str, other: MoneyMove.Account, signed: Decimal) -> None:
        """A move between an order and `other`; `signed`: yuan that are owed more."""
        if other == Account.SALES:
            self.due += signed
        elif other == Account.BAD_DEBT:
            self.written_off -= signed
        elif kind == MoneyMove.Kind.REFUND and other == Account.HOUSEHOLD:
            self.into_account += signed
        else:
            self.paid_by[other] -= signed


@dataclass
class Door(Sums):
    """`undelivered`: owed for what did not arrive, so nobody asks for it yet; `came_back`:
    something is at the station again, and costs nothing."""

    household: Household = field(kw_only=True)
    undelivered: Decimal = ZERO
    came_back: bool = False

    @property
    def to_collect(self) -> Decimal:
        return self.owed - self.undelivered

    @property
    def is_settled(self) -> bool:
        return not self.owed

    @property
    def parts(self) -> list[tuple[str, Decimal]]:
        """How it was paid, in words: `("现金", 12.50)`, and what of it went into the account."""
        cash = sum((self.paid_by.get(way, ZERO) for way in CASH), ZERO)
        transfer = self.paid_by.get(Account.TRANSFER, ZERO)
        other = self.paid + self.into_account - cash - transfer
        named = [
            (_("现金"), cash),
            (_("转账"), transfer),
            (_("其他"), other),
            (_("退到账户"), self.into_account),
        ]
        return [(words, yuan) for words, yuan in named if yuan]


@dataclass(frozen=True)
class Book:
    """The doors in walking order; what they come to together. `gone`: families that moved out
    since: a round that is over comes to the same for ever, but whose it was is nobody's business.
    """

    doors: list[Door]
    gone: Sums = field(default_factory=Sums)

    @cached_property
    def due(self) -> Decimal:
        return sum((door.due for door in self.doors), self.gone.due)

    @cached_property
    def paid(self) -> Decimal:
        return sum((door.paid for door in self.doors), self.gone.paid)

    @cached_property
    def written_off(self) -> Decimal:
        return sum((door.written_off for door in self.doors), self.gone.written_off)

    @property
    def owed(self) -> Decimal:
        return self.due - self.paid - self.written_off

    @cached_property
    def unsettled(self) -> list[Door]:
        return [door for door in self.doors if not door.is_settled]


def of(round: Round, households: Collection[Household]) -> Book:
    """Of these doors those with something booked for an order of the round, and what families that
    moved out of them had ordered. One query."""
    orders = Q(source=Account.ORDER) | Q(target=Account.ORDER)
    there = Case(When(STILL_THERE, then=Value(1)), default=Value(0))
    moves = (
        MoneyMove.objects.filter(orders, household__in=households, order__placement__round=round)
        .exclude(order__status__in=NOT_COLLECTED)
        .order_by()
        .values_list(
            *("household", "kind", "source", "target"),
            *("order__parcel__status", "order__status", there),
        )
        .annotate(sum=Sum("amount"))
    )
    found: dict[int, Door] = {}
    gone = Sums()
    by_key = {household.pk: household for household in households}
    for household_id, kind, source, target, parcel, order, is_there, total in moves:
        charged = source == Account.ORDER
        signed = (total if charged else -total).quantize(FEN)
        other = Account(target if charged else source)
        if not is_there:
            gone.add(kind, other, signed)
            continue
        door = found.setdefault(household_id, Door(household=by_key[household_id]))
        door.add(kind, other, signed)
        if parcel == Parcel.Status.FAILED:
            door.undelivered += signed
        door.came_back |= order == OrderStatus.RETURNED
    doors = [found[household.pk] for household in households if household.pk in found]
    return Book(doors, gone)
