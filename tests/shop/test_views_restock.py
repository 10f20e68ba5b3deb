"""该买什么: the proposal as a page, from what was ordered to the button that places it."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from delivery import rounds
from inventory.models import Item, Purchase
from inventory.purchases import purchasing
from shop import baskets, ordering
from tests import factories


@pytest.fixture
def round(station):
    return factories.round(station, "早市")


@pytest.fixture
def farm(station):
    return factories.supplier(station, "青浦菜场", minimum_order=Decimal("300"))


@pytest.fixture
def fish(station, farm):
    item = factories.item(
        station, "鲈鱼", unit="条", price="22.40", in_stock=0, selling=Item.Selling.PREORDER
    )
    factories.offer(farm, item, 5, pack_price=Decimal("110.00"))
    return item


@pytest.fixture
def salt(station):
    return factories.item(station, "盐", unit="袋", in_stock=3, minimum=10)


@pytest.fixture
def ordered(round, grid, fish):
    """Two doors wait for twelve fish."""
    for quantity in (7, 5):
        household = factories.household(grid)
        someone = factories.resident(household)
        basket = baskets.for_door(someone, household)
        baskets.set_quantity(basket, fish.record_id, quantity)
        ordering.place(basket, household=household, round=round, by=someone)


@pytest.fixture
def look(client, staff):
    client.force_login(staff)

    def at(name="station-restock", *args, **query):
        return client.get(reverse(name, args=args), query)

    return at


def words(page) -> str:
    """The page's text as it is read, blanks collapsed."""
    return " ".join(page.content.decode().split())


def test_each_supplier_has_a_card_with_the_reason_in_one_line(look, farm, fish, salt, ordered):
    page = look()
    [card] = page.context["cards"]
    [(line, field)] = card["rows"]
    assert card["proposal"].supplier == farm
    assert (line.needed, line.packs, field.value()) == (12, 3, 3)
    text = words(page)
    assert "住户在等 12 − 架上 0 = 缺 12 条" in text
    assert [line.title for line in page.context["unknown"]] == ["盐"]
    assert "最低 10 − 架上 3 = 缺 7 袋" in text
    # 330 yuan are enough for the 300 they deliver from.
    assert card["proposal"].cost == Decimal("330.00")
    assert "data-below hidden" in text


def test_the_card_sends_what_it_shows(look, client, farm, fish, ordered):
    card = look().context["cards"][0]
    form = card["form"]
    said = {name: form[name].value() for name in ("nonce", "seen", f"packs-{fish.pk}")}
    page = client.post(reverse("station-purchase-new", args=[farm.pk]), said | {"place": "1"})
    assert page.status_code == 302
    assert Purchase.objects.get().status == "placed"
    assert look().context["cards"] == []


def test_what_is_on_a_draft_is_not_suggested_again(look, station, farm, fish, ordered, staff):
    purchasing.draft(station, farm, [(fish.pk, 2, 5, None)], by=staff)
    page = look()
    [(line, field)] = page.context["cards"][0]["rows"]
    assert (line.drafted, line.needed, field.value()) == (10, 12, 1)
    assert "草稿单上已有 10 条" in words(page)
    assert page.context["cards"][0]["proposal"].below_minimum == Decimal("190.00")
    assert "还差 <output data-lack>¥190.00</output>" in words(page)


def test_only_the_chosen_rounds_count(look, station, round, fish, ordered):
    other = factories.round(station, "晚市")
    rounds.close(round)
    page = look(round=round.pk)
    assert page.context["chosen"] == {round.pk}
    assert page.context["cards"][0]["proposal"].lines[0].needed == 12
    # A round in which nobody waits, or none at all: all of them.
    for typed in (other.pk, "x", "9" * 30, "１"):
        assert look(round=typed).context["chosen"] == {round.pk}


def test_too_late_for_the_round(look, station, round, farm, fish, ordered):
    farm.lead_days = 0
    farm.save()
    assert look().context["cards"][0]["late"] == []
    farm.lead_days = 3
    farm.save()
    page = look()
    assert page.context["cards"][0]["late"] == [round]
    assert "赶不上“早市”" in words(page)


def test_after_the_cut_off_the_page_says_so(look, farm, fish, ordered):
    farm.cut_off = (timezone.localtime() - timedelta(minutes=2)).time()
    farm.save()
    assert "已经过了，现在下单" in words(look())


def test_nothing_to_buy(look, station):
    assert "现在什么都不用买" in words(look())


def test_one_tap_away_is_who_waits(look, fish, ordered):
    page = look("station-demand", fish.pk)
    text = words(page)
    assert "早市，2 户在等" in text
    assert [door.units for door, _name in page.context["doors"]] == [7, 5]
    assert page.context["line"].needed == 12


def test_the_spreadsheet(look, fish, salt, ordered):
    answer = look("station-restock-export")
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert book.sheetnames == ["青浦菜场", "还没有供应商"]
    _header, line = book["青浦菜场"].values
    assert line == ("鲈鱼", "条", 12, 0, 0, 0, 12, 3, 5, 110, 330)


def test_other_stations_goods_are_not_shown(client, stranger, fish, ordered):
    client.force_login(stranger)
    page = client.get(reverse("station-restock"))
    assert (page.context["cards"], page.context["rounds"]) == ([], [])
    assert client.get(reverse("station-demand", args=[fish.pk])).status_code == 404


@pytest.mark.parametrize("name", ["station-restock", "station-demand", "station-restock-export"])
def test_the_cost_does_not_grow(look, station, grid, farm, fish, round, name):
    def queries(more: int) -> int:
        for number in range(more):
            item = factories.item(station, f"货{number}", in_stock=0, selling=Item.Selling.PREORDER)
            if number % 2:
                factories.offer(farm, item)
            else:
                factories.offer(factories.supplier(station), item)
            household = factories.household(grid)
            someone = factories.resident(household)
            basket = baskets.for_door(someone, household)
            for good in (item, fish):
                baskets.set_quantity(basket, good.record_id, 2)
            ordering.place(basket, household=household, round=round, by=someone)
        with CaptureQueriesContext(connection) as taken:
            look(name, *([fish.pk] if name == "station-demand" else []))
        return len(taken)

    queries(1)
    assert queries(3) == queries(20)
