"""盘点: what is counted, who approves, and what becomes a move."""

from decimal import Decimal

import pytest

from inventory import openings, stock
from inventory.counts import counting
from inventory.errors import CountExists, CountRefused, HeldForOrders
from inventory.models import CountLine, Move, StockCount
from tests import factories


@pytest.fixture
def rice(station):
    return factories.item(station, "大米", price="30.00", in_stock=10, shelf="A-1", unit="袋")


@pytest.fixture
def salt(station):
    return factories.item(station, "盐", price="2.00", in_stock=20, shelf="A-1", unit="包")


@pytest.fixture
def count(station, rice, salt, staff) -> StockCount:
    factories.item(station, "别的架子上的", shelf="B-1")
    return counting.begin(station, "A-1", by=staff)


def status(count: StockCount) -> str:
    count.refresh_from_db()
    return count.status


def in_stock(item) -> tuple[int, int]:
    item.record.refresh_from_db()
    return item.record.num_in_stock, sum(item.lots.values_list("units", flat=True))


def hold(item, units: int):
    order = factories.order()
    stock.reserve([stock.Promise(order.pk, item.record_id, units, item.record.price)])
    return order


def counted(count, by, **found) -> StockCount:
    """`rice=8`: what was found; finished."""
    lines = {line.item.record.product.title: line.item_id for line in counting.lines(count)}
    titles = {"rice": "大米", "salt": "盐"}
    counting.enter_all(count, {lines[titles[name]]: units for name, units in found.items()}, by=by)
    counting.finish(count, by=by)
    return count


def test_a_count_names_every_good_of_its_shelf(count, other_station):
    factories.item(other_station, "别家的", shelf="A-1")
    titles = [line.item.record.product.title for line in counting.lines(count)]
    assert titles == ["大米", "盐"]
    assert (count.shelf, count.blind, status(count)) == ("A-1", False, "open")


def test_an_empty_shelf_is_not_counted(station, staff):
    with pytest.raises(CountRefused, match="这个货架上没有登记货品，不用盘。"):
        counting.begin(station, "Z-9", by=staff)
    assert not StockCount.objects.exists()


def test_a_shelf_is_counted_once_at_a_time(count, station, staff, manager):
    with pytest.raises(CountExists) as refused:
        counting.begin(station, "A-1", by=manager)
    assert refused.value.count == count
    assert str(refused.value) == f"这个货架正在盘（{count}），请接着盘那一张。"
    assert CountLine.objects.count() == 2
    counting.cancel(count, by=staff)
    assert counting.begin(station, "A-1", by=manager).pk != count.pk


def test_two_stations_count_their_own_shelf_of_the_same_name(count, other_station, stranger):
    factories.item(other_station, shelf="A-1")
    assert counting.begin(other_station, "A-1", by=stranger).lines.count() == 1


def test_what_was_found_stands_beside_the_books_of_that_moment(count, rice, staff):
    counting.enter(count, rice.pk, 8, by=staff)
    line = count.lines.get(item=rice)
    assert (line.found, line.booked, line.difference, line.by) == (8, 10, -2, staff)
    order = hold(rice, 4)
    stock.pack([(order.pk, rice.record_id, 4)])
    line.refresh_from_db()
    assert (line.found, line.booked, line.difference) == (8, 10, -2)


def test_the_same_figure_again_is_not_counted_against_newer_books(count, rice, staff):
    counting.enter(count, rice.pk, 8, by=staff)
    order = hold(rice, 4)
    stock.pack([(order.pk, rice.record_id, 4)])
    counting.enter(count, rice.pk, 8, by=staff)
    assert count.lines.get(item=rice).booked == 10
    # Counted anew, on purpose: first forgotten.
    counting.enter(count, rice.pk, None, by=staff)
    counting.enter(count, rice.pk, 6, by=staff)
    line = count.lines.get(item=rice)
    assert (line.found, line.booked) == (6, 6)


@pytest.mark.parametrize("units", [-1, 100_001, 10**12])
def test_an_absurd_figure_writes_nothing(count, rice, salt, staff, units):
    with pytest.raises(CountRefused, match="数量要在 0 到 100000 之间。"):
        counting.enter_all(count, {rice.pk: 10, salt.pk: units}, by=staff)
    assert not count.lines.exclude(found=None).exists()


