"""Pre-orders and wishes, as households meet them: on the shelf, at checkout, on the order, and in
what they must hear of."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from delivery import rounds
from delivery.models import ParcelLine, Wish
from delivery.share_outs import sharing
from delivery.signals import LineChange
from inventory.models import ShareRule
from shop import baskets, ordering
from shop.models import LineTerms, Notice
from shop.settlement import settling
from tests import factories
from tests.shop.orders import place, preordered
from tests.shop.test_views_shop import change, checkout_fields


@pytest.fixture
def round(station):
    return factories.round(station, "今日第二波")


@pytest.fixture
def chard(station):
    return factories.item(station, "甜菜", price="3.10", in_stock=10, unit="把")


@pytest.fixture
def spinach(station, chard):
    return preordered(
        station, "菠菜", price="2.40", unit="把", similar=chard, share_rule=ShareRule.EQUAL
    )


@pytest.fixture
def greens(station):
    return factories.item(station, "上海青", price="6.40", in_stock=40)


@pytest.fixture
def as_resident(client, resident):
    client.force_login(resident)
    return client


# --- on the shelf and at checkout ----------------------------------------------------------------


def test_pre_ordered_goods_are_marked_with_their_ceiling(as_resident, spinach, round):
    text = as_resident.get(reverse("home"), {"q": "菠菜"}).text
    assert "预订" in text
    assert "¥2.40 <small>封顶</small>" in text
    assert "截单后才去买，便宜了退差价" in text
    assert "卖完了" not in text


def test_goods_from_stock_are_not(as_resident, greens, round):
    text = as_resident.get(reverse("home"), {"q": "上海"}).text
    assert "预订" not in text
    assert "封顶" not in text


def test_every_line_has_one_choice_of_what_to_do_when_there_is_not_enough(
    as_resident, spinach, greens, round
):
    change(as_resident, spinach, 2)
    change(as_resident, greens, 1)
    text = as_resident.get(reverse("checkout")).text
    assert text.count("<select") == 2
    assert text.count('<option value="">和上面一样') == 2
    assert text.count('name="wish" value="less" checked') == 1
    assert text.count('name="wish" value="similar"') == 1
    assert text.count("不够换相近的：甜菜") == 1, "only where something is similar"
    assert text.count("不够就不要了") == 2
    assert "买便宜了会退差价，买贵了也不多收" in text
    assert "最多付这些" in text


def test_what_is_off_sale_is_not_offered_instead(as_resident, spinach, chard, round):
    type(chard.record.product).objects.filter(pk=chard.record.product_id).update(is_public=False)
    change(as_resident, spinach, 2)
    text = as_resident.get(reverse("checkout")).text
    assert "不够换相近的" not in text
    assert 'name="wish" value="similar"' not in text


def test_wishes_are_kept_with_the_order(as_resident, spinach, greens, round):
    rice = factories.item(round.station, "大米")
    for good in (spinach, greens, rice):
        change(as_resident, good, 2)
    wishes = {f"wish-{spinach.record_id}": "similar", f"wish-{greens.record_id}": "none"}
    wishes[f"wish-{rice.record_id}"] = "less"
    response = as_resident.post(reverse("checkout"), checkout_fields(as_resident) | wishes)
    assert response.status_code == 302
    kept = LineTerms.objects.values_list("line__title", "preorder", "wish").order_by("pk")
    assert list(kept) == [("菠菜", True, "similar"), ("上海青", False, "none")]
    text = as_resident.get(response.url).text
    assert "不够换相近的" in text
    assert "不够就不要了" in text
    assert "送到时付，最多" in text


def test_a_page_from_before_wishes_still_places(as_resident, spinach, round):
    change(as_resident, spinach, 2)
    assert as_resident.post(reverse("checkout"), checkout_fields(as_resident)).status_code == 302
    assert LineTerms.objects.get().wish == Wish.LESS


def test_a_stepper_keeps_the_wishes(as_resident, spinach, greens, round):
    change(as_resident, spinach, 2)
    fields = checkout_fields(as_resident) | {f"wish-{spinach.record_id}": "none"}
    page = as_resident.post(reverse("checkout"), fields | {"set": f"{spinach.record_id}:3"})
    [line] = page.context["lines"]
    assert line.quantity == 3
    assert '<option value="none" selected>' in page.text
    assert '<details class="each" open>' in page.text


def test_one_wish_is_for_all_that_say_nothing_else(as_resident, spinach, greens, round):
    change(as_resident, spinach, 2)
    change(as_resident, greens, 1)
    wishes = {f"wish-{spinach.record_id}": "", f"wish-{greens.record_id}": "less", "wish": "none"}
    as_resident.post(reverse("checkout"), checkout_fields(as_resident) | wishes)
    assert LineTerms.objects.get().line.title == "菠菜"
    assert LineTerms.objects.get().wish == Wish.NONE


@pytest.mark.parametrize("wish", ["more", "\x00", "x" * 300])
def test_one_wish_that_is_none_places_nothing(as_resident, spinach, round, wish):
    change(as_resident, spinach, 2)
    page = as_resident.post(reverse("checkout"), checkout_fields(as_resident) | {"wish": wish})
    assert page.status_code == 400
    assert "万一不够时怎么办，请从三样里选一样。" in page.text
    assert not LineTerms.objects.exists()


@pytest.mark.parametrize("wish", ["more", "\x00"])
def test_a_wish_that_is_none_places_nothing(as_resident, spinach, round, wish):
    change(as_resident, spinach, 2)
    fields = checkout_fields(as_resident) | {f"wish-{spinach.record_id}": wish}
    page = as_resident.post(reverse("checkout"), fields)
    assert page.status_code == 400
    assert "万一不够时怎么办，请从三样里选一样。" in page.text
    assert not LineTerms.objects.exists()


@pytest.mark.parametrize("name", ["wish-", "wish-x", "wish-" + "9" * 30, "wish--1"])
def test_a_wish_for_nothing_places_nothing(as_resident, spinach, round, name):
    change(as_resident, spinach, 2)
    page = as_resident.post(reverse("checkout"), checkout_fields(as_resident) | {name: "less"})
    assert page.status_code == 400


def test_the_price_of_a_pre_order_may_change_before_it_is_placed(
    as_resident, spinach, station, round
):
    change(as_resident, spinach, 2)
    fields = checkout_fields(as_resident)
    factories.received(station, spinach, 10, "31.00")
    page = as_resident.post(reverse("checkout"), fields)
    assert page.status_code == 409
    assert "¥6.20" in page.text


# --- what changed --------------------------------------------------------------------------------


@pytest.fixture
def order(resident, home, round, spinach, greens, station, manager):
    """Of five spinach two came, at 2.00; the neighbour's door wanted five as well."""
    placed = place(round, home, (spinach, 5), (greens, 2), wishes={spinach: Wish.SIMILAR})
    place(round, factories.household(home.grid), (spinach, 5))
    rounds.close(round)
    factories.received(station, spinach, 4, "8.00")
    sharing.apply(round, by=manager)
    return placed


