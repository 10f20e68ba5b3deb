"""采购: what to buy, and what can happen to a purchase."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inventory.errors import PurchaseKnown, PurchaseRefused
from inventory.models import Lot, Purchase, PurchaseLine, Receipt, ReceiptLine
from inventory.purchases import purchasing
from inventory.purchases.purchasing import Wanted
from tests import factories


@pytest.fixture
def farm(station):
    return factories.supplier(station, "青浦菜场", lead_days=1)


@pytest.fixture
def rice(station):
    return factories.item(station, "大米", price="29.80", in_stock=12)


@pytest.fixture
def eggs(station):
    return factories.item(station, "鸡蛋", price="27.50", in_stock=0)


@pytest.fixture
def drafted(station, farm, rice, eggs, staff):
    """10 packs of 5 bags of rice, 4 trays of eggs."""
    lines = [Wanted(rice.pk, 10, 5, Decimal("149.00")), Wanted(eggs.pk, 4, 1, None)]
    return purchasing.draft(station, farm, lines, by=staff, nonce=uuid4())


@pytest.fixture
def placed(drafted, staff):
    purchasing.place(drafted, by=staff)
    return drafted


def came(line: PurchaseLine, units: int, *, damaged: int = 0, by) -> None:
    """Something of a purchase line came, as a receipt says it."""
    receipt = Receipt.objects.create(
        station=line.purchase.station,
        supplier=line.purchase.supplier,
        purchase=line.purchase,
        fingerprint=uuid4().hex,
        nonce=uuid4(),
        by=by,
        at=timezone.now(),
    )
    ReceiptLine.objects.create(
        receipt=receipt,
        item=line.item,
        purchase_line=line,
        units=units,
        damaged=damaged,
        cost=Decimal(0),
    )


def asked(purchase: Purchase) -> dict[str, tuple[int, int]]:
    """Packs and units in a pack, by good."""
    return {
        line.item.record.product.title: (line.packs, line.pack_units)
        for line in purchase.lines.select_related("item__record__product")
    }


def line_of(purchase: Purchase, item) -> PurchaseLine:
    return purchase.lines.get(item=item)


# --- the proposal --------------------------------------------------------------------------------
def test_what_is_needed_is_rounded_up_to_packs(station, farm, rice, staff):
    factories.offer(farm, rice, 5, pack_price=Decimal("140.00"))
    rice.minimum = 10
    rice.save()
    # 38 ordered and 10 to be there, 12 are: 36, which is 8 packs of 5.
    [proposal] = purchasing.propose(station, {rice.pk: 38})
    [line] = proposal.lines
    assert (line.waiting, line.minimum, line.free, line.on_order) == (38, 10, 12, 0)
    assert (line.needed, line.packs, line.units) == (36, 8, 40)
    assert (line.cost, proposal.cost) == (Decimal("1120.00"), Decimal("1120.00"))
    assert proposal.supplier == farm


@pytest.mark.parametrize(("waiting", "packs"), [(12, None), (13, 1), (17, 1), (18, 2)])
def test_the_boundary_of_a_pack(station, farm, rice, waiting, packs):
    factories.offer(farm, rice, 5)
    found = [
        line.packs for p in purchasing.propose(station, {rice.pk: waiting}) for line in p.lines
    ]
    assert found == ([] if packs is None else [packs])


def test_what_orders_hold_is_not_free(station, grid, farm, rice):
    round = factories.round(station)
    factories.parcel(round, factories.household(grid), lines=[(rice, 12)])
    [proposal] = purchasing.propose(station, {rice.pk: 1})
    assert (proposal.lines[0].free, proposal.lines[0].needed) == (0, 1)


@pytest.mark.parametrize(("days", "free"), [(0, 12), (-1, 0)])
def test_what_is_past_its_date_is_not_free(station, rice, days, free):
    Lot.objects.update(expires_on=timezone.localdate() + timedelta(days=days))
    [proposal] = purchasing.propose(station, {rice.pk: 13})
    [line] = proposal.lines
    assert (line.free, line.expired, line.needed) == (free, 12 - free, 13 - free)


def test_what_is_on_its_way_counts_and_drafts_are_named(station, farm, rice, placed, staff):
    came(line_of(placed, rice), 20, damaged=3, by=staff)
    purchasing.draft(station, farm, [Wanted(rice.pk, 7)], by=staff)
    [proposal] = purchasing.propose(station, {rice.pk: 100})
    [line] = proposal.lines
    # 100 − 12 free − 30 of 50 still to come; the three damaged ones are not there.
    assert (line.on_order, line.needed, line.drafted) == (30, 58, 7)
    assert (line.packs, line.packs_beyond_drafts) == (58, 51)


def test_the_preferred_supplier_in_use_is_asked(station, farm, rice):
    other = factories.supplier(station, "粮油店")
    factories.offer(farm, rice, preferred=False)
    factories.offer(other, rice, preferred=True)
    assert [p.supplier for p in purchasing.propose(station, {rice.pk: 13})] == [other]
    other.active = False
    other.save()
    assert [p.supplier for p in purchasing.propose(station, {rice.pk: 13})] == [farm]


def test_goods_without_a_supplier_come_last_and_the_earliest_cut_off_first(
    station, farm, rice, eggs
):
    salt = factories.item(station, "盐", in_stock=0)
    early = factories.supplier(station, "早市", cut_off=time(9))
    late = factories.supplier(station, "晚市", cut_off=time(17))
    over = factories.supplier(station, "凌晨", cut_off=time(1))
    other = {supplier: factories.item(station, in_stock=0) for supplier in (early, late, over)}
    for supplier, item in other.items():
        factories.offer(supplier, item)
    factories.offer(farm, salt)
    waiting = {item.pk: 1 for item in (eggs, salt, *other.values())}
    now = datetime(2022, 4, 10, 8, tzinfo=timezone.get_default_timezone())
    found = [p.supplier for p in purchasing.propose(station, waiting, now=now)]
    assert found == [early, late, over, farm, None]


def test_a_good_off_the_shelf_is_bought_only_for_who_ordered_it(station, eggs):
    eggs.minimum = 5
    eggs.save()
    type(eggs.record.product).objects.update(is_public=False)
    assert purchasing.propose(station, {}) == []
    [proposal] = purchasing.propose(station, {eggs.pk: 2})
    assert proposal.lines[0].needed == 2


def test_other_stations_have_their_own(station, other_station, farm, rice):
    factories.offer(farm, rice)
    assert purchasing.propose(other_station, {rice.pk: 50}) == []


@pytest.mark.parametrize(
    ("at", "in_time", "arrives"), [((16, 0), True, 12), ((16, 1), False, 13), ((0, 0), True, 12)]
)
def test_after_the_cut_off_it_comes_a_day_later(station, eggs, at, in_time, arrives):
    supplier = factories.supplier(station, cut_off=time(16), lead_days=2)
    factories.offer(supplier, eggs)
    now = datetime(2022, 4, 10, *at, tzinfo=timezone.get_default_timezone())
    [proposal] = purchasing.propose(station, {eggs.pk: 1}, now=now)
    assert (proposal.in_time, proposal.arrives_on) == (in_time, date(2022, 4, arrives))


def test_what_lacks_to_the_minimum_order(station, eggs):
    supplier = factories.supplier(station, minimum_order=Decimal("300.00"))
    factories.offer(supplier, eggs, pack_price=Decimal("27.50"))
    [proposal] = purchasing.propose(station, {eggs.pk: 10})
    assert proposal.below_minimum == Decimal("25.00")
    [proposal] = purchasing.propose(station, {eggs.pk: 11})
    assert proposal.below_minimum == 0


def test_the_cost_of_proposing_does_not_grow(station, farm, staff):
    def queries(goods: int) -> int:
        items = [factories.item(station, in_stock=0) for _ in range(goods)]
        for item in items[::2]:
            factories.offer(farm, item)
        purchasing.draft(station, farm, [Wanted(item.pk, 1) for item in items], by=staff)
        with CaptureQueriesContext(connection) as taken:
            proposals = purchasing.propose(station, {item.pk: 3 for item in items})
            assert sum(len(p.lines) for p in proposals) >= goods
            assert all(line.title for p in proposals for line in p.lines)
        return len(taken)

    assert (queries(3), queries(20)) == (5, 5)


# --- drafting ------------------------------------------------------------------------------------
def test_a_draft_has_the_next_number_of_its_station(
    station, other_station, farm, rice, drafted, staff, stranger
):
    second = purchasing.draft(station, farm, [Wanted(rice.pk, 1)], by=staff)
    there = factories.supplier(other_station)
    item = factories.item(other_station)
    elsewhere = purchasing.draft(other_station, there, [Wanted(item.pk, 1)], by=stranger)
    assert [str(p) for p in (drafted, second, elsewhere)] == ["CG-0001", "CG-0002", "CG-0001"]
    assert asked(drafted) == {"大米": (10, 5), "鸡蛋": (4, 1)}
    assert (drafted.status, drafted.made_by) == ("draft", staff)


def test_the_same_form_twice_is_one_purchase(station, farm, rice, staff):
    nonce, lines = uuid4(), [(rice.pk, 2, 5, Decimal("149"))]
    first = purchasing.order(station, farm, lines, by=staff, nonce=nonce)
    again = purchasing.order(station, farm, lines, by=staff, nonce=nonce)
    assert (again, again.status) == (first, "placed")
    assert Purchase.objects.count() == 1


def test_the_same_form_with_something_else_in_it_is_refused(station, farm, rice, drafted, staff):
    with pytest.raises(PurchaseKnown) as refused:
        purchasing.draft(station, farm, [Wanted(rice.pk, 1)], by=staff, nonce=drafted.nonce)
    assert str(refused.value) == "这一页已经开过 CG-0001 了，要再买请从“该买什么”重新开。"
    assert refused.value.purchase == drafted
    assert asked(drafted) == {"大米": (10, 5), "鸡蛋": (4, 1)}


def test_who_saw_an_older_page_is_told_of_the_newer_purchase(station, farm, rice, drafted, staff):
    with pytest.raises(PurchaseKnown) as refused:
        purchasing.draft(station, farm, [Wanted(rice.pk, 1)], by=staff, nonce=uuid4(), seen=0)
    assert str(refused.value) == "刚才有人给这家开了 CG-0001，请看一眼再决定还要不要买。"
    lines = [Wanted(rice.pk, 1)]
    purchasing.draft(station, farm, lines, by=staff, nonce=uuid4(), seen=drafted.pk)
    assert Purchase.objects.count() == 2


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ({"packs": 0}, "件数要在 1 到 9999 之间。"),
        ({"packs": -1}, "件数要在 1 到 9999 之间。"),
        ({"packs": 10_000}, "件数要在 1 到 9999 之间。"),
        ({"pack_units": 0}, "一件最少 1 份，最多 10000 份。"),
        ({"pack_units": 10_001}, "一件最少 1 份，最多 10000 份。"),
        ({"pack_price": Decimal("-0.01")}, "一件的价钱不对，请核对。"),
        ({"pack_price": Decimal(10**9)}, "一件的价钱不对，请核对。"),
        ({"item_id": 10**17}, "有的货不是这个驿站的，请刷新再试。"),
    ],
)
def test_what_cannot_be_ordered(station, farm, rice, staff, line, sentence):
    wanted = Wanted(rice.pk, 1)._replace(**line)
    with pytest.raises(PurchaseRefused) as refused:
        purchasing.draft(station, farm, [wanted], by=staff)
    assert str(refused.value) == sentence
    assert not Purchase.objects.exists()


def test_nothing_and_twice_the_same_are_no_orders(station, farm, rice, staff):
    for lines in ([], [Wanted(rice.pk, 1), Wanted(rice.pk, 2)]):
        with pytest.raises(PurchaseRefused):
            purchasing.draft(station, farm, lines, by=staff)


def test_other_stations_goods_and_suppliers_are_refused(station, other_station, farm, rice, staff):
    theirs = factories.item(other_station)
    with pytest.raises(PurchaseRefused):
        purchasing.draft(station, farm, [Wanted(theirs.pk, 1)], by=staff)
    their_supplier = factories.supplier(other_station)
    with pytest.raises(PurchaseRefused):
        purchasing.draft(station, their_supplier, [Wanted(rice.pk, 1)], by=staff)


def test_a_nonce_of_another_station_tells_nothing(station, other_station, drafted, stranger):
    supplier = factories.supplier(other_station)
    lines = [Wanted(factories.item(other_station).pk, 1)]
    with pytest.raises(PurchaseRefused) as refused:
        purchasing.draft(other_station, supplier, lines, by=stranger, nonce=drafted.nonce)
    assert str(refused.value) == "这一页过期了，请刷新再试。"


def test_a_supplier_no_longer_in_use_is_refused(station, rice, staff):
    supplier = factories.supplier(station, active=False)
    with pytest.raises(PurchaseRefused) as refused:
        purchasing.draft(station, supplier, [Wanted(rice.pk, 1)], by=staff)
    assert str(refused.value) == "这家供应商现在不用了，请换一家。"


# --- changing, placing, ending -------------------------------------------------------------------
def test_a_draft_is_changed(drafted, rice, eggs, station, staff):
    salt = factories.item(station, "盐")
    packs = {line_of(drafted, rice).pk: 3, line_of(drafted, eggs).pk: 0}
    also = [Wanted(salt.pk, 2, 20, None)]
    purchasing.change(drafted, packs, by=staff, also=also, note="送到后门")
    assert asked(drafted) == {"大米": (3, 5), "盐": (2, 20)}
    assert Purchase.objects.get().note == "送到后门"


@pytest.mark.parametrize("packs", [-1, 10_000])
def test_absurd_counts_change_nothing(drafted, rice, staff, packs):
    with pytest.raises(PurchaseRefused):
        purchasing.change(drafted, {line_of(drafted, rice).pk: packs}, by=staff)
    assert asked(drafted)["大米"] == (10, 5)


def test_a_draft_keeps_at_least_one_good(drafted, staff):
    with pytest.raises(PurchaseRefused) as refused:
        purchasing.change(drafted, {line.pk: 0 for line in drafted.lines.all()}, by=staff)
    assert str(refused.value) == "至少要留一样；都不要了，请取消这张单子。"
    assert len(asked(drafted)) == 2


def test_lines_of_another_purchase_are_refused(station, farm, rice, drafted, staff):
    other = purchasing.draft(station, farm, [Wanted(rice.pk, 1)], by=staff)
    with pytest.raises(PurchaseRefused):
        purchasing.change(drafted, {line_of(other, rice).pk: 5}, by=staff)
    assert asked(other) == {"大米": (1, 1)}


def test_a_good_is_not_added_twice(drafted, rice, staff):
    with pytest.raises(PurchaseRefused) as refused:
        purchasing.change(drafted, {}, by=staff, also=[Wanted(rice.pk, 1)])
    assert str(refused.value) == "这样货单子上已经有了，直接改件数就行。"


def test_what_is_placed_stays_as_it_was_told(placed, rice, staff):
    assert placed.status == "placed"
    assert placed.expected_on == timezone.localdate() + timedelta(days=1)
    with pytest.raises(PurchaseRefused) as refused:
        purchasing.change(placed, {line_of(placed, rice).pk: 1}, by=staff)
    assert str(refused.value) == "CG-0001现在是“已下单”，不能这样改了，请刷新看一眼。"
    with pytest.raises(PurchaseRefused):
        purchasing.place(placed, by=staff)
    assert asked(placed)["大米"] == (10, 5)


def test_a_stale_page_does_not_place_what_was_cancelled(drafted, staff):
    stale = Purchase.objects.get(pk=drafted.pk)
    purchasing.cancel(drafted, by=staff)
    with pytest.raises(PurchaseRefused):
        purchasing.place(stale, by=staff)
    purchasing.cancel(stale, by=staff)  # again is nothing
    assert Purchase.objects.get().status == "cancelled"


def test_what_came_cannot_be_cancelled_but_ended(placed, rice, staff):
    came(line_of(placed, rice), 20, by=staff)
    with pytest.raises(PurchaseRefused) as refused:
        purchasing.cancel(placed, by=staff)
    assert str(refused.value) == "已经收过货，不能取消；剩下的不来了，请点“不再等了”。"
    purchasing.finish(placed, by=staff)
    purchasing.finish(placed, by=staff)
    assert Purchase.objects.get().status == "done"
    [proposal] = purchasing.propose(placed.station, {rice.pk: 50})
    assert proposal.lines[0].on_order == 0


def test_a_draft_is_not_done_with(drafted, staff):
    with pytest.raises(PurchaseRefused):
        purchasing.finish(drafted, by=staff)


def test_what_is_still_to_come(placed, rice, eggs, staff):
    came(line_of(placed, rice), 20, damaged=2, by=staff)
    came(line_of(placed, rice), 7, by=staff)
    came(line_of(placed, eggs), 5, by=staff)  # one more than asked
    left = {line.item_id: units for line, units in purchasing.outstanding(placed)}
    assert left == {rice.pk: 23, eggs.pk: 0}


# --- splitting -----------------------------------------------------------------------------------
def test_a_draft_is_split(drafted, rice, eggs, staff):
    nonce = uuid4()
    packs = {line_of(drafted, rice).pk: 4, line_of(drafted, eggs).pk: 4}
    made = purchasing.split(drafted, packs, by=staff, nonce=nonce)
    assert (asked(drafted), asked(made)) == (
        {"大米": (6, 5)},
        {"大米": (4, 5), "鸡蛋": (4, 1)},
    )
    assert (made.status, str(made), made.supplier) == ("draft", "CG-0002", drafted.supplier)
    assert line_of(made, rice).pack_price == Decimal("149.00")
    assert purchasing.split(drafted, packs, by=staff, nonce=nonce) == made
    assert asked(drafted) == {"大米": (6, 5)}


def test_what_was_placed_stays_placed_with_the_same_supplier(placed, rice, staff):
    made = purchasing.split(placed, {line_of(placed, rice).pk: 1}, by=staff)
    assert (made.status, made.expected_on) == ("placed", placed.expected_on)


def test_another_supplier_gets_a_draft_in_their_own_packs(station, placed, rice, eggs, staff):
    other = factories.supplier(station, "粮油店")
    factories.offer(other, rice, 12, pack_price=Decimal("350.00"))
    packs = {line_of(placed, rice).pk: 5, line_of(placed, eggs).pk: 1}
    made = purchasing.split(placed, packs, by=staff, supplier=other)
    # 25 bags are three packs of 12; what they ask for eggs nobody knows.
    assert asked(made) == {"大米": (3, 12), "鸡蛋": (1, 1)}
    assert line_of(made, rice).pack_price == Decimal("350.00")
    assert line_of(made, eggs).pack_price is None
    assert (made.status, made.supplier) == ("draft", other)


@pytest.mark.parametrize("packs", [0, -1, 11])
def test_no_more_is_split_off_than_there_is(drafted, rice, staff, packs):
    with pytest.raises(PurchaseRefused):
        purchasing.split(drafted, {line_of(drafted, rice).pk: packs}, by=staff)
    assert asked(drafted)["大米"] == (10, 5)
    assert Purchase.objects.count() == 1


def test_not_all_of_it_is_split_off(drafted, staff):
    with pytest.raises(PurchaseRefused) as refused:
        purchasing.split(drafted, {line.pk: line.packs for line in drafted.lines.all()}, by=staff)
    assert str(refused.value) == "原来的单子至少要留一件；整张换一家，请取消后重开。"
    assert Purchase.objects.count() == 1


def test_what_came_stays_and_the_rest_may_go(placed, rice, eggs, staff):
    came(line_of(placed, rice), 21, by=staff)
    came(line_of(placed, eggs), 0, damaged=4, by=staff)
    left = {line.item_id: purchasing.movable(line) for line, _ in purchasing.outstanding(placed)}
    # 29 bags are to come: five whole packs. Of the eggs a receipt speaks, so a tray stays.
    assert left == {rice.pk: 5, eggs.pk: 3}
    with pytest.raises(PurchaseRefused) as refused:
        purchasing.split(placed, {line_of(placed, rice).pk: 6}, by=staff)
    assert str(refused.value) == "有一样拆得太多了：收到的和已经拆走的不能再拆。"


def test_a_purchase_is_done_when_what_lacked_was_split_off(placed, rice, eggs, staff):
    came(line_of(placed, rice), 45, by=staff)
    came(line_of(placed, eggs), 4, by=staff)
    made = purchasing.split(placed, {line_of(placed, rice).pk: 1}, by=staff)
    assert (Purchase.objects.get(pk=placed.pk).status, made.status) == ("done", "placed")


def test_what_is_done_is_not_split(placed, rice, staff):
    purchasing.finish(placed, by=staff)
    with pytest.raises(PurchaseRefused):
        purchasing.split(placed, {line_of(placed, rice).pk: 1}, by=staff)
