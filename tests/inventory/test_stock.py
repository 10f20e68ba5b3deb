"""The only writer of stock: what it writes, what it refuses, and that the ledger adds up."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.utils import timezone

from inventory import append_only, openings, stock
from inventory.errors import Short, Shortage, StockRefused
from inventory.models import Item, Lot, Move, Supplier
from inventory.receipts import receiving
from tests import factories


@pytest.fixture
def record(station):
    return factories.item(station, "土豆", price="1.00", in_stock=0).record


@pytest.fixture
def other(station):
    return factories.item(station, "番茄", price="1.00", in_stock=0).record


@pytest.fixture
def order(db):
    return factories.order()


def counters(record) -> tuple[int, int]:
    record.refresh_from_db()
    return record.num_in_stock, record.num_allocated


def ledger(record) -> tuple[int, int]:
    sums = Move.objects.filter(item__record=record).aggregate(
        Sum("in_stock_delta"), Sum("allocated_delta")
    )
    return sums["in_stock_delta__sum"] or 0, sums["allocated_delta__sum"] or 0


def opening(record, units, cost="2.30"):
    return openings.Opening(record.pk, units, Decimal(cost))


def promises(order, units, price="2.30"):
    return [stock.Promise(order.pk, pk, count, Decimal(price)) for pk, count in units.items()]


def test_a_list_states_stock_and_cost_and_the_price_is_the_cost(record, staff):
    assert openings.restate([opening(record, 10)], by=staff) == 1
    assert counters(record) == ledger(record) == (10, 0)
    assert record.price == Decimal("2.30")
    move = Move.objects.get()
    assert (move.kind, move.unit_cost, move.by) == ("opening", Decimal("2.30"), staff)


def test_the_same_list_again_changes_nothing_whatever_was_sold(record, order):
    openings.restate([opening(record, 10)])
    stock.reserve(promises(order, {record.pk: 4}))
    stock.pack([(order.pk, record.pk, 4)])
    assert openings.restate([opening(record, 10)]) == 0
    assert counters(record) == ledger(record) == (6, 0)


def test_a_corrected_list_moves_by_the_difference(record, other):
    openings.restate([opening(record, 10), opening(other, 5)])
    assert openings.restate([opening(record, 12), opening(other, 5)]) == 1
    assert counters(record) == (12, 0)
    assert counters(other) == (5, 0)


def test_a_new_cost_is_a_move_too(record):
    openings.restate([opening(record, 10)])
    assert openings.restate([opening(record, 10, "2.50")]) == 1
    assert counters(record) == (10, 0)
    assert record.price == Decimal("2.50")
    assert list(Move.objects.values_list("kind", "unit_cost").order_by("pk")) == [
        ("opening", Decimal("2.30")),
        ("cost", Decimal("2.50")),
    ]


def test_a_list_cannot_take_away_what_orders_hold(record, order):
    openings.restate([opening(record, 10)])
    stock.reserve(promises(order, {record.pk: 8}))
    with pytest.raises(StockRefused, match="库存对不上"), transaction.atomic():
        openings.restate([opening(record, 7)])
    assert counters(record) == ledger(record) == (10, 8)
    assert openings.restate([opening(record, 8)]) == 1
    assert counters(record) == (8, 8)


def test_reserving_takes_all_or_nothing_and_tells_every_shortage(record, other, order):
    openings.restate([opening(record, 3), opening(other, 1)])
    with pytest.raises(Shortage) as refused, transaction.atomic():
        stock.reserve(promises(order, {record.pk: 4, other.pk: 2}))
    assert refused.value.short == [Short(record.pk, 4, 3), Short(other.pk, 2, 1)]
    assert counters(record) == ledger(record) == (3, 0)
    with pytest.raises(Shortage) as refused, transaction.atomic():
        stock.reserve(promises(order, {record.pk: 3, other.pk: 2}))
    assert refused.value.short == [Short(other.pk, 2, 1)]
    assert counters(record) == (3, 0)
    stock.reserve(promises(order, {record.pk: 3, other.pk: 1}))
    assert counters(record) == ledger(record) == (3, 3)


def test_release_gives_back_and_never_more_than_was_held(record, order):
    openings.restate([opening(record, 3)])
    stock.reserve(promises(order, {record.pk: 3}))
    stock.release(promises(order, {record.pk: 3}))
    assert counters(record) == ledger(record) == (3, 0)
    with pytest.raises(StockRefused), transaction.atomic():
        stock.release(promises(order, {record.pk: 1}))
    assert counters(record) == ledger(record) == (3, 0)


def test_packing_adds_up_the_lines_of_many_orders(record, other, order):
    second = factories.order()
    openings.restate([opening(record, 9), opening(other, 4)])
    stock.reserve(promises(order, {record.pk: 2, other.pk: 1}))
    stock.reserve(promises(second, {record.pk: 3}))
    stock.pack([(order.pk, record.pk, 2), (order.pk, other.pk, 1), (second.pk, record.pk, 3)])
    assert counters(record) == ledger(record) == (4, 0)
    assert counters(other) == ledger(other) == (3, 0)
    assert Move.objects.filter(kind="pack", order=second).get().in_stock_delta == -3


def test_packing_what_was_not_held_is_refused(record, order):
    openings.restate([opening(record, 9)])
    with pytest.raises(StockRefused), transaction.atomic():
        stock.pack([(order.pk, record.pk, 1)])
    assert counters(record) == ledger(record) == (9, 0)


def test_goods_without_an_item_are_refused_in_words(record, order):
    Item.objects.filter(record=record).delete()
    type(record).objects.filter(pk=record.pk).update(num_in_stock=5, price="2.30")
    with pytest.raises(StockRefused, match="有的货没有登记成货品"), transaction.atomic():
        stock.reserve(promises(order, {record.pk: 1}))


@pytest.mark.parametrize("goods", [1, 20])
def test_a_move_costs_the_same_queries_for_one_good_and_for_twenty(
    station, order, goods, django_assert_num_queries
):
    records = [factories.item(station, in_stock=0).record for _ in range(goods)]
    openings.restate([opening(record, 5) for record in records])
    with django_assert_num_queries(2):
        stock.reserve(promises(order, {record.pk: 1 for record in records}))


def test_oscars_own_hands_are_off(record):
    for verb in ("allocate", "consume_allocation", "cancel_allocation"):
        with pytest.raises(TypeError, match=r"inventory\.stock"):
            getattr(record, verb)(1)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE inventory_move SET in_stock_delta = 99",
        "DELETE FROM inventory_move",
        # SQLite's way of deleting without saying so.
        "REPLACE INTO inventory_move SELECT * FROM inventory_move",
    ],
)
def test_the_database_refuses_to_change_the_ledger(record, statement):
    openings.restate([opening(record, 3)])
    if statement.startswith("REPLACE") and connection.vendor == "postgresql":
        statement = "UPDATE inventory_move SET at = at"  # PostgreSQL has no REPLACE
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert ledger(record) == (3, 0)


def test_a_missing_trigger_is_noticed(db):
    assert append_only.missing_triggers() == []
    table = apps.get_model("delivery", "Handoff")._meta.db_table
    on = f" ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {table}_no_delete{on}")
    assert append_only.missing_triggers() == [f"{table}_no_delete"]


# --- what a caller may have got wrong ------------------------------------------------------------
def lots(record) -> list[int]:
    return list(
        Lot.objects.filter(item__record=record).order_by("pk").values_list("units", flat=True)
    )


def test_a_lot_of_another_good_cannot_be_lost_in_its_place(record, other):
    openings.restate([opening(record, 5), opening(other, 5)])
    strange = Lot.objects.get(item__record=other)
    for verb in (stock.waste, stock.donate):
        with pytest.raises(StockRefused, match="这一批"), transaction.atomic():
            verb([stock.Loss(record.pk, strange.pk, 1, Move.Reason.BROKEN)])
    assert (lots(record), lots(other), counters(record)) == ([5], [5], (5, 0))


@pytest.mark.parametrize("units", [0, -3])
def test_losing_less_than_one_is_refused(record, units):
    openings.restate([opening(record, 5)])
    with pytest.raises(StockRefused, match="至少"):
        stock.waste([stock.Loss(record.pk, Lot.objects.get().pk, units, Move.Reason.BROKEN)])
    assert (lots(record), counters(record)) == ([5], (5, 0))


def test_the_same_goods_named_twice_do_not_come_back_twice(record, order):
    openings.restate([opening(record, 5)])
    [sold] = promises(order, {record.pk: 3})
    stock.sell([sold])
    with pytest.raises(StockRefused, match="没有拿走这么多"), transaction.atomic():
        stock.put_back([sold, sold])
    assert counters(record) == ledger(record) == (2, 0)
    stock.put_back([sold])
    assert (lots(record), counters(record)) == ([5], (5, 0))


def test_the_counter_does_not_sell_the_fresh_goods_that_orders_wait_for(station, record, order):
    """Ten that are past their date and ten that are not, of which an order holds ten."""
    openings.restate([opening(record, 10)])
    Lot.objects.update(expires_on=timezone.localdate() - timedelta(days=1))
    supplier = Supplier.objects.create(station=station, name="农场")
    receiving.receive(
        station,
        supplier,
        [receiving.Came(record.item.pk, 10, Decimal("23.00"))],
        by=factories.user(),
        nonce=uuid4(),
    )
    stock.reserve(promises(order, {record.pk: 10}))
    second = factories.order()
    with pytest.raises(StockRefused, match="没过期的"), transaction.atomic():
        stock.sell(promises(second, {record.pk: 1}))
    stock.pack([(order.pk, record.pk, 10)])
    assert (lots(record), counters(record)) == ([10, 0], (10, 0))
