"""供应商: the list, one supplier with what they offer, and the goods nobody offers."""

from datetime import time
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.models import Offer, Supplier
from inventory.purchases import suppliers
from inventory.purchases.suppliers import Offered
from tests import factories

TYPED = {
    "name": "青浦菜场",
    "contact": "老陈",
    "phone": "021-55550001",
    "cut_off": "16:00",
    "lead_days": "1",
    "minimum_order": "300.00",
    "note": "",
}


@pytest.fixture
def farm(station):
    return factories.supplier(station, "青浦菜场")


@pytest.fixture
def rice(station):
    return factories.item(station, "大米")


@pytest.fixture
def send(client, staff):
    client.force_login(staff)
    return lambda name, data, *args: client.post(reverse(name, args=args), data)


def test_a_supplier_is_written_down(send, station):
    page = send("station-suppliers", TYPED)
    made = Supplier.objects.get()
    assert page.url == reverse("station-supplier", args=[made.pk])
    assert (made.station, made.name, made.cut_off) == (station, "青浦菜场", time(16))
    assert (made.lead_days, made.minimum_order, made.active) == (1, Decimal("300.00"), True)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": " "}, "请填供应商的名称。"),
        ({"cut_off": "下午"}, "时间要写成 16:00 这样。"),
        ({"lead_days": "61"}, "几天到货最多填 60。"),
        ({"minimum_order": "-0.01"}, "起订金额不能是负数。"),
        ({"minimum_order": "很多"}, "请填金额，如 300.00。"),
        ({"minimum_order": "1e2"}, "请填金额，如 300.00。"),
    ],
)
def test_a_mistake_keeps_what_was_typed(send, wrong, sentence):
    page = send("station-suppliers", TYPED | {"contact": "小李"} | wrong)
    assert page.status_code == 400
    assert [str(e) for errors in page.context["form"].errors.values() for e in errors] == [sentence]
    assert page.context["form"]["contact"].value() == "小李"
    assert not Supplier.objects.exists()


@pytest.mark.parametrize("typed", [{"lead_days": "-1"}, {"lead_days": "x"}, {"name": "\x00"}])
def test_absurd_input_is_no_crash(send, typed):
    assert send("station-suppliers", TYPED | typed).status_code == 400
    assert not Supplier.objects.exists()


def test_two_of_one_name_at_a_station_are_refused(send, farm, other_station):
    factories.supplier(other_station, "粮油店")
    page = send("station-suppliers", TYPED)
    assert page.status_code == 400
    assert "已经有叫这个名字的供应商了。" in page.content.decode()
    assert send("station-suppliers", TYPED | {"name": "粮油店"}).status_code == 302


def test_a_supplier_is_changed_and_rested(send, farm):
    send("station-supplier", TYPED | {"name": "青浦大菜场"}, farm.pk)
    farm.refresh_from_db()
    assert (farm.name, farm.active) == ("青浦大菜场", False)  # the box was not ticked


def test_what_a_supplier_offers_is_said_at_once(send, station, farm, rice):
    eggs, salt = factories.item(station, "鸡蛋"), factories.item(station, "盐")
    suppliers.offer(farm, [Offered(rice.pk, 5), Offered(eggs.pk, 1)])
    said = {
        f"units-{rice.pk}": "10",
        f"price-{rice.pk}": "290.00",
        f"code-{rice.pk}": "DM10",
        f"gone-{eggs.pk}": "on",
        f"units-{eggs.pk}": "1",
        "item": salt.pk,
        "units-new": "20",
    }
    page = send("station-supplier-offers", said, farm.pk)
    assert page.url == reverse("station-supplier", args=[farm.pk])
    offers = Offer.objects.order_by("item_id").values_list(
        "item", "pack_units", "pack_price", "code"
    )
    assert list(offers) == [
        (rice.pk, 10, Decimal("290.00"), "DM10"),
        (salt.pk, 20, None, ""),
    ]


