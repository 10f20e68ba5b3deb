"""What the open book says is what was paid, good by good and day by day."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inventory import openings, stock
from inventory.models import Costing, Move
from inventory.receipts import receiving
from shop.models import MoneyMove
from shop.open_book import book, charts, reports
from tests import factories
from tests.shop import orders


@pytest.fixture
def eggs(station):
    """10 at 1.00; then 5 for 20.00: 15 at 2.00."""
    item = factories.item(station, "鸡蛋", price="1.00", in_stock=10)
    factories.received(station, item, 5, "20.00")
    item.record.refresh_from_db()
    return item


def hold(item, price: str, units: int = 1) -> stock.Promise:
    promise = stock.Promise(factories.order().pk, item.record_id, units, Decimal(price))
    stock.reserve([promise], at_todays_price=False)
    return promise


class TestGoods:
    def test_how_a_price_came_about(self, station, eggs):
        [good] = book.goods(station)
        assert (good.title, good.price, good.variance) == ("鸡蛋", Decimal("2.00"), 0)
        received, stated = good.entries
        assert (received.units_before, received.average_before) == (10, 1)
        assert (received.units_in, received.invoice, received.extra) == (5, 20, 0)
        assert (received.invoice_each, received.landed_each) == (Decimal("4.00"), Decimal("4.00"))
        assert str(received.average_each) == "2.00"
        assert (stated.received, stated.invoice_each, stated.landed_each) == (False, None, None)
        assert stated.price == Decimal("1.00")

    def test_the_last_three_on_the_page_of_all_and_all_on_its_own(self, station, eggs):
        for units in (1, 2, 3):
            factories.received(station, eggs, units, "2.00")
        [good] = book.goods(station)
        assert [entry.units_in for entry in good.entries] == [3, 2, 1]
        own = book.good(station, eggs.pk)
        assert [entry.units_in for entry in own.entries] == [3, 2, 1, 5, 10]

    def test_a_delivery_in_two_lines_is_one_entry(self, station, eggs):
        lines = [
            receiving.Came(eggs.pk, 3, Decimal("6.01")),
            receiving.Came(eggs.pk, 2, Decimal("4.02")),
        ]
        receiving.receive(
            station,
            factories.supplier(station),
            lines,
            by=factories.user(),
            nonce=uuid4(),
            transport=Decimal("0.30"),
        )
        entry = book.good(station, eggs.pk).entries[0]
        assert (entry.units_in, str(entry.invoice), str(entry.extra)) == (5, "10.03", "0.30")
        assert str(entry.landed_each) == "2.0660"

    def test_other_stations_goods_are_in_their_own_book(self, station, other_station, eggs):
        theirs = factories.item(other_station)
        assert [good.item_id for good in book.goods(station)] == [eggs.pk]
        assert book.good(station, theirs.pk) is None

    def test_goods_without_a_cost_have_no_page(self, station):
        item = factories.item(station, in_stock=0)
        assert book.goods(station) == []
        assert book.good(station, item.pk) is None

    def test_queries_do_not_grow(self, station, eggs):
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                book.goods(station)
            return len(captured)

        few = queries()
        for _number in range(20):
            factories.received(station, factories.item(station), 2, "5.00")
        assert queries() == few <= 8

    @pytest.mark.parametrize(
        ("yuan", "said"),
        [("2", "2.00"), ("2.005", "2.0050"), ("-0.00001", "0.00"), ("0.12345", "0.1235")],
    )
    def test_readable(self, yuan, said):
        assert str(book.readable(Decimal(yuan))) == said


def days(count: int = 0) -> tuple[date, date]:
    """Today and so many days before."""
    today = timezone.localdate()
    return today - timedelta(days=count), today


class TestReport:
    def test_everything_that_happened_to_a_good(self, station, eggs):
        promise = hold(eggs, "2.00", units=4)
        stock.release([stock.Promise(promise.order_id, eggs.record_id, 1, promise.price)])
        hold(eggs, "1.70", units=2)  # 0.60 under cost
        stock.settle([(promise.order_id, eggs.record_id, Decimal("-0.05"))])
        stock.sell([stock.Promise(factories.order().pk, eggs.record_id, 1, Decimal("2.00"))])
        lot = eggs.lots.latest("pk")
        stock.waste([stock.Loss(eggs.record_id, lot.pk, 1, Move.Reason.BROKEN)])
        stock.donate([stock.Loss(eggs.record_id, lot.pk, 2, Move.Reason.RELIEF)])
        stock.correct({eggs.record_id: 1})
        report = reports.of(station, *days())
        [row] = report.rows
        assert (row.title, row.unit) == ("鸡蛋", "份")
        assert row.sums == reports.Sums(
            opened_units=10,
            opened=Decimal("10.00"),
            bought_units=5,
            bought=Decimal("20.00"),
            sold_units=6,
            charged=Decimal("11.35"),  # 3 × 2.00 + 2 × 1.70 − 0.05 + 2.00
            cost=Decimal("12.00"),
            lost_units=0,
            lost=Decimal("0.00"),
            donated_units=2,
            donated=Decimal("4.00"),
            variance=Decimal("-0.65"),
        )
        assert (row.sums.margin, row.sums.unexplained) == (Decimal("-0.65"), 0)
        assert report.total == row.sums

    def test_what_is_lost_is_no_cost_of_what_was_sold(self, station, eggs):
        hold(eggs, "2.00", units=4)
        lot = eggs.lots.latest("pk")
        stock.waste([stock.Loss(eggs.record_id, lot.pk, 3, Move.Reason.SPOILED)])
        sums = reports.of(station, *days()).total
        assert (sums.charged, sums.cost, sums.lost) == (8, 8, 6)
        assert (sums.margin, sums.variance, sums.unexplained) == (0, -6, 0)

    def test_days_before_and_after_are_other_reports(self, station, eggs):
        today = timezone.localdate()
        for since, until in ((-2, -1), (1, 2)):
            period = (today + timedelta(days=since), today + timedelta(days=until))
            assert reports.of(station, *period).rows == []

    def test_a_period_begins_where_the_one_before_it_ended(self, station, eggs, monkeypatch):
        """What was charged too little yesterday is yesterday's variance."""
        hold(eggs, "1.70", units=2)
        tomorrow = timezone.now() + timedelta(days=1)
        monkeypatch.setattr(timezone, "now", lambda: tomorrow)
        factories.received(station, eggs, 7, "14.00")
        hold(eggs, "2.01", units=10)
        first, second = timezone.localdate() - timedelta(days=1), timezone.localdate()
        before, after = (reports.of(station, day, day).total for day in (first, second))
        both = reports.of(station, first, second).total
        assert (before.variance, after.variance, both.variance) == (
            *(Decimal("-0.60"), Decimal("0.10"), Decimal("-0.50")),
        )
        assert before.cost + after.cost == both.cost
        assert (before.unexplained, after.unexplained, both.unexplained) == (0, 0, 0)
        [costing] = Costing.objects.filter(item=eggs).order_by("-pk")[:1]
        assert costing.variance == Decimal("-0.60")

    def test_a_list_that_states_another_cost_changes_no_variance(self, station):
        item = factories.item(station, price="1.00", in_stock=10)
        openings.restate([openings.Opening(item.record_id, 10, Decimal("1.20"))])
        assert reports.of(station, *days()).total.variance == 0

    def test_money_that_came_in(self, station, grid, staff, eggs):
        also = {"station": station, "by": staff, "at": timezone.now()}
        also |= {"household": factories.household(grid), "order": factories.order()}
        also |= {"holder": staff, "fund": factories.fund(station, "0")}
        paid = factories.stripe_payment(also["order"], "50.00")

        def move(source, target, amount):
            online = {"stripe_payment": paid} if "stripe" in (source, target) else {}
            sides = {"source": source, "target": target}
            MoneyMove.objects.create(amount=Decimal(amount), **sides, **online, **also)

        for source, target, amount in [
            ("cash", "household", "20.00"),
            ("household", "cash", "5.00"),
            ("person", "order", "31.00"),
            ("order", "person", "1.00"),  # a handoff was corrected
            ("cash", "order", "7.77"),
            ("transfer", "order", "4.00"),
            ("transfer", "household", "6.00"),
            ("stripe", "order", "50.00"),
            ("order", "stripe", "12.50"),
            ("bank", "fund", "100.00"),
            ("cash", "fund", "8.00"),
            ("fund", "cash", "3.00"),
            # None of this came in.
            ("household", "order", "3.30"),
            ("fund", "order", "2.20"),
            ("order", "household", "1.10"),
            ("cash", "person", "30.00"),
            ("bank", "cash", "20.00"),
            ("order", "sales", "99.00"),
        ]:
            move(source, target, amount)
        taken = reports.of(station, *days()).taken
        assert taken == reports.Taken(
            doors=Decimal("30.00"),
            counter=Decimal("7.77"),
            accounts=Decimal("15.00"),
            transfers=Decimal("10.00"),
            online=Decimal("37.50"),
            gifts=Decimal("105.00"),
        )
        assert taken.all == Decimal("205.27")
        tomorrow = timezone.localdate() + timedelta(days=1)
        assert reports.of(station, tomorrow, tomorrow).taken == reports.Taken()

    def test_funds_that_have_or_had_something(self, station, home, resident, eggs):
        fund = factories.fund(station, "50.00", "爱心款")
        factories.fund(station, "0", "还没有钱")
        factories.grant(fund, "0.5", household=home)
        orders.place(factories.round(station), home, (eggs, 3))  # 3 × 2.00
        [told] = reports.of(station, *days()).funds
        assert (told.fund, told.given, told.paid, told.left) == (
            *(fund, Decimal("50.00")),
            *(Decimal("3.00"), Decimal("47.00")),
        )
        yesterday = timezone.localdate() - timedelta(days=1)
        assert reports.of(station, yesterday, yesterday).funds == []

    def test_queries_do_not_grow(self, station, eggs):
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                reports.of(station, *days())
            return len(captured)

        few = queries()
        for _number in range(20):
            factories.received(station, factories.item(station), 2, "5.00")
        assert queries() == few <= 10


