"""Goods go into parcels: ticked, found short, weighed, and taken out again."""

from decimal import Decimal

import pytest
from django.utils import timezone

from delivery import batches
from delivery.errors import NotShared, PackRefused
from delivery.models import Event, ParcelLine
from delivery.picks import packing
from inventory.errors import StockRefused
from inventory.models import Lot, Move
from shop import baskets, ordering
from shop.models import Adjustment, Notice
from tests import factories
from tests.delivery.picks.bench import counters, due, order_of, state

# --- ticking ----------------------------------------------------------------------------------


def test_what_is_ticked_leaves_the_shelf(line, eggs, staff):
    assert counters(eggs) == (9, 3)
    packing.tick(line(1, eggs), by=staff)
    assert counters(eggs) == (7, 1)
    ticked = line(1, eggs)
    assert (ticked.quantity, ticked.packed_by) == (2, staff)
    assert ticked.packed_at is not None
    assert state(ticked) == ("waiting", "placed", "planned")
    assert not Adjustment.objects.exists()


def test_the_last_line_packs_the_parcel_and_the_last_parcel_the_batch(line, eggs, greens, staff):
    packing.tick(line(1, eggs), by=staff)
    packing.tick(line(1, greens), by=staff, weighed_g=1500)
    assert state(line(1, eggs)) == ("packed", "packed", "planned")
    packing.tick(line(2, eggs), by=staff)
    assert state(line(2, eggs)) == ("packed", "packed", "packed")
    event = Event.objects.get(kind="batch_packed")
    assert (event.by, event.data) == (staff, {"parcels": 2})


def test_a_second_tap_is_no_second_packing(line, eggs, staff):
    packing.tick(line(1, eggs), by=staff)
    packing.tick(line(1, eggs), by=staff)
    packing.tick(line(1, eggs), by=staff, units=2)
    assert counters(eggs) == (7, 1)
    with pytest.raises(PackRefused, match="要改请先撤销"):
        packing.tick(line(1, eggs), by=staff, units=1)


def test_a_colleague_hears_who_was_first(line, eggs, staff, manager):
    packing.tick(line(1, eggs), by=staff)
    with pytest.raises(PackRefused, match="鸡蛋刚刚由冯店员装好了"):
        packing.tick(line(1, eggs), by=manager)
    assert counters(eggs) == (7, 1)


@pytest.mark.parametrize("units", [-1, 3, 10**12])
def test_nobody_gets_more_than_planned_or_less_than_nothing(line, eggs, staff, units):
    with pytest.raises(PackRefused, match="鸡蛋这一户最多装 2 份"):
        packing.tick(line(1, eggs), by=staff, units=units)
    assert line(1, eggs).packed_at is None
    assert counters(eggs) == (9, 3)


def test_what_was_not_shared_out_is_not_packed(line, eggs, staff):
    ParcelLine.objects.filter(pk=line(1, eggs).pk).update(awaiting=True)
    with pytest.raises(PackRefused, match="鸡蛋还没有分"):
        packing.tick(line(1, eggs), by=staff)
    with pytest.raises(NotShared):
        packing.rest_of([line(1, eggs).parcel_id], by=staff, at=timezone.now())


def test_a_parcel_waits_for_what_is_still_to_be_shared_out(line, eggs, greens, staff):
    ParcelLine.objects.filter(pk=line(1, eggs).pk).update(awaiting=True)
    packing.tick(line(1, greens), by=staff, weighed_g=1500)
    assert state(line(1, greens)) == ("waiting", "placed", "planned")


def test_what_is_past_its_date_is_not_packed(line, eggs, staff):
    Lot.objects.filter(item=eggs).update(expires_on=timezone.localdate() - timezone.timedelta(1))
    with pytest.raises(StockRefused, match="没过期的货不够了"):
        packing.tick(line(1, eggs), by=staff)
    assert line(1, eggs).packed_at is None


# --- short ------------------------------------------------------------------------------------


