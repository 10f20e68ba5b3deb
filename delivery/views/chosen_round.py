"""Which round a page of the console is about."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from delivery import today
from delivery.models import Round

#: Longer than any key a database gives out; a typed address may say anything.
LONGEST_KEY = 18


def chosen_round(request: HttpRequest, rounds: Sequence[Round]) -> Round | None:
    """The round `?round=` names, which may be older than the `rounds` on offer, else `pick`'s."""
    wanted = request.GET.get("round", "")
    if not wanted:
        return today.pick(rounds)
    if not wanted.isdecimal() or len(wanted) > LONGEST_KEY:
        raise Http404
    key = int(wanted)
    offered = next((round for round in rounds if round.pk == key), None)
    return offered or get_object_or_404(Round, pk=key, station=request.station)