class TestChart:
    NOON = datetime.fromisoformat("2022-04-10T12:00:00+08:00")

    def points(self, *rows):
        return [
            charts.Point(self.NOON + timedelta(days=day), Decimal(price), cost and Decimal(cost))
            for day, price, cost in rows
        ]

    def test_a_line_of_steps_from_the_first_price_to_now(self):
        points = self.points((0, "2.00", None), (5, "2.40", "3.20"))
        chart = charts.of(points, self.NOON + timedelta(days=10))
        left, right = charts.BEGINS, charts.WIDTH - charts.RIGHT
        assert left - 9 > chart.left  # the widest dot
        middle = (left + right) / 2
        assert [tick.label for tick in chart.across] == ["1.50", "2.00", "2.50", "3.00", "3.50"]
        places = {tick.label: float(tick.place) for tick in chart.across}
        assert places["1.50"] == charts.HEIGHT - charts.BOTTOM
        assert places["3.50"] == charts.TOP
        path = chart.price.replace("M", "").replace("H", " ").replace("V", " ").split()
        assert [float(number) for number in path[:3]] == [left, places["2.00"], middle]
        assert float(path[-1]) == right
        assert places["2.50"] < float(path[3]) < places["2.00"]
        [(x, y)] = chart.costs
        assert float(x) == middle
        assert places["3.50"] < float(y) < places["3.00"]

    def test_one_price_only_is_a_level_line(self):
        chart = charts.of(self.points((0, "2.80", None)), self.NOON + timedelta(days=1))
        assert chart.costs == []
        assert len(chart.across) >= 2
        assert all(float(tick.place) <= charts.HEIGHT - charts.BOTTOM for tick in chart.across)

    def test_nothing_costs_less_than_nothing(self):
        points = self.points((0, "0.00", "0.00"), (1, "0.01", "0.02"))
        chart = charts.of(points, self.NOON)
        assert chart.across[0].label == "0.00"

    def test_of_nothing_there_is_none(self):
        assert charts.of([], self.NOON) is None

    def test_of_one_day_there_is_none(self):
        points = self.points((0, "2.00", None), (0.2, "2.40", "3.20"))
        midnight = self.NOON + timedelta(hours=12)
        assert charts.of(points, midnight - timedelta(seconds=1)) is None
        assert charts.of(points, midnight) is not None
