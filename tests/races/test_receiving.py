"""A delivery from two tablets, two deliveries of one purchase, a delivery while people buy."""

import threading
from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest

from inventory import pricing, stock
from inventory.errors import DeliveryKnown, Shortage
from inventory.models import Costing, Purchase, Receipt
from inventory.purchases import purchasing
from inventory.receipts import arrivals, receiving
from inventory.receipts.receiving import Came
from tests import factories
from tests.races.buyers import (
    PATIENCE,
    Halfway,
    counters,
    kinds,
    ledger,
    meet_before,
    wait_until_somebody_waits,
)

CLERKS = 6


class Dock:
    """A station with ten of a good at 2.30, a supplier, and somebody who takes deliveries in."""

    def __init__(self) -> None:
        self.station = factories.station()
        self.staff = factories.member(self.station)
        self.supplier = factories.supplier(self.station)
        self.item = factories.item(self.station, price="2.30", in_stock=10)
        self.order = factories.order()

    def receive(self, units=10, cost="31.00", *, item=None, **fields) -> Receipt:
        fields.setdefault("nonce", uuid4())
        came = [Came((item or self.item).pk, units, Decimal(cost))]
        return receiving.receive(self.station, self.supplier, came, by=self.staff, **fields)

    def buy(self, units=10) -> None:
        price = Decimal("2.30")
        stock.reserve([stock.Promise(self.order.pk, self.item.record_id, units, price)])


# --- the same delivery twice ---------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_control_without_its_mark_a_delivery_comes_in_twice(race, monkeypatch):
    dock = Dock()
    monkeypatch.setattr(arrivals, "_fingerprint", lambda receipt, lines: uuid4().hex)
    meet_before(monkeypatch, Receipt, "save", runners=2)
    outcome = race(2, lambda number: dock.receive(delivery_note="SH-1"))
    assert not outcome.errors
    assert counters(dock.item) == (30, 0), "ten units came, and twenty stand in the books"


@pytest.mark.parametrize("note", ["SH-1", ""])
def test_the_same_delivery_from_several_tablets_comes_in_once(race, each_database, note):
    dock = Dock()
    outcome = race(CLERKS, lambda number: dock.receive(delivery_note=note))
    assert [type(error) for error in outcome.errors] == [DeliveryKnown] * (CLERKS - 1)
    assert {error.receipt for error in outcome.errors} == {Receipt.objects.get()}
    assert counters(dock.item) == ledger(dock.item) == (20, 0)


def test_the_same_form_tapped_by_impatient_fingers_is_one_receipt(race, each_database):
    dock, nonce = Dock(), uuid4()
    outcome = race(CLERKS, lambda number: dock.receive(nonce=nonce))
    assert not outcome.errors
    assert {receipt.pk for receipt in outcome.results} == {Receipt.objects.get().pk}
    assert counters(dock.item) == ledger(dock.item) == (20, 0)


# --- two deliveries of one purchase --------------------------------------------------------------
def two_halves_at_once(race, monkeypatch, go):
    """Two loads that are all of a purchase together, the second while the first is half written."""
    dock = Dock()
    other = factories.item(dock.station, in_stock=0)
    wanted = [(dock.item.pk, 1, 10, None), (other.pk, 1, 10, None)]
    purchase = purchasing.order(dock.station, dock.supplier, wanted, by=dock.staff, nonce=uuid4())
    half, through = Halfway(monkeypatch, stock, "receive"), threading.Event()

    def run(number):
        mine = Purchase.objects.get(pk=purchase.pk)
        if number == 0:
            return dock.receive(purchase=mine)
        assert half.reached.wait(30)
        if number == 1:
            dock.receive(item=other, purchase=mine)
            return through.set()
        try:
            return go(through)
        finally:
            half.go.set()

    outcome = race(3, run)
    assert not outcome.errors
    assert [left for _line, left in purchasing.outstanding(purchase)] == [0, 0]
    purchase.refresh_from_db()
    return purchase.status


