"""供应商: who they are, what they offer, and of whom each good is bought."""

from django.contrib import messages
from django.db.models import Count, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from inventory.access import staff_required
from inventory.errors import StationError
from inventory.models import Item, Offer, Supplier
from inventory.purchases import suppliers as rules
from inventory.purchases.supplier_forms import OffersForm, SellersForm, SupplierForm
from inventory.views.page import page
from inventory.words import aside

#: Goods on one page of "who sells this"; the rest comes when these are said.
AT_ONCE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def suppliers(request: HttpRequest) -> HttpResponse:
    form = SupplierForm(request.station, request.POST or None)
    if request.method == "POST" and form.is_valid() and (made := _saved(form)):
        messages.success(request, _("“%s”记下了，再填他家有什么货。") % made)
        return redirect("station-supplier", pk=made.pk)
    listed = request.station.suppliers.annotate(offered=Count("offers")).order_by("-active", "name")
    status = 400 if form.errors else 200
    return page(
        request, "inventory/suppliers.html", "restock", suppliers=listed, form=form, status=status
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def supplier(request: HttpRequest, pk: int) -> HttpResponse:
    supplier = _supplier(request, pk)
    form = SupplierForm(request.station, request.POST or None, instance=supplier)
    if request.method == "POST" and form.is_valid() and _saved(form):
        messages.success(request, _("“%s”改好了。") % supplier)
        return redirect("station-suppliers")
    return _supplier_page(request, pk, form=form)


@require_POST
@staff_required
def supplier_offers(request: HttpRequest, pk: int) -> HttpResponse:
    supplier = _supplier(request, pk)
    form = _offers_form(supplier, request.POST)
    if form.is_valid():
        offered, gone = form.said()
        try:
            rules.offer(supplier, offered, without=gone)
        except StationError as error:
            form.add_error("item", str(error))
        else:
            messages.success(request, _("他家的货记好了。"))
            return redirect("station-supplier", pk=supplier.pk)
    return _supplier_page(request, pk, offers=form)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def sellers(request: HttpRequest) -> HttpResponse:
    """Of whom the goods are bought that nobody offers yet."""
    known = Offer.objects.filter(supplier__station=request.station, supplier__active=True)
    goods = (
        Item.objects.stocked()
        .filter(record__partner=request.station.partner_id)
        .exclude(pk__in=known.values("item"))
        .select_related("record__product")
        .order_by("record__product__title", "pk")
    )
    active = list(request.station.suppliers.filter(active=True).order_by("name"))
    form = SellersForm(active, list(goods[:AT_ONCE]), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            said = form.said()
            for supplier, offered in said.items():
                rules.offer(supplier, offered)
        except StationError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("记下了 %d 样。") % sum(map(len, said.values())))
        return redirect("station-restock")
    return page(
        request,
        "inventory/suppliers_of_goods.html",
        "restock",
        form=form,
        suppliers=active,
        more=max(0, goods.count() - AT_ONCE),
        status=400 if form.errors else 200,
    )


def _supplier(request: HttpRequest, pk: int) -> Supplier:
    return get_object_or_404(Supplier, pk=pk, station=request.station)


def _saved(form: SupplierForm) -> Supplier | None:
    """None: somebody took the name meanwhile; the form says so."""
    try:
        return rules.save(form.instance)
    except StationError as error:
        form.add_error("name", str(error))
        return None


def _offers_form(supplier: Supplier, data=None) -> OffersForm:
    items = (
        Item.objects.stocked()
        .filter(record__partner=supplier.station.partner_id)
        .select_related("record__product")
        .prefetch_related(
            Prefetch("offers", Offer.objects.filter(supplier=supplier), to_attr="of_supplier")
        )
        .order_by("record__product__title", "pk")
    )
    offers, others = [], []
    for item in items:
        for offer in item.of_supplier:
            offer.item = item
            offers.append(offer)
        if not item.of_supplier:
            others.append((item.pk, aside(item.record.product.title, item.unit)))
    return OffersForm(offers, others, data)


def _supplier_page(request: HttpRequest, pk: int, *, form=None, offers=None) -> HttpResponse:
    # Read again: a form that was refused has already changed its instance.
    supplier = _supplier(request, pk)
    wrong = (form and form.errors) or (offers and offers.errors)
    return page(
        request,
        "inventory/supplier.html",
        "restock",
        supplier=supplier,
        form=form or SupplierForm(request.station, instance=_supplier(request, pk)),
        offers=offers or _offers_form(supplier),
        status=400 if wrong else 200,
    )