def test_a_good_that_is_not_on_the_list_writes_nothing(count, rice, staff, other_station):
    other = factories.item(other_station, shelf="A-1")
    with pytest.raises(CountRefused, match="这张盘点单上没有这样货。"):
        counting.enter_all(count, {rice.pk: 10, other.pk: 1}, by=staff)
    assert not count.lines.exclude(found=None).exists()


def test_what_never_came_cannot_be_found(station, staff):
    ghost = factories.item(station, "没进过的", shelf="C-1", in_stock=0)
    count = counting.begin(station, "C-1", by=staff)
    with pytest.raises(CountRefused, match="“没进过的”从来没有进过货，请先登记入库。"):
        counting.enter(count, ghost.pk, 1, by=staff)
    counting.enter(count, ghost.pk, 0, by=staff)
    counting.finish(count, by=staff)
    assert status(count) == "counted"


def test_nothing_is_forgotten(count, rice, staff):
    counting.enter(count, rice.pk, 10, by=staff)
    with pytest.raises(CountRefused, match="还没数完：盐。架上没有就填 0。"):
        counting.finish(count, by=staff)
    assert status(count) == "open"


def test_after_the_end_nothing_is_entered(count, rice, staff):
    counted(count, staff, rice=10, salt=20)
    with pytest.raises(CountRefused, match="这张盘点单已经不在盘了。"):
        counting.enter(count, rice.pk, 9, by=staff)
    assert count.lines.get(item=rice).found == 10


def test_approved_differences_are_moves(count, rice, salt, staff, manager):
    counted(count, staff, rice=8, salt=23)
    assert [(d.line.item, d.units, d.worth) for d in counting.differences(count)] == [
        (rice, -2, Decimal("-60.00")),
        (salt, 3, Decimal("6.00")),
    ]
    counting.approve(count, by=manager)
    assert status(count) == "approved"
    assert (in_stock(rice), in_stock(salt)) == ((8, 8), (23, 23))
    moves = Move.objects.filter(kind="count").order_by("item_id")
    assert [(m.item, m.in_stock_delta, m.unit_cost, m.by) for m in moves] == [
        (rice, -2, Decimal("30.0000"), manager),
        (salt, 3, Decimal("2.0000"), manager),
    ]


def test_what_was_picked_since_is_not_missed_twice(count, rice, staff, manager):
    order = hold(rice, 4)
    counted(count, staff, rice=8, salt=20)
    stock.pack([(order.pk, rice.record_id, 4)])
    counting.approve(count, by=manager)
    assert in_stock(rice) == (4, 4)


def test_without_a_difference_there_is_no_move(count, staff, manager):
    counted(count, staff, rice=10, salt=20)
    counting.approve(count, by=manager)
    assert status(count) == "approved"
    assert not Move.objects.filter(kind="count").exists()


def test_who_counted_does_not_approve(count, rice, staff, manager):
    counted(count, staff, rice=8, salt=20)
    with pytest.raises(CountRefused, match="自己盘的不能自己核对，请换一个人来。"):
        counting.approve(count, by=staff)
    assert (status(count), in_stock(rice)) == ("counted", (10, 10))


def test_who_counted_a_difference_does_not_approve_it_behind_anothers_name(
    count, rice, salt, staff, manager
):
    counting.enter_all(count, {rice.pk: 8, salt.pk: 20}, by=manager)
    counting.finish(count, by=staff)
    with pytest.raises(CountRefused, match="有差的货里有您自己数的，请让没数过的人来核对。"):
        counting.approve(count, by=manager)
    assert (status(count), in_stock(rice)) == ("counted", (10, 10))


def test_orders_come_first(count, rice, salt, staff, manager):
    hold(rice, 9)
    hold(salt, 20)
    counted(count, staff, rice=8, salt=19)
    with pytest.raises(HeldForOrders) as refused:
        counting.approve(count, by=manager)
    assert str(refused.value) == (
        "“大米”有 9 袋留给了订单，只剩 8 袋；“盐”有 20 包留给了订单，只剩 19 包。"
        "请先到“分货”把剩下的分好，再来这里。"
    )
    assert (status(count), in_stock(rice), in_stock(salt)) == ("counted", (10, 10), (20, 20))


