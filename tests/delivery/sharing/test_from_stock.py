"""Goods from stock are shared out when the shelf holds less than the books say."""

import pytest

from delivery import rounds
from delivery.models import ParcelLine, ShareOut
from delivery.picks import packing
from delivery.share_outs import sharing
from inventory.models import ShareRule
from tests import factories
from tests.delivery.sharing.conftest import got, held, similar
from tests.shop.orders import lines, place


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
