"""志愿者: who helps, who is on duty, and new ones."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from delivery import duty
from delivery.forms import VolunteerForm
from delivery.models import Batch, Volunteer
from inventory.access import manager_required, staff_required, stations_of
from inventory.errors import StationError
from inventory.views.page import page

PER_PAGE = 50


@require_safe
@staff_required
def volunteers(request: HttpRequest) -> HttpResponse:
    open_batches = Count("batches", filter=Q(batches__status__in=Batch.OPEN_STATUSES))
    listed = (
        request.station.volunteers.select_related("user")
        .prefetch_related("grids")
        .annotate(open_batches=open_batches)
        .order_by("-active", "-open_batches", "user__name", "pk")
    )
    return page(
        request,
        "delivery/volunteers.html",
        "volunteers",
        volunteers=Paginator(listed, PER_PAGE).get_page(request.GET.get("page")),
        is_manager=stations_of(request.user, manager=True).contains(request.station),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def volunteer_new(request: HttpRequest) -> HttpResponse:
    """The answer is the only time the password can be read, so it is a page and no redirect."""
    form = VolunteerForm(request.station, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            enlisted = duty.enlist(request.station, **form.said())
        except StationError as error:
            form.add_error("phone", str(error))
        else:
            return page(request, "delivery/volunteer_made.html", "volunteers", enlisted=enlisted)
    return page(request, "delivery/volunteer_new.html", "volunteers", form=form)


@require_POST
@staff_required
def volunteer_on(request: HttpRequest, pk: int) -> HttpResponse:
    volunteer = _volunteer(request, pk)
    duty.start(volunteer)
    messages.success(request, _("%s在岗了。") % volunteer.user)
    return redirect("station-volunteers")


@require_POST
@staff_required
def volunteer_off(request: HttpRequest, pk: int) -> HttpResponse:
    volunteer = _volunteer(request, pk)
    try:
        taken = duty.end(volunteer, request.user)
    except StationError as error:
        messages.error(request, str(error))
    else:
        said = {"name": volunteer.user, "count": taken}
        messages.success(
            request,
            _("%(name)s休息了，收回 %(count)d 批，请另外派人。") % said
            if taken
            else _("%(name)s休息了。") % said,
        )
    return redirect("station-volunteers")


def _volunteer(request: HttpRequest, pk: int) -> Volunteer:
    return get_object_or_404(request.station.volunteers.select_related("user"), pk=pk)
