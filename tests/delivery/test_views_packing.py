"""The packing bench: who packs what there, by tap, by scanner and by photo."""

import io
import re
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import segno
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from delivery import batches
from delivery.models import Batch, ParcelLine
from delivery.picks import packing
from inventory.models import Lot
from inventory.receipts import receiving
from tests import factories
from tests.delivery.taps import words


@pytest.fixture
def goods(station):
    return {
        title: factories.item(station, title, **fields)
        for title, fields in {
            "鸡蛋": {"unit": "板", "shelf": "B-2"},
            "豆腐": {"unit": "盒", "shelf": "A-10", "cold": True},
            "上海青": {"by_weight": True, "shelf": "A-2", "unit": "斤"},
        }.items()
    }


@pytest.fixture
def batch(round, grid, home, goods, staff) -> Batch:
    """Three doors; the first has two parcels."""
    eggs, tofu, greens = goods.values()
    factories.parcel(round, home, lines=[(eggs, 6), (tofu, 1), (greens, 2)], cold=True)
    factories.parcel(round, home, lines=[(eggs, 1)])
    for number in (2, 3):
        door = factories.household(grid, str(number))
        factories.parcel(round, door, lines=[(eggs, 1), (tofu, 1)])
    [batch] = batches.plan(round, staff).batches
    return batch


@pytest.fixture
def line(batch, goods):
    def line(position: int, title: str) -> ParcelLine:
        lines = ParcelLine.objects.filter(
            parcel__loads__stop__batch=batch,
            parcel__loads__stop__position=position,
            item=goods[title],
        )
        return lines.order_by("pk")[0]

    return line


@pytest.fixture
def at_the_bench(client, staff):
    client.force_login(staff)
    return client


def bench(batch, query: str = "") -> str:
    return reverse("station-bench", args=[batch.pk]) + query


def tick(line) -> str:
    return reverse("station-line-tick", args=[line.pk])


def scan(batch) -> str:
    return reverse("station-bench-scan", args=[batch.pk])


def rows(page) -> list[list[str]]:
    return [
        [row.line.item.record.product.title for row in bag.rows]
        for bag in page.context["bench"].bags
    ]


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


def test_a_scanned_good_is_packed(at_the_bench, batch, line, goods):
    eggs = goods["鸡蛋"].record.partner_sku
    answer = at_the_bench.post(scan(batch), {"code": eggs, "stop": "2"})
    assert answer.url == bench(batch, f"?stop=2&last={line(2, '鸡蛋').pk}")
    assert line(2, "鸡蛋").packed_at is not None


def test_scanned_loose_goods_ask_for_their_weight(at_the_bench, batch, line, goods):
    greens = goods["上海青"].record.partner_sku
    answer = at_the_bench.post(scan(batch), {"code": greens, "stop": "1"})
    assert answer.url == bench(batch, f"?stop=1&weigh={line(1, '上海青').pk}")
    assert 'value="" data-focus' in at_the_bench.get(answer.url).text
    assert line(1, "上海青").packed_at is None


def test_a_scanned_label_shows_its_stop(at_the_bench, batch, line):
    code = f"BG-{line(3, '鸡蛋').parcel_id}"
    answer = at_the_bench.post(scan(batch), {"code": code, "stop": "1"})
    assert answer.url == bench(batch, "?stop=3")


@pytest.mark.parametrize("stop", ["", "2", "x", "99", "9" * 40, "-1"])
def test_an_unknown_code_is_said_and_the_stop_stays(at_the_bench, batch, stop):
    answer = at_the_bench.post(scan(batch), {"code": "4006381333931", "stop": stop}, follow=True)
    assert words(answer) == ["没有条码是“4006381333931”的货。"]
    assert answer.context["bench"].place.stop.position == (2 if stop == "2" else 1)
    assert not ParcelLine.objects.exclude(packed_at=None).exists()


@pytest.mark.parametrize("code", ["", "1" * 300, "69\x0012"])
def test_what_is_no_code_is_said_too(at_the_bench, batch, code):
    assert len(words(at_the_bench.post(scan(batch), {"code": code}, follow=True))) == 1


def photo(*codes: str, kind: str = "png") -> SimpleUploadedFile:
    """Several codes side by side, as on a table."""
    sheet = Image.new("RGB", (60 + 400 * len(codes), 420), "white")
    for number, code in enumerate(codes):
        drawn = io.BytesIO()
        segno.make(code, micro=False).save(drawn, kind="png", scale=8, border=4)
        sheet.paste(Image.open(drawn).convert("RGB"), (40 + 400 * number, 40))
    written = io.BytesIO()
    sheet.save(written, kind)
    return SimpleUploadedFile("photo", written.getvalue())


def test_a_photo_of_a_code_is_a_scan(at_the_bench, batch, line, goods):
    said = {"photo": photo(goods["鸡蛋"].record.partner_sku, kind="jpeg"), "stop": "2"}
    answer = at_the_bench.post(scan(batch), said)
    assert answer.url == bench(batch, f"?stop=2&last={line(2, '鸡蛋').pk}")


def test_of_several_codes_the_one_that_means_something(at_the_bench, batch, line):
    said = {"photo": photo("HTTP://ELSEWHERE", f"BG-{line(3, '鸡蛋').parcel_id}")}
    assert at_the_bench.post(scan(batch), said).url == bench(batch, "?stop=3")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (photo().read(), "照片里没有看到条码，请靠近一点、对准了再拍。"),
        (b"%PDF-1.4 %%EOF", "请拍一张条码的照片。"),
        (b"MZ" + bytes(100), "认不出这张图，只收 JPG、PNG、WebP 照片和 PDF。"),
        (photo().read()[:300], "这张照片坏了或没传完整，请再拍一次。"),
    ],
)
def test_what_is_no_photo_of_a_code(at_the_bench, batch, data, sentence):
    said = {"photo": SimpleUploadedFile("photo.jpg", data)}
    assert words(at_the_bench.post(scan(batch), said, follow=True)) == [sentence]


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


