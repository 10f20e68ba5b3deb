"""A tap at a door over HTTP: it counts once, by its courier, and a correction is a new row."""

import re
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from delivery import handoffs
from delivery.models import Event, Handoff
from tests.delivery.doors import UNTOUCHED, record, state
from tests.delivery.taps import again, log_in, tap, words

NOT_COURIERS = ["resident", "neighbour", "leader", "staff", "manager"]


@pytest.fixture
def said(stop, courier) -> Handoff:
    return record(stop, courier, cash=Decimal("20.00"))


def buttons(page) -> list[dict[str, str]]:
    """What each button sends that is there without unfolding anything: one tap."""
    taps = []
    folded = re.sub(r"<details.*?</details>", "", page.text, flags=re.DOTALL)
    for form in re.findall(r"<form.*?</form>", folded, flags=re.DOTALL):
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        for name, value in re.findall(r'<button[^>]* name="(\w+)" value="(\w+)"', form):
            taps.append(fields | {name: value})
    return taps


def status_of(thing) -> str:
    thing.refresh_from_db()
    return thing.status


# -- a tap ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "cash", "transfer"),
    [
        ({"outcome": "left", "cash": "20.00"}, "0.00", "0.00"),
        ({"outcome": "left", "cash": "20.00", "left_paid": "1"}, "20.00", "0.00"),
        ({"outcome": "handed", "cash": "15"}, "15.00", "0.00"),
        ({"outcome": "left", "transfer": "20.00"}, "0.00", "20.00"),
        ({"outcome": "handed", "transfer": "20.00"}, "0.00", "20.00"),
        ({"outcome": "handed", "cash": "12.40", "transfer": "7.60"}, "12.40", "7.60"),
        ({"outcome": "handed", "cash": "", "transfer": "", "left_paid": "1"}, "0.00", "0.00"),
        ({"outcome": "handed"}, "0.00", "0.00"),
        (
            {"outcome": "failed", "reason": "other", "note": "狗在门口", "transfer": "20.00"},
            "0.00",
            "0.00",
        ),
    ],
)
def test_one_tap_decides_a_door_and_leads_to_the_next(
    client, courier, batch_out, stop, fields, cash, transfer
):
    answer = tap(log_in(client, courier), stop, **fields)
    assert answer.headers["Location"] == reverse("courier-batch", args=[batch_out.pk])
    handoff = Handoff.objects.get()
    assert (handoff.stop, handoff.by) == (stop, courier)
    assert (handoff.cash, handoff.transfer) == (Decimal(cash), Decimal(transfer))
    assert handoff.reason == fields.get("reason", "")
    assert handoff.note == fields.get("note", "")
    assert status_of(stop) == fields["outcome"]


def test_cash_and_transfer_are_one_tap_each(client, courier, batch_out, stop):
    log_in(client, courier)
    page = client.get(reverse("courier-batch", args=[batch_out.pk]))
    said = [(tap["outcome"], tap.get("cash"), tap.get("transfer")) for tap in buttons(page)]
    # Cash that goes with a parcel left at the door is not counted (`HandoffForm.left_paid`).
    assert said == [
        ("left", "20.00", None),
        ("handed", "20.00", None),
        ("left", None, "20.00"),
        ("handed", None, "20.00"),
    ]
    client.post(reverse("courier-handoff", args=[stop.pk]), buttons(page)[2])
    handoff = Handoff.objects.get()
    assert (handoff.outcome, handoff.cash, handoff.transfer) == ("left", 0, Decimal("20.00"))
    page = client.get(reverse("courier-batch", args=[batch_out.pk]))
    assert "放门口 · 转账 ¥20.00" in page.text
    # Nothing is due at the last door: two answers and no word of money.
    assert [tap["outcome"] for tap in buttons(page)] == ["left", "handed"]
    assert "应收" not in page.text


def test_a_door_that_paid_meanwhile_is_not_asked_twice(client, courier, batch_out, stop):
    """What the button says was due when the page was made; less is, now."""
    page = log_in(client, courier).get(reverse("courier-batch", args=[batch_out.pk]))
    stop.parcels.filter(due="7.50").update(due=0)
    answer = client.post(reverse("courier-handoff", args=[stop.pk]), buttons(page)[1])
    assert answer.status_code == 400
    assert words(answer) == ["这一户应收 12.50 元，收的不能比这多。"]
    assert state(stop) == UNTOUCHED


def test_the_time_of_the_tap_is_kept_not_that_of_the_line(client, courier, stop):
    tapped_at = timezone.now() - timedelta(seconds=90)
    tap(log_in(client, courier), stop, tapped_at=tapped_at.isoformat())
    assert Handoff.objects.get().tapped_at == tapped_at


@pytest.mark.parametrize("said", ["", "yesterday", "2026-02-30T10:00:00Z", "2026-02-20T10:00:00"])
def test_a_phone_that_cannot_tell_the_time_is_no_obstacle(client, courier, stop, said):
    tap(log_in(client, courier), stop, tapped_at=said)
    handoff = Handoff.objects.get()
    assert handoff.tapped_at == handoff.received_at


def test_a_second_tap_with_the_same_nonce_changes_nothing(client, courier, batch_out, stop):
    log_in(client, courier)
    nonce = uuid4()
    first, second = tap(client, stop, nonce=nonce), tap(client, stop, nonce=nonce)
    assert first.headers["Location"] == second.headers["Location"]
    assert Handoff.objects.count() == 1
    page = client.get(second.headers["Location"])
    assert words(page) == []


