"""What funds pay of new orders: to the fen, as long as they have it."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from delivery import rounds
from inventory.models import Move
from shop import baskets, ordering
from shop.errors import BasketChanged
from shop.models import MoneyMove, OrderStatus, StripePayment, Subsidy
from shop.money import accounts
from shop.money.funds import funds, subsidies
from tests import factories
from tests.shop import orders
from tests.shop.money.funding import left, owed, paid_by, place_by, yuan


@pytest.fixture
def round(station):
    return factories.round(station)


@pytest.fixture
def rice(station):
    return factories.item(station, "大米", price="29.85")


class TestPlacing:
    def test_a_fund_pays_its_share_and_the_household_the_rest(self, station, home, round, rice):
        fund = factories.fund(station, "100.00")
        factories.grant(fund, "0.3", household=home)
        salt = factories.item(station, "盐", price="2.15")
        order = orders.place(round, home, (rice, 2), (salt, 1))
        # 0.3 × 59.70 = 17.91; 0.3 × 2.15 = 0.645, half up 0.65
        assert (left(fund), owed(order)) == (yuan("81.44"), yuan("43.29"))
        assert order.total_incl_tax == yuan("61.85")
        move = MoneyMove.objects.get(kind="subsidy")
        assert (move.source, move.target, move.amount) == ("fund", "order", yuan("18.56"))
        assert (move.fund, move.order, move.household) == (fund, order, home)
        shares = Subsidy.objects.order_by("line").values_list("line__title", "fund", "share")
        assert list(shares) == [
            ("大米", fund.pk, yuan("0.3")),
            ("盐", fund.pk, yuan("0.3")),
        ]

    def test_what_is_to_be_collected_is_without_it(self, station, home, round, rice):
        factories.grant(factories.fund(station), household=home)
        order = orders.place(round, home, (rice, 1))
        rounds.close(round)
        assert order.parcel.due == yuan("14.92")  # 29.85 − 14.93

    def test_a_good_may_be_paid_for_whoever_orders_it(self, station, home, neighbour, round, rice):
        fund = factories.fund(station)
        factories.grant(fund, "1", item=rice)
        salt = factories.item(station, "盐", price="2.15")
        for door in (home, neighbour.person.household):
            order = orders.place(round, door, (rice, 1), (salt, 1))
            assert owed(order) == yuan("2.15")
        assert left(fund) == yuan("40.30")

    def test_of_several_the_largest_counts_of_equal_ones_the_first(
        self, station, home, round, rice
    ):
        first, second, third = (factories.fund(station) for _number in range(3))
        factories.grant(first, "0.2", household=home)
        factories.grant(second, "0.4", item=rice)
        factories.grant(third, "0.4", household=home)
        orders.place(round, home, (rice, 1))
        assert [left(fund) for fund in (first, second, third)] == [
            yuan("100.00"),
            yuan("88.06"),
            yuan("100.00"),
        ]
        shown = baskets.lines(self.basket(home, (rice, 1)))
        assert [(line.fund_id, line.share) for line in shown] == [(second.pk, yuan("0.4"))]

    @staticmethod
    def basket(home, *wanted):
        basket = baskets.for_door(home.people.get().user, home)
        for item, units in wanted:
            baskets.set_quantity(basket, item.record_id, units)
        return basket

    @pytest.mark.usefixtures("resident")
    def test_the_page_shows_what_the_order_will_be(self, station, home, round, rice):
        fund = factories.fund(station, "20.00")
        factories.grant(fund, "0.5", household=home)
        salt = factories.item(station, "盐", price="20.00")
        basket = self.basket(home, (rice, 1), (salt, 1))
        assert [line.subsidy for line in baskets.lines(basket)] == [yuan("14.93"), yuan("5.07")]
        seen = baskets.digest(baskets.lines(basket), round)
        by = home.people.get().user
        order = ordering.place(basket, household=home, round=round, by=by, seen=seen)
        assert (paid_by(fund, order), left(fund)) == (yuan("20.00"), yuan("0.00"))

    @pytest.mark.usefixtures("resident")
    def test_who_saw_more_than_there_is_now_looks_again(self, station, home, round, rice):
        fund = factories.fund(station, "10.00")
        factories.grant(fund, "0.5", household=home)
        basket = self.basket(home, (rice, 1))
        seen = baskets.digest(baskets.lines(basket), round)
        funds.give_back(fund, yuan("0.01"), by=factories.user(), nonce=uuid4())
        by = home.people.get().user
        with pytest.raises(BasketChanged):
            ordering.place(basket, household=home, round=round, by=by, seen=seen)
        assert left(fund) == yuan("9.99")
        assert not Move.objects.filter(kind="reserve").exists()

    def test_never_more_than_the_fund_has(self, station, home, neighbour, round, rice):
        fund = factories.fund(station, "20.00")
        factories.grant(fund, "0.5", item=rice)
        first = orders.place(round, home, (rice, 1))
        second = orders.place(round, neighbour.person.household, (rice, 1))
        third = orders.place(round, home, (rice, 1))
        assert [paid_by(fund, order) for order in (first, second, third)] == [
            yuan("14.93"),
            yuan("5.07"),
            0,
        ]
        assert [owed(order) for order in (first, second, third)] == [
            yuan("14.92"),
            yuan("24.78"),
            yuan("29.85"),
        ]
        # 5.07 ÷ 29.85, not more.
        assert second.subsidies.get().share == yuan("0.169849")
        assert not third.subsidies.exists()

    def test_other_stations_ended_funds_and_ended_grants_pay_nothing(
        self, station, other_station, home, round, rice
    ):
        ended = factories.fund(station)
        factories.grant(ended, "0.9", household=home)
        funds.switch(ended, active=False)
        fund = factories.fund(station)
        funds.end(factories.grant(fund, "0.8", household=home))
        elsewhere = factories.grant(fund, "0.7", household=home)
        type(fund).objects.filter(pk=fund.pk).update(station=other_station)
        order = orders.place(round, home, (rice, 1))
        assert (owed(order), elsewhere.active) == (yuan("29.85"), True)
        assert [line.share for line in baskets.lines(self.basket(home, (rice, 1)))] == [0]

    def test_no_query_more_where_no_grant_fits(self, station, home, neighbour, round, rice):
        def queries(door) -> int:
            basket = self.basket(door, (rice, 1))
            by = door.people.get().user
            with CaptureQueriesContext(connection) as captured:
                ordering.place(basket, household=door, round=round, by=by)
            return len(captured)

        factories.resident(home)
        without = queries(home)
        fund = factories.fund(station, "1000.00")
        factories.grant(fund, "0.5", household=neighbour.person.household)
        assert queries(home) == without
        with_grant = queries(neighbour.person.household)
        # What is in the fund, and the shares; on PostgreSQL also its lock.
        assert with_grant <= without + 3


class TestPaying:
    def test_the_account_pays_what_the_fund_does_not(self, station, home, staff, round, rice):
        factories.grant(factories.fund(station), "0.9", household=home)
        accounts.deposit(home, yuan("3.00"), by=staff, nonce=uuid4())
        order = place_by("account", home, round, rice)
        assert (owed(order), accounts.balance(home)) == (0, yuan("0.02"))  # 26.865 is 26.87

    def test_stripe_is_asked_for_the_rest(self, station, home, round, rice, settings):
        settings.STRIPE_SECRET_KEY = settings.STRIPE_WEBHOOK_SECRET = "x"
        factories.grant(factories.fund(station), "0.5", household=home)
        order = place_by("stripe", home, round, rice)
        assert order.status == OrderStatus.AWAITING
        assert StripePayment.objects.get().amount == yuan("14.92")

    def test_where_nothing_is_left_to_pay_nothing_is_waited_for(
        self, station, home, round, rice, settings
    ):
        settings.STRIPE_SECRET_KEY = settings.STRIPE_WEBHOOK_SECRET = "x"
        factories.grant(factories.fund(station), "1", household=home)
        order = place_by("stripe", home, round, rice)
        assert (order.status, owed(order)) == (OrderStatus.PLACED, 0)
        order.refresh_from_db()
        assert order.status == OrderStatus.PLACED
        assert not StripePayment.objects.exists()


def test_shares_are_capped_line_by_line():
    class Line:
        def __init__(self, fund_id, share, total):
            self.fund_id, self.share, self.total = fund_id, Decimal(share), Decimal(total)

        def with_share(self, share):
            return Line(self.fund_id, share, self.total)

    lines = [
        Line(1, "1", "9000.00"),
        Line(None, "0", "5.00"),
        Line(1, "1", "9999.99"),
        Line(2, "0.5", "0.01"),
        Line(1, "1", "1.00"),
        Line(1, "1", "0.00"),
    ]
    capped = subsidies._capped(lines, {1: Decimal("9003.33"), 2: Decimal("1.00")})
    paid = [subsidies.part(line.total, line.share) for line in capped]
    assert paid == [Decimal(amount) for amount in ("9000.00", "0.00", "3.33", "0.01", "0.00", "0")]
