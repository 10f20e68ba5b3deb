"""A delivery against a purchase: in parts, more, less, something else."""

from uuid import uuid4

import pytest

from inventory.errors import ReceiptRefused
from inventory.receipts import receiving
from inventory.receipts.receiving import Came
from tests import factories
from tests.inventory.receiving.conftest import D, left, refused, status, stock_and_price


def test_a_purchase_is_received_in_parts_and_is_done_when_all_came(take, greens, eggs, bought):
    purchase = bought((greens, 2, 10), (eggs, 1, 12))
    take((greens, 15, "30.00"), purchase=purchase, delivery_note="A1")
    assert (left(purchase), status(purchase)) == ([5, 12], "placed")
    take((greens, 5, "10.00"), (eggs, 11, "99.00"), purchase=purchase, delivery_note="A2")
    assert (left(purchase), status(purchase)) == ([0, 1], "placed")
    take((eggs, 1, "9.00"), purchase=purchase, delivery_note="A3")
    assert (left(purchase), status(purchase)) == ([0, 0], "done")


def test_more_than_was_ordered_is_taken_too(take, greens, bought):
    purchase = bought((greens, 2, 10))
    take((greens, 23, "46.00"), purchase=purchase)
    assert (left(purchase), status(purchase)) == ([0], "done")
    assert stock_and_price(greens)[0] == 33


def test_what_was_sent_back_is_still_to_come(take, greens, bought):
    purchase = bought((greens, 2, 10))
    take(Came(greens.pk, 18, D("36.00"), damaged=2), purchase=purchase)
    assert (left(purchase), status(purchase)) == ([2], "placed")


def test_a_substitute_counts_for_what_it_came_instead_of(take, greens, eggs, bought):
    purchase = bought((greens, 2, 10))
    [line] = purchase.lines.all()
    stands_in = Came(eggs.pk, 20, D("180.00"), purchase_line_id=line.pk, substitute=True)
    receipt = take(stands_in, purchase=purchase)
    assert (left(purchase), status(purchase)) == ([0], "done")
    assert receipt.lines.get().substitute
    assert stock_and_price(eggs) == (20, D("9.00"))
    assert stock_and_price(greens) == (10, D("2.30"))


def test_what_nobody_ordered_comes_in_beside_it(take, greens, eggs, bought):
    purchase = bought((greens, 2, 10))
    receipt = take((greens, 20, "40.00"), (eggs, 3, "27.00"), purchase=purchase)
    besides = receipt.lines.get(item=eggs)
    assert (besides.purchase_line, besides.substitute) == (None, False)


@pytest.mark.parametrize("ended", ["draft", "cancelled", "done"])
def test_only_a_placed_purchase_is_received(take, greens, bought, ended):
    purchase = bought((greens, 2, 10))
    type(purchase).objects.filter(pk=purchase.pk).update(status=ended)
    with refused(ReceiptRefused, "不在等货"):
        take((greens, 20, "40.00"), purchase=purchase)


def test_nothing_of_another_purchase_or_supplier(take, greens, eggs, bought, station):
    purchase, other = bought((greens, 2, 10)), bought((greens, 1, 10))
    strange = other.lines.get().pk
    with refused(ReceiptRefused, "不在这张采购单上"):
        take(Came(greens.pk, 1, D("2.00"), purchase_line_id=strange), purchase=purchase)
    with refused(ReceiptRefused, "不在这张采购单上"):
        take(Came(greens.pk, 1, D("2.00"), purchase_line_id=strange))
    with refused(ReceiptRefused, "对不上"):
        mine = purchase.lines.get().pk
        take(Came(eggs.pk, 1, D("2.00"), purchase_line_id=mine), purchase=purchase)
    with refused(ReceiptRefused, "不能代替它自己"):
        line = Came(greens.pk, 1, D("2.00"), purchase_line_id=mine, substitute=True)
        take(line, purchase=purchase)
    with refused(ReceiptRefused, "代替采购单上的哪样"):
        take(Came(eggs.pk, 1, D("2.00"), substitute=True), purchase=purchase)
    purchase.supplier = factories.supplier(station)
    purchase.save()
    with refused(ReceiptRefused, "不是这家供应商的"):
        take((greens, 20, "40.00"), purchase=purchase)


def test_nothing_of_another_station(take, station, other_station, staff, greens):
    strange = factories.item(other_station)
    with refused(ReceiptRefused, "不是本站的货品"):
        take((strange, 1, "2.00"))
    with refused(ReceiptRefused, "不是本站的供应商"):
        lines = [Came(greens.pk, 1, D("2.00"))]
        theirs = factories.supplier(other_station)
        receiving.receive(station, theirs, lines, by=staff, nonce=uuid4())
