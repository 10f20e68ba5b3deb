"""2.1–2.2 broken: what is in the building."""

from oscar.core.loading import get_model

from delivery.models import Parcel, ParcelLine
from inventory.models import Item, Lot, Move, ReceiptLine, Station
from tests import factories
from tests.shop.audit.breaking import came, sql, unguard, wrong

StockRecord = get_model("partner", "StockRecord")


class Test1NeverOversold:
    def test_more_held_than_there_is(self):
        record = StockRecord.objects.first()
        StockRecord.objects.filter(pk=record.pk).update(num_allocated=record.num_in_stock + 1)
        assert wrong() == {"2.1 oversold": 1, "2.2 goods_off": 1}

    def test_less_than_nothing_held(self):
        StockRecord.objects.filter(pk=StockRecord.objects.first().pk).update(num_allocated=-1)
        assert wrong() == {"2.1 oversold": 1, "2.2 goods_off": 1}


class Test2TheLedgerIsTheStock:
    def test_a_counter_nobody_explains(self):
        record = StockRecord.objects.first()
        StockRecord.objects.filter(pk=record.pk).update(num_in_stock=record.num_in_stock + 1)
        assert wrong() == {"2.2 goods_off": 1, "2.2 shelves_off": 1}

    def test_goods_that_are_no_item(self):
        station = Station.objects.get()
        item = factories.item(station, in_stock=0)
        item.delete()
        StockRecord.objects.filter(pk=item.record_id).update(price=None, num_in_stock=3)
        assert wrong() == {"2.2 goods_off": 1, "2.2 shelves_off": 1}

    def test_a_lot_nobody_explains(self):
        """Somebody moved a unit from one lot to another: the good's sum is as it was."""
        item = came(units=5, cost="5.00")
        old, new = item.lots.order_by("pk")
        Lot.objects.filter(pk=old.pk).update(units=old.units + 1)
        Lot.objects.filter(pk=new.pk).update(units=new.units - 1)
        assert wrong() == {"2.2 lots_off": 2}

    def test_a_lot_that_was_used_up_behind_the_ledgers_back(self):
        lot = Lot.objects.filter(units__gt=0).first()
        Lot.objects.filter(pk=lot.pk).update(units=0)
        assert wrong() == {"2.2 lots_off": 1, "2.2 shelves_off": 1}

    def test_a_move_out_of_another_goods_lot(self):
        move = Move.objects.filter(kind=Move.Kind.PACK).first()
        other = Lot.objects.exclude(item=move.item).first()
        unguard("inventory_move")
        Move.objects.filter(pk=move.pk).update(lot=other)
        assert wrong() == {"2.2 lots_off": 2, "2.2 foreign_lots": 1, "2.8 missing": 2}

    def test_an_order_that_took_something_else(self):
        move = Move.objects.filter(kind=Move.Kind.RESERVE).first()
        other = Item.objects.exclude(moves__order=move.order).first()
        unguard("inventory_move")
        Move.objects.filter(pk=move.pk).update(item=other)
        found = wrong()
        assert (found["2.2 goods_off"], found["2.2 lines_off"]) == (2, 2)

    def test_a_parcel_on_its_way_whose_goods_never_left(self):
        move = Move.objects.filter(kind=Move.Kind.PACK).first()
        unguard("inventory_move")
        sql(f"DELETE FROM inventory_move WHERE id = {move.pk}")
        assert wrong() == {
            "2.2 goods_off": 1,
            "2.2 lots_off": 1,
            "2.2 lines_off": 1,
            "2.8 missing": 2,
        }

    def test_a_parcel_that_is_said_to_hold_less_than_what_left(self):
        line = ParcelLine.objects.filter(quantity__gt=1, packed_at__isnull=False).first()
        ParcelLine.objects.filter(pk=line.pk).update(quantity=line.quantity - 1)
        assert wrong()["2.2 lines_off"] == 1

    def test_a_parcel_that_left_with_a_line_unpacked(self):
        delivered = ParcelLine.objects.filter(parcel__status=Parcel.Status.DELIVERED, quantity=1)
        ParcelLine.objects.filter(pk=delivered.first().pk).update(packed_at=None)
        assert wrong() == {"2.2 lines_off": 1, "2.2 unpacked": 1}


class TestReceipts:
    def test_what_came_is_clean(self):
        came(units=5, cost="30.00", extra="1.50")
        assert wrong() == {}

    def test_a_receipt_of_more_than_the_ledger_saw(self):
        item = came(units=5, cost="30.00")
        unguard("inventory_receiptline")
        ReceiptLine.objects.filter(item=item).update(units=6)
        found = wrong()
        assert (found["2.2 receipts_off"], found["2.3 costings_off"]) == (1, 1)

    def test_a_receipt_that_cost_more_than_the_ledger_saw(self):
        item = came(units=5, cost="30.00")
        unguard("inventory_receiptline")
        ReceiptLine.objects.filter(item=item).update(cost="30.01")
        found = wrong()
        assert (found["2.2 receipts_off"], found["2.3 costings_off"]) == (1, 1)

    def test_a_delivery_nobody_signed_for(self):
        item = came(units=5, cost="30.00")
        line = ReceiptLine.objects.get(item=item)
        Lot.objects.filter(item=item, receipt_line=None).update(receipt_line=None, units=0)
        sql("DROP INDEX one_opening_lot_per_good")
        Lot.objects.filter(receipt_line=line).update(receipt_line=None)
        # The line lacks its lot, and the move its line.
        assert wrong()["2.2 receipts_off"] == 2
