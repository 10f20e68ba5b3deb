"""A closed round, and a batch of it on its way."""

from decimal import Decimal

import pytest

from delivery import batches, signals
from delivery.models import Batch, Round, Stop
from tests import factories
from tests.delivery.doors import send_out


@pytest.fixture
def round(station) -> Round:
    return factories.round(station, status="closed")


@pytest.fixture
def batch_out(round, grid, home, staff, courier) -> Batch:
    """On its way, two stops: at the first two parcels, 12.50 and 7.50 due; at the last one."""
    factories.parcel(round, home, due=Decimal("12.50"))
    factories.parcel(round, home, due=Decimal("7.50"))
    factories.parcel(round, factories.household(grid, "9"))
    [batch] = batches.plan(round, staff).batches
    send_out(batch, courier, staff)
    return batch


@pytest.fixture
def stop(batch_out) -> Stop:
    return batch_out.stops.get(position=1)


@pytest.fixture
def last(batch_out) -> Stop:
    return batch_out.stops.get(position=2)


@pytest.fixture
def handed_off():
    """(stop, handoff, parcel ids) of every announcement."""
    calls: list[tuple] = []

    def listen(sender, stop, handoff, parcel_ids, **kwargs):
        calls.append((stop.pk, handoff.pk, parcel_ids))

    signals.handed_off.connect(listen)
    yield calls
    signals.handed_off.disconnect(listen)
