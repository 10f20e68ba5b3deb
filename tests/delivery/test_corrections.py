"""Saying otherwise later: a new row that names the earlier one."""

from datetime import timedelta
from uuid import UUID

import pytest

from delivery import batches, handoffs
from delivery.errors import (
    BatchNotOpen,
    CorrectionRefused,
    HandoffConflict,
    HandoffRefused,
    NotYourBatch,
)
from tests.delivery.doors import correct, fail, record, send_out, state


def test_from_delivered_to_failed(stop, courier, handed_off):
    first = record(stop, courier, cash="20")
    second = correct(first, courier, "failed", reason="wrong_door")
    assert state(stop) == ("failed", {"failed"}, 0, 2)
    assert (second.corrects, second.cash, second.reason) == (first, 0, "wrong_door")
    first.refresh_from_db()
    assert (first.outcome, first.cash) == ("left", 20)
    ids = list(stop.parcels.order_by("pk").values_list("pk", flat=True))
    assert handed_off == [(stop.pk, first.pk, ids), (stop.pk, second.pk, ids)]


def test_from_failed_to_delivered_and_on(stop, courier):
    first = fail(stop, courier)
    second = correct(first, courier, "handed", cash="20")
    assert state(stop) == ("handed", {"delivered"}, 2, 2)
    third = correct(second, courier, "left", cash="12.50")
    assert state(stop) == ("left", {"delivered"}, 2, 3)
    stop.refresh_from_db()
    assert stop.decided_at == third.tapped_at
    with pytest.raises(HandoffRefused, match=r"^这一户应收 20.00 元，收的不能比这多。$"):
        correct(third, courier, "left", cash="21")


def test_only_the_latest_word_is_corrected(stop, courier, staff):
    first = record(stop, courier)
    correct(first, courier, "handed")
    for who in (courier, staff):
        with pytest.raises(CorrectionRefused, match=r"^这条记录已经更正过了，请刷新后更正最新的"):
            correct(first, who, "failed", reason="nobody")
    assert state(stop) == ("handed", {"delivered"}, 2, 2)


def test_a_repeated_correction_changes_nothing(stop, last, courier, handed_off):
    first, nonce = record(stop, courier), UUID(int=7)
    second = correct(first, courier, "handed", nonce=nonce)
    record(last, courier)
    assert correct(first, courier, "handed", nonce=nonce) == second
    assert len(handed_off) == 3
    with pytest.raises(HandoffConflict):
        correct(first, courier, "left", nonce=nonce)
    with pytest.raises(HandoffConflict):
        record(stop, courier, "handed", nonce=nonce)
    assert state(stop) == ("handed", {"delivered"}, 2, 2)


def test_a_slip_at_the_last_door_is_the_couriers_to_correct(batch_out, stop, last, courier):
    record(stop, courier)
    first = record(last, courier)
    correct(first, courier, "failed", reason="nobody")
    assert state(last) == ("failed", {"failed"}, 0, 2)
    batch_out.refresh_from_db()
    assert batch_out.status == "done"


def test_after_the_batch_the_station_corrects_and_the_batch_stays_done(
    batch_out, stop, last, courier, staff, monkeypatch
):
    record(stop, courier)
    first = record(last, courier)
    monkeypatch.setattr(handoffs, "SLIP", timedelta(0))
    with pytest.raises(BatchNotOpen, match=r"^这批已经送完了，要更正请告诉驿站。$"):
        correct(first, courier, "failed", reason="nobody")
    assert state(last) == ("left", {"delivered"}, 1, 1)
    correct(first, staff, "failed", reason="nobody")
    assert state(last) == ("failed", {"failed"}, 0, 2)
    batch_out.refresh_from_db()
    assert batch_out.status == "done"


@pytest.mark.parametrize("who", ["other_courier", "stranger", "resident", "leader"])
def test_nobody_else_corrects(stop, courier, who, request):
    first = record(stop, courier)
    with pytest.raises(NotYourBatch):
        correct(first, request.getfixturevalue(who), "handed")
    assert state(stop) == ("left", {"delivered"}, 2, 1)


@pytest.mark.parametrize("second_try", ["planned", "delivered", "failed"])
def test_no_correction_once_the_parcels_have_moved_on(
    stop, round, courier, other_courier, staff, second_try
):
    first = fail(stop, courier)
    [second] = batches.plan(round, staff).batches
    if second_try != "planned":
        send_out(second, other_courier, staff)
        later = second.stops.get()
        record(later, other_courier) if second_try == "delivered" else fail(later, other_courier)
    before = state(stop)
    for who in (courier, staff):
        with pytest.raises(
            CorrectionRefused, match=r"^这一户的包裹已经排进后面的批次，不能再更正。$"
        ):
            correct(first, who, "left")
    assert state(stop) == before


def test_the_later_stop_can_be_corrected(stop, round, courier, staff):
    fail(stop, courier)
    [second] = batches.plan(round, staff).batches
    send_out(second, courier, staff)
    later = second.stops.get()
    correct(fail(later, courier), staff, "left")
    assert state(later) == ("left", {"delivered"}, 2, 2)
    assert state(stop) == ("failed", {"delivered"}, 0, 1)
