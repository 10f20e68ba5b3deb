"""How the synthetic village's goods are sold and bought, written down: terms, barcodes, suppliers
with their offers, a delivery that came this morning, and purchases on their way."""

from datetime import timedelta
from decimal import Decimal
from uuid import NAMESPACE_OID, UUID, uuid5

from django.utils import timezone
from oscar.core.loading import get_model

from inventory.models import Item, Purchase, Station, Supplier
from inventory.purchases import purchasing, suppliers
from inventory.purchases.suppliers import Offered
from inventory.receipts import receiving
from shop.demo import buying
from shop.demo.goods import goods
from shop.pricelists import GoodsRow

Product = get_model("catalogue", "Product")

#: What came this morning, by supplier: code -> boxes; a little dearer or cheaper than was said.
CAME = {
    "晨露奶蛋配送（演示）": {"E04": "1.02", "E05": "0.97", "E01": "1.00"},
    "东郊果蔬批发（演示）": {"V05": "1.05", "V10": "0.98", "F02": "1.00"},
}
TRANSPORT = Decimal("12.00")
ON_THE_WAY = ("V01", "V07", "V08")
DRAFTED = ("R01", "R04", "S01", "T01")


class Supplies:
    """Written by `by`, for a village of so many doors."""

    def __init__(self, station: Station, households: int, by) -> None:
        self.station = station
        self.by = by
        self.rows: dict[str, GoodsRow] = {row.sku: row for row in goods(households)}
        items = Item.objects.filter(
            record__partner=station.partner_id, record__partner_sku__in=self.rows
        )
        self.items = {item.record.partner_sku: item for item in items.select_related("record")}

    def write(self) -> None:
        self.rows = {code: row for code, row in self.rows.items() if code in self.items}
        self._say_how_they_are_sold()
        self._give_barcodes()
        self._find_suppliers()
        self._take_in_this_mornings()
        self._ask_for_more()

    def _say_how_they_are_sold(self) -> None:
        for code, item in self.items.items():
            terms = buying.terms(code)
            item.selling = terms.selling
            item.by_weight = terms.by_weight
            item.share_rule = terms.rule
            item.similar = self.items.get(terms.similar)
            stock = self.rows[code].stock or 0
            item.minimum = round(stock * terms.minimum)
        fields = ["selling", "by_weight", "share_rule", "similar", "minimum"]
        Item.objects.bulk_update(self.items.values(), fields)

    def _give_barcodes(self) -> None:
        """A product is all stations'; the code printed on it, too."""
        Product.objects.bulk_update(
            (
                Product(pk=item.record.product_id, upc=buying.barcode(item.record.product_id))
                for item in self.items.values()
            ),
            ["upc"],
        )

    def _find_suppliers(self) -> None:
        self.suppliers = {}
        for plan in buying.SUPPLIERS:
            supplier = suppliers.save(
                Supplier(
                    station=self.station,
                    name=plan.name,
                    contact=plan.contact,
                    phone=plan.phone,
                    cut_off=plan.cut_off,
                    lead_days=plan.lead_days,
                    minimum_order=plan.minimum_order,
                    note=plan.note,
                )
            )
            offered = [
                Offered(
                    self.items[code].pk,
                    pack_units=self._pack(row),
                    pack_price=self._pack(row) * row.cost,
                    code=f"{plan.phone[-2:]}-{code}",
                    preferred=row.category in plan.categories,
                )
                for code, row in self.rows.items()
                if row.category in plan.categories or code in plan.also
            ]
            suppliers.offer(supplier, offered)
            self.suppliers[plan.name] = supplier

    def _pack(self, row: GoodsRow) -> int:
        """What is bought for those who ordered it comes by the piece."""
        if buying.terms(row.sku).preorder:
            return 1
        return buying.pack_units(row.weight_g or 0, row.cost)

    def _nonce(self, number: int) -> UUID:
        return uuid5(NAMESPACE_OID, f"demo/{self.station.pk}/{number}")

    def _take_in_this_mornings(self) -> None:
        today = timezone.localdate()
        for number, (name, came) in enumerate(CAME.items(), start=1):
            lines = []
            for code, dearer in came.items():
                if code not in self.items:
                    continue
                units = self._pack(self.rows[code])
                keeps = buying.terms(code).keeps
                lines.append(
                    receiving.Came(
                        self.items[code].pk,
                        units,
                        (self.rows[code].cost * units * Decimal(dearer)).quantize(Decimal("0.01")),
                        expires_on=today + timedelta(days=keeps) if keeps else None,
                    )
                )
            if lines:
                receiving.receive(
                    self.station,
                    self.suppliers[name],
                    lines,
                    by=self.by,
                    nonce=self._nonce(number),
                    delivery_note=f"YS-{number:04d}",
                    transport=TRANSPORT,
                )

    def _ask_for_more(self) -> None:
        if placed := self._draft("东郊果蔬批发（演示）", ON_THE_WAY, 4, nonce=101):
            purchasing.place(placed, by=self.by)
        self._draft("惠丰粮油（演示）", DRAFTED, 2, nonce=102)

    def _draft(self, name: str, codes, packs: int, *, nonce: int) -> Purchase | None:
        lines = [
            (self.items[code].pk, packs, self._pack(row), self._pack(row) * row.cost)
            for code in codes
            if (row := self.rows.get(code))
        ]
        if not lines:
            return None
        return purchasing.draft(
            self.station, self.suppliers[name], lines, by=self.by, nonce=self._nonce(nonce)
        )
