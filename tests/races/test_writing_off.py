"""What a family owes is written off while something of it is given back.

The guard has its control: the same race without it goes wrong.
"""

import threading
from decimal import Decimal
from uuid import uuid4

from django.db import connections

from inventory.models import Membership
from shop.models import MoneyMove
from shop.money import accounts, leaving, ledger, orders
from tests import factories
from tests.races.buyers import PATIENCE, Halfway, wait_until_somebody_waits
from tests.races.test_claims import Afternoon


class Leaving(Afternoon):
    """6.00 of rice that the account paid on credit; a bag of it was bad."""

    def __init__(self) -> None:
        super().__init__(paid=False)
        self.manager = factories.member(self.station, Membership.Role.MANAGER)
        accounts.limit_credit(self.home, Decimal("6.00"), by=self.manager)
        said = {"source": MoneyMove.Account.HOUSEHOLD, "by": self.manager, "nonce": uuid4()}
        orders.pay(self.order, self.home, Decimal("6.00"), **said)
        self.bad = self.claim()
        self.errors: list[Exception] = []

    def write_off(self) -> None:
        said = {"reason": "联系不上", "nonce": uuid4(), "seen": Decimal("6.00")}
        leaving.write_off(self.home, by=self.manager, **said)

    def start(self, step) -> threading.Thread:
        def run() -> None:
            try:
                step()
            except Exception as error:
                self.errors.append(error)
            finally:
                connections.close_all()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def stands(self) -> tuple[Decimal, Decimal]:
        """(in the account, lost)."""
        lost = MoneyMove.objects.all().standing(MoneyMove.Account.BAD_DEBT)
        return accounts.balance(self.home), lost


def test_nobody_is_given_what_is_being_written_off(transactional_db, monkeypatch):
    here = Leaving()
    halfway = Halfway(monkeypatch, ledger, "post")
    leaves = here.start(here.write_off)
    assert halfway.reached.wait(PATIENCE)
    answers = here.start(lambda: here.accept(here.bad, "2.00"))
    try:
        wait_until_somebody_waits("transactionid")
    finally:
        halfway.go.set()
        leaves.join(PATIENCE)
        answers.join(PATIENCE)
    assert here.errors == []
    assert here.stands() == (0, Decimal("4.00"))


def test_without_the_locks_the_account_has_what_nobody_paid(transactional_db, monkeypatch):
    """The control."""
    here = Leaving()
    monkeypatch.setattr(leaving, "_hold_orders", lambda household: None)
    halfway = Halfway(monkeypatch, ledger, "post")
    leaves = here.start(here.write_off)
    assert halfway.reached.wait(PATIENCE)
    here.accept(here.bad, "2.00")
    halfway.go.set()
    leaves.join(PATIENCE)
    assert here.errors == []
    assert here.stands() == (Decimal("2.00"), Decimal("6.00"))
