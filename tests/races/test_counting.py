"""A shelf is counted while its goods are picked: what left between the counting and the approval
is missed once, not twice. docs/locking.md."""

from decimal import Decimal

from inventory import stock
from inventory.counts import counting, losses
from inventory.errors import LossRefused
from inventory.models import Move
from tests import factories
from tests.races.buyers import (
    PATIENCE,
    Halfway,
    Scene,
    counters,
    kinds,
    ledger,
    scene,
    wait_until_somebody_waits,
)


def counted(here: Scene, found: int):
    """10 bags, 4 of them held for an order; `found` on the shelf. Who may approve, the count."""
    rice = here.good("大米", pieces=10)
    order = factories.order()
    stock.reserve([stock.Promise(order.pk, rice.record_id, 4, Decimal("3.00"))])
    one, other = factories.member(here.station), factories.member(here.station)
    count = counting.begin(here.station, rice.shelf, by=one)
    counting.enter(count, rice.pk, found, by=one)
    counting.finish(count, by=one)
    return rice, order, count, other


def test_control_setting_the_stock_to_what_was_found_forgets_what_was_picked(each_database, race):
    """8 of 10 were found, then 4 were picked: 4 are left, and the books would say 8."""
    here = scene()
    rice, order, count, other = counted(here, 8)
    stock.pack([(order.pk, rice.record_id, 4)])
    line = count.lines.get()
    in_stock, _held = counters(rice)
    stock.correct({rice.record_id: line.found - in_stock}, by=other)
    assert counters(rice) == (8, 0)


def test_what_is_picked_before_the_approval_is_missed_once(each_database, race):
    here = scene()
    rice, order, count, other = counted(here, 8)
    stock.pack([(order.pk, rice.record_id, 4)])
    counting.approve(count, by=other)
    assert counters(rice) == ledger(rice) == (4, 0)


def test_count_and_pick_at_the_same_moment(each_database, race):
    here = scene()
    rice, order, count, other = counted(here, 8)

    def run(number: int) -> None:
        if number:
            stock.pack([(order.pk, rice.record_id, 4)])
        else:
            counting.approve(count, by=other)

    _results, errors = race(2, run)
    assert not errors
    assert counters(rice) == ledger(rice) == (4, 0)
    assert sum(rice.lots.values_list("units", flat=True)) == 4


def test_a_pick_waits_for_the_approval_and_finds_what_it_left(transactional_db, race, monkeypatch):
    here = scene()
    rice, order, count, other = counted(here, 8)
    approving = Halfway(monkeypatch, stock, "correct", after=True)

    def run(number: int) -> None:
        if number == 0:
            return counting.approve(count, by=other)
        assert approving.reached.wait(PATIENCE)
        return stock.pack([(order.pk, rice.record_id, 4)])

    def release(number: int) -> None:
        if number == 2:
            assert approving.reached.wait(PATIENCE)
            wait_until_somebody_waits("transactionid")
            approving.go.set()
        else:
            run(number)

    _results, errors = race(3, release)
    assert not errors
    assert counters(rice) == ledger(rice) == (4, 0)


def test_two_who_approve_are_one(each_database, race):
    here = scene()
    rice, _order, count, other = counted(here, 8)
    another = factories.member(here.station)
    people = [other, another] * 4
    done, errors = race(8, lambda number: counting.approve(count, by=people[number]))
    assert len(done) == 1
    assert kinds(errors) == {"CountRefused"}
    assert counters(rice) == ledger(rice) == (8, 4)


def test_a_figure_is_not_changed_behind_the_back_of_who_finishes(each_database, race):
    """What comes after the end is refused; the figures that were approved are those that stand."""
    here = scene()
    rice = here.good("大米", pieces=10)
    someone = factories.member(here.station)
    for _again in range(4):
        count = counting.begin(here.station, rice.shelf, by=someone)
        counting.enter(count, rice.pk, 9, by=someone)

        def run(number: int, count=count) -> None:
            if number:
                counting.enter(count, rice.pk, 8, by=someone)
            else:
                counting.finish(count, by=someone)

        _results, errors = race(2, run)
        found = count.lines.get().found
        count.refresh_from_db()
        assert count.status == "counted"
        assert (found, kinds(errors)) in [(9, {"CountRefused"}), (8, set())]
        counting.cancel(count, by=someone)


def test_eight_taps_lose_three_units_once(each_database, race):
    here = scene()
    rice = here.good("大米", pieces=10)
    lot, someone = rice.lots.get(), factories.member(here.station)
    results, errors = race(
        8,
        lambda _number: losses.record(
            here.station,
            lot.pk,
            3,
            kind=Move.Kind.WASTE,
            reason=Move.Reason.BROKEN,
            seen=10,
            by=someone,
        ),
    )
    assert not errors
    assert len({move.pk for move in results}) == 1
    assert counters(rice) == ledger(rice) == (7, 0)


def test_control_without_what_was_seen_every_tap_is_a_loss(each_database, race):
    here = scene()
    rice = here.good("大米", pieces=10)
    lot, someone = rice.lots.get(), factories.member(here.station)
    said = {"kind": Move.Kind.WASTE, "reason": Move.Reason.BROKEN, "by": someone}
    results, errors = race(8, lambda _number: losses.record(here.station, lot.pk, 3, **said))
    assert len(results) == 3
    assert {type(error) for error in errors} == {LossRefused}
    assert counters(rice) == (1, 0)
