"""A parcel that came back is given up: taken back once, and by nobody's plan."""

import pytest

from delivery import batches, returns, signals, today
from delivery.errors import CorrectionRefused, ReturnRefused
from delivery.models import Parcel
from delivery.signals import Returned
from tests import factories
from tests.delivery.doors import correct, fail, record, send_out


@pytest.fixture
def announced():
    """(parcel, lines, by) of every announcement."""
    calls: list[tuple] = []

    def listen(sender, parcel, lines, by, at, **kwargs):
        calls.append((parcel.pk, lines, by))

    signals.parcel_returned.connect(listen)
    yield calls
    signals.parcel_returned.disconnect(listen)


@pytest.fixture
def item(station):
    return factories.item(station, "白菜", price="2.00", in_stock=10)


@pytest.fixture
def batch_out(round, home, item, staff, courier):
    """One stop, one parcel with three cabbages of an order."""
    factories.parcel(round, home, lines=[(item, 3)], due="6.00")
    [batch] = batches.plan(round, staff).batches
    send_out(batch, courier, staff)
    return batch


@pytest.fixture
def parcel(stop):
    return stop.parcels.get()


def status(parcel: Parcel) -> str:
    return Parcel.objects.get(pk=parcel.pk).status


def in_stock(item) -> int:
    item.record.refresh_from_db()
    return item.record.num_in_stock


@pytest.mark.parametrize("reason", ["refused", "damaged", "nobody"])
def test_whatever_the_reason_it_is_announced_line_by_line(
    stop, parcel, item, courier, staff, announced, reason
):
    fail(stop, courier, reason)
    line = parcel.lines.get()
    returns.take_back(parcel, by=staff, spoiled={line.pk: 1})
    assert status(parcel) == "returned"
    assert announced == [(parcel.pk, [Returned(item.pk, 3, 1)], staff)]


def test_again_is_nothing(stop, parcel, courier, staff, announced):
    fail(stop, courier)
    for _again in range(2):
        returns.take_back(parcel, by=staff)
    assert len(announced) == 1


def test_what_is_on_its_way_or_there_is_not_taken_back(stop, parcel, courier, staff, announced):
    for outcome in ("on_way", "delivered"):
        assert status(parcel) == outcome
        with pytest.raises(ReturnRefused, match="这个包裹不在驿站，或者又排进了一批"):
            returns.take_back(parcel, by=staff)
        if outcome == "on_way":
            record(stop, courier)
    assert announced == []


def test_what_is_planned_again_is_not_taken_back(round, stop, parcel, courier, staff, announced):
    fail(stop, courier)
    batches.plan(round, staff)
    with pytest.raises(ReturnRefused):
        returns.take_back(parcel, by=staff)
    assert (status(parcel), announced) == ("failed", [])


def test_what_was_taken_back_is_not_planned_again(round, stop, parcel, courier, staff):
    fail(stop, courier)
    returns.take_back(parcel, by=staff)
    assert batches.plan(round, staff).batches == []


def test_its_handoff_cannot_be_corrected_any_more(stop, parcel, courier, staff):
    handoff = fail(stop, courier)
    returns.take_back(parcel, by=staff)
    with pytest.raises(CorrectionRefused, match="已经退回上架，钱也退了，不能再更正。"):
        correct(handoff, staff)
    assert status(parcel) == "returned"


@pytest.mark.parametrize("units", [-1, 4])
def test_no_more_is_spoiled_than_is_in_it(stop, parcel, item, courier, staff, units):
    fail(stop, courier)
    there = in_stock(item)
    line = parcel.lines.get()
    with pytest.raises(ReturnRefused, match="白菜只有 3 份，坏了的不能比这多。"):
        returns.take_back(parcel, by=staff, spoiled={line.pk: units})
    assert (status(parcel), in_stock(item)) == ("failed", there)


def test_another_parcels_line_is_refused(round, grid, stop, parcel, item, courier, staff):
    other = factories.parcel(round, factories.household(grid), lines=[(item, 1)])
    fail(stop, courier)
    with pytest.raises(ReturnRefused, match="有一行不在这个包裹里，请刷新再看。"):
        returns.take_back(parcel, by=staff, spoiled={other.lines.get().pk: 1})
    assert status(parcel) == "failed"


def test_the_list_of_what_was_given_up(round, stop, parcel, courier, staff):
    assert list(returns.given_up(round)) == []
    fail(stop, courier, "refused", note="不在家")
    [found] = returns.given_up(round)
    assert (found, found.reason, found.said) == (parcel, "refused", "不在家")
    returns.take_back(parcel, by=staff)
    assert list(returns.given_up(round)) == []


def test_its_door_stays_one_that_was_not_reached(round, stop, parcel, courier, staff):
    fail(stop, courier)
    returns.take_back(parcel, by=staff)
    assert [door.state for door in today.doors(round)] == ["failed"]
    assert today.needs(round, list(today.batches(round))).unplanned_failures == 0
