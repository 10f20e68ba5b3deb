"""2.8–2.9 broken: history, and who sees what."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.utils import timezone
from oscar.core.loading import get_model

from delivery.models import (
    Batch,
    Grid,
    Household,
    Person,
    Registration,
    Volunteer,
)
from inventory.models import Membership
from shop import audit
from shop.models import DoorCard
from tests import factories
from tests.shop.audit.breaking import sql, wrong

Partner = get_model("partner", "Partner")
User = get_user_model()


class Test8HistoryIsAppendOnly:
    def test_a_trigger_that_is_gone(self):
        on_table = " ON delivery_event" if connection.vendor == "postgresql" else ""
        sql(f"DROP TRIGGER delivery_event_no_delete{on_table}")
        assert wrong() == {"2.8 missing": 1}
        assert "delivery_event_no_delete" in str(audit.run()[7])


class Test9PeopleSeeOnlyWhatTheirWorkNeeds:
    @pytest.fixture
    def batch(self):
        """As if it were still out."""
        batch = Batch.objects.select_related("courier__user").first()
        Batch.objects.filter(pk=batch.pk).update(status="out")
        Volunteer.objects.filter(pk=batch.courier_id).update(capacity_g=10**6, max_stops=99)
        assert "2.9 strangers" not in wrong()
        return batch

    def test_a_courier_off_duty(self, batch):
        Volunteer.objects.filter(pk=batch.courier_id).update(active=False)
        assert wrong()["2.9 strangers"] == 1

    def test_a_courier_who_may_not_log_in(self, batch):
        User.objects.filter(pk=batch.courier.user_id).update(is_active=False)
        assert wrong()["2.9 strangers"] == 1

    def test_a_courier_of_another_station(self, batch):
        Volunteer.objects.filter(pk=batch.courier_id).update(station=factories.station())
        assert wrong()["2.9 strangers"] == 1

    def test_a_courier_of_another_grid(self, batch):
        batch.courier.grids.set(Grid.objects.exclude(pk=batch.grid_id)[:1])
        assert wrong()["2.9 strangers"] == 1

    def test_who_was_registered_is_kept_a_second_time(self):
        door = Household.objects.first()
        row = factories.registration(door.grid)
        assert "2.9 registrations_kept" not in wrong()
        Registration.objects.filter(pk=row.pk).update(status="approved", household=door)
        assert wrong()["2.9 registrations_kept"] == 1

    def test_somebody_in_the_dashboard_who_runs_nothing(self):
        Partner.objects.get().users.add(Membership.objects.filter(role="staff").first().user)
        assert wrong() == {"2.9 outsiders": 1}

    def test_a_card_of_somebody_who_lives_elsewhere(self):
        door = Household.objects.filter(people__user=None).first()
        elsewhere = Person.objects.exclude(user=None).first()
        said = {"issued_by": elsewhere.user, "bound_to": elsewhere.user, "bound_at": timezone.now()}
        card = DoorCard.objects.create(household=elsewhere.household, code_hash="x", **said)
        assert wrong() == {}
        DoorCard.objects.filter(pk=card.pk).update(household=door)
        assert wrong() == {"2.9 cards_of_others": 1}

    def test_a_manager_who_is_none_any_more(self):
        Membership.objects.filter(role="manager").update(role="staff")
        assert wrong() == {"2.9 outsiders": 2}
