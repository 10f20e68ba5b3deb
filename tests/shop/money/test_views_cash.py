"""The console's page of cash, and 我手上的钱 on the phone of whoever holds it."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from delivery import batches
from shop.models import CashCount, CashSlip, MoneyMove
from shop.money import accounts, orders
from shop.money.cash import cash, slips
from tests import factories
from tests.delivery.doors import record, send_out
from tests.delivery.taps import log_in, words

PAGE, MINE = "station-cash", "my-cash"


@pytest.fixture
def carry(home):
    def put(holder, amount: str) -> None:
        order = factories.owing(home, amount)
        said = {"source": MoneyMove.Account.PERSON, "holder": holder, "by": holder}
        orders.pay(order, home, Decimal(amount), nonce=uuid4(), **said)

    return put


@pytest.fixture
def carried(carry, courier) -> None:
    carry(courier, "49.10")


def say(client, page: str, counted: str = "49.10", seen: str = "49.10", **about):
    data = {"counted": counted, "seen": seen, "nonce": uuid4(), **about}
    return client.post(reverse(page), data)


def answer(client, slip, verb: str = "cash-confirm", back: str = ""):
    return client.post(reverse(verb, args=[slip.pk]), {"back": back})


# -- two people, two phones -----------------------------------------------------------------------


def test_the_clerk_counts_and_the_courier_confirms_on_their_phone(
    client, station, carried, courier, staff
):
    log_in(client, staff)
    page = client.get(reverse(PAGE))
    assert "褚志愿者" in page.text
    assert "点到 ¥49.10，正好" in page.text
    assert say(client, PAGE, holder=courier.pk).headers["Location"] == reverse(PAGE)
    page = client.get(reverse(PAGE))
    slip = CashSlip.objects.get()
    assert "冯店员 点到 ¥49.10" in page.text
    # Whoever counted it has no button to confirm it.
    assert reverse("cash-confirm", args=[slip.pk]) not in page.text
    log_in(client, courier)
    page = client.get(reverse(MINE))
    assert reverse("cash-confirm", args=[slip.pk]) in page.text
    done = answer(client, slip)
    assert done.headers["Location"] == reverse(MINE)
    page = client.get(reverse(MINE))
    assert words(page) == ["¥49.10 入账了，账款相符。"]
    assert "手上没有要交的钱" in page.text
    count = CashCount.objects.get()
    assert (count.counted_by, count.witness) == (staff, courier)


def test_the_courier_counts_and_the_clerk_confirms_with_the_difference_in_words(
    client, station, carried, courier, staff
):
    log_in(client, courier)
    assert say(client, MINE, "48.00", station=station.pk).headers["Location"] == reverse(MINE)
    slip = CashSlip.objects.get()
    page = client.get(reverse(MINE))
    assert "请驿站的人点过" in page.text
    assert reverse("cash-confirm", args=[slip.pk]) not in page.text
    log_in(client, staff)
    page = client.get(reverse(PAGE))
    assert "少 ¥1.10" in page.text
    answer(client, slip, back="station")
    page = client.get(reverse(PAGE))
    assert words(page) == ["¥48.00 入账了，少了 ¥1.10，差额已经记下。"]
    assert [count.difference for count in page.context["counts"]] == [Decimal("-1.10")]
    assert "褚志愿者、冯店员" in page.text
    assert "都交齐了" in page.text


def test_what_is_wrong_is_counted_again(client, carried, courier, staff):
    log_in(client, staff)
    say(client, PAGE, holder=courier.pk)
    slip = CashSlip.objects.get()
    log_in(client, courier)
    answer(client, slip, "cash-withdraw")
    assert "点到 ¥49.10，正好" in client.get(reverse(MINE)).text
    answer(client, slip)
    assert words(client.get(reverse(MINE))) == ["这张点款单已经收回了，请重新点一次。"]
    assert not CashCount.objects.exists()


def test_a_door_in_between_is_noticed_on_both_pages(client, carry, carried, courier, staff):
    log_in(client, staff)
    say(client, PAGE, holder=courier.pk)
    carry(courier, "5.00")
    slip = CashSlip.objects.get()
    for person, name in [(staff, PAGE), (courier, MINE)]:
        page = log_in(client, person).get(reverse(name))
        assert "账上现在是 ¥54.10，请重新点" in page.text
        assert reverse("cash-confirm", args=[slip.pk]) not in page.text
    answer(client, slip)
    assert words(client.get(reverse(MINE))) == ["刚才又有钱进出，现在是 ¥54.10，请再看一眼。"]
    answer(client, slip, "cash-withdraw")
    refused = say(client, MINE, station=courier.volunteer.station_id)
    assert refused.status_code == 409
    assert words(refused) == ["刚才又有钱进出，现在是 ¥54.10，请再看一眼。"]
    assert 'name="seen" value="54.10"' in refused.text


# -- what cannot be right -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"counted": "很多"}, 400, "请填金额，比如 20 或 20.50。"),
        ({"counted": "-1"}, 400, "金额不能是负的。"),
        ({"counted": "1.005"}, 400, "金额最多到分。"),
        ({"counted": "1000000.01"}, 400, "金额太大了，请看看是不是多按了一位。"),
        ({"counted": "49.10", "note": "很" * 101}, 400, "最多写 100 个字。"),
        ({"counted": "49.10", "seen": "49.00"}, 409, "刚才又有钱进出，现在是 ¥49.10，请再看一眼。"),
    ],
)
def test_a_slip_that_cannot_be_right_is_said(
    client, carried, courier, staff, fields, status, sentence
):
    log_in(client, staff)
    page = say(client, PAGE, **{"holder": courier.pk, **fields})
    assert page.status_code == status
    assert words(page) == [sentence]
    # What was typed is still there, at the right hands: not at the till.
    assert page.text.count(f'required value="{fields["counted"]}"') == 1
    assert not CashSlip.objects.exists()


@pytest.mark.parametrize("holder", ["nobody", "resident", "stranger"])
def test_nobody_hands_in_what_they_do_not_have(client, request, carried, staff, holder):
    key = 2**62 if holder == "nobody" else request.getfixturevalue(holder).pk
    page = say(log_in(client, staff), PAGE, holder=key)
    assert page.status_code == 409
    assert words(page) == ["TA 手上现在没有要交的钱。"]
    assert not CashSlip.objects.exists()


@pytest.mark.parametrize("who", ["other_courier", "leader", "resident", "stranger"])
def test_nobody_else_confirms_or_withdraws(client, request, station, carried, courier, who):
    slip = slips.say(
        station, courier, Decimal("49.10"), by=courier, seen=Decimal("49.10"), nonce=uuid4()
    )
    log_in(client, request.getfixturevalue(who))
    for verb in ("cash-confirm", "cash-withdraw"):
        assert answer(client, slip, verb).status_code == 404
        assert client.get(reverse(verb, args=[slip.pk])).status_code == 405
    slip.refresh_from_db()
    assert slip.status == "open"
    assert not CashCount.objects.exists()


def test_nobody_says_it_for_another_station(client, carried, courier, other_station):
    page = say(log_in(client, courier), MINE, station=other_station.pk)
    assert page.status_code == 403
    assert not CashSlip.objects.exists()


# -- the till and the bank ------------------------------------------------------------------------


def test_the_till_is_counted_and_some_of_it_brought_to_the_bank(
    client, home, station, staff, manager
):
    accounts.deposit(home, Decimal("20.00"), by=staff, nonce=uuid4())
    log_in(client, staff)
    say(client, PAGE, "19.00", "20.00")
    slip = CashSlip.objects.get()
    assert slip.holder is None
    answer(log_in(client, manager), slip, back="station")
    assert cash.in_till(station) == Decimal("19.00")
    nonce = uuid4()
    for _tap in range(2):
        client.post(reverse("station-cash-bank"), {"amount": "15", "nonce": nonce})
    assert cash.in_till(station) == Decimal("4.00")
    page = client.post(reverse("station-cash-bank"), {"amount": "5", "nonce": uuid4()})
    assert page.status_code == 409
    assert "钱箱里账上只有 ¥4.00，存不了 ¥5.00。" in page.text
    page = client.post(reverse("station-cash-bank"), {"amount": "0", "nonce": uuid4()})
    assert page.status_code == 400
    assert cash.in_till(station) == Decimal("4.00")


# -- 我手上的钱 ------------------------------------------------------------------------------------


def test_the_phone_says_what_it_is_made_of(client, station, home, grid, carry, courier, staff):
    closed = factories.round(station, status="closed")
    doors = [home, factories.household(grid, "9")]
    for door, due in zip(doors, ("12.50", "7.50"), strict=True):
        factories.parcel(closed, door, order=factories.owing(door, due), due=Decimal(due))
    [batch] = batches.plan(closed, staff).batches
    send_out(batch, courier, staff)
    for stop, due in zip(batch.stops.all(), ("12.50", "7.50"), strict=True):
        record(stop, courier, "handed", cash=due)
    carry(courier, "3.00")
    page = log_in(client, courier).get(reverse(MINE))
    [(hands, parts, _nonce, _typed)] = page.context["places"]
    assert hands.amount == Decimal("23.00")
    assert {(part.words, part.doors, part.amount) for part in parts} == {
        ("一网格-1", 2, Decimal("20.00")),
        ("上门代收", 1, Decimal("3.00")),
    }
    # A batch that is done has no doors on the courier's phone any more.
    assert "幢" not in page.text
    said = {"counted_by": staff, "witness": courier, "seen": Decimal("23.00"), "nonce": uuid4()}
    cash.hand_in(station, courier, Decimal("23.00"), **said)
    carry(courier, "1.00")
    [(hands, parts, *_rest)] = client.get(reverse(MINE)).context["places"]
    assert [(part.words, part.amount) for part in parts] == [("上门代收", Decimal("1.00"))]


def test_off_duty_they_still_hand_in(client, carried, courier):
    courier.volunteer.active = False
    courier.volunteer.save()
    page = log_in(client, courier).get(reverse(MINE))
    assert "¥49.10" in page.text


@pytest.mark.parametrize("who", ["resident", "staff", "manager"])
def test_who_takes_no_money_has_no_such_page(client, request, who):
    assert log_in(client, request.getfixturevalue(who)).get(reverse(MINE)).status_code == 403


@pytest.mark.parametrize("people", [3, 23])
def test_the_queries_do_not_grow_with_the_people(
    client, station, staff, carry, django_assert_num_queries, people
):
    for number in range(people):
        helper = factories.volunteer(station).user
        carry(helper, "5.00")
        if number % 2 == 0:
            said = {"by": helper, "seen": Decimal("5.00"), "nonce": uuid4()}
            slip = slips.say(station, helper, Decimal("4.00"), **said)
            if number == 0:
                slips.confirm(slip, by=staff)
    log_in(client, staff)
    # Session, user, station; till and its slip; slips, sums and names; counts and how many.
    with django_assert_num_queries(11):
        page = client.get(reverse(PAGE))
    assert len(page.context["people"]) == people - 1


def test_a_till_below_zero_is_never_counted_with_one_tap(client, home, station, staff):
    transfer = MoneyMove.Account.TRANSFER
    accounts.deposit(home, Decimal("3.20"), by=staff, nonce=uuid4(), source=transfer)
    accounts.pay_back(home, Decimal("3.20"), by=staff, nonce=uuid4())
    page = log_in(client, staff).get(reverse(PAGE)).text
    assert "账上是 −¥3.20，钱箱里不会比没有还少：请数一数，点到多少写多少。" in page
    assert 'name="counted" value="-3.20"' not in page
    assert "点到的不一样…" not in page
