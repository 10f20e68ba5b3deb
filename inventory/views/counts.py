"""盘点: which shelves there are, counting one, and what a second person says to it."""

from datetime import datetime

from django.contrib import messages
from django.db.models import Count, Exists, Max, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inventory.access import staff_required
from inventory.counts import counting
from inventory.counts.forms import CountForm
from inventory.errors import CountExists, HeldForOrders, StationError
from inventory.models import CountLine, Item, StockCount
from inventory.views.page import page

Status = StockCount.Status
RUNNING = (Status.OPEN, Status.COUNTED)
#: Counts that are over, on the list.
LAST = 20
#: The page where what orders hold is shared out, if the station has one.
SHARE_OUT = "station-share"


@require_safe
@staff_required
def counts(request: HttpRequest) -> HttpResponse:
    of_station = StockCount.objects.filter(station=request.station)
    lines = of_station.annotate(goods=Count("lines"), counted=Count("lines__found")).select_related(
        "begun_by", "counted_by", "approved_by"
    )
    busy = of_station.filter(shelf=OuterRef("shelf"), status__in=RUNNING)
    approved = of_station.filter(status=Status.APPROVED).order_by().values("shelf")
    last = dict(approved.values_list("shelf").annotate(last=Max("approved_at")))
    shelves = (
        Item.objects.stocked()
        .filter(record__partner=request.station.partner_id)
        .values("shelf")
        .annotate(goods=Count("pk"), busy=Exists(busy))
        .order_by("shelf")
    )
    return page(
        request,
        "inventory/counts.html",
        "goods",
        running=lines.filter(status__in=RUNNING).order_by("pk"),
        shelves=[shelf | {"last": last.get(shelf["shelf"])} for shelf in shelves],
        over=lines.exclude(status__in=RUNNING).order_by("-pk")[:LAST],
    )


@require_POST
@staff_required
def begin(request: HttpRequest) -> HttpResponse:
    shelf, blind = request.POST.get("shelf", ""), "blind" in request.POST
    try:
        begun = counting.begin(
            request.station, shelf.replace("\x00", "")[:20], by=request.user, blind=blind
        )
    except CountExists as error:
        messages.warning(request, str(error))
        begun = error.count
    except StationError as error:
        messages.error(request, str(error))
        return redirect("station-counts")
    return redirect("station-count", begun.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def count(request: HttpRequest, pk: int) -> HttpResponse:
    """While it is open: what was found. Then: what is not as booked."""
    this = _count(request, pk)
    if this.status != Status.OPEN:
        if request.method == "POST":
            messages.error(request, _("这张盘点单已经不在盘了，刚才填的没有记。"))
            return redirect("station-count", pk)
        return _result(request, this)
    lines = counting.lines(this)
    at = request.GET.get("at", "")
    form = CountForm(lines, request.POST or None, at=int(at[:18]) if at.isdecimal() else None)
    if request.method == "POST" and form.is_valid():
        return _save(request, this, form)
    return page(
        request,
        "inventory/count.html",
        "goods",
        count=this,
        form=form,
        done=sum(line.found is not None for line in lines),
        status=400 if form.errors else 200,
    )


def _save(request: HttpRequest, this: StockCount, form: CountForm) -> HttpResponse:
    """Saves what was typed; then on to the line that was scanned, or to the end."""
    here = reverse("station-count", args=[this.pk])
    try:
        counting.enter_all(this, form.said(), by=request.user)
        if form.cleaned_data["code"]:
            if line := form.meant():
                return redirect(f"{here}?at={line.pk}#line-{line.pk}")
            messages.error(request, _("这个货架上没有“%s”。") % form.cleaned_data["code"])
        elif "finish" in request.POST:
            counting.finish(this, by=request.user)
            messages.success(request, _("数完了，请另一个人来核对。"))
        else:
            messages.success(request, _("记下了。"))
    except StationError as error:
        messages.error(request, str(error))
    return redirect(here)


def _result(
    request: HttpRequest, this: StockCount, *, held: HeldForOrders | None = None
) -> HttpResponse:
    """`held`: why it was not approved."""
    hidden = counting.hidden(this, user=request.user)
    found = [] if hidden else counting.differences(this)
    mine = (
        hidden
        or this.counted_by == request.user
        or any(each.line.by_id == request.user.pk for each in found)
    )
    return page(
        request,
        "inventory/count_result.html",
        "goods",
        count=this,
        differences=found,
        goods=CountLine.objects.filter(count=this).count(),
        more=sum(each.worth for each in found if each.units > 0),
        less=sum(each.worth for each in found if each.units < 0),
        worth=sum(each.worth for each in found),
        mine=mine,
        hidden=hidden,
        held=held,
        share_out=SHARE_OUT,
        status=409 if held else 200,
        seen=this.counted_at.isoformat() if this.counted_at else "",
    )


@require_POST
@staff_required
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    this = _count(request, pk)
    try:
        counting.approve(this, by=request.user, seen=_moment(request.POST.get("seen", "")))
    except HeldForOrders as error:
        return _result(request, this, held=error)
    except StationError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("核对好了，差的已经记进库存流水。"))
    return redirect("station-count", pk)


@require_POST
@staff_required
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    this = _count(request, pk)
    try:
        counting.reopen(this, by=request.user)
    except StationError as error:
        messages.error(request, str(error))
    return redirect("station-count", pk)


@require_POST
@staff_required
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    this = _count(request, pk)
    try:
        counting.cancel(this, by=request.user)
    except StationError as error:
        messages.error(request, str(error))
        return redirect("station-count", pk)
    messages.success(request, _("盘点 %s 取消了，库存没有动。") % this)
    return redirect("station-counts")


def _count(request: HttpRequest, pk: int) -> StockCount:
    people = StockCount.objects.select_related("begun_by", "counted_by", "approved_by")
    return get_object_or_404(people, pk=pk, station=request.station)


def _moment(text: str) -> datetime | None:
    """What a page says it saw; anything else is no word at all."""
    try:
        return parse_datetime(text)
    except ValueError:
        return None
