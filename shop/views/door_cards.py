"""发门卡: staff and leaders print cards, see which door has which, and end them."""

from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from delivery import access
from delivery.models import GridRole, Household
from delivery.views.prints import qr
from inventory.access import staff_required, stations_of
from inventory.views.page import page
from inventory.words import paper
from shop.models import DoorCard
from shop.ways_in import cards, handing_out
from shop.ways_in.forms import PrintForm

PER_PAGE = 60
#: On one sheet of A4.
ON_A_SHEET = 10
#: Where a phone does not find the computer that printed.
ONLY_HERE = ("localhost", "127.0.0.1", "[::1]")


@require_safe
@never_cache
@staff_required
def station(request: HttpRequest) -> HttpResponse:
    doors = Household.objects.of_station(request.station)
    return page(request, "shop/station_cards.html", "doors", **_list(request, doors))


@require_safe
@never_cache
@login_required
def leader(request: HttpRequest) -> HttpResponse:
    role = GridRole.objects.filter(user=request.user).select_related("grid__station").first()
    if role is None:
        raise PermissionDenied
    context = {"station": role.grid.station, "grid": role.grid, "is_leader": True, "tab": "doors"}
    context |= _list(request, access.leader_doors(request.user).order_by())
    return render(request, "shop/leader_cards.html", context)


def _list(request: HttpRequest, doors) -> dict:
    """The doors asked for (`grid`, `state`, or one `door`), how many are in which state, and the
    form to print."""
    grids = doors.values("grid")
    asked = {name: request.GET.get(name, "") for name in ("grid", "state", "door")}
    form = PrintForm(
        grids=grids, initial={"nonce": uuid4(), "grid": asked["grid"]}, auto_id="print_%s"
    )
    known = {str(grid.pk) for grid in form.fields["grid"].queryset}
    if asked["grid"] in known:
        doors = doors.filter(grid=asked["grid"])
    if PrintForm.is_key(asked["door"]):
        doors = doors.filter(pk=asked["door"])
    doors = handing_out.with_cards(doors)
    figures = handing_out.figures(doors)
    if asked["state"] in handing_out.State.values:
        doors = doors.filter(state=asked["state"])
    listed = doors.select_related("grid").in_walking_order()
    return {
        "asked": asked,
        "grids": form.fields["grid"].queryset,
        "form": form,
        "figures": figures,
        "doors": Paginator(listed, PER_PAGE).get_page(request.GET.get("page")),
        "most": cards.MOST,
    }


@require_POST
@never_cache
@login_required
def print_cards(request: HttpRequest) -> HttpResponse:
    """New cards, ready for the printer. The answer is the only time their codes can be read, so
    it is a page and no redirect."""
    mine = handing_out.doors_of(request.user)
    back = _back(request)
    form = PrintForm(request.POST, grids=mine.order_by().values("grid"))
    if not form.is_valid():
        messages.error(request, next(iter(form.errors.values()))[0])
        return redirect(back)
    found = list(handing_out.to_print(mine, form.cleaned_data)[: cards.MOST + 1])
    doors = found[: cards.MOST]
    if not doors:
        messages.warning(request, _("没有要印的门：都有卡了，或者都有人登录过。"))
        return redirect(back)
    try:
        codes = cards.issue_all(doors, by=request.user, nonce=form.once())
    except cards.PrintedAlready as error:
        messages.error(request, str(error))
        return redirect(back)
    there = request.build_absolute_uri(reverse("card"))
    if settings.PUBLIC_URL:
        there = f"{settings.PUBLIC_URL}{reverse('card')}"
    printed = [(door, codes[door.pk], qr(f"{there}#{codes[door.pk]}")) for door in doors]
    context = {
        "station": doors[0].grid.station,
        "sheets": [printed[n : n + ON_A_SHEET] for n in range(0, len(printed), ON_A_SHEET)],
        "count": len(printed),
        "more": len(found) > len(doors),
        "there": there.split("://", 1)[-1],
        "only_here": there.split("/")[2].rsplit(":", 1)[0] in ONLY_HERE,
        "back": reverse(back),
        **paper(),
    }
    return render(request, "shop/cards_print.html", context)


@require_POST
@login_required
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    mine = handing_out.doors_of(request.user)
    theirs = DoorCard.objects.filter(household__in=mine).select_related("household")
    card = get_object_or_404(theirs, pk=pk)
    cards.revoke(card, by=request.user)
    messages.success(request, _("%s的这张卡作废了。") % card.household.door)
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    """Where the cards are listed: on the leader's phone, or on the console."""
    at_work = stations_of(request.user).exists()
    as_leader = request.POST.get("as") == "leader" and request.user.grid_roles.exists()
    return "station-cards" if at_work and not as_leader else "leader-cards"
