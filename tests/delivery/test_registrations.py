"""门的登记: what becomes of what somebody wrote at a poster, and what is kept of it."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from delivery import registrations
from delivery.errors import RegistrationRefused
from delivery.models import Household, Person, Poster, Registration
from delivery.registrations import Taken
from delivery.tasks import forget_old_registrations
from tests import factories


@pytest.fixture
def row(grid, leader):
    wrote = {"unit": "2", "room": "302", "floor": 3, "phone": "13812340001", "needs": "需配药"}
    return factories.registration(
        grid, "1", by=leader, people_count=3, newcomers_count=1, landlord="陆房东 021", **wrote
    )


def said(row, **other) -> dict:
    return {name: getattr(row, name) for name in registrations._SAID} | other


def kept(row) -> tuple:
    row.refresh_from_db()
    return row.name, row.phone, row.needs, row.landlord


def test_an_approved_door_is_on_the_register_at_once(row, leader):
    door = registrations.approve(row, said(row), by=leader)
    door = Household.objects.with_phone().get(pk=door.pk)
    assert (door.door, door.floor, door.people_count) == ("1幢 2单元 302", 3, 3)
    assert (door.newcomers_count, door.needs, door.landlord) == (1, "需配药", "陆房东 021")
    assert door.walk_key == "000001|000002|0103|000302"
    assert door.has_phone
    assert [(one.name, one.phone) for one in door.people.all()] == [("沈新来", "13812340001")]
    row.refresh_from_db()
    assert (row.status, row.household, row.decided_by) == ("approved", door, leader)
    # Once is enough: it stands on the register.
    assert kept(row) == ("", "", "", "")


def test_twice_is_once(row, leader, manager):
    registrations.approve(row, said(row), by=leader)
    for again in (
        lambda: registrations.approve(row, said(row, room="303"), by=manager),
        lambda: registrations.refuse(row, reason="不是这里的", by=manager),
        lambda: registrations.merge(row, row.household, Taken(), by=manager),
    ):
        row.refresh_from_db()
        with pytest.raises(RegistrationRefused, match="已经有人处理过了"):
            again()
    assert Household.objects.count() == Person.objects.count() == 1


def test_the_same_door_again_is_refused_and_stays_open(row, grid, leader):
    factories.household(grid, "1", "2", "302")
    with pytest.raises(RegistrationRefused, match="已经在名册上"):
        registrations.approve(row, said(row), by=leader)
    assert kept(row)[1] == "13812340001"
    assert row.status == "open"


def test_two_families_behind_one_number_are_two_doors(row, grid, leader):
    factories.household(grid, "1", "2", "302")
    door = registrations.approve(row, said(row, room="302乙"), by=leader)
    assert door.door == "1幢 2单元 302乙"


def test_refused_nothing_is_kept_but_why(row, leader):
    registrations.refuse(row, reason="不住这里", by=leader)
    assert kept(row) == ("", "", "", "")
    assert (row.status, row.reason) == ("refused", "不住这里")
    assert not Household.objects.exists()


def test_the_database_keeps_nothing_of_who_was_refused(row):
    with pytest.raises(IntegrityError), transaction.atomic():
        Registration.objects.filter(pk=row.pk).update(status="refused")


def test_what_nobody_looks_at_is_forgotten_after_a_month(row, grid, leader):
    fresh = factories.registration(grid, "1", by=leader)
    Registration.objects.filter(pk=row.pk).update(at=row.at - registrations.KEPT)
    for _n in range(2):
        forget_old_registrations()
    assert kept(row) == ("", "", "", "")
    assert (row.status, row.reason) == ("refused", "30 天没有人处理")
    fresh.refresh_from_db()
    assert fresh.status == "open"


def merged(row, door, leader, **taken):
    registrations.merge(row, door, Taken(**taken), by=leader)
    door.refresh_from_db()
    return door


def test_merging_writes_nothing_else_of_the_door(row, grid, leader, monkeypatch):
    """A list is read in at that moment: it does not wait for the door."""
    door = factories.household(grid, "1", "2", "302", lat=31.0)

    def meanwhile(door, registration):
        Household.objects.filter(pk=door.pk).update(lat=31.5)

    monkeypatch.setattr(registrations, "_add_person", meanwhile)
    assert merged(row, door, leader, people="set").people_count == 3
    assert door.lat == 31.5


def test_merged_only_what_was_chosen_goes_over(row, grid, leader):
    door = factories.household(grid, "1", "2", "302", people_count=2, needs="独居老人")
    factories.person(door, "老人", phone="021-57920000")
    merged(row, door, leader, contact=False)
    assert (door.people_count, door.needs, door.landlord) == (2, "独居老人", "")
    assert door.people.count() == 1
    row.refresh_from_db()
    assert (row.status, row.household) == ("merged", door)
    assert kept(row) == ("", "", "", "")


def test_merged_with_everything_a_second_family_counts_beside_the_first(row, grid, leader):
    door = factories.household(grid, "1", "2", "302", people_count=2, needs="独居老人")
    factories.person(door, "老人", phone="021-57920000")
    merged(row, door, leader, needs=True, landlord=True, people="add")
    assert (door.people_count, door.newcomers_count) == (5, 1)
    assert (door.needs, door.landlord) == ("独居老人；需配药", "陆房东 021")
    phones = list(door.people.order_by("pk").values_list("phone", flat=True))
    assert phones == ["021-57920000", "13812340001"]


def test_merged_the_same_number_is_the_same_person(row, grid, leader):
    door = factories.household(grid, "1", "2", "302")
    factories.person(door, "", phone="13812340001")
    merged(row, door, leader, people="set")
    assert [(one.name, one.phone) for one in door.people.all()] == [("沈新来", "13812340001")]
    assert door.people_count == 3


def test_merged_too_many_people_are_refused_and_nothing_is_written(row, grid, leader):
    door = factories.household(grid, "1", "2", "302", people_count=49)
    with pytest.raises(RegistrationRefused, match="超过 50 人"):
        merged(row, door, leader, people="add")
    assert kept(row)[1] == "13812340001"
    assert not door.people.exists()


def test_a_form_sent_twice_is_one(row):
    wrote, nonce = said(row), uuid4()
    for _n in range(2):
        registrations.submit(row.poster, wrote, nonce=nonce)
    assert Registration.objects.filter(nonce=nonce).count() == 1


def test_one_poster_takes_only_so_many(row, monkeypatch):
    monkeypatch.setattr(registrations, "MOST_OPEN", 1)
    with pytest.raises(RegistrationRefused, match="等着登记的人太多"):
        registrations.submit(row.poster, said(row), nonce=uuid4())


def test_a_poster_asked_for_again_is_the_same_until_it_is_taken_down(grid, leader):
    first = registrations.put_up(grid, "1", by=leader)
    assert registrations.put_up(grid, "1", by=leader) == first
    assert registrations.poster(first.code.upper()) == first
    registrations.take_down(first)
    assert registrations.poster(first.code) is None
    assert registrations.put_up(grid, "1", by=leader) != first
    assert Poster.objects.count() == 2


def test_who_sees_which(row, grid, leader, building_leader, stranger, station):
    other = factories.registration(grid, "2", by=leader)
    assert set(registrations.of_leader(leader)) == {row, other}
    assert set(registrations.of_leader(building_leader)) == {row}
    assert not registrations.of_leader(stranger).exists()
    assert set(registrations.of_station(station)) == {row, other}


def test_doors_it_may_be(row, grid, leader, django_assert_num_queries):
    alike = factories.household(grid, "1", "", "302")
    other_unit = factories.household(grid, "1", "3", "302")
    called = factories.household(grid, "9", "1", "101")
    factories.person(called, "沈新来", phone=row.phone)
    rows = [row, *(factories.registration(grid, "1", by=leader) for _n in range(3))]
    with django_assert_num_queries(2):
        found = registrations.likely(rows, Household.objects.all())
    assert (found[row.pk].same_door, found[row.pk].same_phone) == ([alike], [called])
    assert other_unit not in found[row.pk].doors
    assert found[rows[1].pk].doors == []
    # A leader of one building is not told of doors elsewhere.
    near = registrations.likely([row], Household.objects.filter(building="1"))
    assert near[row.pk].doors == [alike]
