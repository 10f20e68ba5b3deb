"""2.3 broken: what things cost, and how prices came about."""

from decimal import Decimal

import pytest
from django.db.models import F
from oscar.core.loading import get_model

from inventory import openings, stock
from inventory.models import Costing, Item, Move, Receipt, ReceiptLine, Station
from shop.models import LineTerms
from tests import factories
from tests.shop.audit.breaking import came, seen, sql, unguard, wrong

OrderLine = get_model("order", "Line")
StockRecord = get_model("partner", "StockRecord")


def hold(item: Item, price: str, units: int = 1):
    """Held for a bare order at a price nobody looked at."""
    promise = stock.Promise(factories.order().pk, item.record_id, units, Decimal(price))
    stock.reserve([promise], at_todays_price=False)
    return promise


def costs_wrong() -> dict[str, int]:
    return {key: value for key, value in wrong().items() if key.startswith("2.3")}


class TestNobodyPaysMore:
    def test_a_fen_above_cost(self):
        item = came(units=5, cost="20.00")  # (10 × 1.00 + 20.00) / 15 = 2.00
        hold(item, "2.00")
        assert costs_wrong() == {}
        hold(item, "2.01")
        assert costs_wrong() == {"2.3 above_cost": 1}

    def test_a_cost_of_the_past_is_no_excuse(self):
        item = came(units=5, cost="20.00")
        came(item, units=15, cost="15.00")  # 1.50 from here on
        hold(item, "2.00")
        assert costs_wrong() == {"2.3 above_cost": 1}

    def test_nor_is_what_comes_tomorrow(self):
        item = came(units=5, cost="5.00")
        hold(item, "1.50")
        came(item, units=14, cost="40.00")
        assert costs_wrong()["2.3 above_cost"] == 1

    def test_what_was_given_up_by_mistake_is_held_again_at_what_was_promised(self):
        item = came(units=5, cost="20.00")
        promise = hold(item, "2.00", units=2)
        came(item, units=15, cost="15.00")
        stock.release([promise])
        stock.reserve([promise], at_todays_price=False)
        assert costs_wrong() == {}

    def test_over_the_counter(self):
        item = came(units=5, cost="20.00")
        StockRecord.objects.filter(pk=item.record_id).update(price="2.01")
        # Out of both lots: the first of its moves says all of the money.
        stock.sell(
            [stock.Promise(factories.order().pk, item.record_id, 12, Decimal("2.01"))],
        )
        StockRecord.objects.filter(pk=item.record_id).update(price="2.00")
        assert costs_wrong() == {"2.3 above_cost": 1}

    def test_goods_whose_cost_nobody_stated(self):
        item = factories.item(Station.objects.get(), in_stock=10, price="1.00")
        hold(item, "1.00")
        unguard("inventory_costing")
        unguard("inventory_move")
        Costing.objects.filter(item=item).delete()
        Move.objects.filter(item=item).update(unit_cost=None)
        assert costs_wrong() == {"2.3 without_cost": 1, "2.3 marked_up": 1}

    def test_settling_that_adds_to_a_price(self):
        item = came(units=5, cost="20.00")
        promise = hold(item, "2.00")
        stock.settle([(promise.order_id, item.record_id, Decimal("-0.30"))])
        assert costs_wrong() == {}
        stock.settle([(promise.order_id, item.record_id, Decimal("0.31"))])
        assert costs_wrong() == {"2.3 settled_up": 1}

    def test_a_pre_ordered_line_above_its_ceiling(self):
        line = OrderLine.objects.filter(terms=None).first()
        LineTerms.objects.create(line=line, preorder=True, final_price=line.unit_price_incl_tax)
        assert costs_wrong() == {}
        LineTerms.objects.filter(line=line).update(final_price=line.unit_price_incl_tax + 1)
        assert costs_wrong() == {"2.3 above_ceiling": 1}


class TestPricesOnTheShelf:
    def test_a_price_above_cost(self):
        record = StockRecord.objects.exclude(item__selling="preorder").first()
        StockRecord.objects.filter(pk=record.pk).update(price=record.price + Decimal("0.01"))
        assert wrong() == {"2.3 marked_up": 1}

    def test_a_ceiling_may_be_above_but_only_as_the_list_said_it(self):
        item = came(units=5, cost="20.00")
        Item.objects.filter(pk=item.pk).update(selling=Item.Selling.PREORDER)
        hold(item, "2.00", units=15)
        openings.restate([openings.Opening(item.record_id, 10, Decimal("2.80"))])
        assert StockRecord.objects.get(pk=item.record_id).price == Decimal("2.80")
        assert costs_wrong() == {}
        StockRecord.objects.filter(pk=item.record_id).update(price="2.81")
        assert costs_wrong() == {"2.3 marked_up": 1}


