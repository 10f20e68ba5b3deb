"""今天: one round on one page."""

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from delivery import onemap, registrations, today
from delivery.models import Batch, Round
from delivery.today import DoorState
from delivery.views.chosen_round import chosen_round
from inventory.access import staff_required
from inventory.views.page import page

#: Batches shown; the others are on the page of all batches.
SHOWN = 8
#: What somebody may have to do something about comes first.
URGENCY = [Batch.Status.OUT, Batch.Status.PACKED, Batch.Status.PLANNED, Batch.Status.DONE]


@vary_on_headers("HX-Request")
@require_safe
@staff_required
def station_today(request: HttpRequest) -> HttpResponse:
    rounds = today.rounds(request.station)
    round = chosen_round(request, rounds)
    registered = registrations.waiting(registrations.of_station(request.station)).count()
    context: dict[str, Any] = {"rounds": rounds, "round": round, "now": timezone.now()}
    context |= {"registered": registered}
    if round is not None:
        round.station = request.station
        context |= _seen(round)
    # The page asks for itself again every few seconds; then only what can change is sent.
    template = "delivery/partials/today.html" if request.htmx else "delivery/today.html"
    return page(request, template, "today", **context)


def _seen(round: Round) -> dict:
    batches = list(today.batches(round))
    doors = today.doors(round)
    grids = list(round.station.grids.all())
    in_a_hurry = sorted(
        batches, key=lambda batch: (URGENCY.index(batch.status), bool(batch.courier_id))
    )
    return {
        "figures": today.figures(round),
        "needs": today.needs(round, batches),
        "batches": in_a_hurry[:SHOWN],
        "batch_count": len(batches),
        "grids": _by_grid(grids, doors),
        "map": onemap.draw(grids, round.station.passages.all(), doors),
    }


def _by_grid(grids, doors: list[today.Door]) -> list[dict]:
    """Per grid with doors in the round: counts, and the parts of its bar in percent."""
    counts = Counter((door.grid_id, door.state) for door in doors)
    rows = []
    for grid in grids:
        done, out, failed, left = (
            counts[grid.pk, state]
            for state in (DoorState.DONE, DoorState.OUT, DoorState.FAILED, DoorState.LEFT)
        )
        total = done + out + failed + left
        if total:
            widths = [f"{100 * part / total:.1f}%" for part in (done, out, failed)]
            starts = [f"{100 * before / total:.1f}%" for before in (0, done, done + out)]
            parts = zip(("done", "out", "failed"), starts, widths, strict=True)
            rows.append(
                {"grid": grid, "total": total, "done": done, "out": out, "failed": failed}
                | {"left": left, "parts": list(parts)}
            )
    return rows
