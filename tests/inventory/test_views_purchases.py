"""采购单: the pages on which a purchase is made, changed, placed, split, printed and ended."""

import io
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from inventory.models import Purchase, Receipt, ReceiptLine
from inventory.purchases import purchasing
from inventory.purchases.purchasing import Wanted
from tests import factories


@pytest.fixture
def farm(station):
    return factories.supplier(
        station, "青浦菜场", contact="老陈", phone="021-55550001", minimum_order=Decimal("500")
    )


@pytest.fixture
def rice(station, farm):
    item = factories.item(station, "大米", unit="袋")
    factories.offer(farm, item, 5, pack_price=Decimal("140.00"), code="DM5")
    return item


@pytest.fixture
def eggs(station, farm):
    item = factories.item(station, "鸡蛋", unit="板")
    factories.offer(farm, item, 1, pack_price=None)
    return item


@pytest.fixture
def drafted(station, farm, rice, eggs, staff):
    lines = [Wanted(rice.pk, 10, 5, Decimal("140.00")), Wanted(eggs.pk, 4)]
    return purchasing.draft(station, farm, lines, by=staff)


@pytest.fixture
def post(client, staff):
    client.force_login(staff)

    def send(name, pk, **data):
        return client.post(reverse(name, args=[pk]), {"nonce": str(uuid4())} | data)

    return send


@pytest.fixture
def get(client, staff):
    client.force_login(staff)
    return lambda name, *args: client.get(reverse(name, args=args))


def asked(purchase) -> dict[str, int]:
    lines = purchase.lines.select_related("item__record__product")
    return {line.item.record.product.title: line.packs for line in lines}


def packs(purchase, **counts) -> dict[str, str]:
    """What the form sends for the lines of these goods, by title."""
    lines = purchase.lines.select_related("item__record__product")
    keys = {line.item.record.product.title: line.pk for line in lines}
    return {f"packs-{keys[title]}": str(count) for title, count in counts.items()}


# --- making --------------------------------------------------------------------------------------
def test_one_button_makes_and_places(post, farm, rice, eggs, staff):
    said = {f"packs-{rice.pk}": "8", f"packs-{eggs.pk}": "", "seen": "0", "place": "1"}
    page = post("station-purchase-new", farm.pk, note="送到后门", **said)
    made = Purchase.objects.get()
    assert page.url == reverse("station-purchase", args=[made.pk])
    assert (made.status, made.made_by, made.placed_by) == ("placed", staff, staff)
    assert (asked(made), made.note) == ({"大米": 8}, "送到后门")
    line = made.lines.get()
    assert (line.pack_units, line.pack_price) == (5, Decimal("140.00"))


def test_the_other_button_keeps_a_draft(post, farm, rice):
    post("station-purchase-new", farm.pk, **{f"packs-{rice.pk}": "8"})
    assert Purchase.objects.get().status == "draft"


def test_a_second_tap_makes_no_second_purchase(post, farm, rice):
    said = {f"packs-{rice.pk}": "8", "nonce": str(uuid4()), "seen": "0", "place": "1"}
    first, second = (post("station-purchase-new", farm.pk, **said) for _ in range(2))
    assert first.url == second.url
    assert Purchase.objects.count() == 1


def test_a_page_from_before_somebodys_purchase_is_shown_it_first(post, farm, rice, drafted):
    said = {f"packs-{rice.pk}": "8", "seen": "0", "place": "1"}
    page = post("station-purchase-new", farm.pk, **said)
    assert page.status_code == 409
    assert "刚才有人给这家开了 CG-0001，请看一眼再决定还要不要买。" in page.content.decode()
    form = page.context["form"]
    assert form.field(rice.pk).value() == "8"
    assert Purchase.objects.count() == 1
    # Who has looked presses again, and the page sent now knows of it.
    said |= {"nonce": form["nonce"].value(), "seen": form["seen"].value()}
    assert post("station-purchase-new", farm.pk, **said).status_code == 302
    assert Purchase.objects.count() == 2


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("-1", "大米：填 0 到 9999 的整数。"),
        ("10000", "大米：填 0 到 9999 的整数。"),
        ("九百", "大米：填 0 到 9999 的整数。"),
        ("1.5", "大米：填 0 到 9999 的整数。"),
        ("9" * 5000, "大米：填 0 到 9999 的整数。"),
        ("\x00", "大米：填 0 到 9999 的整数。"),
        ("0", "一样都没填，先填要买几件。"),
        ("", "一样都没填，先填要买几件。"),
    ],
)
def test_what_cannot_be_ordered_is_said_and_kept(post, farm, rice, eggs, typed, sentence):
    said = {f"packs-{rice.pk}": typed, "note": "早点来"}
    page = post("station-purchase-new", farm.pk, **said)
    assert page.status_code == 400
    assert sentence in page.content.decode()
    assert page.context["form"]["note"].value() == "早点来"
    assert not Purchase.objects.exists()


@pytest.mark.parametrize("nonce", ["", "x", "0"])
def test_a_form_without_its_nonce_is_stale(post, farm, rice, nonce):
    page = post("station-purchase-new", farm.pk, **{f"packs-{rice.pk}": "1", "nonce": nonce})
    assert page.status_code == 400
    assert "这一页过期了，请刷新再试。" in page.content.decode()
    assert not Purchase.objects.exists()


