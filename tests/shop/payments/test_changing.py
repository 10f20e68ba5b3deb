"""An order that waits for its payment is paid another way."""

from decimal import Decimal
from uuid import uuid4

import pytest

from delivery import rounds
from delivery.models import Parcel
from shop import audit
from shop.errors import (
    AccountShort,
    MoneyRefused,
    NotAwaiting,
    PaidMeanwhile,
    PaymentUnderWay,
    WayClosed,
)
from shop.models import MoneyMove, OrderStatus, StripePayment
from shop.money import accounts, ledger, orders
from shop.payments import changing
from shop.payments.changing import change_way
from shop.payments.stripe import client, sessions
from tests.shop.payments.conftest import attempt, refund_of, send_all

Status = StripePayment.Status


def state(order) -> tuple[str, str, Decimal]:
    order.refresh_from_db()
    order.placement.refresh_from_db()
    return order.status, order.placement.way, ledger.owed([order.pk])[order.pk]


def test_at_the_door_instead(shop, resident):
    order, session = shop.open()
    for _tap in range(2):
        change_way(order, "door", by=resident)
    assert state(order) == (OrderStatus.PLACED, "door", 25)
    assert shop.held() == 2
    assert client.api().checkout.sessions.retrieve(session).status == "expired"
    assert attempt(order).status == Status.EXPIRED
    assert shop.hear() == ["nothing new"]
    assert state(order)[0] == OrderStatus.PLACED


def test_from_the_account_instead(shop, resident, staff):
    order, _session = shop.open()
    with pytest.raises(AccountShort):
        change_way(order, "account", by=resident)
    assert state(order) == (OrderStatus.AWAITING, "stripe", 25)
    accounts.deposit(shop.home, Decimal("30.00"), by=staff, nonce=uuid4())
    change_way(order, "account", by=resident)
    assert state(order) == (OrderStatus.PLACED, "account", 0)
    assert accounts.balance(shop.home) == 5


def test_a_refused_change_leaves_the_page_to_be_paid(shop, resident):
    order, session = shop.open()
    with pytest.raises(AccountShort):
        change_way(order, "account", by=resident)
    assert shop.hear() == []
    assert (state(order)[0], shop.held()) == (OrderStatus.AWAITING, 2)
    assert sessions.begin(order) == attempt(order).url
    shop.fake.pay(session)
    assert shop.hear() == ["placed"]
    assert state(order) == (OrderStatus.PLACED, "stripe", 0)


def test_the_end_of_the_page_never_overtakes_the_change(shop, resident, monkeypatch):
    order, _session = shop.open()
    change = changing._change

    def slow(*args):
        shop.hear()
        return change(*args)

    monkeypatch.setattr(changing, "_change", slow)
    change_way(order, "door", by=resident)
    shop.hear()
    assert (state(order), shop.held()) == ((OrderStatus.PLACED, "door", 25), 2)


def test_who_pays_while_it_changes_has_it_back(shop, resident, monkeypatch, staff):
    order, session = shop.open()
    accounts.deposit(shop.home, Decimal("25.00"), by=staff, nonce=uuid4())
    change = changing._change

    def slow(*args):
        change(*args)
        shop.fake.pay(session)

    monkeypatch.setattr(changing, "_change", slow)
    change_way(order, "account", by=resident)
    assert state(order) == (OrderStatus.PLACED, "account", 0)
    assert refund_of(order).amount == Decimal("25.00")
    assert shop.hear() == ["nothing new"]


def test_while_stripe_is_down(shop, resident):
    """The goods do not wait for Stripe. Should the page be paid all the same, it all goes back."""
    order, session = shop.open()
    shop.fake.fail("/v1/", "drop")
    change_way(order, "door", by=resident)
    assert state(order) == (OrderStatus.PLACED, "door", 25)
    assert attempt(order).url  # for the sweep to close
    shop.fake.pay(session)
    assert shop.hear() == ["booked"]
    assert state(order) == (OrderStatus.PLACED, "door", 0)  # nothing to collect any more
    rounds.close(shop.today)
    assert Parcel.objects.get(order=order).due == 0


def test_paid_twice_goes_back_once(shop, resident, staff):
    order, session = shop.open()
    accounts.deposit(shop.home, Decimal("25.00"), by=staff, nonce=uuid4())
    shop.fake.fail("/v1/", "drop")
    change_way(order, "account", by=resident)
    shop.fake.pay(session)
    assert shop.hear() == ["booked"]
    assert state(order)[2] == 0
    assert refund_of(order).amount == Decimal("25.00")
    send_all()
    assert not [str(result) for result in audit.run() if not result.ok]


def test_who_has_paid_already_is_told(shop, resident):
    order, session = shop.open()
    shop.fake.pay(session)
    with pytest.raises(PaidMeanwhile, match=r"^这一单刚刚已经付好了。$"):
        change_way(order, "door", by=resident)
    assert state(order) == (OrderStatus.PLACED, "stripe", 0)
    assert MoneyMove.objects.filter(kind="payment").count() == 1


@pytest.mark.parametrize("told", [True, False])
def test_whose_money_is_under_way_waits(shop, resident, told):
    order, session = shop.open()
    shop.fake.accept(session)
    if told:
        shop.hear()
    with pytest.raises(PaymentUnderWay):
        change_way(order, "door", by=resident)
    assert state(order)[0] == OrderStatus.AWAITING


@pytest.mark.parametrize("way", ["stripe", "gold", "", "door"])
def test_only_to_what_the_station_offers(shop, resident, station, way):
    station.ways_to_pay = ["account", "stripe"]
    station.save()
    order, _session = shop.open()
    with pytest.raises(WayClosed):
        change_way(order, way, by=resident)
    assert state(order)[0] == OrderStatus.AWAITING


def test_not_what_does_not_wait(shop, resident):
    order = shop.paid()
    with pytest.raises(NotAwaiting):
        change_way(order, "door", by=resident)
    gone, _session = shop.open()
    shop.late()
    with pytest.raises(NotAwaiting):
        change_way(gone, "door", by=resident)
    assert (state(order)[1], state(gone)[0]) == ("stripe", OrderStatus.CANCELLED)


def test_after_the_round_has_closed_it_gets_its_parcel(shop, resident):
    order, _session = shop.open()
    rounds.close(shop.today)
    change_way(order, "door", by=resident)
    assert Parcel.objects.get(order=order).due == Decimal("25.00")
    assert not [str(result) for result in audit.run() if not result.ok]


def test_money_at_the_counter_is_not_taken_while_a_page_is_open(shop, staff):
    order, _session = shop.open()
    with pytest.raises(MoneyRefused, match="等网上付款"):
        orders.pay(
            order,
            shop.home,
            Decimal("25.00"),
            source=MoneyMove.Account.CASH,
            by=staff,
            nonce=uuid4(),
        )
    assert state(order) == (OrderStatus.AWAITING, "stripe", 25)
    assert sessions.begin(order)
