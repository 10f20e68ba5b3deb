"""Corrections find the cash in the courier's hands, or, once it was handed in, in the till."""

from decimal import Decimal
from uuid import uuid4

import pytest

from delivery import batches
from delivery.models import Stop
from shop.models import MoneyMove
from shop.money import ledger
from shop.money.cash import cash
from tests import factories
from tests.delivery.doors import correct, record, send_out


@pytest.fixture
def stop(station, home, courier, staff) -> Stop:
    """A door with two orders, 12.50 and 7.50."""
    closed = factories.round(station, status="closed")
    for due in ("12.50", "7.50"):
        order = factories.owing(home, due)
        factories.parcel(closed, home, order=order, due=Decimal(due))
    [batch] = batches.plan(closed, staff).batches
    send_out(batch, courier, staff)
    return batch.stops.get()


def hand_in(station, courier, staff, counted: str):
    said = {"counted_by": staff, "witness": courier, "nonce": uuid4()}
    seen = cash.held(station.pk, courier.pk)
    return cash.hand_in(station, courier, Decimal(counted), seen=seen, **said)


def differences() -> Decimal:
    """What is missing all in all."""
    gave = sum(MoneyMove.objects.filter(source="difference").values_list("amount", flat=True))
    got = sum(MoneyMove.objects.filter(target="difference").values_list("amount", flat=True))
    return Decimal(gave - got)


def owed(stop: Stop) -> Decimal:
    orders = list(stop.parcels.values_list("order", flat=True))
    return sum(ledger.owed(orders).values(), Decimal(0))


def test_a_correction_moves_it_out_of_the_hands_again(station, stop, courier):
    said = record(stop, courier, "handed", cash="20.00")
    said = correct(said, courier, "handed", cash="5.00", transfer="15.00")
    assert cash.held_by(station) == {courier: Decimal("5.00")}
    correct(said, courier, "failed", reason="nobody")
    assert cash.held_by(station) == {}
    assert owed(stop) == Decimal("20.00")


def test_what_was_handed_in_and_never_collected_was_a_difference(station, stop, courier, staff):
    """15 was in the envelope, 20 in the books: 5 missing. Then the courier says it was 15."""
    said = record(stop, courier, "handed", cash="20.00")
    hand_in(station, courier, staff, "15.00")
    assert differences() == Decimal("5.00")
    correct(said, courier, "handed", cash="15.00")
    assert cash.held_by(station) == {}
    assert differences() == 0
    assert (cash.in_till(station), owed(stop)) == (Decimal("15.00"), Decimal("5.00"))


def test_what_was_handed_in_pays_no_other_door(station, stop, courier, staff):
    said = record(stop, courier, "handed", cash="20.00")
    hand_in(station, courier, staff, "20.00")
    correct(said, staff, "handed", transfer="20.00")
    assert cash.held_by(station) == {}
    # Two counted 20 of which the books know nothing any more: too much in the till.
    assert differences() == Decimal("-20.00")
    assert cash.in_till(station) == Decimal("20.00")
    assert MoneyMove.objects.get(note="交款后更正").count is None
