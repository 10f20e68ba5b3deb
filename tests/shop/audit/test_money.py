"""2.4 broken: money."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from oscar.core.loading import get_model

from delivery.models import Household, Parcel, ParcelLine
from inventory import stock
from inventory.models import Item, Membership, Station
from shop.models import Adjustment, Claim, CounterSale, LineTerms, MoneyMove
from shop.money import ledger, orders
from tests import factories
from tests.shop.audit.breaking import seen, sql, unguard, wrong

Order = get_model("order", "Order")
OrderLine = get_model("order", "Line")


def clerk():
    return Membership.objects.filter(role="staff").first().user


class TestOrders:
    def test_a_total_that_is_not_the_sum(self):
        order = Order.objects.filter(status="delivered").first()
        Order.objects.filter(pk=order.pk).update(total_incl_tax=order.total_incl_tax + 1)
        assert wrong() == {"2.4 totals_off": 1, "2.4 charged_off": 1, "2.4 ledger_off": 1}

    def test_a_line_that_is_not_price_times_quantity(self):
        line = OrderLine.objects.filter(order__status="delivered").first()
        OrderLine.objects.filter(pk=line.pk).update(quantity=line.quantity + 1)
        assert wrong() == {"2.4 lines_off": 1, "2.5 lines_off": 1}

    def test_a_line_above_what_the_books_were_told(self):
        """Line and total both raised by a fen: only the books of goods and money know better."""
        line = OrderLine.objects.filter(order__status="delivered", quantity=1).first()
        more = line.unit_price_incl_tax + Decimal("0.01")
        OrderLine.objects.filter(pk=line.pk).update(
            unit_price_incl_tax=more, line_price_incl_tax=more
        )
        total = line.order.total_incl_tax + Decimal("0.01")
        Order.objects.filter(pk=line.order_id).update(total_incl_tax=total)
        assert wrong() == {"2.4 charged_off": 1, "2.4 ledger_off": 1}

    def test_a_parcel_that_asks_for_another_sum(self):
        parcel = Parcel.objects.first()
        Parcel.objects.filter(pk=parcel.pk).update(due=parcel.due + 1)
        assert wrong() == {"2.4 due_off": 1}

    def test_a_charge_that_vanished(self):
        unguard("shop_moneymove")
        parcel = Parcel.objects.filter(status="delivered", order__adjustments=None).first()
        sql(f"DELETE FROM shop_moneymove WHERE order_id = {parcel.order_id} AND kind = 'charge'")
        found = wrong()
        assert found.pop("2.4 overpaid", 1) == 1  # if it was paid at the door
        assert found == {"2.4 ledger_off": 1, "2.4 due_off": 1, "2.8 missing": 2}

    def test_paid_twice_and_not_given_back(self):
        """Nobody goes to the door for it, so nothing else is off."""
        order = factories.owing(Household.objects.first(), "5.00")
        for number in (1, 2):
            sql(
                "INSERT INTO shop_moneymove (station_id, kind, source, target, amount,"
                " household_id, order_id, note, at) SELECT station_id, 'payment', 'cash', 'order',"
                f" amount, household_id, order_id, '', at FROM shop_moneymove"
                f" WHERE order_id = {order.pk} AND kind = 'charge'"
            )
            found = wrong()
            assert found.get("2.4 overpaid") == (None if number == 1 else 1)

    def test_an_order_that_came_back_and_still_costs(self):
        order = Order.objects.filter(status="delivered", adjustments=None).first()
        Order.objects.filter(pk=order.pk).update(status="returned")
        assert wrong() == {"2.4 returned_off": 1, "2.7 orders_off": 1}
        door = order.placement.household
        less = orders.adjustment(order.pk, door.grid.station_id, door.pk, -order.total_incl_tax)
        with transaction.atomic():
            ledger.post([less], by=clerk())
        assert "2.4 returned_off" not in wrong()


class TestAdjustments:
    @pytest.fixture
    def line(self):
        """An order line that came in full, of a good of its own."""
        return (
            OrderLine.objects.filter(adjustments=None, quantity=2, order__status="delivered")
            .exclude(terms__preorder=True)
            .exclude(order__parcel__stops__handoffs__cash__gt=0)
            .first()
        )

    def adjust(self, line, **fields):
        return Adjustment.objects.create(
            order=line.order, line=line, by=clerk(), at=timezone.now(), **fields
        )

    def test_money_given_back_that_no_book_was_told_of(self, line):
        self.adjust(line, kind="price", amount="-0.10")
        assert wrong() == {"2.4 charged_off": 1, "2.4 ledger_off": 1}
        self.book(line, "0.10")
        assert wrong() == {"2.4 charged_off": 1}
        stock.settle([(line.order_id, line.stockrecord_id, Decimal("-0.10"))])
        assert wrong() == {}

    def test_a_unit_that_did_not_come_and_was_not_given_back(self, line):
        packed = ParcelLine.objects.filter(
            parcel__order=line.order, item__record=line.stockrecord_id
        )
        packed.update(quantity=1)
        assert wrong() == {"2.2 lines_off": 1, "2.4 adjusted_off": 1}
        self.adjust(line, kind="short", units=-1, amount=-line.unit_price_incl_tax)
        assert wrong() == {"2.2 lines_off": 1, "2.4 charged_off": 1, "2.4 ledger_off": 1}

    def test_given_back_more_than_it_cost(self, line):
        price = line.line_price_incl_tax
        self.adjust(line, kind="price", amount=-price)
        self.book(line, price)
        stock.settle([(line.order_id, line.stockrecord_id, -price)])
        assert wrong() == {}
        self.adjust(line, kind="price", amount="-0.01")
        assert wrong()["2.4 below_nothing"] == 1

    def test_a_claim_that_was_answered_and_not_paid(self, line):
        claim = Claim.objects.create(
            line=line, kind="damaged", units=1, by=clerk(), at=timezone.now(), nonce=uuid4()
        )
        assert wrong() == {}
        Claim.objects.filter(pk=claim.pk).update(
            status="accepted", amount="0.30", answered_by=clerk(), answered_at=timezone.now()
        )
        assert wrong() == {"2.4 claims_off": 1}
        self.adjust(line, kind="claim", amount="-0.30")
        self.book(line, "0.30")
        stock.settle([(line.order_id, line.stockrecord_id, Decimal("-0.30"))])
        assert wrong() == {}
        self.adjust(line, kind="claim", amount="-0.01")
        assert wrong()["2.4 claims_off"] == 1

    def test_something_instead_that_nobody_put_on_the_bill(self, line):
        parcel = line.order.parcel
        asked = parcel.lines.get(item__record=line.stockrecord_id)
        other = Item.objects.exclude(record__in=line.order.lines.values("stockrecord")).first()
        came = ParcelLine.objects.create(
            parcel=parcel,
            item=other,
            asked=0,
            quantity=1,
            instead_of=asked,
            packed_at=timezone.now(),
        )
        assert came.pk
        assert wrong() == {"2.2 lines_off": 1, "2.4 adjusted_off": 1}

    def book(self, line, amount) -> None:
        """In the book, less is charged for it."""
        of = line.order.pk, line.order.placement.household.grid.station_id
        less = orders.adjustment(*of, line.order.placement.household_id, -Decimal(amount))
        with transaction.atomic():
            ledger.post([less], by=clerk())

    def test_pre_ordered_goods_are_charged_when_they_are_shared_out(self, line):
        """Awaited: the order says a ceiling, the ledger nothing yet."""
        LineTerms.objects.create(line=line, preorder=True)
        assert wrong() == {"2.4 charged_off": 1}


class TestCounter:
    @pytest.fixture
    def sale(self) -> CounterSale:
        """Sold and paid in cash: 1 at 3.00."""
        station = Station.objects.get()
        item = factories.item(station, price="3.00")
        order = factories.order(total="3.00")
        Order.objects.filter(pk=order.pk).update(status="taken", shipping_incl_tax=0)
        OrderLine.objects.create(
            order=order,
            stockrecord=item.record,
            product=item.record.product,
            title="青菜",
            num_allocated=0,
            quantity=1,
            unit_price_incl_tax=Decimal("3.00"),
            line_price_incl_tax=Decimal("3.00"),
            line_price_excl_tax=Decimal("3.00"),
            line_price_before_discounts_incl_tax=Decimal("3.00"),
            line_price_before_discounts_excl_tax=Decimal("3.00"),
        )
        stock.sell([stock.Promise(order.pk, item.record_id, 1, Decimal("3.00"))], by=clerk())
        sale = CounterSale.objects.create(
            order=order,
            station=station,
            household=Household.objects.first(),
            way="cash",
            tendered=Decimal("5.00"),
            nonce=uuid4(),
            by=clerk(),
            at=timezone.now(),
        )
        self.move(sale, "charge", "order", "sales", "3.00")
        self.move(sale, "payment", "cash", "order", "3.00")
        return sale

    def move(self, sale, kind, source, target, amount):
        return MoneyMove.objects.create(
            station=sale.station,
            kind=kind,
            source=source,
            target=target,
            amount=amount,
            household=sale.household,
            order=sale.order if "order" in (source, target) else None,
            by=sale.by,
            at=sale.at,
        )

    def test_is_clean(self, sale):
        before = seen("2.4")
        assert wrong() == {}
        self.move(sale, "deposit", "cash", "household", "10.00")
        after = seen("2.4")
        assert after["household"] - before["household"] == Decimal("10.00")
        assert after["cash"] - before["cash"] == Decimal("10.00")
        assert after["owed"] == before["owed"]

    def test_paid_less_than_it_comes_to(self, sale):
        unguard("shop_moneymove")
        MoneyMove.objects.filter(order=sale.order, kind="payment").update(amount="2.99")
        assert wrong() == {"2.4 sales_off": 1, "2.8 missing": 2}

    def test_paid_twice(self, sale):
        self.move(sale, "payment", "cash", "order", "3.00")
        assert wrong() == {"2.4 sales_off": 1, "2.4 overpaid": 1}

    def test_less_handed_over_than_paid(self, sale):
        CounterSale.objects.filter(pk=sale.pk).update(tendered="2.99")
        assert wrong() == {"2.4 sales_off": 1}

    def test_goods_that_stayed_on_the_shelf(self, sale):
        OrderLine.objects.filter(order=sale.order).update(quantity=2, unit_price_incl_tax="1.50")
        assert wrong() == {"2.2 lines_off": 1}

    def test_an_order_that_says_it_was_taken_and_was_not(self, sale):
        Order.objects.filter(pk=sale.pk).update(status="placed")
        assert wrong() == {"2.5 taken_off": 1}
        Order.objects.filter(pk=sale.pk).update(status="taken")
        other = Order.objects.filter(status="delivered").first()
        Order.objects.filter(pk=other.pk).update(status="taken")
        assert wrong() == {"2.5 taken_off": 1, "2.7 orders_off": 1}
