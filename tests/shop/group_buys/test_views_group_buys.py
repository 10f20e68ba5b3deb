"""The import in two steps: for the station, and for a leader's own doors."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from delivery.models import GridRole
from inventory.models import Upload
from shop.models import GroupBuyRow, Placement
from tests import factories
from tests.shop.group_buys import exports

HERE, THERE = "13800138000", "13900139000"
STATION, LEADER = "station-group-buys", "leader-group-buys"


@pytest.fixture
def send(client, round):
    def send(data: bytes, name="团.xlsx", page=STATION, **more):
        file = SimpleUploadedFile(name, data)
        return client.post(reverse(page), {"file": file, "round": round.pk, **more})

    return send


@pytest.fixture
def confirm(client, round):
    def confirm(preview, page=STATION, **more):
        said = {"token": preview.context["upload"].token, "round": round.pk, **more}
        return client.post(reverse(page), said, follow=True)

    return confirm


def test_staff_look_first_and_then_order(client, staff, door, eggs, send, confirm):
    client.force_login(staff)
    preview = send(
        exports.kuaituantuan(
            (1, "鲜鸡蛋", 2, HERE, ""), (2, "鲜鸡蛋", 1, "13000000000", "隔壁小区")
        )
    )
    text = preview.text
    assert "快团团：对上 1 户、1 行、2 份；有问题的格 1 个" in text
    assert "J3" in text
    assert "下 1 单，2 份" in text
    assert not Placement.objects.exists()
    done = confirm(preview, place=1)
    assert "下了 1 单，2 份。" in done.text
    assert "有问题的 1 格没有下单" in done.text
    placement = Placement.objects.get()
    assert (placement.household, placement.placed_by) == (door, staff)
    assert not Upload.objects.exists()


def test_a_second_tap_orders_nothing(client, staff, door, eggs, send, confirm):
    client.force_login(staff)
    preview = send(exports.kuaituantuan((1, "鲜鸡蛋", 2, HERE, "")))
    confirm(preview, place=1)
    assert "已经导入过" in confirm(preview, place=1).text
    again = send(exports.kuaituantuan((1, "鲜鸡蛋", 2, HERE, "")))
    assert "其中 2 份以前下过，不会再下" in again.text
    assert 'name="place"' not in again.text
    confirm(again, place=1)
    assert GroupBuyRow.objects.count() == 1


def test_goods_doubts_and_doors_are_chosen_on_the_preview(
    client, staff, door, other, eggs, potatoes, send, confirm
):
    client.force_login(staff)
    preview = send(
        exports.kuaituantuan((1, "蛋", 2, HERE, "12-1-101"), (2, "土豆", 1, HERE, "12-2-302"))
    )
    assert "货品里没有“蛋”" in preview.text
    chosen = {"good-0": eggs.pk, "good-1": potatoes.pk, "by_address": 2, "left_out": door.pk}
    looked = confirm(preview, **chosen)
    assert not Placement.objects.exists()
    assert looked.context["plan"].units == 2
    confirm(preview, place=1, **chosen)
    assert [placement.household for placement in Placement.objects.all()] == [other]


def test_shortages_are_shown_before_and_after(client, staff, door, potatoes, send, confirm):
    client.force_login(staff)
    preview = send(exports.kuaituantuan((1, "土豆", 12, HERE, "")))
    assert "土豆少 2 份（1 户）" in preview.text
    assert "要 12，下 10" in preview.text
    assert "土豆少 2 份（1 户）；有货了再导入一次" in confirm(preview, place=1).text


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04no")}, "打不开"),
        ({"file": SimpleUploadedFile("x.exe", b"MZ")}, "只能读 .xlsx 或 .csv"),
        ({}, "请先选一个表格"),
        ({"round": "999999"}, "请选一个正在接单的波次"),
        ({"round": "x\x00"}, "不允许"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(client, staff, round, said, sentence):
    client.force_login(staff)
    page = client.post(reverse(STATION), {"round": round.pk, **said})
    assert page.status_code == 400
    assert sentence in page.text


@pytest.mark.parametrize(
    "hostile",
    [
        {"good-0": "9" * 40, "good-x": "1", "good-99999999999": "1"},
        {"by_address": ["-1", "x", "\x00"], "left_out": ["", "１２"]},
        {"round": "nothing"},
        {"round": "9" * 30},
        {"token": "no-uuid"},
    ],
)
def test_hostile_choices_never_break_the_page(client, staff, door, eggs, send, round, hostile):
    client.force_login(staff)
    preview = send(exports.kuaituantuan((1, "鲜鸡蛋", 2, HERE, "")))
    said = {"token": preview.context["upload"].token, "round": round.pk} | hostile
    assert client.post(reverse(STATION), said).status_code in {200, 302}
    assert not Placement.objects.exists()


def test_a_round_that_closed_meanwhile(client, staff, door, eggs, send, confirm, round):
    client.force_login(staff)
    preview = send(exports.kuaituantuan((1, "鲜鸡蛋", 2, HERE, "")))
    type(round).objects.filter(pk=round.pk).update(status="closed")
    assert "已经截单了" in confirm(preview, place=1).text
    assert not Placement.objects.exists()


def test_a_leader_orders_for_their_own_doors_only(client, door, other, eggs, grid, send, confirm):
    leader = factories.user("李楼长")
    elsewhere = factories.grid(grid.station, "二网格")
    GridRole.objects.create(user=leader, grid=elsewhere)
    mine = factories.household(elsewhere, "5", "1", "101")
    factories.person(mine, phone="13700137000")
    client.force_login(leader)
    data = exports.kuaituantuan(
        (1, "鲜鸡蛋", 2, HERE, "12-2-302"), (2, "鲜鸡蛋", 1, "13700137000", "")
    )
    preview = send(data, page=LEADER)
    assert [each.household for each in preview.context["plan"].doors] == [mine]
    assert "12幢 2单元 302" not in preview.text
    confirm(preview, page=LEADER, place=1)
    [placement] = Placement.objects.all()
    assert (placement.household, placement.placed_by) == (mine, leader)


def test_strangers_open_no_preview_and_order_nothing(
    client, staff, stranger, resident, door, eggs, send, confirm
):
    client.force_login(staff)
    preview = send(exports.kuaituantuan((1, "鲜鸡蛋", 2, HERE, "")))
    client.force_login(stranger)
    confirm(preview, place=1)
    # Their own station has no such door, and the round is not theirs.
    assert send(exports.kuaituantuan((1, "鲜鸡蛋", 2, HERE, ""))).status_code == 400
    client.force_login(resident)
    assert send(exports.kuaituantuan((1, "鲜鸡蛋", 2, HERE, ""))).status_code == 403
    assert send(exports.kuaituantuan((1, "鲜鸡蛋", 2, HERE, "")), page=LEADER).status_code == 403
    assert not Placement.objects.exists()


def test_the_preview_costs_the_same_for_3_and_23_doors(client, staff, grid, eggs, send):
    client.force_login(staff)

    def queries(count: int) -> int:
        rows = []
        for number in range(count):
            phone = f"137{count:02d}{number:06d}"
            factories.person(
                factories.household(grid, "20", "1", f"{count}{number:02d}"), phone=phone
            )
            rows += [(number, "鲜鸡蛋", 9, phone, ""), (number, "月饼", 1, phone, "")]
        with CaptureQueriesContext(connection) as seen:
            assert send(exports.kuaituantuan(*rows)).status_code == 200
        return len(seen)

    assert queries(3) == queries(23) <= 26
