"""改一改 and 再来一单: an order made more or less before the cut-off, and the same once more."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from delivery import rounds
from shop import baskets, ordering
from tests import factories
from tests.shop.orders import place


@pytest.fixture
def round(station):
    return factories.round(station, "今日第二波")


@pytest.fixture
def greens(station):
    return factories.item(station, "上海青", price="6.40", in_stock=40)


@pytest.fixture
def eggs(station):
    return factories.item(station, "鲜鸡蛋", price="24.80", in_stock=3, unit="板")


@pytest.fixture
def order(round, home, resident, greens, eggs):
    """Two of the greens and one of the eggs, 37.60 yuan."""
    return place(round, home, (greens, 2), (eggs, 1))


@pytest.fixture
def as_resident(client, resident):
    client.force_login(resident)
    return client


def address(order, name="order-change") -> str:
    return reverse(name, args=[order.number])


def fields(page) -> dict:
    """What the page's form holds."""
    return {key: page.context[key] for key in ("units", "seen")}


def tap(client, order, page, good, units):
    return client.post(address(order), fields(page) | {"set": f"{good.record_id}:{units}"})


def units(order) -> dict[str, int]:
    return dict(order.lines.values_list("title", "quantity"))


# --- more and less -------------------------------------------------------------------------------


def test_taps_write_nothing_before_the_button(as_resident, order, greens):
    page = as_resident.get(address(order))
    assert "原来</dt><dd>¥37.60" in page.text
    assert "disabled>就这么改" in page.text, "nothing is different yet"
    page = tap(as_resident, order, page, greens, 1)
    page = tap(as_resident, order, page, greens, 0)
    assert '改成</dt><dd aria-live="polite">¥24.80' in page.text
    assert "原来 2 份" in page.text
    assert units(order) == {"上海青": 2, "鲜鸡蛋": 1}
    done = as_resident.post(address(order), fields(page) | {"save": "1"}, follow=True)
    assert "改好了。" in done.text
    assert units(order) == {"上海青": 0, "鲜鸡蛋": 1}
    assert "上海青" not in re.search(r'<ul class="lines bill">.*?</ul>', done.text, re.DOTALL)[0]
    assert "上海青" not in as_resident.get(reverse("order-list")).text


def test_the_second_tap_changes_nothing_more(as_resident, order, greens):
    page = tap(as_resident, order, as_resident.get(address(order)), greens, 1)
    said = fields(page) | {"save": "1"}
    as_resident.post(address(order), said)
    again = as_resident.post(address(order), said)
    assert again.url == reverse("order-detail", args=[order.number])
    assert units(order) == {"上海青": 1, "鲜鸡蛋": 1}


def test_none_of_anything_is_the_end_of_it(as_resident, order, greens, eggs):
    page = tap(as_resident, order, as_resident.get(address(order)), greens, 0)
    page = tap(as_resident, order, page, eggs, 0)
    assert "都不要了，取消这一单" in page.text
    done = as_resident.post(address(order), fields(page) | {"save": "1"}, follow=True)
    assert "这一单取消了。" in done.text
    order.refresh_from_db()
    assert order.status == "cancelled"


def test_more_than_there_is_says_how_much(as_resident, order, eggs):
    page = tap(as_resident, order, as_resident.get(address(order)), eggs, 5)
    page = as_resident.post(address(order), fields(page) | {"save": "1"})
    assert page.status_code == 409
    assert "鲜鸡蛋最多能有 3 板" in page.text
    assert f'name="set" value="{eggs.record_id}:3"' in page.text
    assert units(order) == {"上海青": 2, "鲜鸡蛋": 1}
    page = tap(as_resident, order, page, eggs, 3)
    as_resident.post(address(order), fields(page) | {"save": "1"})
    assert units(order) == {"上海青": 2, "鲜鸡蛋": 3}


