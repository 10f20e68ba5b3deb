"""入库: a delivery is written down, looked at as prices, and taken in."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inventory import uploads
from inventory.access import staff_required
from inventory.errors import DeliveryKnown, PhotoRefused, ReceiptDoubted, StationError
from inventory.models import Purchase, Receipt, ReceiptPhoto, Upload
from inventory.purchases import purchasing
from inventory.receipts import outlooks, photos, receiving
from inventory.receipts.forms import BLANK, Desk, PhotosForm, SourceForm
from inventory.receipts.photos import Photo
from inventory.receipts.receiving import MOST_PHOTOS
from inventory.views.page import page

PER_PAGE = 30
#: What photos are kept for between the form and the receipt (`inventory.uploads`).
PURPOSE = "invoice"


@require_safe
@never_cache
@staff_required
def receipts(request: HttpRequest) -> HttpResponse:
    """What is waited for, and what came."""
    station = request.station
    placed = Purchase.objects.filter(station=station, status=Purchase.Status.PLACED)
    listed = (
        Receipt.objects.filter(station=station)
        .select_related("supplier", "purchase", "by")
        .annotate(goods=Count("lines"), cost=Sum("lines__cost") + F("transport") + F("packing"))
        .order_by("-pk")
    )
    return page(
        request,
        "inventory/receipts.html",
        "restock",
        placed=placed.select_related("supplier")
        .annotate(goods=Count("lines"))
        .order_by(F("expected_on").asc(nulls_last=True), "number"),
        suppliers=station.suppliers.filter(active=True).order_by("name"),
        receipts=Paginator(listed, PER_PAGE).get_page(request.GET.get("page")),
        today=timezone.localdate(),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def receipt_new(request: HttpRequest) -> HttpResponse:
    """`step` says which button of the form: rows (more blank lines), preview, edit, post."""
    source = SourceForm(request.station, request.GET)
    if not source.is_valid():
        raise Http404
    purchase, supplier = source.cleaned_data["purchase"], source.cleaned_data["supplier"]
    if purchase is None and supplier is None:
        return redirect("station-receipts")
    whose = (request.station, purchase.supplier if purchase else supplier, purchase)
    if request.method != "POST":
        if purchase and purchase.status != Purchase.Status.PLACED:
            messages.error(request, _("%s 不在等货。还有货来，请在下面选供应商。") % purchase)
            return redirect("station-receipts")
        return _form(request, Desk(*whose), [])
    step = request.POST.get("step", "preview")
    more = BLANK if step == "rows" else 0
    desk = Desk(*whose, request.POST, request.FILES, more=more)
    desk.is_valid()
    kept = _kept_photos(request, desk)
    if step in {"rows", "edit"}:
        return _form(request, desk, kept)
    if not desk.is_valid():
        return _form(request, desk, kept, status=400)
    return (_post if step == "post" else _preview)(request, desk, kept)


def _form(
    request: HttpRequest,
    desk: Desk,
    kept: list[Upload],
    *,
    status: int = 200,
    known: Receipt | None = None,
    doubted: bool = False,
) -> HttpResponse:
    """With what is wrong, unless all is well so far; `known`: the same delivery's receipt;
    `doubted`: a tick is asked for."""
    return page(
        request,
        "inventory/receipt_new.html",
        "restock",
        status=status,
        desk=desk,
        kept=kept,
        known=known,
        doubted=doubted,
        refused=status >= 400,
    )


def _preview(request: HttpRequest, desk: Desk, kept: list[Upload]) -> HttpResponse:
    station, extras, came = request.station, desk.form.extras(), desk.came()
    said = desk.form.cleaned_data
    try:
        lines, prices = receiving.preview(
            station, desk.supplier, came, purchase=desk.purchase, sure=said["sure"], **extras
        )
    except StationError as error:
        desk.form.add_error(None, str(error))
        doubted = isinstance(error, ReceiptDoubted)
        return _form(request, desk, kept, status=400, doubted=doubted)
    return page(
        request,
        "inventory/receipt_preview.html",
        "restock",
        desk=desk,
        kept=kept,
        looks=outlooks.looks(lines, prices, desk.asked, timezone.localdate()),
        missing=outlooks.still_missing(lines, desk.asked),
        goods_cost=sum(line.cost for line in lines),
        cost=sum(line.landed for line in lines),
        known=receiving.of_note(desk.supplier, said["delivery_note"]),
        similar=receiving.similar_today(station, desk.supplier, came),
        extra=sum(line.extra for line in lines),
    )


def _post(request: HttpRequest, desk: Desk, kept: list[Upload]) -> HttpResponse:
    said = desk.form.cleaned_data
    try:
        receipt = receiving.receive(
            request.station,
            desk.supplier,
            desk.came(),
            by=request.user,
            nonce=said["nonce"],
            purchase=desk.purchase,
            delivery_note=said["delivery_note"],
            note=said["note"],
            photos=[Photo(bytes(upload.data), upload.name) for upload in kept],
            sure=said["sure"],
            **desk.form.extras(),
        )
    except StationError as error:
        desk.form.add_error(None, str(error))
        known = error.receipt if isinstance(error, DeliveryKnown) else None
        doubted = isinstance(error, ReceiptDoubted)
        return _form(request, desk, kept, status=409, known=known, doubted=doubted)
    if receipt.photos.count() < len(request.POST.getlist("photo")):
        messages.warning(request, _("有的照片放得太久，没有存上，请在下面再拍一次。"))
    # After the receipt has them; what is left behind goes after a day.
    Upload.objects.filter(pk__in=[upload.pk for upload in kept]).delete()
    messages.success(request, _("%s 入库了，价钱已经按进价算好。") % receipt)
    return redirect("station-receipt", pk=receipt.pk)


def _kept_photos(request: HttpRequest, desk: Desk) -> list[Upload]:
    """Photos of this form's earlier steps, and those that just came; what cannot be kept is a
    mistake of the form."""
    whose = {"purpose": PURPOSE, "user": request.user, "station": request.station}
    kept = []
    for token in request.POST.getlist("photo")[:MOST_PHOTOS]:
        try:
            kept.append(uploads.find(token, **whose))
        except uploads.UploadGone:
            continue
    for file in desk.form.uploads():
        if len(kept) == MOST_PHOTOS:
            desk.form.add_error("photos", _("最多 %d 张照片，多的没有存。") % MOST_PHOTOS)
            break
        try:
            photo = photos.checked(file)
        except PhotoRefused as error:
            desk.form.add_error("photos", str(error))
        else:
            kept.append(uploads.keep(photo.data, photo.content_type, **whose))
    return kept


@require_safe
@never_cache
@staff_required
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """What came, and what its prices became."""
    return _receipt(request, _found(request, pk), PhotosForm())


@require_POST
@staff_required
def receipt_photo_add(request: HttpRequest, pk: int) -> HttpResponse:
    receipt = _found(request, pk)
    form = PhotosForm(request.POST, request.FILES)
    if not form.is_valid():
        return _receipt(request, receipt, form, status=400)
    try:
        for file in form.uploads():
            receiving.add_photo(receipt, file, by=request.user)
    except StationError as error:
        form.add_error(None, str(error))
        return _receipt(request, receipt, form, status=400)
    messages.success(request, _("照片存好了。"))
    return redirect("station-receipt", pk=receipt.pk)


@require_safe
@staff_required
def receipt_photo(request: HttpRequest, pk: int) -> HttpResponse:
    """A photo or scan as it was kept. A PDF is somebody else's document: to keep, not to run."""
    photo = get_object_or_404(ReceiptPhoto, pk=pk, receipt__station=request.station)
    answer = HttpResponse(bytes(photo.data), content_type=photo.content_type)
    ending = "pdf" if photo.content_type == photos.PDF else "jpg"
    how = "attachment" if ending == "pdf" else "inline"
    answer["Content-Disposition"] = f'{how}; filename="invoice-{photo.pk}.{ending}"'
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, max-age=86400"
    return answer


def _found(request: HttpRequest, pk: int) -> Receipt:
    found = Receipt.objects.select_related("supplier", "purchase", "by")
    return get_object_or_404(found, pk=pk, station=request.station)


def _receipt(request: HttpRequest, receipt: Receipt, form: PhotosForm, **more) -> HttpResponse:
    lines = list(receipt.lines.select_related("item__record__product", "lot").order_by("pk"))
    costings = {costing.item_id: costing for costing in receipt.costings.all()}
    purchase = receipt.purchase
    waiting = purchase is not None and purchase.status == Purchase.Status.PLACED
    return page(
        request,
        "inventory/receipt.html",
        "restock",
        receipt=receipt,
        rows=[(line, costings.get(line.item_id)) for line in lines],
        goods_cost=sum(line.cost for line in lines),
        cost=sum(line.landed for line in lines),
        extra=sum(line.extra for line in lines),
        photos=receipt.photos.defer("data").order_by("pk"),
        missing=[x for x in purchasing.outstanding(purchase) if x[1]] if waiting else [],
        form=form,
        **more,
    )
