"""派送: a round's batches, who carries each, and what happened at its doors."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import uuid4

from django.contrib import messages
from django.db.models import Count, Prefetch, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from delivery import at_once, batches, handoffs, returns, today, volunteers
from delivery.forms import GiveForm
from delivery.models import Batch, Handoff, Parcel, Round, Stop
from delivery.views.chosen_round import chosen_round
from delivery.views.courier import HandoffForm
from inventory.access import staff_required
from inventory.errors import StationError
from inventory.views.page import page
from inventory.words import listed

#: So many batches of each state are listed, unless all of that state are asked for.
LISTED = 40
#: So many batches are named in a sentence.
NAMED = 8
#: In the order of the work.
SHOWN = (*Batch.OPEN_STATUSES, Batch.Status.DONE)


class Group(NamedTuple):
    """The batches of one state that are listed, of how many."""

    status: Batch.Status
    batches: list[Batch]
    total: int


@require_safe
@staff_required
def dispatch(request: HttpRequest) -> HttpResponse:
    rounds = today.rounds(request.station)
    closed = [round for round in rounds if round.status == Round.Status.CLOSED]
    round = chosen_round(request, closed or rounds)
    context: dict[str, Any] = {"rounds": rounds, "round": round}
    if round is not None:
        round.station = request.station
        listed = list(today.batches(round))
        needs = today.needs(round, listed)
        groups = [_group(listed, status, request.GET.get("all", "")) for status in SHOWN]
        shown = {batch.pk for group in groups for batch in group.batches}
        # Only the first who comes to mind: a batch's own page offers all who fit.
        free = [batch for batch in needs.unclaimed if batch.pk in shown]
        volunteers.suggest(request.station, free, most=1)
        context |= {
            "groups": groups,
            "batch_count": len(listed),
            "needs": needs,
            "came_back": _came_back(round),
            "unpacked": sum(batch.status == Batch.Status.PLANNED for batch in listed),
        }
    return page(request, "delivery/dispatch.html", "dispatch", **context)


@require_POST
@staff_required
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    round = get_object_or_404(Round, pk=pk, station=request.station)
    try:
        made = batches.plan(round, request.user)
    except StationError as error:
        messages.error(request, str(error))
    else:
        if made.batches:
            messages.success(request, _("排好 %d 批，可以派给志愿者了。") % len(made.batches))
        else:
            messages.info(request, _("没有要排的包裹，什么也没有变。"))
        if made.too_heavy:
            messages.warning(
                request, _("%d 个包裹太重，没有排进去，见下面。") % len(made.too_heavy)
            )
    return _to_round(pk)


@require_safe
@staff_required
def batch_page(request: HttpRequest, pk: int) -> HttpResponse:
    mine = Batch.objects.filter(round__station=request.station).select_related("round")
    batch = get_object_or_404(today.with_progress(mine), pk=pk)
    stops = (
        batch.stops.select_related("household")
        .annotate(
            parcel_count=Count("loads"),
            weight_g=Sum("loads__parcel__weight_g"),
            due=Sum("loads__parcel__due"),
            in_person=Count("loads", filter=Q(loads__parcel__in_person=True)),
            cold=Count("loads", filter=Q(loads__parcel__cold=True)),
        )
        .prefetch_related(Prefetch("handoffs", Handoff.objects.select_related("by")))
    )
    for stop in stops:
        # Several doors are answered on this one page: each answer has a number of its own.
        stop.nonce = uuid4()
    able = []
    if batch.status in batches.BEFORE_START and not batch.courier_id:
        able = volunteers.able(batch).select_related("user")
    return page(
        request,
        "delivery/batch.html",
        "dispatch",
        batch=batch,
        stops=stops,
        able=able,
        reasons=Handoff.Reason.choices,
    )


@require_POST
@staff_required
def give(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    form = GiveForm(request.station, request.POST)
    if not form.is_valid():
        messages.error(request, form.errors["volunteer"][0])
        return _back(request, batch)
    volunteer = form.cleaned_data["volunteer"]
    try:
        batches.give(batch, volunteer, request.user)
        said = {"batch": batch, "name": volunteer.user}
        messages.success(request, _("%(batch)s派给了%(name)s。") % said)
    except StationError as error:
        messages.error(request, str(error))
    return _back(request, batch)


@require_POST
@staff_required
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    try:
        batches.take_back(batch, request.user)
        messages.success(request, _("%s收回来了，可以派给别人。") % batch)
    except StationError as error:
        messages.error(request, str(error))
    return _back(request, batch)


@require_POST
@staff_required
def pack(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    try:
        batches.pack(batch, request.user)
        messages.success(request, _("%s装好了。") % batch)
    except StationError as error:
        messages.error(request, str(error))
    return _back(request, batch)


@require_POST
@staff_required
def give_all(request: HttpRequest, pk: int) -> HttpResponse:
    round = get_object_or_404(Round, pk=pk, station=request.station)
    try:
        spread = at_once.give(round, request.user)
    except StationError as error:
        messages.error(request, str(error))
    else:
        if spread.given:
            messages.success(request, _("派好了 %d 批。") % spread.given)
        elif not spread.left:
            messages.info(request, _("没有要派的批次，什么也没有变。"))
        if spread.left:
            messages.warning(request, _("%d 批没有在岗的志愿者带得动。") % spread.left)
    return _to_round(pk)


@require_POST
@staff_required
def pack_all(request: HttpRequest, pk: int) -> HttpResponse:
    round = get_object_or_404(Round, pk=pk, station=request.station)
    try:
        done = at_once.pack(round, request.user)
    except StationError as error:
        messages.error(request, str(error))
    else:
        if done.packed:
            messages.success(request, _("%d 批装好了。") % done.packed)
        elif not done.not_shared and not done.not_there:
            messages.info(request, _("没有要装的批次，什么也没有变。"))
        if done.not_shared:
            left = _("有预订的货还没有分，这些批次没有装：%s。请先去“分货”。")
            messages.warning(request, left % _names(done.not_shared))
        if done.not_there:
            left = _("架上没过期的货不够，这些批次没有装：%s。请到“装箱”一户一户装。")
            messages.warning(request, left % _names(done.not_there))
    return _to_round(pk)


def _names(batches: Sequence[Batch]) -> str:
    """As many as one can look for."""
    names = listed(str(batch) for batch in batches[:NAMED])
    more = len(batches) - NAMED
    return names if more <= 0 else _("%(names)s，还有 %(more)d 批") % {"names": names, "more": more}


@require_POST
@staff_required
def handoff(request: HttpRequest, pk: int) -> HttpResponse:
    """What the courier would have tapped: from a paper run sheet, or told over the phone."""
    mine = Stop.objects.filter(batch__round__station=request.station)
    stop = get_object_or_404(mine.select_related("batch__grid"), pk=pk)
    form = HandoffForm(request.POST)
    batch_page = reverse("station-batch", args=[stop.batch_id])
    if not form.is_valid():
        for sentences in form.errors.values():
            messages.error(request, sentences[0])
        return redirect(batch_page)
    try:
        said = handoffs.record(stop, by=request.user, **form.said())
    except StationError as error:
        messages.error(request, str(error))
        return redirect(batch_page)
    words = {"number": stop.position, "outcome": said.get_outcome_display()}
    messages.success(request, _("第 %(number)d 户记好了：%(outcome)s。") % words)
    # Back to where the clerk was in the list.
    return redirect(f"{batch_page}#stop-{pk}")


def _came_back(round: Round) -> list[Parcel]:
    """Parcels at the station that did not reach their doors, with `why` in a word."""
    found = list(returns.given_up(round)[:LISTED])
    for parcel in found:
        parcel.why = Handoff.Reason(parcel.reason).label if parcel.reason else ""
    return found


def _group(listed: list[Batch], status: Batch.Status, all_of: str) -> Group:
    """First those that still wait for somebody: the rest of a long list is out of sight."""
    of_status = [batch for batch in listed if batch.status == status]
    of_status.sort(key=lambda batch: batch.courier_id is not None)
    shown = of_status if all_of == status else of_status[:LISTED]
    return Group(status, shown, len(of_status))


def _batch(request: HttpRequest, pk: int) -> Batch:
    mine = Batch.objects.filter(round__station=request.station)
    return get_object_or_404(mine.select_related("grid"), pk=pk)


def _back(request: HttpRequest, batch: Batch) -> HttpResponse:
    """To the page whose button it was: the batch's own, or the list of its round."""
    if request.POST.get("back") == "batch":
        return redirect("station-batch", batch.pk)
    return _to_round(batch.round_id)


def _to_round(pk: int) -> HttpResponse:
    return redirect(f"{reverse('station-dispatch')}?round={pk}")
