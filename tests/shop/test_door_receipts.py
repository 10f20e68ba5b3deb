"""收据: one slip a door, to the fen, without names."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from delivery import batches, rounds
from delivery.models import Batch
from delivery.picks import packing
from shop import door_receipts
from shop.models import MoneyMove, OrderStatus
from shop.money import accounts, orders
from tests import factories
from tests.shop.orders import place

Account = MoneyMove.Account


@pytest.fixture
def rice(station):
    return factories.item(station, "大米", price="29.80", unit="袋")


@pytest.fixture
def eggs(station):
    return factories.item(station, "鸡蛋", price="21.50", unit="板")


@pytest.fixture
def round(station):
    return factories.round(station, "早市")


def pay(order, door, amount: str, source, by, **also) -> None:
    orders.pay(order, door, Decimal(amount), source=source, by=by, nonce=uuid4(), **also)


def test_a_slip_says_what_was_ordered_and_what_is_open(round, home, resident, rice, eggs, staff):
    order = place(round, home, (rice, 2), (eggs, 1))
    pay(order, home, "50.00", Account.TRANSFER, staff)
    [slip] = door_receipts.of_order(order)
    [part] = slip.parts
    assert part.number == order.number
    assert part.lines == [
        ("大米", 2, "袋", Decimal("29.80"), Decimal("59.60")),
        ("鸡蛋", 1, "板", Decimal("21.50"), Decimal("21.50")),
    ]
    assert (slip.agreed, slip.due, slip.owed) == (
        Decimal("81.10"),
        Decimal("81.10"),
        Decimal("31.10"),
    )
    assert slip.paid == [("已付（转账）", Decimal("50.00"))]


def test_what_came_short_is_explained_and_what_went_back(
    round, home, resident, rice, eggs, staff, manager
):
    accounts.deposit(home, Decimal("100.00"), by=staff, nonce=uuid4())
    order = place(round, home, (rice, 2), (eggs, 1))
    pay(order, home, "81.10", Account.HOUSEHOLD, staff)
    rounds.close(round)
    batches.plan(round, manager)
    line = order.parcel.lines.get(item=rice)
    packing.tick(line, by=staff, units=1)
    [slip] = door_receipts.of_order(order)
    assert (slip.agreed, slip.due, slip.owed) == (Decimal("81.10"), Decimal("51.30"), 0)
    assert slip.paid == [
        ("已付（驿站账户）", Decimal("81.10")),
        ("退回驿站账户", Decimal("-29.80")),
    ]
    assert ["大米" in note and "29.80" in note for note in slip.parts[0].notes] == [True]


def test_two_orders_of_a_door_are_one_slip(round, home, resident, rice, eggs, staff):
    first, second = place(round, home, (rice, 1)), place(round, home, (eggs, 1))
    pay(first, home, "29.80", Account.CASH, staff)
    [slip] = door_receipts.of_round(round)
    assert [part.number for part in slip.parts] == [first.number, second.number]
    assert (slip.due, slip.owed) == (Decimal("51.30"), Decimal("21.50"))


def test_a_round_is_printed_as_one_walks(round, grid, station, home, resident, neighbour, rice):
    eleventh = factories.grid(station, "二网格", position=2)
    far = factories.household(eleventh, "1", "1", "101")
    for door in (far, neighbour.person.household, home):
        place(round, door, (rice, 1))
    doors = [slip.household for slip in door_receipts.of_round(round)]
    assert doors == [home, neighbour.person.household, far]
    assert [slip.household for slip in door_receipts.of_round(round, eleventh)] == [far]


@pytest.mark.parametrize("status", [OrderStatus.CANCELLED, OrderStatus.AWAITING])
def test_an_order_that_is_none_yet_or_no_more_has_no_slip(round, home, resident, rice, status):
    order = place(round, home, (rice, 1))
    type(order).objects.update(status=status)
    assert door_receipts.of_round(round) == []


def test_who_lives_there_now_does_not_get_the_slip_of_others(round, home, resident, rice):
    place(round, home, (rice, 1))
    home.lived_in_since = timezone.now()
    home.save()
    assert door_receipts.of_round(round) == []


def test_a_batch_is_printed_stop_by_stop(round, home, resident, neighbour, rice, manager):
    place(round, neighbour.person.household, (rice, 1))
    place(round, home, (rice, 1))
    rounds.close(round)
    batches.plan(round, manager)
    batch = Batch.objects.get()
    stops = list(batch.stops.order_by("position").values_list("household", flat=True))
    slips = door_receipts.of_batch(batch)
    assert [slip.household.pk for slip in slips] == stops
    assert len(stops) == 2


@pytest.fixture
def printed(client, staff, round, home, resident, rice):
    """Addresses of all the station's sheets with the order of `home` on them."""
    home.people.update(name="周居民", phone="13900139000")
    order = place(round, home, (rice, 1))
    rounds.close(round)
    [batch] = batches.plan(round, staff).batches
    client.force_login(staff)
    return [
        reverse("station-order-receipt", args=[order.number]),
        reverse("station-batch-receipts", args=[batch.pk]),
        reverse("station-round-receipts", args=[round.pk]),
        f"{reverse('station-round-receipts', args=[round.pk])}?grid={home.grid_id}",
    ]


