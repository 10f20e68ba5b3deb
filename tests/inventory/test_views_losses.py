"""报损和捐出 in the console."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from inventory.counts import losses
from inventory.models import Lot, Move
from tests import factories


@pytest.fixture
def milk(station):
    return factories.item(station, "牛奶", price="6.00", in_stock=10, unit="盒")


@pytest.fixture
def lot(milk) -> Lot:
    return milk.lots.get()


@pytest.fixture
def here(lot) -> str:
    return reverse("station-loss", args=[lot.pk])


SAID = {"kind": "waste", "reason": "spoiled", "units": "3", "note": "胀包", "seen": "10"}


def left(lot) -> int:
    lot.refresh_from_db()
    return lot.units


def test_what_is_past_its_date_is_shown_first(client, staff, station, milk, lot, other_station):
    factories.item(other_station, "别家的")
    yesterday = timezone.localdate() - timedelta(days=1)
    Lot.objects.update(expires_on=yesterday)
    client.force_login(staff)
    page = client.get(reverse("station-losses"))
    assert list(page.context["expired"]) == [lot]
    assert f"{yesterday.month}月{yesterday.day}日过期" in page.content.decode()
    form = client.get(reverse("station-loss", args=[lot.pk])).context["form"]
    assert (form["reason"].value(), form["units"].value()) == ("expired", 10)
    Lot.objects.update(expires_on=timezone.localdate())
    assert not client.get(reverse("station-losses")).context["expired"]


@pytest.mark.parametrize("how", ["牛", "6901", "sku"])
def test_lots_are_found_by_name_and_code(client, staff, station, milk, lot, how):
    milk.record.product.upc = "6901"
    milk.record.product.save()
    factories.item(station, "面粉")
    words = milk.record.partner_sku if how == "sku" else how
    client.force_login(staff)
    page = client.get(reverse("station-losses"), {"q": words})
    assert list(page.context["found"]) == [lot]


@pytest.mark.parametrize("words", ["\x00", "x" * 5000, "'"])
def test_strange_words_find_nothing(client, staff, milk, words):
    client.force_login(staff)
    page = client.get(reverse("station-losses"), {"q": words, "page": "x"})
    assert page.status_code == 200
    assert not page.context["found"]


def test_a_loss_is_written_and_listed(client, staff, here, lot, monkeypatch):
    morning = timezone.localtime().replace(hour=8, minute=5)
    monkeypatch.setattr(timezone, "now", lambda: morning)
    client.force_login(staff)
    page = client.post(here, SAID, follow=True)
    assert page.request["PATH_INFO"] == reverse("station-losses")
    assert left(lot) == 7
    text = page.content.decode()
    assert "3 盒" in text
    assert "¥18.00" in text
    assert "胀包" in text
    assert "日 08:05 <small" in text
    client.post(here, SAID)  # the second tap
    assert left(lot) == 7


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"units": "11"}, "这一批只剩 10 盒。"),
        ({"units": "0"}, "至少要有 1 份。"),
        ({"units": "-3"}, "至少要有 1 份。"),
        ({"units": "三"}, "请填整数，比如 12。"),
        ({"units": "9" * 30}, "数量太大了，请看看是不是多按了一位。"),
        ({"units": ""}, "请填数量。"),
        ({"reason": ""}, "请选一个原因。"),
        ({"reason": "relief"}, "报损的原因只有：过期、坏了、破损、找不到了、其他。"),
        ({"kind": "donate"}, "捐出的原因只有：送困难住户、给值守人员、其他。"),
        ({"reason": "theft"}, "请选一个原因。"),
        ({"kind": "sale"}, "请选报损还是捐出。"),
        ({"reason": "other", "note": ""}, "选了“其他”，请写一句是怎么回事。"),
        ({"note": "长" * 101}, "最多写 100 个字。"),
        ({"kind": ""}, "请选报损还是捐出。"),
        ({"seen": ""}, "这一页不完整，请回上一页重新打开。"),
        ({"seen": "8"}, "这一批刚刚动过，现在剩 10，请看一眼再来。"),
    ],
)
def test_a_mistake_keeps_what_was_typed(client, staff, here, lot, wrong, sentence):
    client.force_login(staff)
    page = client.post(here, SAID | wrong)
    assert page.status_code == 400
    text = page.content.decode()
    assert sentence in text
    assert f'value="{(SAID | wrong)["note"] or (SAID | wrong)["units"]}"' in text
    assert left(lot) == 10
    assert not Move.objects.filter(kind="waste").exists()


def test_the_reasons_stand_under_what_they_are_for(client, staff, here):
    client.force_login(staff)
    text = client.get(here).text
    waste, donate = text.split('<optgroup label="报损">')[1].split('<optgroup label="捐出">')
    for reason in ("过期", "坏了", "破损", "找不到了"):
        assert f">{reason}</option>" in waste
        assert f">{reason}</option>" not in donate
    donated, either = donate.split("</optgroup>", 1)
    assert "送困难住户" in donated
    assert "给值守人员" in donated
    assert ">其他</option>" in either
    assert (
        "报损选：过期、坏了、破损、找不到了；捐出选：送困难住户、给值守人员。“其他”两种都行。"
        in text
    )


def test_after_a_look_at_the_new_figure_it_works(client, staff, here, lot):
    client.force_login(staff)
    page = client.post(here, SAID | {"seen": "12"})
    assert page.context["form"]["seen"].value() == 10
    shown = {name: page.context["form"][name].value() for name in SAID}
    assert shown == SAID | {"seen": 10}
    client.post(here, shown)
    assert left(lot) == 7


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_may_not_and_nothing_changed(client, stranger, here, lot, method):
    client.force_login(stranger)
    assert getattr(client, method)(here, SAID).status_code == 404
    assert left(lot) == 10


def test_the_cost_does_not_grow(client, staff, station, milk, lot):
    client.force_login(staff)

    def lose(lot) -> None:
        losses.record(station, lot.pk, 1, kind=Move.Kind.WASTE, reason=Move.Reason.LOST, by=staff)

    def queries() -> int:
        with CaptureQueriesContext(connection) as taken:
            client.get(reverse("station-losses"), {"q": "货"})
        return len(taken)

    def some(count: int) -> None:
        for number in range(count):
            item = factories.item(station, f"货{number}")
            lose(item.lots.get())
            item.lots.update(expires_on=timezone.localdate() - timedelta(days=2))

    some(3)
    before = queries()
    some(20)
    assert queries() == before
