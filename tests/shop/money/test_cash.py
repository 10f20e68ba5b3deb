"""交款: what two people counted goes into the till, and what is missing is written down."""

from decimal import Decimal
from uuid import uuid4

import pytest

from shop.errors import CashRefused, MoneyChanged, MoneyRefused, NonceTaken
from shop.models import CashCount, MoneyMove
from shop.money import accounts, orders
from shop.money.cash import cash
from tests import factories

Account = MoneyMove.Account


@pytest.fixture
def carry(home):
    """Puts so many yuan of a door into somebody's hands."""

    def put(holder, amount: str, door=None) -> None:
        door = door or home
        order = factories.owing(door, amount)
        said = {"source": Account.PERSON, "holder": holder, "by": holder}
        orders.pay(order, door, Decimal(amount), nonce=uuid4(), **said)

    return put


def hand_in(station, holder, counted: str, by, witness, seen=None, **said) -> CashCount:
    seen = cash.held(station.pk, holder.pk) if seen is None else Decimal(seen)
    said = {"counted_by": by, "witness": witness, "seen": seen, "nonce": uuid4(), **said}
    return cash.hand_in(station, holder, Decimal(counted), **said)


def count_till(station, counted: str, by, witness, seen=None, **said) -> CashCount:
    seen = cash.in_till(station) if seen is None else Decimal(seen)
    said = {"counted_by": by, "witness": witness, "seen": seen, "nonce": uuid4(), **said}
    return cash.count_till(station, Decimal(counted), **said)


def moves_of(count: CashCount) -> list[tuple]:
    rows = count.moves.order_by("pk").values_list("kind", "source", "target", "amount")
    return [(*words, f"{amount:.2f}") for *words, amount in rows]


def test_who_holds_how_much(station, other_station, home, carry, courier, leader):
    assert cash.held_by(station) == {}
    carry(courier, "12.50")
    carry(leader, "30.00")
    carry(courier, "7.49")
    assert list(cash.held_by(station).items()) == [
        (leader, Decimal("30.00")),
        (courier, Decimal("19.99")),
    ]
    assert cash.hands_of(courier) == {station: Decimal("19.99")}
    assert cash.held_by(other_station) == {}


def test_all_of_it_goes_into_the_till(station, carry, courier, staff):
    carry(courier, "49.10")
    count = hand_in(station, courier, "49.10", staff, courier)
    assert (count.expected, count.counted, count.difference) == (
        Decimal("49.10"),
        Decimal("49.10"),
        0,
    )
    assert (count.holder, count.counted_by, count.witness) == (courier, staff, courier)
    assert moves_of(count) == [("hand_in", "cash", "person", "49.10")]
    assert cash.held_by(station) == {}
    assert cash.in_till(station) == Decimal("49.10")


@pytest.mark.parametrize(
    ("counted", "moves", "till"),
    [
        (
            "48.00",
            [
                ("hand_in", "cash", "person", "48.00"),
                ("difference", "difference", "person", "1.10"),
            ],
            "48.00",
        ),
        (
            "50.00",
            [
                ("hand_in", "cash", "person", "50.00"),
                ("difference", "person", "difference", "0.90"),
            ],
            "50.00",
        ),
        ("0", [("difference", "difference", "person", "49.10")], "0.00"),
    ],
)
def test_a_difference_is_written_down_and_the_hands_are_empty(
    station, carry, courier, staff, counted, moves, till
):
    carry(courier, "49.10")
    count = hand_in(station, courier, counted, courier, staff, note="风吹走一张")
    assert moves_of(count) == moves
    assert {move.holder for move in count.moves.all()} == {courier}
    assert cash.held_by(station) == {}
    assert cash.in_till(station) == Decimal(till)
    assert count.note == "风吹走一张"


def test_it_takes_two(station, carry, courier, other_courier, leader, stranger, staff, manager):
    carry(courier, "10.00")
    with pytest.raises(CashRefused, match=r"^点钱要两个人，一个人点，另一个人确认。$"):
        hand_in(station, courier, "10.00", staff, staff)
    for someone in (other_courier, leader, stranger):
        for names in [(staff, someone), (someone, courier)]:
            with pytest.raises(CashRefused, match=r"^点钱的要是交款人自己和驿站的工作人员。$"):
                hand_in(station, courier, "10.00", *names)
    assert not CashCount.objects.exists()
    hand_in(station, courier, "10.00", staff, manager)


