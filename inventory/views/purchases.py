"""采购单: made, changed, placed, split, printed, exported, ended."""

from decimal import Decimal

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inventory.access import staff_required
from inventory.errors import PurchaseKnown, StationError
from inventory.models import Offer, Purchase, Supplier
from inventory.purchases import proposals, purchasing, sheets
from inventory.purchases.forms import ExtraLineForm, PacksForm, SplitForm
from inventory.purchases.purchasing import MOST_PACKS, Wanted
from inventory.views.downloads import download
from inventory.views.page import page
from inventory.words import paper

PER_PAGE = 30
#: What is still on somebody's mind.
OPEN = (Purchase.Status.DRAFT, Purchase.Status.PLACED)


@require_safe
@never_cache
@staff_required
def purchases(request: HttpRequest) -> HttpResponse:
    ended = "ended" in request.GET
    listed = (
        Purchase.objects.filter(station=request.station)
        .filter(~Q(status__in=OPEN) if ended else Q(status__in=OPEN))
        .select_related("supplier", "made_by")
        .annotate(
            goods=Count("lines"),
            cost=Sum(F("lines__packs") * F("lines__pack_price")),
            unpriced=Count("lines", filter=Q(lines__pack_price=None)),
        )
        .order_by("-number")
    )
    return page(
        request,
        "inventory/purchases.html",
        "restock",
        purchases=Paginator(listed, PER_PAGE).get_page(request.GET.get("page")),
        ended=ended,
        today=timezone.localdate(),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def purchase_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything a supplier offers; the proposal's cards send their packs here, too."""
    supplier = get_object_or_404(Supplier, pk=pk, station=request.station, active=True)
    offers = list(
        supplier.offers.select_related("item__record__product").order_by(
            "item__record__product__title", "pk"
        )
    )
    goods = [(o.item_id, o.item.record.product.title, None, MOST_PACKS) for o in offers]
    newest = supplier.purchases.order_by("-pk").values_list("pk", flat=True).first()
    form = PacksForm(goods, request.POST or None, seen=newest or 0)
    refused, known = "", None
    if request.method == "POST" and form.is_valid():
        try:
            made = _order(request, supplier, offers, form)
        except PurchaseKnown as error:
            refused, known = str(error), error.purchase
            form.seen_now(newest or 0)
        except StationError as error:
            refused = str(error)
        else:
            return _made(request, made)
    there = {line.item.pk: line for line in proposals.needs(request.station, {})}
    return page(
        request,
        "inventory/purchase_new.html",
        "restock",
        supplier=supplier,
        form=form,
        # What was typed stays on top when the page comes back.
        rows=sorted(
            [(offer, there[offer.item_id], form.field(offer.item_id)) for offer in offers],
            key=lambda row: not row[2].value(),
        ),
        refused=refused,
        known=known,
        status=409 if known else 400 if refused or form.errors else 200,
    )


def _order(request, supplier: Supplier, offers, form: PacksForm) -> Purchase:
    packs = form.packs()
    lines = [
        Wanted(offer.item_id, packs[offer.item_id], offer.pack_units, offer.pack_price)
        for offer in offers
        if packs[offer.item_id]
    ]
    said = {name: form.cleaned_data[name] for name in ("nonce", "seen", "note")}
    make = purchasing.order if "place" in request.POST else purchasing.draft
    return make(request.station, supplier, lines, by=request.user, **said)


def _made(request: HttpRequest, made: Purchase) -> HttpResponse:
    if made.status == Purchase.Status.PLACED:
        said = _("%(purchase)s 下好了。现在把单子发给%(supplier)s：打印、导出，或者复制文字。")
    else:
        said = _("%(purchase)s 存成草稿了，还没有下单。%(supplier)s还不知道。")
    messages.success(request, said % {"purchase": made, "supplier": made.supplier})
    _warn_below_minimum(request, made)
    return redirect("station-purchase", pk=made.pk)


def _warn_below_minimum(request: HttpRequest, made: Purchase) -> None:
    """Once it is placed: a draft's page says so itself. What has no price counts for nothing."""
    costs = [line.expected_cost for line in made.lines.all()]
    least = made.supplier.minimum_order
    lack = least - sum((cost for cost in costs if cost is not None), Decimal(0))
    if made.status != Purchase.Status.PLACED or lack <= 0:
        return
    said = _("%(supplier)s %(least)s 起订，这张单还差 %(lack)s，送不送请先问一声。")
    if None in costs:
        said = _(
            "%(supplier)s %(least)s 起订，这张单还差 %(lack)s（没报价的没算），送不送请先问一声。"
        )
    words = {"supplier": made.supplier, "least": f"¥{least:,.2f}", "lack": f"¥{lack:,.2f}"}
    messages.warning(request, said % words)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def purchase(request: HttpRequest, pk: int) -> HttpResponse:
    """One purchase; POST changes a draft, and places it if that button was pressed."""
    purchase = _purchase(request, pk)
    lines = purchasing.outstanding(purchase)
    form, extra = _draft_forms(purchase, [line for line, _left in lines], request.POST or None)
    status = 200
    if request.method == "POST":
        if form.is_valid() and extra.is_valid():
            try:
                purchasing.change(
                    purchase,
                    form.packs(),
                    by=request.user,
                    also=extra.wanted(),
                    note=form.cleaned_data["note"],
                )
                if "place" in request.POST:
                    purchasing.place(purchase, by=request.user)
            except StationError as error:
                form.add_error(None, str(error))
            else:
                return _made(request, purchase)
        status = 400
    priced = [line.expected_cost for line, _left in lines if line.expected_cost is not None]
    total = sum(priced, Decimal(0))
    return page(
        request,
        "inventory/purchase.html",
        "restock",
        purchase=purchase,
        lines=[(line, left, form.field(line.pk)) for line, left in lines],
        left=sum(left for _line, left in lines),
        total=total,
        unpriced=len(lines) - len(priced),
        below=max(Decimal(0), purchase.supplier.minimum_order - total),
        arrives_on=proposals.suppliers.arrives_on(purchase.supplier),
        form=form,
        extra=extra,
        receipts=purchase.receipts.order_by("pk"),
        message=sheets.message(purchase, [line for line, _left in lines]),
        **paper(),
        status=status,
    )


def _draft_forms(purchase: Purchase, lines, data=None) -> tuple[PacksForm, ExtraLineForm]:
    goods = [(line.pk, line.item.record.product.title, line.packs, MOST_PACKS) for line in lines]
    offers = {o.item_id: o for o in Offer.objects.filter(supplier=purchase.supplier_id)}
    form = PacksForm(goods, data, note=purchase.note)
    return form, ExtraLineForm(purchase.station, offers, [line.item_id for line in lines], data)


@require_POST
@staff_required
def purchase_place(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(request, pk, purchasing.place, _("%s 下好了。"))


@require_POST
@staff_required
def purchase_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(request, pk, purchasing.cancel, _("%s 取消了。已经告诉过供应商的，请再说一声。"))


@require_POST
@staff_required
def purchase_finish(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(request, pk, purchasing.finish, _("%s 不再等了，没来的会重新列进“该买什么”。"))


def _step(request: HttpRequest, pk: int, step, said: str) -> HttpResponse:
    purchase = _purchase(request, pk)
    try:
        step(purchase, by=request.user)
    except StationError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said % purchase)
        _warn_below_minimum(request, purchase)
    return redirect("station-purchase", pk=purchase.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def purchase_split(request: HttpRequest, pk: int) -> HttpResponse:
    purchase = _purchase(request, pk)
    lines = [(line, purchasing.movable(line)) for line, _ in purchasing.outstanding(purchase)]
    goods = [(line.pk, line.item.record.product.title, None, most) for line, most in lines]
    form = SplitForm(purchase, goods, request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = purchasing.split(
                purchase,
                form.packs(),
                by=request.user,
                supplier=said["supplier"],
                nonce=said["nonce"],
            )
        except StationError as error:
            form.add_error(None, str(error))
        else:
            words = {"made": made, "purchase": purchase}
            messages.success(request, _("从 %(purchase)s 拆出了 %(made)s。") % words)
            return redirect("station-purchase", pk=made.pk)
    return page(
        request,
        "inventory/purchase_split.html",
        "restock",
        purchase=purchase,
        rows=[(line, most, form.field(line.pk)) for line, most in lines],
        form=form,
        status=400 if form.errors else 200,
    )


@require_safe
@never_cache
@staff_required
def purchase_print(request: HttpRequest, pk: int) -> HttpResponse:
    """A sheet of A4 that goes to the supplier, and is written on when the goods come."""
    purchase = _purchase(request, pk)
    lines = [line for line, _left in purchasing.outstanding(purchase)]
    codes = sheets.codes_of(purchase)
    costs = [line.expected_cost for line in lines]
    context = {
        "station": request.station,
        "purchase": purchase,
        "rows": [(line, codes.get(line.item_id, "")) for line in lines],
        "total": None if None in costs else sum(costs, Decimal(0)),
        "packs": sum(line.packs for line in lines),
        **paper(),
    }
    return render(request, "inventory/purchase_print.html", context)


@require_safe
@staff_required
def purchase_export(request: HttpRequest, pk: int) -> HttpResponse:
    purchase = _purchase(request, pk)
    lines = [line for line, _left in purchasing.outstanding(purchase)]
    return download(f"{purchase}.xlsx", sheets.workbook(purchase, lines))


def _purchase(request: HttpRequest, pk: int) -> Purchase:
    found = Purchase.objects.select_related("station", "supplier", "made_by", "placed_by")
    return get_object_or_404(found, pk=pk, station=request.station)
