"""盘点 in the console: counting a shelf, and a second person's word on it."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from inventory import stock
from inventory.counts import counting
from inventory.models import StockCount
from inventory.views import counts
from tests import factories


@pytest.fixture
def rice(station):
    item = factories.item(station, "大米", price="30.00", in_stock=10, shelf="A-1", unit="袋")
    item.record.product.upc = "6901234567892"
    item.record.product.save()
    return item


@pytest.fixture
def salt(station):
    return factories.item(station, "盐", price="2.00", in_stock=20, shelf="A-1")


@pytest.fixture
def count(station, rice, salt, staff) -> StockCount:
    return counting.begin(station, "A-1", by=staff)


def here(count, step: str = "") -> str:
    return reverse(f"station-count{step and '-'}{step}", args=[count.pk])


def typed(rice, salt, *figures, **more) -> dict:
    """As the page sends it: figures with what it showed before (nothing)."""
    names = [f"found-{rice.pk}", f"found-{salt.pk}"]
    shown = {f"initial-{name}": "" for name in names}
    return shown | dict(zip(names, figures, strict=True)) | more


def said(page) -> list[str]:
    return [str(message) for message in page.context["messages"]]


def in_stock(item) -> int:
    item.record.refresh_from_db()
    return item.record.num_in_stock


def test_shelves_are_begun_from_the_list(client, staff, station, rice):
    client.force_login(staff)
    text = client.get(reverse("station-counts")).content.decode()
    assert "A-1" in text
    assert "没盘过" in text
    page = client.post(reverse("station-count-begin"), {"shelf": "A-1", "blind": "1"})
    count = StockCount.objects.get()
    assert page.url == here(count)
    assert (count.shelf, count.blind, count.begun_by) == ("A-1", True, staff)
    again = client.post(reverse("station-count-begin"), {"shelf": "A-1"}, follow=True)
    assert again.request["PATH_INFO"] == here(count)
    assert said(again) == [f"这个货架正在盘（{count}），请接着盘那一张。"]
    assert StockCount.objects.count() == 1


@pytest.mark.parametrize("shelf", ["", "Z-9", "\x00", "x" * 5000])
def test_a_shelf_without_goods_is_not_begun(client, staff, station, rice, shelf):
    client.force_login(staff)
    page = client.post(reverse("station-count-begin"), {"shelf": shelf}, follow=True)
    assert said(page) == ["这个货架上没有登记货品，不用盘。"]
    assert not StockCount.objects.exists()


def test_counting_in_two_goes_and_finishing(client, staff, count, rice, salt, monkeypatch):
    morning = timezone.localtime().replace(hour=8, minute=5)
    monkeypatch.setattr(timezone, "now", lambda: morning)
    client.force_login(staff)
    page = client.post(here(count), typed(rice, salt, "8", "", save="1"), follow=True)
    assert said(page) == ["记下了。"]
    assert "数了 1/2 样" in page.content.decode()
    page = client.post(here(count), typed(rice, salt, "", "20", finish="1"), follow=True)
    # The other tab's page did not know of the rice: it says nothing of it.
    assert said(page) == ["数完了，请另一个人来核对。"]
    text = page.content.decode()
    assert "−¥60.00" in text
    assert re.search(r"盘的人</dt><dd>[^<]* · \d+月\d+日 08:05<", text)
    assert "自己数的不能自己核对" in text
    assert "核对无误" not in text


def test_blind_means_the_books_are_not_shown(client, staff, station, rice):
    rice.record.__class__.objects.update(num_in_stock=8317)
    for blind in (False, True):
        count = counting.begin(station, "A-1", by=staff, blind=blind)
        client.force_login(staff)
        assert ("8317" in client.get(here(count)).content.decode()) == (not blind)
        counting.enter(count, rice.pk, 5, by=staff)
        text = client.get(here(count)).content.decode()
        assert ("8317" in text or "-8312" in text) == (not blind)
        counting.cancel(count, by=staff)


def test_blind_stays_blind_for_whoever_counted_until_it_is_approved(
    client, staff, manager, station, rice, salt
):
    rice.record.__class__.objects.filter(pk=rice.record_id).update(num_in_stock=8317)
    count = counting.begin(station, "A-1", by=staff, blind=True)
    third = factories.member(station)
    counting.enter(count, salt.pk, 20, by=third)
    client.force_login(staff)
    page = client.post(here(count), typed(rice, salt, "5", "", finish="1"), follow=True)
    assert said(page) == ["数完了，请另一个人来核对。"]

    def shown(text: str) -> list[bool]:
        told = ("8317", "-8312", "样不对", "合起来", "和账上", "重数一遍", "再数一遍", "核对无误")
        return [words in text for words in told]

    for somebody in (staff, third):
        client.force_login(somebody)
        text = client.get(here(count)).text
        assert not any(shown(text))
        assert "自己数的不能自己核对" in text
        assert "核对以后才显示" in text
        page = client.post(here(count, "reopen"), follow=True)
        assert said(page) == ["盲盘要让没数过的人来看，请换一个人来。"]
        assert not any(shown(page.text))
    client.force_login(manager)
    text = client.get(here(count)).text
    assert "8317" in text
    assert "-8312" in text
    assert "不一样的重数一遍" in text
    # Called off, it may be begun again: still no word to those who counted.
    counting.cancel(count, by=staff)
    client.force_login(staff)
    assert not any(shown(client.get(here(count)).text))


def test_an_approved_blind_count_is_shown_to_everybody(client, staff, manager, station, rice, salt):
    count = counting.begin(station, "A-1", by=staff, blind=True)
    counting.enter_all(count, {rice.pk: 8, salt.pk: 20}, by=staff)
    counting.finish(count, by=staff)
    counting.approve(count, by=manager)
    client.force_login(staff)
    assert "2 样，1 样不对" in client.get(here(count)).text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("-1", "数量不能是负的。"),
        ("一打", "请填整数，比如 12。"),
        ("1.5", "请填整数，比如 12。"),
        ("100001", "数量太大了，请看看是不是多按了一位。"),
        ("\x00", "请填整数，比如 12。"),
        ("9" * 5000, "请填整数，比如 12。"),
    ],
)
def test_a_mistake_keeps_what_was_typed(client, staff, count, rice, salt, wrong, sentence):
    client.force_login(staff)
    page = client.post(here(count), typed(rice, salt, "8", wrong, save="1"))
    assert page.status_code == 400
    assert page.context["form"].errors == {f"found-{salt.pk}": [sentence]}
    assert 'value="8"' in page.content.decode()
    assert not count.lines.exclude(found=None).exists()


def test_a_scan_saves_and_leads_to_its_line(client, staff, count, rice, salt):
    client.force_login(staff)
    page = client.post(here(count), typed(rice, salt, "", "19", code="6901234567892"))
    line = count.lines.get(item=rice)
    assert page.url == f"{here(count)}?at={line.pk}#line-{line.pk}"
    assert count.lines.get(item=salt).found == 19
    assert "autofocus" in client.get(f"{here(count)}?at={line.pk}").content.decode()
    page = client.post(here(count), typed(rice, salt, "", "", code="690"), follow=True)
    assert said(page) == ["这个货架上没有“690”。"]


@pytest.mark.parametrize("at", ["x", "-1", "9" * 400, "²"])
def test_a_strange_line_is_no_line(client, staff, count, at):
    client.force_login(staff)
    assert client.get(here(count), {"at": at}).status_code == 200


def test_a_second_person_approves(client, staff, manager, count, rice, salt):
    counting.enter_all(count, {rice.pk: 8, salt.pk: 20}, by=staff)
    counting.finish(count, by=staff)
    client.force_login(staff)
    page = client.post(here(count, "approve"), follow=True)
    assert said(page) == ["自己盘的不能自己核对，请换一个人来。"]
    assert in_stock(rice) == 10
    client.force_login(manager)
    seen = client.get(here(count)).context["seen"]
    page = client.post(here(count, "approve"), {"seen": seen}, follow=True)
    assert said(page) == ["核对好了，差的已经记进库存流水。"]
    assert in_stock(rice) == 8
    again = client.post(here(count, "approve"), {"seen": seen}, follow=True)
    assert said(again) == ["这张盘点单不在等人核对。"]
    assert in_stock(rice) == 8


def test_what_was_recounted_meanwhile_is_looked_at_again(client, staff, manager, count, rice, salt):
    counting.enter_all(count, {rice.pk: 8, salt.pk: 20}, by=staff)
    counting.finish(count, by=staff)
    client.force_login(manager)
    seen = client.get(here(count)).context["seen"]
    client.post(here(count, "reopen"))
    counting.enter(count, rice.pk, 1, by=staff)
    counting.finish(count, by=staff)
    page = client.post(here(count, "approve"), {"seen": seen}, follow=True)
    assert said(page) == ["这张单子刚刚又盘过，请再看一眼。"]
    assert in_stock(rice) == 10


def test_what_orders_hold_is_shared_out_first(client, staff, manager, count, rice, salt):
    order = factories.order()
    stock.reserve([stock.Promise(order.pk, rice.record_id, 9, rice.record.price)])
    counting.enter_all(count, {rice.pk: 8, salt.pk: 20}, by=staff)
    counting.finish(count, by=staff)
    client.force_login(manager)
    page = client.post(here(count, "approve"))
    assert page.status_code == 409
    assert "“大米”有 9 袋留给了订单，只剩 8 袋。请先到“分货”把剩下的分好，再来这里。" in page.text
    way = f'href="{reverse("station-share")}">去分货</a>'
    assert way in page.text
    assert "核对无误，记进库存" in page.text, "afterwards it can be said again"
    assert way not in client.get(here(count)).text
    count.refresh_from_db()
    assert (count.status, in_stock(rice)) == ("counted", 10)


def test_a_station_without_sharing_out_names_no_way_to_it(
    client, staff, manager, count, rice, salt, monkeypatch
):
    monkeypatch.setattr(counts, "SHARE_OUT", "no-such-page")
    stock.reserve([stock.Promise(factories.order().pk, rice.record_id, 9, rice.record.price)])
    counting.enter_all(count, {rice.pk: 8, salt.pk: 20}, by=staff)
    counting.finish(count, by=staff)
    client.force_login(manager)
    page = client.post(here(count, "approve"))
    assert page.status_code == 409
    assert "去分货" not in page.text


def test_after_the_end_nothing_typed_is_taken(client, staff, count, rice, salt):
    counting.cancel(count, by=staff)
    client.force_login(staff)
    page = client.post(here(count), typed(rice, salt, "1", "1", finish="1"), follow=True)
    assert said(page) == ["这张盘点单已经不在盘了，刚才填的没有记。"]
    for step in ("approve", "reopen", "cancel"):
        assert said(client.post(here(count, step), follow=True)) != []
    assert (in_stock(rice), in_stock(salt)) == (10, 20)


def test_a_stranger_may_not_and_nothing_changed(client, stranger, staff, count, rice, salt):
    client.force_login(stranger)
    assert client.post(here(count), typed(rice, salt, "1", "1", finish="1")).status_code == 404
    counting.enter_all(count, {rice.pk: 8, salt.pk: 20}, by=staff)
    counting.finish(count, by=staff)
    for step in ("", "approve", "reopen", "cancel"):
        assert client.post(here(count, step)).status_code == 404
        assert step == "" or client.get(here(count, step)).status_code == 405
    count.refresh_from_db()
    assert (count.status, in_stock(rice)) == ("counted", 10)


def test_the_cost_does_not_grow(client, staff, station, count):
    client.force_login(staff)

    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as taken:
            client.get(address)
        return len(taken)

    addresses = [reverse("station-counts"), here(count)]
    before = [queries(address) for address in addresses]
    for number in range(20):
        factories.item(station, f"货{number}", shelf=f"B-{number}")
        counting.begin(station, f"B-{number}", by=factories.member(station))
        count.lines.create(item=factories.item(station, f"多{number}", shelf="A-1"))
    assert [queries(address) for address in addresses] == before
    counting.enter_all(count, {line.item_id: 1 for line in counting.lines(count)}, by=staff)
    counting.finish(count, by=staff)
    assert queries(here(count)) <= 9
