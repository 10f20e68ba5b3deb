"""一波的账: what each door has to pay for a round, how much of it is paid and how. Reads only."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from django.db.models import Q, Sum
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
class Door:
    """`due`: what its orders come to; `paid`: of that, by account it came from; `into_account`:
    what went back to the household, off what was paid; `undelivered`: owed for what did not
    arrive, so nobody asks for it yet; `came_back`: something is at the station again, and costs
    nothing."""

    household: Household
    due: Decimal = ZERO
    paid_by: dict[MoneyMove.Account, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    into_account: Decimal = ZERO
    undelivered: Decimal = ZERO
    came_back: bool = False

    @property
    def paid(self) -> Decimal:
        return sum(self.paid_by.values(), ZERO) - self.into_account

    @property
    def owed(self) -> Decimal:
        return self.due - self.paid

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
    """The doors in walking order; what they come to together."""

    doors: list[Door]

    @cached_property
    def due(self) -> Decimal:
        return sum((door.due for door in self.doors), ZERO)

    @cached_property
    def paid(self) -> Decimal:
        return sum((door.paid for door in self.doors), ZERO)

    @property
    def owed(self) -> Decimal:
        return self.due - self.paid

    @cached_property
    def unsettled(self) -> list[Door]:
        return [door for door in self.doors if not door.is_settled]


def of(round: Round, households: Collection[Household]) -> Book:
    """Of these doors those with something booked for an order of the round. One query."""
    orders = Q(source=Account.ORDER) | Q(target=Account.ORDER)
    moves = (
        MoneyMove.objects.filter(orders, household__in=households, order__placement__round=round)
        .filter(STILL_THERE)
        .exclude(order__status__in=NOT_COLLECTED)
        .order_by()
        .values_list(
            *("household", "kind", "source", "target"), "order__parcel__status", "order__status"
        )
        .annotate(sum=Sum("amount"))
    )
    found: dict[int, Door] = {}
    by_key = {household.pk: household for household in households}
    for household_id, kind, source, target, parcel, order, total in moves:
        door = found.setdefault(household_id, Door(by_key[household_id]))
        charged = source == Account.ORDER
        signed = (total if charged else -total).quantize(FEN)
        other = Account(target if charged else source)
        if other == Account.SALES:
            door.due += signed
        elif kind == MoneyMove.Kind.REFUND and other == Account.HOUSEHOLD:
            door.into_account += signed
        else:
            door.paid_by[other] -= signed
        if parcel == Parcel.Status.FAILED:
            door.undelivered += signed
        door.came_back |= order == OrderStatus.RETURNED
    return Book([found[household.pk] for household in households if household.pk in found])
