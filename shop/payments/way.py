"""What every way to pay must say. One folder each, with its own `way.py`; `ways.py` lists them."""

from abc import ABC
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from delivery.models import Household
from inventory.models import Station
from shop.models import MoneyMove, OrderStatus
from shop.money.ledger import Entry, Standing


class Part(NamedTuple):
    """So many yuan of an overpaid order that go back the way they came; `payment_id`: of which
    attempt at Stripe."""

    order_id: int
    standing: Standing
    amount: Decimal
    payment_id: int | None


class Way(ABC):
    #: Kept on the order's placement and in `Station.ways_to_pay`.
    code: str
    title: str
    symbol: str
    #: What an order is while nothing but this way's own step has happened.
    first_status = OrderStatus.PLACED
    #: Accounts of the ledger from which money that came this way can go back by itself.
    gives_back_to: frozenset[MoneyMove.Account] = frozenset()

    def is_set_up(self) -> bool:
        """Whether this installation can do it at all."""
        return True

    def why_not(self, household: Household, amount: Decimal) -> str:
        """One sentence why this door cannot pay so much this way now; empty: it can."""
        return ""

    def words(self, household: Household, amount: Decimal) -> str:
        """What happens if this way is chosen, in one line."""
        return ""

    def said(self, household: Household, amount: Decimal) -> tuple[str, str]:
        """`words` and `why_not`, of which one is empty."""
        why_not = self.why_not(household, amount)
        return ("" if why_not else self.words(household, amount)), why_not

    def claim(self, order, household: Household, amount: Decimal, *, by) -> list[Entry]:
        """In the transaction that places the order, with the door's lock held: what is paid right
        now. `amount`: yuan that are to be paid. Raises `StationError`, then there is no order."""
        return []

    def after(self, order, request) -> str:
        """Where the order is paid, once it is there; empty: nowhere yet. Asks nobody outside."""
        return ""

    def given_up(self, order_id: int) -> None:  # noqa: B027  (most have nothing to undo)
        """In the transaction in which somebody cancels an order that waits for its payment, or
        pays it another way."""

    def gives_back(self, amount: Decimal, station: Station) -> bool:
        """Whether so much may go back this way; otherwise it goes into the door's account."""
        return False

    def bound(self, payment_ids: Collection[int]) -> Collection[int]:
        """Those of which nothing may go into the door's account instead, however little it is."""
        return ()

    def give_back(self, parts: Sequence[Part], *, at: datetime) -> list[Entry]:
        """Books that these go back; what has to be done for it outside is done after the commit."""
        raise NotImplementedError
