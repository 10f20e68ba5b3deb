"""上门代收: a leader takes what a door owes of a round."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from delivery.models import Parcel
from shop.errors import CashRefused, MoneyChanged, MoneyRefused, NonceTaken
from shop.models import MoneyMove, OrderStatus
from shop.money import accounts, ledger, round_book
from shop.money import orders as booking
from shop.money.cash import cash, collecting
from tests import factories
from tests.shop.orders import place

Account = MoneyMove.Account


@pytest.fixture
def round(station):
    return factories.round(station)


@pytest.fixture
def greens(station):
    return factories.item(station, "青菜", price="2.50")


@pytest.fixture
def orders(round, home, resident, greens) -> list:
    """The door's two orders of the round: 12.50 and 7.50."""
    return [place(round, home, (greens, units)) for units in (5, 3)]


def collect(door, round, amount: str, by, source=Account.PERSON, seen="20.00", **said) -> None:
    said = {"source": source, "by": by, "seen": Decimal(seen), "nonce": uuid4(), **said}
    collecting.collect(door, round, Decimal(amount), **said)


def owed(orders) -> list[Decimal]:
    sums = ledger.owed([order.pk for order in orders])
    return [sums[order.pk] for order in orders]


def test_all_a_door_owes_in_one_tap(station, round, home, orders, leader):
    collect(home, round, "20.00", leader)
    assert owed(orders) == [0, 0]
    assert cash.held_by(station) == {leader: Decimal("20.00")}
    assert {move.by for move in MoneyMove.objects.filter(kind="payment")} == {leader}


def test_a_part_pays_the_oldest_order_first(station, round, home, orders, leader):
    collect(home, round, "13.00", leader, Account.TRANSFER)
    assert owed(orders) == [0, Decimal("7.00")]
    assert cash.held_by(station) == {}
    collect(home, round, "7.00", leader, seen="7.00")
    assert cash.held_by(station) == {leader: Decimal("7.00")}


def test_the_courier_asks_for_less_then(station, round, home, orders, leader):
    parcel = factories.parcel(round, home, order=orders[0], due=Decimal("12.50"))
    collect(home, round, "13.00", leader)
    assert Parcel.objects.get(pk=parcel.pk).due == 0


def test_never_more_than_is_owed_nor_what_the_page_did_not_show(round, home, orders, leader):
    with pytest.raises(MoneyRefused, match=r"^这一户还差 ¥20.00，不能收 ¥20.01。$"):
        collect(home, round, "20.01", leader)
    with pytest.raises(MoneyChanged):
        collect(home, round, "12.50", leader, seen="12.50")
    for amount in ("0", "-1", "0.001"):
        with pytest.raises(MoneyRefused):
            collect(home, round, amount, leader)
    assert owed(orders) == [Decimal("12.50"), Decimal("7.50")]


def test_the_same_tap_is_one(station, round, home, orders, leader):
    nonce = uuid4()
    for _tap in range(2):
        collect(home, round, "20.00", leader, nonce=nonce)
    assert cash.held_by(station) == {leader: Decimal("20.00")}
    with pytest.raises(NonceTaken):
        collect(home, round, "19.00", leader, nonce=nonce)
    with pytest.raises(NonceTaken):
        collect(home, round, "20.00", leader, Account.TRANSFER, nonce=nonce)


def test_what_is_being_paid_online_is_not_asked_for(round, home, orders, leader):
    type(orders[1]).objects.filter(pk=orders[1].pk).update(status=OrderStatus.AWAITING)
    with pytest.raises(MoneyChanged):
        collect(home, round, "20.00", leader)
    collect(home, round, "12.50", leader, seen="12.50")
    assert owed(orders) == [0, Decimal("7.50")]


def test_orders_of_another_round_are_not_mixed_in(station, home, orders, round, leader, greens):
    later = factories.round(station, "晚市")
    other = place(later, home, (greens, 1))
    collect(home, round, "20.00", leader)
    assert owed([other]) == [Decimal("2.50")]


def test_a_slip_of_the_finger_is_undone_once(station, round, home, orders, leader):
    collect(home, round, "20.00", leader)
    first, second = reversed(collecting.collected_by(leader))
    for _tap in range(2):
        collecting.undo(first, by=leader)
    assert owed(orders) == [Decimal("12.50"), 0]
    assert cash.held_by(station) == {leader: Decimal("7.50")}
    assert collecting.collected_by(leader) == [second]


def test_undone_after_it_was_handed_in_it_was_a_difference(
    station, round, home, orders, leader, staff
):
    collect(home, round, "20.00", leader)
    said = {"counted_by": leader, "witness": staff, "seen": Decimal("20.00"), "nonce": uuid4()}
    cash.hand_in(station, leader, Decimal("20.00"), **said)
    for move in collecting.collected_by(leader):
        collecting.undo(move, by=leader)
    assert cash.held_by(station) == {}
    assert owed(orders) == [Decimal("12.50"), Decimal("7.50")]
    too_much = MoneyMove.objects.filter(kind="difference").values_list("source", "amount")
    assert sorted(too_much) == [("person", Decimal("7.50")), ("person", Decimal("12.50"))]


