"""A purchase is changed, placed and ended."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inventory.errors import PurchaseRefused
from inventory.models import Purchase
from inventory.purchases import purchasing
from inventory.purchases.purchasing import Wanted
from tests import factories
from tests.inventory.purchasing.conftest import asked, came, line_of


def test_a_draft_is_changed(drafted, rice, eggs, station, staff):
    salt = factories.item(station, "盐")
    packs = {line_of(drafted, rice).pk: 3, line_of(drafted, eggs).pk: 0}
    also = [Wanted(salt.pk, 2, 20, None)]
    purchasing.change(drafted, packs, by=staff, also=also, note="送到后门")
    assert asked(drafted) == {"大米": (3, 5), "盐": (2, 20)}
    assert Purchase.objects.get().note == "送到后门"


@pytest.mark.parametrize("packs", [-1, 10_000])
def test_absurd_counts_change_nothing(drafted, rice, staff, packs):
    with pytest.raises(PurchaseRefused):
        purchasing.change(drafted, {line_of(drafted, rice).pk: packs}, by=staff)
    assert asked(drafted)["大米"] == (10, 5)


def test_a_draft_keeps_at_least_one_good(drafted, staff):
    with pytest.raises(PurchaseRefused) as refused:
        purchasing.change(drafted, {line.pk: 0 for line in drafted.lines.all()}, by=staff)
    assert str(refused.value) == "至少要留一样；都不要了，请取消这张单子。"
    assert len(asked(drafted)) == 2


def test_lines_of_another_purchase_are_refused(station, farm, rice, drafted, staff):
    other = purchasing.draft(station, farm, [Wanted(rice.pk, 1)], by=staff)
    with pytest.raises(PurchaseRefused):
        purchasing.change(drafted, {line_of(other, rice).pk: 5}, by=staff)
    assert asked(other) == {"大米": (1, 1)}


def test_a_good_is_not_added_twice(drafted, rice, staff):
    with pytest.raises(PurchaseRefused) as refused:
        purchasing.change(drafted, {}, by=staff, also=[Wanted(rice.pk, 1)])
    assert str(refused.value) == "这样货单子上已经有了，直接改件数就行。"


def test_what_is_placed_stays_as_it_was_told(placed, rice, staff):
    assert placed.status == "placed"
    assert placed.expected_on == timezone.localdate() + timedelta(days=1)
    with pytest.raises(PurchaseRefused) as refused:
        purchasing.change(placed, {line_of(placed, rice).pk: 1}, by=staff)
    assert str(refused.value) == "CG-0001现在是“已下单”，不能这样改了，请刷新看一眼。"
    with pytest.raises(PurchaseRefused):
        purchasing.place(placed, by=staff)
    assert asked(placed)["大米"] == (10, 5)


def test_a_stale_page_does_not_place_what_was_cancelled(drafted, staff):
    stale = Purchase.objects.get(pk=drafted.pk)
    purchasing.cancel(drafted, by=staff)
    with pytest.raises(PurchaseRefused):
        purchasing.place(stale, by=staff)
    purchasing.cancel(stale, by=staff)  # again is nothing
    assert Purchase.objects.get().status == "cancelled"


def test_what_came_cannot_be_cancelled_but_ended(placed, rice, staff):
    came(line_of(placed, rice), 20, by=staff)
    with pytest.raises(PurchaseRefused) as refused:
        purchasing.cancel(placed, by=staff)
    assert str(refused.value) == "已经收过货，不能取消；剩下的不来了，请点“不再等了”。"
    purchasing.finish(placed, by=staff)
    purchasing.finish(placed, by=staff)
    assert Purchase.objects.get().status == "done"
    [proposal] = purchasing.propose(placed.station, {rice.pk: 50})
    assert proposal.lines[0].on_order == 0


def test_a_draft_is_not_done_with(drafted, staff):
    with pytest.raises(PurchaseRefused):
        purchasing.finish(drafted, by=staff)


def test_what_is_still_to_come(placed, rice, eggs, staff):
    came(line_of(placed, rice), 20, damaged=2, by=staff)
    came(line_of(placed, rice), 7, by=staff)
    came(line_of(placed, eggs), 5, by=staff)  # one more than asked
    left = {line.item_id: units for line, units in purchasing.outstanding(placed)}
    assert left == {rice.pk: 23, eggs.pk: 0}
