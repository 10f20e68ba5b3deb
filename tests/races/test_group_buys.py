"""Two who import one export, or key one slip, at the same moment: everything is ordered once."""

from django.db.models import Sum
from oscar.core.loading import get_model

from delivery import locks
from delivery.models import Household
from shop import ready_baskets
from shop.group_buys import formats, placing
from shop.group_buys import plan as plans
from shop.models import Slip
from shop.slips import keying, sheets
from tests import factories
from tests.races.buyers import kinds, meet_before, scene
from tests.shop.group_buys import exports

Order = get_model("order", "Order")
OrderLine = get_model("order", "Line")


def ordered(item) -> int:
    lines = OrderLine.objects.filter(stockrecord=item.record_id)
    return lines.aggregate(units=Sum("quantity"))["units"] or 0


def importers(here):
    """A good, and two who have looked at the preview of the same export."""
    eggs = here.good("鲜鸡蛋", pieces=100)
    door = factories.household(here.grid)
    factories.person(door, phone="13800138000")
    export = formats.parse(exports.kuaituantuan((1, "鲜鸡蛋", 2, "13800138000", "")), "团.xlsx")
    doors = Household.objects.of_station(here.station)
    clerks = [factories.member(here.station) for _each in range(2)]
    made = [plans.make(here.round, export, doors) for _each in clerks]
    return eggs, lambda number: placing.place(made[number], by=clerks[number])


def keyers(here):
    eggs = here.good("鲜鸡蛋", pieces=100)
    door = factories.household(here.grid)
    clerks = [factories.member(here.station) for _each in range(2)]
    sheet = sheets.make(here.round, [], by=clerks[0])
    return eggs, lambda number: keying.key(sheet, door, {eggs.pk: 2}, by=clerks[number])


def test_one_export_imported_by_two_is_ordered_once(each_database, race):
    eggs, step = importers(scene())
    done, errors = race(2, step)
    assert not errors
    assert sorted(len(placed.orders) for placed in done) == [0, 1]
    assert ordered(eggs) == 2


def test_without_the_doors_lock_the_row_still_stops_the_second(transactional_db, race, monkeypatch):
    eggs, step = importers(scene())
    monkeypatch.setattr(locks, "round_shared", lambda *keys: None)
    meet_before(monkeypatch, ready_baskets, "make", runners=2)
    done, errors = race(2, step)
    assert kinds(errors) == {"IntegrityError"}
    assert len(done) == 1
    assert ordered(eggs) == 2


def test_one_slip_keyed_by_two_is_one_order(each_database, race):
    eggs, step = keyers(scene())
    done, errors = race(2, step)
    assert not errors
    assert sorted(made for _order, made in done) == [False, True]
    assert ordered(eggs) == 2


def test_without_the_doors_lock_the_slip_still_stops_the_second(
    transactional_db, race, monkeypatch
):
    eggs, step = keyers(scene())
    monkeypatch.setattr(locks, "round_shared", lambda *keys: None)
    meet_before(monkeypatch, ready_baskets, "make", runners=2)
    _done, errors = race(2, step)
    assert kinds(errors) == {"IntegrityError"}
    assert Slip.objects.count() == 1
    assert ordered(eggs) == 2
