"""公告: the station's people say something to everybody, a grid's leader to their grid."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from delivery import access
from delivery.models import Grid
from inventory.access import staff_required, stations_of
from inventory.errors import StationError
from inventory.views.page import page
from shop import announcements
from shop.messaging.forms import AnnouncementForm
from shop.models import Announcement

#: Of those that are over.
SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def station(request: HttpRequest) -> HttpResponse:
    grids = Grid.objects.filter(station=request.station)
    form = AnnouncementForm(grids, request.POST or None)
    if request.method == "POST" and _published(request, form, request.station):
        return redirect("station-announcements")
    return page(
        request,
        "shop/announcements.html",
        "messages",
        form=form,
        running=announcements.running(request.station),
        over=announcements.over(request.station)[:SHOWN],
        is_manager=stations_of(request.user, manager=True).contains(request.station),
        status=400 if form.is_bound else 200,
    )


@require_POST
@staff_required
def station_end(request: HttpRequest, pk: int) -> HttpResponse:
    _end(request, get_object_or_404(Announcement, pk=pk, station=request.station))
    return redirect("station-announcements")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def leader(request: HttpRequest) -> HttpResponse:
    """For the grids this user leads; who looks after one building speaks to its people."""
    grids = _led_by(request.user)
    first = grids.select_related("station").first()
    if first is None:
        return render(request, "403.html", status=403)
    form = AnnouncementForm(grids, request.POST or None, everywhere=False)
    if request.method == "POST" and _published(request, form, None):
        return redirect("leader-announcements")
    context = {
        "station": first.station,
        "grid": first,
        "household": access.household_of(request.user),
        "is_leader": True,
        "tab": "doors",
        "form": form,
        "one_grid": first if len(grids) == 1 else None,
        "running": _of(grids),
    }
    status = 400 if form.is_bound else 200
    return render(request, "shop/leader_announcements.html", context, status=status)


@require_POST
@login_required
def leader_end(request: HttpRequest, pk: int) -> HttpResponse:
    mine = Announcement.objects.filter(grid__in=_led_by(request.user))
    _end(request, get_object_or_404(mine, pk=pk))
    return redirect("leader-announcements")


def _led_by(user):
    return Grid.objects.filter(roles__user=user, roles__building="").distinct()


def _of(grids):
    """What is said in these grids now, the station's own too."""
    first = grids[0].station
    running = announcements.running(first)
    return [each for each in running if each.grid_id is None or each.grid in grids]


def _published(request: HttpRequest, form: AnnouncementForm, station) -> bool:
    if not form.is_valid():
        return False
    said = form.cleaned_data
    try:
        announcements.publish(
            station or said["grid"].station,
            grid=said["grid"],
            text=said["text"],
            ends_at=said["ends_at"],
            by=request.user,
        )
    except StationError as error:
        form.add_error("text", str(error))
        return False
    messages.success(request, _("公告挂出去了，大家打开驿站就看得到。"))
    return True


def _end(request: HttpRequest, announcement: Announcement) -> None:
    if announcements.end(announcement):
        messages.success(request, _("公告撤下来了。"))
