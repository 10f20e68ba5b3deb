"""What the station wrote off, when it comes to less after all: that comes off the loss.

An order has a loss of its own, or was paid out of an account that was written off later: what it
had been paid with on credit, nobody paid.
"""

from bisect import bisect
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from django.db.models import Min, Q

from shop.models import MoneyMove
from shop.money import ZERO
from shop.money.ledger import Standing

Account = MoneyMove.Account
BAD_DEBT, ON_ACCOUNT = (Account.BAD_DEBT, None), (Account.HOUSEHOLD, None)


class Losses:
    """What is left of the losses that these orders were paid with. Up to two queries."""

    def __init__(self, standings: Mapping[int, Standing]) -> None:
        self.standings = standings
        #: By row that wrote an account off, what is left of it; by order, which row that is.
        self.left: dict[int, Decimal] = {}
        self.row_of: dict[int, int] = {}
        on_account = {pk for pk, each in standings.items() if each.paid.get(ON_ACCOUNT, ZERO) > 0}
        if on_account:
            self._find({standings[pk].household_id for pk in on_account}, on_account)

    def take(self, order_id: int, most: Decimal) -> Decimal:
        """How much of `most` yuan that are given back of the order nobody ever paid."""
        paid = self.standings[order_id].paid
        # Below zero: what came off the account's loss before.
        of_order = paid.get(BAD_DEBT, ZERO)
        own = min(most, max(of_order, ZERO))
        row = self.row_of.get(order_id)
        if row is None:
            return own
        on_account = max(paid[ON_ACCOUNT] + min(of_order, ZERO), ZERO)
        more = min(most - own, on_account, self.left[row])
        self.left[row] -= more
        return own + more

    def _find(self, doors: set[int], order_ids: set[int]) -> None:
        rows = MoneyMove.objects.filter(household__in=doors).filter(
            Q(source=Account.BAD_DEBT) | Q(target=Account.BAD_DEBT)
        )
        accounts: dict[int, list[int]] = defaultdict(list)
        orders: dict[int, Decimal] = defaultdict(Decimal)
        columns = ("pk", "household_id", "order_id", "source", "amount")
        for pk, door, order_id, source, amount in rows.order_by("pk").values_list(*columns):
            if order_id:
                orders[order_id] += amount if source == Account.BAD_DEBT else -amount
            else:
                accounts[door].append(pk)
                self.left[pk] = amount
        if not accounts:
            return
        came_off = {order_id: -net for order_id, net in orders.items() if net < 0}
        paid = MoneyMove.objects.filter(
            order__in=order_ids | came_off.keys(), source=Account.HOUSEHOLD, target=Account.ORDER
        )
        first = paid.order_by().values_list("order_id", "household_id").annotate(pk=Min("pk"))
        for order_id, door, pk in first:
            # It brought the account to nothing: what was paid later was not on that credit.
            after = accounts[door][bisect(accounts[door], pk) :]
            if after:
                self.row_of[order_id] = after[0]
                self.left[after[0]] -= came_off.get(order_id, ZERO)