def test_the_order_says_what_changed_why_and_what_is_due(as_resident, order):
    text = as_resident.get(reverse("order-detail", args=[order.number])).text
    assert "<s>×5</s> ×2 + 甜菜 ×3" in text
    assert '<s class="quiet">¥12.00</s> ¥11.20' in text, "2 × 2.00 + 3 × 2.40 come"
    assert "<h2>7 件 · ¥24.00</h2>" in text, "2 spinach, 3 chard and 2 greens"
    assert "少给 3 把，少收 ¥7.20（大家一共订了 10，只有 4，按“每户一样多”分）" in text
    assert "到货价比封顶价便宜，少收 ¥0.80" in text
    assert "换成甜菜 3 把，¥7.20" in text
    assert "¥24.80" in text, "agreed: 5 × 2.40 + 2 × 6.40"
    assert "−¥0.80" in text
    assert "送到时付</dt><dd>¥24.00" in text
    assert "最多" not in text


def test_found_short_while_packing_says_so(as_resident, order, greens):
    for before, after in ((2, 1), (1, 0)):
        change = LineChange(order.pk, greens.pk, before=before, after=after)
        settling.settle([change], by=None, at=timezone.now())
    ParcelLine.objects.filter(parcel__order=order, item=greens).update(quantity=0)
    text = as_resident.get(reverse("order-detail", args=[order.number])).text
    assert text.count("少给 1 份，少收 ¥6.40") == 2
    assert "<s>×2</s> ×0" in text
    assert '<s class="quiet">¥12.80</s> ¥0.00' in text
    assert "<h2>5 件 · ¥11.20</h2>" in text