def test_short_is_less_in_the_parcel_and_less_to_pay(line, eggs, staff, home):
    before = due(line(1, eggs))
    weight = line(1, eggs).parcel.weight_g
    packing.tick(line(1, eggs), by=staff, units=1)
    ticked = line(1, eggs)
    assert (ticked.asked, ticked.quantity, ticked.short) == (2, 1, 1)
    assert due(ticked) == before - Decimal("24.80")
    [adjustment] = Adjustment.objects.all()
    assert (adjustment.kind, adjustment.units, adjustment.amount) == (
        "short",
        -1,
        Decimal("-24.80"),
    )
    assert Notice.objects.get().household == home
    # One is in the bag; the one that was not found is held for nobody.
    assert counters(eggs) == (8, 1)
    assert ticked.parcel.weight_g == weight - 1800


def test_nothing_found_is_ticked_with_nothing(line, eggs, staff):
    packing.tick(line(2, eggs), by=staff, units=0)
    assert counters(eggs) == (9, 2)
    assert due(line(2, eggs)) == 0
    assert state(line(2, eggs)) == ("packed", "packed", "planned")


def test_a_parcel_that_gets_nothing_any_more_holds_nobody_up(line, eggs, greens, batch, staff):
    """Shared out to nothing: no line of it is left to tick."""
    ParcelLine.objects.filter(pk=line(2, eggs).pk).update(quantity=0)
    packing.tick(line(1, eggs), by=staff)
    packing.tick(line(1, greens), by=staff, units=0)
    assert state(line(2, eggs)) == ("packed", "packed", "packed")
    assert line(2, eggs).packed_at is not None


# --- loose goods ------------------------------------------------------------------------------


def test_loose_goods_cost_what_they_weigh(line, greens, staff):
    before = due(line(1, greens))
    packing.tick(line(1, greens), by=staff, weighed_g=1433)
    # 3.20 × 1433 ÷ 500 = 9.1712
    assert due(line(1, greens)) == before - (Decimal("9.60") - Decimal("9.17"))
    assert line(1, greens).weighed_g == 1433
    assert line(1, greens).parcel.weight_g == 2 * 1800 + 1433
    assert counters(greens) == (37, 0)


def test_what_was_weighed_over_is_a_present(line, greens, staff):
    before = due(line(1, greens))
    packing.tick(line(1, greens), by=staff, weighed_g=1600)
    assert due(line(1, greens)) == before


def test_short_and_weighed_at_once(line, greens, staff):
    before = due(line(1, greens))
    packing.tick(line(1, greens), by=staff, units=2, weighed_g=980)
    # One portion less: 3.20; two at 980 g: 6.272 instead of 6.40.
    assert due(line(1, greens)) == before - Decimal("3.20") - Decimal("0.13")
    assert counters(greens) == (38, 0)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, "请先称一称"),
        ({"weighed_g": 749}, "应该约 1500 克，749 克差太多"),
        ({"weighed_g": 3001}, "3001 克差太多"),
        ({"weighed_g": -1500}, "差太多"),
        ({"units": 0, "weighed_g": 500}, "不用称"),
    ],
)
def test_a_weight_that_cannot_be_is_refused(line, greens, staff, said, sentence):
    with pytest.raises(PackRefused, match=sentence):
        packing.tick(line(1, greens), by=staff, **said)
    assert line(1, greens).packed_at is None
    assert counters(greens) == (40, 3)


@pytest.mark.parametrize("grams", [750, 3000])
def test_half_and_double_are_still_believed(line, greens, staff, grams):
    packing.tick(line(1, greens), by=staff, weighed_g=grams)
    assert line(1, greens).weighed_g == grams


def test_packed_goods_are_not_weighed(line, eggs, staff):
    with pytest.raises(PackRefused, match="鸡蛋不用称"):
        packing.tick(line(1, eggs), by=staff, weighed_g=3600)


# --- taken out again --------------------------------------------------------------------------


