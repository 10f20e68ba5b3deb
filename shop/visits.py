"""Who is at the shop's counter, and for which door: asked once per request."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps

from django.contrib.auth.decorators import login_required
from django.db.models import Exists
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import SimpleLazyObject

from delivery import access, rounds
from delivery.models import Grid, GridRole, Household, Round
from inventory.access import stations_of
from inventory.models import Station
from inventory.spelled import Spelled, key
from shop.messaging import inbox
from shop.models import User

#: In the session: the door a leader is ordering for.
ORDERING_FOR = "ordering_for"
#: What pages ask of a door besides.
THEIRS = ("preferences", "account_terms")


@dataclass
class Visit:
    """The door that is shopped for; `round` takes its order now (None: none does)."""

    user: User
    household: Household
    for_another: bool
    is_leader: bool

    @cached_property
    def round(self) -> Round | None:
        return rounds.current(self.household.grid)

    @property
    def elder(self) -> bool:
        """长辈版, as the door wants it; who orders for another is at work."""
        preferences = getattr(self.household, "preferences", None)
        return not self.for_another and preferences is not None and preferences.elder

    @property
    def grid(self) -> Grid:
        return self.household.grid

    @property
    def station(self) -> Station:
        return self.household.grid.station

    def context(self, tab: str, **extra) -> dict:
        """What every page of the shop shows around its content (templates/shop/base.html); what
        a page does not show is not asked for."""
        return {
            "station": self.station,
            "grid": self.grid,
            "household": self.household,
            "current_round": SimpleLazyObject(lambda: self.round),
            "is_leader": self.is_leader,
            "ordering_for": self.household.door if self.for_another else "",
            "elder": self.elder,
            # How much of the door's inbox nobody has read; who orders for another is at work.
            "unseen": getattr(self.household, "unseen", 0),
            "tab": tab,
            **extra,
        }


def door_required(view: Callable) -> Callable:
    """The view gets `request.visit`. Those who have no door here are sent where they work."""

    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        visit = _visit(request)
        if visit is None:
            return _elsewhere(request)
        request.visit = visit
        return view(request, *args, **kwargs)

    return wrapped


def _visit(request: HttpRequest) -> Visit | None:
    other = None
    if ORDERING_FOR in request.session:
        other = doors_to_order_for(request.user).filter(pk=request.session[ORDERING_FOR]).first()
        if other is None:  # somebody came in themselves, or the leader another grid
            del request.session[ORDERING_FOR]
    household = other or _HOME.first(user=request.user.pk)
    if household is None:
        return None
    return Visit(
        user=request.user,
        household=household,
        for_another=other is not None,
        is_leader=other is not None or household.leads,
    )


#: With what every page asks of a door and of who lives there.
_HOME: Spelled[Household] = Spelled(
    lambda: (
        inbox.with_unseen(access.homes_of(key("user")))
        .select_related(*THEIRS)
        .annotate(leads=Exists(GridRole.objects.filter(user=key("user"))))
        .order_by("pk")[:1]
    )
)


def doors_to_order_for(user):
    """Doors a leader may order for: of their grid or building, where nobody comes in themselves."""
    doors = access.leader_doors(user).with_login().filter(has_login=False)
    return doors.select_related("grid__station")


def _elsewhere(request: HttpRequest) -> HttpResponse:
    user = request.user
    if stations_of(user).exists():
        return redirect("station-today")
    if access.volunteer_of(user) is not None:
        return redirect("courier-batches")
    if user.grid_roles.exists():
        return redirect("leader-doors")
    return render(request, "shop/no_door.html", status=403)