def test_every_sheet_has_the_slip_and_nobody_s_name_or_phone(client, printed):
    for address in printed:
        words = client.get(address).content.decode()
        assert "1幢 1单元 101" in words
        assert "¥29.80" in words
        for secret in ("周居民", "13900139000", "139****", "021-55550100"):
            assert secret not in words


@pytest.mark.parametrize("key", ["0", "x", "９", "9" * 30, "\x00", "-1"])
def test_grids_there_are_not(client, printed, round, key):
    address = reverse("station-round-receipts", args=[round.pk])
    assert client.get(address, {"grid": key}).status_code == 404


def test_a_grid_of_another_station_is_none_of_ours(client, printed, round, other_station):
    elsewhere = factories.grid(other_station, "西一网格")
    address = reverse("station-round-receipts", args=[round.pk])
    assert client.get(address, {"grid": elsewhere.pk}).status_code == 404


def test_strangers_print_nothing(client, printed, round, stranger):
    client.force_login(stranger)
    for address in [*printed, reverse("leader-receipts", args=[round.pk])]:
        assert client.get(address).status_code == 404


def test_a_leader_prints_the_doors_they_look_after(
    client, round, grid, home, resident, rice, leader, building_leader, station
):
    elsewhere = factories.household(factories.grid(station, "二网格"), "7", "", "701")
    other_building = factories.household(grid, "2", "1", "101")
    for door in (home, other_building, elsewhere):
        place(round, door, (rice, 1))
    address = reverse("leader-receipts", args=[round.pk])

    def doors(who) -> list:
        client.force_login(who)
        return [slip.household for slip in client.get(address).context["receipts"]]

    assert doors(leader) == [home, other_building]
    assert doors(building_leader) == [home]


def test_a_leader_does_not_read_whose_fund_or_account_paid(
    client, round, home, resident, rice, leader, staff, station
):
    factories.grant(factories.fund(station, name="爱心基金"), "0.5", household=home)
    accounts.deposit(home, Decimal("10.00"), by=staff, nonce=uuid4())
    order = place(round, home, (rice, 1))
    pay(order, home, "10.00", Account.HOUSEHOLD, staff)
    pay(order, home, "2.90", Account.TRANSFER, staff)
    assert ("互助金付", Decimal("14.90")) in door_receipts.of_order(order)[0].paid
    client.force_login(leader)
    page = client.get(reverse("leader-receipts", args=[round.pk]))
    [slip] = page.context["receipts"]
    assert sorted(slip.paid) == [
        ("已付（其他）", Decimal("24.90")),
        ("已付（转账）", Decimal("2.90")),
    ]
    assert (slip.due, slip.owed) == (Decimal("29.80"), Decimal("2.00"))
    for secret in ("互助金", "爱心基金", "驿站账户"):
        assert secret not in page.text


def test_nothing_to_print_is_said(client, staff, round):
    client.force_login(staff)
    words = client.get(reverse("station-round-receipts", args=[round.pk])).content.decode()
    assert "没有可以打印的订单" in words


def test_more_doors_cost_no_more_queries(round, grid, home, resident, rice):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            door_receipts.of_round(round)
        return len(captured)

    place(round, home, (rice, 1))
    few = queries()
    for number in range(20):
        place(round, factories.household(grid, "5", "1", str(number)), (rice, 1))
    assert queries() == few == 4


def test_what_lies_in_the_stairwell_does_not_say_who_is_helped(
    round, station, home, resident, rice, manager, staff
):
    """What is printed for one door only, at the counter, does."""
    factories.grant(factories.fund(station), "0.5", household=home)
    order = place(round, home, (rice, 2))
    rounds.close(round)
    batches.plan(round, manager)
    packing.tick(order.parcel.lines.get(), by=staff, units=1)
    batch = Batch.objects.get()
    for [slip] in (door_receipts.of_batch(batch), door_receipts.of_round(round)):
        assert slip.paid == [("已付（其他）", Decimal("14.90"))]
        assert slip.parts[0].notes == ["大米：少给 1 袋，少收 ¥29.80"]
        assert (slip.due, slip.owed) == (Decimal("29.80"), Decimal("14.90"))
    [slip] = door_receipts.of_order(order)
    assert slip.paid == [("互助金付", Decimal("14.90"))]
    assert slip.parts[0].notes == ["大米：少给 1 袋，少收 ¥29.80，其中您的 ¥14.90"]
