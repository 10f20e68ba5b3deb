"""Rounds open, close and turn by the clock."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from delivery import rounds, signals
from delivery.errors import RoundNotOpen, RoundNotPlanned, RoundsStuck
from delivery.models import Event, Round
from tests import factories

HOUR = timedelta(hours=1)


@pytest.fixture
def heard():
    """The rounds that `round_closed` named."""
    names: list[str] = []

    def listen(sender, round, **kwargs):
        if round.name.startswith("坏"):
            raise ZeroDivisionError(round.station.phone)
        names.append(round.name)

    signals.round_closed.connect(listen)
    yield names
    signals.round_closed.disconnect(listen)


def status(round: Round) -> str:
    return Round.objects.get(pk=round.pk).status


def test_opens_by_hand_also_before_its_hour(station, grid, manager):
    round = factories.round(station, status="planned", opens_in=2, closes_in=5)
    assert rounds.current(grid) is None
    assert rounds.next_for(grid) == round
    rounds.open(round, manager)
    assert round.status == status(round) == "open"
    assert rounds.current(grid) == round
    assert rounds.next_for(grid) is None
    event = Event.objects.get()
    assert (event.kind, event.round, event.by) == ("round_opened", round, manager)


@pytest.mark.parametrize("was", ["open", "closed"])
def test_opens_once(station, was):
    round = factories.round(station, status=was)
    with pytest.raises(RoundNotPlanned, match=r"^这个波次已经开始过了。$"):
        rounds.open(round)
    assert status(round) == was
    assert not Event.objects.exists()


def test_does_not_open_when_its_window_is_over(station):
    round = factories.round(station, status="planned", opens_in=-3, closes_in=-1)
    with pytest.raises(RoundNotPlanned, match=r"^这个波次的截单时间已经过了，不能再开始接单。$"):
        rounds.open(round)
    assert status(round) == "planned"


def test_closes_by_hand(station, manager, heard):
    round = factories.round(station, "早市")
    rounds.close(round, manager)
    assert round.status == status(round) == "closed"
    assert heard == ["早市"]
    event = Event.objects.get()
    assert (event.kind, event.by) == ("round_closed", manager)
    assert Round.objects.count() == 1


@pytest.mark.parametrize("was", ["planned", "closed"])
def test_only_an_open_round_closes(station, heard, was):
    round = factories.round(station, status=was, repeats_daily=True)
    with pytest.raises(RoundNotOpen, match=r"^这个波次没有在接单。$"):
        rounds.close(round)
    assert status(round) == was
    assert heard == []
    assert Round.objects.count() == 1


def test_closing_happens_whole_or_not_at_all(station, heard):
    round = factories.round(station, "坏", repeats_daily=True)
    with pytest.raises(ZeroDivisionError):
        rounds.close(round)
    assert status(round) == "open"
    assert Round.objects.count() == 1
    assert not Event.objects.exists()


def test_a_daily_round_plans_its_next_day_once(station, grid):
    round = factories.round(station, "早市", grids=[grid], repeats_daily=True)
    rounds.close(round)
    tomorrow = Round.objects.get(status="planned")
    day = timedelta(days=1)
    assert tomorrow.name == "早市"
    assert tomorrow.repeats_daily
    assert list(tomorrow.grids.all()) == [grid]
    assert tomorrow.opens_at == round.opens_at + day
    assert tomorrow.closes_at == round.closes_at + day
    assert tomorrow.delivers_from == round.delivers_from + day
    assert tomorrow.delivers_to == round.delivers_to + day
    # The same again (a round put back by hand) finds tomorrow's round made.
    Round.objects.filter(pk=round.pk).update(status="open")
    rounds.close(round)
    assert Round.objects.count() == 2


def test_the_next_day_keeps_the_hour_when_the_clocks_change(station):
    with timezone.override("Europe/Berlin"):
        saturday = datetime(2026, 3, 28, 8, tzinfo=UTC)  # nine o'clock there
        round = factories.round(
            station,
            opens_at=saturday - HOUR,
            closes_at=saturday,
            repeats_daily=True,
        )
        rounds.close(round, now=saturday)
    assert Round.objects.get(status="planned").closes_at == datetime(2026, 3, 29, 7, tzinfo=UTC)


def test_the_clock_turns_what_is_due_and_only_that(station, heard):
    due = factories.round(station, "该开", status="planned", opens_in=-0.1, closes_in=2)
    over = factories.round(station, "该截", opens_in=-3, closes_in=-0.1)
    factories.round(station, "还早", status="planned", opens_in=1, closes_in=2)
    factories.round(station, "正开", opens_in=-2, closes_in=1)
    assert rounds.turn_due() == ([due.pk], [over.pk])
    assert heard == ["该截"]
    states = dict(Round.objects.values_list("name", "status"))
    assert states == {"该开": "open", "该截": "closed", "还早": "planned", "正开": "open"}
    assert set(Event.objects.values_list("kind", "round", "by")) == {
        ("round_opened", due.pk, None),
        ("round_closed", over.pk, None),
    }
    assert rounds.turn_due() == ([], [])
    assert Event.objects.count() == 2


def test_windows_slept_through_are_closed_and_the_next_one_is_planned(station, grid, heard):
    """The laptop was off for three days: one closing, no orders, and the next round is to come."""
    now = timezone.now()
    round = factories.round(
        station,
        status="planned",
        opens_at=now - timedelta(days=3) - HOUR,
        closes_at=now - timedelta(days=3),
        repeats_daily=True,
    )
    assert rounds.turn_due(now) == ([round.pk], [round.pk])
    assert heard == ["早市"]
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["round_opened", "round_closed"]
    coming = Round.objects.get(status="planned")
    # Today's window ends this very moment: it is tomorrow's turn.
    assert coming.closes_at == now + timedelta(days=1)
    assert rounds.next_for(grid) == coming
    assert rounds.turn_due(now) == ([], [])


def test_one_round_that_fails_does_not_stop_the_others(station, heard, caplog):
    bad = factories.round(station, "坏", opens_in=-5, closes_in=-2)
    factories.round(station, "好", opens_in=-4, closes_in=-1)
    with pytest.raises(RoundsStuck, match=f"^这些波次没能按时开始或截单：{bad.pk}。$") as caught:
        rounds.turn_due()
    assert caught.value.round_ids == [bad.pk]
    assert status(bad) == "open"
    assert heard == ["好"]
    assert f"round {bad.pk} does not turn: ZeroDivisionError" in caplog.text
    assert "in listen" in caplog.text
    assert station.phone not in caplog.text


def test_a_round_turned_by_somebody_else_meanwhile_is_passed_over(station, heard, monkeypatch):
    round = factories.round(station, opens_in=-3, closes_in=-1)
    due = list(Round.objects.due(timezone.now()))
    rounds.close(round)
    monkeypatch.setattr("delivery.models.round.RoundQuerySet.due", lambda self, now: FakeDue(due))
    assert rounds.turn_due() == ([], [])
    assert heard == ["早市"]


class FakeDue(list):
    def order_by(self, *fields):
        return self


def test_the_current_round_serves_the_grid_and_closes_first(station, grid, other_station):
    other_grid = factories.grid(station)
    factories.round(station, "晚", closes_in=5)
    named = factories.round(station, "只给二", grids=[other_grid], closes_in=1)
    both = factories.round(station, "两格", grids=[grid, other_grid], closes_in=3)
    factories.round(other_station, closes_in=1)
    factories.round(station, "过点", opens_in=-2, closes_in=-0.01)
    assert rounds.current(grid) == both
    assert rounds.current(other_grid) == named


# --- cancelled, and no longer daily ------------------------------------------------------------


def test_a_planned_round_is_cancelled(station, grid, manager, heard):
    round = factories.round(station, status="planned", opens_in=-0.1, closes_in=5)
    assert rounds.cancel(round, manager) is None
    assert round.status == status(round) == "cancelled"
    event = Event.objects.get()
    assert (event.kind, event.round, event.by) == ("round_cancelled", round, manager)
    # The clock leaves it alone, now and when its window is over.
    assert rounds.turn_due() == ([], [])
    assert rounds.turn_due(round.closes_at + HOUR) == ([], [])
    assert rounds.next_for(grid) is None
    with pytest.raises(RoundNotPlanned, match=r"^这个波次已经取消了。$"):
        rounds.open(round)
    with pytest.raises(RoundNotPlanned, match=r"^这个波次已经取消了。$"):
        rounds.cancel(round, manager)
    assert Event.objects.count() == 1
    assert heard == []


@pytest.mark.parametrize("was", ["open", "closed"])
def test_a_round_that_has_begun_is_not_cancelled(station, manager, was):
    round = factories.round(station, status=was, repeats_daily=True)
    with pytest.raises(RoundNotPlanned, match=r"^这个波次已经开始过了，不能取消。$"):
        rounds.cancel(round, manager)
    assert status(round) == was
    assert Round.objects.count() == 1
    assert not Event.objects.exists()


def test_cancelling_a_day_of_a_daily_round_plans_the_next(station, grid, manager):
    round = factories.round(
        station, grids=[grid], status="planned", opens_in=20, closes_in=22, repeats_daily=True
    )
    following = rounds.cancel(round, manager)
    assert following == Round.objects.get(status="planned")
    assert following.opens_at == round.opens_at + timedelta(days=1)
    assert following.repeats_daily
    assert list(following.grids.all()) == [grid]


def test_a_cancelled_day_is_not_made_again_by_the_closing_before_it(station, manager):
    today = factories.round(station, repeats_daily=True)
    tomorrow = factories.round(
        station,
        status="planned",
        opens_at=today.opens_at + timedelta(days=1),
        closes_at=today.closes_at + timedelta(days=1),
    )
    rounds.cancel(tomorrow, manager)
    rounds.close(today)
    assert list(Round.objects.values_list("pk", "status").order_by("pk")) == [
        (today.pk, "closed"),
        (tomorrow.pk, "cancelled"),
    ]


@pytest.mark.parametrize("was", ["planned", "open"])
def test_a_daily_round_is_stopped(station, manager, was):
    round = factories.round(station, status=was, repeats_daily=True)
    stale = Round.objects.get(pk=round.pk)
    for _ in range(2):
        rounds.stop_repeating(round, manager)
    assert status(round) == was
    event = Event.objects.get()
    assert (event.kind, event.round, event.by) == ("round_repeat_ended", round, manager)
    Round.objects.update(status="open")
    # The clock took its list before somebody pressed the button.
    assert stale.repeats_daily
    rounds.close(stale)
    assert Round.objects.count() == 1


@pytest.mark.parametrize("was", ["closed", "cancelled"])
def test_a_round_that_is_over_cannot_be_stopped(station, manager, was):
    round = factories.round(station, status=was, repeats_daily=True)
    with pytest.raises(RoundNotOpen, match=r"^这个波次已经结束了，要停请停后面的那一波。$"):
        rounds.stop_repeating(round, manager)
    assert not Event.objects.exists()
