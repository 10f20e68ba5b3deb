"""Who may see what (DESIGN §2.9). Views ask here, and take their rows from what they get."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from delivery.models import Household, Volunteer
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


def household_of(user) -> Household | None:
    """The door this user lives behind."""
    if not user.is_authenticated:
        return None
    return Household.objects.filter(people__user=user).select_related("grid__station").first()


def leader_doors(user) -> QuerySet[Household]:
    """The doors this user looks after as 楼长 or 网格长, in walking order."""
    if not user.is_authenticated:
        return Household.objects.none()
    doors = Household.objects.looked_after_by(user)
    return doors.select_related("grid__station").in_walking_order()


def volunteer_of(user) -> Volunteer | None:
    """Who this user is as a courier; nobody while off duty."""
    if not user.is_authenticated:
        return None
    return Volunteer.objects.filter(user=user, active=True).select_related("station").first()


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
