"""我家: what a door sees of itself, and how it wants the store."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shop.models import DoorCard, DoorPreferences
from shop.visits import ORDERING_FOR
from tests import factories

PREFERENCES = reverse("preferences")


@pytest.fixture
def as_resident(client, resident):
    client.force_login(resident)
    return client


def card(door, number: int, **fields) -> DoorCard:
    return DoorCard.objects.create(
        household=door, code_hash=f"{number}", issued_by=factories.user(), **fields
    )


def kept(door) -> tuple[bool, list[str]] | None:
    found = DoorPreferences.objects.filter(household=door).first()
    return found and (found.elder, found.muted)


def test_it_leads_to_everything_of_the_door(as_resident):
    text = as_resident.get(reverse("my-home")).text
    for name in ("inbox", "account", "standing", "preferences", "my-login"):
        assert f'href="{reverse(name)}"' in text
    assert "一网格 1幢 1单元 101" in text


def test_it_says_which_cards_the_door_has(as_resident, home, resident):
    assert "您家还没有门卡。" in as_resident.get(reverse("my-home")).text
    card(home, 1, bound_to=resident, bound_at=timezone.now())
    card(home, 2)
    card(home, 3, ended_at=timezone.now())
    text = as_resident.get(reverse("my-home")).text
    assert f"一张给了手机 {resident.phone[:3]}****{resident.phone[-4:]}" in text
    assert text.count("一张还没用") == 1


def test_cards_of_the_family_before_are_not_shown(as_resident, home, resident):
    card(home, 1, bound_to=resident, bound_at=timezone.now())
    home.lived_in_since = timezone.now()
    home.save()
    assert "您家还没有门卡。" in as_resident.get(reverse("my-home")).text


def test_the_page_costs_the_same_with_3_people_and_cards_and_with_23(as_resident, home, resident):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            as_resident.get(reverse("my-home"))
        return len(captured)

    def fill(numbers):
        for number in numbers:
            factories.person(home, f"家人{number}")
            card(home, number, bound_to=factories.user(), bound_at=timezone.now())

    fill(range(3))
    few = queries()
    assert few <= 12
    fill(range(3, 23))
    assert queries() == few


# --- how the door wants it -----------------------------------------------------------------------


def test_at_first_nothing_is_large_and_everything_rings(as_resident, home):
    page = as_resident.get(PREFERENCES)
    assert page.context["form"].initial["elder"] == ""
    assert page.text.count('type="checkbox" name="rings"') == 6
    assert page.text.count("checked") == 7, "six kinds, and the plain size"
    assert kept(home) is None


def test_what_is_not_ticked_does_not_ring(as_resident, home):
    rings = ["on_way", "delivered"]
    done = as_resident.post(PREFERENCES, {"elder": "1", "rings": rings}, follow=True)
    assert "记住了。" in done.text
    assert kept(home) == (True, ["opens", "last_hour", "standing", "changed"])
    assert done.context["form"].initial == {"elder": "1", "rings": rings}
    as_resident.post(PREFERENCES, {"elder": ""})
    assert kept(home) == (
        False,
        ["opens", "last_hour", "standing", "changed", "on_way", "delivered"],
    )


@pytest.mark.parametrize(
    "said", [{"rings": ["failed"]}, {"rings": ["\x00"]}, {"elder": "2"}, {"rings": "x"}]
)
def test_what_is_not_asked_is_not_kept(as_resident, home, said):
    assert as_resident.post(PREFERENCES, said).status_code == 400
    assert kept(home) is None


def test_who_orders_for_another_door_has_no_say(client, leader, grid):
    silent = factories.household(grid, "1", "2", "201", floor=2)
    client.force_login(leader)
    client.post(reverse("leader-order-for", args=[silent.pk]))
    assert client.session[ORDERING_FOR] == silent.pk
    done = client.post(PREFERENCES, {"elder": "1"}, follow=True)
    assert "这些由那一户自己定。" in done.text
    assert kept(silent) is None
    assert "门卡" not in done.text


def test_everybody_says_it_of_their_own_door(client, neighbour, home):
    client.force_login(neighbour)
    client.post(PREFERENCES, {"elder": "1", "rings": []})
    assert kept(home) is None
    assert kept(neighbour.person.household)[0] is True
