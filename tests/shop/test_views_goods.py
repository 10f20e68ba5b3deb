"""货品: the list, what may be changed here, and the price list in two steps."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.models import Item
from tests import factories, workbooks

GOODS = [
    ["编码", "品名", "单位", "进价", "库存"],
    ["S1", "大米", "袋", "29.80", 500],
    ["S2", "酱油", "瓶", "贵", 10],
]


@pytest.fixture
def item(station):
    item = factories.item(station, "青菜", price="3.20", in_stock=10, shelf="A-1")
    item.record.num_allocated = 4
    item.record.save()
    return item


def test_the_list_says_what_is_there_held_and_left(client, staff, item, other_station):
    factories.item(other_station, "别处的")
    client.force_login(staff)
    page = client.get(reverse("station-goods"))
    [listed] = page.context["goods"]
    assert (listed.there, listed.held, listed.left) == (10, 4, 6)
    assert "¥3.20" in page.content.decode()


def test_a_good_is_found_by_name_code_or_barcode(client, staff, station, item):
    rice = factories.item(station, "东北大米")
    rice.record.product.upc = "6901234567892"
    rice.record.product.save()
    type(rice.record).objects.filter(pk=rice.record_id).update(partner_sku="DM-5")
    client.force_login(staff)

    def found(words: str) -> list[str]:
        page = client.get(reverse("station-goods"), {"q": words})
        return [good.record.product.title for good in page.context["goods"]]

    for words in ("大米", " 大米 ", "dm-5", "6901234567892", "大\x00米"):
        assert found(words) == ["东北大米"], words
    assert sorted(found("")) == ["东北大米", "青菜"]
    for words in ("690", "DM", "月亮", "%", "x" * 5000):
        assert found(words) == [], words
    text = client.get(reverse("station-goods"), {"q": "月亮"}).text
    assert "没有找到这样货" in text
    assert 'value="月亮"' in text
    assert "“大米”：1 样" in client.get(reverse("station-goods"), {"q": "大米"}).text


def test_the_name_leads_to_the_good(client, staff, item):
    client.force_login(staff)
    text = client.get(reverse("station-goods")).text
    assert f'<a class="tap" href="{reverse("station-good", args=[item.pk])}">青菜</a>' in text


def test_an_uncounted_good_is_sold_out(client, staff, item):
    type(item.record).objects.update(num_in_stock=None, num_allocated=None)
    client.force_login(staff)
    page = client.get(reverse("station-goods"))
    assert page.context["goods"][0].left == 0
    assert "卖完了" in page.content.decode()


WHAT_MUST_BE_SAID = {
    "unit": "斤",
    "weight_g": 600,
    "selling": "preorder",
    "share_rule": "people",
}


def test_what_the_station_says_is_changed_and_nothing_else(client, staff, item, station):
    client.force_login(staff)
    other = factories.item(station, "菠菜")
    typed = WHAT_MUST_BE_SAID | {"household_limit": 3, "shelf": "B-2", "cold": "on"}
    typed |= {"minimum": 20, "similar": other.pk, "by_weight": "on"}
    sneaky = {"price": "0.01", "num_in_stock": 999, "record": 1}
    page = client.post(reverse("station-good", args=[item.pk]), typed | sneaky)
    assert page.url == reverse("station-goods")
    item = Item.objects.get(pk=item.pk)
    assert (item.unit, item.weight_g, item.household_limit) == ("斤", 600, 3)
    assert (item.shelf, item.cold) == ("B-2", True)
    assert (item.selling, item.share_rule) == ("preorder", "people")
    assert (item.minimum, item.similar, item.by_weight) == (20, other, True)
    record = item.record
    assert (record.price, record.num_in_stock, record.num_allocated) == (Decimal("3.20"), 10, 4)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"unit": ""}, "请填单位，比如 袋。"),
        ({"unit": "长" * 21}, "最多写 20 个字。"),
        ({"unit": "袋\x00"}, "里面有看不见的怪字符，请重新打一遍。"),
        ({"weight_g": "-1"}, "请填 0 到 1000000 的整数。"),
        ({"weight_g": ""}, "请填 0 到 1000000 的整数。"),
        ({"household_limit": "x"}, "请填 1 到 1000 的整数，不填就不限。"),
        ({"household_limit": "0"}, "请填 1 到 1000 的整数，不填就不限。"),
        ({"household_limit": "1001"}, "请填 1 到 1000 的整数，不填就不限。"),
        ({"minimum": "-1"}, "请填 0 到 1000000 的整数。"),
        ({"minimum": "9" * 30}, "请填 0 到 1000000 的整数。"),
        ({"selling": "auction"}, "请从列出来的里面选一个。"),
        ({"selling": ""}, "请从列出来的里面选一个。"),
        ({"share_rule": ""}, "请从列出来的里面选一个。"),
        ({"share_rule": "lottery"}, "请从列出来的里面选一个。"),
        ({"similar": "999999999999999999999"}, "请从列出来的里面选一个。"),
    ],
)
def test_a_mistake_keeps_what_was_typed(client, staff, item, wrong, sentence):
    client.force_login(staff)
    typed = WHAT_MUST_BE_SAID | {"shelf": "Z-9"}
    page = client.post(reverse("station-good", args=[item.pk]), typed | wrong)
    assert page.status_code == 400
    [field] = wrong
    assert page.context["form"].errors == {field: [sentence]}
    assert "没有存：有的填得不对，改好再存。都还在下面。" in page.text
    assert page.context["form"]["shelf"].value() == "Z-9"
    item.refresh_from_db()
    assert item.shelf == "A-1"


def test_nothing_is_similar_to_itself_or_to_goods_of_another_station(
    client, staff, item, other_station
):
    client.force_login(staff)
    for other in (item, factories.item(other_station, "别处的")):
        typed = WHAT_MUST_BE_SAID | {"similar": other.pk}
        page = client.post(reverse("station-good", args=[item.pk]), typed)
        assert list(page.context["form"].errors) == ["similar"]
    assert Item.objects.get(pk=item.pk).similar is None


def test_the_smallest_and_the_biggest_limit(client, staff, item):
    client.force_login(staff)
    for typed, limit in (("1", 1), ("1000", 1000), ("", None)):
        said = WHAT_MUST_BE_SAID | {"household_limit": typed}
        assert client.post(reverse("station-good", args=[item.pk]), said).status_code == 302
        item.refresh_from_db()
        assert item.household_limit == limit


def test_the_barcode_and_the_way_to_the_open_book_stand_there(client, staff, item):
    client.force_login(staff)
    here = reverse("station-good", args=[item.pk])
    assert "条码</dt><dd>没记" in client.get(here).text
    item.record.product.upc = "6901234567892"
    item.record.product.save()
    text = client.get(here).text
    assert "6901234567892" in text
    assert "进价=售价" not in text
    assert "<dt>售价</dt>" in text
    assert f'href="{reverse("book-good", args=[item.pk])}"' in text


def test_loose_goods_need_a_weight(client, staff, item):
    client.force_login(staff)
    typed = WHAT_MUST_BE_SAID | {"weight_g": 0, "by_weight": "on"}
    page = client.post(reverse("station-good", args=[item.pk]), typed)
    assert "散装称重的货要填一份大约多少克。" in page.text


def test_a_price_list_is_seen_first_and_then_applied(client, staff, station):
    client.force_login(staff)
    where = reverse("station-goods-import")
    file = SimpleUploadedFile("清单.csv", workbooks.csv(GOODS, "gb18030"))
    page = client.post(where, {"file": file})
    report = page.context["report"]
    assert (report.new, report.changed, report.unchanged) == (1, 0, 0)
    assert [cell.cell for cell in report.bad] == ["D3"]
    assert "大米 袋" in page.content.decode()
    assert not Item.objects.exists()
    page = client.post(where, {"token": page.context["upload"].token}, follow=True)
    assert page.request["PATH_INFO"] == reverse("station-goods")
    record = Item.objects.get().record
    assert (record.product.title, record.price, record.num_in_stock) == (
        "大米",
        Decimal("29.80"),
        500,
    )
    changed = [row if row[0] != "S1" else [*row[:3], "31.00", 480] for row in GOODS]
    file = SimpleUploadedFile("清单.xlsx", workbooks.xlsx(changed))
    text = client.post(where, {"file": file}).content.decode()
    assert "在库 500 → <b>480</b>；进价 → <b>31.00</b>" in text


def test_the_preview_says_what_will_stand_there_when_some_is_sold(client, staff, station):
    client.force_login(staff)
    where = reverse("station-goods-import")

    def send(units):
        lines = [GOODS[0], ["S1", "大米", "袋", "29.80", units]]
        return client.post(where, {"file": SimpleUploadedFile("清单.csv", workbooks.csv(lines))})

    client.post(where, {"token": send(50).context["upload"].token})
    Item.objects.get().record.__class__.objects.update(num_in_stock=10)  # forty were sold
    assert "在库 10 → <b>20</b>" in send(60).content.decode()


def test_taking_off_sale_and_putting_back(client, staff, item):
    client.force_login(staff)
    address, listed = reverse("station-good", args=[item.pk]), reverse("station-goods")
    for on_sale, button, said in [("0", "重新上架", "下架了"), ("1", "下架", "上架了")]:
        page = client.post(address, {"on_sale": on_sale}, follow=True)
        text = page.content.decode()
        assert f"{button}</button>" in text
        assert said in str(next(iter(page.context["messages"])))
        item.record.product.refresh_from_db()
        assert item.record.product.is_public == (on_sale == "1")
        assert ("已下架" in client.get(listed).content.decode()) == (on_sale == "0")
        item.refresh_from_db()
        assert (item.shelf, item.unit) == ("A-1", "份")


def test_a_stranger_takes_nothing_off_sale(client, stranger, item):
    client.force_login(stranger)
    page = client.post(reverse("station-good", args=[item.pk]), {"on_sale": "0"})
    assert page.status_code == 404
    item.record.product.refresh_from_db()
    assert item.record.product.is_public


def test_a_preview_of_doors_is_no_price_list(client, staff, station):
    client.force_login(staff)
    file = SimpleUploadedFile("清单.csv", workbooks.csv(GOODS))
    token = client.post(reverse("station-goods-import"), {"file": file}).context["upload"].token
    page = client.post(reverse("station-doors-import"), {"token": token}, follow=True)
    [said] = [str(message) for message in page.context["messages"]]
    assert said == "这份表格已经导入过，或者放得太久了，请重新选一次。"
    assert not Item.objects.exists()


@pytest.mark.parametrize("words", ["", "青菜"])
def test_the_cost_does_not_grow(client, staff, station, item, words):
    client.force_login(staff)

    def queries() -> int:
        with CaptureQueriesContext(connection) as taken:
            client.get(reverse("station-goods"), {"q": words})
        return len(taken)

    queries()
    before = queries()
    for number in range(20):
        factories.item(station, f"青菜{number}")
    assert queries() == before