def test_a_tap_by_mistake_is_undone(line, eggs, staff):
    packing.tick(line(1, eggs), by=staff)
    packing.untick(line(1, eggs), by=staff)
    assert counters(eggs) == (9, 3)
    assert (line(1, eggs).packed_at, line(1, eggs).packed_by) == (None, None)
    packing.untick(line(1, eggs), by=staff)
    assert counters(eggs) == (9, 3)


def test_a_mistaken_short_never_happened(line, eggs, staff):
    before = due(line(1, eggs)), line(1, eggs).parcel.weight_g
    packing.tick(line(1, eggs), by=staff, units=0)
    packing.untick(line(1, eggs), by=staff)
    again = line(1, eggs)
    assert (again.quantity, again.packed_at) == (2, None)
    assert (due(again), again.parcel.weight_g) == before
    assert counters(eggs) == (9, 3)
    assert [(a.kind, a.units, a.amount) for a in Adjustment.objects.all()] == [
        ("short", -2, Decimal("-49.60")),
        ("undone", 2, Decimal("49.60")),
    ]
    packing.tick(again, by=staff, units=1)
    packing.untick(again, by=staff)
    packing.tick(again, by=staff)
    assert due(again) == before[0]
    assert counters(eggs) == (7, 1)


def test_a_mistaken_weight_never_happened(line, greens, staff):
    before = due(line(1, greens))
    packing.tick(line(1, greens), by=staff, units=2, weighed_g=500)
    packing.untick(line(1, greens), by=staff)
    assert (line(1, greens).quantity, line(1, greens).weighed_g) == (3, None)
    assert due(line(1, greens)) == before
    packing.tick(line(1, greens), by=staff, weighed_g=1500)
    assert due(line(1, greens)) == before
    values = Move.objects.filter(order=order_of(line(1, greens)), item=greens)
    # The promise of 9.60 is as it was.
    assert sum(values.values_list("value", flat=True)) == Decimal("-9.60")


def test_a_packed_parcel_is_opened_again(line, batch, eggs, greens, staff):
    batches.pack(batch, staff)
    packing.untick(line(2, eggs), by=staff)
    assert state(line(2, eggs)) == ("waiting", "placed", "planned")
    assert state(line(1, eggs)) == ("packed", "packed", "planned")
    kinds = Event.objects.filter(batch=batch).values_list("kind", flat=True)
    assert list(kinds) == ["batch_planned", "batch_packed", "batch_reopened"]
    packing.tick(line(2, eggs), by=staff)
    assert state(line(2, eggs)) == ("packed", "packed", "packed")


def test_what_has_left_stays_in_its_parcel(line, batch, eggs, staff, courier):
    batches.give(batch, courier.volunteer, staff)
    batches.pack(batch, staff)
    batches.start(batch, courier)
    with pytest.raises(PackRefused, match="已经出门了"):
        packing.untick(line(1, eggs), by=staff)
    assert counters(eggs) == (6, 0)


def test_what_was_given_up_may_be_gone(line, eggs, staff, station, neighbour):
    packing.tick(line(1, eggs), by=staff, units=0)
    later = factories.round(station, "明天")
    door = neighbour.person.household
    basket = baskets.for_door(neighbour, door)
    baskets.set_quantity(basket, eggs.record_id, 7)
    ordering.place(basket, household=door, round=later, by=neighbour)
    with pytest.raises(PackRefused, match="已经给了别人"):
        packing.untick(line(1, eggs), by=staff)
    assert line(1, eggs).quantity == 0
    assert Adjustment.objects.count() == 1


# --- all or nothing ---------------------------------------------------------------------------


def test_who_wants_all_or_nothing_gets_no_part(line, eggs, staff):
    ParcelLine.objects.filter(pk=line(1, eggs).pk).update(wish="none")
    with pytest.raises(PackRefused, match="不够就不要了，鸡蛋要么装 2 份，要么一份也不装"):
        packing.tick(line(1, eggs), by=staff, units=1)
    assert line(1, eggs).packed_at is None
    packing.tick(line(1, eggs), by=staff, units=0)
    assert line(1, eggs).quantity == 0
