"""The sheets: what stands on them, in which order, and for whom."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from delivery import batches, handoffs
from delivery.models import Batch, ParcelLine
from delivery.picks import packing
from delivery.views.prints import qr
from inventory.models import Lot
from tests import factories

SHEETS = ["station-run-sheet", "station-pick-list", "station-round-pick-list"]


@pytest.fixture
def round(station):
    return factories.round(station, status="closed")


@pytest.fixture
def goods(station):
    """By shelf: 土豆 on A-2, 大米 on A-10, 盐 nowhere; 豆腐 is cold."""
    return {
        title: factories.item(station, title, unit=unit, shelf=shelf, cold=cold)
        for title, unit, shelf, cold in [
            ("豆腐", "盒", "A-1", True),
            ("盐", "包", "", False),
            ("大米", "10 斤／袋", "A-10", False),
            ("土豆", "袋", "A-2", False),
        ]
    }


@pytest.fixture
def batch(round, goods, home, neighbour, courier, staff) -> Batch:
    home.needs = "独居老人"
    home.save()
    rice, tofu, salt, potato = (goods[title] for title in ["大米", "豆腐", "盐", "土豆"])
    factories.parcel(round, home, lines=[(rice, 1), (tofu, 2)], cold=True, due=Decimal("49.10"))
    factories.parcel(round, home, lines=[(rice, 2)], note="请敲三下", due=Decimal("60.00"))
    factories.parcel(
        round, neighbour.person.household, lines=[(salt, 1), (potato, 3)], in_person=True
    )
    [batch] = batches.plan(round, staff).batches
    batches.give(batch, courier.volunteer, staff)
    return batch


@pytest.fixture
def sheet(client, staff, batch, round):
    """Asks for a sheet as staff, by its name."""
    client.force_login(staff)

    def ask(name: str):
        return client.get(address(name, batch))

    return ask


def address(name: str, batch: Batch) -> str:
    return reverse(name, args=[batch.round_id if "round" in name else batch.pk])


def shelves(page) -> list[tuple[str, list[tuple[str, int]]]]:
    return [
        (shelf.name, [(pick.title, pick.quantity) for pick in shelf.picks])
        for shelf in page.context["picks"].shelves
    ]


BY_SHELF = [
    ("A-2", [("土豆", 3)]),
    ("A-10", [("大米", 3)]),
    ("", [("盐", 1)]),
    ("A-1", [("豆腐", 2)]),
]


def test_a_run_sheet_has_a_row_per_door_and_the_totals(sheet, station):
    page = sheet("station-run-sheet")
    assert [door.name for door in page.context["run"].doors] == ["1幢 1单元 101", "1幢 1单元 102"]
    for words in ["褚志愿者", "常态", "¥109.10", "3（冷藏 1）", "3 kg", "请敲三下", station.phone]:
        assert words in page.text
    assert page.text.count('class="box"></span>') == 6


def test_a_run_sheet_leads_to_the_couriers_page_by_qr(sheet, batch):
    page = sheet("station-run-sheet")
    assert page.context["qr"] == qr(f"http://testserver{address('courier-batch', batch)}")
    assert page.context["qr"] in page.text


def test_the_qr_leads_where_phones_reach_the_station(client, staff, batch, settings):
    settings.PUBLIC_URL = "https://station.example"
    client.force_login(staff)
    page = client.get(address("station-run-sheet", batch))
    assert page.context["qr"] == qr(f"https://station.example{address('courier-batch', batch)}")


def test_a_run_sheet_printed_on_the_way_is_ticked(sheet, batch, staff, courier):
    batches.pack(batch, staff)
    batches.start(batch, courier)
    stop = batch.stops.get(position=1)
    handoffs.record(stop, outcome="failed", reason="nobody", nonce=uuid4(), by=courier)
    page = sheet("station-run-sheet")
    assert page.text.count('class="box">✓</span>') == 1
    assert "✓</span> 没人应门" in page.text


def test_a_run_sheet_tells_when_the_risk_has_changed(sheet, grid):
    grid.risk_level = "sealed"
    grid.save()
    assert "常态（现在是封控）" in sheet("station-run-sheet").text


@pytest.mark.parametrize("name", SHEETS)
def test_no_sheet_names_anybody_who_lives_there(sheet, name, resident, neighbour):
    text = sheet(name).text
    for secret in ["独居", resident.name, resident.phone, neighbour.name, neighbour.phone]:
        assert secret not in text


def test_a_pick_list_goes_by_shelf_and_ends_with_the_cold(sheet):
    page = sheet("station-pick-list")
    assert shelves(page) == BY_SHELF
    assert "A-1 ❄</td>" in page.text


def test_a_pick_list_says_which_door_gets_what(sheet):
    page = sheet("station-pick-list")
    contents = [
        (bag.stop.position, [(pick.title, pick.quantity) for pick in bag.picks])
        for bag in page.context["picks"].bags
    ]
    assert contents == [(1, [("大米", 3), ("豆腐", 2)]), (2, [("土豆", 3), ("盐", 1)])]
    assert '大米<span class="num">（10 斤／袋）×3</span>' in page.text


def test_the_pick_list_of_a_round_is_the_sum_of_its_batches(sheet, round, grid, goods):
    more = factories.household(grid, "2", "", "201")
    factories.parcel(round, more, lines=[(goods["土豆"], 4)])
    page = sheet("station-round-pick-list")
    assert shelves(page) == [("A-2", [("土豆", 7)]), *BY_SHELF[1:]]
    assert page.context["picks"].bags == []


def test_the_pick_list_of_a_round_says_what_is_left_and_for_which_grid(
    sheet, round, station, goods, staff
):
    far = factories.household(factories.grid(station, "二网格", position=2))
    factories.parcel(round, far, lines=[(goods["大米"], 4)])
    rice = ParcelLine.objects.filter(item=goods["大米"], quantity=2).get()
    packing.tick(rice, by=staff)
    ParcelLine.objects.filter(item=goods["盐"]).update(awaiting=True)
    page = sheet("station-round-pick-list")
    picks = {
        pick.title: (pick.quantity, pick.left, pick.by_grid)
        for shelf in page.context["picks"].shelves
        for pick in shelf.picks
    }
    assert picks == {
        "土豆": (3, 3, [("一网格", 3)]),
        "大米": (7, 5, [("一网格", 3), ("二网格", 4)]),
        "豆腐": (2, 2, [("一网格", 2)]),
    }
    for said in ["一网格 3 · 二网格 4", "已装 2", "另有 1 样预订的货还没有分"]:
        assert said in page.text


def test_a_pick_list_says_which_lot_goes_first_and_what_stays(sheet, goods):
    soon = timezone.localdate() + timedelta(3)
    Lot.objects.filter(item=goods["大米"]).update(expires_on=soon)
    Lot.objects.filter(item=goods["豆腐"]).update(expires_on=timezone.localdate() - timedelta(1))
    for name in ("station-pick-list", "station-round-pick-list"):
        text = sheet(name).text
        assert f"{soon.month}-{soon.day}" in text
        assert "缺 2" in text
        assert "过期 100 不拿" in text


def test_what_was_brought_back_is_not_picked_again(sheet, client, batch, round, staff, courier):
    batches.pack(batch, staff)
    batches.start(batch, courier)
    for stop in batch.stops.all():
        handoffs.record(stop, outcome="failed", reason="nobody", nonce=uuid4(), by=courier)
    [later] = batches.plan(round, staff).batches
    page = sheet("station-pick-list")
    assert shelves(page) == BY_SHELF
    page = client.get(address("station-pick-list", later))
    assert shelves(page) == []
    assert "另有 3 件上次没送成" in page.text


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("person", ["resident", "leader", "courier", "other_courier"])
def test_sheets_are_for_the_station(client, request, batch, name, person):
    client.force_login(request.getfixturevalue(person))
    assert client.get(address(name, batch)).status_code == 403


@pytest.mark.parametrize("name", SHEETS)
def test_the_staff_of_another_station_finds_no_sheet(client, stranger, batch, name):
    client.force_login(stranger)
    assert client.get(address(name, batch)).status_code == 404


@pytest.mark.parametrize("name", SHEETS)
def test_who_is_not_logged_in_is_asked_to(client, batch, name):
    answer = client.get(address(name, batch))
    assert answer.headers["Location"] == f"{reverse('login')}?next={address(name, batch)}"


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_is_only_read(client, staff, batch, name):
    client.force_login(staff)
    assert client.post(address(name, batch)).status_code == 405


@pytest.mark.parametrize(("name", "queries"), list(zip(SHEETS, [7, 10, 9], strict=True)))
@pytest.mark.parametrize("count", [3, 23])
def test_the_queries_do_not_grow(
    client, staff, round, grid, goods, django_assert_num_queries, name, queries, count
):
    for number in range(count):
        door = factories.household(grid, "5", "", str(100 + number))
        factories.parcel(round, door, lines=[(good, 1) for good in goods.values()])
    [batch] = batches.plan(round, staff).batches
    client.force_login(staff)
    # Session, user and station, what is asked for, then the sheet's own.
    with django_assert_num_queries(queries):
        client.get(address(name, batch))
