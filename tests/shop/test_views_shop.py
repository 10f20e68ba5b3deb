"""The pages of residents and leaders: who may, who may not, and what they say."""

import pytest
from django.urls import reverse
from oscar.core.loading import get_model

from delivery import rounds
from shop import baskets, ordering
from shop.models import Placement
from tests import factories

Order = get_model("order", "Order")


@pytest.fixture
def open_round(station):
    return factories.round(station, "今日第二波")


@pytest.fixture
def greens(station):
    return factories.item(station, "上海青 2 斤", price="6.40", in_stock=40, weight_g=1000)


@pytest.fixture
def as_resident(client, resident):
    client.force_login(resident)
    return client


def change(client, item, quantity, **headers):
    return client.post(
        reverse("basket-change"), {"record": item.record_id, "quantity": quantity}, **headers
    )


def checkout_fields(client) -> dict:
    """What the browser would send from the checkout page as it is now."""
    context = client.get(reverse("checkout")).context
    said = {"basket": context["basket"].pk, "seen": context["seen"], "in_person": "", "note": ""}
    return said | {"pay": next((each.code for each in context["offers"] if each.chosen), "")}


# --- who gets in -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["home", "checkout", "order-list", "my-home", "leader-doors"])
def test_nobody_sees_a_page_without_logging_in(client, db, name):
    response = client.get(reverse(name))
    assert response.status_code == 302
    assert response.url.startswith(reverse("login"))


def test_people_without_a_door_are_sent_where_they_work(client, staff, courier, db):
    client.force_login(staff)
    assert client.get(reverse("home")).url == reverse("station-today")
    client.force_login(courier)
    assert client.get(reverse("home")).url == reverse("courier-batches")
    client.force_login(factories.user("没有门"))
    response = client.get(reverse("home"))
    assert response.status_code == 403
    assert "您的手机号还没登记在哪一户" in response.text


# --- browsing --------------------------------------------------------------------------------


def test_home_shows_the_stations_goods_and_no_other(as_resident, greens, other_station, open_round):
    factories.item(other_station, "别村的菜")
    text = as_resident.get(reverse("home"), {"q": "菜"}).text
    assert "别村的菜" not in text
    text = as_resident.get(reverse("home"), {"q": "上海"}).text
    assert "上海青 2 斤" in text
    assert "¥6.40" in text
    assert "每斤 3.20" in text
    assert "剩 40 份" in text


def test_home_says_when_nothing_is_open(as_resident, greens):
    assert "现在不接单" in as_resident.get(reverse("home")).text


@pytest.mark.parametrize("query", ["\x00", "'", "%", "x" * 500])
def test_any_search_is_answered(as_resident, greens, open_round, query):
    assert as_resident.get(reverse("home"), {"q": query}).status_code == 200


def test_home_costs_the_same_queries_with_3_goods_and_with_23(
    as_resident, station, open_round, django_assert_max_num_queries
):
    def queries() -> int:
        with django_assert_max_num_queries(12) as captured:
            assert as_resident.get(reverse("home"), {"q": "菜"}).status_code == 200
        return len(captured)

    for number in range(3):
        change(as_resident, factories.item(station, f"菜 {number}"), 1)
    few = queries()
    for number in range(20):
        change(as_resident, factories.item(station, f"菜 2{number}"), 1)
    assert queries() == few


# --- the basket ------------------------------------------------------------------------------


def test_a_stepper_works_as_a_plain_form_and_goes_back_where_it_was(as_resident, greens):
    response = as_resident.post(
        reverse("basket-change"),
        {"record": greens.record_id, "quantity": 2, "back": "/?category=3"},
    )
    assert response.url == f"/?category=3#good-{greens.record_id}"
    assert as_resident.get(reverse("home")).context["basket_summary"]["count"] == 2


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_a_stepper_never_leads_to_a_foreign_place(as_resident, greens, back):
    response = as_resident.post(
        reverse("basket-change"), {"record": greens.record_id, "quantity": 2, "back": back}
    )
    assert response.url == f"{reverse('home')}#good-{greens.record_id}"


