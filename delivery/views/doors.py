"""住户: finding a door, what is known of it, and the register it comes from."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from delivery import households, registers, registrations
from delivery.forms import DoorForm, DoorSearch
from delivery.models import Household
from delivery.views import imports
from inventory.access import staff_required
from inventory.errors import StationError
from inventory.views.page import page

PER_PAGE = 50
#: Parcels on a door's own page.
LAST = 10


def _address(row: registers.DoorRow) -> str:
    return f"{row.grid} {Household(building=row.building, unit=row.unit, room=row.room)}"


REGISTER = imports.Sheet(
    purpose="doors",
    template="delivery/doors_import.html",
    here="station-doors-import",
    listed="station-doors",
    parse=registers.parse,
    apply=households.apply,
    rows=lambda register: register.doors,
    describe=_address,
    words={
        "people": gettext_lazy("人数"),
        "newcomers": gettext_lazy("来沪人员"),
        "needs": gettext_lazy("特殊情况"),
        "floor": gettext_lazy("楼层"),
        "lon": gettext_lazy("经度"),
        "lat": gettext_lazy("纬度"),
        "contact": gettext_lazy("联系人"),
        "phone": gettext_lazy("电话"),
    },
)


@require_safe
@staff_required
def doors(request: HttpRequest) -> HttpResponse:
    search = DoorSearch(request.station, request.GET)
    found = Household.objects.of_station(request.station)
    if search.is_valid():
        if search.cleaned_data["grid"]:
            found = found.filter(grid=search.cleaned_data["grid"])
        found = found.painted(search.cleaned_data["q"])
    found = found.select_related("grid").prefetch_related("people").in_walking_order()
    listed = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    registered = registrations.waiting(registrations.of_station(request.station)).count()
    context = {"search": search, "doors": listed, "registered": registered}
    return page(request, "delivery/doors.html", "doors", **context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def door(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one door; the only page of the console with whole phone numbers."""
    mine = Household.objects.of_station(request.station).select_related("grid")
    household = get_object_or_404(mine, pk=pk)
    form = DoorForm(request.POST or None, instance=household)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("%s改好了。") % household.address)
        return redirect("station-door", pk)
    parcels = household.parcels.select_related("round").annotate(goods=Count("lines"))
    return page(
        request,
        "delivery/door.html",
        "doors",
        household=household,
        form=form,
        people=household.people.order_by("pk"),
        parcels=parcels.order_by("-round__opens_at", "-pk")[:LAST],
    )


@require_POST
@staff_required
def moved_out(request: HttpRequest, pk: int) -> HttpResponse:
    """这家人搬走了."""
    mine = Household.objects.of_station(request.station).select_related("grid")
    household = get_object_or_404(mine, pk=pk)
    try:
        households.move_out(household, by=request.user)
    except StationError as error:
        messages.error(request, str(error))
        return redirect("station-door", pk)
    said = _("%s的住户已搬走，原来的登录进不来了。新住户来了，再发一张新门卡。")
    messages.success(request, said % household.address)
    return redirect("station-door", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def doors_import(request: HttpRequest) -> HttpResponse:
    return imports.answer(request, REGISTER)
