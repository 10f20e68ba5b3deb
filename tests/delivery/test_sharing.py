"""What came is shared out among the households of a round: looked at first, then applied."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from delivery import batches, rounds, signals
from delivery.errors import NotAsSeen, RoundNotClosed
from delivery.models import Event, Parcel, ParcelLine, ShareOut, Wish
from delivery.picks import packing
from delivery.share_outs import sharing
from inventory import stock
from inventory.models import Lot, ShareRule
from tests import factories
from tests.benchmarks import share_out
from tests.shop.orders import lines, place, preordered


@pytest.fixture
def round(station):
    return factories.round(station)


@pytest.fixture
def doors(grid):
    return [factories.household(grid, "1", "1", f"10{n}", people_count=n) for n in (1, 2, 3)]


@pytest.fixture
def spinach(station):
    return preordered(station, "菠菜", price="2.40", share_rule=ShareRule.EQUAL)


@pytest.fixture
def chard(station, spinach):
    """Similar to spinach, and in the building."""
    made = factories.item(station, "甜菜", price="2.00", in_stock=10)
    spinach.similar = made
    spinach.save()
    return made


@pytest.fixture
def announced():
    calls: list[list] = []

    def listen(sender, changes, **kwargs):
        calls.append(changes)

    signals.lines_changed.connect(listen)
    yield calls
    signals.lines_changed.disconnect(listen)


def got(*orders) -> list[list[int]]:
    """What each order's parcel shall hold, good by good in the order they were put in."""
    found = ParcelLine.objects.filter(parcel__order__in=orders).order_by("pk")
    return [[line.quantity for line in found if line.parcel.order == order] for order in orders]


def held(item) -> tuple[int, int]:
    item.record.refresh_from_db()
    return item.record.num_in_stock, item.record.num_allocated


# --- pre-ordered goods ---------------------------------------------------------------------------


def test_what_came_is_shared_by_the_goods_rule(round, doors, spinach, station, manager, announced):
    orders = [
        place(round, door, (spinach, asked)) for door, asked in zip(doors, (4, 1, 4), strict=True)
    ]
    rounds.close(round)
    factories.received(station, spinach, 6)
    [preview] = sharing.preview(round)
    assert (preview.title, preview.rule, preview.asked) == ("菠菜", "equal", 9)
    assert (preview.there, preview.available, preview.given) == (6, 6, 6)
    assert (preview.households, preview.short_households) == (3, 2)
    assert preview.spread == [(3, 1), (2, 1), (1, 1)]
    assert got(*orders) == [[4], [1], [4]], "a look changes nothing"

    [shared] = sharing.apply(round, by=manager)
    assert got(*orders) == [[3], [1], [2]]
    assert (shared.rule, shared.households, shared.asked) == ("equal", 3, 9)
    assert (shared.available, shared.given, shared.by) == (6, 6, manager)
    assert held(spinach) == (6, 6)
    assert not ParcelLine.objects.filter(awaiting=True).exists()
    assert sharing.preview(round) == []
    [event] = Event.objects.filter(kind="shared_out")
    assert (event.round, event.by) == (round, manager)
    assert event.data == {"goods": 1, "asked": 9, "given": 6}
    [changes] = announced
    assert [(c.order_id, c.before, c.after, c.held) for c in changes] == [
        (orders[0].pk, 4, 3, False),
        (orders[1].pk, 1, 1, False),
        (orders[2].pk, 4, 2, False),
    ]


def test_when_all_came_that_is_shared_out_too(round, home, spinach, station, manager):
    order = place(round, home, (spinach, 4))
    rounds.close(round)
    factories.received(station, spinach, 6)
    [shared] = sharing.apply(round, by=manager)
    assert (shared.asked, shared.available, shared.given) == (4, 6, 4)
    assert lines(order) == {spinach.pk: (4, 4)}
    assert held(spinach) == (6, 4)


def test_again_changes_nothing(round, home, spinach, station, manager, announced):
    place(round, home, (spinach, 4))
    rounds.close(round)
    factories.received(station, spinach, 2)
    assert len(sharing.apply(round, by=manager)) == 1
    factories.received(station, spinach, 2)
    assert sharing.apply(round, by=manager) == []
    assert (ShareOut.objects.count(), len(announced)) == (1, 1)
    assert held(spinach) == (4, 2)


