"""收银: what lies on the counter. Plain forms, as without JavaScript."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from oscar.core.loading import get_model

from delivery.models import Grid
from tests import factories
from tests.shop.counter_sales.serving import goods, said, scan

Order = get_model("order", "Order")


def test_scanned_typed_and_tapped_goods_add_up(client, till, rice, eggs):
    page = scan(client, till, "6901234567892", eggs.record.partner_sku, "3*大米")
    assert goods(page) == [("大米", 4), ("鸡蛋", 1)]
    page = client.post(f"{till}change/", {"add": eggs.record_id}, follow=True)
    assert goods(page) == [("大米", 4), ("鸡蛋", 2)]
    page = client.post(f"{till}change/", {"set": f"{rice.record_id}:1"}, follow=True)
    assert goods(page) == [("大米", 1), ("鸡蛋", 2)]
    assert page.context["quoted"].total == Decimal("72.80")
    page = client.post(f"{till}change/", {"set": f"{rice.record_id}:0"}, follow=True)
    assert goods(page) == [("鸡蛋", 2)]
    assert not Order.objects.exists()


def test_a_word_that_many_goods_have_shows_them_all(client, till, station):
    factories.item(station, "鸡蛋面")
    page = scan(client, till, "鸡")
    assert goods(page) == []
    assert [good.title for good in page.context["browse"].goods] == ["鸡蛋", "鸡蛋面"]
    assert "没有找到柜台能卖的货" in scan(client, till, "6900000000000").content.decode()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("0*大米", "份数要 1 以上。"),
        ("-2*大米", "份数要 1 以上。"),
        ("0x大米", "份数要 1 以上。"),
        ("100*大米", "一次最多 99 份。"),
        ("99999*大米", "一次最多 99 份。"),
        ("９９９９９＊大米", "一次最多 99 份。"),
        ("98*大米", "一次最多 99 份。"),  # with the two that lie there
    ],
)
def test_a_number_that_cannot_be_sold_is_said(client, till, words, sentence):
    scan(client, till, "2*大米")
    page = scan(client, till, words)
    assert said(page) == [sentence]
    assert goods(page) == [("大米", 2)]


def test_as_many_as_may_be_sold_at_once(client, till):
    assert goods(scan(client, till, "９８＊大米", "大米")) == [("大米", 99)]


def test_loose_goods_are_sold_by_the_portion_and_it_is_said(client, till, station):
    assert "散装按份卖" not in client.get(till).text
    ginger = factories.item(station, "生姜", in_stock=9, weight_g=250, by_weight=True)
    assert "散装，约 250 克" in client.get(till).text, "on the tile"
    assert "生姜散装按份卖，一份约 250 克。" not in client.get(till).text
    page = scan(client, till, "2*生姜", "大米")
    assert "生姜散装按份卖，一份约 250 克。" in page.text
    assert "大米散装" not in page.text
    assert page.context["quoted"].total == 2 * ginger.record.price + Decimal("29.80")


@pytest.mark.parametrize("words", ["\x00", "x" * 101])
def test_what_cannot_be_read_is_said(client, till, words):
    assert said(scan(client, till, words)) == ["没有读懂扫到的码，请再扫一次。"]


def test_nothing_scanned_leads_to_the_money(client, till):
    assert client.post(f"{till}scan/", {"scan": ""}).url == f"{till}#pay"


@pytest.mark.parametrize("typed", [{"add": "x"}, {"set": "1:x"}, {"set": "-1:1"}, {}])
def test_strange_changes_change_nothing(client, till, typed):
    scan(client, till, "大米")
    assert goods(client.post(f"{till}change/", typed, follow=True)) == [("大米", 1)]


def test_goods_of_others_cannot_be_put_on_the_counter(client, till, other_station):
    other = factories.item(other_station)
    for key in (other.record_id, 2**62):
        assert client.post(f"{till}change/", {"add": key}).status_code == 404
    page = client.post(f"{till}change/", {"set": f"{other.record_id}:1"}, follow=True)
    assert goods(page) == []


def test_two_tabs_are_two_sales(client, till, grid):
    other = client.post(reverse("station-counter"), {"door": factories.household(grid, "9").pk}).url
    scan(client, till, "大米")
    scan(client, other, "鸡蛋")
    assert goods(client.get(till)) == [("大米", 1)]
    assert goods(client.get(other)) == [("鸡蛋", 1)]


def test_what_there_is_not_enough_of_is_one_tap_away(client, till):
    page = scan(client, till, "11*大米")
    text = page.content.decode()
    assert "大米 只剩 10 袋" in text
    assert "改成 10" in text
    assert "收现金" not in text
    page = client.post(f"{till}pay/", {"way": "cash", "seen": page.context["quoted"].seen})
    assert page.status_code == 409
    assert not Order.objects.exists()


def test_taken_off_sale_is_taken_off_the_counter(client, till, rice):
    scan(client, till, "大米", "鸡蛋")
    type(rice.record.product).objects.filter(pk=rice.record.product_id).update(is_public=False)
    page = client.get(till)
    assert said(page) == ["有 1 样货现在不卖了，已经拿掉。"]
    assert goods(page) == [("鸡蛋", 1)]


def test_where_the_counter_is_closed_one_sentence_says_what_to_do(client, till):
    scan(client, till, "大米")
    seen = client.get(till).context["quoted"].seen
    Grid.objects.update(risk_level="sealed")
    for page in (
        client.get(till),
        client.post(f"{till}pay/", {"way": "cash", "seen": seen}),
    ):
        assert "一网格现在是封控，不能到店购买，可以送到门口" in page.content.decode()
    assert page.status_code == 409
    assert not Order.objects.exists()


def test_a_sale_that_is_not_there_begins_anew(client, staff, station):
    client.force_login(staff)
    for step in ("scan/", "change/", "pay/", "deposit/"):
        page = client.post(f"{reverse('station-till', args=[uuid4()])}{step}", follow=True)
        assert said(page) == ["这一笔已经收起来了，请从头再来。"]


def test_every_category_of_goods_is_in_sight(client, till):
    assert '<nav class="subnav wraps" aria-label="分类">' in client.get(till).text


@pytest.mark.parametrize("step", ["scan/", "change/", "pay/", "deposit/"])
def test_wrong_methods(client, till, step):
    assert client.get(f"{till}{step}").status_code == 405
