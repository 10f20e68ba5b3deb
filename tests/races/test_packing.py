"""Two packers at one batch, at the same moment. Each guard has its control."""

from delivery import batches, locks
from delivery.errors import BatchNotOpen, PackRefused
from delivery.models import Batch, Event, Parcel, ParcelLine
from delivery.picks import packing
from inventory.models import Move
from tests import factories
from tests.races.test_delivery import kinds, meet_after


class Bench:
    """A planned batch of one door that gets two goods, of which others are promised more."""

    def __init__(self) -> None:
        self.station = factories.station()
        self.packers = [factories.member(self.station, name=name) for name in ("甲", "乙")]
        grid = factories.grid(self.station)
        round = factories.round(self.station, status="closed")
        self.goods = [factories.item(self.station, title) for title in ("鸡蛋", "豆腐")]
        factories.parcel(round, factories.household(grid), lines=[(good, 2) for good in self.goods])
        [self.batch] = batches.plan(round, self.packers[0]).batches
        self.lines = list(ParcelLine.objects.order_by("pk"))
        later = factories.round(self.station, "以后", status="closed")
        factories.parcel(later, factories.household(grid), lines=[(good, 5) for good in self.goods])

    def tick(self, number: int, line: int) -> None:
        packing.tick(self.lines[line], by=self.packers[number])

    def packed(self, line: int) -> int:
        """Units of the line's good that have left the shelf, and are not back."""
        good = self.goods[line]
        good.record.refresh_from_db()
        moves = Move.objects.filter(item=good, kind__in=(Move.Kind.PACK, Move.Kind.UNPACK))
        left = -sum(moves.values_list("in_stock_delta", flat=True))
        assert good.record.num_in_stock == 100 - left
        return left

    def statuses(self) -> tuple[str, str]:
        return Parcel.objects.get(pk=self.lines[0].parcel_id).status, Batch.objects.get().status


# --- one line, two hands ----------------------------------------------------------------------


def test_a_line_is_packed_by_one_and_the_other_is_told_by_whom(each_database, race):
    bench = Bench()
    _, errors = race(2, lambda number: bench.tick(number, 0))
    assert kinds(errors) == {PackRefused}
    first = ParcelLine.objects.get(pk=bench.lines[0].pk).packed_by
    assert [str(error) for error in errors] == [f"鸡蛋刚刚由{first}装好了，您不用再装。"]
    assert bench.packed(0) == 2


def test_without_the_locks_the_condition_still_stops_the_second(
    transactional_db, race, monkeypatch
):
    """The control of the lock: both look, and one of them is refused in words."""
    bench = Bench()
    monkeypatch.setattr(locks, "contents", lambda parcel_ids: None)
    meet_after(monkeypatch, 2, (packing, "_held"))
    _, errors = race(2, lambda number: bench.tick(number, 0))
    assert [str(error) for error in errors] == ["这一行刚刚被别人动过，请看一眼再来。"]
    assert bench.packed(0) == 2


def test_without_lock_and_condition_a_line_leaves_the_shelf_twice(
    transactional_db, race, monkeypatch
):
    """The control of the condition."""
    bench = Bench()
    monkeypatch.setattr(locks, "contents", lambda parcel_ids: None)
    monkeypatch.setattr(
        packing,
        "_claim",
        lambda line, **said: ParcelLine.objects.filter(pk=line.pk).update(**said),
    )
    meet_after(monkeypatch, 2, (packing, "_held"))
    _, errors = race(2, lambda number: bench.tick(number, 0))
    assert errors == []
    assert bench.packed(0) == 4


# --- the last two lines -----------------------------------------------------------------------


def test_the_second_of_the_last_two_sees_that_all_is_packed(each_database, race, monkeypatch):
    bench = Bench()
    meet_after(monkeypatch, 2, (packing, "_check"))
    _, errors = race(2, lambda number: bench.tick(number, number))
    assert errors == []
    assert bench.statuses() == ("packed", "packed")
    assert Event.objects.filter(kind="batch_packed").count() == 1


def test_without_the_lock_nobody_sees_it(transactional_db, race, monkeypatch):
    """The control: each finds the other's line still to be packed."""
    bench = Bench()
    monkeypatch.setattr(locks, "contents", lambda parcel_ids: None)
    meet_after(monkeypatch, 2, (packing, "_nothing_left_in"))
    _, errors = race(2, lambda number: bench.tick(number, number))
    assert errors == []
    assert bench.statuses() == ("waiting", "planned")


# --- one by one, and all at once --------------------------------------------------------------


def test_one_ticks_while_the_other_says_that_all_is_packed(each_database, race):
    bench = Bench()

    def work(number: int) -> None:
        if number:
            batches.pack(bench.batch, bench.packers[1])
        else:
            bench.tick(0, 0)

    _, errors = race(2, work)
    assert kinds(errors) <= {PackRefused, BatchNotOpen}
    assert [bench.packed(line) for line in (0, 1)] == [2, 2]
    assert bench.statuses() == ("packed", "packed")


def test_one_takes_out_what_the_other_completes(each_database, race):
    """Whoever is first: goods, parcel and batch say the same in the end."""
    bench = Bench()
    bench.tick(0, 0)

    def work(number: int) -> None:
        if number:
            bench.tick(1, 1)
        else:
            packing.untick(bench.lines[0], by=bench.packers[0])

    _, errors = race(2, work)
    assert errors == []
    assert [bench.packed(line) for line in (0, 1)] == [0, 2]
    assert bench.statuses() == ("waiting", "planned")