def test_a_share_out_is_history(round, home, spinach, manager):
    place(round, home, (spinach, 4))
    rounds.close(round)
    [shared] = sharing.apply(round, by=manager)
    with pytest.raises(DatabaseError), transaction.atomic():
        ShareOut.objects.filter(pk=shared.pk).update(given=0)


def test_an_open_round_is_not_shared(round, home, spinach, manager):
    place(round, home, (spinach, 4))
    assert sharing.preview(round) == []
    with pytest.raises(RoundNotClosed, match="还没有截单"):
        sharing.apply(round, by=manager)


def test_only_the_goods_named_are_shared(round, home, spinach, station, manager):
    leek = preordered(station, "韭菜")
    order = place(round, home, (spinach, 4), (leek, 4))
    rounds.close(round)
    factories.received(station, spinach, 2)
    assert [share.title for share in sharing.preview(round)] == ["菠菜", "韭菜"]
    sharing.apply(round, by=manager, item_ids=[spinach.pk])
    assert lines(order) == {spinach.pk: (4, 2), leek.pk: (4, 4)}
    [line] = ParcelLine.objects.filter(awaiting=True)
    assert line.item == leek


def test_staff_may_say_there_is_less_but_not_more(round, home, spinach, station, manager):
    order = place(round, home, (spinach, 8))
    rounds.close(round)
    factories.received(station, spinach, 6)
    [more] = sharing.preview(round, {spinach.pk: 99})
    assert (more.there, more.available, more.given) == (6, 6, 6)
    [less] = sharing.preview(round, {spinach.pk: 5})
    assert (less.there, less.available, less.given) == (6, 5, 5)
    sharing.apply(round, by=manager, limits={spinach.pk: 5})
    assert lines(order) == {spinach.pk: (8, 5)}
    assert held(spinach) == (6, 5)


def test_what_orders_from_stock_hold_is_not_given_away_twice(round, home, station, grid, manager):
    """A good that is sold both ways: some hold it, some wait for it."""
    good = preordered(station, "白菜")
    other = factories.household(grid)
    factories.received(station, good, 5)
    place(round, home, (good, 4))
    good.selling = "stock"
    good.save()
    place(round, other, (good, 3))
    rounds.close(round)
    [preview] = sharing.preview(round)
    assert (preview.asked, preview.there) == (4, 2)


def test_units_past_their_date_are_not_shared(round, home, spinach, station, manager):
    place(round, home, (spinach, 8))
    rounds.close(round)
    yesterday = timezone.localdate() - timedelta(days=1)
    factories.received(station, spinach, 6, expires_on=timezone.localdate())
    factories.received(station, spinach, 3)
    Lot.objects.filter(units=3).update(expires_on=yesterday)
    [preview] = sharing.preview(round)
    assert preview.there == 6


def test_what_another_round_waits_for_is_said(round, home, spinach, station):
    place(round, home, (spinach, 4))
    rounds.close(round)
    tomorrow = factories.round(station, "明天")
    place(tomorrow, home, (spinach, 3))
    rounds.close(tomorrow)
    assert sharing.preview(round)[0].elsewhere == 3


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


# --- something similar ---------------------------------------------------------------------------


def similar(round, door, item, units):
    return place(round, door, (item, units), wishes={item: Wish.SIMILAR})


def test_who_wished_for_it_gets_something_similar(round, doors, spinach, chard, station, manager):
    wished, did_not = similar(round, doors[0], spinach, 3), place(round, doors[1], (spinach, 3))
    rounds.close(round)
    factories.received(station, spinach, 2)
    [preview] = sharing.preview(round)
    assert preview.instead_units == 2
    sharing.apply(round, by=manager)
    assert lines(wished) == {spinach.pk: (3, 1), chard.pk: (0, 2)}
    assert lines(did_not) == {spinach.pk: (3, 1)}
    assert held(chard) == (10, 2)
    substitute = ParcelLine.objects.get(item=chard)
    assert substitute.instead_of.item == spinach


