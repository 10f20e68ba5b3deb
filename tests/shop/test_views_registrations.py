"""扫码登记: the public form tells nothing; leaders and the station decide what it brought."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from delivery import registrations
from delivery.models import Household, Poster, Registration
from shop.views import registering
from tests import factories


@pytest.fixture
def poster(grid, leader):
    return registrations.put_up(grid, "1", by=leader)


@pytest.fixture
def row(grid, leader):
    return factories.registration(grid, "1", by=leader, unit="2", room="302", needs="需配药")


def form(**other) -> dict:
    wrote = {"unit": "2单元", "room": "302室", "people_count": "3", "newcomers_count": "1"}
    wrote |= {"name": "沈新来", "phone": "138 1234 0001", "landlord": "", "needs": ""}
    return wrote | {"nonce": str(uuid4()), **other}


def send(client, poster, **other):
    return client.post(reverse("register", args=[poster.code]), form(**other))


# --- the public form --------------------------------------------------------------------------


def test_a_stranger_registers_a_door(client, poster):
    page = client.get(reverse("register", args=[poster.code]))
    assert "1幢" in page.text
    assert "只有驿站的人和您的楼长、网格长看得到" in page.text
    answer = send(client, poster)
    assert "收到了" in client.get(answer.url).text
    kept = Registration.objects.get()
    assert (kept.place, kept.floor, kept.phone) == ("1幢 2单元 302", 3, "13812340001")
    assert (kept.people_count, kept.newcomers_count, kept.status) == (3, 1, "open")
    assert not Household.objects.exists()


def test_whatever_the_register_knows_the_answer_is_the_same(client, poster, home, resident):
    """The door, the number, both or nothing: same address, same sentence, same work."""
    answers, queries = set(), set()
    known = {"unit": home.unit, "room": home.room}
    for other in ({}, known, {"phone": resident.phone}, known | {"phone": resident.phone}):
        with CaptureQueriesContext(connection) as asked:
            answer = send(client, poster, **other)
        answers.add((answer.status_code, answer.url))
        queries.add(len(asked))
    assert len(answers) == len(queries) == 1
    assert Registration.objects.count() == 4


def test_a_double_tap_is_one(client, poster):
    nonce = str(uuid4())
    assert {send(client, poster, nonce=nonce).status_code for _n in range(2)} == {302}
    assert Registration.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("room", "", "请填室号"),
        ("room", "9" * 400, "太长了"),
        ("name", "a\x00b", "看不见的怪字符"),
        ("needs", "病" * 201, "太长了"),
        ("people_count", "9" * 5000, "合适的数字"),
        ("people_count", "0", "合适的数字"),
        ("newcomers_count", "4", "不能比总人数多"),
        ("floor", "1e9", "合适的数字"),
        ("phone", "", "请填电话"),
        ("nonce", "x", "请重新扫码"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(client, poster, field, typed, sentence):
    answer = send(client, poster, **{field: typed})
    assert (answer.status_code, Registration.objects.count()) == (400, 0)
    assert sentence in answer.text
    if field != "name":
        assert "沈新来" in answer.text


def test_a_buildings_poster_is_not_talked_out_of_its_building(client, poster):
    send(client, poster, building="99")
    assert Registration.objects.get().building == "1"


def test_a_grids_poster_asks_for_the_building(client, grid, leader):
    poster = registrations.put_up(grid, "", by=leader)
    assert send(client, poster).status_code == 400
    assert send(client, poster, building="12号楼").status_code == 302
    assert Registration.objects.get().building == "12"


def test_one_address_registers_only_so_often(client, poster, monkeypatch):
    monkeypatch.setattr(registering, "MOST", 2)
    assert [send(client, poster).status_code for _n in range(3)] == [302, 302, 429]
    assert Registration.objects.count() == 2


def test_a_poster_taken_down_and_one_that_never_hung_say_the_same(client, poster):
    registrations.take_down(poster)
    pages = [client.get(reverse("register", args=[code])) for code in (poster.code, "nothing0")]
    assert [page.status_code for page in pages] == [404, 404]
    assert all("这张登记海报不用了" in page.text for page in pages)
    assert send(client, poster).status_code == 404
    assert not Registration.objects.exists()


# --- who decides ------------------------------------------------------------------------------


def said(row, **other) -> dict:
    names = ("building", "unit", "room", "people_count", "newcomers_count", "name", "phone")
    return {"do": "approve"} | {name: getattr(row, name) for name in names} | other


def test_a_leader_approves_and_is_offered_the_card(client, leader, row):
    client.force_login(leader)
    assert "1 户新登记等您核对" in client.get(reverse("leader-doors")).text
    assert "1幢 2单元 302" in client.get(reverse("leader-registrations")).text
    there = reverse("leader-registration", args=[row.pk])
    assert "需配药" in client.get(there).text
    answer = client.post(there, said(row, needs="需配药"))
    door = Household.objects.get()
    page = client.get(answer.url).text
    assert f"{reverse('leader-cards')}?door={door.pk}" in page
    assert "1幢 2单元 302登记好了" in page
    # The second tap, and the second leader.
    again = client.post(there, said(row))
    assert "已经有人处理过了" in client.get(again.url).text
    assert Household.objects.count() == 1


def test_staff_decide_on_the_console(client, staff, row):
    client.force_login(staff)
    there = reverse("station-registration", args=[row.pk])
    assert client.post(there, said(row)).url.startswith(reverse("station-registrations"))
    assert Household.objects.get().grid == row.grid


def test_a_building_leader_does_not_move_a_door_elsewhere(client, building_leader, row):
    client.force_login(building_leader)
    there = reverse("leader-registration", args=[row.pk])
    answer = client.post(there, said(row, building="2"))
    assert answer.status_code == 400
    assert "这幢楼不归您负责" in answer.text
    assert not Household.objects.exists()


def test_a_leader_of_another_building_sees_none_of_it(client, building_leader, grid, leader):
    other = factories.registration(grid, "2", by=leader, room="901")
    client.force_login(building_leader)
    assert "901" not in client.get(reverse("leader-registrations")).text
    there = reverse("leader-registration", args=[other.pk])
    assert client.get(there).status_code == client.post(there, said(other)).status_code == 404


def test_a_door_that_is_there_is_merged(client, leader, row, grid):
    door = factories.household(grid, "1", "2", "302")
    client.force_login(leader)
    there = reverse("leader-registration", args=[row.pk])
    assert "这个门已经在名册上" in client.get(there).text
    refused = client.post(there, said(row))
    assert refused.status_code == 409
    assert "请并到那个门" in refused.text
    client.post(there, {"do": "merge", "door": door.pk, "contact": "on"})
    assert door.people.get().phone == row.phone


def test_it_is_not_merged_into_somebody_elses_door(client, leader, row, stranger, other_station):
    theirs = Household.objects.get(grid__station=other_station)
    client.force_login(leader)
    there = reverse("leader-registration", args=[row.pk])
    for door in (theirs.pk, "9" * 400, "x"):
        answer = client.post(there, {"do": "merge", "door": door, "contact": "on"})
        assert answer.status_code == 400
        assert "请选一个已经登记的门" in answer.text
    assert client.post(there, {"do": "merge", "door": "x\x00"}).status_code == 400
    assert theirs.people.count() == 1


def test_refused_with_a_reason(client, leader, row):
    client.force_login(leader)
    there = reverse("leader-registration", args=[row.pk])
    assert "请写一句为什么" in client.post(there, {"do": "refuse"}).text
    client.post(there, {"do": "refuse", "reason": "不住这里"})
    row.refresh_from_db()
    assert (row.status, row.phone) == ("refused", "")


@pytest.mark.parametrize("do", ["", "x", "approve\x00"])
def test_who_says_nothing_decides_nothing(client, leader, row, do):
    client.force_login(leader)
    there = reverse("leader-registration", args=[row.pk])
    assert client.post(there, {"do": do}).status_code == 400


def test_the_list_costs_the_same_for_three_and_for_23(client, leader, grid):
    client.force_login(leader)
    counted = []
    for more in (3, 20):
        for _n in range(more):
            factories.registration(grid, "1", by=leader)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse("leader-registrations")).status_code == 200
        counted.append(len(asked))
    assert counted[0] == counted[1]


# --- posters ----------------------------------------------------------------------------------


def test_a_poster_is_printed_with_building_and_grid(client, leader, grid):
    client.force_login(leader)
    answer = client.post(
        reverse("poster-put-up"), {"as": "leader", "grid": grid.pk, "building": "12号楼"}
    )
    page = client.get(answer.url).text
    assert "12幢" in page
    assert grid.name in page
    assert f"/d/{Poster.objects.get().code}/" in page
    assert "<svg" in page


def test_a_building_leader_puts_up_their_own_buildings_poster_only(client, building_leader, grid):
    client.force_login(building_leader)
    for building in ("", "2"):
        client.post(reverse("poster-put-up"), {"grid": grid.pk, "building": building})
    assert not Poster.objects.exists()
    client.post(reverse("poster-put-up"), {"grid": grid.pk, "building": "1"})
    assert Poster.objects.get().building == "1"


def test_nobody_puts_up_a_poster_at_another_station(client, stranger, resident, grid):
    for someone, status in ((stranger, 302), (resident, 403)):
        client.force_login(someone)
        answer = client.post(reverse("poster-put-up"), {"grid": grid.pk, "building": ""})
        assert answer.status_code == status
    assert not Poster.objects.exists()
