"""柜台 in the console: door, goods, money, receipt. Plain forms, as without JavaScript."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_model

from delivery.models import Grid
from inventory import openings
from shop.models import CounterSale, MoneyMove
from shop.money import accounts, ledger
from shop.money.ledger import Entry
from tests import factories

Order = get_model("order", "Order")


@pytest.fixture
def rice(station):
    item = factories.item(station, "大米", price="29.80", in_stock=10, unit="袋")
    item.record.product.upc = "6901234567892"
    item.record.product.save()
    return item


@pytest.fixture
def eggs(station):
    return factories.item(station, "鸡蛋", price="21.50", in_stock=10)


@pytest.fixture
def till(client, staff, home, rice, eggs) -> str:
    """The address of a sale to `home`, opened by `staff`."""
    client.force_login(staff)
    return client.post(reverse("station-counter"), {"door": home.pk}).url


def said(page) -> list[str]:
    return [str(message) for message in page.context["messages"]]


def scan(client, till, *words):
    for word in words:
        page = client.post(f"{till}scan/", {"scan": word}, follow=True)
    return page


def goods(page) -> list[tuple[str, int]]:
    quoted = page.context["quoted"]
    return [(line.title, line.quantity) for line in quoted.lines] if quoted else []


def pay(client, till, **said):
    seen = client.get(till).context["quoted"].seen
    return client.post(f"{till}pay/", {"way": "cash", "seen": seen} | said)


def test_the_only_door_with_these_words_is_opened_at_once(client, staff, home, grid):
    factories.household(grid, "2", "1", "101")
    client.force_login(staff)
    page = client.post(reverse("station-counter"), {"q": "1-1-101"}, follow=True)
    assert page.context["door"] == home
    page = client.post(reverse("station-counter"), {"q": "101"}, follow=True)
    assert [door.door for door in page.context["doors"]] == ["1幢 1单元 101", "2幢 1单元 101"]


def test_doors_of_a_grid_and_those_that_may_come_first(client, staff, station, home):
    Grid.objects.update(risk_level="sealed")
    eleventh = factories.grid(station, "十一网格", position=11)
    other = factories.household(eleventh, "1", "1", "101")
    client.force_login(staff)
    page = client.post(reverse("station-counter"), {"q": "101"}, follow=True)
    assert list(page.context["doors"]) == [other, home]
    for words, door in [("十一网格 1 101", other), ("一网格1-1-101", home)]:
        page = client.post(reverse("station-counter"), {"q": words}, follow=True)
        assert page.context["door"] == door


@pytest.mark.parametrize("words", ["", " ", "\x00", "9999", "x" * 5000, "---"])
def test_strange_doors_are_no_error(client, staff, home, words):
    client.force_login(staff)
    for method in (client.get, client.post):
        response = method(reverse("station-counter"), {"q": words}, follow=True)
        assert response.status_code == 200
    assert client.post(reverse("station-counter"), {"door": "9" * 30}).status_code == 302


def test_the_doors_of_others_are_not_served(client, stranger, home):
    client.force_login(stranger)
    assert client.post(reverse("station-counter"), {"door": home.pk}).status_code == 404
    page = client.get(reverse("station-counter"), {"q": "1-1-101"})
    assert not page.context["doors"]


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


def test_cash_and_change(client, till, rice, home):
    scan(client, till, "大米")
    page = client.get(pay(client, till, tendered="¥50 元").url)
    text = page.content.decode()
    assert "¥20.20" in text
    assert "收到 ¥50.00，应付 ¥29.80" in text
    receipt = client.get(
        reverse("station-sale-receipt", args=[page.context["sale"].order.number])
    ).content.decode()
    for words in ("大米", "¥29.80", "¥50.00", "¥20.20"):
        assert words in receipt
    assert home.door not in receipt
    assert "1 </b>" not in text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"way": "cash"}, "刚才价格变了，合计已经更新，请再看一眼再收钱。"),
        ({"way": "barter"}, "请选收现金还是账户付。"),
        ({}, "请选收现金还是账户付。"),
        ({"way": "cash", "quick": "x"}, "请填金额，比如 20 或 20.50。"),
    ],
)
def test_a_page_that_was_tampered_with_sells_nothing(client, till, typed, sentence):
    scan(client, till, "大米")
    page = client.post(f"{till}pay/", typed)
    assert page.status_code in {400, 409}
    assert sentence in page.content.decode()
    assert not Order.objects.exists()


def test_a_note_that_was_tapped(client, till):
    scan(client, till, "大米")
    page = client.get(till)
    assert page.context["notes"] == [Decimal(30), Decimal(50), Decimal(100)]
    client.post(pay(client, till, tendered="12", quick="100").url)
    assert CounterSale.objects.get().tendered == Decimal("100.00")


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ("29.79", 409, "收到 ¥29.79，还差 ¥0.01。"),
        ("-1", 400, "金额不能是负的。"),
        ("很多", 400, "请填金额，比如 20 或 20.50。"),
        ("NaN", 400, "请填金额，比如 20 或 20.50。"),
        ("30.001", 400, "金额最多到分。"),
        ("1e3", 400, "请填金额，比如 20 或 20.50。"),
        ("1E+2", 400, "请填金额，比如 20 或 20.50。"),
        ("１ｅ３", 400, "请填金额，比如 20 或 20.50。"),
        ("1_000", 400, "请填金额，比如 20 或 20.50。"),
        ("٣٠", 400, "请填金额，比如 20 或 20.50。"),
        ("999999999", 400, "金额太大了，请看看是不是多按了一位。"),
        ("50 USD", 400, "请填金额，比如 20 或 20.50。"),
        ("\x00", 400, "请填金额，比如 20 或 20.50。"),
    ],
)
def test_money_that_cannot_be_right_keeps_what_was_typed(client, till, typed, status, sentence):
    scan(client, till, "大米")
    page = pay(client, till, tendered=typed)
    assert page.status_code == status
    text = page.content.decode()
    assert sentence in text
    assert f'value="{typed}"' in text
    assert goods(page) == [("大米", 1)]
    assert not Order.objects.exists()


@pytest.mark.parametrize("typed", ["５０．２０", "￥50.2", "50.20元", " ５０.2０ 元"])
def test_money_is_typed_as_people_type_it(client, till, typed):
    scan(client, till, "大米")
    pay(client, till, tendered=typed)
    assert CounterSale.objects.get().tendered == Decimal("50.20")


def test_what_is_missing_is_said_in_yuan_and_fen(client, till):
    scan(client, till, "大米")
    assert "收到 ¥20.00，还差 ¥9.80。" in pay(client, till, tendered="20").text


def test_the_second_tap_shows_the_same_sale(client, till):
    scan(client, till, "大米")
    seen = client.get(till).context["quoted"].seen
    first = client.post(f"{till}pay/", {"way": "cash", "seen": seen})
    again = client.post(f"{till}pay/", {"way": "cash", "seen": seen})
    assert first.url == again.url == client.get(till).url
    assert Order.objects.count() == 1
    assert MoneyMove.objects.filter(kind="payment").count() == 1


def test_two_tabs_are_two_sales(client, till, grid):
    other = client.post(reverse("station-counter"), {"door": factories.household(grid, "9").pk}).url
    scan(client, till, "大米")
    scan(client, other, "鸡蛋")
    assert goods(client.get(till)) == [("大米", 1)]
    assert goods(client.get(other)) == [("鸡蛋", 1)]


def test_a_price_that_changed_is_shown_before_money_is_taken(client, till, rice):
    scan(client, till, "大米")
    seen = client.get(till).context["quoted"].seen
    openings.restate([openings.Opening(rice.record_id, 10, Decimal("31.00"))])
    page = client.post(f"{till}pay/", {"way": "cash", "seen": seen})
    assert page.status_code == 409
    assert "刚才价格变了，合计已经更新" in page.content.decode()
    assert page.context["quoted"].total == Decimal("31.00")
    assert not Order.objects.exists()


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


def test_the_account_is_filled_pays_and_is_paid_back(client, till, home):
    scan(client, till, "大米")
    assert "disabled" in client.get(till).content.decode()
    nonce = client.get(till).context["deposit"].initial["nonce"]
    for _tap in range(2):
        page = client.post(f"{till}deposit/", {"amount": "30", "nonce": nonce}, follow=True)
        assert said(page) == ["充值 ¥30.00，钱收好。"]
    assert goods(page) == [("大米", 1)]
    assert accounts.balance(home) == Decimal("30.00")
    assert "从驿站账户付了" in client.get(pay(client, till, way="account").url).content.decode()
    assert accounts.balance(home) == Decimal("0.20")
    other = client.post(reverse("station-counter"), {"door": home.pk}).url
    back = {"amount": "0.20", "nonce": uuid4(), "back": "1"}
    assert said(client.post(f"{other}deposit/", back, follow=True)) == ["退给住户 ¥0.20。"]
    page = client.post(f"{other}deposit/", back | {"nonce": uuid4()})
    assert page.status_code == 409
    assert "账户只有 ¥0.00" in page.content.decode()
    assert accounts.balance(home) == Decimal("0.00")


@pytest.mark.parametrize("amount", ["", "0", "-5", "abc", "10001", "1.005", "1e2", "1E+2"])
def test_deposits_that_cannot_be_right(client, till, amount):
    page = client.post(f"{till}deposit/", {"amount": amount, "nonce": uuid4()})
    assert page.status_code in {400, 409}
    assert page.context["deposit"].errors["amount"]
    assert not MoneyMove.objects.exists()


def test_an_account_that_is_short_is_said(client, till):
    scan(client, till, "大米")
    page = pay(client, till, way="account")
    assert page.status_code == 409
    assert "账户只有 ¥0.00，不够 ¥29.80。可以先充值，或者换一种付法。" in page.content.decode()


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


def test_a_stranger_sees_no_till_and_no_sale(client, till, staff, stranger):
    scan(client, till, "大米")
    sale = pay(client, till).url
    client.force_login(stranger)
    assert client.get(sale).status_code == client.get(f"{sale}receipt/").status_code == 404
    assert client.get(till).url == reverse("station-counter")
    page = client.get(reverse("station-counter"))
    assert (page.context["count"], page.context["cash"]) == (0, Decimal("0.00"))


def test_the_day_is_added_up(client, till, home, monkeypatch):
    morning = timezone.localtime().replace(hour=8, minute=5)
    monkeypatch.setattr(timezone, "now", lambda: morning)
    scan(client, till, "大米")
    pay(client, till, tendered="100")
    accounts.deposit(
        home, Decimal("10.00"), by=home.grid.station.memberships.get().user, nonce=uuid4()
    )
    page = client.get(reverse("station-counter"))
    assert (page.context["count"], page.context["cash"]) == (1, Decimal("39.80"))
    # What is handed in, given to a fund or banked did not come over the counter.
    station = home.grid.station
    factories.fund(station, "50.00", source="cash")
    entry = {"station_id": station.pk, "amount": Decimal("7.00")}
    kind, account = MoneyMove.Kind, MoneyMove.Account
    with transaction.atomic():
        for what, source, target in (
            (kind.BANKED, account.CASH, account.BANK),
            (kind.DIFFERENCE, account.CASH, account.DIFFERENCE),
        ):
            ledger.post([Entry(kind=what, source=source, target=target, **entry)], by=None)
    assert client.get(reverse("station-counter")).context["cash"] == Decimal("39.80")
    assert "08:05 · 现金" in page.text
    sale = CounterSale.objects.get()
    assert "日 08:05" in client.get(reverse("station-sale", args=[sale.order.number])).text


def test_every_category_of_goods_is_in_sight(client, till):
    assert '<nav class="subnav wraps" aria-label="分类">' in client.get(till).text


@pytest.mark.parametrize("step", ["scan/", "change/", "pay/", "deposit/"])
def test_wrong_methods(client, till, step):
    assert client.get(f"{till}{step}").status_code == 405


def test_the_cost_does_not_grow(client, till, station, home, grid):
    def queries() -> list[int]:
        counts = []
        for address in (till, reverse("station-counter")):
            with CaptureQueriesContext(connection) as taken:
                client.get(address)
            counts.append(len(taken))
        return counts

    def some(count: int) -> None:
        for number in range(count):
            item = factories.item(station, f"货{number}", household_limit=9)
            client.post(f"{till}change/", {"add": item.record_id})
            door = factories.household(grid, f"{number}")
            other = client.post(reverse("station-counter"), {"door": door.pk}).url
            client.post(f"{other}change/", {"add": item.record_id})
            pay(client, other)
            client.get(till)

    some(3)
    before = queries()
    some(4)
    assert queries() == before


def test_the_household_sees_what_it_bought(client, till, resident, neighbour):
    scan(client, till, "2*大米")
    pay(client, till)
    client.force_login(resident)
    text = client.get(reverse("order-list")).content.decode()
    assert "到店买的" in text
    assert "大米 ×2" in text
    assert "¥59.60" in text
    client.force_login(neighbour)
    assert "到店买的" not in client.get(reverse("order-list")).content.decode()


def test_the_household_s_list_costs_the_same_with_many(client, till, home, resident):
    def queries() -> int:
        with CaptureQueriesContext(connection) as taken:
            client.get(reverse("order-list"))
        return len(taken)

    def buy(count: int) -> None:
        client.force_login(home.grid.station.memberships.get().user)
        for _number in range(count):
            other = client.post(reverse("station-counter"), {"door": home.pk}).url
            scan(client, other, "鸡蛋")
            pay(client, other)
        client.force_login(resident)

    buy(1)
    before = queries()
    buy(4)
    assert queries() == before