def test_the_similar_goods_own_orders_come_first(round, doors, spinach, station, manager):
    leek = preordered(station, "韭菜", price="2.00")
    spinach.similar = leek
    spinach.save()
    wished, own = similar(round, doors[0], spinach, 3), place(round, doors[1], (leek, 4))
    rounds.close(round)
    factories.received(station, leek, 5)
    # Leek is not shared out yet: what its own orders wait for is not there for others.
    sharing.apply(round, by=manager, item_ids=[spinach.pk])
    assert lines(wished) == {spinach.pk: (3, 0), leek.pk: (0, 1)}
    sharing.apply(round, by=manager)
    assert lines(own) == {leek.pk: (4, 4)}
    assert held(leek) == (5, 5)


def test_similar_goods_are_shared_too_when_there_are_too_few(
    round, doors, spinach, station, manager
):
    few = factories.item(station, "甜菜", in_stock=3, share_rule=ShareRule.EQUAL)
    spinach.similar = few
    spinach.save()
    orders = [similar(round, door, spinach, 2) for door in doors[:2]]
    rounds.close(round)
    sharing.apply(round, by=manager)
    assert got(*orders) == [[0, 2], [0, 1]]


def test_similar_goods_keep_their_limit_per_household(round, home, spinach, chard, manager):
    chard.household_limit = 3
    chard.save()
    order = place(round, home, (spinach, 4), (chard, 2), wishes={spinach: Wish.SIMILAR})
    rounds.close(round)
    sharing.apply(round, by=manager)
    assert got(order) == [[0, 2, 1]]


def test_a_parcel_that_is_planned_does_not_get_heavier(round, home, spinach, chard, manager):
    chard.weight_g = 800  # spinach: 500
    chard.save()
    order = similar(round, home, spinach, 4)
    rounds.close(round)
    [batch] = batches.plan(round, manager).batches
    assert batch.weight_g == 2000
    sharing.apply(round, by=manager)
    assert lines(order) == {spinach.pk: (4, 0), chard.pk: (0, 2)}
    batch.refresh_from_db()
    assert batch.weight_g == Parcel.objects.get().weight_g == 1600


def test_what_is_off_sale_does_not_come_instead(round, home, spinach, chard, manager):
    chard.record.product.is_public = False
    chard.record.product.save()
    order = similar(round, home, spinach, 4)
    rounds.close(round)
    sharing.apply(round, by=manager)
    assert lines(order) == {spinach.pk: (4, 0)}


# --- goods from stock ----------------------------------------------------------------------------


@pytest.fixture
def potatoes(station):
    return factories.item(station, "土豆", in_stock=20, share_rule=ShareRule.EQUAL)


def test_less_on_the_shelf_than_in_the_books(round, doors, potatoes, manager, announced):
    orders = [place(round, door, (potatoes, 4)) for door in doors]
    rounds.close(round)
    assert sharing.preview(round) == []
    [preview] = sharing.preview(round, {potatoes.pk: 9})
    assert (preview.asked, preview.there, preview.given) == (12, 20, 9)
    sharing.apply(round, by=manager, limits={potatoes.pk: 9})
    assert got(*orders) == [[3], [3], [3]]
    assert held(potatoes) == (20, 9)
    assert [(c.before, c.after, c.held) for c in announced[0]] == [(4, 3, True)] * 3
    assert sharing.apply(round, by=manager, limits={potatoes.pk: 9}) == []
    assert len(announced) == 1


def test_a_second_shortage_takes_from_what_was_left(round, home, potatoes, manager):
    order = place(round, home, (potatoes, 4))
    rounds.close(round)
    sharing.apply(round, by=manager, limits={potatoes.pk: 3})
    sharing.apply(round, by=manager, limits={potatoes.pk: 1})
    assert lines(order) == {potatoes.pk: (4, 1)}
    assert held(potatoes) == (20, 1)


def test_enough_for_all_who_hold_it_changes_nothing(round, home, potatoes, manager, announced):
    place(round, home, (potatoes, 4))
    rounds.close(round)
    assert sharing.apply(round, by=manager, limits={potatoes.pk: 4}) == []
    assert announced == []
    assert not ShareOut.objects.exists()