def test_who_may_undo_it_and_until_when(
    round, home, orders, leader, building_leader, stranger, staff, monkeypatch
):
    collect(home, round, "20.00", leader)
    first = collecting.collected_by(leader)[-1]
    for someone in (building_leader, stranger):
        with pytest.raises(CashRefused):
            collecting.undo(first, by=someone)
    later = timezone.now() + timedelta(minutes=31)
    monkeypatch.setattr(timezone, "now", lambda: later)
    with pytest.raises(CashRefused, match="告诉驿站"):
        collecting.undo(first, by=leader)
    assert collecting.collected_by(leader) == []
    assert owed(orders) == [0, 0]
    collecting.undo(first, by=staff)
    assert owed(orders) == [Decimal("12.50"), 0]


def test_other_moves_are_not_undone_here(round, home, orders, staff):
    accounts.deposit(home, Decimal("5.00"), by=staff, nonce=uuid4())
    for move in MoneyMove.objects.all():
        with pytest.raises(CashRefused, match="不能在这里撤销"):
            collecting.undo(move, by=staff)


# --- the book of a round -------------------------------------------------------------------------


def test_each_doors_due_paid_and_what_is_missing(
    round, home, orders, neighbour, greens, leader, staff
):
    next_door = neighbour.person.household
    other = place(round, next_door, (greens, 4))
    accounts.deposit(next_door, Decimal("6.00"), by=staff, nonce=uuid4())
    said = {"source": Account.HOUSEHOLD, "by": staff, "nonce": uuid4()}
    booking.pay(other, next_door, Decimal("6.00"), **said)
    collect(home, round, "20.00", leader)
    quiet = factories.household(home.grid, "3")
    book = round_book.of(round, [home, next_door, quiet])
    assert [(door.household, door.due, door.paid, door.owed) for door in book.doors] == [
        (home, Decimal("20.00"), Decimal("20.00"), 0),
        (next_door, Decimal("10.00"), Decimal("6.00"), Decimal("4.00")),
    ]
    # From where is not the leader's business, unless it is money that passed through hands.
    assert [door.parts for door in book.doors] == [
        [("现金", Decimal("20.00"))],
        [("其他", Decimal("6.00"))],
    ]
    assert (book.due, book.paid, book.owed) == (
        Decimal("30.00"),
        Decimal("26.00"),
        Decimal("4.00"),
    )
    assert [door.household for door in book.unsettled] == [next_door]


def test_what_went_back_counts_as_not_paid(round, home, orders, leader):
    collect(home, round, "20.00", leader)
    less = booking.adjustment(orders[0].pk, home.grid.station_id, home.pk, Decimal("-2.50"))
    with transaction.atomic():
        ledger.post([less], by=None)
    [door] = round_book.of(round, [home]).doors
    assert (door.due, door.paid, door.is_settled) == (Decimal("17.50"), Decimal("17.50"), True)
    assert door.parts == [("现金", Decimal("20.00")), ("退到账户", Decimal("2.50"))]


def test_what_could_not_be_delivered_is_not_asked_for(round, home, orders, leader):
    failed = Parcel.Status.FAILED
    parcel = factories.parcel(round, home, order=orders[0], due=Decimal("12.50"), status=failed)
    [door] = round_book.of(round, [home]).doors
    assert (door.owed, door.undelivered) == (Decimal("20.00"), Decimal("12.50"))
    assert door.to_collect == Decimal("7.50")
    with pytest.raises(MoneyChanged):
        collect(home, round, "20.00", leader)
    collect(home, round, "7.50", leader, seen="7.50")
    assert owed(orders) == [Decimal("12.50"), 0]
    Parcel.objects.filter(pk=parcel.pk).update(status=Parcel.Status.DELIVERED)
    collect(home, round, "12.50", leader, seen="12.50")
    assert owed(orders) == [0, 0]


def test_an_undo_whose_nonce_was_used_for_something_else_says_so(round, home, orders, leader):
    collect(home, round, "5.00", leader)
    move = MoneyMove.objects.get(kind="payment")
    nonce = collecting._undoing(move.pk)
    collect(home, round, "1.00", leader, Account.TRANSFER, seen="15.00", nonce=nonce)
    with pytest.raises(CashRefused, match="这一笔不能在这里撤销"):
        collecting.undo(move, by=leader)
    assert owed(orders) == [Decimal("6.50"), Decimal("7.50")]


def test_another_mistake_is_not_called_a_used_page(round, home, orders, leader, monkeypatch):
    def fail(*args, **kwargs):
        raise IntegrityError

    monkeypatch.setattr(ledger, "post", fail)
    with pytest.raises(IntegrityError):
        collect(home, round, "5.00", leader)