def test_exactly_what_is_held_may_be_left(count, rice, staff, manager):
    hold(rice, 8)
    counted(count, staff, rice=8, salt=20)
    counting.approve(count, by=manager)
    assert in_stock(rice) == (8, 8)


def test_twice_approved_is_once(count, rice, staff, manager):
    counted(count, staff, rice=8, salt=20)
    counting.approve(count, by=manager)
    with pytest.raises(CountRefused, match="这张盘点单不在等人核对。"):
        counting.approve(count, by=manager)
    assert in_stock(rice) == (8, 8)


def test_a_recount_asks_for_the_differences_only(count, rice, salt, staff, manager):
    counted(count, staff, rice=8, salt=20)
    count.refresh_from_db()
    seen = count.counted_at
    counting.reopen(count, by=manager)
    assert (count.lines.get(item=rice).found, count.lines.get(item=salt).found) == (None, 20)
    counted(count, staff, rice=9)
    with pytest.raises(CountRefused, match="这张单子刚刚又盘过，请再看一眼。"):
        counting.approve(count, by=manager, seen=seen)
    assert in_stock(rice) == (10, 10)
    count.refresh_from_db()
    counting.approve(count, by=manager, seen=count.counted_at)
    assert in_stock(rice) == (9, 9)


def test_whoever_counted_blind_does_not_ask_for_the_recount(station, rice, salt, staff, manager):
    blind = counting.begin(station, "A-1", by=staff, blind=True)
    counting.enter_all(blind, {salt.pk: 20}, by=manager)
    counted(blind, staff, rice=8)
    # Neither who finished it, nor who counted a good that was as booked.
    for somebody in (staff, manager):
        with pytest.raises(CountRefused, match="盲盘要让没数过的人来看，请换一个人来。"):
            counting.reopen(blind, by=somebody)
        assert counting.hidden(blind, user=somebody)
    with pytest.raises(CountRefused, match="盲盘要让没数过的人来看，请换一个人来。"):
        counting.approve(blind, by=manager)
    assert (status(blind), in_stock(rice)) == ("counted", (10, 10))
    third = factories.member(station)
    assert not counting.hidden(blind, user=third)
    counting.reopen(blind, by=third)
    counted(blind, staff, rice=9)
    counting.approve(blind, by=third)
    assert (status(blind), in_stock(rice)) == ("approved", (9, 9))
    assert not counting.hidden(blind, user=staff)


def test_an_open_eyed_count_may_be_counted_again_by_whoever_counted(count, staff):
    counted(count, staff, rice=8, salt=20)
    assert not counting.hidden(count, user=staff)
    counting.reopen(count, by=staff)
    assert status(count) == "open"


def test_a_cancelled_count_changes_nothing(count, rice, staff, manager):
    counted(count, staff, rice=8, salt=20)
    counting.cancel(count, by=staff)
    assert (status(count), in_stock(rice)) == ("cancelled", (10, 10))
    for step in (counting.approve, counting.reopen, counting.cancel, counting.finish):
        with pytest.raises(CountRefused):
            step(count, by=manager)
    assert status(count) == "cancelled"


def test_a_list_that_changes_the_books_meanwhile_moves_both_sides(count, rice, staff, manager):
    counted(count, staff, rice=8, salt=20)
    openings.restate([openings.Opening(rice.record_id, 15, Decimal("30.00"))])
    counting.approve(count, by=manager)
    assert in_stock(rice) == (13, 13)


def test_the_cost_of_counting_does_not_grow(station, staff, manager, django_assert_max_num_queries):
    for number in range(23):
        factories.item(station, f"货{number}", shelf="D-1", in_stock=5)
    with django_assert_max_num_queries(6):
        count = counting.begin(station, "D-1", by=staff)
    with django_assert_max_num_queries(7):
        counting.enter_all(count, {line.item_id: 4 for line in counting.lines(count)}, by=staff)
    counting.finish(count, by=staff)
    with django_assert_max_num_queries(2):
        assert sum(d.worth for d in counting.differences(count)) == Decimal("-69.00")
    with django_assert_max_num_queries(14):
        counting.approve(count, by=manager)
