"""套餐: ordered as one, written, held and paid as their parts."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from oscar.core.loading import get_model

from delivery import rounds
from delivery.models import ParcelLine, Wish
from inventory.errors import StationError
from inventory.models import Item, Move
from shop import baskets, bundles, bundling, changing, ordered_bundles, ordering, products
from shop.errors import BasketChanged, CannotChange, ShortLine, SoldOut, TooHeavy
from shop.models import LineTerms, OrderedBundle
from shop.money.funds import subsidies
from tests import factories
from tests.shop.clean import books_agree
from tests.shop.money.funding import left, owed

Order = get_model("order", "Order")
StockRecord = get_model("partner", "StockRecord")


@pytest.fixture
def round(station):
    return factories.round(station)


@pytest.fixture
def greens(station):
    return factories.item(station, "上海青", price="6.40", in_stock=40, weight_g=1000)


@pytest.fixture
def eggs(station):
    return factories.item(station, "鲜鸡蛋", price="24.80", in_stock=5, unit="板")


@pytest.fixture
def fresh(station, greens, eggs):
    """2 上海青 and 1 鲜鸡蛋: 37.60."""
    return factories.bundle(station, {greens: 2, eggs: 1}, "生鲜套餐")


@pytest.fixture
def fill(home, resident):
    def _fill(*wanted):
        basket = baskets.for_door(resident, home)
        for item, units in wanted:
            baskets.set_quantity(basket, item.record_id, units)
        return basket

    return _fill


@pytest.fixture
def place(home, round, resident):
    def _place(basket, **options):
        if "seen" not in options:
            options["seen"] = baskets.digest(baskets.lines(basket, round), round)
        return ordering.place(basket, household=home, round=round, by=resident, **options)

    return _place


def counters(item) -> tuple[int, int]:
    figures = StockRecord.objects.values_list("num_in_stock", "num_allocated")
    return tuple(figures.get(pk=item.record_id))


class TestWhatTheyAre:
    def test_they_cost_what_their_parts_cost_and_there_are_as_many(self, fresh):
        bundle = bundles.parts_of([fresh.record_id])[fresh.record_id]
        assert [(part.title, part.units) for part in bundle.parts] == [
            ("上海青", 2),
            ("鲜鸡蛋", 1),
        ]
        assert (bundle.price, bundle.left, bundle.weight_g) == (Decimal("37.60"), 5, 2500)
        assert (bundle.limit, bundle.preorder, bundle.on_sale) == (None, False, True)

    def test_a_limit_of_a_part_is_theirs(self, fresh, greens):
        Item.objects.filter(pk=greens.pk).update(household_limit=5)
        assert bundles.parts_of([fresh.record_id])[fresh.record_id].limit == 2

    def test_without_a_part_they_are_not_for_sale(self, fresh, eggs, greens):
        def sold() -> set[str]:
            found = Item.objects.filter(bundles.for_sale())
            return set(found.values_list("record__product__title", flat=True))

        assert sold() == {"生鲜套餐", "上海青", "鲜鸡蛋"}
        products.set_on_sale(eggs, False)
        assert sold() == {"上海青"}
        assert bundles.parts_of([fresh.record_id])[fresh.record_id].left == 0
        products.set_on_sale(eggs, True)
        products.set_on_sale(fresh, False)
        assert sold() == {"上海青", "鲜鸡蛋"}

    def test_one_with_nothing_in_it_is_not_for_sale(self, fresh):
        fresh.parts.all().delete()
        assert not Item.objects.filter(bundles.for_sale(), pk=fresh.pk).exists()

    @pytest.mark.parametrize("count", [1, 20])
    def test_many_are_read_in_one_query(self, station, greens, django_assert_num_queries, count):
        made = [factories.bundle(station, {greens: 1}) for _number in range(count)]
        with django_assert_num_queries(1):
            assert len(bundles.parts_of([item.record_id for item in made])) == count


class TestMaking:
    @pytest.mark.parametrize(
        ("name", "units", "words"),
        [
            (" ", 1, "套餐要有个名字"),
            ("套" * 41, 1, "最多 40 个字"),
            ("套餐", 0, "一样货要有 1 到 20 份"),
            ("套餐", 21, "一样货要有 1 到 20 份"),
            ("生鲜套餐", 1, "已经有一个叫“生鲜套餐”的套餐了。"),
        ],
    )
    def test_what_cannot_be(self, station, fresh, greens, staff, name, units, words):
        before = Item.objects.count()
        with pytest.raises(StationError, match=words):
            bundling.make(station, name, {greens.pk: units}, by=staff)
        assert Item.objects.count() == before

    def test_not_of_nothing_nor_of_too_much(self, station, staff):
        with pytest.raises(StationError, match="套餐里要有 1 到 12 样货"):
            bundling.make(station, "空", {}, by=staff)
        many = {factories.item(station, f"货 {n}").pk: 1 for n in range(13)}
        with pytest.raises(StationError, match="套餐里要有 1 到 12 样货"):
            bundling.make(station, "多", many, by=staff)

    def test_only_of_the_stations_goods_and_of_no_bundle(
        self, station, other_station, fresh, staff
    ):
        for item in (factories.item(other_station), fresh):
            with pytest.raises(StationError, match="只能放本驿站的货"):
                bundling.make(station, "新", {item.pk: 1}, by=staff)
        with pytest.raises(StationError, match="只能放本驿站的货"):
            bundling.change(fresh, "新", {fresh.pk: 1}, by=staff)

    def test_a_change_holds_from_now_on(self, fresh, greens, eggs, fill, place, staff):
        order = place(fill((fresh, 1)))
        bundling.change(fresh, "鸡蛋套餐", {eggs.pk: 2}, by=staff)
        assert bundles.parts_of([fresh.record_id])[fresh.record_id].price == Decimal("49.60")
        assert [(bundle.title, bundle.parts) for bundle in ordered_bundles.of_order(order)] == [
            ("生鲜套餐", {greens.record_id: 2, eggs.record_id: 1})
        ]

    def test_staff_neither_store_nor_buy_nor_count_them(self, fresh):
        assert not Item.objects.stocked().filter(pk=fresh.pk).exists()


class TestBaskets:
    def test_a_bundle_is_one_line_that_says_what_is_in_it(self, fill, fresh, greens):
        [line, loose] = baskets.lines(fill((fresh, 2), (greens, 3)))
        assert (line.title, line.quantity, line.price, line.total) == (
            "生鲜套餐",
            2,
            Decimal("37.60"),
            Decimal("75.20"),
        )
        assert (line.bundle, line.left, loose.bundle) == (True, 5, False)
        assert [(part.title, part.units, part.unit) for part in line.parts] == [
            ("上海青", 2, "份"),
            ("鲜鸡蛋", 1, "板"),
        ]

    def test_bundles_cost_one_query_more_however_many(self, fill, station, greens):
        def queries(count: int) -> int:
            basket = fill(*((factories.bundle(station, {greens: 1}), 1) for _n in range(count)))
            with CaptureQueriesContext(connection) as run:
                baskets.lines(basket)
            return len(run)

        assert (queries(1), queries(20)) == (2, 2)

    def test_one_that_is_not_sold_does_not_go_in(self, fill, fresh, eggs):
        products.set_on_sale(eggs, False)
        with pytest.raises(StationError, match="这样货现在不卖了。"):
            fill((fresh, 1))

    def test_loose_goods_are_told_short_before_bundles(self, fill, fresh, eggs):
        lines = baskets.lines(fill((eggs, 2), (fresh, 4)))
        assert baskets.short_lines(lines) == [ShortLine(eggs.record_id, "鲜鸡蛋", "板", 2, 1)]

    def test_what_the_door_took_already_counts(self, fill, place, round, fresh, eggs):
        Item.objects.filter(pk=eggs.pk).update(household_limit=3)
        place(fill((eggs, 1)))
        [line] = baskets.lines(fill((fresh, 3)), round)
        assert (line.limit, line.taken, line.allowed, line.at_most) == (3, 1, 2, True)
        assert baskets.short_lines([line]) == [
            ShortLine(fresh.record_id, "生鲜套餐（鲜鸡蛋限购）", "份", 3, 2, limited=True)
        ]


class TestOrdering:
    def test_the_order_is_of_the_parts(self, fill, place, fresh, greens, eggs):
        order = place(fill((fresh, 2), (greens, 3)))
        assert [
            (line.title, line.quantity, line.line_price_incl_tax)
            for line in order.lines.order_by("pk")
        ] == [("上海青", 7, Decimal("44.80")), ("鲜鸡蛋", 2, Decimal("49.60"))]
        assert order.total_incl_tax == Decimal("94.40")
        assert (counters(greens), counters(eggs), counters(fresh)) == ((40, 7), (5, 2), (0, 0))
        assert [
            (bundle.record_id, bundle.title, bundle.units, bundle.parts)
            for bundle in ordered_bundles.of_order(order)
        ] == [
            (fresh.record_id, "生鲜套餐", 2, {greens.record_id: 2, eggs.record_id: 1}),
        ]
        books_agree()

    def test_and_the_parcel_too(self, fill, place, round, fresh, greens, eggs):
        place(fill((fresh, 1), (eggs, 1)))
        rounds.close(round)
        assert set(ParcelLine.objects.values_list("item_id", "quantity")) == {
            (greens.pk, 2),
            (eggs.pk, 2),
        }
        books_agree()

    def test_a_part_may_be_preordered(self, station, fill, place, greens):
        spinach = factories.item(station, "菠菜", price="2.40", selling=Item.Selling.PREORDER)
        both = factories.bundle(station, {greens: 1, spinach: 1})
        basket = fill((both, 2))
        assert baskets.lines(basket)[0].preorder
        place(basket)
        assert (counters(greens), counters(spinach)) == ((40, 2), (100, 0))
        assert LineTerms.objects.get().line.title == "菠菜"
        books_agree()

    def test_the_part_that_ran_out_is_named(self, fill, place, fresh, greens, eggs):
        with pytest.raises(SoldOut) as refused:
            place(fill((fresh, 6), (greens, 31)))
        assert refused.value.lines == [
            ShortLine(fresh.record_id, "生鲜套餐（鲜鸡蛋不够）", "份", 6, 5),
            ShortLine(greens.record_id, "上海青", "份", 31, 30),
        ]
        assert (counters(greens), counters(eggs)) == ((40, 0), (5, 0))
        assert Order.objects.count() == 0

    def test_who_takes_what_is_left_gets_it(self, fill, place, station, fresh, greens, eggs):
        other = factories.bundle(station, {eggs: 2}, "蛋套餐")
        basket = fill((other, 2), (fresh, 3), (eggs, 2))
        with pytest.raises(SoldOut) as refused:
            place(basket)
        assert [(line.title, line.left) for line in refused.value.lines] == [
            ("生鲜套餐（鲜鸡蛋不够）", 1),
            ("鲜鸡蛋", 0),
        ]
        for line in refused.value.lines:
            baskets.set_quantity(basket, line.record_id, line.left)
        place(basket)
        assert counters(eggs) == (5, 5)

    def test_somebody_quicker_is_told_the_same_way(self, fill, place, fresh, eggs, monkeypatch):
        write = ordering.order_rows.write

        def write_while_somebody_orders(*arguments, **options):
            StockRecord.objects.filter(pk=eggs.record_id).update(num_allocated=4)
            return write(*arguments, **options)

        monkeypatch.setattr(ordering.order_rows, "write", write_while_somebody_orders)
        with pytest.raises(SoldOut) as refused:
            place(fill((fresh, 2)))
        assert refused.value.lines == [
            ShortLine(fresh.record_id, "生鲜套餐（鲜鸡蛋不够）", "份", 2, 1)
        ]

    def test_limits_of_parts_count(self, fill, place, fresh, eggs):
        Item.objects.filter(pk=eggs.pk).update(household_limit=2)
        place(fill((fresh, 1)))
        with pytest.raises(SoldOut) as refused:
            place(fill((fresh, 2)))
        assert refused.value.lines == [
            ShortLine(fresh.record_id, "生鲜套餐（鲜鸡蛋限购）", "份", 2, 1, limited=True)
        ]

    @pytest.mark.parametrize("gone", ["part", "bundle", "parts"])
    def test_one_that_is_not_sold_any_more_is_gone(self, fill, place, fresh, eggs, gone):
        basket = fill((fresh, 1))
        if gone == "parts":
            fresh.parts.all().delete()
        else:
            products.set_on_sale(eggs if gone == "part" else fresh, False)
        with pytest.raises(SoldOut) as refused:
            place(basket, seen=None)
        [short] = refused.value.lines
        assert (short.record_id, short.left) == (fresh.record_id, 0)
        assert baskets.short_lines(baskets.lines(basket)) == refused.value.lines

    def test_their_weight_is_that_of_the_parts(self, fill, place, fresh, greens):
        Item.objects.filter(pk=greens.pk).update(weight_g=10_000)
        with pytest.raises(TooHeavy):
            place(fill((fresh, 3)))

    def test_another_recipe_than_the_page_showed_is_asked_about(
        self, fill, place, round, fresh, eggs, staff
    ):
        basket = fill((fresh, 1))
        seen = baskets.digest(baskets.lines(basket), round)
        bundling.change(fresh, "生鲜套餐", {eggs.pk: 1}, by=staff)
        with pytest.raises(BasketChanged):
            place(basket, seen=seen)
        assert place(basket).total_incl_tax == Decimal("24.80")

    def test_what_is_wished_for_a_bundle_is_wished_for_its_parts(self, fill, place, fresh, eggs):
        wishes = {fresh.record_id: Wish.NONE, eggs.record_id: Wish.SIMILAR}
        order = place(fill((fresh, 1)), wishes=wishes)
        said = order.lines.order_by("pk").values_list("title", "terms__wish")
        assert list(said) == [("上海青", Wish.NONE), ("鲜鸡蛋", Wish.SIMILAR)]

    def test_cancelling_frees_the_parts(self, fill, place, fresh, greens, eggs, resident):
        order = place(fill((fresh, 1)))
        ordering.cancel(order, by=resident)
        assert (counters(greens), counters(eggs)) == ((40, 0), (5, 0))
        assert Move.objects.filter(kind="release").count() == 2
        books_agree()

    @pytest.mark.parametrize("count", [1, 6])
    def test_it_costs_one_query_more_however_many(
        self, fill, place, round, home, station, count, django_assert_num_queries
    ):
        made = [
            factories.bundle(station, {factories.item(station, f"货 {n}"): 1 for n in range(3)})
            for _number in range(count)
        ]
        basket = fill(*((item, 1) for item in made))
        round.station_id, home.grid.station_id  # noqa: B018  (loaded before we count)
        with django_assert_num_queries(12):
            place(basket, seen=None)


class TestFunds:
    def test_they_pay_for_the_parts_to_the_fen(
        self, fill, place, station, home, fresh, greens, eggs
    ):
        """0.333 of 3 上海青 together (2 in the bundle, 1 loose), not of each."""
        fund = factories.fund(station, "100.00")
        factories.grant(fund, "0.333", item=greens)
        basket = fill((greens, 1), (fresh, 1))
        lines = baskets.lines(basket)
        assert [line.subsidy for line in lines] == [Decimal("2.13"), Decimal("4.26")]
        order = place(basket)
        assert owed(order) == Decimal("44.00") - Decimal("6.39")
        assert left(fund) == Decimal("93.61")
        books_agree()

    def test_a_fund_that_runs_dry_pays_the_same_as_was_shown(
        self, fill, place, station, home, fresh, greens, eggs
    ):
        fund = factories.fund(station, "11.11")
        factories.grant(fund, "0.5", household=home)
        basket = fill((eggs, 1), (fresh, 1), (greens, 1))
        shown = sum(line.subsidy for line in baskets.lines(basket))
        order = place(basket)
        paid = order.total_incl_tax - owed(order)
        assert (shown, left(fund)) == (paid, Decimal("11.11") - paid)
        assert paid > Decimal("11.10")
        assert subsidies.meant([order.pk])[order.pk, fund.pk] == paid
        books_agree()


class TestChanging:
    @pytest.fixture
    def order(self, fill, place, fresh, greens):
        """2 of 生鲜套餐 and 1 loose 上海青."""
        return place(fill((fresh, 2), (greens, 1)))

    def test_a_bundle_fewer_is_its_parts_fewer(self, order, fresh, greens, eggs, resident):
        changing.change(order, {fresh.record_id: 1}, by=resident)
        assert (counters(greens), counters(eggs)) == ((40, 3), (5, 1))
        assert OrderedBundle.objects.get().units == 1
        changing.change(order, {fresh.record_id: 3}, by=resident)
        assert (counters(greens), counters(eggs)) == ((40, 7), (5, 3))
        assert OrderedBundle.objects.get().units == 3
        books_agree()

    def test_loose_goods_go_first(self, order, greens, eggs, resident):
        changing.change(order, {greens.record_id: 4}, by=resident)
        assert OrderedBundle.objects.get().units == 2
        changing.change(order, {greens.record_id: 3}, by=resident)
        assert OrderedBundle.objects.get().units == 1
        assert (counters(greens), counters(eggs)) == ((40, 3), (5, 2))
        changing.change(order, {eggs.record_id: 0}, by=resident)
        assert not OrderedBundle.objects.exists()
        books_agree()

    def test_a_second_tap_on_none_of_a_bundle_is_the_first(self, order, fresh, greens, resident):
        for _tap in range(2):
            changed = changing.change(order, {fresh.record_id: 0}, by=resident)
        assert (changed.status, counters(greens)) == ("placed", (40, 1))
        assert not OrderedBundle.objects.exists()
        # It is in the order no more, so there is no more of it to be had there.
        with pytest.raises(CannotChange):
            changing.change(order, {fresh.record_id: 1}, by=resident)
        books_agree()

    def test_without_any_it_is_as_if_cancelled(self, order, fresh, greens, resident):
        changed = changing.change(order, {fresh.record_id: 0, greens.record_id: 0}, by=resident)
        assert changed.status == "cancelled"
        assert counters(greens) == (40, 0)
        books_agree()
