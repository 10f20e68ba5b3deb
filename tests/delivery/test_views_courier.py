"""The courier's pages: what they show, whom they refuse, and that a tap counts once."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from delivery import batches, handoffs
from delivery.models import Batch, Event, Handoff, Stop
from tests import factories

PEOPLE_WITHOUT_A_BATCH = ["resident", "neighbour", "leader", "staff", "manager"]


@pytest.fixture
def round(station):
    return factories.round(station, status="closed")


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
    return handoffs.record(stop, outcome="left", nonce=uuid4(), by=courier, cash=Decimal("49.10"))


def log_in(client, user):
    client.force_login(user)
    return client


def status_of(thing) -> str:
    thing.refresh_from_db()
    return thing.status


def tap(client, stop, outcome="left", nonce=None, **fields):
    data = {"outcome": outcome, "nonce": nonce or uuid4(), **fields}
    return client.post(reverse("courier-handoff", args=[stop.pk]), data)


def again(client, handoff, outcome, nonce=None, **fields):
    data = {"outcome": outcome, "nonce": nonce or uuid4(), **fields}
    return client.post(reverse("courier-correct", args=[handoff.pk]), data)


def words(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# -- the list ------------------------------------------------------------------------------------


def test_the_list_shows_my_open_batches_and_their_progress(client, courier, out, said):
    page = log_in(client, courier).get(reverse("courier-batches"))
    assert [(batch, batch.decided, batch.cold) for batch in page.context["batches"]] == [(out, 1, 1)]
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
    assert "101" not in page.text


def test_what_was_done_yesterday_is_gone(client, courier, out):
    Batch.objects.filter(pk=out.pk).update(status="done")
    yesterday = timezone.now() - timedelta(days=1)
    Event.objects.create(kind=Event.Kind.BATCH_DONE, batch=out, at=yesterday)
    page = log_in(client, courier).get(reverse("courier-batches"))
    assert not page.context["done"]


@pytest.mark.parametrize("person", PEOPLE_WITHOUT_A_BATCH)
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
    for words in ["<h1>1幢 1单元 101</h1>", "1 楼", "4.2 kg", "1 件冷藏", "请敲三下", "¥49.10", "剩 6.2 kg"]:
        assert words in page.text


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
    batches.give(batch, courier.volunteer, staff)
    batches.pack(batch, staff)
    batches.start(batch, courier)
    log_in(client, courier)
    for stop in batch.stops.all()[: count // 2]:
        tap(client, stop)
    # Session, user, volunteer, the batch twice, its doors, parcels and handoffs.
    with django_assert_num_queries(8):
        page = client.get(reverse("courier-batch", args=[batch.pk]))
    assert len(page.context["run"].doors) == count


# -- a tap ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "cash"),
    [
        ({"outcome": "left", "cash": "49.10"}, "49.10"),
        ({"outcome": "handed", "cash": "20"}, "20.00"),
        ({"outcome": "handed", "cash": "49.10", "unpaid": "1"}, "0.00"),
        ({"outcome": "handed"}, "0.00"),
        ({"outcome": "failed", "reason": "other", "note": "狗在门口"}, "0.00"),
    ],
)
def test_one_tap_decides_a_door_and_leads_to_the_next(client, courier, out, stop, fields, cash):
    answer = tap(log_in(client, courier), stop, **fields)
    assert answer.headers["Location"] == reverse("courier-batch", args=[out.pk])
    handoff = Handoff.objects.get()
    assert (handoff.stop, handoff.by, handoff.cash) == (stop, courier, Decimal(cash))
    assert handoff.reason == fields.get("reason", "")
    assert handoff.note == fields.get("note", "")
    assert status_of(stop) == fields["outcome"]


def test_the_time_of_the_tap_is_kept_not_that_of_the_line(client, courier, stop):
    tapped_at = timezone.now() - timedelta(seconds=90)
    tap(log_in(client, courier), stop, tapped_at=tapped_at.isoformat())
    assert Handoff.objects.get().tapped_at == tapped_at


@pytest.mark.parametrize("said", ["", "yesterday", "2026-02-30T10:00:00Z", "2026-02-20T10:00:00"])
def test_a_phone_that_cannot_tell_the_time_is_no_obstacle(client, courier, stop, said):
    tap(log_in(client, courier), stop, tapped_at=said)
    handoff = Handoff.objects.get()
    assert handoff.tapped_at == handoff.received_at


def test_a_second_tap_with_the_same_nonce_changes_nothing(client, courier, out, stop):
    log_in(client, courier)
    nonce = uuid4()
    first, second = tap(client, stop, nonce=nonce), tap(client, stop, nonce=nonce)
    assert first.headers["Location"] == second.headers["Location"]
    assert Handoff.objects.count() == 1
    page = client.get(second.headers["Location"])
    assert words(page) == []


def test_the_last_tap_ends_the_batch_and_may_be_repeated(client, courier, out):
    log_in(client, courier)
    *others, last = out.stops.all()
    for stop in others:
        tap(client, stop)
    nonce = uuid4()
    for _ in range(2):
        assert tap(client, last, nonce=nonce).headers["Location"] == reverse("courier-batches")
    assert status_of(out) == "done"
    assert Handoff.objects.count() == 3
    assert client.get(reverse("courier-batch", args=[out.pk])).status_code == 404


def test_the_same_nonce_for_something_else_is_a_conflict(client, courier, out, stop):
    log_in(client, courier)
    nonce = uuid4()
    tap(client, stop, nonce=nonce)
    page = tap(client, stop, "handed", nonce=nonce)
    assert page.status_code == 409
    assert "以先前的为准" in words(page)[0]
    assert page.context["door"].stop.position == 2
    assert Handoff.objects.get().outcome == "left"
    assert Event.objects.filter(kind=Event.Kind.HANDOFF_CONFLICT).count() == 1


def test_a_conflict_after_the_last_door_shows_no_door(client, courier, out):
    log_in(client, courier)
    nonce = uuid4()
    for stop in out.stops.all():
        tap(client, stop, nonce=nonce if stop.position == 3 else None)
    page = tap(client, stop, "handed", nonce=nonce)
    assert page.status_code == 409
    assert "901" not in page.text


def test_a_door_decided_from_another_page_stays_as_it_is(client, courier, out, stop, said):
    answer = tap(log_in(client, courier), stop, "handed")
    page = client.get(answer.headers["Location"])
    assert "已经记过了" in words(page)[0]
    assert status_of(stop) == "left"


@pytest.mark.parametrize(
    "fields",
    [
        {"outcome": "eaten"},
        {"outcome": "failed"},
        {"outcome": "failed", "reason": "bored"},
        {"outcome": "left", "nonce": "7"},
        {"outcome": "left", "cash": "很多"},
        {"outcome": "left", "cash": "49.11"},
        {"outcome": "left", "cash": "-1"},
        {"outcome": "left", "cash": "1.005"},
        {"outcome": "left", "cash": "NaN"},
    ],
)
def test_what_cannot_be_right_is_asked_again(client, courier, stop, fields):
    page = tap(log_in(client, courier), stop, **fields)
    assert page.status_code == 400
    assert len(words(page)) == 1
    assert page.context["door"].stop == stop
    assert not Handoff.objects.exists()


def test_before_the_start_nothing_can_be_handed_over(client, courier, packed):
    stop = packed.stops.get(position=1)
    answer = tap(log_in(client, courier), stop)
    assert "不在派送中" in words(client.get(answer.headers["Location"]))[0]
    assert not Handoff.objects.exists()


# -- a correction --------------------------------------------------------------------------------


def test_a_mis_tap_is_corrected_by_a_new_row(client, courier, out, stop, said):
    log_in(client, courier)
    page = client.get(reverse("courier-correct", args=[said.pk]))
    assert "放门口 · ¥49.10" in page.text
    answer = again(client, said, "failed", reason="nobody", note="点错了", cash="49.10")
    assert answer.headers["Location"] == reverse("courier-batch", args=[out.pk])
    correction = said.corrected_by
    assert (correction.outcome, correction.reason, correction.note) == ("failed", "nobody", "点错了")
    assert correction.cash == 0
    assert status_of(stop) == "failed"


def test_the_money_alone_can_be_corrected(client, courier, stop, said):
    again(log_in(client, courier), said, "left", cash="40")
    assert said.corrected_by.cash == 40
    page = client.get(reverse("courier-correct", args=[said.corrected_by.pk]))
    assert 'value="40.00"' in page.text


def test_a_correction_sent_twice_is_one(client, courier, said):
    log_in(client, courier)
    nonce = uuid4()
    first, second = (again(client, said, "handed", nonce=nonce) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert Handoff.objects.count() == 2


def test_a_correction_of_what_is_corrected_is_refused_in_words(client, courier, out, said):
    log_in(client, courier)
    again(client, said, "handed")
    answer = again(client, said, "failed", reason="nobody")
    assert "已经更正过了" in words(client.get(answer.headers["Location"]))[0]
    assert Handoff.objects.count() == 2


def test_a_correction_with_a_used_nonce_is_a_conflict(client, courier, said):
    page = again(log_in(client, courier), said, "handed", nonce=said.nonce)
    assert page.status_code == 409
    assert Handoff.objects.count() == 1


def test_a_correction_without_an_outcome_is_asked_again(client, courier, said):
    page = again(log_in(client, courier), said, "")
    assert page.status_code == 400
    assert Handoff.objects.count() == 1


def test_the_station_corrects_when_the_batch_is_done(client, courier, staff, out, said):
    for stop in out.stops.filter(status="waiting"):
        handoffs.record(stop, outcome="left", nonce=uuid4(), by=courier)
    assert again(log_in(client, courier), said, "handed").status_code == 404
    answer = again(log_in(client, staff), said, "handed")
    assert answer.headers["Location"] == reverse("station-batch", args=[out.pk])
    assert said.corrected_by.by == staff


# -- everybody else ------------------------------------------------------------------------------


@pytest.mark.parametrize("person", [*PEOPLE_WITHOUT_A_BATCH, "other_courier", "stranger"])
def test_nobody_else_sees_a_batch_or_moves_it(client, request, packed, person):
    log_in(client, request.getfixturevalue(person))
    refused = 404 if person in {"other_courier", "stranger"} else 403
    assert client.get(reverse("courier-batch", args=[packed.pk])).status_code == refused
    assert client.post(reverse("courier-start", args=[packed.pk])).status_code == refused
    assert status_of(packed) == "packed"


@pytest.mark.parametrize("person", [*PEOPLE_WITHOUT_A_BATCH, "other_courier", "stranger"])
def test_nobody_else_hands_over(client, request, out, person):
    stop = out.stops.get(position=1)
    answer = tap(log_in(client, request.getfixturevalue(person)), stop)
    assert answer.status_code == (404 if person in {"other_courier", "stranger"} else 403)
    assert status_of(stop) == "waiting"
    assert not Handoff.objects.exists()


@pytest.mark.parametrize("person", ["resident", "neighbour", "leader", "other_courier", "stranger"])
def test_nobody_else_corrects(client, request, said, person):
    log_in(client, request.getfixturevalue(person))
    assert client.get(reverse("courier-correct", args=[said.pk])).status_code == 404
    assert again(client, said, "failed", reason="nobody").status_code == 404
    assert Handoff.objects.get() == said


def test_who_is_not_logged_in_is_asked_to_and_finds_the_batches_again(client, out, said):
    waiting = out.stops.get(position=2)
    batch = reverse("courier-batch", args=[out.pk])
    answers = {
        client.get(batch).headers["Location"]: batch,
        tap(client, waiting).headers["Location"]: reverse("courier-batches"),
        again(client, said, "handed").headers["Location"]: reverse("courier-batches"),
        client.post(reverse("courier-start", args=[out.pk])).headers["Location"]: reverse(
            "courier-batches"
        ),
    }
    assert {to.partition("?")[0] for to in answers} == {reverse("login")}
    assert all(to.endswith(f"next={back}") for to, back in answers.items())
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


def test_a_form_without_its_token_is_refused(courier, stop):
    client = log_in(Client(enforce_csrf_checks=True), courier)
    assert tap(client, stop).status_code == 403
    assert not Handoff.objects.exists()
