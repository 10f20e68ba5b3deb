"""Placing and cancelling orders, by the rules' own functions."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from oscar.core.loading import get_model

from delivery import rounds
from delivery.models import Parcel, ParcelLine, Round
from inventory.models import Lot, Move
from shop import baskets, ordering
from shop.errors import (
    BasketChanged,
    BasketEmpty,
    BasketPlaced,
    CannotCancel,
    RoundNotOpen,
    ShortLine,
    SoldOut,
    TooHeavy,
)
from shop.models import Placement
from tests import factories

Order = get_model("order", "Order")
StockRecord = get_model("partner", "StockRecord")


@pytest.fixture
def greens(station):
    return factories.item(station, "上海青 2 斤", price="6.40", in_stock=40, weight_g=1000)


@pytest.fixture
def eggs(station):
    return factories.item(station, "鲜鸡蛋 30 枚", price="24.80", in_stock=5, unit="板")


@pytest.fixture
def open_round(station):
    return factories.round(station, "今日第二波")


@pytest.fixture
def fill(resident, home):
    """Fills the resident's basket: `fill(greens=2)` by item and quantity."""

    def _fill(*wanted, user=resident, household=home):
        basket = baskets.for_door(user, household)
        for item, quantity in wanted:
            baskets.set_quantity(basket, item.record_id, quantity)
        return basket

    return _fill


def place(basket, home, open_round, resident, **options):
    return ordering.place(basket, household=home, round=open_round, by=resident, **options)


def counters(item) -> tuple[int, int]:
    return tuple(
        StockRecord.objects.values_list("num_in_stock", "num_allocated").get(pk=item.record_id)
    )


def test_an_order_holds_its_stock_and_knows_its_door(
    fill, greens, eggs, home, open_round, resident
):
    basket = fill((greens, 2), (eggs, 1))
    order = place(basket, home, open_round, resident, in_person=True, note="请敲三下")
    assert order.total_incl_tax == Decimal("37.60")
    assert order.number.startswith("HM-")
    assert len(order.number) == 11
    assert [
        (line.title, line.quantity, line.line_price_incl_tax, line.unit_price_incl_tax)
        for line in order.lines.order_by("pk")
    ] == [
        ("上海青 2 斤", 2, Decimal("12.80"), Decimal("6.40")),
        ("鲜鸡蛋 30 枚", 1, Decimal("24.80"), Decimal("24.80")),
    ]
    assert counters(greens) == (40, 2)
    assert counters(eggs) == (5, 1)
    placement = Placement.objects.get(order=order)
    assert (placement.household, placement.round, placement.placed_by) == (
        home,
        open_round,
        resident,
    )
    assert (placement.in_person, placement.note) == (True, "请敲三下")
    assert list(
        Move.objects.filter(order=order).values_list("kind", "in_stock_delta", "allocated_delta")
    ) == [("reserve", 0, 2), ("reserve", 0, 1)]


def test_the_same_basket_twice_is_one_order(fill, greens, home, open_round, resident):
    basket = fill((greens, 2))
    first = place(basket, home, open_round, resident)
    again = place(basket, home, open_round, resident)
    assert again.pk == first.pk
    assert Order.objects.count() == 1
    assert counters(greens) == (40, 2)
    assert baskets.for_door(resident, home).pk != basket.pk


def test_all_shortages_are_told_at_once_and_the_basket_stays(
    fill, greens, eggs, home, open_round, resident
):
    basket = fill((greens, 41), (eggs, 7))
    with pytest.raises(SoldOut) as refused:
        place(basket, home, open_round, resident)
    assert refused.value.lines == [
        ShortLine(greens.record_id, "上海青 2 斤", "份", 41, 40),
        ShortLine(eggs.record_id, "鲜鸡蛋 30 枚", "板", 7, 5),
    ]
    assert Order.objects.count() == 0
    assert not Move.objects.exclude(kind="opening").exists()
    assert counters(greens) == (40, 0)
    assert [(line.record_id, line.quantity) for line in baskets.lines(basket)] == [
        (greens.record_id, 41),
        (eggs.record_id, 7),
    ]


def test_the_very_last_pieces_can_be_bought(fill, eggs, home, open_round, resident):
    place(fill((eggs, 5)), home, open_round, resident)
    assert counters(eggs) == (5, 5)


