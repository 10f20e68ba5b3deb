"""What a household is told about its order, from the basket to the door."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from unittest.mock import patch
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from delivery import batches, handoffs, rounds
from delivery.models import Round, Volunteer
from shop import baskets, ordering, stories, tracking
from tests import factories

TEN = datetime(2026, 3, 4, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def at(minutes: int):
    """The clock stands so many minutes after the batch of `walking` set out."""
    return patch.object(timezone, "now", return_value=TEN + timedelta(minutes=minutes))


@pytest.fixture
def greens(station):
    return factories.item(station, "上海青", in_stock=50)


@pytest.fixture
def open_round(station):
    return factories.round(station)


@pytest.fixture
def order_of(greens, open_round):
    def _order(user, household):
        basket = baskets.for_door(user, household)
        baskets.set_quantity(basket, greens.record_id, 1)
        return ordering.place(basket, household=household, round=open_round, by=user)

    return _order


@pytest.fixture
def first(order_of, resident, home):
    return order_of(resident, home)


@pytest.fixture
def second(order_of, neighbour):
    return order_of(neighbour, neighbour.person.household)


@pytest.fixture
def out(first, second, open_round, manager, courier):
    """Both orders on their way: home is the first stop, the neighbour the second."""
    rounds.close(open_round)
    [batch] = batches.plan(open_round, manager).batches
    batches.give(batch, Volunteer.objects.get(user=courier), manager)
    batches.pack(batch, manager)
    batches.start(batch, courier)
    return batch


def told(order) -> tracking.Track:
    return tracking.of(type(order).objects.get(pk=order.pk))


def hand(batch, position, courier, outcome, **said):
    stop = batch.stops.get(position=position)
    return handoffs.record(stop, outcome=outcome, nonce=uuid4(), by=courier, **said)


def words(track) -> list[tuple[str, str]]:
    return [(step.words, step.state) for step in track.steps]


def test_just_placed(first):
    track = told(first)
    assert track.answer == "已下单"
    assert track.can_cancel
    assert track.can_change
    assert re.fullmatch(r"(今天|明天) \d+:\d\d–\d+:\d\d", track.when)
    assert (track.detail, track.late) == ("送到您家门口", False)
    assert words(track) == [("下单", "done"), ("装好", ""), ("志愿者在送", ""), ("送到", "")]


def test_on_the_way_says_which_stop_it_is(first, second, out, courier):
    track = told(second)
    assert track.answer == "在路上"
    assert track.detail == "您是第 2 户，共 2 户，前面还有 1 户"
    assert words(track) == [
        ("下单", "done"),
        ("截单，开始备货", "done"),
        ("已装好", "done"),
        ("志愿者小褚在送", "now"),
        ("送到", ""),
    ]
    assert all(step.at for step in track.steps[:-1])
    hand(out, 1, courier, "left")
    assert told(second).detail == "您是第 2 户，共 2 户，下一户就是您家"


@pytest.mark.parametrize(
    ("outcome", "answer"), [("left", "已放在门口"), ("handed", "已当面交给您家")]
)
def test_delivered_says_how(first, out, courier, outcome, answer):
    hand(out, 1, courier, outcome)
    track = told(first)
    assert track.answer == answer
    assert words(track)[-1] == (answer, "done")
    assert not track.can_cancel


def test_a_failed_try_and_the_next_one_are_both_told(first, out, open_round, courier, manager):
    hand(out, 1, courier, "failed", reason="nobody")
    track = told(first)
    assert (track.answer, track.detail) == ("没送成", "没人应门，包裹在驿站，会安排再送一次。")
    assert words(track)[-3:] == [("没送成", "bad"), ("志愿者在送", ""), ("送到", "")]
    hand(out, 2, courier, "left")
    [again] = batches.plan(open_round, manager).batches
    batches.give(again, Volunteer.objects.get(user=courier), manager)
    batches.pack(again, manager)
    batches.start(again, courier)
    hand(again, 1, courier, "left")
    assert [step.words for step in told(first).steps] == [
        "下单",
        "截单，开始备货",
        "已装好",
        "志愿者小褚在送",
        "没送成",
        "志愿者小褚在送",
        "已放在门口",
    ]


def test_what_was_refused_is_not_promised_again(first, out, courier):
    hand(out, 1, courier, "failed", reason="refused")
    assert told(first).detail == "记的是“不要了”，东西在驿站，驿站会和您联系。"


def test_a_corrected_slip_is_told_as_it_is(first, out, courier):
    said = hand(out, 1, courier, "left")
    handoffs.correct(said, outcome="failed", reason="nobody", nonce=uuid4(), by=courier)
    assert told(first).answer == "没送成"


def test_a_leaders_order_says_who_placed_it(order_of, leader, grid):
    silent = factories.household(grid, "1", "2", "201", floor=2)
    assert words(told(order_of(leader, silent)))[0] == ("郑网格长 帮您下单", "done")


def test_cancelled(first, resident):
    ordering.cancel(first, by=resident)
    track = told(first)
    assert track.cancelled
    assert words(track) == [("下单", "done"), ("已取消", "bad")]


def test_before_the_first_door_nobody_can_say_when(second, out):
    track = told(second)
    assert track.when == ""
    assert track.hint == "刚出发，送完第一户就能估出大约几点到。"


def test_from_the_first_door_on_the_pace_says_when(second, walking, courier):
    """Ten minutes to the first door, so ten more to the second, give or take ten."""
    with at(minutes=10):
        hand(walking, 1, courier, "left")
    with at(minutes=12):
        track = told(second)
    assert track.when == "大约 10:10–10:30"
    assert track.detail == "您是第 2 户，共 2 户，下一户就是您家"
    assert not track.late


@pytest.mark.parametrize(("until", "late"), [(29, True), (30, False)])
def test_what_will_come_after_its_window_is_late(second, walking, courier, until, late):
    with at(minutes=10):
        hand(walking, 1, courier, "left")
    Round.objects.update(
        opens_at=TEN - timedelta(hours=9),
        closes_at=TEN - timedelta(hours=5),
        delivers_from=TEN,
        delivers_to=TEN + timedelta(minutes=until),
    )
    with at(minutes=12):
        assert told(second).late is late


def test_after_a_long_silence_nobody_can_say_when(second, walking, courier):
    with at(minutes=10):
        hand(walking, 1, courier, "left")
    with at(minutes=51):
        track = told(second)
    assert track.when == ""
    assert track.hint == "有一阵没有消息了，志愿者可能没信号，几点到现在说不准。"


@pytest.fixture
def walking(first, second, open_round, manager, courier):
    """As `out`, since ten o'clock."""
    rounds.close(open_round)
    [batch] = batches.plan(open_round, manager).batches
    batches.give(batch, Volunteer.objects.get(user=courier), manager)
    batches.pack(batch, manager)
    with at(minutes=0):
        batches.start(batch, courier)
    return batch