# --- not enough -------------------------------------------------------------------------------


@pytest.fixture
def spinach(station, line, goods):
    """What comes instead of the six trays of eggs of stop 1: there are two bags."""
    spinach = factories.item(station, "菠菜", in_stock=2)
    goods["鸡蛋"].similar = spinach
    goods["鸡蛋"].save()
    ParcelLine.objects.filter(pk=line(1, "鸡蛋").pk).update(wish="similar")
    return spinach


def swaps(page) -> list[str]:
    return [
        " ".join(re.sub("<[^>]+>", "", words).split())
        for words in re.findall(r'<button[^>]* name="swap"[^>]*>(.*?)</button>', page.text)
    ]


def test_the_wish_is_said_with_the_goods_name_and_one_tap(at_the_bench, batch, line, spinach):
    page = at_the_bench.get(bench(batch, "?stop=1"))
    assert "换成菠菜（还有 2 份）" in page.text
    assert swaps(page) == ["没有，换 2 份菠菜", "就这些，少的换菠菜"]


def test_each_figure_says_how_many_come_instead(at_the_bench, batch, line, spinach):
    ParcelLine.objects.filter(pk=line(1, "鸡蛋").pk).update(asked=3, quantity=3)
    page = at_the_bench.get(bench(batch, "?stop=1"))
    assert swaps(page) == ["没有，换 2 份菠菜", "只有 1，换 2 份菠菜", "只有 2，换 1 份菠菜"]


@pytest.mark.parametrize("free", [0, 2])
def test_without_anything_similar_nothing_is_offered(at_the_bench, batch, line, spinach, free):
    if free:
        ParcelLine.objects.filter(pk=line(1, "鸡蛋").pk).update(wish="less")
    else:
        Lot.objects.filter(item=spinach).update(units=0)
        type(spinach.record).objects.filter(pk=spinach.record_id).update(num_in_stock=0)
    assert swaps(at_the_bench.get(bench(batch, "?stop=1"))) == []


def test_a_swap_that_cannot_be_gets_a_sentence(at_the_bench, line):
    answer = at_the_bench.post(tick(line(1, "鸡蛋")), {"swap": "0"})
    assert (answer.status_code, words(answer)) == (409, ["这一户没有说可以换相近的。"])
    answer = at_the_bench.post(tick(line(1, "鸡蛋")), {"swap": "x"})
    assert (answer.status_code, words(answer)) == (409, ["装了几份？请填一个数。"])
    assert line(1, "鸡蛋").packed_at is None


def test_who_wants_all_or_nothing_is_offered_nothing_else(at_the_bench, batch, line):
    ParcelLine.objects.filter(pk=line(1, "鸡蛋").pk).update(asked=3, quantity=3, wish="none")
    greens = line(1, "上海青")
    ParcelLine.objects.filter(pk=greens.pk).update(wish="none")
    text = at_the_bench.get(bench(batch, "?stop=1")).text
    assert "只有 2" not in text
    assert "只有 1" not in text
    assert text.count('name="units" value="0"') == 4
    answer = at_the_bench.post(tick(line(1, "鸡蛋")), {"units": "2"})
    assert answer.status_code == 409


def test_what_loose_goods_cost_is_said_where_they_are_weighed(at_the_bench, batch):
    assert at_the_bench.get(bench(batch)).text.count("按实重收钱，称多了不多收") == 1


@pytest.mark.parametrize("name", ["station-labels", "station-pick-list", "station-bench"])
def test_a_batch_has_one_name(at_the_bench, batch, name):
    text = at_the_bench.get(reverse(name, args=[batch.pk])).text
    assert "一网格-1" in text
    assert "第 1 批" not in text


# --- labels -----------------------------------------------------------------------------------


def test_a_label_says_where_it_goes_and_nobodys_name(
    at_the_bench, batch, line, resident, home, neighbour
):
    home.needs = "独居老人"
    home.save()
    page = at_the_bench.get(reverse("station-labels", args=[batch.pk]))
    labels = page.context["labels"]
    assert [(each.stop.position, each.number, each.total) for each in labels] == [
        (1, 1, 2),
        (1, 2, 2),
        (2, 1, 1),
        (3, 1, 1),
    ]
    parcel = line(1, "豆腐").parcel
    for said in ["1幢 1单元 101", "一网格", "第 1 户", "1/2", f"BG-{parcel.pk:05d}", "❄ 冷藏"]:
        assert said in page.text
    assert page.text.count("❄") == 1
    for secret in [resident.name, resident.phone, "独居"]:
        assert secret not in page.text


def test_the_code_on_a_label_is_read_by_a_camera(at_the_bench, batch, line):
    parcel = line(3, "鸡蛋").parcel
    page = at_the_bench.get(reverse("station-label", args=[parcel.pk]))
    [label] = page.context["labels"]
    assert label.parcel == parcel
    assert at_the_bench.post(scan(batch), {"photo": photo(label.code)}).url == bench(
        batch, "?stop=3"
    )


def test_labels_for_a_printer_of_labels(at_the_bench, batch):
    page = at_the_bench.get(reverse("station-labels", args=[batch.pk]), {"paper": "roll"})
    assert 'class="labels roll"' in page.text


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