class TestCostings:
    @pytest.fixture
    def item(self) -> Item:
        """Bought twice: the second costing follows the first."""
        item = came(units=3, cost="10.00")
        hold(item, str(Costing.objects.filter(item=item).latest("pk").price), units=4)
        return came(item, units=7, cost="17.77", extra="1.11")

    @pytest.mark.parametrize(
        ("field", "change"),
        [
            ("units_before", 1),
            ("average_before", Decimal("0.000001")),
            ("units_in", 1),
            ("cost_in", Decimal("0.01")),
            ("average", Decimal("0.000001")),
            ("variance", Decimal("0.01")),
            ("correction", Decimal("0.000001")),
            ("price", Decimal("0.01")),
            ("book_value", Decimal("0.01")),
        ],
    )
    def test_one_that_does_not_follow_from_the_moves(self, item, field, change):
        latest = Costing.objects.filter(item=item).latest("pk")
        assert costs_wrong() == {}
        unguard("inventory_costing")
        Costing.objects.filter(pk=latest.pk).update(**{field: F(field) + change})
        assert costs_wrong()["2.3 costings_off"] == 1

    def test_a_price_off_the_rule_makes_the_next_one_look_no_better(self, item):
        first = Costing.objects.filter(item=item, receipt__isnull=False).earliest("pk")
        unguard("inventory_costing")
        Costing.objects.filter(pk=first.pk).update(average=first.average + 1)
        assert costs_wrong()["2.3 costings_off"] == 2

    def test_a_stated_cost_that_nobody_stated(self):
        stated = Costing.objects.filter(receipt=None).first()
        unguard("inventory_costing")
        Costing.objects.filter(pk=stated.pk).update(price=stated.price + 1)
        assert wrong()["2.3 costings_off"] == 1

    def test_a_list_that_corrects_cost_and_stock_is_clean(self):
        item = factories.item(Station.objects.get(), in_stock=10, price="1.00")
        hold(item, "1.00", units=3)
        for units, cost in ((10, "1.20"), (16, "1.30"), (8, "0.90")):
            openings.restate([openings.Opening(item.record_id, units, Decimal(cost))])
            item.record.refresh_from_db()
            hold(item, cost)
        assert costs_wrong() == {}

    def test_another_loss_rate_was_declared_then(self, item):
        """A dear variance comes back faster where losses are declared; both days are right."""
        station = Station.objects.get()
        Station.objects.filter(pk=station.pk).update(loss_rate="0.0500")
        lot = item.lots.latest("pk")
        stock.waste([stock.Loss(item.record_id, lot.pk, 3, Move.Reason.SPOILED)])
        came(item, units=5, cost="10.00")
        latest = Costing.objects.filter(item=item).latest("pk")
        assert latest.correction == -(latest.average * Decimal("0.05")).quantize(
            Decimal("0.000001")
        )
        assert costs_wrong() == {}
        assert seen("2.3")["other_rates"] == 0
        Station.objects.filter(pk=station.pk).update(loss_rate=0)
        assert costs_wrong() == {}
        assert seen("2.3")["other_rates"] == 1

    def test_a_delivery_that_priced_nothing(self, item):
        unguard("inventory_costing")
        latest = Costing.objects.filter(item=item).latest("pk")
        sql(f"DELETE FROM inventory_costing WHERE id = {latest.pk}")
        assert costs_wrong()["2.3 uncosted"] == 1

    def test_transport_that_nobody_bears(self, item):
        unguard("inventory_receipt")
        receipt = Receipt.objects.latest("pk")
        Receipt.objects.filter(pk=receipt.pk).update(packing="0.01")
        assert costs_wrong() == {"2.3 extras_off": 1}

    def test_a_line_that_bears_more_of_it(self, item):
        unguard("inventory_receiptline")
        line = ReceiptLine.objects.latest("pk")
        ReceiptLine.objects.filter(pk=line.pk).update(extra=F("extra") + Decimal("0.01"))
        assert costs_wrong() == {"2.3 costings_off": 1, "2.3 extras_off": 1}


class TestFigures:
    def test_charged_lost_donated_and_what_is_still_to_be_made_good(self):
        before = seen("2.3")
        item = came(units=5, cost="20.00")  # 15 at 2.00
        hold(item, "1.70", units=2)  # 0.60 under cost
        lot = item.lots.latest("pk")
        stock.waste([stock.Loss(item.record_id, lot.pk, 1, Move.Reason.BROKEN)])
        stock.donate([stock.Loss(item.record_id, lot.pk, 2, Move.Reason.RELIEF)])
        stock.correct({item.record_id: -1})
        after = seen("2.3")
        told = {key: after[key] - before[key] for key in before if key != "costings"}
        assert told == {
            "charged": Decimal("3.40"),
            "lost": Decimal("4.00"),
            "donated": Decimal("4.00"),
            "variance": Decimal("-4.60"),
            "other_rates": 0,
        }
