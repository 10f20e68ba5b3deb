"""代订: which doors a leader orders for, and what of a door a leader sees."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from delivery import rounds
from delivery.models import Household
from shop import baskets, ordering
from shop.models import Notice, Placement
from tests import factories
from tests.shop.test_views_shop import checkout_fields


@pytest.fixture
def old_man(grid):
    """A door with a landline only: nobody there can log in."""
    door = factories.household(grid, "1", "2", "201", needs="独居老人")
    factories.person(door, "老人", phone="021-57920000")
    return door


def test_a_door_with_a_landline_only_is_ordered_for(client, leader, old_man):
    client.force_login(leader)
    text = client.get(reverse("leader-doors")).text
    assert f'action="{reverse("leader-order-for", args=[old_man.pk])}"' in text
    assert client.post(reverse("leader-order-for", args=[old_man.pk])).url == reverse("home")
    assert client.get(reverse("home")).context["household"] == old_man


def test_a_mobile_that_only_rings_is_ordered_for_until_somebody_comes_in(client, leader, grid):
    door = factories.household(grid, "1", "2", "203")
    person = factories.person(door, "老人机", phone="13812345678")
    client.force_login(leader)
    client.post(reverse("leader-order-for", args=[door.pk]))
    assert client.get(reverse("home")).context["household"] == door
    person.user = factories.user(phone=person.phone)
    person.save()
    assert client.get(reverse("home")).url == reverse("leader-doors")
    assert client.post(reverse("leader-order-for", args=[door.pk])).status_code == 404


def test_nobody_else_orders_for_it(client, neighbour, stranger, old_man):
    for someone in (neighbour, stranger):
        client.force_login(someone)
        client.post(reverse("leader-order-for", args=[old_man.pk]))
        assert client.get(reverse("home")).context["household"] != old_man


def test_a_leader_sees_the_needs_of_their_own_doors_only(client, leader, stranger, old_man, grid):
    client.force_login(leader)
    assert "独居老人" in client.get(reverse("leader-doors")).text
    client.force_login(stranger)
    assert "独居老人" not in client.get(reverse("leader-doors")).text


def test_a_building_leader_sees_no_needs_of_the_next_building(client, building_leader, grid):
    factories.household(grid, "12", needs="需配药")
    client.force_login(building_leader)
    assert "需配药" not in client.get(reverse("leader-doors")).text


def test_needs_are_folded_away_until_they_are_asked_for(client, leader, old_man):
    """The phone is shown to neighbours while one orders together."""
    client.force_login(leader)
    text = client.get(reverse("leader-doors")).text
    assert "独居老人" in _folded(text, "特殊情况")
    assert text.count("独居老人") == 1


def _folded(text: str, summary: str) -> str:
    """What opens under these words."""
    after = text[text.index(f"<details><summary>{summary}</summary>") :]
    return after[: after.index("</details>")]


@pytest.fixture
def eggs(station):
    return factories.item(station, "鲜鸡蛋", price="24.80", in_stock=100)


def _orders(door, by, eggs, round, units=2):
    basket = baskets.for_door(by, door)
    baskets.set_quantity(basket, eggs.record_id, units)
    return ordering.place(basket, household=door, round=round, by=by)


def test_one_tap_puts_the_last_order_into_the_doors_basket(
    client, leader, old_man, eggs, station, grid
):
    past = factories.round(station, "以前")
    _orders(old_man, leader, eggs, past)
    rounds.close(past)
    now = factories.round(station, "今天")
    client.force_login(leader)
    assert "鲜鸡蛋 ×2" in client.get(reverse("leader-doors")).text
    answer = client.post(reverse("leader-order-for", args=[old_man.pk]), {"again": "1"})
    assert answer.url == reverse("checkout")
    page = client.get(answer.url)
    assert page.context["ordering_for"] == old_man.door
    assert "鲜鸡蛋" in page.text
    client.post(reverse("checkout"), checkout_fields(client))
    placed = Placement.objects.get(round=now)
    # Who ordered it is on the order, beside for whom.
    assert (placed.household, placed.placed_by) == (old_man, leader)


def test_what_a_family_that_moved_out_had_is_nobodys_last_order(client, leader, old_man, eggs):
    past = factories.round(old_man.grid.station, "以前")
    _orders(old_man, leader, eggs, past)
    Household.objects.filter(pk=old_man.pk).update(lived_in_since=timezone.now())
    client.force_login(leader)
    assert "鲜鸡蛋" not in client.get(reverse("leader-doors")).text
    again = client.post(reverse("leader-order-for", args=[old_man.pk]), {"again": "1"})
    assert again.url == reverse("home")


def _shown(client, show) -> list[str]:
    page = client.get(reverse("leader-doors"), {"show": show})
    return [door.room for door in page.context["doors"]]


def test_the_list_shows_what_is_asked_for(client, leader, old_man, grid, eggs, station):
    now = factories.round(station, "今天")
    factories.resident(factories.household(grid, "1", "2", "202"), "自己会订")
    client.force_login(leader)
    assert _shown(client, "waiting") == ["201", "202"]
    placed = _orders(old_man, leader, eggs, now)
    assert _shown(client, "waiting") == ["202"]
    assert _shown(client, "silent") == ["201"]
    assert _shown(client, "news") == []
    Notice.objects.create(household=old_man, order=placed, at=timezone.now())
    assert _shown(client, "news") == ["201"]
    for odd in ("", "x", "a\x00"):
        assert _shown(client, odd) == ["201", "202"]
    counts = {str(one.value): n for one, n in client.get(reverse("leader-doors")).context["chips"]}
    assert counts == {"": 2, "waiting": 1, "silent": 1, "news": 1}


def test_without_a_round_nobody_has_yet_to_order(client, leader, old_man):
    client.force_login(leader)
    assert _shown(client, "waiting") == []


def test_the_list_costs_the_same_for_three_and_for_23(client, leader, grid, eggs, station):
    past = factories.round(station, "以前")
    client.force_login(leader)
    counted = []
    for more in (3, 20):
        for _n in range(more):
            _orders(factories.household(grid, "3"), leader, eggs, past, units=1)
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("leader-doors"))
        counted.append(len(asked))
    assert counted[0] == counted[1]
