"""What an export comes to: doors, merged rows, shortages; and orders that come about once."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from oscar.core.loading import get_model

from delivery.models import Household
from inventory.errors import StationError
from shop import baskets, ordering
from shop.errors import RoundNotOpen
from shop.group_buys import placing
from shop.models import GroupBuyRow, Placement
from tests import factories
from tests.shop.group_buys import exports

Line = get_model("order", "Line")
HERE, THERE = "13800138000", "13900139000"


def ordered() -> list[tuple[str, int]]:
    return sorted(Line.objects.values_list("title", "quantity"))


def test_rows_of_a_door_are_one_order(place, door, eggs, potatoes, staff):
    done = place(
        exports.kuaituantuan(
            (1, "鲜鸡蛋", 2, HERE, "12-2-302", {"团员备注": "放门口"}),
            (1, "土豆", 1, "13000000000", "十二幢二单元302室", {"团员备注": "放门口"}),
            (5, "土豆", 2, HERE, "", {"团员备注": "不要塑料袋"}),
        )
    )
    [order] = done.orders
    assert ordered() == [("土豆", 3), ("鲜鸡蛋", 2)]
    assert order.total_incl_tax == Decimal("84.10")
    placement = Placement.objects.get()
    assert (placement.household, placement.placed_by) == (door, staff)
    assert placement.note == "放门口；不要塑料袋"
    assert done.units == 5


def test_a_longer_later_export_orders_only_what_is_new(place, door, other, eggs):
    place(exports.kuaituantuan((1, "鲜鸡蛋", 2, HERE, "")))
    longer = exports.kuaituantuan(
        (2, "鲜鸡蛋", 1, THERE, ""), (1, "鲜鸡蛋", 2, HERE, ""), (3, "鲜鸡蛋", 4, HERE, "")
    )
    assert place(longer).units == 5
    assert place(longer).units == 0
    assert ordered() == [("鲜鸡蛋", 1), ("鲜鸡蛋", 2), ("鲜鸡蛋", 4)]


def test_more_of_a_row_orders_the_difference_and_less_of_it_nothing(make, place, door, eggs):
    place(exports.qunjielong((HERE, "", 2)), "接龙-鲜鸡蛋.xlsx")
    assert place(exports.qunjielong((HERE, "", 5)), "接龙-鲜鸡蛋(1).xlsx").units == 3
    plan = make(exports.qunjielong((HERE, "", 1)), "接龙-鲜鸡蛋.xlsx")
    assert not plan.to_order
    [fewer] = plan.doors[0].fewer
    assert (fewer.asked, fewer.before) == (1, 5)


def test_a_cancelled_order_does_not_come_back_by_itself(place, door, eggs, staff):
    data = exports.kuaituantuan((1, "鲜鸡蛋", 2, HERE, ""))
    ordering.cancel(place(data).orders[0], by=staff)
    assert place(data).orders == []


def test_next_weeks_group_buy_is_another_one(place, door, other, eggs, station):
    place(exports.kuaituantuan((1, "鲜鸡蛋", 2, HERE, ""), (2, "鲜鸡蛋", 1, THERE, "")))
    later = factories.round(station, "下周")
    # The same first buyer; but the second row of last week is not in it.
    again = exports.kuaituantuan((1, "鲜鸡蛋", 2, HERE, ""), (2, "鲜鸡蛋", 3, HERE, ""))
    assert place(again, into=later).units == 5


def test_what_is_short_goes_to_the_first_rows_and_is_shown(make, place, door, other, potatoes):
    data = exports.kuaituantuan((1, "土豆", 8, HERE, ""), (2, "土豆", 5, THERE, ""))
    plan = make(data)
    assert plan.shortages == [{"item": potatoes, "short": 3, "doors": 1}]
    assert place(data).units == 10
    assert ordered() == [("土豆", 2), ("土豆", 8)]
    # The same again, once there is more: the rest.
    factories.received(door.grid.station, potatoes, 20)
    assert place(data).units == 3


def test_the_limit_of_a_household_counts_what_it_bought_before(
    make, door, resident, station, round
):
    milk = factories.item(station, "牛奶", household_limit=3)
    basket = baskets.for_door(resident, door)
    baskets.set_quantity(basket, milk.record_id, 2)
    ordering.place(basket, household=door, round=round, by=resident)
    [(_door, wanted)] = make(exports.kuaituantuan((1, "牛奶", 2, HERE, ""))).short
    assert (wanted.can, wanted.short, wanted.limited) == (1, 1, True)


def test_what_is_too_heavy_or_not_sent_there_is_refused_before_anything(
    make, door, station, grid, eggs
):
    rice = factories.item(station, "大米", weight_g=10_000)
    plan = make(exports.kuaituantuan((1, "大米", 9, HERE, "")))
    assert plan.to_order == []
    assert "一趟最多送" in plan.refused[0].refused
    only = factories.round(station, "晚", grids=[factories.grid(station)])
    plan = make(exports.kuaituantuan((1, "鲜鸡蛋", 1, HERE, "")), into=only)
    assert plan.refused[0].refused == "这一波不送一网格"
    assert rice


def test_a_daughters_phone_is_a_doubt_that_somebody_decides(make, door, other, eggs):
    data = exports.kuaituantuan((1, "鲜鸡蛋", 1, HERE, "12-1-101"))
    plan = make(data)
    [doubt] = plan.doubts
    assert (doubt.cell, doubt.can_choose) == ("J2", True)
    assert (
        doubt.sentence == "电话是一网格 12幢 2单元 302的，地址写的是一网格 12幢 1单元 101；先按电话"
    )
    assert [each.household for each in plan.doors] == [door]
    assert [each.household for each in make(data, by_address={2}).doors] == [other]


@pytest.mark.parametrize(
    ("phone", "address", "sentence"),
    [
        (HERE, "99-1-101", "名册里没有“99-1-101”，按电话是一网格 12幢 2单元 302"),
        (HERE, "老地方", "地址“老地方”看不懂，按电话是一网格 12幢 2单元 302"),
    ],
)
def test_a_mistyped_address_follows_the_phone_and_is_named(
    make, door, eggs, phone, address, sentence
):
    plan = make(exports.kuaituantuan((1, "鲜鸡蛋", 1, phone, address)))
    assert [doubt.sentence for doubt in plan.doubts] == [sentence]
    assert plan.to_order


@pytest.mark.parametrize(
    ("phone", "address", "cell", "reason"),
    [
        ("13000000000", "隔壁小区", "J2", "名册里没有这个电话，“隔壁小区”也不是一个门牌"),
        ("13000000000", "99-1-101", "J2", "名册里没有这个电话，也没有“99-1-101”这户"),
        ("13000000000", "", "J2", "名册里没有这个电话，也没有写地址"),
        ("13000000000", "12-302", "J2", "“12-302”可能是好几户，请写全楼、单元、室号"),
    ],
)
def test_rows_without_a_door_are_named_by_cell(
    make, door, grid, eggs, phone, address, cell, reason
):
    factories.household(grid, "12", "3", "302")
    plan = make(exports.kuaituantuan((1, "鲜鸡蛋", 1, phone, address)))
    assert [(bad.cell, bad.reason) for bad in plan.bad] == [(cell, reason)]
    assert not plan.doors


def test_a_phone_behind_two_doors_needs_the_address(make, door, other, eggs):
    factories.person(other, "儿子", phone=HERE)
    assert make(exports.kuaituantuan((1, "鲜鸡蛋", 1, HERE, ""))).bad[0].reason == (
        "这个电话登记在好几户，请写清地址"
    )
    plan = make(exports.kuaituantuan((1, "鲜鸡蛋", 1, HERE, "12-1-101")))
    assert [each.household for each in plan.doors] == [other]


def test_goods_that_are_unknown_or_off_sale_are_named_by_cell(make, door, eggs, potatoes):
    type(potatoes.record.product).objects.filter(title="土豆").update(is_public=False)
    plan = make(exports.kuaituantuan((1, "土豆", 1, HERE, ""), (1, "鸡蛋", 1, HERE, "")))
    assert [(bad.cell, bad.reason) for bad in plan.bad] == [("D2", "货品里没有“土豆”")]
    chosen = make(exports.kuaituantuan((1, "土豆", 1, HERE, "")), goods={0: eggs.pk})
    assert chosen.quantity == 1
    assert not make(exports.kuaituantuan((1, "鸡蛋", 1, HERE, "")), goods={0: 0}).doors


def test_a_door_that_is_left_out_orders_nothing(make, place, door, other, eggs):
    data = exports.kuaituantuan((1, "鲜鸡蛋", 1, HERE, ""), (2, "鲜鸡蛋", 1, THERE, ""))
    place(data, left_out={door.pk})
    assert [p.household for p in Placement.objects.all()] == [other]


def test_a_door_of_another_station_is_no_door(make, other_station, eggs):
    elsewhere = factories.household(factories.grid(other_station), "7", "1", "101")
    factories.person(elsewhere, phone="13700137000")
    plan = make(exports.kuaituantuan((1, "鲜鸡蛋", 1, "13700137000", "7-1-101")))
    assert not plan.doors


def test_two_who_place_the_same_plan_order_once(make, door, eggs, staff, manager):
    data = exports.kuaituantuan((1, "鲜鸡蛋", 2, HERE, ""))
    one, two = make(data), make(data)
    assert placing.place(one, by=staff).units == 2
    assert placing.place(two, by=manager).units == 0
    assert GroupBuyRow.objects.count() == 1


def test_who_was_quicker_leaves_less_and_it_is_said(make, door, other, potatoes, staff):
    plan = make(exports.kuaituantuan((1, "土豆", 8, HERE, "")))
    place_now = make(exports.qunjielong((THERE, "", 5)), "土豆.xlsx")
    placing.place(place_now, by=staff)
    done = placing.place(plan, by=staff)
    assert done.units == 5
    assert done.problems == ["一网格 12幢 2单元 302：刚才被别人先订走 3 份，没有下"]


def test_one_door_that_fails_leaves_the_others(make, door, other, eggs, staff, monkeypatch):
    plan = make(exports.kuaituantuan((1, "鲜鸡蛋", 1, HERE, ""), (2, "鲜鸡蛋", 1, THERE, "")))
    place = ordering.place

    def refuse(basket, *, household, **more):
        if household == door:
            raise StationError("不行。")
        return place(basket, household=household, **more)

    monkeypatch.setattr(ordering, "place", refuse)
    done = placing.place(plan, by=staff)
    assert len(done.orders) == 1
    assert done.problems == ["一网格 12幢 2单元 302：不行。"]
    assert not get_model("basket", "Basket").objects.filter(status="Open").exists()
    monkeypatch.undo()
    assert len(placing.place(plan, by=staff).orders) == 1


def test_a_round_that_closed_meanwhile_takes_nothing(make, door, eggs, round, staff):
    plan = make(exports.kuaituantuan((1, "鲜鸡蛋", 1, HERE, "")))
    type(round).objects.filter(pk=round.pk).update(status="closed")
    assert placing.place(plan, by=staff).orders == []
    with pytest.raises(RoundNotOpen):
        make(exports.kuaituantuan((1, "鲜鸡蛋", 1, HERE, "")))


def test_a_basket_that_is_being_filled_stays_as_it_is(place, door, eggs, potatoes, staff):
    basket = baskets.for_door(staff, door)
    baskets.set_quantity(basket, potatoes.record_id, 3)
    place(exports.kuaituantuan((1, "鲜鸡蛋", 1, HERE, "")))
    assert [line.title for line in baskets.lines(basket)] == ["土豆"]


def test_a_plan_costs_the_same_for_3_and_23_doors(make, grid, eggs, potatoes, station):
    factories.item(station, "牛奶", household_limit=3)

    def queries(count: int) -> int:
        rows = []
        for number in range(count):
            door = factories.household(grid, "20", "1", f"{count}{number:02d}")
            factories.person(door, phone=f"137{count:02d}{number:06d}")
            for good in ("鲜鸡蛋", "土豆", "牛奶"):
                rows.append((number, good, 1, f"137{count:02d}{number:06d}", ""))
        with CaptureQueriesContext(connection) as seen:
            plan = make(exports.kuaituantuan(*rows))
        assert len(plan.doors) == count
        return len(seen)

    make(exports.kuaituantuan((1, "鲜鸡蛋", 1, "13100000000", "")))
    assert queries(3) == queries(23) <= 12
    assert Household.objects.count() > 20
