"""Two people who buy, or one who cancels what another one is just receiving."""

import time
from decimal import Decimal
from uuid import uuid4

import pytest

from inventory import stock
from inventory.errors import PurchaseKnown
from inventory.models import Purchase, Receipt
from inventory.purchases import purchasing
from inventory.purchases.purchasing import Wanted
from inventory.receipts import receiving
from inventory.receipts.receiving import Came
from tests import factories
from tests.races.buyers import (
    PATIENCE,
    Halfway,
    kinds,
    meet_before,
    wait_until_somebody_waits,
)

BUYERS = 8


class Office:
    """A station with a supplier, a good and somebody who buys."""

    def __init__(self) -> None:
        self.station = factories.station()
        self.staff = factories.member(self.station)
        self.supplier = factories.supplier(self.station)
        self.item = factories.item(self.station, in_stock=0)
        self.lines = [Wanted(self.item.pk, 4, 5, Decimal("15.00"))]

    def order(self, nonce, seen=None) -> Purchase:
        return purchasing.order(
            self.station, self.supplier, self.lines, by=self.staff, nonce=nonce, seen=seen
        )

    def receive(self, purchase: Purchase) -> Receipt:
        came = Came(self.item.pk, 5, Decimal("15.00"), purchase_line_id=purchase.lines.get().pk)
        return receiving.receive(
            self.station, self.supplier, [came], by=self.staff, nonce=uuid4(), purchase=purchase
        )


@pytest.mark.django_db(transaction=True)
def test_control_without_the_stations_lock_one_of_two_sees_an_error_page(race, monkeypatch):
    office = Office()
    monkeypatch.setattr(purchasing, "_lock_station", lambda station: None)
    # Both have read the last number before either writes its own.
    meet_before(monkeypatch, Purchase.objects, "create", runners=2)
    outcome = race(2, lambda number: office.order(uuid4()))
    assert kinds(outcome.errors) == {"IntegrityError"}
    assert Purchase.objects.count() == 1


def test_everybody_gets_a_number_of_their_own(race, each_database):
    office = Office()
    outcome = race(BUYERS, lambda number: office.order(uuid4()))
    assert not outcome.errors
    numbers = Purchase.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, BUYERS + 1))


def test_the_same_form_from_many_tabs_is_one_purchase(race, each_database):
    office, nonce = Office(), uuid4()
    outcome = race(BUYERS, lambda number: office.order(nonce))
    assert not outcome.errors
    assert {purchase.pk for purchase in outcome.results} == {Purchase.objects.get().pk}


def test_of_two_who_saw_the_same_page_the_second_hears_of_the_first(race, each_database):
    office = Office()
    outcome = race(BUYERS, lambda number: office.order(uuid4(), seen=0))
    assert [type(error) for error in outcome.errors] == [PurchaseKnown] * (BUYERS - 1)
    assert {error.purchase for error in outcome.errors} == {Purchase.objects.get()}


def cancel_while_receiving(race, monkeypatch, *, guarded: bool):
    office = Office()
    purchase = office.order(uuid4())
    if not guarded:
        monkeypatch.setattr(purchasing, "lock", lambda purchase, *expected: None)
    half = Halfway(monkeypatch, stock, "receive")

    def run(number):
        if number == 0:
            return office.receive(Purchase.objects.get(pk=purchase.pk))
        assert half.reached.wait(30)
        if number == 1:
            return purchasing.cancel(Purchase.objects.get(pk=purchase.pk), by=office.staff)
        try:
            if guarded:
                wait_until_somebody_waits("transactionid")
            else:
                wait_until_cancelled(purchase)
        finally:
            half.go.set()

    outcome = race(3, run)
    purchase.refresh_from_db()
    return outcome, purchase


def wait_until_cancelled(purchase: Purchase) -> None:
    patience = time.monotonic() + PATIENCE
    while time.monotonic() < patience:
        if Purchase.objects.filter(pk=purchase.pk, status=Purchase.Status.CANCELLED).exists():
            return
        time.sleep(0.01)
    raise AssertionError("nobody cancelled it")


@pytest.mark.django_db(transaction=True)
def test_control_without_the_purchases_lock_what_came_is_of_a_cancelled_one(race, monkeypatch):
    outcome, purchase = cancel_while_receiving(race, monkeypatch, guarded=False)
    assert not outcome.errors
    assert (purchase.status, purchase.receipts.count()) == ("cancelled", 1)


@pytest.mark.django_db(transaction=True)
def test_what_is_being_received_is_not_cancelled(race, monkeypatch):
    outcome, purchase = cancel_while_receiving(race, monkeypatch, guarded=True)
    assert [str(error) for error in outcome.errors] == [
        "已经收过货，不能取消；剩下的不来了，请点“不再等了”。"
    ]
    assert (purchase.status, purchase.receipts.count()) == ("placed", 1)
