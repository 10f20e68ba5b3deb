"""The four rules of sharing, what a household wished for, and what sharing costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from delivery import batches, rounds
from delivery.models import Parcel, Wish
from delivery.share_outs import sharing
from inventory.models import ShareRule
from tests import factories
from tests.benchmarks import share_out
from tests.delivery.sharing.conftest import got, held
from tests.shop.orders import place, preordered

# --- rules, wishes, ties -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "shares"),
    [
        (ShareRule.FIRST_COME, [3, 2, 0]),
        (ShareRule.EQUAL, [2, 2, 1]),
        (ShareRule.PEOPLE, [1, 2, 2]),
        (ShareRule.NEEDS, [1, 3, 1]),
    ],
)
def test_the_four_rules_on_one_morning(round, doors, spinach, station, manager, rule, shares):
    spinach.share_rule = rule
    spinach.save()
    doors[1].needs = "独居老人"
    doors[1].save()
    orders = [place(round, door, (spinach, 3)) for door in doors]
    rounds.close(round)
    factories.received(station, spinach, 5)
    sharing.apply(round, by=manager)
    assert got(*orders) == [[units] for units in shares]


def test_a_door_that_ordered_twice_counts_once(round, doors, spinach, station, manager):
    first = place(round, doors[0], (spinach, 2))
    again = place(round, doors[0], (spinach, 2))
    other = place(round, doors[1], (spinach, 4))
    rounds.close(round)
    factories.received(station, spinach, 4)
    [preview] = sharing.preview(round)
    assert (preview.households, preview.spread) == (2, [(2, 2)])
    sharing.apply(round, by=manager)
    assert got(first, again, other) == [[2], [0], [2]]


def test_all_or_nothing_is_left_out_and_its_units_go_on(round, doors, spinach, station, manager):
    orders = [
        place(round, doors[0], (spinach, 3), wishes={spinach: Wish.NONE}),
        place(round, doors[1], (spinach, 3)),
    ]
    rounds.close(round)
    factories.received(station, spinach, 4)
    sharing.apply(round, by=manager)
    assert got(*orders) == [[0], [3]]
    assert held(spinach) == (4, 3)


# --- figures -------------------------------------------------------------------------------------


def test_weights_follow(round, home, spinach, station, manager):
    place(round, home, (spinach, 4))
    rounds.close(round)
    factories.received(station, spinach, 3)
    [batch] = batches.plan(round, manager).batches
    sharing.apply(round, by=manager)
    batch.refresh_from_db()
    assert batch.weight_g == Parcel.objects.get().weight_g == 1500


def test_queries_do_not_grow_with_goods_and_households(station, grid, manager):
    def queries(rows: int) -> tuple[int, int]:
        this = factories.round(station, f"第 {rows} 波")
        stand_in = factories.item(station, in_stock=1000, household_limit=50)
        goods = [preordered(station, f"货{rows}-{n}", similar=stand_in) for n in range(rows)]
        for _ in range(rows):
            wishes = dict.fromkeys(goods, Wish.SIMILAR)
            place(this, factories.household(grid), *((g, 1) for g in goods), wishes=wishes)
        rounds.close(this)
        for good in goods:
            factories.received(station, good, rows // 2)
        with CaptureQueriesContext(connection) as preview:
            sharing.preview(this)
        with CaptureQueriesContext(connection) as apply:
            assert len(sharing.apply(this, by=manager)) == rows
        return len(preview), len(apply)

    few = queries(3)
    assert queries(11) == few
    assert few[0] <= 14
    assert few[1] <= 50


def test_queries_do_not_grow_with_rows(db):
    """More lines, moves and adjustments than SQLite takes as parameters of one statement."""

    def queries(orders: int) -> int:
        this, by = share_out.closed_round(orders)
        with CaptureQueriesContext(connection) as captured:
            assert sharing.apply(this, by=by)
        return len(captured)

    assert queries(20) == queries(400)