@pytest.mark.django_db(transaction=True)
def test_control_without_the_purchases_lock_nobody_sees_that_all_came(race, monkeypatch):
    monkeypatch.setattr(purchasing, "lock", lambda purchase, *expected: None)
    status = two_halves_at_once(race, monkeypatch, lambda through: through.wait(PATIENCE))
    assert status == "placed", "nothing is left to come, and it waits for ever"


@pytest.mark.django_db(transaction=True)
def test_the_second_of_two_loads_ends_the_purchase(race, monkeypatch):
    status = two_halves_at_once(
        race, monkeypatch, lambda through: wait_until_somebody_waits("transactionid")
    )
    assert status == "done"


# --- a delivery while people buy -----------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_control_who_looks_before_locking_prices_goods_that_are_sold(race, monkeypatch):
    """Ten at 2.30 are all bought while ten at 3.10 come: nothing at 2.30 is left."""
    dock = Dock()
    [seen] = pricing.accounts([dock.item.pk])
    stale = replace(seen, units=seen.units + 10, book_value=seen.book_value + 31)
    monkeypatch.setattr(pricing, "accounts", lambda item_ids, **options: [stale])
    half = Halfway(monkeypatch, stock, "receive")

    def run(number):
        if number == 0:
            return dock.receive()
        assert half.reached.wait(30)
        dock.buy()
        return half.go.set()

    assert not race(2, run).errors
    costing = Costing.objects.latest("pk")
    assert (costing.units_before, costing.price) == (10, Decimal("2.70")), "the cost is 3.10"


@pytest.mark.django_db(transaction=True)
def test_who_buys_while_a_delivery_is_priced_hears_of_the_new_price(race, monkeypatch):
    dock = Dock()
    half = Halfway(monkeypatch, pricing, "on_receipt")

    def run(number):
        if number == 0:
            return dock.receive()
        assert half.reached.wait(30)
        if number == 1:
            return dock.buy()
        wait_until_somebody_waits("transactionid")
        return half.go.set()

    outcome = race(3, run)
    # Enough is there, at another price than was agreed to.
    assert kinds(outcome.errors) == {"Shortage"}
    [refused] = outcome.errors
    assert isinstance(refused, Shortage)
    assert [(short.wanted, short.left) for short in refused.short] == [(10, 20)]
    costing = Costing.objects.latest("pk")
    assert (costing.units_before, costing.price) == (10, Decimal("2.70"))
    assert counters(dock.item) == ledger(dock.item) == (20, 0)


@pytest.mark.django_db(transaction=True)
def test_a_delivery_after_the_buyer_prices_only_what_is_left(race, monkeypatch):
    dock = Dock()
    half = Halfway(monkeypatch, stock, "write_moves")  # the buyer's: the row is locked

    def run(number):
        if number == 0:
            return dock.buy()
        assert half.reached.wait(30)
        if number == 1:
            return dock.receive()
        wait_until_somebody_waits("transactionid")
        return half.go.set()

    assert not race(3, run).errors
    costing = Costing.objects.latest("pk")
    assert (costing.units_before, costing.variance, costing.price) == (0, 0, Decimal("3.10"))
    [account] = pricing.accounts([dock.item.pk])
    assert (account.units, account.book_value) == (10, Decimal("31.00"))
    assert counters(dock.item) == ledger(dock.item) == (20, 10)


def test_the_books_add_up_after_a_rush_of_buyers_and_deliveries(race, each_database):
    """Every second runner buys, the others take a load in; whoever bought paid today's price."""
    dock = Dock()
    orders = [factories.order() for _ in range(12)]

    def run(number):
        if number % 2:
            return dock.receive(5, f"{10 + number}.00", delivery_note=str(number))
        dock.item.record.refresh_from_db()
        price = dock.item.record.price
        held = stock.Promise(orders[number].pk, dock.item.record_id, 2, price)
        return stock.reserve([held])

    outcome = race(12, run)
    assert kinds(outcome.errors) <= {"Shortage"}
    [account] = pricing.accounts([dock.item.pk])
    in_stock, held = counters(dock.item)
    assert ledger(dock.item) == (in_stock, held) == (40, held)
    [costing] = Costing.objects.order_by("-pk")[:1]
    assert account.units == in_stock - held
    assert costing.price == account.price
