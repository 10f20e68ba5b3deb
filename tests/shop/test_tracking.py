"""What a household is told about its order, from the basket to the door."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse

from delivery import batches, handoffs, rounds
from delivery.models import Volunteer
from shop import baskets, ordering, tracking
from tests import factories


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
    assert re.fullmatch(r"(今天|明天) \d+:\d\d–\d+:\d\d 送到您家门口", track.detail)
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


def test_a_page_costs_the_same_queries_whatever_happened(
    client, first, second, resident, neighbour, out, courier, django_assert_max_num_queries
):
    def queries(order, user) -> int:
        client.force_login(user)
        with django_assert_max_num_queries(19) as captured:
            page = client.get(reverse("order-detail", args=[order.number]))
            assert page.status_code == 200
        return len(captured)

    on_the_way = queries(second, neighbour)
    hand(out, 1, courier, "left")
    assert queries(first, resident) <= on_the_way


def test_an_order_that_moves_on_while_the_page_is_made(first, out):
    """The page had read it as just placed; what is told of it is of one moment all the same."""
    assert first.status == "placed"
    track = tracking.of(first)
    assert (track.answer, track.can_cancel) == ("在路上", False)
    assert words(track) == words(told(first))
    assert [word for word, _state in words(track)].count("装好") <= 1
    assert words(track)[-1] == ("送到", "")
