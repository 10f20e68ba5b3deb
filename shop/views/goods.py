"""货品: what is in the building, as the console shows it."""

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from oscar.core.loading import get_model

from delivery.share_outs import shares
from delivery.views import imports
from inventory.access import staff_required
from inventory.errors import StationError
from inventory.forms import ItemForm
from inventory.models import Item, ShareRule, Station
from inventory.views.page import page
from shop import pictures, pricelists, products

Category = get_model("catalogue", "Category")

LONGEST_WORDS = 40

PRICE_LIST = imports.Sheet(
    purpose="goods",
    template="shop/goods_import.html",
    here="station-goods-import",
    listed="station-goods",
    parse=pricelists.parse,
    apply=products.apply,
    rows=lambda price_list: price_list.goods,
    describe=lambda row: f"{row.name} {row.unit}".strip(),
    words={
        "sku": gettext_lazy("编码"),
        "name": gettext_lazy("品名"),
        "category": gettext_lazy("分类"),
        "unit": gettext_lazy("单位"),
        "weight_g": gettext_lazy("重量（克）"),
        "cost": gettext_lazy("进价"),
        "stock": gettext_lazy("在库"),
        "limit": gettext_lazy("每户限购"),
        "cold": gettext_lazy("冷藏"),
        "shelf": gettext_lazy("货架"),
        "selling": gettext_lazy("怎么卖"),
        "minimum": gettext_lazy("最低库存"),
        "share_rule": gettext_lazy("不够分时"),
    },
)


@require_safe
@staff_required
def goods_list(request: HttpRequest) -> HttpResponse:
    """`q`: a part of the name, or a whole code or barcode."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_WORDS]
    goods = _goods(request.station).stocked()
    if words:
        goods = goods.filter(
            Q(record__product__title__icontains=words)
            | Q(record__product__upc=words)
            | Q(record__partner_sku__iexact=words)
        )
    return page(request, "shop/goods.html", "goods", goods=goods, words=words)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def good(request: HttpRequest, pk: int) -> HttpResponse:
    """What the station says of a good; stock and price come from lists and receipts."""
    item = get_object_or_404(_goods(request.station), pk=pk)
    if item.selling == Item.Selling.BUNDLE:
        return redirect("station-bundle", pk=pk)
    if request.method == "POST" and "on_sale" in request.POST:
        return _set_on_sale(request, item)
    form = ItemForm(request.POST or None, instance=item)
    if request.method == "POST" and form.is_valid():
        try:
            products.change(item, request.station, form.instance.selling, form.save, request.user)
        except StationError as error:
            form.add_error("selling", str(error))
        else:
            messages.success(request, _("“%s”改好了。") % item.record.product.title)
            return redirect("station-goods")
    rules = [(rule.label, shares.EXPLAINED[rule]) for rule in ShareRule]
    status = 400 if form.errors else 200
    picture = pictures.for_products([item.record.product_id]).get(item.record.product_id)
    context = {"item": item, "form": form, "rules": rules, "picture": picture}
    return page(request, "shop/good.html", "goods", status=status, **context)


def _set_on_sale(request: HttpRequest, item: Item) -> HttpResponse:
    on_sale = request.POST["on_sale"] == "1"
    products.set_on_sale(item, on_sale, by=request.user)
    said = _("“%s”上架了，居民能买了。") if on_sale else _("“%s”下架了，居民看不到了。")
    messages.success(request, said % item.record.product.title)
    return redirect("station-good", pk=item.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def goods_import(request: HttpRequest) -> HttpResponse:
    return imports.answer(request, PRICE_LIST)


def _goods(station: Station):
    """By shelf, then name: the order in which one walks along them. `left` can still be sold."""
    # Oscar leaves its counters empty until somebody counts.
    there, held = (Coalesce(f"record__{name}", 0) for name in ("num_in_stock", "num_allocated"))
    categories = Prefetch("record__product__categories", Category.objects.order_by("path"))
    return (
        Item.objects.filter(record__partner=station.partner_id)
        .select_related("record__product")
        .prefetch_related(categories)
        .annotate(there=there, held=held, left=there - held)
        .order_by("shelf", "record__product__title", "pk")
    )
