"""The packing bench: who packs what there, and for whom it is."""

import re
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from delivery import batches
from delivery.models import ParcelLine
from delivery.picks import packing
from inventory.models import Lot
from inventory.receipts import receiving
from tests import factories
from tests.delivery.bench.conftest import bench, rows, scan, tick
from tests.delivery.taps import words


def test_the_bench_begins_with_the_first_stop_in_the_order_of_the_shelves(at_the_bench, batch):
    page = at_the_bench.get(bench(batch))
    assert page.context["bench"].place.stop.position == 1
    assert rows(page) == [["上海青", "鸡蛋", "豆腐"], ["鸡蛋"]]
    for said in ["1幢 1单元 101", "第 1 包，共 2 包", "A-10", "有冷藏", "0/3 户", "少给点"]:
        assert said in page.text


def test_it_goes_on_where_nobody_else_is_at_work(at_the_bench, batch, line, manager):
    packing.tick(line(1, "鸡蛋"), by=manager)
    page = at_the_bench.get(bench(batch))
    assert page.context["bench"].place.stop.position == 2
    assert at_the_bench.get(bench(batch, "?stop=1")).context["bench"].place.stop.position == 1


def test_a_tap_packs_and_can_be_taken_back(at_the_bench, batch, line, staff):
    eggs = line(1, "鸡蛋")
    answer = at_the_bench.post(tick(eggs))
    assert answer.url == bench(batch, f"?stop=1&last={eggs.pk}")
    page = at_the_bench.get(answer.url)
    assert page.context["bench"].last == eggs
    assert "刚记：" in page.text
    # In one row with how far the batch is, not above the goods by itself.
    [so_far] = re.findall(r'<div class="so-far">(.*?)</div>', page.text, re.DOTALL)
    assert "<progress" in so_far
    assert "刚记：" in so_far
    eggs.refresh_from_db()
    assert (eggs.packed_by, eggs.quantity) == (staff, 6)
    undo = reverse("station-line-untick", args=[eggs.pk])
    assert at_the_bench.post(undo).url == bench(batch, "?stop=1")
    eggs.refresh_from_db()
    assert eggs.packed_at is None


def test_after_the_last_line_of_a_stop_the_next_stop_comes(at_the_bench, batch, line):
    at_the_bench.post(tick(line(2, "鸡蛋")))
    answer = at_the_bench.post(tick(line(2, "豆腐")))
    assert answer.url == bench(batch, f"?stop=3&last={line(2, '豆腐').pk}")
    assert words(at_the_bench.get(answer.url)) == ["第 2 户装好了，请贴标签。"]
    at_the_bench.post(tick(line(3, "鸡蛋")))
    # Round and round: the first one is still to be packed.
    answer = at_the_bench.post(tick(line(3, "豆腐")))
    assert answer.url.startswith(bench(batch, "?stop=1&"))


def test_the_last_stop_ends_the_batch(at_the_bench, batch, line, staff):
    last = line(3, "豆腐")
    # The scales are another test's matter.
    ParcelLine.objects.filter(item=line(1, "上海青").item).update(quantity=0)
    for each in ParcelLine.objects.exclude(pk=last.pk).filter(quantity__gt=0):
        packing.tick(each, by=staff)
    assert "这一批都装好了" in at_the_bench.post(tick(last), follow=True).text
    batch.refresh_from_db()
    assert batch.status == "packed"


def test_a_colleague_was_first(at_the_bench, batch, line, manager):
    packing.tick(line(2, "鸡蛋"), by=manager)
    answer = at_the_bench.post(tick(line(2, "鸡蛋")))
    assert answer.status_code == 409
    assert words(answer) == ["鸡蛋刚刚由陈站长装好了，您不用再装。"]
    assert answer.context["bench"].place.stop.position == 2


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"units": "-1"}, "份数不能是负的。"),
        ({"units": "x"}, "装了几份？请填一个数。"),
        ({"units": "7"}, "鸡蛋这一户最多装 6 份。"),
        ({"units": "9" * 30}, "没有这么多份。"),
        ({"units": "6\x00"}, "装了几份？请填一个数。"),
        ({"weighed_g": "500"}, "鸡蛋不用称。"),
    ],
)
def test_nonsense_gets_a_sentence_and_changes_nothing(at_the_bench, line, said, sentence):
    answer = at_the_bench.post(tick(line(1, "鸡蛋")), said)
    assert (answer.status_code, words(answer)) == (409, [sentence])
    assert line(1, "鸡蛋").packed_at is None


