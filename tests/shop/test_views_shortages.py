"""What ran out, on the checkout: exactly what, what is left, and one tap to take it."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from oscar.core.loading import get_model

from shop import baskets, ordering
from tests import factories
from tests.shop.test_views_shop import change, checkout_fields

Order = get_model("order", "Order")


@pytest.fixture
def open_round(station):
    return factories.round(station, "今日第二波")


@pytest.fixture
def greens(station):
    return factories.item(station, "上海青", price="6.40", in_stock=40)


@pytest.fixture
def eggs(station):
    return factories.item(station, "鲜鸡蛋", price="24.80", in_stock=3, unit="板")


@pytest.fixture
def rice(station):
    return factories.item(station, "大米", price="30.00", in_stock=2, unit="袋")


@pytest.fixture
def as_resident(client, resident):
    client.force_login(resident)
    return client


@pytest.fixture
def taken(as_resident, greens, eggs, rice, open_round, neighbour):
    """`taken(eggs=2)`: the basket holds 2 greens, 3 eggs and 1 rice, and when its page is there,
    the neighbour takes some away. Returns what the browser would send."""
    for good, units in ((greens, 2), (eggs, 3), (rice, 1)):
        change(as_resident, good, units)

    def take(**gone) -> dict:
        fields = checkout_fields(as_resident) | {"note": "轻放", "in_person": "1"}
        door = neighbour.person.household
        theirs = baskets.for_door(neighbour, door)
        for good, units in gone.items():
            baskets.set_quantity(theirs, {"eggs": eggs, "rice": rice}[good].record_id, units)
        ordering.place(theirs, household=door, round=open_round, by=neighbour)
        return fields

    return take


def button(page) -> tuple[str, str]:
    """What the button that takes what is left sends, and what it says."""
    found = re.search(
        r'btn warm wide" form="checkout" name="take" value="([^"]*)"[^>]*>([^<]*)<', page.text
    )
    return found.groups()


def mine() -> list[tuple[str, int]]:
    """The resident's order; the other one is the neighbour's."""
    order = Order.objects.order_by("pk").last()
    return list(order.lines.order_by("pk").values_list("title", "quantity"))


def test_all_that_ran_out_is_named_with_what_is_left(as_resident, taken):
    page = as_resident.post(reverse("checkout"), taken(eggs=2, rice=2))
    assert page.status_code == 409
    assert "<b>鲜鸡蛋只剩 1 板</b><span>（您选了 3 板）</span>" in page.text
    assert "<b>大米卖完了</b><span>（您选了 1 袋）</span>" in page.text
    assert "按剩下的下单，¥37.60" in page.text, "2 × 6.40 and 24.80"
    assert Order.objects.count() == 1, "nothing is ordered"
    assert len(page.context["lines"]) == 3, "and the basket is as it was"


def test_one_tap_orders_what_is_left(as_resident, taken, home):
    fields = taken(eggs=2, rice=2)
    take, _words = button(as_resident.post(reverse("checkout"), fields))
    placed = as_resident.post(reverse("checkout"), fields | {"take": take})
    assert mine() == [("上海青", 2), ("鲜鸡蛋", 1)]
    order = Order.objects.get(placement__household=home)
    assert placed.url == reverse("order-detail", args=[order.number])
    assert (order.placement.note, order.placement.in_person) == ("轻放", True)
    assert f"{order.total_incl_tax}" == "37.60"


def test_the_second_tap_leads_to_the_same_order(as_resident, taken):
    fields = taken(eggs=2)
    take, _words = button(as_resident.post(reverse("checkout"), fields))
    first = as_resident.post(reverse("checkout"), fields | {"take": take})
    assert as_resident.post(reverse("checkout"), fields | {"take": take}).url == first.url
    assert Order.objects.count() == 2


def test_what_is_gone_by_then_is_asked_again(as_resident, taken, eggs):
    fields = taken(eggs=2)
    take, _words = button(as_resident.post(reverse("checkout"), fields))
    record = eggs.record
    record.num_allocated = 3
    record.save()
    page = as_resident.post(reverse("checkout"), fields | {"take": take})
    assert page.status_code == 409
    assert "<b>鲜鸡蛋卖完了</b><span>（您选了 1 板）</span>" in page.text
    assert Order.objects.count() == 1
    take, words = button(page)
    assert words == "按剩下的下单，¥42.80"
    as_resident.post(reverse("checkout"), fields | {"take": take})
    assert mine() == [("上海青", 2), ("大米", 1)]


def test_another_price_than_was_shown_is_not_ordered(as_resident, taken, greens):
    fields = taken(eggs=2)
    take, _words = button(as_resident.post(reverse("checkout"), fields))
    record = greens.record
    record.price = "9.90"
    record.save()
    page = as_resident.post(reverse("checkout"), fields | {"take": take})
    assert page.status_code == 409
    assert "篮子里的东西或价格刚变了，请再看一眼再下单。" in page.text
    assert Order.objects.count() == 1


def test_who_has_not_pressed_yet_sees_the_new_total_first(as_resident, taken, home):
    fields = taken(eggs=2)
    page = as_resident.get(reverse("checkout"))
    take, words = button(page)
    assert words == "改成剩下的，¥67.60"
    assert 'class="btn primary" form="checkout"' not in page.text, "no button that is refused"
    page = as_resident.post(reverse("checkout"), fields | {"take": take})
    assert page.status_code == 200
    assert '<b class="big num">¥67.60</b>' in page.text
    assert [line.quantity for line in page.context["lines"]] == [2, 1, 1]
    assert 'value="轻放"' in page.text
    assert Order.objects.count() == 1


def test_of_all_that_ran_out_nothing_is_ordered(as_resident, eggs, open_round):
    change(as_resident, eggs, 2)
    fields = checkout_fields(as_resident)
    record = eggs.record
    record.num_allocated = 3
    record.save()
    page = as_resident.post(reverse("checkout"), fields)
    take, words = button(page)
    assert (take, words) == (f"{eggs.record_id}:0", "那就都不要了")
    page = as_resident.post(reverse("checkout"), fields | {"take": take})
    assert "篮子是空的" in page.text
    assert not Order.objects.exists()


def test_only_less_is_taken_and_only_of_this_page(as_resident, taken, eggs, greens):
    """What nobody offered, or another page did, changes nothing."""
    fields = taken(eggs=2)
    more = f"{eggs.record_id}:9,{greens.record_id}:1,{10**18 - 1}:3"
    page = as_resident.post(reverse("checkout"), fields | {"take": more})
    assert [line.quantity for line in page.context["lines"]] == [1, 3, 1]
    other = fields | {"take": f"{eggs.record_id}:1", "basket": "999"}
    page = as_resident.post(reverse("checkout"), other)
    assert [line.quantity for line in page.context["lines"]] == [1, 3, 1]


@pytest.mark.parametrize(
    "take", ["", "x", "1:2,", "1:2@", "1:-1", "\x00", "1:2@zz", "9" * 30 + ":1"]
)
def test_what_cannot_be_read_is_no_error_page(as_resident, taken, take):
    assert as_resident.post(reverse("checkout"), taken(eggs=2) | {"take": take}).status_code == 400


def test_where_a_fund_pays_the_tap_shows_before_it_orders(as_resident, taken, station, home):
    """What it pays of less is only known once the basket is less."""
    factories.grant(factories.fund(station, "50.00"), "0.5", household=home)
    fields = taken(eggs=2)
    fields["seen"] = as_resident.get(reverse("checkout")).context["seen"]
    page = as_resident.post(reverse("checkout"), fields)
    assert page.status_code == 409
    take, _words = button(page)
    assert "@" not in take
    assert as_resident.post(reverse("checkout"), fields | {"take": take}).status_code == 200
    assert Order.objects.count() == 1


def test_a_tap_by_htmx_answers_with_the_page_and_the_bar(as_resident, taken, eggs):
    fields = taken(eggs=2)
    said = fields | {"set": f"{eggs.record_id}:1"}
    page = as_resident.post(reverse("checkout"), said, headers={"HX-Request": "true"})
    assert page.status_code == 200
    assert "<html" not in page.text
    assert '<div id="pay-bar" hx-swap-oob="innerHTML">' in page.text
    assert "<output>1</output>" in page.text
    assert "¥67.60" in page.text


@pytest.mark.parametrize("lines", [3, 23])
def test_the_page_and_the_tap_cost_the_same_whatever_ran_out(
    as_resident, station, open_round, lines
):
    goods = [factories.item(station, f"货 {number}", in_stock=5) for number in range(lines)]
    for good in goods:
        change(as_resident, good, 4)
    fields = checkout_fields(as_resident)
    for good in goods:
        good.record.num_allocated = 3
        good.record.save()
    with CaptureQueriesContext(connection) as page:
        assert as_resident.get(reverse("checkout")).text.count("只剩 2 份</b>") == lines
    assert len(page) <= 12
    take, _words = button(as_resident.post(reverse("checkout"), fields))
    with CaptureQueriesContext(connection) as tap:
        assert as_resident.post(reverse("checkout"), fields | {"take": take}).status_code == 302
    assert len(tap) <= 26, "the basket's change and the order, each a transaction of its own"
    assert {units for _title, units in mine()} == {2}


def test_of_a_bundle_as_many_are_left_as_its_parts_make(
    as_resident, station, open_round, eggs, greens
):
    fresh = factories.bundle(station, {greens: 2, eggs: 1}, "生鲜套餐")
    change(as_resident, fresh, 3)
    page = as_resident.get(reverse("checkout"))
    assert '<span class="part">上海青 ×2</span>' in page.text
    fields = checkout_fields(as_resident)
    eggs.record.num_allocated = 2
    eggs.record.save()
    page = as_resident.post(reverse("checkout"), fields)
    assert page.status_code == 409
    take, words = button(page)
    assert words == "按剩下的下单，¥37.60"
    assert as_resident.post(reverse("checkout"), fields | {"take": take}).status_code == 302
    assert mine() == [("上海青", 2), ("鲜鸡蛋", 1)]


def test_what_the_door_has_of_it_in_this_round_is_off_its_limit(
    as_resident, station, resident, home, open_round
):
    milk = factories.item(station, "牛奶", price="5.00", household_limit=2, unit="箱")
    basket = baskets.for_door(resident, home)
    baskets.set_quantity(basket, milk.record_id, 1)
    ordering.place(basket, household=home, round=open_round, by=resident)
    change(as_resident, milk, 2)
    page = as_resident.get(reverse("checkout"))
    assert "牛奶您家这一波还能买 1 箱" in page.text
    take, words = button(page)
    assert words == "改成剩下的，¥5.00"
    fields = checkout_fields(as_resident) | {"take": take}
    as_resident.post(reverse("checkout"), fields)
    as_resident.post(reverse("checkout"), checkout_fields(as_resident))
    assert mine() == [("牛奶", 1)]
    change(as_resident, milk, 1)
    assert "牛奶您家这一波已经买够了" in as_resident.get(reverse("checkout")).text


@pytest.mark.parametrize("lines", [3, 23])
def test_the_page_costs_at_most_12_queries_with_all_there_is(
    as_resident, station, home, greens, eggs, open_round, lines
):
    """Bundles, limits, funds, an account that is short."""
    factories.grant(factories.fund(station, "50.00"), "0.5", household=home)
    change(as_resident, factories.bundle(station, {greens: 1, eggs: 1}), 1)
    for number in range(lines):
        change(as_resident, factories.item(station, f"货 {number}", household_limit=2), 1)
    with CaptureQueriesContext(connection) as captured:
        page = as_resident.get(reverse("checkout"))
    assert len(page.context["lines"]) == lines + 1
    assert len(captured) <= 12
