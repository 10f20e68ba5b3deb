"""Stripe tells us twice at once, or while somebody cancels, or while the round closes; and two
workers send one refund (docs/locking.md)."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
import stripe
from django.db import transaction
from django.utils import timezone
from oscar.core.loading import get_model

from delivery import locks, rounds
from delivery.models import Parcel, Round
from shop import audit, ordering
from shop.errors import NotAwaiting, PaidMeanwhile, RefundRefused
from shop.models import MoneyMove, OrderStatus, Refund, StripeEvent, StripePayment
from shop.money import accounts, ledger, orders
from shop.payments import changing, holding
from shop.payments.stripe import client, paying, refunds, sessions, webhooks
from tests import factories
from tests.fakes.stripe import FakeStripe
from tests.races.buyers import PATIENCE, Halfway, kinds, wait_until_somebody_waits
from tests.shop.payments.conftest import Shop, attempt, feed
from tests.shop.payments.test_refunds import less

Order = get_model("order", "Order")


@pytest.fixture
def fake(settings):
    with FakeStripe() as fake:
        settings.STRIPE_SECRET_KEY = fake.secret_key
        settings.STRIPE_WEBHOOK_SECRET = fake.webhook_secret
        settings.STRIPE_API_BASE = fake.url
        yield fake


def scene(fake) -> Shop:
    """Made without the cast: its fixtures live in a transaction, and races commit."""
    station = factories.station(ways_to_pay=["door", "account", "stripe"])
    home = factories.household(factories.grid(station))
    eggs = factories.item(station, price="12.50", in_stock=10)
    factories.resident(home)
    return Shop(fake, factories.round(station, closes_in=3), eggs, home)


def completed(shop: Shop, session: str) -> dict:
    """The payer has paid: the event that says so."""
    shop.fake.pay(session)
    return shop.sent()[-1]


def payments() -> list[Decimal]:
    return [move.amount for move in MoneyMove.objects.filter(kind="payment")]


def status(order) -> str:
    return Order.objects.get(pk=order.pk).status


def at_stripe() -> list[int]:
    return [refund.amount for refund in client.api().refunds.list().data]


def audited() -> None:
    assert not [str(result) for result in audit.run() if not result.ok]


# --- one payment ---------------------------------------------------------------------------
def test_an_event_that_comes_eight_times_at_once_pays_once(each_database, race, fake):
    shop = scene(fake)
    order, session = shop.open()
    event = completed(shop, session)
    done, errors = race(8, lambda number: feed(event))
    assert not errors
    assert sorted(done) == sorted(["placed", *["repeated"] * 7])
    assert payments() == [Decimal("25.00")]
    assert StripeEvent.objects.count() == order.status_changes.count() == 1
    assert shop.held() == 2


def test_two_events_of_one_payment_at_once_pay_once(each_database, race, fake):
    shop = scene(fake)
    _order, session = shop.open()
    event = completed(shop, session)
    fake.emit("checkout.session.async_payment_succeeded", fake.account.find(session))
    events = [event, *shop.sent()]
    done, errors = race(2, lambda number: feed(events[number]))
    assert not errors
    assert sorted(done) == ["nothing new", "placed"]
    assert payments() == [Decimal("25.00")]


def test_control_looking_before_booking_pays_twice(each_database, race, fake):
    shop = scene(fake)
    order, _session = shop.open()
    looked = threading.Barrier(2)

    def look_then_book(number: int) -> None:
        assert attempt(order).status == "open"
        looked.wait(PATIENCE)
        with transaction.atomic():
            StripePayment.objects.filter(order=order).update(status="paid")
            came = orders.payment(
                order.pk,
                shop.home,
                Decimal("25.00"),
                MoneyMove.Account.STRIPE,
                stripe_payment_id=attempt(order).pk,
            )
            ledger.post([came], by=None)

    _, errors = race(2, look_then_book)
    assert not errors
    assert payments() == [Decimal("25.00")] * 2


def test_two_tabs_that_open_the_page_at_once_get_one(each_database, race, fake):
    shop = scene(fake)
    order = shop.place()
    urls, errors = race(4, lambda number: sessions.begin(Order.objects.get(pk=order.pk)))
    assert not errors
    assert set(urls) == {attempt(order).url}
    assert len(client.api().checkout.sessions.list().data) == 1


# --- paid while something else happens to the order --------------------------------------------
@pytest.mark.parametrize("first", ["paid", "cancelled"])
def test_paid_and_cancelled_at_once_is_cancelled_and_goes_back(
    transactional_db, race, fake, monkeypatch, first
):
    shop = scene(fake)
    order, session = shop.open()
    event = completed(shop, session)
    halfway = Halfway(monkeypatch, ledger, "post")

    def run(number: int):
        if number == 0:
            return feed(event) if first == "paid" else ordering.cancel(order, by=order.user)
        if number == 1:
            assert halfway.reached.wait(PATIENCE)
            return ordering.cancel(order, by=order.user) if first == "paid" else feed(event)
        wait_until_somebody_waits()
        halfway.go.set()

    done, errors = race(3, run)
    assert not errors
    assert ("placed" if first == "paid" else "refunded") in done
    assert (status(order), shop.held()) == (OrderStatus.CANCELLED, 0)
    assert payments() == [Decimal("25.00")]
    assert [refund.amount for refund in Refund.objects.all()] == [Decimal("25.00")]
    audited()


def test_paid_and_let_go_at_once_is_one_of_the_two(each_database, race, fake):
    shop = scene(fake)
    order, session = shop.open()
    event = completed(shop, session)

    def run(number: int):
        return feed(event) if number else paying.expired(attempt(order))

    done, errors = race(2, run)
    assert not errors
    if status(order) == OrderStatus.PLACED:
        assert done == ["nothing new", "placed"]
        assert (shop.held(), Refund.objects.count()) == (2, 0)
    else:
        assert done == ["let go", "refunded"]
        assert (shop.held(), Refund.objects.count()) == (0, 1)
    assert payments() == [Decimal("25.00")]
    audited()


def test_paid_and_changed_to_the_door_at_once_is_paid_once(each_database, race, fake):
    shop = scene(fake)
    order, session = shop.open()
    event = completed(shop, session)

    def run(number: int):
        if number:
            return feed(event)
        return changing.change_way(Order.objects.get(pk=order.pk), "door", by=order.user)

    _, errors = race(2, run)
    assert kinds(errors) <= {NotAwaiting.__name__, PaidMeanwhile.__name__}
    assert (status(order), shop.held()) == (OrderStatus.PLACED, 2)
    assert payments() == [Decimal("25.00")]
    assert ledger.owed([order.pk])[order.pk] == 0
    assert not Refund.objects.exists()


# --- … and while the round closes ----------------------------------------------------------
def test_the_round_that_closes_waits_for_the_payment(transactional_db, race, fake, monkeypatch):
    shop = scene(fake)
    order, session = shop.open()
    event = completed(shop, session)
    booking = Halfway(monkeypatch, ledger, "post")

    def run(number: int):
        if number == 0:
            return feed(event)
        if number == 1:
            assert booking.reached.wait(PATIENCE)
            return rounds.close(shop.today)
        wait_until_somebody_waits()
        booking.go.set()

    _, errors = race(3, run)
    assert not errors
    assert Parcel.objects.get().order == order
    audited()


def paid_at_the_close(monkeypatch, shop: Shop, event):
    """What three runners do: the round closes, halfway the payment comes, and it has to wait."""
    closing = Halfway(monkeypatch, rounds.signals.round_closed, "send", after=True)

    def run(number: int):
        if number == 0:
            return rounds.close(shop.today)
        if number == 1:
            assert closing.reached.wait(PATIENCE)
            return feed(event)
        wait_until_somebody_waits()
        closing.go.set()

    return run


def test_a_payment_that_waits_for_the_close_makes_the_parcel_itself(
    transactional_db, race, fake, monkeypatch
):
    shop = scene(fake)
    order, session = shop.open()
    event = completed(shop, session)
    done, errors = race(3, paid_at_the_close(monkeypatch, shop, event))
    assert not errors
    assert done[1] == "placed"
    assert Parcel.objects.get().order == order
    audited()


def test_control_without_looking_again_after_the_wait_it_gets_no_parcel(
    transactional_db, race, fake, monkeypatch
):
    shop = scene(fake)
    _order, session = shop.open()
    event = completed(shop, session)

    def without_looking(placement, round) -> bool:
        locks.round_shared(round.pk, placement.household_id)
        return round.status != Round.Status.OPEN

    monkeypatch.setattr(holding, "lock", without_looking)

    _, errors = race(3, paid_at_the_close(monkeypatch, shop, event))
    assert not errors
    assert not Parcel.objects.exists()


def test_eight_payments_after_the_close_are_eight_parcels(each_database, race, fake):
    """Each takes the round for itself; none waits for another that waits for it."""
    shop = scene(fake)
    station, events = shop.home.grid.station, []
    for _number in range(8):
        door = factories.household(factories.grid(station))
        factories.resident(door)
        item = factories.item(station, price="5.00")
        buyer = Shop(fake, shop.today, item, door)
        _order, session = buyer.open(1)
        events.append(completed(shop, session))
    rounds.close(shop.today)
    done, errors = race(8, lambda number: feed(events[number]))
    assert not errors
    assert done == ["placed"] * 8
    assert Parcel.objects.count() == 8
    audited()


def test_a_late_order_does_not_slip_into_a_round_that_closes(
    transactional_db, race, fake, monkeypatch
):
    """Its money came when the goods were gone; the round it could go into closes while we look."""
    shop = scene(fake)
    order, session = shop.open()
    paying.prefer_late(order, StripePayment.IfLate.BACK_ORDER)
    paying.expired(attempt(order))
    event = completed(shop, session)
    done, errors = race(3, paid_at_the_close(monkeypatch, shop, event))
    assert not errors
    assert done[1] == "refunded"
    assert (status(order), shop.held(), Parcel.objects.count()) == (OrderStatus.CANCELLED, 0, 0)
    audited()


# --- one refund ------------------------------------------------------------------------------
def test_eight_workers_send_a_refund_once(each_database, race, fake):
    shop = scene(fake)
    refund = less(shop.paid(), shop.home, "5.00")
    sent, errors = race(8, lambda number: refunds.send_due())
    assert not errors
    assert sum(sent) == 1
    refund.refresh_from_db()
    assert (refund.status, refund.attempts) == ("done", 1)
    assert at_stripe() == [500]


def test_control_without_claim_and_key_it_is_sent_eight_times(each_database, race, fake):
    shop = scene(fake)
    refund = less(shop.paid(), shop.home, "2.00")
    looked = threading.Barrier(8)

    def look_then_send(number: int) -> None:
        assert Refund.objects.get(pk=refund.pk).status == "waiting"
        looked.wait(PATIENCE)
        given = {"payment_intent": refund.payment.intent_id, "amount": 200}
        client.api().refunds.create(given)

    _, errors = race(8, look_then_send)
    assert not errors
    assert at_stripe() == [200] * 8


def test_control_the_key_alone_stops_the_second_worker_too(each_database, race, fake):
    """Should two have the same refund in hand all the same."""
    shop = scene(fake)
    refund = less(shop.paid(), shop.home, "2.00")
    _, errors = race(4, lambda number: refunds._create(refund))
    assert kinds(errors) <= {stripe.APIError.__name__, stripe.StripeError.__name__}
    assert at_stripe() == [200]


def test_into_the_account_while_it_is_being_sent_is_one_of_the_two(each_database, race, fake):
    shop = scene(fake)
    refund = less(shop.paid(), shop.home, "5.00")
    clerk = factories.user()

    def run(number: int):
        if number:
            return refunds.send_due()
        return refunds.move_to_account(Refund.objects.get(pk=refund.pk), clerk)

    _, errors = race(2, run)
    assert kinds(errors) <= {RefundRefused.__name__}
    into_account = accounts.balance(shop.home)
    assert (into_account, at_stripe()) in [(5, []), (0, [500])]


def test_a_refund_that_fails_four_times_at_once_is_in_the_account_once(each_database, race, fake):
    shop = scene(fake)
    refund = less(shop.paid(), shop.home, "5.00")
    refunds.send_due()
    refund.refresh_from_db()
    failed = fake.finish_refund(refund.refund_id, "failed")
    done, errors = race(4, lambda number: refunds.heard(failed))
    assert not errors
    assert sorted(done) == [*["nothing new"] * 3, "to the account"]
    assert accounts.balance(shop.home) == 5


def test_a_refund_of_the_dashboard_that_is_told_by_four_events_at_once(each_database, race, fake):
    shop = scene(fake)
    order = shop.paid()
    fake.refund(attempt(order).intent_id, 500)
    events = [event for event in shop.sent() if event["type"] in webhooks.EVENTS] * 2
    done, errors = race(4, lambda number: feed(events[number]))
    assert not errors
    assert done.count("from the dashboard") == 1
    assert Refund.objects.count() == 1
    assert ledger.owed([order.pk])[order.pk] == 5


def test_two_sweeps_let_go_once(each_database, race, fake):
    shop = scene(fake)
    order, _session = shop.open()
    later = timezone.now() + timedelta(minutes=44)
    gone, errors = race(4, lambda number: sessions.sweep(later))
    assert not errors
    assert sum(gone) == 1
    assert (status(order), shop.held()) == (OrderStatus.CANCELLED, 0)
    assert order.status_changes.count() == 1