def test_a_line_says_what_the_units_that_come_cost(as_resident, home, station, round):
    eggs = factories.item(station, "鸡蛋", price="11.50", in_stock=10)
    milk = factories.item(station, "牛奶", price="6.00", in_stock=10)
    order = place(round, home, (eggs, 2), (milk, 3))
    address = reverse("order-detail", args=[order.number])
    assert "<h2>5 件 · ¥41.00</h2>" in as_resident.get(address).text
    rounds.close(round)
    ParcelLine.objects.filter(item=eggs).update(quantity=1)
    settling.settle([LineChange(order.pk, eggs.pk, 2, 1)], by=None, at=timezone.now())
    text = as_resident.get(address).text
    assert '<s>×2</s> ×1</span> <b class="num"><s class="quiet">¥23.00</s> ¥11.50</b>' in text
    assert '×3</span> <b class="num">¥18.00</b>' in text
    assert "<h2>4 件 · ¥29.50</h2>" in text
    listed = as_resident.get(reverse("order-list")).text
    assert "鸡蛋 <s>×2</s> ×1、牛奶 ×3" in listed
    assert "¥29.50" in listed


def test_what_is_not_shared_out_yet_counts_as_ordered(as_resident, home, spinach, round):
    order = place(round, home, (spinach, 5))
    rounds.close(round)
    text = as_resident.get(reverse("order-detail", args=[order.number])).text
    assert "<h2>5 件 · ¥12.00</h2>" in text
    assert "菠菜 ×5" in as_resident.get(reverse("order-list")).text


def test_the_list_shows_what_is_due_now(as_resident, order):
    text = as_resident.get(reverse("order-list")).text
    assert "¥24.00" in text
    assert "有变动，请看一眼" in text


def test_the_household_is_told_until_it_has_looked(as_resident, order, resident, home):
    text = as_resident.get(reverse("home")).text
    assert "今日第二波的订单有变动" in text
    assert "菠菜：少给 3 把，少收 ¥7.20" in text
    as_resident.get(reverse("order-detail", args=[order.number]))
    [notice] = Notice.objects.filter(household=home)
    assert notice.seen_at
    assert "有变动" not in as_resident.get(reverse("home")).text
    assert "有变动" not in as_resident.get(reverse("order-list")).text
    assert Notice.objects.filter(seen_at=None).count() == 1, "the other door has not looked"


@pytest.mark.parametrize("who", ["neighbour", "stranger"])
def test_nobody_else_hears_of_it_or_marks_it_as_seen(client, order, request, who):
    client.force_login(request.getfixturevalue(who))
    assert "有变动" not in client.get(reverse("home")).text
    assert client.get(reverse("order-detail", args=[order.number])).status_code == 404
    assert Notice.objects.filter(seen_at=None).count() == 2


def test_nothing_changed_and_nothing_is_said(as_resident, home, greens, round):
    order = place(round, home, (greens, 2))
    rounds.close(round)
    text = as_resident.get(reverse("order-detail", args=[order.number])).text
    assert "退" not in text
    assert "送到时付</dt><dd>¥12.80" in text
    assert "有变动" not in as_resident.get(reverse("home")).text


