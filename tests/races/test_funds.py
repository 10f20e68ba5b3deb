"""A fund never pays more than it has, however many order at once."""

from decimal import Decimal
from uuid import uuid4

from delivery import rounds
from delivery.models import ParcelLine
from delivery.picks import packing
from shop.counter_sales import counter
from shop.models import CounterSale, MoneyMove
from shop.money import ledger
from shop.money.funds import funds, subsidies
from shop.settlement import undoing
from tests import factories
from tests.races.buyers import (
    PATIENCE,
    Halfway,
    kinds,
    meet_before,
    scene,
    wait_until_somebody_waits,
)


def half_paid(amount: str):
    """A fund with so much, that pays half of a good for 12 yuan."""
    here = scene()
    fund = factories.fund(here.station, amount)
    rice = factories.item(here.station, "大米", price="12.00")
    factories.grant(fund, "0.5", item=rice)
    return here, fund, rice


def paid_by(fund) -> list[Decimal]:
    """Of each order, the largest first."""
    moves = MoneyMove.objects.filter(fund=fund, source=MoneyMove.Account.FUND)
    return sorted(moves.values_list("amount", flat=True), reverse=True)


def left(fund) -> Decimal:
    return subsidies.left([fund.pk])[fund.pk]


def test_ten_yuan_and_eight_orders(each_database, race):
    here, fund, rice = half_paid("10.00")
    buyers = here.buyers(8, (rice, 1))
    placed, errors = race(8, lambda number: buyers[number].place())
    assert not errors
    assert paid_by(fund) == [Decimal("6.00"), Decimal("4.00")]
    assert left(fund) == Decimal("0.00")
    owed = ledger.owed([order.pk for order in placed])
    assert sorted(owed.values()) == [Decimal(6), Decimal(8), *[Decimal(12)] * 6]


def test_without_the_funds_lock_it_pays_more_than_it_has(transactional_db, race, monkeypatch):
    here, fund, _rice = half_paid("6.00")
    buyers = [here.buyer((good, 1)) for good in _two(here, fund)]
    monkeypatch.setattr(subsidies, "lock", lambda fund_ids: None)
    meet_before(monkeypatch, ledger, "post", runners=2)
    placed, errors = race(2, lambda number: buyers[number].place())
    assert not errors
    assert len(placed) == 2
    assert left(fund) == Decimal("-6.00")


def _two(here, fund) -> list:
    """Two goods, so that nobody waits for the other one's."""
    goods = [factories.item(here.station, title, price="12.00") for title in ("面粉", "油")]
    for good in goods:
        factories.grant(fund, "0.5", item=good)
    return goods


def test_orders_and_the_counter_spend_one_fund(each_database, race):
    here, fund, rice = half_paid("10.00")
    clerk = factories.member(here.station)
    doors = [factories.household(here.grid) for _number in range(4)]

    def sell(door):
        return counter.sell(
            here.station,
            door,
            {rice.record_id: 1},
            by=clerk,
            way=CounterSale.Way.CASH,
            nonce=uuid4(),
        )

    steps = [buyer.place for buyer in here.buyers(4, (rice, 1))]
    steps += [lambda door=door: sell(door) for door in doors]
    done, errors = race(8, lambda number: steps[number]())
    assert not errors
    assert len(done) == 8
    assert paid_by(fund) == [Decimal("6.00"), Decimal("4.00")]


def test_a_gift_that_goes_back_is_not_spent_as_well(each_database, race):
    here, fund, rice = half_paid("6.00")
    clerk, buyer = factories.member(here.station), here.buyer((rice, 1))

    def give_back():
        funds.give_back(fund, Decimal("6.00"), by=clerk, nonce=uuid4())

    for _again in range(3):
        steps = [buyer.place, give_back]
        _done, errors = race(2, lambda number, steps=steps: steps[number]())
        assert kinds(errors) <= {"FundRefused"}
        assert left(fund) == 0
        funds.donate(fund, Decimal("6.00"), by=clerk, nonce=uuid4())
        buyer = here.buyer((rice, 1))


def test_two_who_say_for_whom_leave_one_share(each_database, race):
    here, fund, _rice = half_paid("6.00")
    door, clerk = factories.household(here.grid), factories.member(here.station)
    shares = ["0.1", "0.2", "0.1", "0.2"]
    race(4, lambda number: funds.grant(fund, Decimal(shares[number]), household=door, by=clerk))
    assert funds.grants(fund).filter(household=door).count() == 1


def undoing_while_somebody_orders(monkeypatch):
    """Somebody who holds the rice and is about to take from the fund, and a packer who undoes a
    mistake with rice that the fund pays for."""
    here, fund, rice = half_paid("100.00")
    household, clerk = factories.household(here.grid), factories.member(here.station)
    order = here.buyer((rice, 2), household=household).place()
    rounds.close(here.round)
    line = ParcelLine.objects.get(parcel__order=order)
    packing.tick(line, by=clerk, units=1)
    here.round = factories.round(here.station)
    buyer = here.buyer((rice, 1))
    stopped = Halfway(monkeypatch, subsidies, "agreed")

    def run(number: int) -> None:
        if number == 0:
            buyer.place()
            return
        assert stopped.reached.wait(PATIENCE)
        packing.untick(line, by=clerk)

    def let_go_on() -> None:
        stopped.reached.wait(PATIENCE)
        wait_until_somebody_waits("transactionid")
        stopped.go.set()

    return fund, run, let_go_on


def test_a_fund_is_locked_after_the_goods(transactional_db, race, monkeypatch):
    fund, run, let_go_on = undoing_while_somebody_orders(monkeypatch)
    _done, errors = race(3, lambda number: let_go_on() if number == 2 else run(number))
    assert not errors
    assert left(fund) == Decimal("82.00")


def test_the_other_way_round_there_is_a_deadlock(transactional_db, race, monkeypatch):
    _fund, run, let_go_on = undoing_while_somebody_orders(monkeypatch)
    monkeypatch.setattr(undoing.stock, "lock", lambda record_ids: None)
    _done, errors = race(3, lambda number: let_go_on() if number == 2 else run(number))
    assert kinds(errors) == {"OperationalError"}
