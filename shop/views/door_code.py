"""发开通码: staff, or the door's leader, hand a door its one-time code."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from delivery import access
from delivery.models import Household
from inventory.access import stations_of
from shop import logins


@never_cache
@require_POST
@login_required
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """The answer is the only time the code can be read, so it is a page and not a redirect."""
    of_station = Household.objects.filter(grid__station__in=stations_of(request.user))
    of_leader = access.leader_doors(request.user)
    doors = Household.objects.filter(pk__in=of_station.values("pk")) | Household.objects.filter(
        pk__in=of_leader.values("pk")
    )
    household = get_object_or_404(doors.select_related("grid__station"), pk=pk)
    context = {
        "household": household,
        "station": household.grid.station,
        "code": logins.issue_code(household, by=request.user),
        "days": logins.CODE_DAYS,
    }
    return render(request, "shop/door_code.html", context)