def test_what_is_packed_stays_packed(round, doors, potatoes, manager):
    packed, open_ = [place(round, door, (potatoes, 4)) for door in doors[:2]]
    rounds.close(round)
    packing.tick(ParcelLine.objects.get(parcel__order=packed), by=manager)
    sharing.apply(round, by=manager, limits={potatoes.pk: 1})
    assert got(packed, open_) == [[4], [1]]
    assert held(potatoes) == (16, 1)


def test_of_the_other_rounds_nothing_is_taken(round, home, potatoes, station, manager):
    later = factories.round(station, "明天")
    place(later, home, (potatoes, 15))
    order = place(round, home, (potatoes, 4))
    rounds.close(round)
    [preview] = sharing.preview(round, {potatoes.pk: 99})
    assert preview.there == 5
    sharing.apply(round, by=manager, limits={potatoes.pk: 0})
    assert lines(order) == {potatoes.pk: (4, 0)}
    assert held(potatoes) == (20, 15)


def test_something_similar_comes_once(round, home, potatoes, chard, manager):
    potatoes.similar = chard
    potatoes.save()
    order = similar(round, home, potatoes, 4)
    rounds.close(round)
    sharing.apply(round, by=manager, limits={potatoes.pk: 3})
    assert lines(order) == {potatoes.pk: (4, 3), chard.pk: (0, 1)}
    sharing.apply(round, by=manager, limits={potatoes.pk: 1})
    assert lines(order) == {potatoes.pk: (4, 1), chard.pk: (0, 1)}


# --- as seen -------------------------------------------------------------------------------------


def test_what_was_agreed_to_is_applied(round, doors, spinach, station, manager):
    for door in doors:
        place(round, door, (spinach, 3))
    rounds.close(round)
    factories.received(station, spinach, 5)
    seen = sharing.digest(sharing.preview(round))
    factories.received(station, spinach, 1)
    with pytest.raises(NotAsSeen, match="刚刚变了"):
        sharing.apply(round, by=manager, seen=seen)
    assert ParcelLine.objects.filter(awaiting=True).count() == 3
    assert not ShareOut.objects.exists()
    seen = sharing.digest(sharing.preview(round))
    assert len(sharing.apply(round, by=manager, seen=seen)) == 1


def test_agreed_to_all_means_agreed_to_some(round, home, spinach, station, manager):
    leek = preordered(station, "韭菜")
    place(round, home, (spinach, 4), (leek, 4))
    rounds.close(round)
    factories.received(station, spinach, 2)
    seen = sharing.digest(sharing.preview(round))
    factories.received(station, leek, 2)
    assert len(sharing.apply(round, by=manager, item_ids=[spinach.pk], seen=seen)) == 1
    with pytest.raises(NotAsSeen):
        sharing.apply(round, by=manager, item_ids=[leek.pk], seen=seen)


def test_another_rule_is_another_sharing(round, doors, spinach, station, manager):
    place(round, doors[0], (spinach, 1))
    rounds.close(round)
    seen = sharing.digest(sharing.preview(round))
    spinach.share_rule = ShareRule.NEEDS
    spinach.save()
    with pytest.raises(NotAsSeen):
        sharing.apply(round, by=manager, seen=seen)


def test_what_is_sold_while_we_share_is_said_and_nothing_is_written(
    round, home, spinach, station, manager, monkeypatch
):
    """Over the counter, between our look at the shelf and our hand on it."""
    order = place(round, home, (spinach, 4))
    rounds.close(round)
    factories.received(station, spinach, 4)
    write = sharing._write_lines

    def sell_then_write(*arguments):
        stock.sell([stock.Promise(factories.order().pk, spinach.record_id, 1, Decimal("5.00"))])
        return write(*arguments)

    monkeypatch.setattr(sharing, "_write_lines", sell_then_write)
    with pytest.raises(NotAsSeen):
        sharing.apply(round, by=manager)
    assert ParcelLine.objects.filter(parcel__order=order, awaiting=True).count() == 1
    assert not ShareOut.objects.exists()


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
