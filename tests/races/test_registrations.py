"""Two who look after the same building decide at the same moment.

Each guard has its control: the same race without it goes wrong.
"""

from uuid import uuid4

import pytest
from django.db import IntegrityError

from delivery import registrations
from delivery.errors import RegistrationRefused
from delivery.models import Household, Registration
from inventory.models import Station
from tests import factories
from tests.races.test_delivery import kinds, meet_after


@pytest.fixture
def place(transactional_db):
    station = factories.station()
    return factories.grid(station), factories.member(station)


def said(row) -> dict:
    return {name: getattr(row, name) for name in registrations._SAID}


def approve_all(race, rows, by):
    return race(
        len(rows), lambda number: registrations.approve(rows[number], said(rows[number]), by=by).pk
    )


def test_four_who_approve_make_one_door(each_database, race):
    station = factories.station()
    grid, staff = factories.grid(station), factories.member(station)
    row = factories.registration(grid, by=staff)
    made, errors = approve_all(race, [row] * 4, staff)
    assert (len(made), kinds(errors)) == (1, {RegistrationRefused})
    assert {str(error) for error in errors} == {"这一条已经有人处理过了。"}
    assert Household.objects.get().people.count() == 1


def test_the_same_door_written_twice_is_one_door(each_database, race):
    station = factories.station()
    grid, staff = factories.grid(station), factories.member(station)
    rows = [factories.registration(grid, room="302", by=staff) for _n in range(2)]
    made, errors = approve_all(race, rows, staff)
    assert (len(made), kinds(errors)) == (1, {RegistrationRefused})
    assert set(Registration.objects.values_list("status", flat=True)) == {"open", "approved"}


def test_without_the_stations_lock_one_of_two_sees_an_error_page(place, race, monkeypatch):
    """The control: both have looked, the constraint stops the second."""
    grid, staff = place
    rows = [factories.registration(grid, room="302", by=staff) for _n in range(2)]
    monkeypatch.setattr(Station.objects.all().__class__, "select_for_update", lambda rows: rows)
    meet_after(monkeypatch, 2, (registrations, "_decide"))
    made, errors = approve_all(race, rows, staff)
    assert (len(made), kinds(errors)) == (1, {IntegrityError})


def decide_both(race, row, by):
    """One approves while the other refuses."""

    def decide(number):
        if number:
            return registrations.refuse(row, reason="不住这里", by=by)
        return registrations.approve(row, said(row), by=by)

    return race(2, decide)


def test_approved_or_refused_never_both(each_database, race):
    station = factories.station()
    grid, staff = factories.grid(station), factories.member(station)
    row = factories.registration(grid, by=staff)
    _done, errors = decide_both(race, row, staff)
    assert kinds(errors) == {RegistrationRefused}
    row.refresh_from_db()
    assert Household.objects.exists() == (row.status == "approved")


def test_without_the_condition_a_door_comes_of_what_was_refused(place, race, monkeypatch):
    """The control: who decides last has decided."""
    grid, staff = place
    row = factories.registration(grid, by=staff)

    def whatever_it_is(rows, sources, target, **also):
        return rows.update(status=target, **also)

    monkeypatch.setattr(type(Registration.objects.all()), "move", whatever_it_is)
    done, errors = decide_both(race, row, staff)
    assert (len(done), errors) == (2, [])
    assert Household.objects.exists()
    assert Registration.objects.get().reason == "不住这里"


def test_one_form_sent_by_four_is_one_row(each_database, race):
    station = factories.station()
    row = factories.registration(factories.grid(station), by=factories.member(station))
    wrote, nonce = said(row), uuid4()
    _done, errors = race(4, lambda _n: registrations.submit(row.poster, wrote, nonce=nonce))
    assert errors == []
    assert Registration.objects.filter(nonce=nonce).count() == 1
