"""派送: planning, giving, taking back, packing, and what a batch's page tells."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from delivery import batches, handoffs, volunteers
from delivery.models import Batch, Event
from tests import factories
from tests.delivery.doors import send_out


@pytest.fixture
def batch(round, home, neighbour, staff) -> Batch:
    factories.parcel(round, home, due=Decimal("12.50"), in_person=True)
    factories.parcel(round, neighbour.person.household, cold=True)
    return batches.plan(round, staff).batches[0]


@pytest.fixture
def press(client, staff):
    """Presses a button and gives (page it led to, sentences)."""
    client.force_login(staff)

    def press(name: str, pk: int, **data):
        page = client.post(reverse(name, args=[pk]), data, follow=True)
        return page, [str(message) for message in page.context["messages"]]

    return press


def test_planning_makes_the_batches(press, round, home):
    factories.parcel(round, home)
    page, said = press("station-plan", round.pk)
    assert said == ["排好 1 批，可以派给志愿者了。"]
    assert page.context["round"] == round
    assert page.context["batch_count"] == 1
    _page, said = press("station-plan", round.pk)
    assert said == ["没有要排的包裹，什么也没有变。"]
    assert Batch.objects.count() == 1


def test_parcels_too_heavy_are_named_and_stay_named(press, client, round, home):
    factories.parcel(round, home, weight_g=60_000)
    page, said = press("station-plan", round.pk)
    assert said == ["没有要排的包裹，什么也没有变。", "1 个包裹太重，没有排进去，见下面。"]
    for text in (page, client.get(page.request["PATH_INFO"], {"round": round.pk})):
        assert "一网格 1幢 1单元 101" in text.content.decode()
        assert "60 kg" in text.content.decode()


def test_an_open_round_is_not_planned(press, station, home):
    open_round = factories.round(station)
    factories.parcel(open_round, home)
    page, said = press("station-plan", open_round.pk)
    assert said == ["这个波次还没有截单，不能排批次。"]
    assert reverse("station-plan", args=[open_round.pk]) not in page.content.decode()
    assert not Batch.objects.exists()


def test_a_batch_is_given_taken_back_and_packed(press, batch, courier, round):
    page, said = press("station-batch-give", batch.pk, volunteer=courier.volunteer.pk)
    assert said == ["一网格-1派给了褚志愿者。"]
    assert page.request["QUERY_STRING"] == f"round={round.pk}"
    batch.refresh_from_db()
    assert batch.courier == courier.volunteer
    page, said = press("station-batch-take-back", batch.pk, back="batch")
    assert said == ["一网格-1收回来了，可以派给别人。"]
    assert page.request["PATH_INFO"] == reverse("station-batch", args=[batch.pk])
    _page, said = press("station-batch-pack", batch.pk)
    assert said == ["一网格-1装好了。"]
    batch.refresh_from_db()
    assert (batch.courier, batch.status) == (None, "packed")


def test_what_the_rules_refuse_is_said(press, batch, station, courier):
    weak = factories.volunteer(station, "老王", capacity_g=100)
    for volunteer, sentence in [
        (weak.pk, "这批重 2 公斤，这位志愿者一趟最多带 0.1 公斤。"),
        ("", "请先选一位志愿者。"),
        (10**9, "没有这位志愿者。"),
    ]:
        assert press("station-batch-give", batch.pk, volunteer=volunteer)[1] == [sentence]
    assert press("station-batch-take-back", batch.pk)[1] == ["这批还没有派给谁。"]
    press("station-batch-pack", batch.pk)
    assert press("station-batch-pack", batch.pk)[1] == ["这批已经装好了。"]
    batch.refresh_from_db()
    assert batch.courier is None


def test_another_stations_volunteer_is_nobody(press, batch, stranger):
    said = press("station-batch-give", batch.pk, volunteer=stranger.volunteer.pk)[1]
    assert said == ["没有这位志愿者。"]


def test_only_who_fits_is_offered(client, staff, batch, station, courier):
    factories.volunteer(station, "带不动", capacity_g=1_999)
    factories.volunteer(station, "一户", max_stops=1)
    factories.volunteer(station, "休息", active=False)
    factories.volunteer(station, "别的网格", grids=[factories.grid(station)])
    client.force_login(staff)
    page = client.get(reverse("station-batch", args=[batch.pk]))
    assert list(page.context["able"]) == [courier.volunteer]
    page = client.get(reverse("station-dispatch"), {"round": batch.round_id})
    [group] = [group for group in page.context["groups"] if group.batches]
    assert [listed.suggested for listed in group.batches] == [[courier.volunteer]]
    assert "派给 褚志愿者" in page.content.decode()


def test_suggestions_go_round(station, round, staff, grid):
    """Least to carry first; of equals who is for this grid; nobody first for everything."""
    for building in "123":
        factories.parcel(round, factories.household(grid, building), weight_g=40_000)
    first, second, third = batches.plan(round, staff).batches
    anywhere = factories.volunteer(station, "甲")
    local = factories.volunteer(station, "乙", grids=[grid])
    busy = factories.volunteer(station, "丙")
    batches.give(third, busy, staff)
    volunteers.suggest(station, [first, second], most=2)
    assert first.suggested == [local, anywhere]
    assert second.suggested == [anywhere, local]
    volunteers.suggest(station, [first], most=5)
    assert first.suggested == [local, anywhere, busy]


def test_a_batch_tells_what_happened_at_each_door(client, staff, batch, courier):
    send_out(batch, courier, staff)
    stop = batch.stops.first()
    wrong = handoffs.record(stop, outcome="left", nonce=uuid4(), by=courier)
    handoffs.correct(
        wrong, outcome="handed", nonce=uuid4(), by=staff, cash=Decimal("12.50"), note="按错了"
    )
    client.force_login(staff)
    page = client.get(reverse("station-batch", args=[batch.pk]))
    first, second = page.context["stops"]
    assert [handoff.outcome for handoff in first.handoffs.all()] == ["left", "handed"]
    assert (first.parcel_count, first.weight_g, first.due) == (1, 1000, Decimal("12.50"))
    assert (first.in_person, first.cold, second.in_person, second.cold) == (1, 0, 0, 1)
    text = page.content.decode()
    for words in ("收 ¥12.50", "按错了", "褚志愿者", "冯店员 更正", "未到", "在送 1/2"):
        assert words in text
    # Only the latest word on a door can be corrected.
    assert reverse("courier-correct", args=[wrong.pk]) not in text
    assert reverse("courier-correct", args=[wrong.corrected_by.pk]) in text


def test_a_changed_level_is_seen(client, staff, batch, grid):
    grid.risk_level = "sealed"
    grid.save()
    client.force_login(staff)
    text = client.get(reverse("station-batch", args=[batch.pk])).content.decode()
    assert "一网格现在是封控，排这批时是常态。" in text


def test_the_closed_round_comes_first(client, staff, round, station):
    factories.round(station, "还在接单")
    client.force_login(staff)
    assert client.get(reverse("station-dispatch")).context["round"] == round


def test_the_cost_does_not_grow(client, staff, station, round, batch, courier, grid):
    client.force_login(staff)

    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as taken:
            client.get(address)
        return len(taken)

    of_round = f"{reverse('station-dispatch')}?round={round.pk}"
    of_batch = reverse("station-batch", args=[batch.pk])
    send_out(batch, courier, staff)
    handoffs.record(batch.stops.first(), outcome="left", nonce=uuid4(), by=courier)
    queries(of_round)
    factories.parcel(round, factories.household(grid))
    batches.plan(round, staff)
    before = queries(of_round), queries(of_batch)
    for number in range(20):
        factories.parcel(round, factories.household(factories.grid(station, f"又{number}")))
        factories.volunteer(station, grids=[grid])
    batches.plan(round, staff)
    assert queries(of_round) == before[0]
    for stop in batch.stops.exclude(status="left"):
        handoffs.record(stop, outcome="left", nonce=uuid4(), by=courier)
    assert queries(of_batch) == before[1]
    assert Event.objects.filter(kind="batch_planned").count() == 22
