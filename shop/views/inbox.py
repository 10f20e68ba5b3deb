"""收件箱: what a door was told."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from shop.messaging import inbox as messages_of
from shop.visits import door_required


@require_safe
@never_cache
@door_required
def inbox(request: HttpRequest) -> HttpResponse:
    """Looking at it is reading it: the answer still shows which ones were new."""
    door = request.visit.household
    listed = list(messages_of.of(door)[: messages_of.SHOWN])
    fresh = [message.pk for message in listed if message.seen_at is None]
    if fresh and request.method == "GET":
        messages_of.seen(fresh, door)
    context = request.visit.context("me", listed=listed, unseen=0)
    return render(request, "shop/inbox.html", context)
