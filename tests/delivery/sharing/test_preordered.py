"""What came of pre-ordered goods is shared out: looked at first, then applied."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from delivery import rounds
from delivery.errors import NotAsSeen, RoundNotClosed
from delivery.models import Event, ParcelLine, ShareOut
from delivery.share_outs import sharing
from inventory import stock
from inventory.models import Lot, ShareRule
from tests import factories
from tests.delivery.sharing.conftest import got, held
from tests.shop.orders import lines, place, preordered

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