def test_the_preference_moves_only_when_somebody_says_so(send, station, farm, rice):
    other = factories.supplier(station, "粮油店")
    suppliers.offer(farm, [Offered(rice.pk)])
    suppliers.offer(other, [Offered(rice.pk)])
    first = {f"units-{rice.pk}": "1", f"first-{rice.pk}": "on"}
    send("station-supplier-offers", first, other.pk)
    assert Offer.objects.get(preferred=True).supplier == other
    send("station-supplier-offers", {f"units-{rice.pk}": "2"}, other.pk)
    assert Offer.objects.get(preferred=True).supplier == other


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"units": "0"}, "大米：填 1 到 10000 的整数。"),
        ({"units": "一箱"}, "大米：填 1 到 10000 的整数。"),
        ({"price": "-1"}, "大米：填金额，如 12.50。"),
        ({"price": "12.345"}, "大米：填金额，如 12.50。"),
        ({"price": "NaN"}, "大米：填金额，如 12.50。"),
        ({"price": "1e2"}, "大米：填金额，如 12.50。"),
        ({"code": "x" * 41}, "大米：货号最多 40 个字。"),
    ],
)
def test_a_wrong_offer_is_named_and_changes_nothing(send, farm, rice, wrong, sentence):
    suppliers.offer(farm, [Offered(rice.pk, 5)])
    typed = {"units": "7", "price": "", "code": ""} | wrong
    said = {f"{name}-{rice.pk}": value for name, value in typed.items()}
    page = send("station-supplier-offers", said, farm.pk)
    assert page.status_code == 400
    assert sentence in page.content.decode()
    assert Offer.objects.get().pack_units == 5


@pytest.mark.parametrize(
    ("name", "typed"),
    [("units-new", "7"), ("price-new", "9.50"), ("code-new", "DM"), ("first-new", "on")],
)
def test_figures_of_no_good_are_not_dropped(send, farm, rice, name, typed):
    said = {"item": "", "units-new": "1", name: typed}
    page = send("station-supplier-offers", said, farm.pk)
    assert page.status_code == 400
    assert "选哪样货" in page.content.decode()
    assert page.context["offers"][name].data in (typed, True)
    assert not Offer.objects.exists()


def test_no_good_and_no_figures_is_no_good(send, farm, rice):
    page = send("station-supplier-offers", {"item": "", "units-new": "1"}, farm.pk)
    assert page.status_code == 302


def test_goods_of_another_station_cannot_be_added(send, farm, other_station):
    item = factories.item(other_station)
    page = send("station-supplier-offers", {"item": item.pk, "units-new": "1"}, farm.pk)
    assert page.status_code == 400
    assert not Offer.objects.exists()


def test_who_sells_what_nobody_offers(send, client, station, farm, rice):
    eggs = factories.item(station, "鸡蛋")
    page = client.get(reverse("station-sellers"))
    assert [item.record.product.title for item in page.context["form"].items] == ["大米", "鸡蛋"]
    said = {f"supplier-{rice.pk}": farm.pk, f"units-{rice.pk}": "5", f"price-{rice.pk}": "140"}
    page = send("station-sellers", said)
    assert page.url == reverse("station-restock")
    made = Offer.objects.get()
    assert (made.item, made.pack_units, made.pack_price) == (rice, 5, Decimal("140.00"))
    assert made.preferred
    page = client.get(reverse("station-sellers"))
    assert page.context["form"].items == [eggs]


def test_another_stations_supplier_sells_nothing_here(send, client, rice, other_station):
    theirs = factories.supplier(other_station)
    assert send("station-sellers", {f"supplier-{rice.pk}": theirs.pk}).status_code == 400
    assert not Offer.objects.exists()


@pytest.mark.parametrize("name", ["station-supplier", "station-supplier-offers"])
def test_a_stranger_changes_nothing(client, stranger, farm, rice, name):
    client.force_login(stranger)
    said = TYPED | {"name": "改了", "item": rice.pk, "units-new": "1"}
    assert client.post(reverse(name, args=[farm.pk]), said).status_code == 404
    farm.refresh_from_db()
    assert farm.name == "青浦菜场"
    assert not Offer.objects.exists()


def test_offers_are_not_asked_for_by_get(client, staff, farm):
    client.force_login(staff)
    assert client.get(reverse("station-supplier-offers", args=[farm.pk])).status_code == 405


@pytest.mark.parametrize("name", ["station-suppliers", "station-supplier", "station-sellers"])
def test_the_cost_does_not_grow(client, staff, station, farm, name):
    client.force_login(staff)
    address = reverse(name, args=[farm.pk] if name == "station-supplier" else [])

    def queries(more: int) -> int:
        for _ in range(more):
            factories.offer(farm, factories.item(station))
            factories.item(station)
            factories.supplier(station)
        with CaptureQueriesContext(connection) as taken:
            assert client.get(address).status_code == 200
        return len(taken)

    queries(1)
    assert queries(2) == queries(20)