def test_news_cost_the_same_with_1_order_and_with_5(as_resident, home, station, greens):
    def queries(orders: int) -> int:
        for _ in range(orders):
            this = factories.round(station, f"波 {timezone.now()}"[:40])
            order = place(this, home, (greens, 2))
            rounds.close(this)
            settling.settle([LineChange(order.pk, greens.pk, 2, 1)], by=None, at=timezone.now())
        with CaptureQueriesContext(connection) as captured:
            assert "有变动" in as_resident.get(reverse("home")).text
        return len(captured)

    few = queries(1)
    assert queries(4) == few


# --- told by a leader ----------------------------------------------------------------------------


@pytest.fixture
def silent(grid, round, greens):
    """A door without a phone, whose order got less."""
    door = factories.household(grid, "1", "2", "201", floor=2)
    leader = factories.user("代订的人")
    basket = baskets.for_door(leader, door)
    baskets.set_quantity(basket, greens.record_id, 2)

    order = ordering.place(basket, household=door, round=round, by=leader)
    rounds.close(round)
    settling.settle([LineChange(order.pk, greens.pk, 2, 1)], by=None, at=timezone.now())
    return door


def tell(client, door, notices):
    return client.post(reverse("leader-told", args=[door.pk]), {"notices": notices}, follow=True)


@pytest.mark.parametrize("who", ["leader", "building_leader"])
def test_a_leader_tells_doors_without_a_phone(client, request, who, silent):
    client.force_login(request.getfixturevalue(who))
    page = client.get(reverse("leader-doors"))
    assert "今日第二波有变动，请告诉这户" in page.text
    assert "上海青：少给 1 份，少收 ¥6.40" in page.text
    notice = Notice.objects.get()
    said = tell(client, silent, notice.pk)
    assert "记下了：1幢 2单元 201已经知道了。" in said.text
    assert "请告诉这户" not in said.text
    notice.refresh_from_db()
    assert notice.seen_at
    assert "已经知道了" not in tell(client, silent, notice.pk).text, "again is nothing"


def test_what_doors_with_a_phone_must_hear_is_not_the_leaders(client, leader, order):
    client.force_login(leader)
    assert Notice.objects.filter(seen_at=None).count() == 2
    assert "请告诉这户" not in client.get(reverse("leader-doors")).text


@pytest.mark.parametrize("who", ["resident", "staff", "courier", "stranger"])
def test_nobody_else_says_that_a_door_was_told(client, request, who, silent):
    client.force_login(request.getfixturevalue(who))
    assert tell(client, silent, Notice.objects.get().pk).status_code == 404
    assert Notice.objects.filter(seen_at=None).count() == 1


def test_another_doors_notice_is_not_marked(client, leader, silent, grid):
    client.force_login(leader)
    elsewhere = factories.household(grid, "1", "3", "301")
    for notices in (Notice.objects.get().pk, "", "x", "1,,2", "9" * 30, "\x00"):
        assert tell(client, elsewhere, notices).status_code == 200
    assert Notice.objects.filter(seen_at=None).count() == 1
    assert client.get(reverse("leader-told", args=[silent.pk])).status_code == 405


def test_the_leaders_page_costs_the_same_whatever_is_to_be_told(
    client, leader, grid, station, greens
):
    client.force_login(leader)

    def queries(doors: int) -> int:
        this = factories.round(station, f"第 {doors} 波")
        orders = []
        for _ in range(doors):
            door = factories.household(grid)
            someone = factories.user()
            basket = baskets.for_door(someone, door)
            baskets.set_quantity(basket, greens.record_id, 1)

            orders.append(ordering.place(basket, household=door, round=this, by=someone))
        rounds.close(this)
        changes = [LineChange(order.pk, greens.pk, 1, 0) for order in orders]
        settling.settle(changes, by=None, at=timezone.now())
        with CaptureQueriesContext(connection) as captured:
            assert "请告诉这户" in client.get(reverse("leader-doors")).text
        return len(captured)

    few = queries(2)
    assert queries(12) == few
