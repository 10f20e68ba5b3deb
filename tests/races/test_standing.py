"""Two workers find the same round open, and the same orders standing."""

from django.utils import timezone
from oscar.core.loading import get_model

from delivery import locks, rounds
from delivery.models import Round, Wish
from shop import standing
from shop.models import StandingRun
from shop.standing import running
from tests import factories
from tests.races.buyers import (
    PATIENCE,
    Halfway,
    counters,
    ledger,
    meet_before,
    scene,
    wait_until_somebody_waits,
)
from tests.shop.clean import books_agree

Order = get_model("order", "Order")


def asked(here, item, doors: int) -> Round:
    """So many doors want two of it in every round, and one opens."""
    for _number in range(doors):
        door = factories.household(here.grid)
        lines = {item.pk: (2, Wish.LESS)}
        standing.start(door, lines, by=factories.resident(door))
    Round.objects.update(closes_at=timezone.now(), status=Round.Status.CLOSED)
    opening = factories.round(here.station, "晚市", status=Round.Status.PLANNED)
    rounds.open(opening)
    return opening


def test_two_workers_order_each_once(each_database, race):
    here = scene()
    eggs = here.good(pieces=100)
    asked(here, eggs, doors=8)
    results, errors = race(4, lambda number: len(standing.run_due()))
    assert not errors
    assert sum(results) == 8
    assert (Order.objects.count(), StandingRun.objects.count()) == (8, 8)
    assert counters(eggs) == ledger(eggs) == (100, 16)
    books_agree()


def test_the_second_worker_waits_at_the_door(transactional_db, race, monkeypatch):
    here = scene()
    eggs = here.good(pieces=100)
    asked(here, eggs, doors=1)
    halfway = Halfway(monkeypatch, running, "_done")

    def run(number: int):
        if number == 1:
            assert halfway.reached.wait(PATIENCE)
        if number < 2:
            return len(standing.run_due())
        wait_until_somebody_waits()
        halfway.go.set()
        return 0

    results, errors = race(3, run)
    assert not errors
    assert results == [1, 0, 0]
    assert counters(eggs) == (100, 2)


def test_without_the_doors_lock_the_row_still_stops_the_second(
    transactional_db, race, monkeypatch, caplog
):
    here = scene()
    eggs = here.good(pieces=100)
    asked(here, eggs, doors=1)
    monkeypatch.setattr(locks, "round_shared", lambda round_id, household_id: None)
    # Both have seen that nothing has run.
    meet_before(monkeypatch, running, "_lines", runners=2)
    results, errors = race(2, lambda number: len(standing.run_due()))
    assert not errors
    assert sorted(results) == [0, 1]
    assert "IntegrityError" in caplog.text
    assert (Order.objects.count(), counters(eggs)) == (1, (100, 2))


def test_without_lock_and_row_it_is_ordered_twice(transactional_db, race, monkeypatch):
    here = scene()
    eggs = here.good(pieces=100)
    asked(here, eggs, doors=1)
    monkeypatch.setattr(locks, "round_shared", lambda round_id, household_id: None)
    monkeypatch.setattr(running, "_done", lambda *arguments, **options: StandingRun())
    meet_before(monkeypatch, running, "_lines", runners=2)
    race(2, lambda number: len(standing.run_due()))
    assert (Order.objects.count(), counters(eggs)) == (2, (100, 4))


def test_who_orders_in_that_moment_is_ordered_for_once(each_database, race):
    """The household taps while the clock orders for it: it has one order by the clock at most, and
    its own."""
    here = scene()
    eggs = here.good(pieces=100)
    opening = asked(here, eggs, doors=1)
    door = here.grid.households.get()
    buyer = here.buyer((eggs, 1), household=door)
    buyer.round = opening

    def run(number: int):
        return buyer.place() if number == 0 else standing.run_due()

    _, errors = race(2, run)
    assert not errors
    outcome = StandingRun.objects.get().outcome
    assert Order.objects.count() == (1 if outcome == "already" else 2)
    books_agree()
