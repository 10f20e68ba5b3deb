"""What a door bought over the counter, as its household sees it, and as others do not."""

from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.shop.counter_sales.serving import pay, scan


def test_a_stranger_sees_no_till_and_no_sale(client, till, staff, stranger):
    scan(client, till, "大米")
    sale = pay(client, till).url
    client.force_login(stranger)
    assert client.get(sale).status_code == client.get(f"{sale}receipt/").status_code == 404
    assert client.get(till).url == reverse("station-counter")
    page = client.get(reverse("station-counter"))
    assert (page.context["count"], page.context["cash"]) == (0, Decimal("0.00"))


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
