"""The labels of a batch: an address, a code a camera reads, and nobody's name."""

from django.urls import reverse

from tests.delivery.bench.conftest import bench, photo, scan


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
