"""发门卡: who prints which cards, what stands on them, and the list they are handed out from."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shop.models import DoorCard
from shop.ways_in import cards
from tests import factories

HERE = "10.0.0.1"


@pytest.fixture
def doors(grid, new_door):
    """Two more in 3幢 and one in 4幢; with `new_door` four without anybody who comes in."""
    return [
        new_door,
        factories.household(grid, "3", "1", "302", floor=3),
        factories.household(grid, "3", "2", "101", floor=1),
        factories.household(grid, "4", "1", "101", floor=1),
    ]


def print_cards(client, **said):
    return client.post(reverse("station-cards-print"), {"nonce": uuid4()} | said)


def printed(response) -> list[str]:
    return re.findall(r"<h2>([^<]+)</h2>", response.text)


def code_of(response) -> str:
    [(_door, code, _qr)] = response.context["sheets"][0]
    return code


# --- who --------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["staff", "manager", "leader"])
def test_those_who_look_after_a_door_print_its_card(client, request, who, new_door):
    client.force_login(request.getfixturevalue(who))
    response = print_cards(client, door=new_door.pk)
    code = code_of(response)
    assert f"{code[:4]} {code[4:]}" in response.text
    assert response["Cache-Control"].startswith("max-age=0")
    assert cards.door_of(code, HERE) == new_door


@pytest.mark.parametrize("who", ["resident", "courier", "building_leader", "stranger"])
def test_nobody_else_does(client, request, who, new_door, code):
    client.force_login(request.getfixturevalue(who))
    response = print_cards(client, door=new_door.pk)
    assert response.status_code == 302
    assert DoorCard.objects.count() == 1
    assert cards.door_of(code, HERE) == new_door


def test_a_leader_prints_their_own_doors_only_whatever_they_ask_for(
    client, building_leader, leader, doors, grid, home
):
    client.force_login(building_leader)
    assert printed(print_cards(client)) == [home.door]
    other = factories.grid(grid.station)
    factories.household(other, "9", "1", "901")
    client.force_login(leader)
    assert print_cards(client, grid=other.pk).status_code == 302
    assert "9幢 1单元 901" not in printed(print_cards(client, which="unused"))


@pytest.mark.parametrize("who", ["resident", "courier", "building_leader", "stranger"])
def test_nobody_else_ends_a_card(client, request, who, new_door, code):
    client.force_login(request.getfixturevalue(who))
    assert client.post(reverse("card-revoke", args=[DoorCard.objects.get().pk])).status_code == 404
    assert cards.door_of(code, HERE) == new_door


@pytest.mark.parametrize(("who", "back"), [("staff", "station-cards"), ("leader", "leader-cards")])
def test_those_who_look_after_the_door_end_its_card(client, request, who, back, new_door, code):
    client.force_login(request.getfixturevalue(who))
    response = client.post(reverse("card-revoke", args=[DoorCard.objects.get().pk]))
    assert response.url == reverse(back)
    with pytest.raises(cards.CardRefused):
        cards.door_of(code, HERE)


# --- which doors ------------------------------------------------------------------------------


def test_a_grid_those_who_have_no_card_and_do_not_come_in(client, staff, doors, resident, grid):
    cards.issue(doors[1], by=staff)
    elsewhere = factories.household(factories.grid(grid.station), "7", "1", "701")
    client.force_login(staff)
    response = print_cards(client, grid=grid.pk)
    # Not the resident's door, not the one with a card, not the other grid; in walking order.
    assert printed(response) == ["3幢 1单元 301", "3幢 2单元 101", "4幢 1单元 101"]
    assert printed(print_cards(client)) == [elsewhere.door]


def test_a_building(client, staff, doors):
    client.force_login(staff)
    response = print_cards(client, building=" 3 ")
    assert printed(response) == ["3幢 1单元 301", "3幢 1单元 302", "3幢 2单元 101"]


def test_once_more_for_those_whose_card_nobody_used(client, staff, doors):
    codes = cards.issue_all(doors, by=staff)
    cards.bind(codes[doors[0].pk], "13800001234", HERE)
    client.force_login(staff)
    response = print_cards(client, which="unused")
    assert printed(response) == ["3幢 1单元 302", "3幢 2单元 101", "4幢 1单元 101"]
    with pytest.raises(cards.CardRefused):
        cards.door_of(codes[doors[1].pk], HERE)


def test_nothing_to_print_is_a_sentence(client, staff, doors):
    cards.issue_all(doors, by=staff)
    client.force_login(staff)
    response = client.post(reverse("station-cards-print"), {"nonce": uuid4()}, follow=True)
    assert "没有要印的门：都有卡了，或者都有人登录过。" in response.text


def test_the_same_page_sent_twice_ends_nothing(client, staff, doors):
    client.force_login(staff)
    nonce = uuid4()
    said = {"nonce": nonce, "which": "unused"}
    first = client.post(reverse("station-cards-print"), said)
    again = client.post(reverse("station-cards-print"), said, follow=True)
    assert "这一页的卡已经印过了" in again.text
    assert DoorCard.objects.count() == 4
    code = first.context["sheets"][0][0][1]
    assert cards.door_of(code, HERE) == doors[0]
    # Another door from the same list is another page.
    assert (
        client.post(reverse("station-cards-print"), said | {"door": doors[1].pk}).status_code == 200
    )


def test_two_hundred_at_most_and_the_rest_with_the_next_page(client, staff, doors, monkeypatch):
    monkeypatch.setattr(cards, "MOST", 3)
    client.force_login(staff)
    assert "还有没印的，印完再回去印一次。" in (first := print_cards(client)).text
    assert len(printed(first)) == 3
    second = print_cards(client)
    assert len(printed(second)) == 1
    assert "还有没印的" not in second.text


@pytest.mark.parametrize(
    "said",
    [
        {"nonce": "x"},
        {"door": "x"},
        {"door": 2**70},
        {"grid": "x"},
        {"grid": 2**62},
        {"which": "x"},
        {"building": "\x00"},
        {"building": "9" * 30},
    ],
)
def test_odd_wishes_print_nothing(client, staff, doors, said):
    client.force_login(staff)
    assert print_cards(client, **said).status_code == 302
    assert not DoorCard.objects.exists()


def test_another_stations_grid_is_none(client, staff, doors, other_station):
    elsewhere = factories.grid(other_station)
    factories.household(elsewhere)
    client.force_login(staff)
    assert print_cards(client, grid=elsewhere.pk).status_code == 302
    assert not DoorCard.objects.exists()


# --- the paper --------------------------------------------------------------------------------


def test_no_name_and_no_phone_stand_on_a_card(client, staff, new_door):
    new_door.needs = "独居老人"
    new_door.save()
    client.force_login(staff)
    text = print_cards(client, door=new_door.pk).text
    for private in ("沈新来", "13800001234", "独居老人"):
        assert private not in text


def test_the_qr_keeps_the_code_behind_the_hash(client, staff, new_door, settings, monkeypatch):
    made = []
    monkeypatch.setattr("shop.views.door_cards.qr", lambda text: made.append(text) or "<svg/>")
    client.force_login(staff)
    code = code_of(print_cards(client, door=new_door.pk))
    settings.PUBLIC_URL = "https://yizhan.example"
    later = code_of(print_cards(client, door=new_door.pk))
    assert made == [f"http://testserver/c/#{code}", f"https://yizhan.example/c/#{later}"]


def test_ten_to_a_sheet(client, staff, grid):
    for number in range(23):
        factories.household(grid, "5", "1", f"{number}")
    client.force_login(staff)
    response = print_cards(client, building="5")
    assert [len(sheet) for sheet in response.context["sheets"]] == [10, 10, 3]
    assert response.text.count('class="qr"') == 23


@pytest.mark.parametrize(("host", "warned"), [("localhost", True), ("testserver", False)])
def test_an_address_no_phone_can_open_is_said(client, staff, new_door, host, warned):
    client.force_login(staff)
    response = client.post(
        reverse("station-cards-print"),
        {"nonce": uuid4(), "door": new_door.pk},
        headers={"host": host},
    )
    assert ("只有这台电脑打得开" in response.text) is warned


# --- the list ---------------------------------------------------------------------------------


@pytest.fixture
def every_state(doors, staff):
    """没印, 发了, 绑好了, 作废了: one door each."""
    cards.issue(doors[1], by=staff)
    cards.bind(cards.issue(doors[2], by=staff), "13700000001", HERE)
    cards.issue(doors[3], by=staff)
    cards.revoke(DoorCard.objects.get(household=doors[3]), by=staff)
    return doors


@pytest.mark.parametrize(("who", "page"), [("staff", "station-cards"), ("leader", "leader-cards")])
def test_the_list_says_what_became_of_every_door(client, request, who, page, every_state):
    client.force_login(request.getfixturevalue(who))
    response = client.get(reverse(page))
    assert {figure.state: figure.doors for figure in response.context["figures"]} == {
        "none": 1,
        "waiting": 1,
        "bound": 1,
        "ended": 1,
    }
    for state, door in zip(("none", "waiting", "bound", "ended"), every_state, strict=True):
        only = client.get(reverse(page), {"state": state}).context["doors"]
        assert [each.pk for each in only] == [door.pk]
    assert "13700000001" not in response.text
    assert "沈新来" not in response.text


def test_of_one_door_or_one_grid(client, staff, every_state, grid):
    other = factories.household(factories.grid(grid.station))
    client.force_login(staff)
    page = reverse("station-cards")
    listed = client.get(page, {"grid": other.grid_id}).context["doors"]
    assert [each.pk for each in listed] == [other.pk]
    listed = client.get(page, {"door": every_state[1].pk}).context["doors"]
    assert [each.pk for each in listed] == [every_state[1].pk]
    for odd in ({"grid": "x"}, {"door": "\x00"}, {"state": "x"}, {"door": "9" * 30}):
        assert len(client.get(page, odd).context["doors"]) == 5


def test_a_leader_sees_their_own_doors_and_no_other_leaders(
    client, building_leader, stranger, every_state, home
):
    client.force_login(building_leader)
    listed = client.get(reverse("leader-cards")).context["doors"]
    assert [each.pk for each in listed] == [home.pk]
    client.force_login(stranger)
    assert not {each.pk for each in client.get(reverse("leader-cards")).context["doors"]} & {
        each.pk for each in every_state
    }


@pytest.mark.parametrize(("who", "page"), [("staff", "station-cards"), ("leader", "leader-cards")])
def test_the_list_costs_the_same_with_many_doors(client, request, who, page, grid, staff):
    client.force_login(request.getfixturevalue(who))

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get(reverse(page)).status_code == 200
        return len(counted)

    few = [factories.household(grid, "6", "1", f"{n}") for n in range(3)]
    cards.issue_all(few, by=staff)
    before = queries()
    cards.issue_all([factories.household(grid, "6", "2", f"{n}") for n in range(20)], by=staff)
    assert queries() == before


def test_printing_costs_the_same_with_many_doors(client, staff, grid):
    client.force_login(staff)

    def queries(building: str, doors: int) -> int:
        for number in range(doors):
            factories.household(grid, building, "1", f"{number}")
        with CaptureQueriesContext(connection) as counted:
            assert len(printed(print_cards(client, building=building))) == doors
        return len(counted)

    assert queries("7", 3) == queries("8", 23)