def test_a_household_limit_counts_what_the_door_already_took_this_round(
    fill, station, home, open_round, resident
):
    masks = factories.item(station, "口罩", price="5.00", in_stock=100, household_limit=3)
    first = place(fill((masks, 2)), home, open_round, resident)
    with pytest.raises(SoldOut) as refused:
        place(fill((masks, 2)), home, open_round, resident)
    assert refused.value.lines == [ShortLine(masks.record_id, "口罩", "份", 2, 1, limited=True)]
    place(fill((masks, 1)), home, open_round, resident)
    assert counters(masks) == (100, 3)
    # Cancelling gives the allowance back.
    ordering.cancel(first, by=resident)
    place(fill((masks, 2)), home, open_round, resident)
    assert counters(masks) == (100, 3)


def test_the_limit_is_per_round(fill, station, home, open_round, resident):
    masks = factories.item(station, "口罩", price="5.00", household_limit=1)
    place(fill((masks, 1)), home, open_round, resident)
    later = factories.round(station, "下一波")
    assert place(fill((masks, 1)), home, later, resident).placement.round == later


@pytest.mark.parametrize("status", [Round.Status.PLANNED, Round.Status.CLOSED])
def test_a_round_that_is_not_open_takes_no_order(fill, greens, home, open_round, resident, status):
    Round.objects.filter(pk=open_round.pk).update(status=status)
    basket = fill((greens, 1))
    with pytest.raises(RoundNotOpen, match="这一波已经截单了，请等下一波。"):
        place(basket, home, open_round, resident)
    assert Order.objects.count() == 0
    basket.refresh_from_db()
    assert basket.status == "Open"


def test_the_clock_closes_even_before_the_beat_does(fill, greens, home, open_round, resident):
    now = timezone.now()
    Round.objects.filter(pk=open_round.pk).update(
        closes_at=now - timedelta(seconds=1),
        delivers_from=now + timedelta(hours=1),
        delivers_to=now + timedelta(hours=2),
    )
    with pytest.raises(RoundNotOpen):
        place(fill((greens, 1)), home, open_round, resident)


def test_another_stations_round_is_no_way_in(fill, greens, home, resident, other_station):
    elsewhere = factories.round(other_station)
    with pytest.raises(RoundNotOpen):
        place(fill((greens, 1)), home, elsewhere, resident)


def test_an_empty_basket_is_refused(fill, home, open_round, resident):
    with pytest.raises(BasketEmpty, match="篮子是空的，先挑点东西吧。"):
        place(fill(), home, open_round, resident)


def test_a_price_that_changed_is_shown_before_it_is_paid(fill, greens, home, open_round, resident):
    basket = fill((greens, 1))
    seen = baskets.digest(baskets.lines(basket), open_round)
    StockRecord.objects.filter(pk=greens.record_id).update(price="6.50")
    with pytest.raises(BasketChanged):
        place(basket, home, open_round, resident, seen=seen)
    order = place(
        basket, home, open_round, resident, seen=baskets.digest(baskets.lines(basket), open_round)
    )
    assert order.total_incl_tax == Decimal("6.50")


def test_cancelling_frees_the_stock_once(fill, greens, home, open_round, resident):
    order = place(fill((greens, 3)), home, open_round, resident)
    ordering.cancel(order, by=resident)
    ordering.cancel(order, by=resident)
    assert counters(greens) == (40, 0)
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert list(order.status_changes.values_list("old_status", "new_status")) == [
        ("placed", "cancelled")
    ]
    moves = Move.objects.exclude(kind="opening").order_by("pk")
    assert list(moves.values_list("kind", "allocated_delta")) == [
        ("reserve", 3),
        ("release", -3),
    ]


def test_after_the_cut_off_nothing_is_cancelled(fill, greens, home, open_round, resident):
    order = place(fill((greens, 3)), home, open_round, resident)
    rounds.close(open_round)
    with pytest.raises(CannotCancel):
        ordering.cancel(order, by=resident)
    assert counters(greens) == (40, 3)


def test_closing_makes_one_parcel_per_order_with_its_goods_and_money(
    fill, greens, eggs, home, open_round, resident
):
    kept = place(fill((greens, 2), (eggs, 1)), home, open_round, resident, note="轻放")
    gone = place(fill((greens, 1)), home, open_round, resident)
    ordering.cancel(gone, by=resident)
    rounds.close(open_round)
    parcel = Parcel.objects.get()
    assert (parcel.order_id, parcel.household, parcel.due, parcel.note) == (
        kept.pk,
        home,
        Decimal("37.60"),
        "轻放",
    )
    assert parcel.weight_g == 2 * 1000 + 1 * 500
    assert set(ParcelLine.objects.values_list("item_id", "quantity")) == {
        (greens.pk, 2),
        (eggs.pk, 1),
    }


