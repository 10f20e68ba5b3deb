"""志愿者: the list, new ones with their first password, and who rests when."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from delivery import batches, duty
from delivery.errors import StillOut
from delivery.models import Batch, Event, GridRole
from tests import factories
from tests.delivery.doors import send_out


@pytest.fixture
def batch(round, home, staff, courier) -> Batch:
    factories.parcel(round, home)
    [batch] = batches.plan(round, staff).batches
    return batch


class TestAdding:
    typed = {"phone": "138 0013 8000", "name": "韩新人", "capacity_kg": 30, "max_stops": 12}

    @pytest.fixture
    def send(self, client, manager):
        client.force_login(manager)
        return lambda **more: client.post(reverse("station-volunteer-new"), self.typed | more)

    def test_somebody_new_gets_a_password_once(self, send, client, station, grid):
        page = send(grids=[grid.pk])
        volunteer = station.volunteers.get()
        assert (volunteer.capacity_g, volunteer.max_stops) == (30_000, 12)
        assert list(volunteer.grids.all()) == [grid]
        password = page.context["enlisted"].password
        assert password in page.content.decode()
        assert "no-store" in page.headers["Cache-Control"]
        assert volunteer.user.phone == "13800138000"
        assert volunteer.user.check_password(password)
        assert not volunteer.user.is_staff
        assert password not in client.get(reverse("station-volunteers")).content.decode()

    def test_two_passwords_differ(self, station, db):
        said = {"name": "", "capacity_g": 1, "max_stops": 1}
        first = duty.enlist(station, phone="13800138001", **said).password
        second = duty.enlist(station, phone="13800138002", **said).password
        assert len(first) == len(second) == 10
        assert first != second

    def test_a_resident_who_helps_gets_a_password_from_the_station(self, send, station):
        """Whoever has a door card may have typed this number, and set a password for it."""
        someone = factories.user("老住户", phone="13800138000", password="自己的密码")
        password = send().context["enlisted"].password
        someone.refresh_from_db()
        assert station.volunteers.get().user == someone
        assert someone.name == "老住户"
        assert someone.check_password(password)

    def test_who_works_here_keeps_theirs(self, send, station, grid):
        someone = factories.user("老组长", phone="13800138000", password="自己的密码")
        GridRole.objects.create(user=someone, grid=grid)
        page = send()
        assert "用原来的密码登录" in page.content.decode()
        assert page.context["enlisted"].password is None
        volunteer = station.volunteers.get()
        someone.refresh_from_db()
        assert volunteer.user == someone
        assert someone.check_password("自己的密码")

    @pytest.mark.parametrize("again", ["here", "elsewhere"])
    def test_one_phone_is_one_volunteer(self, send, station, other_station, again):
        at = station if again == "here" else other_station
        known = factories.volunteer(at, "老志愿者")
        page = send(phone=known.user.phone)
        assert page.context["form"].errors["phone"] == ["这个手机号已经是志愿者了。"]
        assert page.context["form"]["name"].value() == "韩新人"
        known.refresh_from_db()
        assert known.station == at

    def test_a_login_that_is_shut_stays_shut(self, send, station):
        factories.user(phone="13800138000", is_active=False)
        assert send().context["form"].errors["phone"] == ["这个手机号的账号已经停用了。"]
        assert not station.volunteers.exists()

    @pytest.mark.parametrize("field", ["phone", "name", "capacity_kg", "max_stops"])
    def test_nothing_is_left_out(self, send, station, field):
        assert list(send(**{field: ""}).context["form"].errors) == [field]
        assert not get_user_model().objects.filter(phone="13800138000").exists()

    def test_nobody_carries_nothing(self, send, station):
        errors = send(capacity_kg=0, max_stops=0).context["form"].errors
        assert set(errors) == {"capacity_kg", "max_stops"}


class TestDuty:
    def test_resting_gives_back_what_has_not_left(self, batch, courier, staff):
        batches.give(batch, courier.volunteer, staff)
        batches.pack(batch, staff)
        assert duty.end(courier.volunteer, staff) == 1
        batch.refresh_from_db()
        courier.volunteer.refresh_from_db()
        assert (batch.courier, batch.status) == (None, "packed")
        assert not courier.volunteer.active
        assert Event.objects.filter(kind="batch_taken_back", by=staff).count() == 1

    def test_nobody_rests_on_the_way(self, batch, courier, staff, round, neighbour):
        send_out(batch, courier, staff)
        factories.parcel(round, neighbour.person.household)
        [another] = batches.plan(round, staff).batches
        batches.give(another, courier.volunteer, staff)
        with pytest.raises(
            StillOut, match=r"^褚志愿者还在送一网格-1，送完才能休息。送不完的，请在批次页里"
        ):
            duty.end(courier.volunteer, staff)
        courier.volunteer.refresh_from_db()
        another.refresh_from_db()
        assert courier.volunteer.active
        assert another.courier == courier.volunteer

    def test_a_button_for_each_way(self, client, staff, courier):
        client.force_login(staff)
        for name, active, sentence in [
            ("off", False, "褚志愿者休息了。"),
            ("on", True, "褚志愿者在岗了。"),
            ("on", True, "褚志愿者在岗了。"),
        ]:
            where = reverse(f"station-volunteer-{name}", args=[courier.volunteer.pk])
            page = client.post(where, follow=True)
            assert [str(message) for message in page.context["messages"]] == [sentence]
            courier.volunteer.refresh_from_db()
            assert courier.volunteer.active is active

    def test_the_refusal_is_said(self, client, batch, courier, staff):
        send_out(batch, courier, staff)
        client.force_login(staff)
        where = reverse("station-volunteer-off", args=[courier.volunteer.pk])
        [message] = client.post(where, follow=True).context["messages"]
        assert str(message) == (
            "褚志愿者还在送一网格-1，送完才能休息。送不完的，请在批次页里替 TA 把每一户记上。"
        )


def test_the_list_masks_phones(client, staff, station):
    volunteer = factories.volunteer(station, "老赵")
    client.force_login(staff)
    text = client.get(reverse("station-volunteers")).content.decode()
    assert volunteer.user.phone not in text
    assert f"139****{volunteer.user.phone[-4:]}" in text


def test_only_a_manager_is_offered_to_add(client, staff, manager):
    for person, offered in ((staff, False), (manager, True)):
        client.force_login(person)
        text = client.get(reverse("station-volunteers")).content.decode()
        assert (reverse("station-volunteer-new") in text) is offered


def test_the_cost_does_not_grow(client, staff, station, grid):
    client.force_login(staff)

    def queries() -> int:
        with CaptureQueriesContext(connection) as taken:
            client.get(reverse("station-volunteers"))
        return len(taken)

    factories.volunteer(station, grids=[grid])
    queries()
    before = queries()
    for number in range(20):
        factories.volunteer(station, f"{number}", grids=[grid])
    assert queries() == before
