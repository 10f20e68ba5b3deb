"""What can happen to goods: a list of them is applied, as often as it is corrected.

A good is four rows: Oscar's product (what the page shows), its stock record (counters, price),
our item (unit, weight, cold chain, shelf, limit) and its category. Stock and price are changed
by `inventory.stock` alone, and the price is the cost (DESIGN §2.3). Once a good was bought, both
come from receipts, and a list says at most the next ceiling of a pre-ordered one.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from oscar.core.loading import get_model
from oscar.core.utils import slugify

from inventory import openings, pricing
from inventory.errors import StationError, StockRefused
from inventory.importing import Change, Report
from inventory.models import Item, Move, Station
from inventory.sheets import BadCell
from inventory.words import listed
from shop import demand
from shop.pricelists import GoodsRow, PriceList

Category = get_model("catalogue", "Category")
Product = get_model("catalogue", "Product")
ProductCategory = get_model("catalogue", "ProductCategory")
ProductClass = get_model("catalogue", "ProductClass")
StockRecord = get_model("partner", "StockRecord")

log = logging.getLogger(__name__)

#: Rows per statement: below what either database takes as parameters of one.
CHUNK = 500
PRODUCT_CLASS = "货品"
STILL_AWAITED = _lazy("还有住户订了这样货在等分货，分完再改怎么卖。")
#: For new goods whose list names no category: a shelf nobody can open would hide them.
OTHER = "其他"
NAMES_SHOWN = 20


def apply(station: Station, price_list: PriceList, by=None, dry_run: bool = False) -> Report:
    """Make the station's goods what the list says, and report that with the list's bad cells."""
    report = Report.of(price_list)
    done = upsert(station, price_list.goods, by, dry_run)
    report.changes, report.unchanged, report.made = done.changes, done.unchanged, done.made
    report.bad = sorted([*report.bad, *done.bad], key=lambda cell: cell.row)
    report.notes += done.notes
    return report


def set_on_sale(item: Item, on_sale: bool, by=None) -> bool:
    """Takes a good off sale, or puts it back; whether that changed anything."""
    changed = Product.objects.filter(stockrecords=item.record_id, is_public=not on_sale).update(
        is_public=on_sale
    )
    if changed:
        log.info("item %s on sale: %s, by user %s", item.pk, on_sale, getattr(by, "pk", None))
    return bool(changed)


def change(item: Item, station: Station, selling: str, save: Callable[[], Any], by=None) -> None:
    """Saves what staff say of a good (`save`), and what follows from how it is sold now.

    Raises `StationError` if it is to be sold otherwise while households wait for it.
    """
    with transaction.atomic():
        before = Item.objects.values_list("selling", flat=True).get(pk=item.pk)
        if selling != before and item.pk in demand.waiting(station):
            raise StationError(STILL_AWAITED)
        save()
        if selling != before:
            log.info("item %s is sold %s, by user %s", item.pk, selling, getattr(by, "pk", None))
            pricing.back_to_cost([item.record_id])


def upsert(station: Station, rows: Sequence[GoodsRow], by=None, dry_run: bool = False) -> Report:
    """Create or update goods in bulk; goods the rows do not name stay as they are.

    Goods are found by their code at this station, without a code by name and unit. Only what
    differs is written, so the same rows again write nothing. A stock figure below what orders
    hold is a bad cell, as are stock and cost of goods that were bought, and the rest of the row is
    applied. The number of queries does not grow
    with the number of rows, save for the chunks and a few per new category.
    """
    with transaction.atomic():
        goods_class = the_class()
        plan = _Plan(station)
        for row in rows:
            plan.add(row)
        plan.report.notes += _off_sale(plan.off_sale)
        if not dry_run:
            plan.write(goods_class, by)
            log.info(
                "goods applied to station %s by user %s: %d new, %d changed, %d unchanged",
                *(station.pk, getattr(by, "pk", None)),
                *(plan.report.new, plan.report.changed, plan.report.unchanged),
            )
    return plan.report


def the_class():
    """The one class of all goods, locked: two imports at once would make a category twice."""
    ProductClass.objects.get_or_create(
        name=PRODUCT_CLASS, defaults={"track_stock": True, "requires_shipping": True}
    )
    return ProductClass.objects.select_for_update().get(name=PRODUCT_CLASS)


def sku(row: GoodsRow) -> str:
    """The code of a good; one without a code goes by what tells it apart in its list."""
    return row.sku or _codeless(row)


def _codeless(row: GoodsRow) -> str:
    return f"{row.name}/{row.unit}" if row.unit else row.name


class _Plan:
    """What has to be written, collected good by good."""

    def __init__(self, station: Station) -> None:
        self.report = Report()
        self.partner_id = station.partner_id
        records = StockRecord.objects.filter(partner=self.partner_id)
        self.records = {
            record.partner_sku: record
            for record in records.exclude(item__selling=Item.Selling.BUNDLE).select_related(
                "product", "item"
            )
        }
        self.bundles = set(
            records.filter(item__selling=Item.Selling.BUNDLE).values_list("partner_sku", flat=True)
        )
        self.stated = dict(
            Move.objects.filter(kind=Move.Kind.OPENING, item__record__partner=self.partner_id)
            .values_list("item__record_id")
            .annotate(units=Sum("in_stock_delta"))
        )
        self.waiting = demand.waiting(station)
        self.resold: list[int] = []
        self.bought = openings.goods_bought([record.pk for record in self.records.values()])
        self.categories = {
            category.name: category for category in Category.objects.order_by("-depth", "-path")
        }
        self.shelved: dict[int, set[str]] = defaultdict(set)
        for product_id, name in ProductCategory.objects.filter(
            product__stockrecords__partner=self.partner_id
        ).values_list("product_id", "category__name"):
            self.shelved[product_id].add(name)
        self.new: list[tuple[GoodsRow, Any, Any, Item]] = []
        self.products: list[Any] = []
        self.codes: list[Any] = []
        self.items: list[Item] = []
        self.moved: list[tuple[Any, str]] = []
        self.openings: list[tuple[Any, int, Decimal]] = []
        self.off_sale: list[str] = []

    def add(self, row: GoodsRow) -> None:
        if sku(row) in self.bundles:
            reason = _("这是套餐的编码，套餐只在“套餐”那一页改")
            cell = "sku" if row.sku else "name"
            self.report.bad.append(_bad(row, cell, _("编码"), sku(row), reason))
            return
        # Each record once: a good with a code and one of its name without are two goods.
        known = sku(row) if sku(row) in self.records else _codeless(row)
        record = self.records.pop(known, None)
        if record is None:
            self._add_new(row)
            return
        if not record.product.is_public:
            self.off_sale.append(row.name)
        fields = self._update(record, row)
        stated, counts = self._opening(record, row)
        if fields := fields + stated:
            self.report.changes.append(Change(row.row, row.key, tuple(fields), counts))
        else:
            self.report.unchanged += 1

    def _add_new(self, row: GoodsRow) -> None:
        product = Product(title=row.name, slug=slug_of(row.name))
        record = StockRecord(
            partner_id=self.partner_id, partner_sku=sku(row), num_in_stock=0, num_allocated=0
        )
        item = Item()
        _set(item, _item_fields(row, item, everything=True))
        self.new.append((row, product, record, item))
        self.moved.append((product, self._category(row.category or OTHER)))
        self.openings.append((record, row.stock or 0, row.cost))
        self.report.changes.append(Change(row.row, row.key))

    def _update(self, record, row: GoodsRow) -> list[str]:
        fields: list[str] = []
        if record.product.title != row.name:
            record.product.title, record.product.slug = row.name, slug_of(row.name)
            record.product.date_updated = timezone.now()
            self.products.append(record.product)
            fields.append("name")
        if row.category and row.category not in self.shelved[record.product_id]:
            self.moved.append((record.product, self._category(row.category)))
            fields.append("category")
        if record.partner_sku != sku(row):
            record.partner_sku = sku(row)
            self.codes.append(record)
            fields.append("sku")
        # A good made in Oscar's dashboard has no item yet.
        item = getattr(record, "item", None) or Item(record=record)
        selling = item.selling
        differing = _set(item, _item_fields(row, item, everything=item.pk is None))
        if item.pk and "selling" in differing:
            differing = self._resell(item, row, selling, differing)
        if differing or item.pk is None:
            self.items.append(item)
            fields += differing or ["unit"]
        return fields

    def _resell(self, item: Item, row: GoodsRow, before: str, fields: list[str]) -> list[str]:
        """Sold otherwise from now on, unless households wait for what they pre-ordered."""
        if item.pk not in self.waiting:
            self.resold.append(item.record_id)
            return fields
        item.selling = before
        cell = row.cells["selling"]
        said = str(row.selling), str(STILL_AWAITED)
        self.report.bad.append(BadCell(cell, row.row, _("怎么卖"), *said))
        return [field for field in fields if field != "selling"]

    def _opening(self, record, row: GoodsRow) -> tuple[list[str], dict[str, tuple[int, int]]]:
        """Stock and cost, if the row states them otherwise than the rows before it; and what is
        in the building before and after, for lists count what came in and not what is left."""
        before = self.stated.get(record.pk)
        stated = (before or 0) if row.stock is None else row.stock
        if record.pk in self.bought:
            return self._ceiling(record, row, stated, before or 0), {}
        held, there = record.num_allocated or 0, record.num_in_stock or 0
        delta = stated - (before or 0)
        if there + delta < held:
            self.report.bad.append(_too_few(row, held, sold=(before or 0) - there))
            stated, delta = before or 0, 0
        fields = ["stock"] if delta or before is None else []
        if record.price != row.cost:
            fields.append("cost")
        if fields:
            self.openings.append((record, stated, row.cost))
        return fields, {"stock": (there, there + delta)}

    def _ceiling(self, record, row: GoodsRow, stated: int, before: int) -> list[str]:
        """What a list may still say of a good that was bought."""
        if stated != before:
            reason = _("这样货已经按进货单记库存，数不对请盘点。库存没有改")
            self.report.bad.append(_bad(row, "stock", _("库存"), row.stock, reason))
        try:
            if not self.bought[record.pk].is_new_ceiling(row.cost):
                return []
        except StockRefused as error:
            self.report.bad.append(_bad(row, "cost", _("进价"), row.cost, str(error)))
            return []
        self.openings.append((record, before, row.cost))
        return ["cost"]

    def _category(self, name: str) -> str:
        if name not in self.categories and name not in self.report.made:
            self.report.made.append(name)
        return name

    def write(self, goods_class, by) -> None:
        for name in self.report.made:
            self.categories[name] = Category.objects.add_root({"name": name})
        # Codes first: a new good may take the one another good just gave up.
        StockRecord.objects.bulk_update(self.codes, ["partner_sku"], batch_size=CHUNK)
        self._create(goods_class)
        Product.objects.bulk_update(
            self.products, ["title", "slug", "date_updated"], batch_size=CHUNK
        )
        Item.objects.bulk_create([i for i in self.items if i.pk is None], batch_size=CHUNK)
        Item.objects.bulk_update(
            [item for item in self.items if item.pk], list(_ITEM_FIELDS.values()), batch_size=CHUNK
        )
        old = {product.pk for product, _name in self.moved} & self.shelved.keys()
        ProductCategory.objects.filter(product__in=old).delete()
        ProductCategory.objects.bulk_create(
            (
                ProductCategory(product=product, category=self.categories[name])
                for product, name in self.moved
            ),
            batch_size=CHUNK,
        )
        openings.restate(
            [openings.Opening(record.pk, units, cost) for record, units, cost in self.openings],
            by=by,
        )
        pricing.back_to_cost(self.resold)

    def _create(self, goods_class) -> None:
        for _row, product, _record, _item in self.new:
            product.product_class = goods_class
        Product.objects.bulk_create([new[1] for new in self.new], batch_size=CHUNK)
        for _row, product, record, _item in self.new:
            record.product = product
        StockRecord.objects.bulk_create([new[2] for new in self.new], batch_size=CHUNK)
        for _row, _product, record, item in self.new:
            item.record = record
        Item.objects.bulk_create([new[3] for new in self.new], batch_size=CHUNK)


#: Row field -> field of the item. A blank weight is never taken for "weighs nothing".
_ITEM_FIELDS = {
    "unit": "unit",
    "weight_g": "weight_g",
    "cold": "cold",
    "shelf": "shelf",
    "limit": "household_limit",
    "selling": "selling",
    "minimum": "minimum",
    "share_rule": "share_rule",
}
#: Left blank, the list does not say; nothing is changed.
_KEPT_IF_BLANK = {"selling", "minimum", "share_rule"}


def _item_fields(row: GoodsRow, item: Item, everything: bool) -> Iterable[tuple[str, str, object]]:
    for word, name in _ITEM_FIELDS.items():
        value = getattr(row, word)
        if word in ("unit", "weight_g"):
            value = value or getattr(item, name)
        elif value is None and word in _KEPT_IF_BLANK:
            value = getattr(item, name)
        # A list may give the weight in other columns than ours; the parser made it grams.
        if everything or word == "weight_g" or word in row.cells:
            yield word, name, value


def _set(item: Item, wanted: Iterable[tuple[str, str, object]]) -> list[str]:
    fields = []
    for word, name, value in wanted:
        if getattr(item, name) != value:
            setattr(item, name, value)
            fields.append(word)
    return fields


def slug_of(title: str) -> str:
    """Part of the address; Oscar cannot make one from an empty slug."""
    return slugify(title) or "goods"


def _off_sale(names: Sequence[str]) -> list[str]:
    """A list tells what there is, not what may be sold: somebody took these away on purpose."""
    if not names:
        return []
    shown = listed(names[:NAMES_SHOWN]) + ("……" if len(names) > NAMES_SHOWN else "")
    said = {"count": len(names), "names": shown}
    return [
        _("有 %(count)d 样货已经下架，导入后还是不卖，要卖请到货品页重新上架：%(names)s") % said
    ]


def _too_few(row: GoodsRow, held: int, sold: int) -> BadCell:
    said = {"stock": row.stock, "held": held, "sold": sold}
    reason = _("库存%(stock)d太少：已经卖出%(sold)d，还给订单留着%(held)d。库存没有改") % said
    return _bad(row, "stock", _("库存"), row.stock, reason)


def _bad(row: GoodsRow, cell: str, column: str, value: object, reason: str) -> BadCell:
    return BadCell(row.cells[cell], row.row, column, str(value), reason)
