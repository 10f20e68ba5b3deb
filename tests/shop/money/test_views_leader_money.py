"""一波的账: what each of a leader's doors has to pay, and that it adds up."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from delivery import returns
from delivery.models import Parcel
from shop.models import MoneyMove
from shop.money import ledger
from shop.money.cash import cash, collecting
from tests import factories
from tests.delivery.doors import fail
from tests.delivery.taps import log_in, words
from tests.shop.doors import send_out
from tests.shop.orders import place


@pytest.fixture
def round(station):
    return factories.round(station)


@pytest.fixture
def greens(station):
    return factories.item(station, "青菜", price="2.50")


@pytest.fixture
def order(round, home, resident, greens):
    return place(round, home, (greens, 5))


def collect(client, door, round, source="person", amount="12.50", seen="12.50", **fields):
    data = {"round": round.pk, "source": source, "amount": amount, "seen": seen}
    return client.post(
        reverse("leader-collect", args=[door.pk]), {"nonce": uuid4(), **data, **fields}
    )


def owed(order) -> Decimal:
    return ledger.owed([order.pk])[order.pk]


def test_the_last_line_says_how_much_is_missing_and_then_that_it_adds_up(
    client, leader, round, home, order, neighbour, greens
):
    other = place(round, neighbour.person.household, (greens, 2))
    log_in(client, leader)
    page = client.get(reverse("leader-money"))
    assert "2 户没付清，差" in page.text
    assert page.context["book"].owed == Decimal("17.50")
    answer = collect(client, home, round)
    assert answer.headers["Location"] == f"{reverse('leader-money')}?round={round.pk}"
    page = client.get(answer.headers["Location"])
    assert words(page) == ["1幢 1单元 101 ¥12.50，记好了。"]
    assert "1 户没付清，差" in page.text
    assert "您手上 ¥12.50，交给驿站" in page.text
    assert "对得上" not in page.text
    collect(client, neighbour.person.household, round, "transfer", "5.00", "5.00")
    page = client.get(reverse("leader-money"))
    assert "对得上" in page.text
    assert (owed(order), owed(other)) == (0, 0)
    assert cash.hands_of(leader) == {round.station: Decimal("12.50")}


def test_a_slip_of_the_finger_is_undone_from_the_page(client, leader, round, home, order):
    log_in(client, leader)
    collect(client, home, round)
    [move] = collecting.collected_by(leader)
    undo = reverse("leader-collect-undo", args=[move.pk])
    assert undo in client.get(reverse("leader-money")).text
    client.post(undo)
    page = client.get(reverse("leader-money"))
    assert words(page) == ["撤销了，这户又欠着。"]
    assert undo not in page.text
    assert owed(order) == Decimal("12.50")


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"amount": "很多"}, 400, "请填金额，比如 20 或 20.50。"),
        ({"amount": "-1"}, 400, "金额不能是负的。"),
        ({"source": "cash"}, 400, "请选收到现金，还是转给驿站了。"),
        ({"amount": "0"}, 409, "金额要大于 0，最多 ¥10000。"),
        ({"amount": "12.51"}, 409, "这一户还差 ¥12.50，不能收 ¥12.51。"),
        ({"seen": "13.00"}, 409, "刚才又有钱进出，现在是 ¥12.50，请再看一眼。"),
    ],
)
def test_what_cannot_be_right_is_said_and_stays_typed(
    client, leader, round, home, order, fields, status, sentence
):
    page = collect(log_in(client, leader), home, round, **fields)
    assert page.status_code == status
    assert words(page) == [sentence]
    assert page.context["typed_for"] == home.pk
    assert f'value="{fields.get("amount", "12.50")}"' in page.text
    assert owed(order) == Decimal("12.50")


def test_a_door_whose_parcel_did_not_arrive_has_no_button(client, leader, round, home, order):
    failed = Parcel.Status.FAILED
    parcel = factories.parcel(round, home, order=order, due=Decimal("12.50"), status=failed)
    log_in(client, leader)
    there = reverse("leader-collect", args=[home.pk])
    text = client.get(reverse("leader-money")).text
    assert "没送成，先不收" in text
    assert there not in text
    assert collect(client, home, round).status_code == 409
    assert owed(order) == Decimal("12.50")
    Parcel.objects.filter(pk=parcel.pk).update(status=Parcel.Status.DELIVERED)
    text = client.get(reverse("leader-money")).text
    assert "没送成" not in text
    assert there in text


@pytest.mark.parametrize("who", ["resident", "staff", "courier", "stranger"])
def test_only_who_looks_after_the_door(client, request, round, home, order, leader, who):
    collecting_leader = {"source": MoneyMove.Account.PERSON, "by": leader, "nonce": uuid4()}
    someone = request.getfixturevalue(who)
    log_in(client, someone)
    assert collect(client, home, round).status_code == 404
    assert owed(order) == Decimal("12.50")
    collecting.collect(home, round, Decimal("12.50"), seen=Decimal("12.50"), **collecting_leader)
    [move] = collecting.collected_by(leader)
    assert client.post(reverse("leader-collect-undo", args=[move.pk])).status_code == 404
    assert owed(order) == 0
    page = client.get(reverse("leader-money"))
    assert page.status_code == (200 if who == "stranger" else 403)
    assert home.door not in page.text


def test_a_building_leader_sees_their_building(
    client, building_leader, round, home, order, grid, greens
):
    elsewhere = factories.household(grid, "12")
    place(round, elsewhere, (greens, 1))
    page = log_in(client, building_leader).get(reverse("leader-money"))
    assert [door.household for door in page.context["book"].doors] == [home]
    assert collect(client, elsewhere, round, amount="2.50", seen="2.50").status_code == 404


def test_earlier_rounds_can_be_chosen_and_others_not(
    client, leader, station, other_station, round, home, order, greens
):
    later = factories.round(station, "晚市", closes_in=2, opens_in=-0.5)
    place(later, home, (greens, 1))
    log_in(client, leader)
    page = client.get(reverse("leader-money"))
    assert page.context["rounds"] == [later, round]
    assert page.context["book"].due == Decimal("2.50")
    page = client.get(reverse("leader-money"), {"round": round.pk})
    assert page.context["book"].due == Decimal("12.50")
    foreign = factories.round(other_station)
    for wish in (foreign.pk, 2**62, "x", "-1", "９"):
        page = client.get(reverse("leader-money"), {"round": wish})
        assert page.status_code == 404, wish
    assert collect(client, home, foreign).status_code == 404


@pytest.mark.parametrize("doors", [3, 23])
def test_the_queries_do_not_grow_with_the_doors(
    client, leader, grid, round, greens, django_assert_num_queries, doors
):
    for number in range(doors):
        place(round, factories.household(grid, "5", "", str(100 + number)), (greens, 1))
    log_in(client, leader)
    # Session, user; roles three times; doors, rounds, book, own door, hands, what was just taken.
    with django_assert_num_queries(10):
        page = client.get(reverse("leader-money"))
    assert len(page.context["rows"]) == doors


def test_a_door_whose_order_came_back_is_not_said_to_have_paid(
    client, leader, round, home, order, neighbour, greens, staff, courier, manager
):
    """What came back costs nothing, and that is what is said of it."""
    place(round, neighbour.person.household, (greens, 2))
    stop = next(stop for stop in send_out(round, courier, manager) if stop.household_id == home.pk)
    fail(stop, courier, "refused")
    returns.take_back(Parcel.objects.get(order=order), by=staff)
    text = log_in(client, leader).get(reverse("leader-money")).text
    assert "退回驿站了，不收钱" in text
    assert "付清了" not in text
    assert "应付 ¥0.00" not in text
    assert "应付 ¥5.00 · 已付 ¥0.00" in text
    assert "2 户一共应付" in text


def test_of_two_orders_one_came_back(
    client, leader, round, home, order, greens, staff, courier, manager
):
    [stop] = send_out(round, courier, manager)
    fail(stop, courier, "refused")
    returns.take_back(Parcel.objects.get(order=order), by=staff)
    door = factories.round(home.grid.station)
    other = place(door, home, (greens, 1))
    other.placement.round = round
    other.placement.save()
    text = log_in(client, leader).get(reverse("leader-money"), {"round": round.pk}).text
    assert "应付 ¥2.50 · 已付 ¥0.00" in text
    assert "有一单退回驿站了，不收钱，不在里面。" in text