@pytest.mark.parametrize("lines", [1, 20])
def test_placing_costs_the_same_queries_for_one_line_and_for_twenty(
    fill, station, home, open_round, resident, django_assert_num_queries, lines
):
    basket = fill(*((factories.item(station, f"货 {n}"), 1) for n in range(lines)))
    assert open_round.station_id == home.grid.station_id  # loaded before we count
    # Nine statements and the savepoint of the test around them. PostgreSQL takes locks, but
    # writes lines and prices at once.
    with django_assert_num_queries(11):
        place(basket, home, open_round, resident)


def test_a_basket_is_read_in_one_query(fill, station, django_assert_num_queries):
    basket = fill(*((factories.item(station, f"货 {n}"), 1) for n in range(20)))
    with django_assert_num_queries(1):
        assert len(baskets.lines(basket)) == 20


def test_goods_taken_off_sale_are_told_as_gone(fill, greens, home, open_round, resident):
    basket = fill((greens, 1))
    greens.record.product.is_public = False
    greens.record.product.save()
    with pytest.raises(SoldOut) as refused:
        place(basket, home, open_round, resident)
    assert refused.value.lines == [ShortLine(greens.record_id, "上海青 2 斤", "份", 1, 0)]


def test_a_round_for_other_grids_takes_no_order_from_here(fill, greens, home, station, resident):
    elsewhere = factories.round(station, "只给二网格", grids=[factories.grid(station, "二网格")])
    with pytest.raises(RoundNotOpen):
        place(fill((greens, 1)), home, elsewhere, resident)
    here = factories.round(station, "只给一网格", grids=[home.grid])
    assert place(fill((greens, 1)), home, here, resident).placement.round == here


def test_another_round_than_the_page_showed_is_asked_about_again(
    fill, greens, home, station, open_round, resident
):
    basket = fill((greens, 1))
    seen = baskets.digest(baskets.lines(basket), open_round)
    tomorrow = factories.round(station, "明天")
    with pytest.raises(BasketChanged):
        place(basket, home, tomorrow, resident, seen=seen)


def test_a_basket_that_is_ordered_takes_nothing_more(
    fill, greens, eggs, home, open_round, resident
):
    basket = fill((greens, 1))
    place(basket, home, open_round, resident)
    for quantity in (1, 0):
        with pytest.raises(BasketPlaced, match="刚才那一篮已经下单了"):
            baskets.set_quantity(basket, eggs.record_id, quantity)
    assert [line.title for line in baskets.lines(basket)] == ["上海青 2 斤"]


def test_goods_of_another_station_do_not_go_into_the_basket(fill, other_station):
    with pytest.raises(baskets.StationError, match="这样货现在不卖了。"):
        fill((factories.item(other_station, "别村的菜"), 1))


def test_more_than_one_batch_may_carry_is_refused_in_words(
    fill, station, home, open_round, resident
):
    rice = factories.item(station, "大米", price="50.00", weight_g=10_000, in_stock=50)
    place(fill((rice, 5)), home, open_round, resident)
    with pytest.raises(TooHeavy, match="这一单有 60 公斤，一趟最多送 50 公斤，请分成两单。"):
        place(fill((rice, 6)), home, open_round, resident)
    assert counters(rice) == (50, 5)


def test_a_price_that_changes_at_the_last_moment_is_asked_about_again(
    fill, greens, home, open_round, resident, monkeypatch
):
    write = ordering.order_rows.write

    def write_while_the_cost_changes(*arguments, **options):
        StockRecord.objects.filter(pk=greens.record_id).update(price="9.99")
        return write(*arguments, **options)

    monkeypatch.setattr(ordering.order_rows, "write", write_while_the_cost_changes)
    with pytest.raises(BasketChanged):
        place(fill((greens, 1)), home, open_round, resident)
    assert counters(greens) == (40, 0)


def test_what_is_past_its_date_cannot_be_ordered(fill, greens, home, open_round, resident):
    """40 in the building are expired, one came: one may be had, and the basket says so before."""
    Lot.objects.filter(item=greens).update(expires_on=timezone.localdate() - timedelta(days=1))
    factories.received(greens.record.partner.station, greens, 1, "6.40")
    basket = fill((greens, 2))
    assert [line.left for line in baskets.lines(basket)] == [1]
    with pytest.raises(SoldOut) as refused:
        place(basket, home, open_round, resident)
    assert [(line.wanted, line.left) for line in refused.value.lines] == [(2, 1)]
    assert counters(greens) == (41, 0)
