"""Who works at which station (DESIGN §2.9). Views of the console ask here, and take their rows
from the station they get."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from inventory.models import Membership, Station

View = Callable[..., HttpResponse]


def stations_of(user, manager: bool = False) -> QuerySet[Station]:
    """The stations this user works at (`manager`: runs); a superuser: all; a stranger: none."""
    if not user.is_authenticated:
        return Station.objects.none()
    if user.is_superuser:
        return Station.objects.order_by("pk")
    jobs = Membership.objects.filter(user=user)
    if manager:
        jobs = jobs.filter(role=Membership.Role.MANAGER)
    return Station.objects.filter(pk__in=jobs.values("station")).order_by("pk")


def staff_required(view: View) -> View:
    """Lets the station's people in and gives them `request.station`.

    Who is not logged in is asked to; who works at no station gets 403.
    """
    return _station_view(view, manager=False)


def manager_required(view: View) -> View:
    """The same for those who run a station."""
    return _station_view(view, manager=True)


def _station_view(view: View, *, manager: bool) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        station = stations_of(request.user, manager).first()
        if station is None:
            raise PermissionDenied
        request.station = station
        return view(request, *args, **kwargs)

    return guarded
