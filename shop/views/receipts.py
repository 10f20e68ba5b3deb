"""收据: paper for the doors, several on a sheet."""

import re

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from oscar.core.loading import get_model

from delivery import access
from delivery.models import Batch, Round
from inventory.access import staff_required
from inventory.models import Station
from inventory.words import paper
from shop import door_receipts
from shop.door_receipts import Receipt

Order = get_model("order", "Order")


@require_safe
@never_cache
@staff_required
def of_order(request: HttpRequest, number: str) -> HttpResponse:
    mine = Order.objects.filter(placement__household__grid__station=request.station)
    order = get_object_or_404(mine.select_related("placement"), number=number)
    back = reverse("station-account", args=[order.placement.household_id])
    return _print(request, request.station, door_receipts.of_order(order), number, back)


@require_safe
@never_cache
@staff_required
def of_batch(request: HttpRequest, pk: int) -> HttpResponse:
    batches = Batch.objects.filter(grid__station=request.station)
    batch = get_object_or_404(batches.select_related("grid", "round"), pk=pk)
    back = reverse("station-batch", args=[pk])
    return _print(request, request.station, door_receipts.of_batch(batch), str(batch), back)


@require_safe
@never_cache
@staff_required
def of_round(request: HttpRequest, pk: int) -> HttpResponse:
    """Of all grids, or of `?grid=`."""
    round = get_object_or_404(Round, pk=pk, station=request.station)
    grid, key = None, request.GET.get("grid", "")
    if key:
        if not re.fullmatch(r"[0-9]{1,18}", key):
            raise Http404
        grid = get_object_or_404(request.station.grids, pk=int(key))
    receipts = door_receipts.of_round(round, grid)
    what = f"{round.name} · {grid.name}" if grid else round.name
    back = f"{reverse('station-dispatch')}?round={pk}"
    grids = request.station.grids.order_by("position", "pk")
    context = {"grids": grids, "grid": grid, "round": round}
    return _print(request, request.station, receipts, what, back, **context)


@require_safe
@never_cache
@login_required
def of_leader(request: HttpRequest, pk: int) -> HttpResponse:
    """Of the doors somebody looks after."""
    stations = Station.objects.filter(grids__roles__user=request.user)
    round = get_object_or_404(Round.objects.select_related("station"), pk=pk, station__in=stations)
    receipts = door_receipts.of_doors(round, access.leader_doors(request.user))
    back = f"{reverse('leader-money')}?round={pk}"
    return _print(request, round.station, receipts, round.name, back)


def _print(
    request: HttpRequest,
    station: Station,
    receipts: list[Receipt],
    what: str,
    back: str,
    **more,
) -> HttpResponse:
    context = {"station": station, "receipts": receipts, "what": what, "back": back}
    context |= paper() | more
    return render(request, "shop/receipts_print.html", context)
