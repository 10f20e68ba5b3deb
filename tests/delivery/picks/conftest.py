"""A batch to pack: two doors, eggs by the tray and loose greens."""

import pytest
from django.utils import timezone

from delivery import batches, rounds, signals
from delivery.models import Batch, ParcelLine
from delivery.picks import packing
from shop import baskets, ordering
from tests import factories


@pytest.fixture
def greens(station):
    """Loose: a portion is about 500 g, and costs 3.20."""
    return factories.item(station, "上海青", price="3.20", in_stock=40, by_weight=True)


@pytest.fixture
def eggs(station):
    return factories.item(station, "鸡蛋", price="24.80", in_stock=9, weight_g=1800, unit="板")


@pytest.fixture
def batch(station, grid, home, resident, neighbour, eggs, greens, staff) -> Batch:
    """Stop 1: two trays of eggs and three portions of greens; stop 2: one tray."""
    round = factories.round(station)
    next_door = neighbour.person.household
    for user, door, wanted in [
        (resident, home, [(eggs, 2), (greens, 3)]),
        (neighbour, next_door, [(eggs, 1)]),
    ]:
        basket = baskets.for_door(user, door)
        for item, quantity in wanted:
            baskets.set_quantity(basket, item.record_id, quantity)
        ordering.place(basket, household=door, round=round, by=user)
    rounds.close(round)
    [batch] = batches.plan(round, staff).batches
    return batch


@pytest.fixture
def line(batch):
    """`line(1, eggs)`: the line of the stop with this good."""

    def line(position: int, item) -> ParcelLine:
        return ParcelLine.objects.get(
            parcel__loads__stop__batch=batch, parcel__loads__stop__position=position, item=item
        )

    return line


@pytest.fixture
def instead(line, eggs, greens, staff):
    """At stop 1 there are no eggs, and two portions of greens more instead, not weighed."""
    greens.by_weight = False
    greens.save()
    missing = line(1, eggs)
    packing.tick(missing, by=staff, units=0)
    came = ParcelLine.objects.create(
        parcel=missing.parcel, item=greens, asked=0, quantity=2, instead_of=missing
    )
    change = signals.LineChange(
        missing.parcel.order_id, greens.pk, 0, 2, stands_in_for=missing.item_id
    )
    signals.lines_changed.send(sender=ParcelLine, changes=[change], by=staff, at=timezone.now())
    return came


@pytest.fixture
def find(batch, station, eggs):
    eggs.record.product.upc = "6901234567892"
    eggs.record.product.save()

    def find(code: str, position: int | None = None):
        stop = batch.stops.get(position=position) if position else None
        return packing.find(station, batch, code, stop=stop)

    return find
