"""装到手机上: what a phone keeps of the shop, so that it opens without a network."""

from hashlib import blake2b

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from delivery.views.prints import outside, qr
from shop.visits import door_required

#: Side of an icon in pixels, and what it may be used for: a maskable one is cut to any shape.
ICONS = [(192, "any"), (512, "any"), (512, "maskable")]
#: What every kept page needs.
SHELL = ["station/site.css", "station/site.js", "station/icon.svg", "django_htmx/htmx-2.min.js"]


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What a browser asks before it puts the shop beside the phone's own apps."""
    icons = [
        {
            "src": static(f"station/icon-{size}{'' if use == 'any' else '-' + use}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": use,
        }
        for size, use in ICONS
    ]
    return JsonResponse(
        {
            "name": _("惠民驿站"),
            "short_name": _("惠民驿站"),
            "id": "/",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "lang": get_language(),
            "background_color": "#F6F3EC",
            "theme_color": "#1C6B4B",
            "icons": icons,
        },
        content_type="application/manifest+json",
    )


@never_cache
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """At the root: a worker may only answer for what lies below it. Its version is what the files
    are called: a new one is fetched when one of them changes."""
    files = [static(name) for name in SHELL]
    # Of the language, too: what is said without a network is kept in the one of the page.
    said = "".join([*files, get_language() or ""])
    version = blake2b(said.encode(), digest_size=6).hexdigest()
    context = {"files": files, "version": version}
    return render(request, "shop/phone/worker.js", context, content_type="text/javascript")


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Instead of a page that the phone has no copy of. Everybody's: nothing of anybody in it."""
    return render(request, "shop/phone/offline.html")


@require_safe
@door_required
def my_card(request: HttpRequest) -> HttpResponse:
    """Which door this is, to be held up at the counter, the gate or the door; opens without a
    network. Its QR leads who works at the station to the door's account, and nobody else."""
    visit = request.visit
    there = reverse("station-account", args=[visit.household.pk])
    code = qr(outside(request, there))
    return render(request, "shop/phone/my_card.html", visit.context("me", code=code))
