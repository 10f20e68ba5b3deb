"""How many queries the pages on the way to an order may take, whatever is in the basket."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_model

from delivery.models import GridRole, Wish
from inventory.models import Item
from shop import baskets, ordering
from shop.models import Announcement, LineTerms, OrderedBundle
from tests import factories
from tests.shop.test_views_shop import change, checkout_fields

Basket = get_model("basket", "Basket")
Category = get_model("catalogue", "Category")
Order = get_model("order", "Order")

PAGE, PLACING = 12, 15
#: In a test the order's own transaction is a savepoint, made and released.
SAVEPOINT = 2


@pytest.fixture
def open_round(station):
    return factories.round(station, closes_in=5)


@pytest.fixture
def as_resident(client, resident):
    client.force_login(resident)
    return client


@pytest.fixture
def shelf(db):
    return Category.objects.add_root({"name": "菜"})


@pytest.fixture(params=[3, 23])
def basket(request, as_resident, station, grid, home, resident, manager, shelf, open_round):
    """Lines of everything at once: from stock, pre-ordered, limited, a bundle with a limited part
    that is also there loose, favourites. The door has ordered before and reads announcements."""
    for number in range(request.param - 1):
        kind = {
            "selling": Item.Selling.PREORDER if number % 2 else Item.Selling.STOCK,
            "household_limit": 9 if number % 3 else None,
        }
        item = factories.item(station, f"菜 {number}", **kind)
        item.record.product.categories.add(shelf)
        change(as_resident, item, 1)
        as_resident.post(reverse("favourite"), {"keep": f"{item.pk}:1"})
    order(as_resident)
    for line in Order.objects.get().lines.all():
        change(as_resident, line.stockrecord.item, 1)
    part = factories.item(station, "蛋", household_limit=9)
    made = factories.bundle(station, {part: 2, item: 1}, "菜套餐")
    made.record.product.categories.add(shelf)
    change(as_resident, made, 1)
    for _number in range(request.param):
        Announcement.objects.create(station=station, text="有事", by=manager)
    return request.param


def order(client, **fields):
    response = client.post(reverse("checkout"), checkout_fields(client) | fields)
    assert response.status_code == 302


def queries(ask) -> int:
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


@pytest.mark.parametrize("leads", [False, True])
@pytest.mark.parametrize("asked", ["", "?category={shelf}", "?category=kept", "?q=菜"])
def test_browsing_in_every_state(
    as_resident, resident, grid, open_round, basket, shelf, asked, leads
):
    if leads:
        GridRole.objects.create(user=resident, grid=grid)
    address = reverse("home") + asked.format(shelf=shelf.pk)
    pages = []

    def look():
        pages.append(as_resident.get(address))

    def count() -> int:
        return pages[-1].context["basket_summary"]["count"]

    assert queries(look) <= PAGE
    assert count() == basket
    assert sum(good.in_basket for good in pages[-1].context["page"].goods) >= basket - 1
    order(as_resident)
    before = Basket.objects.count()
    assert queries(look) <= PAGE, "the first page after an order"
    assert count() == 0
    assert Basket.objects.count() == before, "nobody put anything into a new basket"
    type(open_round).objects.update(closes_at=timezone.now() - timedelta(minutes=1))
    assert queries(look) <= PAGE, "nothing takes orders"


def test_the_checkout_page(as_resident, basket):
    def look():
        page = as_resident.get(reverse("checkout"))
        assert len(page.context["lines"]) == basket

    assert queries(look) <= PAGE


def test_the_checkout_page_of_an_empty_basket(as_resident, home, open_round):
    def look():
        assert "篮子是空的" in as_resident.get(reverse("checkout")).text

    assert queries(look) <= PAGE
    assert Basket.objects.count() == 0


def test_placing_with_a_bundle_wishes_and_preorders(as_resident, resident, home, basket):
    fields = checkout_fields(as_resident)
    for line in baskets.glance(resident, home):
        fields[f"wish-{line.record_id}"] = Wish.NONE

    def place():
        assert as_resident.post(reverse("checkout"), fields).status_code == 302

    assert queries(place) - SAVEPOINT <= PLACING
    assert OrderedBundle.objects.count() == 1
    placed = Order.objects.latest("pk")
    assert LineTerms.objects.filter(line__order=placed).count() == basket


def test_a_plain_order_takes_less(as_resident, station, home, open_round):
    change(as_resident, factories.item(station), 1)
    fields = checkout_fields(as_resident)

    def place():
        assert as_resident.post(reverse("checkout"), fields).status_code == 302

    assert queries(place) - SAVEPOINT == PLACING - 2


def test_a_glance_agrees_with_a_look(as_resident, resident, home, basket):
    seen = baskets.lines(baskets.for_door(resident, home))
    glanced = baskets.glance(resident, home)
    assert [(line.record_id, line.quantity, line.total) for line in glanced] == [
        (line.record_id, line.quantity, line.total) for line in seen
    ]


def test_another_doors_basket_is_not_placed_for_this_one(resident, grid, station, open_round):
    """`own`: what the checkout relies on instead of asking before."""
    other = factories.household(grid)
    basket = baskets.for_door(resident, other)
    baskets.set_quantity(basket, factories.item(station).record_id, 1)
    home = resident.person.household
    with pytest.raises(ordering.RoundNotOpen):
        ordering.place(basket, household=home, round=open_round, by=resident, own=True)
    stranger = factories.user()
    with pytest.raises(ordering.RoundNotOpen):
        ordering.place(basket, household=other, round=open_round, by=stranger, own=True)
    assert Order.objects.count() == 0
    assert ordering.place(basket, household=other, round=open_round, by=resident, own=True)
