"""日结: the day's report for who runs the station, and the same to file."""

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from inventory.access import staff_required
from inventory.sheets import writing
from inventory.views.downloads import download
from inventory.views.page import page
from shop.day_end import charts, days, files, report
from shop.day_end.forms import TheDay


@require_safe
@never_cache
@staff_required
def day_end(request: HttpRequest) -> HttpResponse:
    """A day that cannot be is said, and today is shown."""
    asked = TheDay(request.GET) if request.GET else None
    form = asked if asked and asked.is_valid() else _today()
    day: date = form.cleaned_data["day"]
    latest = days.last(request.station, day)
    is_today = day == timezone.localdate()
    return page(
        request,
        "shop/day_end.html",
        "money",
        status=400 if asked and asked.errors else 200,
        form=asked or form,
        found=report.of(request.station, day),
        days=[each for each in reversed(latest) if each.charged or each.paid],
        chart=charts.of(latest),
        is_today=is_today,
        earlier=day - timedelta(days=1),
        later=None if is_today else day + timedelta(days=1),
    )


@require_safe
@never_cache
@staff_required
def xlsx(request: HttpRequest) -> HttpResponse:
    form = TheDay(request.GET) if request.GET else _today()
    if not form.is_valid():
        return redirect(f"{reverse('station-day-end')}?{request.GET.urlencode()}")
    day = form.cleaned_data["day"]
    found = report.of(request.station, day)
    content = writing.xlsx(files.sheets(found, days.last(request.station, day)))
    return download(f"{_('日结')}-{request.station.code}-{day}.xlsx", content)


def _today() -> TheDay:
    form = TheDay({"day": timezone.localdate()})
    form.is_valid()
    return form
