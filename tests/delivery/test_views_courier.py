"""The courier's pages: the batches given to them, one batch, one door; and whom they refuse."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from delivery import batches
from delivery.models import Batch, Event, Handoff, Stop
from tests import factories
from tests.delivery.doors import record, send_out
from tests.delivery.taps import again, log_in, tap, words

NOT_COURIERS = ["resident", "neighbour", "leader", "staff", "manager"]


@pytest.fixture
def planned(round, home, grid, neighbour, courier, staff) -> Batch:
    """Given to the courier: 101 with 49.10 to pay and something cold, then 102, then 9幢."""
    home.needs = "独居老人"
    home.save()
    factories.parcel(round, home, due=Decimal("49.10"), note="请敲三下", weight_g=4200, cold=True)
    factories.parcel(round, neighbour.person.household, in_person=True)
    factories.parcel(round, factories.household(grid, "9", "", "901"))
    [batch] = batches.plan(round, staff).batches
    batches.give(batch, courier.volunteer, staff)
    return batch


@pytest.fixture
def packed(planned, staff) -> Batch:
    batches.pack(planned, staff)
    return planned


@pytest.fixture
def out(packed, courier) -> Batch:
    batches.start(packed, courier)
    return packed


@pytest.fixture
def stop(out) -> Stop:
    return out.stops.get(position=1)


@pytest.fixture
def said(stop, courier) -> Handoff:
    return record(stop, courier, cash=Decimal("49.10"))


def status_of(thing) -> str:
    thing.refresh_from_db()
    return thing.status


# -- the list ------------------------------------------------------------------------------------


def test_the_list_shows_my_open_batches_and_their_progress(client, courier, out, said):
    page = log_in(client, courier).get(reverse("courier-batches"))
    assert [(batch, batch.decided, batch.cold) for batch in page.context["batches"]] == [
        (out, 1, 1)
    ]
    assert reverse("courier-batch", args=[out.pk]) in page.text
    assert "送过 1 / 3 户" in page.text


def test_the_list_shows_no_batch_of_another_courier(client, other_courier, out):
    page = log_in(client, other_courier).get(reverse("courier-batches"))
    assert page.status_code == 200
    assert not page.context["batches"]


def test_of_what_is_done_today_the_list_keeps_figures_but_no_door(client, courier, out):
    log_in(client, courier)
    for stop in out.stops.all():
        tap(client, stop, "failed", reason="nobody")
    page = client.get(reverse("courier-batches"))
    assert [(batch, batch.failed) for batch in page.context["done"]] == [(out, 3)]
    assert "没送成 3 户" in page.text
    assert "单元 101" not in page.text


def test_what_was_done_yesterday_is_gone(client, courier, out):
    Batch.objects.filter(pk=out.pk).update(status="done")
    yesterday = timezone.now() - timedelta(days=1)
    Event.objects.create(kind=Event.Kind.BATCH_DONE, batch=out, at=yesterday)
    page = log_in(client, courier).get(reverse("courier-batches"))
    assert not page.context["done"]


@pytest.mark.parametrize("person", NOT_COURIERS)
def test_the_list_is_for_volunteers_on_duty(client, request, person):
    page = log_in(client, request.getfixturevalue(person)).get(reverse("courier-batches"))
    assert page.status_code == 403


def test_somebody_off_duty_sees_nothing(client, courier, out):
    courier.volunteer.active = False
    courier.volunteer.save()
    log_in(client, courier)
    assert client.get(reverse("courier-batches")).status_code == 403
    assert client.get(reverse("courier-batch", args=[out.pk])).status_code == 403


# -- a batch -------------------------------------------------------------------------------------


def test_before_it_is_packed_there_is_a_sentence_and_no_button(client, courier, planned):
    page = log_in(client, courier).get(reverse("courier-batch", args=[planned.pk]))
    assert "还没有装好" in page.text
    assert reverse("courier-start", args=[planned.pk]) not in page.text


def test_when_it_is_packed_one_button_starts_it(client, courier, packed):
    log_in(client, courier)
    page = client.get(reverse("courier-batch", args=[packed.pk]))
    assert reverse("courier-start", args=[packed.pk]) in page.text
    answer = client.post(reverse("courier-start", args=[packed.pk]))
    assert answer.headers["Location"] == reverse("courier-batch", args=[packed.pk])
    assert status_of(packed) == "out"


def test_on_the_way_the_next_door_is_large(client, courier, out, stop):
    page = log_in(client, courier).get(reverse("courier-batch", args=[out.pk]))
    assert page.context["door"].stop == stop
    for shown in [
        "<h1>1幢 1单元 101</h1>",
        "1 楼",
        "1 件 4.2 kg",
        "冷藏 1",
        "请敲三下",
        "¥49.10",
        "剩 6.2 kg",
    ]:
        assert shown in page.text


def test_the_courier_sees_no_need_and_no_phone_but_the_stations(
    client, courier, out, resident, neighbour, station
):
    page = log_in(client, courier).get(reverse("courier-batch", args=[out.pk]))
    assert f"tel:{station.phone}" in page.text
    for secret in ["独居", resident.phone, resident.name, neighbour.phone, neighbour.name]:
        assert secret not in page.text


def test_a_tap_on_a_later_door_makes_it_the_current_one(client, courier, out):
    later = out.stops.get(position=3)
    page = log_in(client, courier).get(reverse("courier-batch", args=[out.pk]), {"stop": later.pk})
    assert page.context["door"].stop == later


@pytest.mark.parametrize("wish", ["x", "0", "９９", "\0", ""])
def test_a_door_nobody_has_is_the_next_door(client, courier, out, stop, wish):
    page = log_in(client, courier).get(reverse("courier-batch", args=[out.pk]), {"stop": wish})
    assert page.context["door"].stop == stop


def test_what_was_said_stays_in_sight_with_its_correction(client, courier, out, said):
    page = log_in(client, courier).get(reverse("courier-batch", args=[out.pk]))
    assert page.context["door"].stop.position == 2
    assert "送过的 1 户" in page.text
    assert page.text.count(reverse("courier-correct", args=[said.pk])) == 2


@pytest.mark.parametrize("count", [3, 23])
def test_the_queries_do_not_grow_with_the_doors(
    client, courier, staff, grid, round, django_assert_num_queries, count
):
    for number in range(count):
        factories.parcel(round, factories.household(grid, "5", "", str(100 + number)))
    [batch] = batches.plan(round, staff).batches
    send_out(batch, courier, staff)
    log_in(client, courier)
    for stop in batch.stops.all()[: count // 2]:
        tap(client, stop)
    # Session, user, volunteer, the batch twice, its doors, parcels and handoffs.
    with django_assert_num_queries(8):
        page = client.get(reverse("courier-batch", args=[batch.pk]))
    assert len(page.context["run"].doors) == count


def test_before_the_start_nothing_can_be_handed_over(client, courier, packed):
    stop = packed.stops.get(position=1)
    answer = tap(log_in(client, courier), stop)
    assert "不在派送中" in words(client.get(answer.headers["Location"]))[0]
    assert not Handoff.objects.exists()


# -- everybody else ------------------------------------------------------------------------------


@pytest.mark.parametrize("person", [*NOT_COURIERS, "other_courier", "stranger"])
def test_nobody_else_sees_a_batch_or_moves_it(client, request, packed, person):
    log_in(client, request.getfixturevalue(person))
    refused = 403 if person in NOT_COURIERS else 404
    assert client.get(reverse("courier-batch", args=[packed.pk])).status_code == refused
    assert client.post(reverse("courier-start", args=[packed.pk])).status_code == refused
    assert status_of(packed) == "packed"


def test_who_is_not_logged_in_is_asked_to_and_finds_the_batches_again(client, out, said):
    waiting = out.stops.get(position=2)
    batch = reverse("courier-batch", args=[out.pk])
    log_in_for = f"{reverse('login')}?next="
    assert client.get(batch).headers["Location"] == log_in_for + batch
    for answer in [
        client.post(reverse("courier-start", args=[out.pk])),
        tap(client, waiting),
        again(client, said, "handed"),
    ]:
        assert answer.headers["Location"] == log_in_for + reverse("courier-batches")
    assert status_of(waiting) == "waiting"
    assert Handoff.objects.get() == said


def test_only_forms_change_something(client, courier, packed):
    log_in(client, courier)
    stop = packed.stops.get(position=1)
    assert client.get(reverse("courier-start", args=[packed.pk])).status_code == 405
    assert client.get(reverse("courier-handoff", args=[stop.pk])).status_code == 405
    assert client.post(reverse("courier-batches")).status_code == 405
    assert client.post(reverse("courier-batch", args=[packed.pk])).status_code == 405
    assert status_of(packed) == "packed"
