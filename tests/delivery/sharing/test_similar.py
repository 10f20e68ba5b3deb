"""Who wished for it gets something similar instead."""

from delivery import batches, rounds
from delivery.models import Parcel, ParcelLine, Wish
from delivery.share_outs import sharing
from inventory.models import ShareRule
from tests import factories
from tests.delivery.sharing.conftest import got, held, similar
from tests.shop.orders import lines, place, preordered


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
