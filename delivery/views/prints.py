"""The sheets of A4 a station works with: run sheets for couriers, pick lists for the shelves."""

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from delivery import runs
from delivery.models import Batch, Handoff, Round, StopParcel
from delivery.picks import prints
from inventory.access import staff_required


@require_safe
@never_cache
@staff_required
def run_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything a courier needs when no phone works, and the way to their page when one does."""
    batch = _batch(request, pk)
    path = reverse("courier-batch", args=[batch.pk])
    context = {
        "station": request.station,
        "batch": batch,
        "run": runs.of(batch),
        "reasons": Handoff.Reason.labels,
        "qr": qr(outside(request, path)),
    }
    return render(request, "delivery/run_sheet.html", context)


@require_safe
@never_cache
@staff_required
def pick_list(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    context = {
        "station": request.station,
        "batch": batch,
        "round": batch.round,
        "back": reverse("station-batch", args=[batch.pk]),
        "picks": prints.of_batch(batch),
    }
    return render(request, "delivery/pick_list.html", context)


@require_safe
@never_cache
@staff_required
def round_pick_list(request: HttpRequest, pk: int) -> HttpResponse:
    round = get_object_or_404(Round, pk=pk, station=request.station)
    context = {
        "station": request.station,
        "round": round,
        "back": reverse("station-dispatch"),
        "picks": prints.of_round(round),
    }
    return render(request, "delivery/pick_list.html", context)


@require_safe
@never_cache
@staff_required
def labels(request: HttpRequest, pk: int) -> HttpResponse:
    """One for every parcel of a batch."""
    batch = _batch(request, pk)
    return _labels(request, batch, prints.labels(batch), reverse("station-bench", args=[pk]))


@require_safe
@never_cache
@staff_required
def label(request: HttpRequest, pk: int) -> HttpResponse:
    """Of one parcel, while a batch has it."""
    loads = StopParcel.objects.select_related("stop__batch__grid", "stop__batch__round")
    mine = loads.filter(stop__batch__round__station=request.station, active=True)
    stop = get_object_or_404(mine, parcel=pk).stop
    batch = stop.batch
    this = [each for each in prints.labels(batch) if each.parcel.pk == pk]
    back = f"{reverse('station-bench', args=[batch.pk])}?stop={stop.position}"
    return _labels(request, batch, this, back)


def _labels(
    request: HttpRequest, batch: Batch, labels: list[prints.Label], back: str
) -> HttpResponse:
    context = {
        "station": request.station,
        "batch": batch,
        "labels": labels,
        "roll": request.GET.get("paper") == "roll",
        "back": back,
    }
    return render(request, "delivery/labels.html", context)


def outside(request: HttpRequest, path: str) -> str:
    """Where phones find a page of ours; without `PUBLIC_URL`, where this browser found us."""
    return settings.PUBLIC_URL + path if settings.PUBLIC_URL else request.build_absolute_uri(path)


def qr(text: str) -> str:
    """Inline SVG without a size of its own: the sheet's style gives it one."""
    return segno.make(text, micro=False).svg_inline(border=2, omitsize=True, svgclass="qr")


def _batch(request: HttpRequest, pk: int) -> Batch:
    batches = Batch.objects.select_related("grid", "round", "courier__user")
    return get_object_or_404(batches, pk=pk, grid__station=request.station)
