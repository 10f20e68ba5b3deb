"""What is kept or printed for others is in the language of the station, whoever taps in which."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from delivery import registrations, rounds
from delivery.forms import next_round
from delivery.models import Registration
from inventory.purchases import purchasing, sheets
from inventory.words import written
from shop import standing
from shop.claims import claiming
from shop.messaging import news, templates
from shop.models import Message
from tests import factories
from tests.shop.doors import hand_out, send_out
from tests.shop.orders import place

ENGLISH = {"accept-language": "en"}


@pytest.fixture
def round(station):
    return factories.round(station, "早市", opens_in=-3, closes_in=1)


@pytest.fixture
def eggs(station):
    return factories.item(station, "鸡蛋", price="10.00")


def texts(home) -> list[str]:
    return list(
        Message.objects.filter(household=home).order_by("pk").values_list("text", flat=True)
    )


def post(client, who, name, about, **said):
    client.force_login(who)
    answer = client.post(reverse(name, args=[about]), said, headers=ENGLISH, follow=True)
    assert '<html lang="en"' in answer.content.decode()
    return answer


def test_an_english_courier_and_a_chinese_household(
    client, round, eggs, home, resident, courier, manager
):
    order = place(round, home, (eggs, 1))
    [stop] = send_out(round, courier, manager)
    post(client, courier, "courier-handoff", stop.pk, outcome="left", nonce=uuid4())
    said = {"kind": "damaged", "units": 1, "by": resident, "nonce": uuid4()}
    claim = claiming.make(order.lines.get(), **said)
    post(client, manager, "station-claim", claim.pk, decision="decline", answer="看过了，是好的")
    assert texts(home) == [
        "您订的东西在路上了，请留意敲门。",
        "送到了，放在门口，请尽快拿进屋。",
        f"您反映的问题，驿站答复了（订单 {order.number}）。",
    ]


def test_an_english_failure_is_told_in_chinese(
    client, round, eggs, home, resident, courier, manager
):
    place(round, home, (eggs, 1))
    [stop] = send_out(round, courier, manager)
    said = {"outcome": "failed", "reason": "nobody", "nonce": uuid4()}
    post(client, courier, "courier-handoff", stop.pk, **said)
    assert texts(home)[-1] == "没能送到：没人应门。驿站会再联系您。"


def test_rounds_and_standing_orders(station, round, eggs, home, resident):
    standing.start(home, {eggs.pk: (1, "less")}, by=resident)
    rounds.close(round)
    evening = factories.round(station, "晚市", opens_in=0, closes_in=2)
    with translation.override("en"):
        news.of_rounds()
        standing.run_due(timezone.now() + timedelta(seconds=1))
    [opened, ordered] = texts(home)
    assert opened.startswith("晚市开始接单了，")
    assert ordered.startswith("晚市给您下好了：鸡蛋 ×1，一共 ¥10.00。")
    assert evening.events.count() == 0


def test_what_a_phone_gets():
    with translation.override("en"):
        said = templates.ALL["code"].text({"code": "123456"})
    assert said.startswith("验证码 123456，")


def test_the_name_of_a_round_that_is_planned(station):
    with translation.override("en"):
        assert "月" in next_round(station)["name"]


def test_needs_that_come_together(grid, manager):
    door = factories.household(grid, "1", "1", "301", needs="独居")
    wrote = factories.registration(grid, "1", unit="1", room="301", needs="要配药", by=manager)
    taken = registrations.Taken(needs=True)
    with translation.override("en"):
        registrations.merge(wrote, door, taken, by=manager)
    door.refresh_from_db()
    assert door.needs == "独居；要配药"


def test_what_nobody_looked_at(grid, manager):
    old = factories.registration(grid, by=manager)
    Registration.objects.update(at=timezone.now() - registrations.KEPT - timedelta(days=1))
    with translation.override("en"):
        registrations.forget_old()
    old.refresh_from_db()
    assert old.reason.endswith("天没有人处理")


def test_what_the_supplier_reads(client, station, eggs, manager):
    supplier = factories.supplier(station)
    purchase = purchasing.draft(station, supplier, [(eggs.pk, 2, 10, None)], by=manager)
    with translation.override("en"):
        assert "1. 鸡蛋 ×2 件（一件 10 " in sheets.message(purchase, purchase.lines.all())
    paper, around = printed(client, manager, "station-purchase-print", purchase.pk)
    assert ("收货人" in paper, "Received by" in paper, "Back" in around) == (True, False, True)


def test_what_is_printed_for_households(client, round, eggs, home, resident, courier, manager):
    place(round, home, (eggs, 1))
    hand_out(send_out(round, courier, manager), courier)
    paper, around = printed(client, manager, "station-round-receipts", round.pk)
    assert ("货款就是进价，不加价。" in paper, "Goods are sold" in paper) == (True, False)
    assert "Back" in around
    poster = factories.registration(home.grid, "1", by=manager).poster
    paper, around = printed(client, manager, "poster-print", poster.pk)
    assert ("扫一扫，登记您家" in paper, "Back" in around) == (True, True)


def printed(client, who, name, about) -> tuple[str, str]:
    """The paper, and the page around it."""
    client.force_login(who)
    page = client.get(reverse(name, args=[about]), headers=ENGLISH).content.decode()
    around, paper = page.split(' lang="zh-hans">', 1)
    return paper, around


def test_written_gives_the_language_back():
    with translation.override("en"):
        with written():
            assert translation.get_language() == "zh-hans"
        assert translation.get_language() == "en"
