"""Who hears what of a round, of what is on the way, and of an order that changed."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from delivery import batches, handoffs, households, rounds
from shop import notices
from shop.claims import answering, claiming
from shop.messaging import news
from shop.models import DoorPreferences, Message, Notice, Sending
from tests import factories
from tests.fakes.robot import KEY
from tests.shop.doors import hand_out, send_out
from tests.shop.messaging.conftest import send, told
from tests.shop.orders import place

Kind = Message.Kind


@pytest.fixture
def today(station):
    return factories.round(station, "早市", opens_in=-3, closes_in=3)


@pytest.fixture
def eggs(station):
    return factories.item(station, "鸡蛋", price="10.00")


def later(**time):
    return timezone.now() + timedelta(**time)


# --- rounds ------------------------------------------------------------------------------------


def test_a_round_that_opened_is_told_once(station, today, home, resident, robot):
    news.of_rounds()
    news.of_rounds()
    assert told(home) == ["opens"]
    [message] = Message.objects.filter(household=home)
    assert message.text.startswith("早市开始接单了，")
    assert send() == 1
    assert len(robot.said[KEY]) == 1


def test_the_last_hour_is_told_once_to_who_has_not_ordered(
    station, today, eggs, home, resident, neighbour, robot
):
    place(today, home, (eggs, 1))
    other = neighbour.person.household
    news.of_rounds(later(hours=1, minutes=59))
    assert (told(home), told(other)) == (["opens"], ["opens"])
    for _number in range(2):
        news.of_rounds(later(hours=2, minutes=1))
    assert (told(home), told(other)) == (["opens"], ["opens", "last_hour"])
    assert Message.objects.filter(grid__isnull=False).count() == 2


def test_a_short_round_has_no_last_hour(station, home, resident):
    factories.round(station, opens_in=-0.1, closes_in=0.5)
    news.of_rounds()
    assert told(home) == ["opens"]


def test_of_a_round_that_is_over_nobody_hears(station, today, home, resident):
    news.of_rounds(later(hours=4))
    assert told(home) == []


def test_a_planned_round_is_not_told(station, home, resident):
    factories.round(station, status="planned")
    news.of_rounds()
    assert told(home) == []


def test_only_the_grids_of_the_round_hear_of_it(station, grid, home, resident, stranger):
    elsewhere = factories.household(factories.grid(station))
    factories.resident(elsewhere)
    factories.round(station, grids=[grid], closes_in=3)
    news.of_rounds()
    assert (told(home), told(elsewhere)) == (["opens"], [])
    assert told(stranger.person.household) == []


def test_who_cannot_log_in_is_not_told_of_rounds(station, today, home):
    factories.person(home, phone="13900001234")
    news.of_rounds()
    assert told(home) == []


def test_23_doors_cost_what_3_cost(station, grid, today):
    def cost(count: int) -> int:
        for _number in range(count):
            factories.resident(factories.household(grid))
        with CaptureQueriesContext(connection) as taken:
            news.of_rounds()
        return len(taken)

    assert cost(3) == cost(20)


# --- on the way --------------------------------------------------------------------------------


def test_a_door_hears_that_it_is_on_the_way_and_that_it_came(
    sms, today, eggs, home, resident, courier, manager
):
    order = place(today, home, (eggs, 1))
    stops = send_out(today, courier, manager)
    assert told(home) == ["on_way"]
    assert Message.objects.get().path == f"/orders/{order.number}/"
    assert send() == 1
    hand_out(stops, courier)
    assert told(home) == ["on_way", "delivered"]
    assert send(10) == 0  # delivered is in the inbox only, unless the station wants more


def test_several_orders_are_one_message(today, eggs, home, resident, courier, manager):
    place(today, home, (eggs, 1))
    place(today, home, (eggs, 2))
    send_out(today, courier, manager)
    assert told(home) == ["on_way"]
    assert Message.objects.get().path == "/orders/"


def test_a_failure_rings_and_says_why(sms, today, eggs, home, resident, courier, manager):
    place(today, home, (eggs, 1))
    [stop] = send_out(today, courier, manager)
    hand_out([stop], courier, "failed", reason="nobody")
    failed = Message.objects.get(kind=Kind.FAILED)
    assert failed.text == "没能送到：没人应门。驿站会再联系您。"
    send(0)
    assert len(sms.sent) == 1  # on the way; a slip of the finger has two minutes
    send(3)
    assert len(sms.sent) == 2


def test_a_slip_of_the_finger_does_not_ring(sms, today, eggs, home, resident, courier, manager):
    place(today, home, (eggs, 1))
    [stop] = send_out(today, courier, manager)
    hand_out([stop], courier, "failed", reason="nobody")
    first = stop.handoffs.get()
    handoffs.correct(first, outcome="left", nonce=uuid4(), by=courier)
    send(3)
    assert len(sms.sent) == 1
    assert told(home) == ["on_way", "failed", "delivered"]


def test_money_put_right_at_a_door_is_no_news(today, eggs, home, resident, courier, manager):
    place(today, home, (eggs, 1))
    [stop] = send_out(today, courier, manager)
    hand_out([stop], courier, cash=Decimal("10.00"))
    handoffs.correct(stop.handoffs.get(), outcome="left", nonce=uuid4(), by=courier)
    assert told(home) == ["on_way", "delivered"]


def test_nobody_hears_of_the_family_befores_orders(today, eggs, home, resident, courier, manager):
    place(today, home, (eggs, 1))
    home.lived_in_since = timezone.now()
    home.save()
    stops = send_out(today, courier, manager)
    hand_out(stops, courier)
    notices.write([(home.pk, home.placements.get().order_id)], at=timezone.now())
    assert told(home) == []


def test_setting_out_to_23_doors_costs_what_3_cost(station, eggs, courier, manager):
    def cost(count: int) -> int:
        grid, round = factories.grid(station), factories.round(station, f"{count}")
        for _number in range(count):
            place(round, factories.household(grid, "1", "1"), (eggs, 1))
        rounds.close(round)
        [batch] = batches.plan(round, manager).batches
        parcels = [
            pk for stop in batch.stops.all() for pk in stop.parcels.values_list("pk", flat=True)
        ]
        with CaptureQueriesContext(connection) as taken:
            news.on_the_way(batch, parcels)
        assert Message.objects.filter(event=f"batch {batch.pk} on the way").count() == count
        return len(taken)

    assert cost(3) == cost(23)


# --- orders ------------------------------------------------------------------------------------


@pytest.fixture
def order(today, eggs, home, resident):
    return place(today, home, (eggs, 2))


def change(order, home, **time):
    notices.write([(home.pk, order.pk)], at=later(**time))


def test_what_changes_before_somebody_looks_is_one_message(sms, order, home):
    for minutes in (0, 3, 59):
        change(order, home, minutes=minutes)
    assert told(home) == ["changed"]
    assert Notice.objects.count() == 3
    assert Sending.objects.count() == 1


def test_what_changes_after_somebody_looked_is_another(sms, order, home):
    change(order, home)
    Message.objects.update(seen_at=later(minutes=1))
    change(order, home, minutes=2)
    change(order, home, minutes=3)
    assert told(home) == ["changed", "changed"]


def test_what_changes_an_hour_later_is_another(sms, order, home):
    change(order, home)
    change(order, home, minutes=61)
    change(order, home, minutes=62)
    change(order, home, minutes=123)
    assert told(home) == ["changed"] * 3


def test_who_muted_it_finds_one_line_for_all_that_changed(order, home):
    DoorPreferences.objects.create(household=home, muted=["changed"])
    for minutes in (0, 1, 2):
        change(order, home, minutes=minutes)
    assert told(home) == ["changed"]


def test_the_message_names_the_order_and_leads_to_it(sms, order, home):
    change(order, home)
    message = Message.objects.get()
    assert order.number in message.text
    assert message.path == f"/orders/{order.number}/"
    send(6)
    assert sms.sent[0][2] == {"station": "东湖驿站", "number": order.number}


def test_a_line_that_is_short_is_news(order, home, today, eggs, courier, manager):
    rounds.close(today)
    [batch] = batches.plan(today, manager).batches
    from delivery.picks import packing

    parcel = batch.stops.get().parcels.get()
    packing.tick(parcel.lines.get(), by=manager, units=1)
    assert told(home) == ["changed"]


def test_an_answer_to_a_claim_is_news(order, home, today, resident, courier, manager):
    hand_out(send_out(today, courier, manager), courier)
    claim = claiming.make(
        order.lines.get(), kind="damaged", units=1, by=resident, nonce=uuid4(), photo=None
    )
    answering.decline(claim, "照片里是好的", by=manager)
    assert told(home) == ["on_way", "delivered", "answer"]
    assert "驿站答复了" in Message.objects.get(kind=Kind.ANSWER).text


def test_23_orders_cost_what_3_cost(station, grid, today, eggs):
    def cost(count: int) -> int:
        placed = [
            (door.pk, place(today, door, (eggs, 1)).pk)
            for door in (factories.household(grid) for _number in range(count))
        ]
        with CaptureQueriesContext(connection) as taken:
            notices.write(placed, at=timezone.now())
        return len(taken)

    assert cost(3) == cost(23)


def test_a_counter_sale_is_no_news(home):
    notices.write([(home.pk, factories.order().pk)], at=timezone.now())
    assert told(home) == []


# --- moving out --------------------------------------------------------------------------------


def test_moving_out_takes_the_messages_along(sms, order, home, manager, today):
    change(order, home)
    DoorPreferences.objects.create(household=home, elder=True)
    from shop import ordering

    ordering.cancel(order, by=manager)
    households.move_out(home, manager)
    assert not Message.objects.filter(household=home).exists()
    assert not Sending.objects.exists()
    assert not DoorPreferences.objects.exists()
    assert send(10) == 0