def test_an_order_that_is_otherwise_by_now_is_not_overwritten(as_resident, order, greens, eggs):
    old = tap(as_resident, order, as_resident.get(address(order)), greens, 1)
    newer = tap(as_resident, order, as_resident.get(address(order)), eggs, 2)
    as_resident.post(address(order), fields(newer) | {"save": "1"})
    page = as_resident.post(address(order), fields(old) | {"save": "1"})
    assert page.status_code == 409
    assert units(order) == {"上海青": 2, "鲜鸡蛋": 2}


def test_after_the_cut_off_it_is_too_late(as_resident, order, round, greens):
    page = tap(as_resident, order, as_resident.get(address(order)), greens, 1)
    rounds.close(round)
    done = as_resident.post(address(order), fields(page) | {"save": "1"}, follow=True)
    assert "没办成：" in done.text
    assert units(order) == {"上海青": 2, "鲜鸡蛋": 1}
    assert "改一改" not in done.text
    assert "这一单现在不能改了。" in as_resident.get(address(order), follow=True).text


def test_what_is_not_in_the_order_is_not_put_there(as_resident, order, station, other_station):
    for other in (factories.item(station, "别的"), factories.item(other_station, "别村的")):
        said = {"units": f"{other.record_id}:1", "save": "1"}
        assert as_resident.post(address(order), said).status_code == 409
    assert units(order) == {"上海青": 2, "鲜鸡蛋": 1}


@pytest.mark.parametrize("said", [{"units": "x"}, {"set": "1"}, {"seen": "\x00"}, {"set": "1:-1"}])
def test_what_cannot_be_read_is_no_error_page(as_resident, order, said):
    assert as_resident.post(address(order), said).status_code == 400


def test_htmx_gets_the_page_without_its_frame(as_resident, order, greens):
    said = {"set": f"{greens.record_id}:1"}
    page = as_resident.post(address(order), said, headers={"HX-Request": "true"})
    assert page.status_code == 200
    assert "<html" not in page.text
    assert "<output>1</output>" in page.text


@pytest.mark.parametrize("who", ["neighbour", "stranger"])
def test_nobody_else_changes_it_or_has_it_again(client, order, greens, request, who):
    client.force_login(request.getfixturevalue(who))
    said = {"units": f"{greens.record_id}:1", "save": "1"}
    assert client.get(address(order)).status_code == 404
    assert client.post(address(order), said).status_code == 404
    assert client.post(address(order, "order-again")).status_code == 404
    assert units(order) == {"上海青": 2, "鲜鸡蛋": 1}
    assert client.get(reverse("checkout")).context["lines"] == []


@pytest.mark.parametrize("lines", [3, 23])
def test_the_page_costs_at_most_12_queries(as_resident, home, resident, station, round, lines):
    goods = [(factories.item(station, f"货 {number}"), 1) for number in range(lines)]
    order = place(round, home, *goods)
    with CaptureQueriesContext(connection) as captured:
        assert as_resident.get(address(order)).text.count("¥3.00／份") == lines
    assert len(captured) <= 12


# --- again ---------------------------------------------------------------------------------------


def again(client, order):
    return client.post(address(order, "order-again"), follow=True)


def in_basket(client) -> dict[str, int]:
    return {line.title: line.quantity for line in client.get(reverse("checkout")).context["lines"]}


def test_the_same_once_more(as_resident, order):
    page = again(as_resident, order)
    assert page.redirect_chain == [(reverse("checkout"), 302)]
    assert "上次的都放进篮子了，看一眼再下单。" in page.text
    assert in_basket(as_resident) == {"上海青": 2, "鲜鸡蛋": 1}
    again(as_resident, order)
    assert in_basket(as_resident) == {"上海青": 2, "鲜鸡蛋": 1}, "a repeat adds nothing up"


