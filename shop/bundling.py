"""What can happen to a bundle: it is made and changed; `products.set_on_sale` stops and starts it.

A bundle is four rows like any good, without stock and price: there are as many as its parts make,
at what they cost. What was ordered of it before keeps what it was then (`OrderedBundle`).
"""

import logging
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from inventory.errors import StationError
from inventory.models import BundlePart, Item, Station
from shop import products

Category = get_model("catalogue", "Category")
Product = get_model("catalogue", "Product")
ProductCategory = get_model("catalogue", "ProductCategory")
StockRecord = get_model("partner", "StockRecord")

log = logging.getLogger(__name__)

#: The shelf bundles stand on.
CATEGORY = "套餐"
LONGEST_NAME = 40
MOST_PARTS, MOST_UNITS = 12, 20


class BundleRefused(StationError):
    """What was said of a bundle cannot be right."""


def make(station: Station, name: str, parts: Mapping[int, int], *, by) -> Item:
    """A new bundle on sale with these units by item. Raises `BundleRefused`."""
    with transaction.atomic():
        # Also what keeps two from making one of the same name.
        goods_class = products.the_class()
        _refuse(station, name, parts)
        product = Product.objects.create(
            title=name, slug=products.slug_of(name), product_class=goods_class
        )
        shelf = Category.objects.filter(name=CATEGORY).order_by("depth", "path").first()
        shelf = shelf or Category.objects.add_root({"name": CATEGORY})
        ProductCategory.objects.create(product=product, category=shelf)
        record = StockRecord.objects.create(
            product=product,
            partner_id=station.partner_id,
            partner_sku=f"TC-{product.pk}",
            num_in_stock=0,
            num_allocated=0,
        )
        bundle = Item.objects.create(record=record, selling=Item.Selling.BUNDLE)
        _put(bundle, parts)
    log.info("bundle %s of station %s made by user %s", bundle.pk, station.pk, by.pk)
    return bundle


def change(bundle: Item, name: str, parts: Mapping[int, int], *, by) -> None:
    """From now on it is called and made so. Raises `BundleRefused`."""
    with transaction.atomic():
        products.the_class()
        _refuse(bundle.record.partner.station, name, parts, bundle)
        Product.objects.filter(stockrecords=bundle.record_id).update(
            title=name, slug=products.slug_of(name), date_updated=timezone.now()
        )
        bundle.parts.all().delete()
        _put(bundle, parts)
    log.info("bundle %s changed by user %s", bundle.pk, by.pk)


def _refuse(
    station: Station, name: str, parts: Mapping[int, int], bundle: Item | None = None
) -> None:
    if not name.strip() or len(name) > LONGEST_NAME:
        raise BundleRefused(_("套餐要有个名字，最多 %d 个字。") % LONGEST_NAME)
    if not 1 <= len(parts) <= MOST_PARTS:
        raise BundleRefused(_("套餐里要有 1 到 %d 样货。") % MOST_PARTS)
    if any(not 1 <= units <= MOST_UNITS for units in parts.values()):
        raise BundleRefused(_("套餐里一样货要有 1 到 %d 份。") % MOST_UNITS)
    ours = Item.objects.stocked().filter(record__partner=station.partner_id)
    if ours.filter(pk__in=parts).count() < len(parts):
        raise BundleRefused(_("套餐里只能放本驿站的货，套餐里不能再放套餐。"))
    same = Item.objects.filter(
        record__partner=station.partner_id,
        record__product__title=name,
        selling=Item.Selling.BUNDLE,
    )
    if same.exclude(pk=bundle.pk if bundle else None).exists():
        raise BundleRefused(_("已经有一个叫“%s”的套餐了。") % name)


def _put(bundle: Item, parts: Mapping[int, int]) -> None:
    BundlePart.objects.bulk_create(
        BundlePart(bundle=bundle, part_id=item_id, units=units) for item_id, units in parts.items()
    )
