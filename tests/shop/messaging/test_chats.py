"""A grid's chat hears of share-outs and batches: once each, how many doors, never which."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from delivery import batches, handoffs, rounds
from delivery.errors import BatchNotOpen
from delivery.share_outs import sharing
from inventory.models import ShareRule
from shop.messaging import news
from shop.models import GridRobot, Message
from tests import factories
from tests.fakes.robot import KEY
from tests.shop.doors import hand_out, send_out
from tests.shop.messaging.conftest import send
from tests.shop.orders import place, preordered


@pytest.fixture(autouse=True)
def second_grid(grid, settings):
    settings.SMS_GATEWAY = ""
    grid.name = "二网格"
    grid.save()


@pytest.fixture
def today(station):
    return factories.round(station, "早市")


@pytest.fixture
def potatoes(station):
    return short_of(station, "土豆")


def short_of(station, title: str):
    return factories.item(station, title, in_stock=200, share_rule=ShareRule.EQUAL)


@pytest.fixture
def doors(grid):
    return [factories.household(grid, "7", "2", f"90{number}") for number in range(3)]


@pytest.fixture
def stops(robot, today, doors, potatoes, courier, manager):
    """Of a batch that has set out."""
    for door in doors:
        person = factories.resident(door).person
        person.name, person.phone = "欧阳春来", "13955550123"
        person.save()
        place(today, door, (potatoes, 4))
    return send_out(today, courier, manager)


def robot_of(grid, like: GridRobot) -> None:
    GridRobot.objects.create(grid=grid, sealed_url=like.sealed_url, by=like.by)


def lines() -> list[tuple[str, str]]:
    """(kind, text) of what chats were told, the oldest first."""
    found = Message.objects.filter(grid__isnull=False).order_by("pk")
    return list(found.values_list("kind", "text"))


# --- on the way, done --------------------------------------------------------------------------


def test_a_batch_that_sets_out_is_one_line(robot, stops):
    news.on_the_way(stops[0].batch, [])
    assert send() == 1
    assert robot.said[KEY] == ["二网格第 1 批出发了，共 3 户，请留意敲门。"]


def test_a_batch_that_is_done_is_one_line(robot, stops, courier):
    hand_out(stops[:2], courier)
    assert len(lines()) == 1
    hand_out(stops[2:], courier, "handed")
    news.batch_done(stops[0].batch)
    assert lines()[1:] == [("delivered", "二网格第 1 批送完了，3 户。")]
    assert send() == 2
    assert robot.said[KEY][1] == "二网格第 1 批送完了，3 户。"


def test_a_batch_that_did_not_reach_a_door_says_so(robot, stops, courier):
    hand_out(stops[1:], courier, "failed", reason="nobody")
    hand_out(stops[:1], courier)
    assert lines()[1:] == [("failed", "二网格第 1 批送完了，送到 1 户，2 户没送成，驿站会联系。")]


def test_what_is_put_right_later_is_news_of_the_door_alone(robot, stops, courier):
    hand_out(stops[1:], courier)
    hand_out(stops[:1], courier, "failed", reason="nobody")
    handoffs.correct(stops[0].handoffs.get(), outcome="left", nonce=uuid4(), by=courier)
    assert [kind for kind, _text in lines()] == ["on_way", "failed"]


def test_every_batch_is_told_in_its_grid_by_its_number(
    robot, station, grid, today, doors, potatoes, courier, manager
):
    station.batch_stops = 2
    station.save()
    third = factories.grid(station, "三网格")
    robot_of(third, GridRobot.objects.get())
    for door in (*doors, factories.household(third)):
        place(today, door, (potatoes, 1))
    send_out(today, courier, manager)
    assert sorted(Message.objects.filter(grid__isnull=False).values_list("grid", "text")) == [
        (grid.pk, "二网格第 1 批出发了，共 2 户，请留意敲门。"),
        (grid.pk, "二网格第 2 批出发了，共 1 户，请留意敲门。"),
        (third.pk, "三网格第 1 批出发了，共 1 户，请留意敲门。"),
    ]


def test_no_line_names_a_door_or_anybody_behind_it(stops, doors, courier):
    hand_out(stops, courier)
    assert len(lines()) == 2
    said = " ".join(text for _kind, text in lines())
    for word in ("欧阳春来", "13955550123", "901", courier.phone, *(d.door for d in doors)):
        assert word not in said


def test_a_kind_that_is_off_is_not_told(robot, station, stops, courier):
    station.robot_kinds = ["delivered"]
    station.save()
    hand_out(stops[:1], courier, "failed", reason="nobody")
    hand_out(stops[1:], courier)
    assert [kind for kind, _text in lines()] == ["on_way"]


def test_a_robot_that_is_off_says_nothing(robot, stops, courier):
    GridRobot.objects.update(active=False)
    hand_out(stops, courier)
    assert [kind for kind, _text in lines()] == ["on_way"]


def test_a_batch_that_has_set_out_already_is_not_told_again(robot, stops, courier):
    with pytest.raises(BatchNotOpen):
        batches.start(stops[0].batch, courier)
    assert len(lines()) == 1


# --- shared out --------------------------------------------------------------------------------


def share(round, manager, **limits) -> None:
    sharing.apply(round, by=manager, **limits)


def test_goods_that_were_short_are_one_line(
    robot, settings, station, today, doors, potatoes, manager
):
    settings.PUBLIC_URL = "https://station.example"
    tofu = short_of(station, "豆腐")
    for door in doors:
        place(today, door, (potatoes, 4), (tofu, 2))
    rounds.close(today)
    less = {potatoes.pk: 9, tofu.pk: 3}
    share(today, manager, limits=less)
    share(today, manager, limits=less)
    assert lines() == [("changed", "早市：土豆、豆腐没到够，按规则分了，订单里写着每户多少。")]
    send()
    assert robot.said[KEY] == [f"{lines()[0][1]}\nhttps://station.example/orders/"]


def test_the_same_goods_short_again_are_no_news_others_are(
    robot, station, today, doors, potatoes, manager
):
    tofu = short_of(station, "豆腐")
    for door in doors:
        place(today, door, (potatoes, 4), (tofu, 2))
    rounds.close(today)
    for limits in ({potatoes.pk: 9}, {potatoes.pk: 6}, {tofu.pk: 3}):
        share(today, manager, limits=limits)
    assert [text[:5] for _kind, text in lines()] == ["早市：土豆", "早市：豆腐"]


def test_a_pre_order_that_came_for_all_is_no_shortage(robot, station, today, doors, manager):
    spinach = preordered(station)
    place(today, doors[0], (spinach, 2))
    rounds.close(today)
    factories.received(station, spinach, 2)
    share(today, manager, item_ids=[spinach.pk])
    assert lines() == []


def test_a_pre_order_of_which_nothing_came_is_a_shortage(robot, station, today, doors, manager):
    spinach = preordered(station)
    place(today, doors[0], (spinach, 2))
    rounds.close(today)
    share(today, manager, item_ids=[spinach.pk])
    assert lines() == [("changed", "早市：菠菜没到够，按规则分了，订单里写着每户多少。")]


def test_only_the_grids_that_got_less_hear_of_it(
    robot, station, grid, other_station, today, doors, potatoes, manager
):
    elsewhere = factories.grid(station, "三网格")
    robot_of(elsewhere, GridRobot.objects.get())
    place(today, factories.household(elsewhere), (short_of(station, "豆腐"), 2))
    place(today, doors[0], (potatoes, 4))
    rounds.close(today)
    share(today, manager, limits={potatoes.pk: 1})
    assert list(Message.objects.exclude(grid=None).values_list("grid", flat=True)) == [grid.pk]


def test_of_many_goods_six_are_named(robot, station, today, doors, manager):
    goods = [short_of(station, f"菜{number}") for number in range(8)]
    place(today, doors[0], *((good, 2) for good in goods))
    rounds.close(today)
    share(today, manager, limits={good.pk: 1 for good in goods})
    [(_kind, text)] = lines()
    assert text == (
        "早市：菜0、菜1、菜2、菜3、菜4、菜5等 8 样没到够，按规则分了，订单里写着每户多少。"
    )


# --- the cost ----------------------------------------------------------------------------------


def test_23_doors_cost_what_3_cost(robot, station, grid, potatoes, courier, manager):
    def cost(count: int) -> list[int]:
        round = factories.round(station, f"{count}")
        for number in range(count):
            place(round, factories.household(grid, "1", "1", f"{count}-{number}"), (potatoes, 2))
        rounds.close(round)
        share_outs = sharing.apply(round, by=manager, limits={potatoes.pk: count})
        [batch] = batches.plan(round, manager).batches
        Message.objects.all().delete()
        taken = []
        for tell in (
            lambda: news.shared_out(round, share_outs),
            lambda: news.on_the_way(batch, []),
            lambda: news.batch_done(batch),
        ):
            with CaptureQueriesContext(connection) as queries:
                tell()
            taken.append(len(queries))
        assert len(lines()) == 3
        return taken

    assert cost(3) == cost(23)
