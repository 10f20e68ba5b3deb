"""What funds paid follows what an order comes to: back to the fund first, out of it again."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from delivery import rounds
from delivery.models import ParcelLine, Wish
from delivery.picks import packing
from delivery.share_outs import sharing
from shop import ordering
from shop.models import AccountTerms
from shop.money import accounts
from shop.money.funds import funds
from tests import factories
from tests.shop import orders
from tests.shop.money.funding import left, owed, paid_by, place_by, yuan


@pytest.fixture
def round(station):
    return factories.round(station)


@pytest.fixture
def rice(station):
    return factories.item(station, "大米", price="29.85")


class TestLess:
    @pytest.fixture
    def spinach(self, station):
        return orders.preordered(station, price="2.41")

    def test_short_and_cheaper_is_less_for_both(self, station, staff, home, round, spinach):
        fund = factories.fund(station)
        factories.grant(fund, "0.3333", household=home)
        order = orders.place(round, home, (spinach, 5))
        # 0.3333 × 12.05 = 4.016265
        assert (paid_by(fund, order), owed(order)) == (yuan("4.02"), yuan("8.03"))
        rounds.close(round)
        factories.received(station, spinach, 3, "6.00")
        sharing.apply(round, by=staff)
        # 3 × 2.00; 0.3333 × 6.00 = 1.9998
        assert (paid_by(fund, order), owed(order)) == (yuan("2.00"), yuan("4.00"))
        assert left(fund) == yuan("98.00")
        order.parcel.refresh_from_db()
        assert order.parcel.due == yuan("4.00")

    def test_what_the_household_paid_too_much_is_its_own(
        self, station, staff, home, round, spinach
    ):
        fund = factories.fund(station)
        factories.grant(fund, "0.5", household=home)
        accounts.deposit(home, yuan("20.00"), by=staff, nonce=uuid4())
        order = place_by("account", home, round, spinach)
        assert accounts.balance(home) == yuan("18.80")  # 2.41 − 1.21
        rounds.close(round)
        sharing.apply(round, by=staff, item_ids=[spinach.pk])
        assert (left(fund), accounts.balance(home)) == (yuan("100.00"), yuan("20.00"))
        assert (owed(order), paid_by(fund, order)) == (0, 0)

    def test_a_cancelled_order_gives_all_of_it_back(self, station, home, resident, round, rice):
        AccountTerms.objects.create(household=home, refund_to=AccountTerms.RefundTo.ACCOUNT)
        fund = factories.fund(station)
        factories.grant(fund, "0.37", household=home)
        order = orders.place(round, home, (rice, 3))
        assert left(fund) == yuan("66.87")
        ordering.cancel(order, by=resident)
        assert (left(fund), owed(order), accounts.balance(home)) == (yuan("100.00"), 0, 0)

    def test_also_of_an_ended_fund(self, station, home, resident, round, rice):
        fund = factories.fund(station)
        factories.grant(fund, household=home)
        order = orders.place(round, home, (rice, 1))
        funds.switch(fund, active=False)
        ordering.cancel(order, by=resident)
        assert left(fund) == yuan("100.00")

    def test_two_funds_get_back_what_is_theirs(self, station, staff, home, round, rice, spinach):
        of_rice, of_spinach = factories.fund(station), factories.fund(station)
        factories.grant(of_rice, "1", item=rice)
        factories.grant(of_spinach, "0.5", item=spinach)
        order = orders.place(round, home, (rice, 1), (spinach, 2))
        assert owed(order) == yuan("2.41")
        rounds.close(round)
        sharing.apply(round, by=staff, item_ids=[spinach.pk])
        assert (left(of_rice), left(of_spinach)) == (yuan("70.15"), yuan("100.00"))
        assert owed(order) == 0

    def test_what_came_instead_is_paid_for_like_what_was_asked(
        self, station, staff, home, round, spinach
    ):
        kale = factories.item(station, "油菜", price="2.00")
        spinach.similar = kale
        spinach.save()
        fund = factories.fund(station)
        factories.grant(fund, household=home)
        wishes = {spinach: Wish.SIMILAR}
        order = orders.place(round, home, (spinach, 1), wishes=wishes)
        rounds.close(round)
        sharing.apply(round, by=staff)
        assert (paid_by(fund, order), owed(order)) == (yuan("1.00"), yuan("1.00"))


class TestMoreAgain:
    @pytest.fixture
    def short(self, station, staff, home, round, rice):
        """A fund that paid half of 4 × 29.85, of which one was not found: 89.55."""
        fund = factories.fund(station, "60.00")
        factories.grant(fund, household=home)
        order = orders.place(round, home, (rice, 4))
        rounds.close(round)
        line = ParcelLine.objects.get(parcel__order=order)
        packing.tick(line, by=staff, units=3)
        assert (paid_by(fund, order), left(fund)) == (yuan("44.78"), yuan("15.22"))
        return fund, order, line, lambda: packing.untick(line, by=staff)

    def test_a_mistake_undone_is_paid_for_again(self, short):
        fund, order, _line, untick = short
        untick()
        assert (paid_by(fund, order), left(fund)) == (yuan("59.70"), yuan("0.30"))
        assert owed(order) == yuan("59.70")

    def test_as_far_as_there_is_something(self, short, staff):
        fund, order, _line, untick = short
        funds.give_back(fund, yuan("15.00"), by=staff, nonce=uuid4())
        untick()
        assert (paid_by(fund, order), left(fund)) == (yuan("45.00"), yuan("0.00"))
        assert owed(order) == yuan("74.40")

    def test_also_out_of_a_fund_that_has_ended(self, short):
        fund, order, _line, untick = short
        funds.switch(fund, active=False)
        untick()
        assert paid_by(fund, order) == yuan("59.70")


def test_queries_do_not_grow_with_subsidised_orders(
    station, grid, staff, django_assert_num_queries
):
    def share_out(households: int) -> int:
        round = factories.round(station)
        item = orders.preordered(station, f"菠菜{households}", price="3.33")
        fund = factories.fund(station, "9999.00")
        factories.grant(fund, "0.35", item=item)
        for _number in range(households):
            orders.place(round, factories.household(grid), (item, 2))
        rounds.close(round)
        factories.received(station, item, households, f"{households * 3}.00")
        with CaptureQueriesContext(connection) as captured:
            sharing.apply(round, by=staff)
        # One each at 3.00.
        assert left(fund) == yuan("9999.00") - households * yuan("1.05")
        return len(captured)

    assert share_out(3) == share_out(23)