def test_a_window_that_is_over_is_said_to_be(first, open_round):
    rounds.close(open_round)
    Round.objects.update(
        opens_at=hours_ago(9),
        closes_at=hours_ago(5),
        delivers_from=hours_ago(4),
        delivers_to=hours_ago(1),
    )
    track = told(first)
    assert track.late
    assert track.detail == "比说好的晚了，还没有出发，几点到现在说不准。"


def hours_ago(hours: int):
    return timezone.now() - timedelta(hours=hours)


def test_until_the_clock_says_so_it_can_be_cancelled_and_not_a_second_longer(first):
    assert told(first).can_cancel
    Round.objects.update(opens_at=hours_ago(9), closes_at=hours_ago(1))
    assert not told(first).can_cancel, "the task that closes it may be late"


def test_what_was_written_down_at_the_door(first, out, courier):
    said = hand(out, 1, courier, "left")
    proof = told(first).proof
    assert (proof.words, proof.at, proof.courier) == ("已放在门口", said.tapped_at, "志愿者小褚")
    assert not proof.corrected
    handoffs.correct(said, outcome="handed", nonce=uuid4(), by=courier)
    proof = told(first).proof
    assert (proof.words, proof.corrected) == ("已当面交给您家", True)


def test_what_was_not_delivered_has_no_proof(first, second, out, courier):
    assert told(second).proof is None
    hand(out, 1, courier, "failed", reason="nobody")
    assert told(first).proof is None


def test_an_order_and_its_stop_are_told_as_of_one_time(first, out, courier, monkeypatch):
    """The courier puts it down between our look at the order and our look at the stop."""
    look = stories._load

    def meanwhile(order):
        monkeypatch.setattr(stories, "_load", look)
        hand(out, 1, courier, "handed")
        return look(order)

    monkeypatch.setattr(stories, "_load", meanwhile)
    track = told(first)
    assert track.answer == "已当面交给您家"
    assert words(track)[-1] == ("已当面交给您家", "done")


def test_the_order_goes_on_as_it_was_told(first, out, courier):
    old = type(first).objects.get(pk=first.pk)
    hand(out, 1, courier, "left")
    assert old.status == "on the way"
    tracking.of(old)
    assert old.status == "delivered"


@pytest.mark.parametrize("lines", [3, 23])
def test_an_orders_page_costs_at_most_12_queries(
    client, station, open_round, resident, home, courier, manager, lines
):
    basket = baskets.for_door(resident, home)
    for number in range(lines):
        baskets.set_quantity(basket, factories.item(station, f"货 {number}").record_id, 1)
    order = ordering.place(basket, household=home, round=open_round, by=resident)
    client.force_login(resident)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page = client.get(reverse("order-detail", args=[order.number]))
            assert page.text.count("货 ") == lines
        return len(captured)

    costs = {"placed": queries()}
    rounds.close(open_round)
    [batch] = batches.plan(open_round, manager).batches
    batches.give(batch, Volunteer.objects.get(user=courier), manager)
    batches.pack(batch, manager)
    batches.start(batch, courier)
    costs["on the way"] = queries()
    hand(batch, 1, courier, "left", cash=Decimal(3 * lines))
    costs["delivered"] = queries()
    assert max(costs.values()) <= 12, costs


def test_an_order_that_moves_on_while_the_page_is_made(first, out):
    """The page had read it as just placed; what is told of it is of one moment all the same."""
    assert first.status == "placed"
    track = tracking.of(first)
    assert (track.answer, track.can_cancel) == ("在路上", False)
    assert words(track) == words(told(first))
    assert [word for word, _state in words(track)].count("装好") <= 1
    assert words(track)[-1] == ("送到", "")
