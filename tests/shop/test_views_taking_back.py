"""退货 at the counter: which of a sale, how many of it, and where the money goes."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from shop.counter_sales import counter, taking_back
from shop.models import CounterSale
from shop.money import accounts
from tests import factories


@pytest.fixture
def tofu(station):
    return factories.item(station, "豆腐", price="3.00", in_stock=20)


@pytest.fixture
def sale(station, home, tofu, staff):
    order = counter.sell(station, home, {tofu.record_id: 3}, by=staff, way="cash", nonce=uuid4())
    return CounterSale.objects.get(order=order.pk)


@pytest.fixture
def line(sale) -> int:
    return sale.order.lines.get().pk


def there(sale) -> str:
    return reverse("station-sale-back", args=[sale.order.number])


def state(sale, tofu, home) -> tuple:
    tofu.record.refresh_from_db()
    return list(taking_back.left(sale).values()), tofu.record.num_in_stock, accounts.balance(home)


def test_the_sale_leads_there(client, sale, staff):
    client.force_login(staff)
    assert there(sale) in client.get(reverse("station-sale", args=[sale.order.number])).text
    page = client.get(there(sale))
    assert page.context["form"].initial["purse"] == "cash"


@pytest.mark.parametrize(
    ("purse", "sentence", "balance"),
    [
        ("cash", "收回来了，请退给住户现金 ¥6.00。", "0.00"),
        ("account", "收回来了，¥6.00 退进了驿站账户。", "6.00"),
    ],
)
def test_taken_back(client, sale, line, tofu, home, staff, purse, sentence, balance):
    client.force_login(staff)
    said = {f"back-{line}": 2, f"spoiled-{line}": 1, "purse": purse, "nonce": uuid4()}
    for _again in range(2):
        page = client.post(there(sale), said, follow=True)
        assert sentence in page.text
    assert state(sale, tofu, home) == ([1], 18, Decimal(balance))


def test_all_of_it_twice_is_once(client, sale, line, tofu, home, staff):
    client.force_login(staff)
    said = {f"back-{line}": 3, "purse": "cash", "nonce": uuid4()}
    for _again in range(2):
        assert client.post(there(sale), said).status_code == 302
    assert state(sale, tofu, home) == ([0], 20, 0)
    assert "这一笔已经全退了" in client.get(there(sale)).text


@pytest.mark.parametrize(
    ("said", "status", "sentence"),
    [
        ({"back": "0"}, 409, "请填退回来几份。"),
        ({"back": ""}, 409, "请填退回来几份。"),
        ({"back": "4"}, 400, "请填 0 到 3 的整数。"),
        ({"back": "-1"}, 400, "请填 0 到 3 的整数。"),
        ({"back": "x"}, 400, "请填 0 到 3 的整数。"),
        ({"back": "1", "spoiled": "2"}, 409, "豆腐退回来 1 份，坏了的不能比这多。"),
        ({"back": "1", "purse": "mine"}, 400, "请选退现金还是退到账户。"),
    ],
)
def test_bad_input_is_one_sentence(client, sale, line, tofu, home, staff, said, status, sentence):
    client.force_login(staff)
    said = {"purse": "cash", "spoiled": "", **said}
    typed = {"purse": said["purse"], "nonce": uuid4()}
    typed |= {f"{name}-{line}": said[name] for name in ("back", "spoiled")}
    page = client.post(there(sale), typed)
    assert (page.status_code, sentence in page.text) == (status, True)
    assert state(sale, tofu, home) == ([3], 17, 0)


def test_a_page_without_its_number_is_refused(client, sale, line, tofu, home, staff):
    client.force_login(staff)
    assert client.post(there(sale), {f"back-{line}": 1, "purse": "cash"}).status_code == 400
    assert state(sale, tofu, home) == ([3], 17, 0)


@pytest.mark.parametrize("who", ["resident", "leader", "courier", "stranger"])
def test_nobody_else(client, request, sale, line, tofu, home, who):
    client.force_login(request.getfixturevalue(who))
    said = {f"back-{line}": 1, "purse": "cash", "nonce": uuid4()}
    assert client.get(there(sale)).status_code in {403, 404}
    assert client.post(there(sale), said).status_code in {403, 404}
    assert state(sale, tofu, home) == ([3], 17, 0)


def test_after_a_return_the_old_change_is_not_in_the_way(client, staff, line, sale):
    CounterSale.objects.filter(pk=sale.pk).update(tendered=Decimal("20.00"))
    client.force_login(staff)
    there_it_is = reverse("station-sale", args=[sale.order.number])
    assert '<p class="huge">¥11.00</p>' in client.get(there_it_is).text
    client.post(there(sale), {f"back-{line}": 2, "purse": "cash", "nonce": uuid4()})
    page = client.get(there_it_is)
    assert '<p class="huge">' not in page.text
    assert "卖的时候找零 ¥11.00" in page.text
    assert "<dt>退给住户现金</dt><dd>¥6.00</dd>" in page.text
    assert "还给互助金" not in page.text


def test_what_came_back_says_what_was_the_funds(client, station, home, tofu, staff):
    factories.grant(factories.fund(station, "20.00"), "0.5", item=tofu)
    order = counter.sell(station, home, {tofu.record_id: 2}, by=staff, way="cash", nonce=uuid4())
    sale = CounterSale.objects.get(order=order.pk)
    line = sale.order.lines.get().pk
    client.force_login(staff)
    client.post(there(sale), {f"back-{line}": 2, "purse": "account", "nonce": uuid4()})
    page = client.get(reverse("station-sale", args=[order.number]))
    assert "<dt>退到驿站账户</dt><dd>¥3.00</dd>" in page.text
    assert "<dt>还给互助金</dt><dd>¥3.00</dd>" in page.text
