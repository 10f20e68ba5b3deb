"""代订: which doors a leader orders for, and what of a door a leader sees."""

import pytest
from django.urls import reverse

from tests import factories


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
    assert "独居老人" in text[text.index("<details") : text.index("</details>")]
    assert text.count("独居老人") == 1
