"""点款单: one says what was counted, another confirms it; nothing is booked before."""

from decimal import Decimal
from uuid import uuid4

import pytest

from shop.errors import CashRefused, MoneyChanged, NonceTaken
from shop.models import CashCount, CashSlip, MoneyMove
from shop.money import orders
from shop.money.cash import cash, slips
from tests import factories


@pytest.fixture
def carried(home, courier):
    """Adds to what the courier holds; returns how much that is then."""

    def add(amount: str) -> Decimal:
        order = factories.owing(home, amount)
        said = {"source": MoneyMove.Account.PERSON, "holder": courier, "by": courier}
        orders.pay(order, home, Decimal(amount), nonce=uuid4(), **said)
        return cash.held(home.grid.station_id, courier.pk)

    return add


def say(station, holder, counted: str, by, seen="49.10", **said) -> CashSlip:
    said = {"seen": Decimal(seen), "nonce": uuid4(), **said}
    return slips.say(station, holder, Decimal(counted), by=by, **said)


def status(slip: CashSlip) -> str:
    slip.refresh_from_db()
    return slip.status


def test_nothing_is_booked_until_the_other_says_so_too(station, carried, courier, staff):
    carried("49.10")
    slip = say(station, courier, "48.00", courier, note="少一块一")
    assert cash.held_by(station) == {courier: Decimal("49.10")}
    count = slips.confirm(slip, by=staff)
    assert status(slip) == "confirmed"
    assert (count.counted_by, count.witness, count.nonce) == (courier, staff, slip.nonce)
    assert (count.expected, count.counted, count.note) == (
        Decimal("49.10"),
        Decimal("48.00"),
        "少一块一",
    )
    assert (cash.held_by(station), cash.in_till(station)) == ({}, Decimal("48.00"))


def test_the_station_may_say_it_and_the_courier_confirm(station, carried, courier, staff):
    carried("49.10")
    count = slips.confirm(say(station, courier, "49.10", staff), by=courier)
    assert (count.counted_by, count.witness) == (staff, courier)


def test_nobody_confirms_what_they_said_themselves(station, carried, courier, staff):
    carried("49.10")
    slip = say(station, courier, "49.10", staff)
    with pytest.raises(CashRefused, match="两个人"):
        slips.confirm(slip, by=staff)
    assert status(slip) == "open"
    assert not CashCount.objects.exists()


@pytest.mark.parametrize("who", ["other_courier", "leader", "resident", "stranger"])
def test_strangers_neither_say_nor_confirm_nor_withdraw(
    request, station, carried, courier, staff, who
):
    someone = request.getfixturevalue(who)
    carried("49.10")
    with pytest.raises(CashRefused):
        say(station, courier, "49.10", someone)
    slip = say(station, courier, "49.10", courier)
    for verb in (slips.confirm, slips.withdraw):
        with pytest.raises(CashRefused):
            verb(slip, by=someone)
    assert status(slip) == "open"


def test_what_comes_in_afterwards_makes_them_count_again(station, carried, courier, staff):
    carried("49.10")
    slip = say(station, courier, "49.10", courier)
    carried("5.00")
    with pytest.raises(MoneyChanged):
        slips.confirm(slip, by=staff)
    # Not half done: the slip is still there, to be withdrawn.
    assert status(slip) == "open"
    assert cash.held_by(station) == {courier: Decimal("54.10")}
    with pytest.raises(MoneyChanged):
        say(station, courier, "49.10", courier)
    again = say(station, courier, "54.10", courier, seen="54.10")
    assert (status(slip), status(again)) == ("withdrawn", "open")
    with pytest.raises(CashRefused, match=r"^这张点款单已经收回了，请重新点一次。$"):
        slips.confirm(slip, by=staff)
    assert not CashCount.objects.exists()


def test_confirming_twice_is_once_and_then_it_stays(station, carried, courier, staff, manager):
    carried("49.10")
    slip = say(station, courier, "49.10", courier)
    assert slips.confirm(slip, by=staff) == slips.confirm(slip, by=manager)
    assert CashCount.objects.get().witness == staff
    with pytest.raises(CashRefused, match="不能收回"):
        slips.withdraw(slip, by=courier)
    assert cash.in_till(station) == Decimal("49.10")


def test_the_same_tap_is_one_slip(station, carried, courier, staff):
    carried("49.10")
    nonce = uuid4()
    first = say(station, courier, "49.10", courier, nonce=nonce)
    assert say(station, courier, "49.10", courier, nonce=nonce) == first
    with pytest.raises(NonceTaken):
        say(station, courier, "49.00", courier, nonce=nonce)
    slips.withdraw(first, by=staff)
    slips.withdraw(first, by=staff)
    assert status(first) == "withdrawn"


def test_the_till_is_confirmed_by_another_of_the_station(station, staff, manager, courier):
    slip = say(station, None, "3.00", staff, seen="0")
    with pytest.raises(CashRefused):
        slips.confirm(slip, by=courier)
    count = slips.confirm(slip, by=manager)
    assert (count.holder, count.difference) == (None, Decimal("3.00"))
    assert cash.in_till(station) == Decimal("3.00")
