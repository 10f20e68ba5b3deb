"""What to buy: what is needed, in whole packs, from whom, and for when."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inventory.models import Lot
from inventory.purchases import purchasing
from inventory.purchases.purchasing import Wanted
from tests import factories
from tests.inventory.purchasing.conftest import came, line_of


def test_what_is_needed_is_rounded_up_to_packs(station, farm, rice, staff):
    factories.offer(farm, rice, 5, pack_price=Decimal("140.00"))
    rice.minimum = 10
    rice.save()
    # 38 ordered and 10 to be there, 12 are: 36, which is 8 packs of 5.
    [proposal] = purchasing.propose(station, {rice.pk: 38})
    [line] = proposal.lines
    assert (line.waiting, line.minimum, line.free, line.on_order) == (38, 10, 12, 0)
    assert (line.needed, line.packs, line.units) == (36, 8, 40)
    assert (line.cost, proposal.cost) == (Decimal("1120.00"), Decimal("1120.00"))
    assert proposal.supplier == farm


@pytest.mark.parametrize(("waiting", "packs"), [(12, None), (13, 1), (17, 1), (18, 2)])
def test_the_boundary_of_a_pack(station, farm, rice, waiting, packs):
    factories.offer(farm, rice, 5)
    found = [
        line.packs for p in purchasing.propose(station, {rice.pk: waiting}) for line in p.lines
    ]
    assert found == ([] if packs is None else [packs])


def test_what_orders_hold_is_not_free(station, grid, farm, rice):
    round = factories.round(station)
    factories.parcel(round, factories.household(grid), lines=[(rice, 12)])
    [proposal] = purchasing.propose(station, {rice.pk: 1})
    assert (proposal.lines[0].free, proposal.lines[0].needed) == (0, 1)


@pytest.mark.parametrize(("days", "free"), [(0, 12), (-1, 0)])
def test_what_is_past_its_date_is_not_free(station, rice, days, free):
    Lot.objects.update(expires_on=timezone.localdate() + timedelta(days=days))
    [proposal] = purchasing.propose(station, {rice.pk: 13})
    [line] = proposal.lines
    assert (line.free, line.expired, line.needed) == (free, 12 - free, 13 - free)


def test_what_is_on_its_way_counts_and_drafts_are_named(station, farm, rice, placed, staff):
    came(line_of(placed, rice), 20, damaged=3, by=staff)
    purchasing.draft(station, farm, [Wanted(rice.pk, 7)], by=staff)
    [proposal] = purchasing.propose(station, {rice.pk: 100})
    [line] = proposal.lines
    # 100 − 12 free − 30 of 50 still to come; the three damaged ones are not there.
    assert (line.on_order, line.needed, line.drafted) == (30, 58, 7)
    assert (line.packs, line.packs_beyond_drafts) == (58, 51)


def test_the_preferred_supplier_in_use_is_asked(station, farm, rice):
    other = factories.supplier(station, "粮油店")
    factories.offer(farm, rice, preferred=False)
    factories.offer(other, rice, preferred=True)
    assert [p.supplier for p in purchasing.propose(station, {rice.pk: 13})] == [other]
    other.active = False
    other.save()
    assert [p.supplier for p in purchasing.propose(station, {rice.pk: 13})] == [farm]


def test_goods_without_a_supplier_come_last_and_the_earliest_cut_off_first(
    station, farm, rice, eggs
):
    salt = factories.item(station, "盐", in_stock=0)
    early = factories.supplier(station, "早市", cut_off=time(9))
    late = factories.supplier(station, "晚市", cut_off=time(17))
    over = factories.supplier(station, "凌晨", cut_off=time(1))
    other = {supplier: factories.item(station, in_stock=0) for supplier in (early, late, over)}
    for supplier, item in other.items():
        factories.offer(supplier, item)
    factories.offer(farm, salt)
    waiting = {item.pk: 1 for item in (eggs, salt, *other.values())}
    now = datetime(2022, 4, 10, 8, tzinfo=timezone.get_default_timezone())
    found = [p.supplier for p in purchasing.propose(station, waiting, now=now)]
    assert found == [early, late, over, farm, None]


def test_a_good_off_the_shelf_is_bought_only_for_who_ordered_it(station, eggs):
    eggs.minimum = 5
    eggs.save()
    type(eggs.record.product).objects.update(is_public=False)
    assert purchasing.propose(station, {}) == []
    [proposal] = purchasing.propose(station, {eggs.pk: 2})
    assert proposal.lines[0].needed == 2


def test_other_stations_have_their_own(station, other_station, farm, rice):
    factories.offer(farm, rice)
    assert purchasing.propose(other_station, {rice.pk: 50}) == []


@pytest.mark.parametrize(
    ("at", "in_time", "arrives"), [((16, 0), True, 12), ((16, 1), False, 13), ((0, 0), True, 12)]
)
def test_after_the_cut_off_it_comes_a_day_later(station, eggs, at, in_time, arrives):
    supplier = factories.supplier(station, cut_off=time(16), lead_days=2)
    factories.offer(supplier, eggs)
    now = datetime(2022, 4, 10, *at, tzinfo=timezone.get_default_timezone())
    [proposal] = purchasing.propose(station, {eggs.pk: 1}, now=now)
    assert (proposal.in_time, proposal.arrives_on) == (in_time, date(2022, 4, arrives))


def test_what_lacks_to_the_minimum_order(station, eggs):
    supplier = factories.supplier(station, minimum_order=Decimal("300.00"))
    factories.offer(supplier, eggs, pack_price=Decimal("27.50"))
    [proposal] = purchasing.propose(station, {eggs.pk: 10})
    assert proposal.below_minimum == Decimal("25.00")
    [proposal] = purchasing.propose(station, {eggs.pk: 11})
    assert proposal.below_minimum == 0


def test_the_cost_of_proposing_does_not_grow(station, farm, staff):
    def queries(goods: int) -> int:
        items = [factories.item(station, in_stock=0) for _ in range(goods)]
        for item in items[::2]:
            factories.offer(farm, item)
        purchasing.draft(station, farm, [Wanted(item.pk, 1) for item in items], by=staff)
        with CaptureQueriesContext(connection) as taken:
            proposals = purchasing.propose(station, {item.pk: 3 for item in items})
            assert sum(len(p.lines) for p in proposals) >= goods
            assert all(line.title for p in proposals for line in p.lines)
        return len(taken)

    assert (queries(3), queries(20)) == (5, 5)
