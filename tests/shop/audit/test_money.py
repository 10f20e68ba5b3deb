"""2.4 broken: money."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone
from oscar.core.loading import get_model

from delivery.models import Handoff, Household, Parcel, ParcelLine
from inventory import stock
from inventory.models import Item, Membership, Station
from shop.models import Adjustment, CounterSale, LineTerms, MoneyMove
from tests import factories
from tests.shop.audit.breaking import seen, unguard, wrong

Order = get_model("order", "Order")
OrderLine = get_model("order", "Line")


def clerk():
    return Membership.objects.filter(role="staff").first().user


class TestOrders:
    def test_a_total_that_is_not_the_sum(self):
        order = Order.objects.filter(status="delivered").first()
        Order.objects.filter(pk=order.pk).update(total_incl_tax=order.total_incl_tax + 1)
        assert wrong() == {"2.4 totals_off": 1, "2.4 charged_off": 1, "2.4 due_off": 1}

    def test_a_line_that_is_not_price_times_quantity(self):
        line = OrderLine.objects.filter(order__status="delivered").first()
        OrderLine.objects.filter(pk=line.pk).update(quantity=line.quantity + 1)
        assert wrong() == {"2.4 lines_off": 1, "2.5 lines_off": 1}

    def test_a_line_above_what_the_ledger_was_told(self):
        """Line, total and due all raised by a fen: only the ledger knows better."""
        line = OrderLine.objects.filter(order__status="delivered", quantity=1).first()
        more = line.unit_price_incl_tax + Decimal("0.01")
        OrderLine.objects.filter(pk=line.pk).update(
            unit_price_incl_tax=more, line_price_incl_tax=more
        )
        order = line.order
        Order.objects.filter(pk=order.pk).update(
            total_incl_tax=order.total_incl_tax + Decimal("0.01")
        )
        due = order.parcel.due + Decimal("0.01")
        Parcel.objects.filter(order=order).update(due=due)
        assert wrong() == {"2.4 charged_off": 1}

    def test_a_parcel_that_asks_for_another_sum(self):
        parcel = Parcel.objects.first()
        Parcel.objects.filter(pk=parcel.pk).update(due=parcel.due + 1)
        assert wrong() == {"2.4 due_off": 1}

    def test_more_cash_than_was_due(self):
        unguard("delivery_handoff")
        handoff = Handoff.objects.exclude(outcome="failed").first()
        Handoff.objects.filter(pk=handoff.pk).update(cash=99_999)
        assert wrong() == {"2.4 cash_above_due": 1, "2.8 missing": 2}


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

    def test_money_given_back_that_nobody_told_the_parcel_nor_the_ledger(self, line):
        self.adjust(line, kind="price", amount="-0.10")
        assert wrong() == {"2.4 charged_off": 1, "2.4 due_off": 1}
        Parcel.objects.filter(order=line.order).update(due=line.order.parcel.due - Decimal("0.10"))
        stock.settle([(line.order_id, line.stockrecord_id, Decimal("-0.10"))])
        assert wrong() == {}

    def test_a_unit_that_did_not_come_and_was_not_given_back(self, line):
        packed = ParcelLine.objects.filter(
            parcel__order=line.order, item__record=line.stockrecord_id
        )
        packed.update(quantity=1)
        assert wrong() == {"2.2 lines_off": 1, "2.4 adjusted_off": 1}
        self.adjust(line, kind="short", units=-1, amount=-line.unit_price_incl_tax)
        assert wrong() == {"2.2 lines_off": 1, "2.4 charged_off": 1, "2.4 due_off": 1}

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
        self.move(sale, "cash", "order", "3.00")
        return sale

    def move(self, sale, source, target, amount):
        return MoneyMove.objects.create(
            station=sale.station,
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
        self.move(sale, "cash", "household", "10.00")
        after = seen("2.4")
        assert after["accounts"] - before["accounts"] == Decimal("10.00")
        assert after["counter"] == before["counter"]

    def test_paid_less_than_it_comes_to(self, sale):
        unguard("shop_moneymove")
        MoneyMove.objects.filter(order=sale.order).update(amount="2.99")
        assert wrong() == {"2.4 sales_off": 1, "2.8 missing": 2}

    def test_paid_twice(self, sale):
        self.move(sale, "cash", "order", "3.00")
        assert wrong() == {"2.4 sales_off": 1}

    def test_less_handed_over_than_paid(self, sale):
        CounterSale.objects.filter(pk=sale.pk).update(tendered="2.99")
        assert wrong() == {"2.4 sales_off": 1}

    def test_an_account_below_zero(self, sale):
        self.move(sale, "cash", "household", "1.00")
        self.move(sale, "household", "cash", "1.00")
        assert wrong() == {}
        self.move(sale, "household", "cash", "0.01")
        assert wrong() == {"2.4 overdrawn": 1}

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