def test_of_the_till_nobody_is_the_holder(station, staff, manager, courier):
    with pytest.raises(CashRefused):
        count_till(station, "0", staff, courier)
    count_till(station, "0", staff, manager)


def test_what_came_in_between_is_noticed(station, carry, courier, staff):
    carry(courier, "10.00")
    carry(courier, "0.50")
    with pytest.raises(MoneyChanged, match=r"^刚才又有钱进出，现在是 ¥10.50，请再看一眼。$"):
        hand_in(station, courier, "10.00", staff, courier, seen="10.00")
    assert cash.held_by(station) == {courier: Decimal("10.50")}


def test_the_same_tap_counts_once_and_says_one_thing(station, carry, courier, leader, staff):
    carry(courier, "10.00")
    carry(leader, "10.00")
    nonce = uuid4()
    first = hand_in(station, courier, "10.00", staff, courier, seen="10.00", nonce=nonce)
    again = hand_in(station, courier, "10.00", staff, courier, seen="10.00", nonce=nonce)
    assert again == first
    for holder, counted in [(courier, "9.00"), (leader, "10.00")]:
        with pytest.raises(NonceTaken):
            hand_in(station, holder, counted, staff, holder, seen="10.00", nonce=nonce)
    assert CashCount.objects.get() == first
    assert cash.in_till(station) == Decimal("10.00")


@pytest.mark.parametrize("counted", ["-0.01", "0.001", "1000000.01", "NaN", "Infinity"])
def test_amounts_nobody_counts(station, carry, courier, staff, counted):
    carry(courier, "10.00")
    with pytest.raises(CashRefused, match="点到的钱"):
        hand_in(station, courier, counted, staff, courier)
    assert not CashCount.objects.exists()


def test_nothing_cannot_be_handed_in_but_found_money_can(station, courier, staff):
    with pytest.raises(CashRefused, match=r"^没有要交的钱。$"):
        hand_in(station, courier, "0", staff, courier)
    count = hand_in(station, courier, "5.00", staff, courier)
    assert moves_of(count)[1] == ("difference", "person", "difference", "5.00")


@pytest.mark.parametrize(
    ("counted", "moves"),
    [
        ("20.00", []),
        ("18.50", [("difference", "difference", "cash", "1.50")]),
        ("20.20", [("difference", "cash", "difference", "0.20")]),
    ],
)
def test_the_till_is_what_two_found_in_it(station, home, staff, manager, counted, moves):
    accounts.deposit(home, Decimal("20.00"), by=staff, nonce=uuid4())
    count = count_till(station, counted, staff, manager)
    assert (count.holder, count.expected) == (None, Decimal("20.00"))
    assert moves_of(count) == moves
    assert cash.in_till(station) == Decimal(counted)
    with pytest.raises(MoneyChanged):
        count_till(station, "20.00", staff, manager, seen="19.99")


def test_the_bank_gets_no_more_than_the_till_holds(station, home, staff):
    accounts.deposit(home, Decimal("20.00"), by=staff, nonce=uuid4())
    nonce = uuid4()
    for _tap in range(2):
        cash.bank(station, Decimal("15.00"), by=staff, nonce=nonce)
    assert cash.in_till(station) == Decimal("5.00")
    with pytest.raises(MoneyRefused, match=r"^钱箱里账上只有 ¥5.00，存不了 ¥5.01。$"):
        cash.bank(station, Decimal("5.01"), by=staff, nonce=uuid4())
    with pytest.raises(NonceTaken):
        cash.bank(station, Decimal("5.00"), by=staff, nonce=nonce)
    for amount in ("0", "-1"):
        with pytest.raises(CashRefused):
            cash.bank(station, Decimal(amount), by=staff, nonce=uuid4())
    move = MoneyMove.objects.get(kind="banked")
    assert (move.source, move.target, move.amount, move.by) == (
        "bank",
        "cash",
        Decimal("15.00"),
        staff,
    )


def test_a_till_below_zero_is_said_and_nobody_is_sent_away(station, home, staff):
    by = {"by": staff}
    accounts.deposit(home, Decimal("5.00"), **by, nonce=uuid4(), source=Account.TRANSFER)
    accounts.pay_back(home, Decimal("5.00"), **by, nonce=uuid4())
    assert cash.in_till(station) == Decimal("-5.00")
    said = "账上钱箱少了 ¥5.00：可能有收的钱还没记，请点一次钱箱。"
    assert cash.till_warning(station) == said
    accounts.deposit(home, Decimal("5.00"), **by, nonce=uuid4())
    assert cash.till_warning(station) == ""
