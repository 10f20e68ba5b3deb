"""The office says for a courier what happened at the doors of a batch on its way."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from delivery.models import Batch, Handoff
from tests.delivery.doors import UNTOUCHED, record, state
from tests.delivery.taps import words


def say(client, stop, outcome="left", nonce=None, **fields):
    data = {"outcome": outcome, "nonce": nonce or uuid4(), **fields}
    return client.post(reverse("station-handoff", args=[stop.pk]), data)


@pytest.fixture
def office(client, staff):
    client.force_login(staff)
    return client


@pytest.mark.parametrize(
    ("fields", "cash"),
    [
        ({"outcome": "left", "cash": "20.00"}, "0.00"),
        ({"outcome": "left", "cash": "20.00", "left_paid": "1"}, "20.00"),
        ({"outcome": "handed", "cash": "15"}, "15.00"),
        ({"outcome": "handed", "cash": "15", "transfer": "5"}, "15.00"),
        ({"outcome": "left", "cash": "20.00", "transfer": "5"}, "0.00"),
        ({"outcome": "failed", "reason": "nobody"}, "0.00"),
    ],
)
def test_one_answer_decides_a_door_and_leads_back_to_it(office, staff, stop, fields, cash):
    answer = say(office, stop, **fields)
    where = reverse("station-batch", args=[stop.batch_id])
    assert answer.headers["Location"] == f"{where}#stop-{stop.pk}"
    handoff = Handoff.objects.get()
    assert (handoff.stop, handoff.by, handoff.cash) == (stop, staff, Decimal(cash))
    assert handoff.transfer == Decimal(fields.get("transfer", "0"))
    assert handoff.reason == fields.get("reason", "")
    assert state(stop)[0] == fields["outcome"]
    assert words(office.get(where)) == [f"第 1 户记好了：{handoff.get_outcome_display()}。"]


def test_the_last_answer_ends_the_batch(office, batch_out, stop, last):
    page = office.get(reverse("station-batch", args=[batch_out.pk])).content.decode()
    assert all(reverse("station-handoff", args=[each.pk]) in page for each in (stop, last))
    say(office, stop)
    page = office.get(reverse("station-batch", args=[batch_out.pk])).content.decode()
    assert reverse("station-handoff", args=[stop.pk]) not in page
    say(office, last)
    batch_out.refresh_from_db()
    assert batch_out.status == "done"


def test_every_door_of_the_page_has_a_number_of_its_own(office, batch_out):
    page = office.get(reverse("station-batch", args=[batch_out.pk]))
    assert len({stop.nonce for stop in page.context["stops"]}) == 2


def test_the_same_answer_twice_is_one(office, stop):
    nonce = uuid4()
    answers = [say(office, stop, nonce=nonce) for _ in range(2)]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert Handoff.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"outcome": "failed"}, "没送成要选一个原因。"),
        ({"outcome": "handed", "cash": "很多"}, "收的现金要写成数字，比如 49.10。"),
        ({"outcome": "handed", "cash": "20.01"}, "这一户应收 20.00 元，收的不能比这多。"),
    ],
)
def test_what_cannot_be_right_is_said(office, stop, fields, sentence):
    answer = say(office, stop, **fields)
    assert words(office.get(answer.headers["Location"])) == [sentence]
    assert state(stop) == UNTOUCHED


def test_what_the_courier_said_first_stays(office, stop, courier):
    record(stop, courier)
    answer = say(office, stop, "handed")
    assert words(office.get(answer.headers["Location"])) == ["这一户已经记过了，记错了请用“更正”。"]
    assert Handoff.objects.get().by == courier


@pytest.mark.parametrize("status", ["planned", "packed", "done"])
def test_no_answers_unless_the_batch_is_out(office, batch_out, stop, status):
    Batch.objects.update(status=status)
    page = office.get(reverse("station-batch", args=[batch_out.pk])).content.decode()
    assert reverse("station-handoff", args=[stop.pk]) not in page
    say(office, stop)
    assert state(stop) == UNTOUCHED


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("stranger", 404),
        ("courier", 403),
        ("other_courier", 403),
        ("resident", 403),
        ("leader", 403),
    ],
)
def test_only_the_station_of_the_batch(client, stop, who, status, request):
    client.force_login(request.getfixturevalue(who))
    assert say(client, stop).status_code == status
    assert state(stop) == UNTOUCHED