def test_a_stepper_answers_htmx_with_itself_and_the_bar(as_resident, greens):
    response = change(as_resident, greens, 3, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert "<output>3</output>" in response.text
    assert 'hx-swap-oob="true"' in response.text
    assert "¥19.20" in response.text


def test_a_key_that_is_nobodys_is_no_error_page(as_resident, greens):
    huge = {"record": 10**30, "quantity": 1}
    assert as_resident.post(reverse("basket-change"), huge).status_code == 400
    assert as_resident.get(f"/goods/x_{10**30}/").status_code == 404


def test_oscars_address_of_a_product_leads_to_our_shelf(as_resident, station):
    item = factories.item(station, "A&B 100%#1")
    response = as_resident.get(f"/goods/x_{item.record.product_id}/", follow=True)
    assert "A&amp;B 100%#1" in response.text


@pytest.mark.parametrize("quantity", ["-1", "abc", "", "10001"])
def test_a_quantity_that_is_none_changes_nothing(as_resident, greens, quantity):
    assert change(as_resident, greens, quantity).status_code == 400
    assert as_resident.get(reverse("checkout")).context["lines"] == []


# --- placing ---------------------------------------------------------------------------------


def test_one_page_one_tap_one_order(as_resident, greens, open_round, home):
    change(as_resident, greens, 2)
    page = as_resident.get(reverse("checkout")).text
    assert "一网格 1幢 1单元 101" in page
    assert "3 口人" in page
    fields = checkout_fields(as_resident) | {"in_person": "1", "note": "请敲三下"}
    response = as_resident.post(reverse("checkout"), fields)
    order = Order.objects.get()
    assert response.url == reverse("order-detail", args=[order.number])
    placement = Placement.objects.get()
    assert (placement.household, placement.in_person, placement.note) == (home, True, "请敲三下")


def test_a_stepper_on_the_page_keeps_what_was_typed(as_resident, greens, open_round):
    change(as_resident, greens, 2)
    fields = checkout_fields(as_resident) | {"in_person": "1", "note": "请敲三下"}
    page = as_resident.post(reverse("checkout"), fields | {"set": f"{greens.record_id}:3"})
    assert page.status_code == 200
    assert [line.quantity for line in page.context["lines"]] == [3]
    assert 'value="请敲三下"' in page.text
    assert page.context["form"].data["in_person"] == "1"
    assert Order.objects.count() == 0
    assert as_resident.post(reverse("checkout"), fields | {"set": "x"}).status_code == 400


def test_the_second_tap_leads_to_the_first_ones_order(as_resident, greens, open_round):
    change(as_resident, greens, 2)
    fields = checkout_fields(as_resident)
    first = as_resident.post(reverse("checkout"), fields)
    second = as_resident.post(reverse("checkout"), fields)
    assert second.url == first.url
    assert Order.objects.count() == 1


def test_a_page_that_is_no_longer_true_places_nothing(as_resident, greens, open_round):
    change(as_resident, greens, 2)
    fields = checkout_fields(as_resident)
    change(as_resident, greens, 5)
    response = as_resident.post(reverse("checkout"), fields)
    assert response.status_code == 409
    assert "篮子里的东西或价格刚变了，请再看一眼再下单。" in response.text
    assert Order.objects.count() == 0


def test_after_the_cut_off_the_page_says_so_in_words(as_resident, greens, open_round):
    change(as_resident, greens, 1)
    fields = checkout_fields(as_resident)
    rounds.close(open_round)
    response = as_resident.post(reverse("checkout"), fields)
    assert response.status_code == 409
    assert "这一波已经截单了，请等下一波。" in response.text
    assert Order.objects.count() == 0


def test_an_order_never_slips_into_another_round(as_resident, greens, open_round, station):
    change(as_resident, greens, 1)
    fields = checkout_fields(as_resident)
    rounds.close(open_round)
    factories.round(station, "明天")
    response = as_resident.post(reverse("checkout"), fields)
    assert response.status_code == 409
    assert "请再看一眼再下单" in response.text
    assert "明天" in response.text, "the page names the round it is for now"
    assert Order.objects.count() == 0


def test_somebody_elses_basket_cannot_be_ordered(as_resident, greens, open_round, neighbour):
    theirs = baskets.for_door(neighbour, neighbour.person.household)
    baskets.set_quantity(theirs, greens.record_id, 1)
    seen = baskets.digest(baskets.lines(theirs), open_round)
    fields = {"basket": theirs.pk, "seen": seen, "pay": "door"}
    assert as_resident.post(reverse("checkout"), fields).url == reverse("checkout")
    assert Order.objects.count() == 0


@pytest.mark.parametrize("lines", [1, 20])
def test_placing_over_http_costs_at_most_15_queries(
    as_resident, station, open_round, django_assert_max_num_queries, lines
):
    for number in range(lines):
        change(as_resident, factories.item(station, f"货 {number}", household_limit=2), 1)
    fields = checkout_fields(as_resident)
    # In a test the transaction is a savepoint (2); alone it is one BEGIN, or on PostgreSQL none.
    with django_assert_max_num_queries(15 + 2):
        assert as_resident.post(reverse("checkout"), fields).status_code == 302
    assert Order.objects.count() == 1


# --- after -----------------------------------------------------------------------------------


@pytest.fixture
def order(resident, home, greens, open_round):
    basket = baskets.for_door(resident, home)
    baskets.set_quantity(basket, greens.record_id, 2)
    return ordering.place(basket, household=home, round=open_round, by=resident)


def test_the_household_sees_its_order_and_can_cancel_it(as_resident, order):
    page = as_resident.get(reverse("order-detail", args=[order.number])).text
    assert "已下单" in page
    assert "取消这一单" in page
    as_resident.post(reverse("order-cancel", args=[order.number]))
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert "已取消" in as_resident.get(reverse("order-detail", args=[order.number])).text


@pytest.mark.parametrize("who", ["neighbour", "stranger"])
def test_nobody_else_sees_or_cancels_it(client, order, request, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse("order-detail", args=[order.number])).status_code == 404
    assert client.post(reverse("order-cancel", args=[order.number])).status_code == 404
    order.refresh_from_db()
    assert order.status == "placed"


def test_cancelling_is_a_post(as_resident, order):
    assert as_resident.get(reverse("order-cancel", args=[order.number])).status_code == 405


def test_too_late_to_cancel_is_said_in_words(as_resident, order, open_round):
    rounds.close(open_round)
    response = as_resident.post(reverse("order-cancel", args=[order.number]), follow=True)
    assert "已经截单，不能再取消了" in response.text
    order.refresh_from_db()
    assert order.status == "placed"


def test_the_order_list_costs_the_same_queries_with_3_orders_and_with_23(
    as_resident, resident, home, greens, open_round, django_assert_max_num_queries
):
    def queries() -> int:
        with django_assert_max_num_queries(12) as captured:
            assert as_resident.get(reverse("order-list")).status_code == 200
        return len(captured)

    def place(times):
        for _ in range(times):
            basket = baskets.for_door(resident, home)
            baskets.set_quantity(basket, greens.record_id, 1)
            ordering.place(basket, household=home, round=open_round, by=resident)

    place(3)
    few = queries()
    place(20)
    assert queries() == few


# --- leaders ---------------------------------------------------------------------------------


@pytest.fixture
def silent(grid):
    """A door without a phone, in the leaders' building."""
    return factories.household(grid, "1", "2", "201", floor=2)


@pytest.mark.parametrize("who", ["leader", "building_leader"])
def test_a_leader_orders_for_a_door_without_a_phone(
    client, request, who, silent, greens, open_round
):
    leader = request.getfixturevalue(who)
    client.force_login(leader)
    assert "1幢 2单元 201" in client.get(reverse("leader-doors")).text
    client.post(reverse("leader-order-for", args=[silent.pk]))
    assert "正在帮 1幢 2单元 201 代订" in client.get(reverse("home")).text
    change(client, greens, 1)
    client.post(reverse("checkout"), checkout_fields(client))
    placement = Placement.objects.get()
    assert (placement.household, placement.placed_by) == (silent, leader)
    client.post(reverse("leader-stop"))
    assert client.get(reverse("home")).url == reverse("leader-doors")


def test_a_door_with_a_phone_orders_for_itself(client, leader, home, resident):
    client.force_login(leader)
    assert client.post(reverse("leader-order-for", args=[home.pk])).status_code == 404


@pytest.mark.parametrize("who", ["resident", "staff", "courier", "stranger"])
def test_nobody_else_orders_for_that_door(client, request, who, silent):
    client.force_login(request.getfixturevalue(who))
    assert client.post(reverse("leader-order-for", args=[silent.pk])).status_code == 404
    assert "ordering_for" not in client.session


def test_a_building_leader_has_no_say_in_the_next_building(client, building_leader, grid):
    client.force_login(building_leader)
    elsewhere = factories.household(grid, "2", "1", "101")
    assert client.post(reverse("leader-order-for", args=[elsewhere.pk])).status_code == 404


def test_two_tabs_on_two_doors_do_not_mix_up_baskets(
    client, leader, silent, grid, greens, open_round
):
    other = factories.household(grid, "1", "2", "202", floor=2)
    client.force_login(leader)
    client.post(reverse("leader-order-for", args=[silent.pk]))
    change(client, greens, 1)
    fields = checkout_fields(client)
    client.post(reverse("leader-order-for", args=[other.pk]))
    assert client.post(reverse("checkout"), fields).url == reverse("checkout")
    assert Order.objects.count() == 0
