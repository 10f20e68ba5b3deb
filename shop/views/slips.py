"""纸单: printed for doors without a phone, scanned and keyed when they come back."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from delivery.errors import UnknownCode
from delivery.models import Grid, Household
from delivery.picks import barcodes
from delivery.picks.forms import ScanForm
from delivery.templatetags.station import yuan
from delivery.views.prints import qr
from inventory.access import staff_required
from inventory.errors import StationError
from inventory.views.page import page
from inventory.words import paper
from shop.errors import RoundNotOpen, SoldOut
from shop.group_buys.plan import rounds_open
from shop.models import OrderStatus, Placement, Slip, SlipSheet
from shop.slips import codes, keying, sheets
from shop.slips.forms import KeyForm, PrintForm

#: Slips keyed lately, on the page they are scanned at.
LAST = 10


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def slips(request: HttpRequest) -> HttpResponse:
    """Where slips are scanned; and printed, which makes the form."""
    rounds = rounds_open(request.station)
    sent = (request.POST,) if request.method == "POST" else ()
    form = PrintForm(*sent, rounds=rounds, station=request.station)
    items = sheets.goods(request.station)
    chosen = {int(pk) for pk in request.POST.getlist("item") if _is_key(pk)}
    if form.is_valid():
        said = form.cleaned_data
        try:
            sheet = sheets.make(said["round"], chosen, by=request.user)
        except StationError as error:
            form.add_error(None, str(error))
        else:
            grid = {"grid": said["grid"].pk} if said["grid"] else {}
            words = urlencode(grid | {"doors": said["doors"], "paper": said["paper"]})
            return redirect(f"{reverse('station-slips-print', args=[sheet.pk])}?{words}")
    keyed = Slip.objects.filter(round__station=request.station).order_by("-at", "-pk")
    return page(
        request,
        "shop/slips.html",
        "rounds",
        form=form,
        rounds=rounds,
        items=items,
        chosen=chosen or sheets.usual(items),
        most=sheets.MOST_GOODS,
        keyed=keyed.select_related("household__grid", "order")[:LAST],
        status=400 if form.is_bound and form.errors else 200,
    )


@require_safe
@never_cache
@staff_required
def printed(request: HttpRequest, pk: int) -> HttpResponse:
    sheet = _sheet(request, pk)
    grid = None
    if _is_key(request.GET.get("grid", "")):
        grid = get_object_or_404(Grid, pk=request.GET["grid"], station=request.station)
    silent = request.GET.get("doors") != PrintForm.ALL
    doors = sheets.doors(sheet.round, silent=silent, grid_id=grid.pk if grid else None)
    found = list(doors[: sheets.MOST_DOORS + 1])
    forms = sheets.forms(sheet, found[: sheets.MOST_DOORS])
    context = {
        "station": request.station,
        "round": sheet.round,
        "grid": grid,
        "forms": [(form, qr(form.code)) for form in forms],
        "more": len(found) > sheets.MOST_DOORS,
        "small": request.GET.get("paper") == PrintForm.SMALL,
        **paper(),
    }
    return render(request, "shop/slips_print.html", context)


@require_POST
@staff_required
def scan(request: HttpRequest) -> HttpResponse:
    """A slip's code, from a scanner, typed, or in a photo: on to what was ticked."""
    form = ScanForm(request.POST, request.FILES)
    said = [form.cleaned_data["code"]] if form.is_valid() else []
    if form.is_valid() and form.cleaned_data["photo"]:
        try:
            said = barcodes.read(form.cleaned_data["photo"])
        except (StationError, UnknownCode) as error:
            messages.error(request, str(error))
            return redirect("station-slips")
    for code in said:
        if found := codes.read(code):
            return redirect("station-slip", *found)
    messages.error(request, _("这不是纸单上的码，请再扫一次。"))
    return redirect("station-slips")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def slip(request: HttpRequest, pk: int, door: int) -> HttpResponse:
    """What one door ticked; it comes up as its last order, which the form was printed with."""
    sheet = _sheet(request, pk)
    of_station = Household.objects.of_station(request.station).select_related("grid__station")
    household = get_object_or_404(of_station, pk=door)
    if there := keying.before(sheet, household):
        said = {"door": household.address, "number": there.number}
        messages.warning(request, _("%(door)s的纸单已经录过了：%(number)s。") % said)
        return redirect("station-slips")
    [printed_form] = sheets.forms(sheet, [household])
    if request.method != "POST":
        marked = {offer.item.pk: offer.marked for offer in printed_form.offers}
        return _key_page(request, sheet, printed_form, marked)
    form = KeyForm(request.POST, items=sheet.items)
    if not form.is_valid():
        errors = [error for each in form.errors.values() for error in each]
        return _key_page(request, sheet, printed_form, {}, error=errors[0], status=400)
    units = form.units()
    try:
        if form.cleaned_data["typed"].strip():
            numbers = keying.read(form.cleaned_data["typed"], len(sheet.items))
            units = {sheet.items[number - 1]: n for number, n in numbers.items()}
        order, made = keying.key(sheet, household, units, by=request.user)
    except SoldOut as sold_out:
        return _short(request, sheet, printed_form, units, sold_out)
    except StationError as error:
        status = 409 if isinstance(error, RoundNotOpen) else 400
        return _key_page(request, sheet, printed_form, units, error=str(error), status=status)
    said = {
        "door": household.address,
        "number": order.number,
        "total": yuan(order.total_incl_tax),
    }
    words = (
        _("%(door)s录好了：%(number)s，%(total)s。")
        if made
        else _("%(door)s已经录过了：%(number)s。")
    )
    messages.success(request, words % said)
    return redirect("station-slips")


def _short(
    request: HttpRequest,
    sheet: SlipSheet,
    form: sheets.Form,
    units: dict[int, int],
    sold_out: SoldOut,
) -> HttpResponse:
    """What is left stands in the fields; one more tap orders that."""
    left = {short.record_id: short for short in sold_out.lines}
    fitting = dict(units)
    for offer in form.offers:
        if short := left.get(offer.item.record_id):
            fitting[offer.item.pk] = max(0, short.left)
    return _key_page(request, sheet, form, fitting, short=sold_out.lines, status=409)


def _key_page(
    request: HttpRequest,
    sheet: SlipSheet,
    form: sheets.Form,
    units: dict[int, int],
    *,
    error: str = "",
    short=(),
    status: int = 200,
) -> HttpResponse:
    typed = "" if short else request.POST.get("typed", "").replace("\x00", "")
    kept = {offer.item.pk: request.POST.get(f"item-{offer.item.pk}", "") for offer in form.offers}
    # What was not understood comes back as it was typed.
    show = units if units or not error else kept
    ordered = Placement.objects.filter(round=sheet.round, household=form.household)
    return page(
        request,
        "shop/slip.html",
        "rounds",
        sheet=sheet,
        form=form,
        offers=[(offer, show.get(offer.item.pk) or "") for offer in form.offers],
        typed=typed[: keying.LONGEST],
        error=error,
        short=short,
        ordered=ordered.exclude(order__status=OrderStatus.CANCELLED).count(),
        status=status,
    )


def _sheet(request: HttpRequest, pk: int) -> SlipSheet:
    mine = SlipSheet.objects.select_related("round__station")
    return get_object_or_404(mine, pk=pk, round__station=request.station)


def _is_key(said: str) -> bool:
    return said.isascii() and said.isdecimal() and len(said) < 19
