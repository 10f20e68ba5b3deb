"""Two people answer, take back, or claim at the same moment; and a parcel is given up while
somebody plans it again.

Each guard has its control: the same race without it goes wrong, or is stopped by the condition
behind it.
"""

from decimal import Decimal
from uuid import uuid4

from delivery import batches, locks, returns
from delivery.errors import ReturnRefused
from delivery.models import Household, Parcel, StopParcel
from shop.claims import answering, claiming
from shop.counter_sales import counter, taking_back
from shop.errors import ClaimAnswered, ClaimRefused, TakeBackRefused
from shop.models import Adjustment, Claim, CounterSale
from shop.money import accounts, ledger
from shop.settlement import afterwards
from tests import factories
from tests.delivery.doors import fail
from tests.races.buyers import PATIENCE, Halfway, meet_before, wait_until_somebody_waits
from tests.races.test_delivery import kinds, meet_after
from tests.shop.doors import hand_out, send_out, wrong
from tests.shop.orders import place


class Afternoon:
    """Two bags of rice for 6.00, brought to a door; `paid` there in cash."""

    def __init__(self, *, paid: bool = True, failed: bool = False) -> None:
        self.station = factories.station()
        self.staff = [factories.member(self.station) for _ in range(2)]
        self.courier = factories.volunteer(self.station).user
        self.home: Household = factories.household(factories.grid(self.station))
        self.rice = factories.item(self.station, "大米", price="3.00", in_stock=10)
        self.round = factories.round(self.station)
        self.order = place(self.round, self.home, (self.rice, 2))
        stops = send_out(self.round, self.courier, self.staff[0])
        if failed:
            fail(stops[0], self.courier)
        elif paid:
            hand_out(stops, self.courier, "handed", cash="6.00")
        else:
            hand_out(stops, self.courier)

    @property
    def line(self):
        return self.order.lines.select_related("order", "stockrecord__item").get()

    def claim(self, units: int = 1, nonce=None) -> Claim:
        said = {"kind": "damaged", "units": units, "by": self.order.user, "nonce": nonce or uuid4()}
        return claiming.make(self.line, **said)

    def accept(self, claim: Claim, amount: str, number: int = 0) -> None:
        answering.accept(Claim.objects.get(pk=claim.pk), Decimal(amount), by=self.staff[number])

    @property
    def given_back(self) -> Decimal:
        return accounts.balance(self.home)


def without_the_orders_lock(monkeypatch) -> None:
    monkeypatch.setattr(ledger, "lock", lambda order_ids: None)


# --- answers ----------------------------------------------------------------------------------


def test_one_claim_is_answered_once(each_database, race):
    here = Afternoon()
    claim = here.claim()
    amounts = ["1.00", "2.00"]
    done, errors = race(2, lambda number: here.accept(claim, amounts[number], number))
    assert (len(done), kinds(errors)) == (1, {ClaimAnswered})
    claim.refresh_from_db()
    assert here.given_back == claim.amount
    assert wrong() == {}


def test_without_the_lock_the_condition_still_stops_the_second(transactional_db, race, monkeypatch):
    """The control: both have looked, and one is refused in words."""
    here = Afternoon()
    claim = here.claim()
    without_the_orders_lock(monkeypatch)
    meet_before(monkeypatch, answering, "_answer", runners=2)
    done, errors = race(2, lambda number: here.accept(claim, "1.00", number))
    assert (len(done), kinds(errors)) == (1, {ClaimAnswered})
    assert here.given_back == Decimal("1.00")


def test_without_lock_and_condition_it_is_paid_twice(transactional_db, race, monkeypatch):
    """The control of the condition."""
    here = Afternoon()
    claim = here.claim()
    without_the_orders_lock(monkeypatch)
    monkeypatch.setattr(answering, "_answer", lambda claim, *said, **also: claim.at)
    meet_after(monkeypatch, 2, (afterwards, "worth"))
    done, errors = race(2, lambda number: here.accept(claim, "1.00", number))
    assert (len(done), errors) == (2, [])
    assert here.given_back == Decimal("2.00")


def test_two_claims_of_one_line_never_give_back_more_than_it_cost(each_database, race):
    here = Afternoon()
    claims = [here.claim(), here.claim()]
    done, errors = race(2, lambda number: here.accept(claims[number], "5.00", number))
    assert (len(done), kinds(errors)) == (1, {ClaimRefused})
    assert here.given_back == Decimal("5.00")
    assert wrong() == {}


def test_without_the_lock_they_do(transactional_db, race, monkeypatch):
    """The control."""
    here = Afternoon()
    claims = [here.claim(), here.claim()]
    without_the_orders_lock(monkeypatch)
    meet_after(monkeypatch, 2, (afterwards, "worth"))
    done, errors = race(2, lambda number: here.accept(claims[number], "5.00", number))
    assert (len(done), errors) == (2, [])
    assert here.given_back == Decimal("10.00"), "6.00 was paid"


# --- claims -----------------------------------------------------------------------------------


