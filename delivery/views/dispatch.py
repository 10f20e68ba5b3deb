"""派送: a round's batches, who carries each, and what happened at its doors."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Prefetch, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from delivery import batches, today, volunteers
from delivery.access import staff_required
from delivery.forms import GiveForm
from delivery.models import Batch, Handoff, Round
from delivery.views.page import chosen_round, page
from inventory.errors import StationError

#: Volunteers offered beside each batch of the list; a batch's own page offers all who fit.
SUGGESTED = 6
#: In the order of the work.
SHOWN = (*Batch.OPEN_STATUSES, Batch.Status.DONE)


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
        volunteers.suggest(request.station, needs.unclaimed, most=SUGGESTED)
        groups = [(status, [b for b in listed if b.status == status]) for status in SHOWN]
        context |= {"groups": groups, "batch_count": len(listed), "needs": needs}
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
    able = []
    if batch.status in batches.BEFORE_START and not batch.courier_id:
        able = volunteers.able(batch).select_related("user")
    return page(request, "delivery/batch.html", "dispatch", batch=batch, stops=stops, able=able)


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
