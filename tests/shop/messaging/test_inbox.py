"""The inbox of a door: looking at it is reading it."""

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shop.models import Message
from tests.shop.messaging.conftest import page, tell

Kind = Message.Kind


def test_looking_at_the_inbox_is_reading_it(client, station, home, resident):
    tell(station, home, text="在路上了 <b>快</b>")
    client.force_login(resident)
    first = page(client, "inbox")
    assert "在路上了 &lt;b&gt;快&lt;/b&gt;" in first
    assert '<span class="badge info">新</span>' in first
    assert '<span class="badge info">新</span>' not in page(client, "inbox")
    assert Message.objects.get().seen_at


def test_the_tab_says_that_there_is_something_new(client, station, home, resident):
    client.force_login(resident)
    assert "，有新消息" not in page(client, "order-list")
    tell(station, home)
    assert "，有新消息" in page(client, "order-list")
    page(client, "inbox")
    assert "，有新消息" not in page(client, "order-list")


def test_asking_for_the_head_reads_nothing(client, station, home, resident):
    tell(station, home)
    client.force_login(resident)
    client.head(reverse("inbox"))
    assert Message.objects.get().seen_at is None


def test_nobody_sees_the_neighbours_messages(client, station, home, neighbour):
    tell(station, home, text="在路上了")
    client.force_login(neighbour)
    assert "还没有消息" in page(client, "inbox")
    assert Message.objects.get().seen_at is None


def test_an_empty_inbox_says_so(client, resident):
    client.force_login(resident)
    assert "还没有消息" in page(client, "inbox")


def test_23_messages_cost_what_3_cost(client, station, home, resident):
    client.force_login(resident)

    def cost(count: int) -> int:
        for _number in range(count):
            tell(station, home, event=f"batch {Message.objects.count()}")
        with CaptureQueriesContext(connection) as taken:
            page(client, "inbox")
        return len(taken)

    page(client, "inbox")
    assert cost(3) == cost(20)
