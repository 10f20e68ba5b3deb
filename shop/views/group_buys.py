"""导入群接龙、快团团: an export in two steps, for the station's doors or a leader's own."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from delivery import access
from delivery.models import GridRole, Household
from inventory import uploads
from inventory.access import staff_required
from inventory.errors import StationError
from inventory.models import Station
from inventory.sheets import SheetError
from shop import shelves
from shop.errors import RoundNotOpen
from shop.group_buys import formats, forms, placing
from shop.group_buys import plan as plans
from shop.models import GroupBuy

PURPOSE = "group_buys"
#: Bad cells, doubts and doors listed; the figures above them count all.
SHOWN = 200
#: Sentences after placing, and imports on the list.
MOST_SAID, LAST = 8, 10

Page = Callable[..., HttpResponse]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def station(request: HttpRequest) -> HttpResponse:
    doors = Household.objects.of_station(request.station)
    frame = {"section": "rounds", "station": request.station}
    return _answer(
        request, request.station, doors, "station-group-buys", "shop/group_buys.html", frame
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def leader(request: HttpRequest) -> HttpResponse:
    """The same for the doors a leader looks after; nobody else's are matched or shown."""
    role = GridRole.objects.filter(user=request.user).select_related("grid__station").first()
    if role is None:
        raise PermissionDenied
    station = role.grid.station
    doors = access.leader_doors(request.user).filter(grid__station=station)
    frame = {
        "station": station,
        "grid": role.grid,
        "household": access.household_of(request.user),
        "is_leader": True,
        "tab": "doors",
        "hide_tabs": True,
    }
    return _answer(
        request, station, doors, "leader-group-buys", "shop/leader_group_buys.html", frame
    )


def _answer(
    request: HttpRequest,
    station: Station,
    doors: QuerySet[Household],
    here: str,
    template: str,
    frame: dict[str, Any],
) -> HttpResponse:
    if "token" in request.POST:
        return _chosen(request, station, doors, here, template, frame)
    rounds = plans.rounds_open(station)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = forms.ExportForm(*sent, rounds=rounds)
    if form.is_valid():
        file = form.cleaned_data["file"]
        data = file.read()
        try:
            plan = plans.make(form.cleaned_data["round"], formats.parse(data, file.name), doors)
        except (SheetError, StationError) as error:
            form.add_error("file", str(error))
        else:
            upload = uploads.keep(data, file.name, **_whose(request, station))
            return render(request, template, frame | _preview(plan, upload, plans.Choices()))
    recent = GroupBuy.objects.filter(round__station=station)
    if here == "leader-group-buys":
        recent = recent.filter(by=request.user)
    context = {
        "form": form,
        "here": here,
        "rounds": rounds,
        "recent": recent.select_related("round", "by")
        .annotate(orders=Count("rows__order", distinct=True))
        .order_by("-pk")[:LAST],
        "labels": {kind.CODE: kind.LABEL for kind in formats.FORMATS},
    }
    status = 400 if form.is_bound and form.errors else 200
    return render(request, template, frame | context, status=status)


def _chosen(
    request: HttpRequest,
    station: Station,
    doors: QuerySet[Household],
    here: str,
    template: str,
    frame: dict[str, Any],
) -> HttpResponse:
    """The preview again with what was chosen there, or the orders."""
    choices = forms.choices(request.POST)
    try:
        upload = uploads.find(request.POST["token"], **_whose(request, station))
        round = plans.rounds_open(station).filter(pk=_key(request)).first()
        if round is None:
            raise RoundNotOpen
        export = formats.parse(upload.open(), upload.name)
        plan = plans.make(round, export, doors, choices)
        if "place" not in request.POST:
            return render(request, template, frame | _preview(plan, upload, choices))
        uploads.use_up(upload)
    except (SheetError, StationError) as error:
        messages.error(request, str(error))
        return redirect(here)
    placed = placing.place(plan, by=request.user)
    _say(request, plan, placed)
    return redirect(here)


def _say(request: HttpRequest, plan: plans.Plan, placed: placing.Placed) -> None:
    said = {"orders": len(placed.orders), "units": placed.units}
    messages.success(request, _("下了 %(orders)d 单，%(units)d 份。") % said)
    for problem in placed.problems[:MOST_SAID]:
        messages.warning(request, problem)
    for short in plan.shortages[:MOST_SAID]:
        said = {
            "good": short["item"].record.product.title,
            "n": short["short"],
            "doors": short["doors"],
        }
        words = _("%(good)s少 %(n)d 份（%(doors)d 户）；有货了再导入一次，只补没下的。")
        messages.warning(request, words % said)
    if plan.bad:
        words = _("有问题的 %d 格没有下单，改好再导入一次就行。")
        messages.warning(request, words % len(plan.bad))


def _preview(plan: plans.Plan, upload, choices: plans.Choices) -> dict[str, Any]:
    doors = sorted(plan.doors, key=lambda door: (not door.refused, not door.new_lines))
    return {
        "plan": plan,
        "upload": upload,
        "choices": choices,
        "items": list(shelves.goods(plan.round.station)),
        "bad": plan.bad[:SHOWN],
        "more_bad": max(0, len(plan.bad) - SHOWN),
        "doubts": plan.doubts[:SHOWN],
        "short": plan.short[:SHOWN],
        "planned": [door for door in doors if door.new_lines][:SHOWN],
        "more_doors": max(0, sum(bool(door.new_lines) for door in doors) - SHOWN),
        "fewer": [(door, wanted) for door in plan.doors for wanted in door.fewer][:SHOWN],
    }


def _whose(request: HttpRequest, station: Station) -> dict[str, Any]:
    return {"purpose": PURPOSE, "user": request.user, "station": station}


def _key(request: HttpRequest) -> int:
    said = request.POST.get("round", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 19 else 0
