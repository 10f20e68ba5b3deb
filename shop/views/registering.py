"""扫码登记: the form a poster's QR opens. No login, and no word about who is registered."""

from datetime import timedelta
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from delivery import registrations
from delivery.registration_forms import RegistrationForm
from inventory.errors import StationError
from shop.ways_in import addresses
from shop.ways_in.guessing import Limit, TooManyTries, take

#: In an hour, from one address: a whole building's phones may share one.
MOST = 30


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, code: str) -> HttpResponse:
    poster = registrations.poster(code)
    if poster is None:
        # Taken down, or never there: one sentence for both.
        return render(request, "shop/register.html", {}, status=404)
    context = {"poster": poster, "station": poster.grid.station, "done": "done" in request.GET}
    if request.method != "POST":
        form = RegistrationForm(poster=poster, initial={"nonce": uuid4()})
        return render(request, "shop/register.html", context | {"form": form})
    form = RegistrationForm(request.POST, poster=poster)
    status = 400
    if form.is_valid():
        said = form.cleaned_data
        try:
            take(_limit(request))
            registrations.submit(poster, said, nonce=said["nonce"])
        except StationError as error:
            form.add_error(None, str(error))
            status = 429 if isinstance(error, TooManyTries) else 400
        else:
            return redirect(f"{request.path}?done")
    return render(
        request, "shop/register.html", context | {"form": form, "done": False}, status=status
    )


def _limit(request: HttpRequest) -> Limit:
    return Limit("registering", addresses.of(request), MOST, timedelta(hours=1))