def test_what_is_in_the_basket_stays(as_resident, order, resident, home, greens, station):
    basket = baskets.for_door(resident, home)
    rice = factories.item(station, "大米")
    for good, number in ((greens, 5), (rice, 1)):
        baskets.set_quantity(basket, good.record_id, number)
    again(as_resident, order)
    assert in_basket(as_resident) == {"上海青": 5, "大米": 1, "鲜鸡蛋": 1}


def test_what_cannot_be_had_is_said_in_words(as_resident, round, home, resident, greens, eggs):
    tofu = factories.item(round.station, "豆腐", in_stock=1)
    order = place(round, home, (greens, 2), (eggs, 2), (tofu, 1))
    type(greens.record.product).objects.filter(pk=greens.record.product_id).update(is_public=False)
    page = again(as_resident, order)
    assert "上海青现在不卖。" in page.text
    assert "鲜鸡蛋只剩 1 板，先放了这些。" in page.text
    assert "豆腐卖完了。" in page.text
    assert in_basket(as_resident) == {"鲜鸡蛋": 1}


def test_what_was_taken_out_of_the_order_does_not_come_again(as_resident, order, greens):
    as_resident.post(address(order), {"units": f"{greens.record_id}:0", "save": "1"})
    again(as_resident, order)
    assert in_basket(as_resident) == {"鲜鸡蛋": 1}


def test_an_order_of_a_cancelled_one_is_possible_too(as_resident, order, resident):
    ordering.cancel(order, by=resident)
    again(as_resident, order)
    assert in_basket(as_resident) == {"上海青": 2, "鲜鸡蛋": 1}


def test_again_is_a_post(as_resident, order):
    assert as_resident.get(address(order, "order-again")).status_code == 405
    assert in_basket(as_resident) == {}


def test_again_costs_the_same_with_3_goods_and_with_23(as_resident, home, resident, station, round):
    def queries(lines: int) -> int:
        goods = [
            (factories.item(station, f"货 {lines} {number}", in_stock=3), 2)
            for number in range(lines)
        ]
        order = place(round, home, *goods)
        with CaptureQueriesContext(connection) as captured:
            as_resident.post(address(order, "order-again"))
        baskets.for_door(resident, home).lines.all().delete()
        return len(captured)

    few = queries(3)
    assert queries(23) == few


# --- bundles -------------------------------------------------------------------------------------


@pytest.fixture
def fresh(station, greens, eggs):
    """生鲜套餐: two greens and one eggs."""
    return factories.bundle(station, {greens: 2, eggs: 1}, "生鲜套餐")


@pytest.fixture
def with_bundle(round, home, resident, greens, fresh):
    """Two bundles, and one of the greens beside them."""
    return place(round, home, (fresh, 2), (greens, 1))


def test_a_bundle_comes_and_goes_with_its_parts(as_resident, with_bundle, fresh):
    page = as_resident.get(address(with_bundle))
    assert [(row.title, row.units) for row in page.context["rows"]] == [
        ("生鲜套餐", 2),
        ("上海青", 5),
        ("鲜鸡蛋", 2),
    ]
    page = tap(as_resident, with_bundle, page, fresh, 1)
    assert [row.units for row in page.context["rows"]] == [1, 3, 1]
    assert '改成</dt><dd aria-live="polite">¥44.00' in page.text
    as_resident.post(address(with_bundle), fields(page) | {"save": "1"})
    assert units(with_bundle) == {"上海青": 3, "鲜鸡蛋": 1}
    assert [(each.title, each.units) for each in with_bundle.bundles.all()] == [("生鲜套餐", 1)]
    done = as_resident.get(reverse("order-detail", args=[with_bundle.number]))
    assert "生鲜套餐 ×1" in done.text


def test_a_bundle_comes_again_as_one(as_resident, with_bundle):
    again(as_resident, with_bundle)
    assert in_basket(as_resident) == {"上海青": 1, "生鲜套餐": 1}, "of the eggs one is left"
    again(as_resident, with_bundle)
    assert in_basket(as_resident) == {"上海青": 1, "生鲜套餐": 1}
