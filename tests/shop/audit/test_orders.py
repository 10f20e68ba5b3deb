"""2.5 broken: where orders are."""

from oscar.core.loading import get_model

from delivery.models import (
    Batch,
    Household,
    Parcel,
    ParcelLine,
    StopParcel,
)
from shop.models import Placement
from tests.shop.audit.breaking import sql, wrong

Order = get_model("order", "Order")


class Test5EveryOrderIsSomewhere:
    def test_an_order_without_a_parcel(self):
        parcel = Parcel.objects.first()
        lines = parcel.lines.count()
        Parcel.objects.filter(pk=parcel.pk).update(order=None)
        # Its goods left the shelf for no order.
        assert wrong() == {"2.2 lines_off": lines, "2.5 lost": 1}

    def test_an_order_that_waits_for_its_payment_waits_for_its_parcel(self):
        order = Parcel.objects.first().order
        Order.objects.filter(pk=order.pk).update(status="awaiting payment")
        Parcel.objects.filter(order=order).update(order=None)
        assert "2.5 lost" not in wrong()

    def test_an_order_of_no_door(self):
        order = Order.objects.filter(counter_sale=None).first()
        Placement.objects.filter(order=order).delete()
        assert wrong() == {"2.4 strangers": order.money_moves.count(), "2.5 nowhere": 1}

    def test_a_cancelled_order_that_is_delivered_all_the_same(self):
        parcel = Parcel.objects.filter(status="delivered").first()
        Order.objects.filter(pk=parcel.order_id).update(status="cancelled")
        found = wrong()
        assert found == {
            "2.2 lines_off": parcel.lines.count(),
            "2.4 charged_off": 1,
            "2.4 ledger_off": 1,
            "2.5 cancelled": 1,
            "2.7 orders_off": 1,
        }

    def test_a_parcel_for_another_door_than_the_order(self):
        parcel = Parcel.objects.filter(order__standing_run=None).first()
        other = Household.objects.exclude(pk=parcel.household_id).first()
        Placement.objects.filter(order=parcel.order_id).update(household=other)
        money = parcel.order.money_moves.count()
        assert wrong() == {"2.4 strangers": money, "2.5 elsewhere": 1}

    def test_a_parcel_with_more_than_was_ordered(self):
        line = ParcelLine.objects.first()
        ParcelLine.objects.filter(pk=line.pk).update(asked=line.asked + 1)
        assert wrong() == {"2.4 adjusted_off": 1, "2.5 lines_off": 1}

    def test_a_parcel_in_two_open_batches(self):
        sql("DROP INDEX a_parcel_in_one_batch")
        first, second = Batch.objects.order_by("pk")[:2]
        Batch.objects.filter(pk__in=(first.pk, second.pk)).update(status="packed")
        load = StopParcel.objects.filter(stop__batch=first, active=True).first()
        StopParcel.objects.create(stop=second.stops.first(), parcel=load.parcel)
        assert wrong()["2.5 in_two_batches"] == 1
