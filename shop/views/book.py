"""The open book: for everybody, logged in or not. Nothing on it is about people."""

from datetime import timedelta
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from inventory.models import Item, Station
from inventory.sheets import writing
from inventory.views.downloads import download
from shop.open_book import book, charts, files, reports
from shop.open_book.forms import Period

DAYS = 14


@require_safe
def stations(request: HttpRequest) -> HttpResponse:
    """The book of the only station, or which there are."""
    found = list(Station.objects.order_by("name", "pk"))
    if len(found) == 1:
        return redirect("book", found[0].code)
    return render(request, "shop/books.html", {"stations": found})


@require_safe
def goods(request: HttpRequest, code: str) -> HttpResponse:
    station = get_object_or_404(Station, code=code)
    found = book.goods(station)
    total = sum((good.variance for good in found), reports.ZERO)
    context = {
        "station": station,
        "goods": found,
        "variance": total,
        "part": "goods",
    }
    return render(request, "shop/book.html", context)


@require_safe
def good(request: HttpRequest, pk: int) -> HttpResponse:
    item = get_object_or_404(Item.objects.select_related("record"), pk=pk)
    station = get_object_or_404(Station, partner=item.record.partner_id)
    found = book.good(station, item.pk)
    if found is None:
        raise Http404
    points = [charts.Point(e.at, e.price, e.landed_each) for e in reversed(found.entries)]
    chart = charts.of(points, timezone.now())
    context = {"station": station, "good": found, "chart": chart, "part": "goods"}
    return render(request, "shop/book_good.html", context)


@require_safe
def report(request: HttpRequest, code: str) -> HttpResponse:
    """What happened from one day to another; a period that cannot be is said, and the last days
    are shown."""
    station = get_object_or_404(Station, code=code)
    asked = Period(request.GET) if request.GET else None
    form = asked if asked and asked.is_valid() else Period(_last_days())
    form.is_valid()
    found = reports.of(station, *form.days)
    context = {
        "station": station,
        "form": asked or form,
        "report": found,
        "query": urlencode({"since": found.since, "until": found.until}),
        "part": "report",
    }
    status = 400 if asked and asked.errors else 200
    return render(request, "shop/book_report.html", context, status=status)


@require_safe
def xlsx(request: HttpRequest, code: str) -> HttpResponse:
    return _file(request, code, "xlsx")


@require_safe
def csv(request: HttpRequest, code: str) -> HttpResponse:
    return _file(request, code, "csv")


def _file(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    station = get_object_or_404(Station, code=code)
    form = Period(request.GET or _last_days())
    if not form.is_valid():
        return redirect(f"{reverse('book-report', args=[code])}?{request.GET.urlencode()}")
    found = reports.of(station, *form.days)
    sheet = files.period(found)
    if kind == "csv":
        content = writing.csv(*sheet[1:])
    else:
        also = [files.money(found), files.funds(found), files.prices(station, found)]
        content = writing.xlsx([sheet, *also])
    return download(f"{_('账本')}-{station.code}-{found.since}-{found.until}.{kind}", content)


def _last_days() -> dict:
    today = timezone.localdate()
    return {"since": today - timedelta(days=DAYS - 1), "until": today}
