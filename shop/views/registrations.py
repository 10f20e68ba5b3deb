"""登记: what came in by the posters, for leaders and for the station; and the posters."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from delivery import access, registrations
from delivery.models import Grid, GridRole, Household, Poster, Registration
from delivery.registration_forms import ApproveForm, MergeForm, PosterForm, RefuseForm
from delivery.views.prints import outside, qr
from inventory.access import staff_required, stations_of
from inventory.errors import StationError
from inventory.models import Station
from inventory.words import paper
from shop.views.door_cards import ONLY_HERE

#: Shown at once; the oldest come first.
MOST = 60


@dataclass(frozen=True)
class Desk:
    """Who decides: a leader on a phone, or the station at its console."""

    station: Station
    kind: str
    rows: QuerySet[Registration]
    doors: QuerySet[Household]
    posters: QuerySet[Poster]
    grids: QuerySet[Grid]
    #: Whether this building (of this grid) is theirs; "" is the whole grid.
    allowed: Callable[[int, str], bool]

    def frame(self, request: HttpRequest) -> dict:
        """What the page shows around its content, and where its links lead."""
        leader = self.kind == "leader"
        around = {"is_leader": True, "tab": "doors"} if leader else {"section": "doors"}
        return around | {
            "station": self.station,
            "shell": "shop/base.html" if leader else "console.html",
            "as": self.kind,
            "here": f"{self.kind}-registrations",
            "one": f"{self.kind}-registration",
            "cards": f"{self.kind}-cards",
            "up": "leader-doors" if leader else "station-doors",
        }


def _leader(request: HttpRequest) -> Desk:
    roles = list(GridRole.objects.filter(user=request.user).select_related("grid__station"))
    if not roles:
        raise PermissionDenied
    mine = {(role.grid_id, role.building) for role in roles}
    return Desk(
        station=roles[0].grid.station,
        kind="leader",
        rows=registrations.of_leader(request.user),
        doors=access.leader_doors(request.user).order_by(),
        posters=Poster.objects.filter(registrations.places(request.user)),
        grids=Grid.objects.filter(pk__in={role.grid_id for role in roles}),
        allowed=lambda grid_id, building: (grid_id, "") in mine or (grid_id, building) in mine,
    )


def _station(request: HttpRequest) -> Desk:
    station = request.station
    return Desk(
        station=station,
        kind="station",
        rows=registrations.of_station(station),
        doors=Household.objects.of_station(station),
        posters=Poster.objects.filter(grid__station=station),
        grids=Grid.objects.filter(station=station),
        allowed=lambda grid_id, building: True,
    )


@require_safe
@never_cache
@login_required
def leader(request: HttpRequest) -> HttpResponse:
    return _list(request, _leader(request))


@require_safe
@never_cache
@staff_required
def station(request: HttpRequest) -> HttpResponse:
    return _list(request, _station(request))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def leader_one(request: HttpRequest, pk: int) -> HttpResponse:
    return _one(request, _leader(request), pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def station_one(request: HttpRequest, pk: int) -> HttpResponse:
    return _one(request, _station(request), pk)


def _list(request: HttpRequest, desk: Desk) -> HttpResponse:
    waiting = registrations.waiting(desk.rows)
    rows = list(waiting[:MOST])
    likely = registrations.likely(rows, desk.doors)
    context = desk.frame(request) | {
        "rows": [(row, likely[row.pk]) for row in rows],
        "more": len(rows) == MOST and waiting.count() > MOST,
        "posters": desk.posters.filter(active=True)
        .select_related("grid")
        .order_by("grid__position", "grid", "building"),
        "poster_form": PosterForm(
            grids=desk.grids, allowed=desk.allowed, initial=_first_place(desk)
        ),
        "made": _made(request, desk),
    }
    return render(request, "shop/registrations.html", context)


def _first_place(desk: Desk) -> dict:
    """Who has one place has it filled in."""
    grids = list(desk.grids[:2])
    return {"grid": grids[0].pk} if len(grids) == 1 else {}


def _made(request: HttpRequest, desk: Desk) -> Household | None:
    """The door that has just come onto the register: its card can be printed."""
    said = request.GET.get("made", "")
    known = said.isascii() and said.isdecimal() and len(said) < 19
    return desk.doors.filter(pk=said).first() if known else None


def _one(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    row = get_object_or_404(desk.rows.select_related("grid", "household"), pk=pk)
    if row.status != Registration.Status.OPEN:
        messages.info(request, _("这一条已经有人处理过了。"))
        return redirect(f"{desk.kind}-registrations")
    likely = registrations.likely([row], desk.doors)[row.pk]
    near = desk.doors.filter(grid=row.grid_id)
    same_building = near.filter(building=row.building)
    near = same_building if same_building.exists() else near
    doors = desk.doors.filter(pk__in=near.values("pk")) | desk.doors.filter(
        pk__in=[door.pk for door in likely.doors]
    )
    do = request.POST.get("do", "")
    sent = {name: (request.POST,) if do == name else () for name in ("approve", "merge", "refuse")}
    offered: dict[str, forms.Form] = {
        "approve": ApproveForm(
            *sent["approve"],
            registration=row,
            allowed=lambda building: desk.allowed(row.grid_id, building),
        ),
        "merge": MergeForm(
            *sent["merge"],
            doors=doors.select_related("grid").in_walking_order(),
            initial={"door": likely.doors[0].pk} if likely.doors else {},
        ),
        "refuse": RefuseForm(*sent["refuse"], auto_id="refuse_%s"),
    }
    status = 200
    if request.method == "POST":
        form = offered.get(do)
        status = 400
        if form is not None and form.is_valid():
            try:
                return _decide(request, desk, row, do, form)
            except StationError as error:
                form.add_error(None, str(error))
                status = 409
    context = desk.frame(request) | {"row": row, "likely": likely, "forms": offered, "do": do}
    return render(request, "shop/registration.html", context, status=status)


def _decide(request: HttpRequest, desk: Desk, row: Registration, do: str, form) -> HttpResponse:
    back = reverse(f"{desk.kind}-registrations")
    said = form.cleaned_data
    if do == "refuse":
        registrations.refuse(row, reason=said["reason"], by=request.user)
        messages.success(request, _("没通过，写的姓名和电话都删掉了。"))
        return redirect(back)
    if do == "merge":
        door = registrations.merge(row, said["door"], form.taken(), by=request.user)
        messages.success(request, _("并到%s了。") % door.door)
    else:
        door = registrations.approve(row, said, by=request.user)
        messages.success(request, _("%s登记好了，现在就能下单。") % door.door)
    return redirect(f"{back}?made={door.pk}")


# --- posters ----------------------------------------------------------------------------------


def _desk(request: HttpRequest) -> Desk:
    """Whose page a tap came from; who has both is asked by `as`."""
    at_work = stations_of(request.user).first()
    as_leader = request.POST.get("as") == "leader" or request.GET.get("as") == "leader"
    if at_work is None or (as_leader and request.user.grid_roles.exists()):
        return _leader(request)
    request.station = at_work
    return _station(request)


@require_POST
@login_required
def put_up(request: HttpRequest) -> HttpResponse:
    desk = _desk(request)
    form = PosterForm(request.POST, grids=desk.grids, allowed=desk.allowed)
    if not form.is_valid():
        messages.error(request, next(iter(form.errors.values()))[0])
        return redirect(f"{desk.kind}-registrations")
    said = form.cleaned_data
    poster = registrations.put_up(said["grid"], said["building"], by=request.user)
    return redirect(f"{reverse('poster-print', args=[poster.pk])}?as={desk.kind}")


@require_safe
@never_cache
@login_required
def poster(request: HttpRequest, pk: int) -> HttpResponse:
    """A sheet of A4 for the entrance."""
    desk = _desk(request)
    mine = desk.posters.filter(active=True).select_related("grid__station")
    poster = get_object_or_404(mine, pk=pk)
    there = outside(request, reverse("register", args=[poster.code]))
    context = {
        "station": poster.grid.station,
        "poster": poster,
        "qr": qr(there),
        "there": there.split("://", 1)[-1],
        "only_here": there.split("/")[2].rsplit(":", 1)[0] in ONLY_HERE and not settings.PUBLIC_URL,
        "back": reverse(f"{desk.kind}-registrations"),
        **paper(),
    }
    return render(request, "shop/poster.html", context)


@require_POST
@login_required
def take_down(request: HttpRequest, pk: int) -> HttpResponse:
    desk = _desk(request)
    registrations.take_down(get_object_or_404(desk.posters, pk=pk))
    messages.success(request, _("这张不用了，扫它的人会看到一句话。"))
    return redirect(f"{desk.kind}-registrations")
