"""2.6–2.7 broken: batches, and what happened at doors."""

import pytest
from django.db import connection
from oscar.core.loading import get_model

from delivery.models import (
    Batch,
    Grid,
    Handoff,
    Household,
    Parcel,
    Round,
    Stop,
    StopParcel,
    Volunteer,
)
from shop.models import Placement
from tests import factories
from tests.shop.audit.breaking import seen, sql, wrong

Order = get_model("order", "Order")


class Test6ABatchIsOfOneGrid:
    def test_a_door_of_another_grid(self):
        batch = Batch.objects.first()
        other = Grid.objects.exclude(pk=batch.grid_id).first()
        Batch.objects.filter(pk=batch.pk).update(grid=other, number=999)
        assert wrong()["2.6 other_grid"] == batch.stop_count

    def test_somebody_elses_parcel_at_a_door(self):
        stop = Stop.objects.first()
        other = Household.objects.filter(grid=stop.household.grid).exclude(
            stops__batch=stop.batch_id
        )
        Stop.objects.filter(pk=stop.pk).update(household=other.first())
        assert wrong() == {"2.6 other_parcel": stop.parcels.count()}

    def test_a_parcel_of_another_round(self):
        parcel = Parcel.objects.first()
        other = Round.objects.exclude(pk=parcel.round_id).first()
        Parcel.objects.filter(pk=parcel.pk).update(round=other)
        assert wrong() == {"2.5 elsewhere": 1, "2.6 other_parcel": parcel.loads.count()}

    @pytest.mark.parametrize("field", ["weight_g", "stop_count"])
    def test_sums_that_are_off(self, field):
        batch = Batch.objects.first()
        Batch.objects.filter(pk=batch.pk).update(**{field: getattr(batch, field) + 1})
        assert wrong() == {"2.6 sums_off": 1}

    @pytest.mark.parametrize("limit", ["capacity_g", "max_stops"])
    def test_more_than_the_courier_can_carry(self, limit):
        batch = Batch.objects.first()
        Volunteer.objects.filter(pk=batch.courier_id).update(**{limit: 0})
        assert wrong() == {}  # what is over is over
        Batch.objects.filter(pk=batch.pk).update(status="out")
        assert wrong()["2.6 overloaded"] == 1

    def test_another_stations_round(self):
        other = factories.station()
        batches = Batch.objects.count()
        Round.objects.filter(pk=Batch.objects.first().round_id).update(station=other)
        assert wrong() == {"2.6 other_station": batches, "2.9 crossed": Placement.objects.count()}

    def test_a_risk_level_that_changed_is_shown(self):
        batch = Batch.objects.first()
        other = "normal" if batch.risk_level != "normal" else "sealed"
        Grid.objects.filter(pk=batch.grid_id).update(risk_level=other)
        assert seen("2.6")["risk_changed"] == Batch.objects.filter(grid=batch.grid_id).count()
        assert wrong() == {}


class Test7OneHandoffDecides:
    def test_two_handoffs_decide(self):
        sql(
            "DROP INDEX one_handoff_decides",
            "INSERT INTO delivery_handoff (stop_id, outcome, reason, note, cash, transfer, nonce,"
            " tapped_at, received_at, by_id) SELECT stop_id, outcome, reason, note, 0, 0,"
            " '00000000000040008000000000000000', tapped_at, received_at, by_id"
            " FROM delivery_handoff WHERE corrects_id IS NULL ORDER BY id LIMIT 1",
        )
        assert wrong() == {"2.7 chains_off": 1}

    def test_a_correction_of_another_door(self):
        first, second = Handoff.objects.filter(corrected_by__isnull=True)[:2]
        Handoff.objects.create(
            stop=second.stop,
            outcome=second.outcome,
            reason=second.reason,
            nonce="00000000-0000-4000-8000-000000000000",
            tapped_at=second.tapped_at,
            received_at=second.received_at,
            by=second.by,
            corrects=first,
        )
        assert wrong()["2.7 chains_off"] == 2

    def test_a_stop_that_says_otherwise_than_its_handoff(self):
        stop = Stop.objects.filter(status="left").first()
        Stop.objects.filter(pk=stop.pk).update(status="handed")
        assert wrong() == {"2.7 stops_off": 1}

    def test_a_batch_that_is_over_and_still_out(self):
        Batch.objects.filter(pk=Batch.objects.first().pk).update(status="out")
        assert wrong() == {"2.7 batches_off": 1}

    def test_a_parcel_that_is_not_where_its_stop_says(self):
        parcel = Parcel.objects.filter(status="delivered").first()
        Parcel.objects.filter(pk=parcel.pk).update(status="on_way")
        assert wrong() == {"2.7 parcels_off": 1, "2.7 orders_off": 1}

    def test_a_failed_stop_that_keeps_its_parcel(self):
        load = StopParcel.objects.filter(active=True).first()
        StopParcel.objects.filter(pk=load.pk).update(active=False)
        assert wrong() == {"2.7 parcels_off": 1}

    def test_an_order_behind_its_parcel(self):
        order = Order.objects.filter(status="delivered").first()
        Order.objects.filter(pk=order.pk).update(status="packed")
        assert wrong() == {"2.7 orders_off": 1}

    def test_the_same_submission_twice(self):
        # A copy of the table has none of its constraints.
        sql(
            "ALTER TABLE delivery_handoff RENAME TO kept",
            "CREATE TABLE delivery_handoff AS SELECT * FROM kept",
            "UPDATE delivery_handoff SET nonce = (SELECT MIN(CAST(nonce AS text)) FROM kept)"
            if connection.vendor == "sqlite"
            else "UPDATE delivery_handoff SET nonce = (SELECT nonce FROM kept ORDER BY id LIMIT 1)",
        )
        assert wrong()["2.7 repeated"] == 1
