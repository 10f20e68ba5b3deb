"""采购单: one purchase is changed, placed, split and cancelled on its page."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from inventory.models import Purchase, Receipt, ReceiptLine
from inventory.purchases import purchasing
from tests import factories
from tests.inventory.purchase_pages.conftest import asked, packs


def test_a_draft_is_changed_and_placed(post, station, drafted):
    salt = factories.item(station, "盐")
    said = packs(drafted, 大米=3, 鸡蛋=0) | {"also-item": salt.pk, "also-packs": "2"}
    page = post("station-purchase", drafted.pk, place="1", note="", **said)
    assert page.status_code == 302
    assert asked(drafted) == {"大米": 3, "盐": 2}
    assert Purchase.objects.get().status == "placed"


def test_an_added_good_comes_in_the_suppliers_packs(post, station, farm, drafted):
    salt = factories.item(station, "盐")
    factories.offer(farm, salt, 20, pack_price=Decimal("30.00"))
    said = packs(drafted, 大米=1, 鸡蛋=1) | {"also-item": salt.pk, "also-packs": "2"}
    post("station-purchase", drafted.pk, **said)
    line = drafted.lines.get(item=salt)
    assert (line.packs, line.pack_units, line.pack_price) == (2, 20, Decimal("30.00"))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"大米": "x"}, "大米：填 0 到 9999 的整数。"),
        ({"大米": "0", "鸡蛋": "0"}, "至少要留一样；都不要了，请取消这张单子。"),
    ],
)
def test_a_wrong_change_is_said_and_nothing_written(post, drafted, wrong, sentence):
    page = post("station-purchase", drafted.pk, place="1", **packs(drafted, **wrong))
    assert page.status_code == 400
    assert sentence in page.content.decode()
    assert asked(drafted) == {"大米": 10, "鸡蛋": 4}
    assert Purchase.objects.get().status == "draft"


def test_an_added_good_needs_its_packs(post, station, drafted):
    salt = factories.item(station, "盐")
    said = packs(drafted, 大米=1) | {"also-item": salt.pk}
    page = post("station-purchase", drafted.pk, **said)
    assert page.status_code == 400
    assert "请填要几件。" in page.content.decode()
    assert asked(drafted)["大米"] == 10


@pytest.mark.parametrize("typed", [{"packs": "3"}, {"pack_units": "5"}, {"pack_price": "9.50"}])
def test_figures_of_no_good_are_not_dropped(post, drafted, typed):
    said = packs(drafted, 大米=1) | {f"also-{name}": value for name, value in typed.items()}
    page = post("station-purchase", drafted.pk, **said)
    assert page.status_code == 400
    assert "选哪样货" in page.content.decode()
    [(name, value)] = typed.items()
    assert page.context["extra"][name].value() == value
    assert asked(drafted)["大米"] == 10


def test_a_price_is_digits(post, station, drafted):
    salt = factories.item(station, "盐")
    said = {"also-item": salt.pk, "also-packs": "1", "also-pack_price": "1e2"}
    page = post("station-purchase", drafted.pk, **packs(drafted, 大米=1), **said)
    assert page.status_code == 400
    assert "填金额，如 12.50。" in page.content.decode()


def test_a_draft_page_that_was_placed_meanwhile(post, drafted, staff):
    said = packs(drafted, 大米=1)
    purchasing.place(Purchase.objects.get(), by=staff)
    page = post("station-purchase", drafted.pk, **said)
    assert page.status_code == 400
    assert "CG-0001现在是“已下单”，不能这样改了，请刷新看一眼。" in page.content.decode()
    assert asked(drafted)["大米"] == 10


def test_the_page_warns_of_the_minimum_order(get, post, drafted):
    # 10 packs at 140 are enough; eggs without a price do not count.
    page = get("station-purchase", drafted.pk)
    assert (page.context["total"], page.context["below"]) == (Decimal("1400.00"), 0)
    post("station-purchase", drafted.pk, **packs(drafted, 大米=3, 鸡蛋=4))
    page = get("station-purchase", drafted.pk)
    assert page.context["below"] == Decimal("80.00")
    assert "还差 <output data-lack>¥80.00</output>" in page.content.decode()


@pytest.mark.parametrize(
    ("count", "short"), [(3, "还差 ¥80.00"), (4, None)], ids=["below", "enough"]
)
@pytest.mark.parametrize("how", ["step", "page", "new"])
def test_placing_below_the_minimum_order_is_said(post, client, drafted, rice, how, count, short):
    if how == "new":
        said = {f"packs-{rice.pk}": str(count), "seen": str(drafted.pk), "place": "1"}
        page = post("station-purchase-new", drafted.supplier_id, **said)
    else:
        said = packs(drafted, 大米=count, 鸡蛋=0)
        page = post(
            "station-purchase", drafted.pk, **said, **({"place": 1} if how == "page" else {})
        )
        if how == "step":
            page = post("station-purchase-place", drafted.pk)
    warned = [m for m in client.get(page.url).context["messages"] if m.level_tag == "warning"]
    expected = [f"青浦菜场 ¥500.00 起订，这张单{short}，送不送请先问一声。"] if short else []
    assert [str(message) for message in warned] == expected


def test_a_draft_below_the_minimum_order_is_no_warning_yet(post, client, drafted):
    page = post("station-purchase", drafted.pk, **packs(drafted, 大米=1, 鸡蛋=0))
    tags = [message.level_tag for message in client.get(page.url).context["messages"]]
    assert tags == ["success"]


def test_the_buttons_of_a_placed_one(post, get, drafted, staff):
    assert post("station-purchase-place", drafted.pk).status_code == 302
    page = get("station-purchase", drafted.pk).content.decode()
    assert ("不再等了" in page, "取消这张单" in page) == (False, True)
    assert Purchase.objects.get().status == "placed"
    receipt = Receipt.objects.create(
        station=drafted.station,
        supplier=drafted.supplier,
        purchase=drafted,
        fingerprint="x",
        nonce=uuid4(),
        by=staff,
        at=timezone.now(),
    )
    line = drafted.lines.first()
    ReceiptLine.objects.create(
        receipt=receipt, item=line.item, purchase_line=line, units=20, cost=Decimal(560)
    )
    page = get("station-purchase", drafted.pk)
    assert page.context["left"] == 30 + 4
    assert "取消这张单" not in page.content.decode()
    assert "不再等了" in page.content.decode()
    page = post("station-purchase-cancel", drafted.pk)
    assert Purchase.objects.get().status == "placed"
    post("station-purchase-finish", drafted.pk)
    assert Purchase.objects.get().status == "done"


def test_cancelling(post, client, drafted):
    page = post("station-purchase-cancel", drafted.pk)
    assert page.url == reverse("station-purchase", args=[drafted.pk])
    assert Purchase.objects.get().status == "cancelled"
    post("station-purchase-place", drafted.pk)
    said = [str(message) for message in client.get(page.url).context["messages"]]
    assert said[-1] == "CG-0001现在是“已取消”，不能这样改了，请刷新看一眼。"
    assert Purchase.objects.get().status == "cancelled"


def test_splitting(post, station, drafted):
    other = factories.supplier(station, "粮油店")
    said = packs(drafted, 大米=4) | {"supplier": other.pk, "nonce": str(uuid4())}
    first, second = (post("station-purchase-split", drafted.pk, **said) for _ in range(2))
    made = Purchase.objects.get(supplier=other)
    assert first.url == second.url == reverse("station-purchase", args=[made.pk])
    assert (asked(drafted), asked(made)) == ({"大米": 6, "鸡蛋": 4}, {"大米": 4})


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"大米": 11}, "大米：填 0 到 10 的整数。"),
        ({"大米": 0}, "请填要拆出去几件。"),
        ({"大米": 10, "鸡蛋": 4}, "原来的单子至少要留一件；整张换一家，请取消后重开。"),
    ],
)
def test_what_cannot_be_split(post, drafted, typed, sentence):
    page = post("station-purchase-split", drafted.pk, **packs(drafted, **typed))
    assert page.status_code == 400
    assert sentence in page.content.decode()
    assert asked(drafted) == {"大米": 10, "鸡蛋": 4}


def test_a_split_goes_to_no_supplier_of_another_station(post, drafted, other_station):
    theirs = factories.supplier(other_station)
    said = packs(drafted, 大米=1) | {"supplier": theirs.pk}
    assert post("station-purchase-split", drafted.pk, **said).status_code == 400
    assert Purchase.objects.count() == 1