def test_the_last_tap_ends_the_batch_and_may_be_repeated(client, courier, batch_out, stop, last):
    log_in(client, courier)
    tap(client, stop)
    nonce = uuid4()
    for _ in range(2):
        assert tap(client, last, nonce=nonce).headers["Location"] == reverse("courier-batches")
    assert status_of(batch_out) == "done"
    assert Handoff.objects.count() == 2
    # A bookmark of it leads to the list: its doors are no longer the courier's to see.
    bookmark = client.get(reverse("courier-batch", args=[batch_out.pk]))
    assert bookmark.headers["Location"] == reverse("courier-batches")


def test_the_same_nonce_for_something_else_is_a_conflict(client, courier, batch_out, stop):
    log_in(client, courier)
    nonce = uuid4()
    tap(client, stop, nonce=nonce)
    page = tap(client, stop, "handed", nonce=nonce)
    assert page.status_code == 409
    assert "以先前的为准" in words(page)[0]
    assert page.context["door"].stop.position == 2
    assert Handoff.objects.get().outcome == "left"
    assert Event.objects.filter(kind=Event.Kind.HANDOFF_CONFLICT).count() == 1


def test_a_conflict_after_the_last_door_shows_no_door(client, courier, stop, last):
    log_in(client, courier)
    nonce = uuid4()
    tap(client, stop)
    tap(client, last, nonce=nonce)
    page = tap(client, last, "handed", nonce=nonce)
    assert page.status_code == 409
    assert "以先前的为准" in words(page)[-1]
    assert "幢" not in page.text


def test_a_door_decided_from_another_page_stays_as_it_is(client, courier, batch_out, stop, said):
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
        {"outcome": "handed", "cash": "很多"},
        {"outcome": "handed", "cash": "20.01"},
        {"outcome": "handed", "cash": "12.41", "transfer": "7.60"},
        {"outcome": "handed", "transfer": "一点"},
        {"outcome": "left", "transfer": "-0.01"},
        {"outcome": "handed", "cash": "-1"},
        {"outcome": "handed", "cash": "1.005"},
        {"outcome": "handed", "cash": "NaN"},
    ],
)
def test_what_cannot_be_right_is_asked_again(client, courier, stop, fields):
    page = tap(log_in(client, courier), stop, **fields)
    assert page.status_code == 400
    assert len(words(page)) == 1
    assert page.context["door"].stop == stop
    assert state(stop) == UNTOUCHED


# -- a correction --------------------------------------------------------------------------------


def test_a_mis_tap_is_corrected_by_a_new_row(client, courier, batch_out, stop, said):
    log_in(client, courier)
    page = client.get(reverse("courier-correct", args=[said.pk]))
    assert "放门口 · 现金 ¥20.00" in page.text
    answer = again(client, said, "failed", reason="nobody", note="点错了", cash="20.00")
    assert answer.headers["Location"] == reverse("courier-batch", args=[batch_out.pk])
    correction = said.corrected_by
    assert (correction.outcome, correction.reason) == ("failed", "nobody")
    assert (correction.note, correction.cash) == ("点错了", 0)
    assert status_of(stop) == "failed"


def test_the_money_alone_can_be_corrected(client, courier, stop, said):
    again(log_in(client, courier), said, "left", cash="15", left_paid="1")
    assert said.corrected_by.cash == 15
    page = client.get(reverse("courier-correct", args=[said.corrected_by.pk]))
    assert 'value="15.00"' in page.text


def test_a_correction_sent_twice_is_one(client, courier, said):
    log_in(client, courier)
    nonce = uuid4()
    first, second = (again(client, said, "handed", nonce=nonce) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert Handoff.objects.count() == 2


def test_a_correction_of_what_is_corrected_is_refused_in_words(client, courier, batch_out, said):
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


def test_a_slip_at_the_last_door_can_be_corrected_from_the_list(client, courier, said, last):
    log_in(client, courier)
    tap(client, last, "left")
    listed = client.get(reverse("courier-batches"))
    last_said = Handoff.objects.get(stop=last)
    address = reverse("courier-correct", args=[last_said.pk])
    assert address in listed.text
    assert client.get(address).status_code == 200
    assert again(client, last_said, "handed").headers["Location"] == reverse("courier-batches")
    assert status_of(last) == "handed"


def test_the_station_corrects_when_the_batch_is_done(
    client, courier, staff, batch_out, said, last, monkeypatch
):
    record(last, courier)
    monkeypatch.setattr(handoffs, "SLIP", timedelta(0))
    assert again(log_in(client, courier), said, "handed").status_code == 404
    answer = again(log_in(client, staff), said, "handed")
    assert answer.headers["Location"] == reverse("station-batch", args=[batch_out.pk])
    assert said.corrected_by.by == staff


# -- everybody else ------------------------------------------------------------------------------


@pytest.mark.parametrize("person", [*NOT_COURIERS, "other_courier", "stranger"])
def test_nobody_else_hands_over(client, request, stop, person):
    answer = tap(log_in(client, request.getfixturevalue(person)), stop)
    assert answer.status_code == (403 if person in NOT_COURIERS else 404)
    assert state(stop) == UNTOUCHED


@pytest.mark.parametrize("person", ["resident", "neighbour", "leader", "other_courier", "stranger"])
def test_nobody_else_corrects(client, request, said, person):
    log_in(client, request.getfixturevalue(person))
    assert client.get(reverse("courier-correct", args=[said.pk])).status_code == 404
    assert again(client, said, "failed", reason="nobody").status_code == 404
    assert Handoff.objects.get() == said


def test_a_form_without_its_token_is_refused(courier, stop):
    client = log_in(Client(enforce_csrf_checks=True), courier)
    assert tap(client, stop).status_code == 403
    assert not Handoff.objects.exists()
