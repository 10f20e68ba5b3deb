"""套餐: what staff put together out of goods."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from inventory.access import staff_required
from inventory.errors import StationError
from inventory.models import Item, Station
from inventory.views.page import page
from shop import bundles, bundling, pictures, products
from shop.bundle_forms import BundleForm


@require_safe
@staff_required
def bundle_list(request: HttpRequest) -> HttpResponse:
    listed = list(_bundles(request.station))
    inside = bundles.parts_of([item.record_id for item in listed])
    rows = [(item, inside[item.record_id]) for item in listed]
    return page(request, "shop/bundles.html", "goods", rows=rows)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def bundle_new(request: HttpRequest) -> HttpResponse:
    form = BundleForm(request.station, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            name = form.cleaned_data["name"]
            made = bundling.make(request.station, name, form.parts, by=request.user)
        except StationError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("“%s”上架了，居民能买了。") % name)
            return redirect("station-bundle", pk=made.pk)
    return page(request, "shop/bundle.html", "goods", form=form, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def bundle(request: HttpRequest, pk: int) -> HttpResponse:
    item = get_object_or_404(_bundles(request.station), pk=pk)
    if request.method == "POST" and "on_sale" in request.POST:
        return _set_on_sale(request, item)
    inside = bundles.parts_of([item.record_id])[item.record_id]
    parts = {part.item_id: part.units for part in inside.parts}
    title = item.record.product.title
    form = BundleForm(request.station, request.POST or None, name=title, parts=parts)
    if request.method == "POST" and form.is_valid():
        try:
            bundling.change(item, form.cleaned_data["name"], form.parts, by=request.user)
        except StationError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("“%s”改好了。") % form.cleaned_data["name"])
            return redirect("station-bundles")
    picture = pictures.for_products([item.record.product_id]).get(item.record.product_id)
    context = {"item": item, "inside": inside, "form": form, "picture": picture}
    return page(request, "shop/bundle.html", "goods", status=400 if form.errors else 200, **context)


def _set_on_sale(request: HttpRequest, item: Item) -> HttpResponse:
    on_sale = request.POST["on_sale"] == "1"
    products.set_on_sale(item, on_sale, by=request.user)
    said = _("“%s”上架了，居民能买了。") if on_sale else _("“%s”下架了，居民看不到了。")
    messages.success(request, said % item.record.product.title)
    return redirect("station-bundle", pk=item.pk)


def _bundles(station: Station):
    return (
        Item.objects.filter(record__partner=station.partner_id, selling=bundles.BUNDLE)
        .select_related("record__product", "record__partner__station")
        .order_by("-record__product__is_public", "record__product__title", "pk")
    )
