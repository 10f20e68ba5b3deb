"""A station whose text messages go to the fake Aliyun and whose chats to the fake robots."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from shop.messaging import outbox, robots, telling
from shop.models import Message, Sending
from tests import factories
from tests.fakes.robot import ADDRESS, FakeRobot
from tests.fakes.sms import KEY_ID, SECRET, SIGN, TEMPLATES, FakeSms

PHONE = "13900001234"


@pytest.fixture(autouse=True)
def never_quiet(station):
    """Tests run at any hour; those about quiet hours set their own."""
    station.quiet_from = station.quiet_to = "00:00"
    station.save()
    station.refresh_from_db()


@pytest.fixture
def sms(settings):
    with FakeSms() as fake:
        use(settings, fake)
        yield fake


def use(settings, fake: FakeSms) -> None:
    settings.SMS_GATEWAY = "aliyun"
    settings.SMS_ALIYUN_KEY_ID, settings.SMS_ALIYUN_KEY_SECRET = KEY_ID, SECRET
    settings.SMS_ALIYUN_SIGN, settings.SMS_ALIYUN_TEMPLATES = SIGN, TEMPLATES
    settings.SMS_API_BASE = fake.url


@pytest.fixture
def robot(settings, grid, manager):
    """The chat of `grid`."""
    with FakeRobot() as fake:
        settings.ROBOT_API_BASE = fake.url
        robots.set_address(grid, ADDRESS, by=manager)
        yield fake


def send(minutes: float = 0) -> int:
    """The sweep comes by so many minutes from now."""
    return outbox.send_due(timezone.now() + timedelta(minutes=minutes))


def the_sending() -> Sending:
    return Sending.objects.get()


def told(household) -> list[str]:
    """The kinds of what a door was told, the oldest first."""
    found = Message.objects.filter(household=household).order_by("pk")
    return list(found.values_list("kind", flat=True))


def page(client, name: str, *args) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def door(grid):
    household = factories.household(grid, "1", "1", "301")
    factories.person(household, phone=PHONE)
    return household


@pytest.fixture
def queued(sms, door, station) -> Sending:
    """One message that rings at once."""
    tell(station, door)
    return the_sending()


def tell(station, door, event="batch 1 on the way", text="在路上了", **also) -> None:
    said = {"station": station, "text": text, "path": "/orders/"} | also
    telling.tell(Message.Kind.ON_WAY, event, households=[door], **said)


def status() -> tuple[str, str]:
    sending = the_sending()
    return sending.status, sending.error