@pytest.mark.parametrize(
    ("grams", "sentence"),
    [
        ("", "上海青是散装的，请先称一称，填多少克。"),
        ("0", "克数要大于零。"),
        ("1.5公斤", "请填称出来多少克，比如 1433。"),
        ("1", "2 份上海青应该约 1000 克，1 克差太多了：请看看是不是克，真的不够就改份数。"),
    ],
)
def test_a_refused_weight_stays_in_the_field(at_the_bench, line, grams, sentence):
    greens = line(1, "上海青")
    answer = at_the_bench.post(tick(greens), {"weighed_g": grams})
    assert (answer.status_code, words(answer)) == (409, [sentence])
    assert f'value="{grams}" data-focus' in answer.text
    assert line(1, "上海青").packed_at is None


def test_the_bench_says_which_lot_comes_first_and_what_is_past_its_date(
    at_the_bench, batch, goods, station, staff
):
    eggs, today = goods["鸡蛋"], timezone.localdate()
    soon, later = today + timedelta(2), today + timedelta(9)
    supplier = factories.supplier(station)
    for expires_on, units in [(later, 90), (soon, 4), (today, 6)]:
        came = receiving.Came(eggs.pk, units, Decimal("3.00") * units, expires_on=expires_on)
        receiving.receive(station, supplier, [came], by=staff, nonce=uuid4())
    Lot.objects.filter(expires_on=today).update(expires_on=today - timedelta(1))
    text = at_the_bench.get(bench(batch)).text
    assert f"先拿 {soon.month}月{soon.day}日到期的" in text
    assert f"再拿 {later.month}月{later.day}日到期的 2 份" in text
    assert "架上有 6 份过期的，不能装" in text


def test_the_list_says_how_far_each_batch_is(at_the_bench, batch, line, round, goods):
    at_the_bench.post(tick(line(1, "鸡蛋")))
    ParcelLine.objects.filter(pk=line(2, "豆腐").pk).update(quantity=0)
    ParcelLine.objects.filter(pk=line(3, "豆腐").pk).update(awaiting=True)
    page = at_the_bench.get(reverse("station-packing"), {"round": round.pk})
    [listed] = page.context["batches"]
    assert (listed.packed_lines, listed.open_lines, listed.awaiting) == (1, 6, 1)
    for said in ["1/7", "正在装", "有货没分", bench(batch)]:
        assert said in page.text


# --- for whom ---------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["resident", "leader", "courier"])
def test_the_bench_is_for_the_station(client, request, batch, line, person):
    client.force_login(request.getfixturevalue(person))
    assert client.get(bench(batch)).status_code == 403
    assert client.post(tick(line(1, "鸡蛋"))).status_code == 403
    assert client.post(scan(batch), {"code": "1"}).status_code == 403
    assert not ParcelLine.objects.exclude(packed_at=None).exists()


def test_another_station_finds_nothing_here(client, stranger, batch, line):
    client.force_login(stranger)
    eggs = line(1, "鸡蛋")
    packed = [
        reverse(name, args=[eggs.pk]) for name in ("station-line-tick", "station-line-untick")
    ]
    for address in [*packed, scan(batch)]:
        assert client.post(address, {"code": "1"}).status_code == 404
    for address in [
        bench(batch),
        reverse("station-labels", args=[batch.pk]),
        reverse("station-label", args=[eggs.parcel_id]),
    ]:
        assert client.get(address).status_code == 404
    assert not ParcelLine.objects.exclude(packed_at=None).exists()


def test_looking_packs_nothing_and_packing_is_no_looking(at_the_bench, batch, line):
    assert at_the_bench.get(tick(line(1, "鸡蛋"))).status_code == 405
    assert at_the_bench.get(scan(batch)).status_code == 405
    assert at_the_bench.post(bench(batch)).status_code == 405


@pytest.mark.parametrize("query", ["?stop=x", "?stop=99", "?stop=" + "9" * 30, "?last=0&weigh=x"])
def test_a_strange_address_is_the_next_stop(at_the_bench, batch, query):
    assert at_the_bench.get(bench(batch, query)).context["bench"].place.stop.position == 1


@pytest.mark.parametrize("count", [3, 23])
def test_the_queries_do_not_grow(
    at_the_bench, staff, round, grid, goods, django_assert_num_queries, count
):
    for number in range(count):
        door = factories.household(grid, "5", "", str(100 + number))
        factories.parcel(round, door, lines=[(good, 1) for good in goods.values()])
    [batch] = batches.plan(round, staff).batches
    # Session, user and station, the batch, then the bench's own.
    for name, queries in [("station-bench", 8), ("station-labels", 5)]:
        with django_assert_num_queries(queries):
            at_the_bench.get(reverse(name, args=[batch.pk]))
    with django_assert_num_queries(6):
        at_the_bench.get(reverse("station-packing"))
