"""一波的账 for a leader: each door's due, paid and settled, and whether it adds up."""

from collections.abc import Sequence
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from delivery import access
from delivery.models import GridRole, Household, Round
from delivery.templatetags.station import yuan
from delivery.views.chosen_round import LONGEST_KEY
from inventory.errors import StationError
from shop.models import MoneyMove
from shop.money import round_book
from shop.money.cash import cash, collecting
from shop.money.cash.forms import AtDoorForm

#: Rounds the page offers.
ROUNDS = 8


@require_safe
@never_cache
@login_required
def money(request: HttpRequest) -> HttpResponse:
    return _money(request)


@require_POST
@login_required
def collect(request: HttpRequest, pk: int) -> HttpResponse:
    """Cash or a transfer of a door the leader looks after."""
    door = get_object_or_404(access.leader_doors(request.user), pk=pk)
    form = AtDoorForm(request.POST)
    valid = form.is_valid()
    rounds = Round.objects.filter(station=door.grid.station_id)
    round = rounds.filter(pk=form.cleaned_data.get("round")).first()
    if not valid:
        for errors in form.errors.values():
            messages.error(request, errors[0])
        return _money(request, round, typed=door.pk, status=400)
    if round is None:
        raise Http404
    try:
        collecting.collect(door, round, by=request.user, **form.said())
    except StationError as error:
        messages.error(request, str(error))
        return _money(request, round, typed=door.pk, status=409)
    said = {"door": door.door, "yuan": yuan(form.cleaned_data["amount"])}
    messages.success(request, _("%(door)s %(yuan)s，记好了。") % said)
    return redirect(_page(round.pk))


@require_POST
@login_required
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """A slip of the finger."""
    mine = MoneyMove.objects.filter(
        by=request.user, household__in=access.leader_doors(request.user)
    )
    move = get_object_or_404(mine.select_related("order__placement"), pk=pk)
    try:
        collecting.undo(move, by=request.user)
    except StationError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("撤销了，这户又欠着。"))
    return redirect("leader-money")


def _page(round_id: int) -> str:
    return f"{reverse('leader-money')}?round={round_id}"


def _money(
    request: HttpRequest,
    round: Round | None = None,
    *,
    typed: int | None = None,
    status: int = 200,
) -> HttpResponse:
    """The same number of queries however many doors. `typed`: the door whose form was refused."""
    roles = list(GridRole.objects.filter(user=request.user).select_related("grid__station"))
    if not roles:
        return render(request, "403.html", status=403)
    doors = list(access.leader_doors(request.user))
    rounds = list(_rounds(doors)[:ROUNDS])
    round = round or _chosen(request, rounds, roles)
    book = round_book.of(round, doors) if round else round_book.Book([])
    context = {
        "station": roles[0].grid.station,
        "grid": roles[0].grid,
        "household": access.household_of(request.user),
        "is_leader": True,
        "tab": "doors",
        "rounds": rounds,
        "round": round,
        "book": book,
        "rows": [(door, uuid4()) for door in book.doors],
        "typed_for": typed,
        "typed": request.POST.get("amount", ""),
        "held": sum(cash.hands_of(request.user).values()),
        "slips": collecting.collected_by(request.user),
    }
    return render(request, "shop/leader_money.html", context, status=status)


def _rounds(doors: Sequence[Household]):
    """In which these doors ordered, the latest first."""
    return Round.objects.filter(placements__household__in=doors).distinct()


def _chosen(
    request: HttpRequest, rounds: Sequence[Round], roles: Sequence[GridRole]
) -> Round | None:
    wanted = request.GET.get("round", "")
    if not wanted:
        return rounds[0] if rounds else None
    if not wanted.isdecimal() or len(wanted) > LONGEST_KEY:
        raise Http404
    stations = {role.grid.station_id for role in roles}
    return get_object_or_404(Round, pk=int(wanted), station__in=stations)
