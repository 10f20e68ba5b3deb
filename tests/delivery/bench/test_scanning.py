"""Goods and labels are scanned at the bench: typed, by a scanner, or from a photo."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from delivery.models import ParcelLine
from tests.delivery.bench.conftest import bench, photo, scan
from tests.delivery.taps import words


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
