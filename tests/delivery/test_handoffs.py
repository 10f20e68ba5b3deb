"""What happened at a door: once, and the same again. Corrections: test_corrections.py."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from delivery import batches
from delivery.errors import (
    BatchNotOpen,
    HandoffConflict,
    HandoffRefused,
    NotYourBatch,
    OutOfStep,
    StopDecided,
)
from delivery.models import Batch, Event, Parcel
from tests.delivery.doors import UNTOUCHED, fail, record, send_out, state

# --- the first word ---------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["left", "handed"])
def test_delivered(stop, courier, handed_off, outcome):
    tapped = timezone.now() - timedelta(hours=2)
    handoff = record(stop, courier, outcome, cash="20", note=" 放电表箱上 ", tapped_at=tapped)
    assert state(stop) == (outcome, {"delivered"}, 2, 1)
    handoff.refresh_from_db()
    assert (handoff.outcome, handoff.reason, handoff.note) == (outcome, "", "放电表箱上")
    assert (handoff.cash, handoff.by, handoff.corrects) == (Decimal("20.00"), courier, None)
    stop.refresh_from_db()
    assert handoff.tapped_at == stop.decided_at == tapped
    assert timezone.now() - handoff.received_at < timedelta(minutes=1)
    ids = list(stop.parcels.order_by("pk").values_list("pk", flat=True))
    assert len(ids) == 2
    assert handed_off == [(stop.pk, handoff.pk, ids)]


def test_failed_frees_the_parcels_for_a_later_batch(stop, last, round, courier, staff):
    handoff = fail(stop, courier, "blocked", note="楼道封着")
    assert state(stop) == ("failed", {"failed"}, 0, 1)
    assert (handoff.reason, handoff.cash) == ("blocked", 0)
    assert state(last)[0] == "waiting"
    [second] = batches.plan(round, staff).batches
    assert (second.number, second.stop_count, second.weight_g) == (2, 1, 2000)
    send_out(second, courier, staff)
    record(second.stops.get(), courier)
    assert set(stop.parcels.values_list("status", flat=True)) == {"delivered"}


def test_the_last_stop_ends_the_batch(batch_out, stop, last, courier):
    fail(last, courier)
    batch_out.refresh_from_db()
    assert batch_out.status == "out"
    assert not Event.objects.filter(kind="batch_done").exists()
    record(stop, courier)
    batch_out.refresh_from_db()
    assert batch_out.status == "done"
    done = Event.objects.get(kind="batch_done")
    assert (done.batch, done.by) == (batch_out, courier)


@pytest.mark.parametrize(
    ("off_by", "believed"),
    [
        (timedelta(minutes=4), True),
        (timedelta(minutes=6), False),
        (-timedelta(days=6), True),
        (-timedelta(days=8), False),
        (-timedelta(days=20_000), False),
    ],
)
def test_a_phone_with_a_wrong_clock_is_not_believed(stop, courier, off_by, believed):
    tapped = timezone.now() + off_by
    handoff = record(stop, courier, tapped_at=tapped)
    assert handoff.tapped_at == (tapped if believed else handoff.received_at)


# --- what cannot be right ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"outcome": "eaten"}, "请选放门口、当面交或没送成。"),
        ({"outcome": "waiting"}, "请选放门口、当面交或没送成。"),
        ({"outcome": "failed"}, "没送成要选一个原因。"),
        ({"outcome": "failed", "reason": "rain"}, "没送成要选一个原因。"),
        ({"reason": "nobody"}, "送到了就不用写没送成的原因。"),
        ({"outcome": "failed", "reason": "nobody", "cash": 1}, "没送成就不能收钱。"),
        ({"cash": "-1"}, "收的现金写得不对，请写成几元几角几分。"),
        ({"cash": "0.005"}, "收的现金写得不对，请写成几元几角几分。"),
        ({"cash": "NaN"}, "收的现金写得不对，请写成几元几角几分。"),
        ({"cash": "1E+40"}, "收的现金写得不对，请写成几元几角几分。"),
        ({"cash": "20.01"}, "这一户应收 20.00 元，收的不能比这多。"),
        ({"note": "长" * 201}, "备注太长了，请短一些。"),
    ],
)
def test_what_cannot_be_right_is_refused_in_words(stop, courier, handed_off, said, sentence):
    with pytest.raises(HandoffRefused) as refusal:
        record(stop, courier, **said)
    assert str(refusal.value) == sentence
    assert state(stop) == UNTOUCHED
    assert handed_off == []


@pytest.mark.parametrize("who", ["other_courier", "stranger", "leader", "resident"])
def test_only_the_courier_of_the_batch_or_the_office_hands_over(stop, handed_off, who, request):
    with pytest.raises(NotYourBatch, match=r"^这批不是派给您的。$"):
        record(stop, request.getfixturevalue(who))
    assert state(stop) == UNTOUCHED
    assert handed_off == []


@pytest.mark.parametrize("on_duty", [True, False])
def test_the_office_finishes_what_the_courier_cannot(
    batch_out, stop, last, courier, staff, manager, on_duty
):
    """A dead phone, an ill courier, a run sheet on paper."""
    courier.volunteer.active = on_duty
    courier.volunteer.save()
    handoff = record(stop, staff, "handed", cash="20")
    fail(last, manager)
    assert state(stop) == ("handed", {"delivered"}, 2, 1)
    assert (handoff.by, handoff.cash) == (staff, Decimal("20.00"))
    batch_out.refresh_from_db()
    assert batch_out.status == "done"
    assert Event.objects.get(kind="batch_done").by == manager


@pytest.mark.parametrize("status", ["planned", "packed", "done"])
def test_the_office_too_waits_until_the_batch_is_out(stop, staff, status):
    Batch.objects.update(status=status)
    with pytest.raises(BatchNotOpen, match=r"^这批不在派送中。$"):
        record(stop, staff)
    assert state(stop) == UNTOUCHED


def test_a_courier_of_the_office_goes_on_when_off_duty(stop, courier, station):
    station.memberships.create(user=courier, role="staff")
    courier.volunteer.active = False
    courier.volunteer.save()
    record(stop, courier)
    assert state(stop)[0] == "left"


@pytest.mark.parametrize("status", ["planned", "packed", "done"])
def test_only_while_the_batch_is_out(stop, courier, status):
    Batch.objects.update(status=status)
    with pytest.raises(BatchNotOpen, match=r"^这批不在派送中。$"):
        record(stop, courier)
    assert state(stop) == UNTOUCHED


def test_a_courier_off_duty_hands_nothing_over(stop, courier):
    courier.volunteer.active = False
    courier.volunteer.save()
    with pytest.raises(BatchNotOpen):
        record(stop, courier)
    assert state(stop) == UNTOUCHED


def test_a_parcel_out_of_step_changes_nothing(stop, courier, handed_off):
    Parcel.objects.filter(pk=stop.parcels.first().pk).update(status="packed")
    with pytest.raises(OutOfStep, match=r"^这一户有包裹的状态对不上，请告诉驿站。$"):
        record(stop, courier)
    assert state(stop) == ("waiting", {"on_way", "packed"}, 2, 0)
    assert handed_off == []


# --- the same again ---------------------------------------------------------------------------


def test_a_repeat_changes_nothing(stop, last, courier, handed_off):
    nonce = uuid4()
    first = record(stop, courier, nonce=nonce, cash="5")
    again = record(stop, courier, nonce=nonce, cash="5.00", tapped_at=timezone.now())
    assert again == first
    # Also when the batch is over, and by a stop as it was loaded long ago.
    record(last, courier)
    assert record(stop, courier, nonce=nonce, cash="5") == first
    assert len(handed_off) == 2
    assert state(stop) == ("left", {"delivered"}, 2, 1)
    assert not Event.objects.filter(kind="handoff_conflict").exists()


@pytest.mark.parametrize(
    "other",
    [
        {"outcome": "handed"},
        {"outcome": "failed", "reason": "nobody"},
        {"note": "放门口"},
        {"cash": "5"},
    ],
)
def test_the_same_nonce_for_something_else_is_a_conflict(stop, courier, handed_off, other):
    nonce = uuid4()
    first = record(stop, courier, nonce=nonce)
    with pytest.raises(HandoffConflict, match=r"编号相同、内容不同，以先前的为准。$") as conflict:
        record(stop, courier, nonce=nonce, **other)
    assert conflict.value.first == first
    assert state(stop) == ("left", {"delivered"}, 2, 1)
    assert len(handed_off) == 1
    event = Event.objects.get(kind="handoff_conflict")
    assert (event.stop, event.batch, event.by) == (stop, stop.batch, courier)
    assert event.data == {
        "first": first.pk,
        "outcome": other.get("outcome", "left"),
        "reason": other.get("reason", ""),
        "cash": other.get("cash", "0"),
        "transfer": "0",
    }


def test_a_nonce_of_another_stop_is_a_conflict(stop, last, courier):
    nonce = uuid4()
    record(stop, courier, nonce=nonce)
    with pytest.raises(HandoffConflict):
        record(last, courier, nonce=nonce)
    assert state(last) == ("waiting", {"on_way"}, 1, 0)


def test_a_decided_stop_is_not_decided_again(stop, courier, handed_off):
    record(stop, courier)
    with pytest.raises(StopDecided, match=r"^这一户已经记过了，记错了请用“更正”。$"):
        fail(stop, courier)
    assert state(stop) == ("left", {"delivered"}, 2, 1)
    assert len(handed_off) == 1
