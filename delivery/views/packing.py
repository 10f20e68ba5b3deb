"""分拣: the batches of a round on the packing bench, one stop after the other."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from delivery import today
from delivery.errors import UnknownCode
from delivery.models import Batch, ParcelLine, Round, Stop
from delivery.picks import barcodes, bench, packing
from delivery.picks.codes import Found
from delivery.picks.forms import ScanForm, TickForm
from delivery.views.chosen_round import LONGEST_KEY, chosen_round
from inventory.access import staff_required
from inventory.errors import StationError
from inventory.views.page import page


@require_safe
@staff_required
def packing_list(request: HttpRequest) -> HttpResponse:
    rounds = today.rounds(request.station)
    closed = [round for round in rounds if round.status == Round.Status.CLOSED]
    round = chosen_round(request, closed or rounds)
    context: dict[str, Any] = {"rounds": rounds, "round": round}
    if round is not None:
        batches = bench.batches(round)
        context |= {
            "batches": batches,
            "awaiting": any(batch.awaiting for batch in batches),
        }
    return page(request, "delivery/packing.html", "packing", **context)


@require_safe
@never_cache
@staff_required
def bench_page(request: HttpRequest, pk: int) -> HttpResponse:
    return _bench(request, _batch(request, pk))


@require_POST
@staff_required
def scan(request: HttpRequest, pk: int) -> HttpResponse:
    """A code from a scanner, typed, or in a photo: packs its line, or shows what is to be done."""
    batch = _batch(request, pk)
    position = _number(request.POST.get("stop", ""))
    form = ScanForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, next(iter(form.errors.values()))[0])
        return _to(batch, position)
    stop = batch.stops.filter(position=position).first() if position is not None else None
    try:
        found = _look_up(request.station, batch, stop, form.cleaned_data)
        if found.line is None:
            return _to(batch, found.stop.position)
        if found.line.item.by_weight:
            return _to(batch, found.stop.position, weigh=found.line.pk)
        packing.tick(found.line, by=request.user)
    except StationError as error:
        messages.error(request, str(error))
        return _to(batch, position)
    return _on(request, batch, found.stop, found.line)


@require_POST
@staff_required
def tick(request: HttpRequest, pk: int) -> HttpResponse:
    line, batch, stop = _line(request, pk)
    form = TickForm(request.POST)
    try:
        if not form.is_valid():
            raise StationError(next(iter(form.errors.values()))[0])
        packing.tick(line, by=request.user, **form.said())
    except StationError as error:
        messages.error(request, str(error))
        typed = {"line": line.pk, "grams": request.POST.get("weighed_g", "")[:10]}
        return _bench(request, batch, stop.position, typed, status=409)
    return _on(request, batch, stop, line)


@require_POST
@staff_required
def untick(request: HttpRequest, pk: int) -> HttpResponse:
    line, batch, stop = _line(request, pk)
    try:
        packing.untick(line, by=request.user)
        good = line.item.record.product.title
        messages.info(request, _("%s拿出来了，还没装。") % good)
    except StationError as error:
        messages.error(request, str(error))
    return _to(batch, stop.position)


def _look_up(station, batch: Batch, stop: Stop | None, said: dict[str, Any]) -> Found:
    """A photo may show several codes: the first that means something here."""
    if not said["photo"]:
        return packing.find(station, batch, said["code"], stop=stop)
    refused: list[UnknownCode] = []
    for code in barcodes.read(said["photo"]):
        try:
            return packing.find(station, batch, code, stop=stop)
        except UnknownCode as error:
            refused.append(error)
    raise refused[0]


def _bench(
    request: HttpRequest,
    batch: Batch,
    position: int | None = None,
    typed: dict[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    if position is None:
        position = _number(request.GET.get("stop", ""))
    last = _number(request.GET.get("last", ""))
    return page(
        request,
        "delivery/bench.html",
        "packing",
        status=status,
        batch=batch,
        bench=bench.of(batch, request.user, position, last),
        weigh=_number(request.GET.get("weigh", "")),
        typed=typed,
    )


def _on(request: HttpRequest, batch: Batch, stop: Stop, line: ParcelLine) -> HttpResponse:
    """To the rest of this stop; when nothing is left of it, to the next one."""
    seen = bench.of(batch, request.user, stop.position)
    if seen.place is None or seen.place.is_open:
        return _to(batch, stop.position, last=line.pk)
    messages.success(request, _("第 %d 户装好了，请贴标签。") % stop.position)
    following = bench.next_for(seen.places, request.user, stop.position)
    return _to(batch, (following or seen.place).stop.position, last=line.pk)


def _to(batch: Batch, position: int | None, **query: int) -> HttpResponse:
    if position is not None:
        query = {"stop": position, **query}
    address = reverse("station-bench", args=[batch.pk])
    return redirect(f"{address}?{'&'.join(f'{name}={value}' for name, value in query.items())}")


def _batch(request: HttpRequest, pk: int) -> Batch:
    batches = Batch.objects.select_related("grid", "round")
    return get_object_or_404(batches, pk=pk, round__station=request.station)


def _line(request: HttpRequest, pk: int) -> tuple[ParcelLine, Batch, Stop]:
    """Of a parcel that is in a batch of the station."""
    lines = ParcelLine.objects.select_related("item__record__product")
    line = get_object_or_404(lines, pk=pk, parcel__round__station=request.station)
    stops = Stop.objects.select_related("batch__grid", "batch__round")
    stop = get_object_or_404(stops, loads__parcel=line.parcel_id, loads__active=True)
    return line, stop.batch, stop


def _number(text: str) -> int | None:
    """What an address or a hidden field says; None for what no key or position can be."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_KEY else None
