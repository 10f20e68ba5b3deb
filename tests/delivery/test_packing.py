"""Goods go into parcels: ticked, found short, weighed, and taken out again."""

from decimal import Decimal

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from delivery import batches, rounds, signals
from delivery.errors import NotShared, PackRefused, UnknownCode
from delivery.models import Batch, Event, Parcel, ParcelLine
from delivery.picks import packing
from inventory.errors import StockRefused
from inventory.models import Lot, Move
from shop import baskets, ordering
from shop.models import Adjustment, Notice
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


def counters(item) -> tuple[int, int]:
    """In stock, held; and what is in the lots."""
    item.record.refresh_from_db()
    assert sum(Lot.objects.filter(item=item).values_list("units", flat=True)) == (
        item.record.num_in_stock
    )
    return item.record.num_in_stock, item.record.num_allocated


def order_of(line):
    return apps.get_model("order", "Order").objects.get(parcel=line.parcel_id)


def state(line) -> tuple[str, str, str]:
    """Of the parcel, its order and its batch."""
    parcel = Parcel.objects.get(pk=line.parcel_id)
    batch = Batch.objects.get(stops__loads__parcel=parcel, stops__loads__active=True)
    return parcel.status, order_of(line).status, batch.status


def due(line) -> Decimal:
    return Parcel.objects.get(pk=line.parcel_id).due


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


# --- all or nothing ---------------------------------------------------------------------------


def test_who_wants_all_or_nothing_gets_no_part(line, eggs, staff):
    ParcelLine.objects.filter(pk=line(1, eggs).pk).update(wish="none")
    with pytest.raises(PackRefused, match="不够就不要了，鸡蛋要么装 2 份，要么一份也不装"):
        packing.tick(line(1, eggs), by=staff, units=1)
    assert line(1, eggs).packed_at is None
    packing.tick(line(1, eggs), by=staff, units=0)
    assert line(1, eggs).quantity == 0


# --- codes ------------------------------------------------------------------------------------


@pytest.fixture
def find(batch, station, eggs):
    eggs.record.product.upc = "6901234567892"
    eggs.record.product.save()

    def find(code: str, position: int | None = None):
        stop = batch.stops.get(position=position) if position else None
        return packing.find(station, batch, code, stop=stop)

    return find


@pytest.mark.parametrize("code", ["6901234567892", " ６９０１２３４５６７８９２\r\n"])
def test_a_barcode_is_the_next_line_of_its_good(find, line, eggs, staff, code):
    assert find(code).line == line(1, eggs)
    assert find(code, 2).line == line(2, eggs)
    packing.tick(line(1, eggs), by=staff)
    assert find(code).line == line(2, eggs)


def test_our_own_number_is_a_code_too(find, line, greens):
    assert find(greens.record.partner_sku.upper()).line == line(1, greens)


@pytest.mark.parametrize(("said", "scanned"), [("0", ""), ("", "0")])
def test_a_upc_is_an_ean_with_a_zero(find, line, eggs, said, scanned):
    eggs.record.product.upc = f"{said}036000291452"
    eggs.record.product.save()
    assert find(f"{scanned}036000291452").line == line(1, eggs)


def test_a_label_leads_to_its_stop(find, line, eggs, batch):
    parcel = line(2, eggs).parcel
    found = find(f"bg-{parcel.pk:05d}")
    assert (found.parcel, found.stop, found.line) == (parcel, batch.stops.get(position=2), None)


def test_what_belongs_to_another_door_is_said(find, line, greens):
    with pytest.raises(UnknownCode, match="上海青不装这一户：第 1 户要 3 份"):
        find(greens.record.partner_sku, 2)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("", "没有扫到条码"),
        (" \n", "没有扫到条码"),
        ("4006381333931", "没有条码是“4006381333931”的货"),
        ("1" * 41, "不像一个条码"),
        ("69\x00", "不像一个条码"),
        ("BG-99999999999999", "没有这个号的包裹"),
        ("BG-" + "9" * 18, "没有这个号的包裹"),
    ],
)
def test_an_unknown_code_gets_a_sentence(find, code, sentence):
    with pytest.raises(UnknownCode, match=sentence):
        find(code)


def test_a_good_nobody_wants_or_that_is_done(find, station, line, eggs, staff):
    salt = factories.item(station, "盐")
    with pytest.raises(UnknownCode, match="这一批没有人要盐"):
        find(salt.record.partner_sku)
    packing.tick(line(1, eggs), by=staff)
    packing.tick(line(2, eggs), by=staff)
    with pytest.raises(UnknownCode, match="这一批的鸡蛋都装好了"):
        find("6901234567892")


def test_another_stations_goods_and_parcels_are_unknown(find, other_station, stranger, batch):
    theirs = factories.item(other_station, "别处的")
    with pytest.raises(UnknownCode, match="没有条码"):
        find(theirs.record.partner_sku)
    closed = factories.round(other_station, status="closed")
    parcel = factories.parcel(closed, stranger.person.household)
    batches.plan(closed, stranger)
    with pytest.raises(UnknownCode, match="没有这个号的包裹"):
        find(f"BG-{parcel.pk}")


def test_a_label_of_another_batch_says_which(find, grid, station, staff):
    closed = factories.round(station, "明天", status="closed")
    parcel = factories.parcel(closed, factories.household(grid, "7"))
    [other] = batches.plan(closed, staff).batches
    with pytest.raises(UnknownCode, match=f"这个包裹在{other}，不在这一批"):
        find(f"BG-{parcel.pk}")