def test_eight_taps_are_one_claim(each_database, race):
    here = Afternoon()
    nonce = uuid4()
    done, errors = race(8, lambda _number: here.claim(nonce=nonce).pk)
    assert (len(set(done)), errors) == (1, [])
    assert Claim.objects.count() == 1


def test_two_tabs_do_not_claim_more_than_came(each_database, race):
    here = Afternoon()
    done, errors = race(2, lambda _number: here.claim(2))
    assert (len(done), kinds(errors)) == (1, {ClaimRefused})


def test_without_the_lock_two_tabs_claim_twice_what_came(transactional_db, race, monkeypatch):
    """The control."""
    here = Afternoon()
    without_the_orders_lock(monkeypatch)
    meet_before(monkeypatch, claiming, "came", runners=2)
    done, errors = race(2, lambda _number: here.claim(2))
    assert (len(done), errors) == (2, [])
    assert sum(Claim.objects.values_list("units", flat=True)) == 4


# --- parcels that are given up ----------------------------------------------------------------


def give_up_while_they_plan(race, monkeypatch, *, guarded: bool):
    """The plan has seen the parcel, and somebody takes it back before it is in a batch."""
    here = Afternoon(failed=True)
    parcel = Parcel.objects.get()
    halfway = Halfway(monkeypatch, batches, "_free_parcels", after=True)

    def give_up() -> None:
        assert halfway.reached.wait(PATIENCE)
        try:
            returns.take_back(parcel, by=here.staff[1])
        finally:
            halfway.go.set()

    def look_on() -> None:
        assert halfway.reached.wait(PATIENCE)
        wait_until_somebody_waits()
        halfway.go.set()

    steps = [lambda: batches.plan(here.round, here.staff[0]), give_up]
    steps += [look_on] if guarded else []
    _, errors = race(len(steps), lambda number: steps[number]())
    parcel.refresh_from_db()
    in_batch = StopParcel.objects.filter(parcel=parcel, active=True).exists()
    return kinds(errors), parcel.status, in_batch


def test_what_is_planned_meanwhile_is_not_taken_back(transactional_db, race, monkeypatch):
    came_of_it = give_up_while_they_plan(race, monkeypatch, guarded=True)
    assert came_of_it == ({ReturnRefused}, "failed", True)
    assert wrong() == {}


def test_without_the_rounds_lock_a_batch_carries_what_is_on_the_shelf(
    transactional_db, race, monkeypatch
):
    """The control."""
    monkeypatch.setattr(locks, "round_exclusive", lambda round_id: None)
    came_of_it = give_up_while_they_plan(race, monkeypatch, guarded=False)
    assert came_of_it == (set(), "returned", True)
    assert wrong() != {}


def test_two_who_give_it_up_put_it_back_once(each_database, race):
    here = Afternoon(failed=True)
    parcel = Parcel.objects.get()
    _, errors = race(2, lambda number: returns.take_back(parcel, by=here.staff[number]))
    assert errors == []
    here.rice.record.refresh_from_db()
    assert here.rice.record.num_in_stock == 10
    assert Adjustment.objects.count() == 1
    assert wrong() == {}


# --- over the counter -------------------------------------------------------------------------


def bring_back(runners: int, units: int, *, same: bool):
    here = Afternoon()
    order = counter.sell(
        here.station,
        here.home,
        {here.rice.record_id: 3},
        by=here.staff[0],
        way=CounterSale.Way.CASH,
        nonce=uuid4(),
    )
    nonces = [uuid4()] * runners if same else [uuid4() for _ in range(runners)]
    line_id = order.lines.get().pk

    def run(number: int) -> Decimal:
        sale = CounterSale.objects.get(order=order.pk)
        said = {"cash": True, "nonce": nonces[number], "by": here.staff[0]}
        return taking_back.take_back(sale, {line_id: units}, **said)

    return here, run


def shelf(here: Afternoon) -> int:
    here.rice.record.refresh_from_db()
    return here.rice.record.num_in_stock


def test_eight_taps_bring_it_back_once(each_database, race):
    here, run = bring_back(8, 2, same=True)
    given, errors = race(8, run)
    assert (set(given), errors) == ({Decimal("6.00")}, [])
    assert shelf(here) == 7
    assert wrong() == {}


def test_two_windows_bring_back_no_more_than_was_sold(each_database, race):
    here, run = bring_back(2, 2, same=False)
    given, errors = race(2, run)
    assert (given, kinds(errors)) == ([Decimal("6.00")], {TakeBackRefused})
    assert shelf(here) == 7
    assert wrong() == {}


def test_without_the_locks_the_shelf_still_refuses_the_second(transactional_db, race, monkeypatch):
    """The control: both have looked, and one would bring back what never left the shelf."""
    here, run = bring_back(2, 2, same=False)
    monkeypatch.setattr(locks, "household", lambda household_id: None)
    without_the_orders_lock(monkeypatch)
    meet_after(monkeypatch, 2, (taking_back, "_worth"))
    given, errors = race(2, run)
    assert (len(given), len(errors)) == (1, 1)
    assert str(errors[0]) == "这一单没有拿走这么多，不能退这么多。"
    assert shelf(here) == 7
