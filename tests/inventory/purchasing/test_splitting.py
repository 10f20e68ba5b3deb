"""Part of a purchase is split off, for another day or another supplier."""

from decimal import Decimal
from uuid import uuid4

import pytest

from inventory.errors import PurchaseRefused
from inventory.models import Purchase
from inventory.purchases import purchasing
from tests import factories
from tests.inventory.purchasing.conftest import asked, came, line_of


def test_a_draft_is_split(drafted, rice, eggs, staff):
    nonce = uuid4()
    packs = {line_of(drafted, rice).pk: 4, line_of(drafted, eggs).pk: 4}
    made = purchasing.split(drafted, packs, by=staff, nonce=nonce)
    assert (asked(drafted), asked(made)) == (
        {"大米": (6, 5)},
        {"大米": (4, 5), "鸡蛋": (4, 1)},
    )
    assert (made.status, str(made), made.supplier) == ("draft", "CG-0002", drafted.supplier)
    assert line_of(made, rice).pack_price == Decimal("149.00")
    assert purchasing.split(drafted, packs, by=staff, nonce=nonce) == made
    assert asked(drafted) == {"大米": (6, 5)}


def test_what_was_placed_stays_placed_with_the_same_supplier(placed, rice, staff):
    made = purchasing.split(placed, {line_of(placed, rice).pk: 1}, by=staff)
    assert (made.status, made.expected_on) == ("placed", placed.expected_on)


def test_another_supplier_gets_a_draft_in_their_own_packs(station, placed, rice, eggs, staff):
    other = factories.supplier(station, "粮油店")
    factories.offer(other, rice, 12, pack_price=Decimal("350.00"))
    packs = {line_of(placed, rice).pk: 5, line_of(placed, eggs).pk: 1}
    made = purchasing.split(placed, packs, by=staff, supplier=other)
    # 25 bags are three packs of 12; what they ask for eggs nobody knows.
    assert asked(made) == {"大米": (3, 12), "鸡蛋": (1, 1)}
    assert line_of(made, rice).pack_price == Decimal("350.00")
    assert line_of(made, eggs).pack_price is None
    assert (made.status, made.supplier) == ("draft", other)


@pytest.mark.parametrize("packs", [0, -1, 11])
def test_no_more_is_split_off_than_there_is(drafted, rice, staff, packs):
    with pytest.raises(PurchaseRefused):
        purchasing.split(drafted, {line_of(drafted, rice).pk: packs}, by=staff)
    assert asked(drafted)["大米"] == (10, 5)
    assert Purchase.objects.count() == 1


def test_not_all_of_it_is_split_off(drafted, staff):
    with pytest.raises(PurchaseRefused) as refused:
        purchasing.split(drafted, {line.pk: line.packs for line in drafted.lines.all()}, by=staff)
    assert str(refused.value) == "原来的单子至少要留一件；整张换一家，请取消后重开。"
    assert Purchase.objects.count() == 1


def test_what_came_stays_and_the_rest_may_go(placed, rice, eggs, staff):
    came(line_of(placed, rice), 21, by=staff)
    came(line_of(placed, eggs), 0, damaged=4, by=staff)
    left = {line.item_id: purchasing.movable(line) for line, _ in purchasing.outstanding(placed)}
    # 29 bags are to come: five whole packs. Of the eggs a receipt speaks, so a tray stays.
    assert left == {rice.pk: 5, eggs.pk: 3}
    with pytest.raises(PurchaseRefused) as refused:
        purchasing.split(placed, {line_of(placed, rice).pk: 6}, by=staff)
    assert str(refused.value) == "有一样拆得太多了：收到的和已经拆走的不能再拆。"


def test_a_purchase_is_done_when_what_lacked_was_split_off(placed, rice, eggs, staff):
    came(line_of(placed, rice), 45, by=staff)
    came(line_of(placed, eggs), 4, by=staff)
    made = purchasing.split(placed, {line_of(placed, rice).pk: 1}, by=staff)
    assert (Purchase.objects.get(pk=placed.pk).status, made.status) == ("done", "placed")


def test_what_is_done_is_not_split(placed, rice, staff):
    purchasing.finish(placed, by=staff)
    with pytest.raises(PurchaseRefused):
        purchasing.split(placed, {line_of(placed, rice).pk: 1}, by=staff)
