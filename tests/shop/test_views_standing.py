"""每波都要, as households meet it: begun from an order or the basket, seen, changed, stopped."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from delivery.models import Wish
from shop import baskets, standing
from shop.models import StandingOrder, StandingRun
from tests import factories
from tests.shop.orders import place

NEW, STANDING = reverse("standing-new"), reverse("standing")


@pytest.fixture
def round(station):
    return factories.round(station, "今日第二波")


@pytest.fixture
def greens(station):
    return factories.item(station, "上海青", price="6.40", in_stock=40)


@pytest.fixture
def eggs(station):
    return factories.item(station, "鲜鸡蛋", price="24.80", in_stock=9, unit="板")


@pytest.fixture
def as_resident(client, resident):
    client.force_login(resident)
    return client


@pytest.fixture
def stands(home, resident, greens):
    """Two of the greens in every round."""
    return standing.start(home, {greens.pk: (2, Wish.NONE)}, by=resident, note="轻放")


def said(page, **more) -> dict:
    """What the page's form sends."""
    return {"units": page.context["units"], "way": "door", "save": "1"} | more


def asked(household) -> dict[str, tuple[int, str]]:
    found = standing.of(household)
    return {
        line.item.record.product.title: (line.units, line.wish)
        for line in (found.lines.all() if found else ())
    }


def test_from_the_basket(as_resident, home, resident, greens, eggs):
    basket = baskets.for_door(resident, home)
    for good, units in ((greens, 2), (eggs, 1)):
        baskets.set_quantity(basket, good.record_id, units)
    page = as_resident.get(NEW)
    assert '按今天的价，每波</dt><dd aria-live="polite">¥37.60' in page.text
    more = {"wish": "similar", "in_person": "1", "note": "家有老人，请敲三下"}
    done = as_resident.post(NEW, said(page, **more), follow=True)
    assert "记住了。从下一波开始接单起，每波自动下单。" in done.text
    assert asked(home) == {"上海青": (2, "similar"), "鲜鸡蛋": (1, "similar")}
    found = StandingOrder.objects.get()
    assert (found.by, found.way, found.in_person) == (resident, "door", True)
    assert "家有老人，请敲三下" in done.text


def test_from_an_order(as_resident, home, resident, round, greens, eggs):
    order = place(round, home, (greens, 3))
    page = as_resident.get(reverse("order-detail", args=[order.number]))
    assert f'href="{NEW}?order={order.number}"' in page.text
    page = as_resident.get(NEW, {"order": order.number})
    as_resident.post(NEW, said(page))
    assert asked(home) == {"上海青": (3, "less")}


def test_changing_replaces_what_there_was(as_resident, home, stands, greens):
    page = as_resident.get(f"{NEW}?change")
    assert 'value="轻放"' in page.text
    fields = said(page, set=f"{greens.pk}:4", note="慢点")
    del fields["save"]
    page = as_resident.post(NEW, fields)
    assert "<output>4</output>" in page.text
    assert 'value="慢点"' in page.text, "what was typed stays"
    assert asked(home) == {"上海青": (2, "none")}
    as_resident.post(NEW, said(page))
    assert asked(home) == {"上海青": (4, "less")}
    assert StandingOrder.objects.filter(active=True).count() == 1


def test_what_is_down_to_nothing_is_left_out(as_resident, home, resident, greens, eggs):
    units = f"{greens.pk}:2,{eggs.pk}:0"
    as_resident.post(NEW, {"units": units, "way": "door", "save": "1"})
    assert asked(home) == {"上海青": (2, "less")}


def test_it_says_what_became_of_it_in_every_round(as_resident, stands, round, home, greens):
    order = place(round, home, (greens, 2))
    StandingRun.objects.create(standing=stands, round=round, outcome="ordered", order=order)
    tomorrow = factories.round(round.station, "明早")
    StandingRun.objects.create(standing=stands, round=tomorrow, outcome="unpaid")
    text = as_resident.get(STANDING).text
    assert f'href="{reverse("order-detail", args=[order.number])}"' in text
    assert "下好了 ›" in text
    assert "账户里的钱不够" in text


def test_stopping(as_resident, stands, home):
    done = as_resident.post(reverse("standing-stop"), follow=True)
    assert "停了，以后不会自动下单。" in done.text
    assert "还没有定" in done.text
    assert asked(home) == {}
    assert as_resident.post(reverse("standing-stop")).status_code == 302, "again is nothing"
    assert as_resident.get(reverse("standing-stop")).status_code == 405


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"way": "stripe"}, "请选一种付款方式。"),
        ({"way": ""}, "请选一种付款方式。"),
        ({"wish": "more"}, "万一不够时怎么办，请从三样里选一样。"),
        ({"note": "x" * 101}, "最多写 100 个字。"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_begins(as_resident, home, greens, fields, words):
    sent = {"units": f"{greens.pk}:2", "way": "door", "save": "1"} | fields
    page = as_resident.post(NEW, sent)
    assert page.status_code == 400
    assert words in page.text
    assert "上海青" in page.text, "what was chosen stays"
    assert asked(home) == {}


@pytest.mark.parametrize("units", ["x", "1:2,", "\x00", "1:-1", "9" * 30 + ":1"])
def test_what_cannot_be_read_is_no_error_page(as_resident, home, units):
    page = as_resident.post(NEW, {"units": units, "way": "door", "save": "1"})
    assert page.status_code == 400
    assert asked(home) == {}


def test_another_stations_goods_are_not_ours(as_resident, home, other_station):
    theirs = factories.item(other_station, "别村的")
    page = as_resident.post(NEW, {"units": f"{theirs.pk}:1", "way": "door", "save": "1"})
    assert page.status_code == 409
    assert "别村的" not in page.text
    assert asked(home) == {}


@pytest.mark.parametrize("who", ["neighbour", "stranger"])
def test_everybody_sees_and_stops_their_own_only(client, stands, round, greens, home, request, who):
    order = place(round, home, (greens, 2))
    client.force_login(request.getfixturevalue(who))
    assert "上海青" not in client.get(STANDING).text
    assert client.get(NEW, {"order": order.number}).status_code == 404
    client.post(reverse("standing-stop"))
    assert asked(home) == {"上海青": (2, "none")}


@pytest.mark.parametrize("lines", [3, 23])
def test_the_pages_cost_at_most_12_queries(as_resident, home, resident, station, lines):
    goods = {factories.item(station, f"货 {number}").pk: (1, Wish.LESS) for number in range(lines)}
    standing.start(home, goods, by=resident)
    for address in (STANDING, f"{NEW}?change"):
        with CaptureQueriesContext(connection) as captured:
            assert as_resident.get(address).text.count("货 ") >= lines
        assert len(captured) <= 12, address
