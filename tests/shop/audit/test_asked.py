"""2.5 broken: bundles, and orders that stand."""

import pytest
from oscar.core.loading import get_model

from inventory.models import BundlePart, Item
from shop.models import OrderedBundle, Placement, StandingRun
from tests.shop.audit.breaking import seen, wrong

OrderLine = get_model("order", "Line")
StockRecord = get_model("partner", "StockRecord")


def test_the_day_has_some():
    assert seen("2.5")["bundles"] == OrderedBundle.objects.count() > 0
    assert seen("2.5")["standing"] > 0
    assert StandingRun.objects.exclude(order=None).exists()


@pytest.mark.parametrize("missing", ["units", "line"])
def test_a_bundle_whose_parts_were_not_ordered(missing):
    bundle = OrderedBundle.objects.first()
    if missing == "units":
        OrderedBundle.objects.filter(pk=bundle.pk).update(units=90)
    else:
        other = Item.objects.stocked().exclude(record__in=[pk for pk, _units in bundle.parts])
        OrderedBundle.objects.filter(pk=bundle.pk).update(parts=[[other.first().record_id, 1]])
        OrderLine.objects.filter(order=bundle.order, stockrecord=other.first().record_id).update(
            stockrecord=None
        )
    assert wrong()["2.5 bundles_off"] == 1


def test_a_bundle_with_a_price_of_its_own():
    bundle = Item.objects.filter(selling="bundle").first()
    StockRecord.objects.filter(pk=bundle.record_id).update(price="9.90")
    assert wrong()["2.5 bundles_odd"] == 1


def test_a_bundle_in_a_bundle():
    first, second = Item.objects.filter(selling="bundle")[:2]
    BundlePart.objects.create(bundle=first, part=second)
    assert wrong() == {"2.5 bundles_odd": 1}


def test_a_good_that_holds_others():
    first, second = Item.objects.stocked()[:2]
    BundlePart.objects.create(bundle=first, part=second)
    assert wrong() == {"2.5 bundles_odd": 1}


def test_what_stood_for_one_door_and_went_to_another():
    run = StandingRun.objects.exclude(order=None).first()
    other = Placement.objects.exclude(household=run.standing.household_id).first()
    Placement.objects.filter(order=run.order_id).update(household=other.household_id)
    assert wrong()["2.5 standing_off"] == 1
