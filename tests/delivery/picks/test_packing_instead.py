"""Something similar goes into a parcel instead of what is missing."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from delivery import batches
from delivery.errors import PackRefused
from delivery.models import ParcelLine
from delivery.picks import packing
from inventory.models import Lot, Move
from shop.models import Adjustment, Notice
from tests import factories
from tests.delivery.picks.bench import counters, due, order_of, state


def test_what_came_instead_is_packed_and_taken_out_by_itself(instead, line, greens, staff):
    asked_for = ParcelLine.objects.get(item=greens, instead_of=None)
    assert counters(greens) == (40, 5)
    packing.tick(asked_for, by=staff)
    packing.tick(instead, by=staff)
    assert counters(greens) == (35, 0)
    packing.untick(instead, by=staff)
    assert counters(greens) == (37, 2)
    asked_for.refresh_from_db()
    assert asked_for.packed_at is not None


def test_of_what_came_instead_less_is_found(instead, greens, staff):
    before = due(instead)
    packing.tick(instead, by=staff, units=1)
    assert due(instead) == before - Decimal("3.20")
    packing.untick(instead, by=staff)
    instead.refresh_from_db()
    assert (instead.quantity, due(instead)) == (2, before)
    assert counters(greens) == (40, 5)


def test_the_rest_leaves_as_planned(line, batch, eggs, greens, staff):
    packing.tick(line(1, eggs), by=staff, units=1)
    batches.pack(batch, staff)
    assert counters(eggs) == (7, 0)
    assert counters(greens) == (37, 0)
    assert line(1, greens).weighed_g is None


# --- something similar instead ----------------------------------------------------------------


@pytest.fixture
def spinach(station, eggs, line):
    """Stands in for eggs, which stop 1 wishes for; 3.00 a bag of 500 g."""
    spinach = factories.item(station, "菠菜", price="3.00", in_stock=5)
    eggs.similar = spinach
    eggs.save()
    ParcelLine.objects.filter(pk=line(1, eggs).pk).update(wish="similar")
    return spinach


def test_what_is_missing_comes_as_something_similar(line, eggs, greens, spinach, staff):
    before, weight = due(line(1, eggs)), line(1, eggs).parcel.weight_g
    packing.tick(line(1, eggs), by=staff, units=1, instead=True)
    came = line(1, spinach)
    assert (came.instead_of, came.asked, came.quantity) == (line(1, eggs), 0, 1)
    assert came.packed_at is None
    assert due(came) == before - Decimal("24.80") + Decimal("3.00")
    assert came.parcel.weight_g == weight - 1800 + 500
    assert (counters(eggs), counters(spinach)) == ((8, 1), (5, 1))
    assert Notice.objects.count() == 1
    # Said twice is said once.
    packing.tick(line(1, eggs), by=staff, units=1, instead=True)
    assert counters(spinach) == (5, 1)
    packing.tick(line(1, greens), by=staff, weighed_g=1500)
    assert state(came) == ("waiting", "placed", "planned")
    packing.tick(came, by=staff)
    assert state(came) == ("packed", "packed", "planned")
    assert counters(spinach) == (4, 0)


def test_one_tap_makes_it_the_next_row(client, line, eggs, greens, spinach, staff, batch):
    client.force_login(staff)
    tapped = reverse("station-line-tick", args=[line(1, eggs).pk])
    page = client.post(tapped, {"swap": "1"}, follow=True)
    rows = {row.line.item: row for bag in page.context["bench"].bags for row in bag.rows}
    assert (rows[eggs].is_open, rows[spinach].is_open) == (False, True)
    assert "代替鸡蛋" in page.text
    assert line(1, spinach).quantity == 1


def test_as_many_come_instead_as_there_are(line, eggs, spinach, staff):
    """Of five bags others wait for four."""
    ParcelLine.objects.create(
        parcel=line(2, eggs).parcel, item=spinach, asked=4, quantity=4, awaiting=True
    )
    packing.tick(line(1, eggs), by=staff, units=0, instead=True)
    assert line(1, spinach).quantity == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"wish": "less"}, "这一户没有说可以换相近的。"),
        ({"quantity": 1}, "分货时鸡蛋已经少给了，不能再换。"),
    ],
)
def test_who_did_not_wish_for_it_gets_nothing_else(line, eggs, spinach, staff, change, sentence):
    ParcelLine.objects.filter(pk=line(1, eggs).pk).update(**change)
    with pytest.raises(PackRefused, match=sentence):
        packing.tick(line(1, eggs), by=staff, units=0, instead=True)
    assert line(1, eggs).packed_at is None
    assert not Adjustment.objects.exists()


@pytest.mark.parametrize("why", ["limit", "price", "expired", "awaited"])
def test_what_others_wait_for_or_may_not_be_had_comes_to_nobody(
    line, eggs, spinach, staff, station, home, why
):
    if why == "limit":
        spinach.household_limit = 0
        spinach.save()
    elif why == "price":
        type(spinach.record).objects.filter(pk=spinach.record_id).update(price=None)
    elif why == "expired":
        yesterday = timezone.localdate() - timezone.timedelta(1)
        Lot.objects.filter(item=spinach).update(expires_on=yesterday)
    else:
        ParcelLine.objects.create(
            parcel=line(2, eggs).parcel, item=spinach, asked=5, quantity=5, awaiting=True
        )
    with pytest.raises(PackRefused, match="现在没有能代替鸡蛋的货"):
        packing.tick(line(1, eggs), by=staff, units=0, instead=True)
    assert line(1, eggs).packed_at is None


def test_the_bag_gets_no_heavier_than_planned(line, eggs, spinach, staff):
    spinach.weight_g = 1900
    spinach.save()
    with pytest.raises(PackRefused, match="现在没有能代替鸡蛋的货"):
        packing.tick(line(1, eggs), by=staff, units=1, instead=True)
    packing.tick(line(1, eggs), by=staff, units=0, instead=True)
    assert line(1, spinach).quantity == 1


def test_nothing_missing_is_nothing_to_replace(line, eggs, spinach, staff):
    with pytest.raises(PackRefused, match="鸡蛋没有少，不用换。"):
        packing.tick(line(1, eggs), by=staff, units=2, instead=True)


def test_a_swap_after_a_plain_short_is_another_thing_to_say(line, eggs, spinach, staff):
    packing.tick(line(1, eggs), by=staff, units=0)
    with pytest.raises(PackRefused, match="要改请先撤销"):
        packing.tick(line(1, eggs), by=staff, units=0, instead=True)
    assert counters(spinach) == (5, 0)


def test_a_mistaken_short_takes_back_what_came_instead(line, eggs, spinach, staff):
    before = due(line(1, eggs)), line(1, eggs).parcel.weight_g
    for _ in range(2):
        packing.tick(line(1, eggs), by=staff, units=0, instead=True)
        packing.untick(line(1, eggs), by=staff)
    again = line(1, eggs)
    assert (again.quantity, again.packed_at) == (2, None)
    assert (due(again), again.parcel.weight_g) == before
    assert not ParcelLine.objects.filter(item=spinach).exists()
    assert (counters(eggs), counters(spinach)) == ((9, 3), (5, 0))
    values = Move.objects.filter(order=order_of(again), item=spinach)
    assert sum(values.values_list("value", flat=True)) == 0


def test_what_came_instead_and_is_packed_is_taken_out_first(line, eggs, spinach, staff):
    packing.tick(line(1, eggs), by=staff, units=0, instead=True)
    packing.tick(line(1, spinach), by=staff)
    with pytest.raises(PackRefused, match="代替它的菠菜已经装好了，请先撤销菠菜。"):
        packing.untick(line(1, eggs), by=staff)
    assert line(1, eggs).quantity == 0
    packing.untick(line(1, spinach), by=staff)
    packing.untick(line(1, eggs), by=staff)
    assert (counters(eggs), counters(spinach)) == ((9, 3), (5, 0))


def test_what_the_other_line_gave_up_is_not_this_ones(instead, line, greens, staff):
    """Two lines of one good: the asked one is whole, of what came instead one is missing."""
    asked_for = ParcelLine.objects.get(item=greens, instead_of=None)
    packing.tick(asked_for, by=staff)
    packing.tick(instead, by=staff, units=1)
    packing.untick(asked_for, by=staff)
    asked_for.refresh_from_db()
    assert (asked_for.quantity, asked_for.packed_at) == (3, None)
    assert counters(greens) == (39, 3)