def test_goods_the_supplier_does_not_offer_are_not_ordered(post, station, farm, rice):
    salt = factories.item(station, "盐")
    post("station-purchase-new", farm.pk, **{f"packs-{rice.pk}": "1", f"packs-{salt.pk}": "5"})
    assert asked(Purchase.objects.get()) == {"大米": 1}


def test_nothing_is_ordered_of_a_supplier_no_longer_in_use(post, farm, rice):
    farm.active = False
    farm.save()
    assert post("station-purchase-new", farm.pk, **{f"packs-{rice.pk}": "1"}).status_code == 404


# --- one purchase --------------------------------------------------------------------------------
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


# --- paper and files -----------------------------------------------------------------------------
def test_the_sheet_for_the_supplier(get, drafted):
    text = get("station-purchase-print", drafted.pk).content.decode()
    assert "采购单 CG-0001（草稿）" in text
    assert "DM5" in text
    assert "50 袋" in text


def test_the_spreadsheet_holds_figures_and_no_formulas(get, station, farm, drafted, rice):
    product = rice.record.product
    product.title = '=HYPERLINK("http://x.test")'
    product.save()
    answer = get("station-purchase-export", drafted.pk)
    assert 'filename="CG-0001.xlsx"' in answer["Content-Disposition"]
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert book.sheetnames == ["CG-0001", "说明"]
    header, first, second = book["CG-0001"].values
    assert header[:4] == ("货号", "货品", "单位", "件数")
    assert first == ("DM5", '\'=HYPERLINK("http://x.test")', "袋", 10, 5, 50, 140, 1400)
    assert second == (None, "鸡蛋", "板", 4, 1, 4, None, None)


def test_the_words_for_a_chat(get, station, drafted, staff):
    purchasing.place(drafted, by=staff)
    day = timezone.localtime(drafted.placed_at).date() + timezone.timedelta(days=1)
    page = get("station-purchase", drafted.pk)
    assert page.context["message"].split("\n") == [
        "东湖驿站 采购单 CG-0001",
        "1. DM5 大米 ×10 件（一件 5 袋）",
        "2. 鸡蛋 ×4 件（一件 1 板）",
        f"请 {day.month}月{day.day}日 送到。",
        "驿站电话：021-55550100",
    ]


# --- lists and people ----------------------------------------------------------------------------
def test_what_is_open_and_what_is_over(get, client, station, farm, rice, drafted, staff):
    over = purchasing.draft(station, farm, [Wanted(rice.pk, 2, 5, Decimal("140"))], by=staff)
    purchasing.cancel(over, by=staff)
    [listed] = get("station-purchases").context["purchases"]
    assert (listed, listed.goods, listed.cost, listed.unpriced) == (
        drafted,
        2,
        Decimal("1400.00"),
        1,
    )
    page = client.get(reverse("station-purchases") + "?ended")
    assert list(page.context["purchases"]) == [over]


ABOUT_ONE = [
    "station-purchase",
    "station-purchase-place",
    "station-purchase-cancel",
    "station-purchase-finish",
    "station-purchase-split",
]


@pytest.mark.parametrize("name", ABOUT_ONE)
def test_a_stranger_changes_nothing(client, stranger, drafted, name):
    client.force_login(stranger)
    said = packs(drafted, 大米=1) | {"nonce": str(uuid4()), "place": "1"}
    assert client.post(reverse(name, args=[drafted.pk]), said).status_code == 404
    purchase = Purchase.objects.get()
    assert (purchase.status, asked(purchase)) == ("draft", {"大米": 10, "鸡蛋": 4})


@pytest.mark.parametrize("name", ABOUT_ONE[1:4])
def test_steps_are_not_taken_by_looking(get, drafted, name):
    assert get(name, drafted.pk).status_code == 405
    assert Purchase.objects.get().status == "draft"


def test_a_key_nobody_has(get):
    for key in (0, 10**17, 10**30):
        assert get("station-purchase", key).status_code == 404


@pytest.mark.parametrize(
    "name", ["station-purchases", "station-purchase", "station-purchase-new",
             "station-purchase-split", "station-purchase-print", "station-purchase-export"]
)  # fmt: skip
@pytest.mark.parametrize("status", ["draft", "placed"])
def test_the_cost_does_not_grow(get, station, farm, staff, name, status):
    def queries(goods: int) -> int:
        items = [factories.item(station, f"货{number}") for number in range(goods)]
        for item in items:
            factories.offer(farm, item)
        lines = [Wanted(item.pk, 1) for item in items]
        made = [purchasing.draft(station, farm, lines, by=staff) for _ in range(3)][-1]
        if status == "placed":
            purchasing.place(made, by=staff)
        about = {"station-purchases": [], "station-purchase-new": [farm.pk]}.get(name, [made.pk])
        with CaptureQueriesContext(connection) as taken:
            assert get(name, *about).status_code == 200
        return len(taken)

    queries(1)
    assert queries(3) == queries(23)
