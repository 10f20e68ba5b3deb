"""A station that is paid through the fake Stripe, and what happens there."""

from datetime import timedelta

import pytest
from django.utils import timezone

from delivery.models import Household, Round
from inventory.models import Item, Station
from shop import baskets, ordering
from shop.models import OrderStatus, Refund, StripePayment
from shop.payments.stripe import refunds, sessions, webhooks
from tests import factories
from tests.fakes.stripe import FakeStripe


@pytest.fixture
def fake(settings):
    with FakeStripe() as fake:
        settings.STRIPE_SECRET_KEY = fake.secret_key
        settings.STRIPE_WEBHOOK_SECRET = fake.webhook_secret
        settings.STRIPE_API_BASE = fake.url
        yield fake


@pytest.fixture
def station(station) -> Station:
    station.ways_to_pay = ["door", "account", "stripe"]
    station.save()
    return station


@pytest.fixture
def today(station) -> Round:
    return factories.round(station, closes_in=3)


@pytest.fixture
def eggs(station) -> Item:
    """10 of them at ¥12.50."""
    return factories.item(station, "鸡蛋 30 枚", price="12.50", in_stock=10)


@pytest.fixture
def shop(fake, today, eggs, home):
    return Shop(fake, today, eggs, home)


class Shop:
    """`home` orders eggs and pays at Stripe; a test says when Stripe's events arrive."""

    def __init__(self, fake: FakeStripe, today: Round, eggs: Item, home: Household):
        self.fake, self.today, self.eggs, self.home = fake, today, eggs, home
        self.fed = 0

    def place(self, units: int = 2, way: str = "stripe", **also):
        """An order of so many eggs."""
        round = also.pop("round", self.today)
        person = self.home.people.select_related("user").first()
        user = person.user if person else factories.resident(self.home)
        basket = baskets.for_door(user, self.home)
        baskets.set_quantity(basket, also.pop("item", self.eggs).record_id, units)
        return ordering.place(basket, household=self.home, round=round, by=user, way=way, **also)

    def open(self, units: int = 2):
        """An order whose payment page is open, and the page's id."""
        order = self.place(units)
        sessions.begin(order)
        return order, attempt(order).session_id

    def paid(self, units: int = 2):
        order, session = self.open(units)
        self.fake.pay(session)
        self.hear()
        order.refresh_from_db()
        assert order.status == OrderStatus.PLACED
        return order

    def sent(self) -> list[dict]:
        """Events that nobody has fed to us yet; from then on they have been."""
        fresh = self.fake.deliveries(self.fed)
        self.fed += len(fresh)
        return fresh

    def hear(self) -> list[str]:
        """Everything Stripe has sent by now; what we did about what concerns us."""
        done = [feed(event) for event in self.sent()]
        return [word for word in done if word != webhooks.IGNORED]

    def late(self, minutes: int = 44) -> None:
        """So much later the sweeps come by, at Stripe it is later too, and its events arrive."""
        self.fake.clock(minutes * 60)
        now = timezone.now() + timedelta(minutes=minutes)
        sessions.sweep(now)

    def held(self) -> int:
        record = self.eggs.record
        record.refresh_from_db()
        return record.num_allocated


def feed(event: dict) -> str:
    return webhooks.receive(event["body"].encode(), event["signature"])


def attempt(order) -> StripePayment:
    return StripePayment.objects.filter(order=order).latest("pk")


def send_all(minutes: int = 0) -> int:
    return refunds.send_due(timezone.now() + timedelta(minutes=minutes))


def refund_of(order) -> Refund:
    return Refund.objects.get(payment__order=order)
