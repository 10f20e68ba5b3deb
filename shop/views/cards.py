"""门卡: who holds a door's card comes in here.

The QR carries the code behind the `#`, which browsers keep to themselves; the page posts it at
once. Typed or scanned, it is in no address, no log and no `Referer`.
"""

from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from inventory.errors import StationError
from shop.ways_in import addresses, browsers, cards, sessions
from shop.ways_in.forms import CardForm, PhoneForm
from shop.ways_in.guessing import TooManyTries


@sensitive_post_parameters("code", "phone")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def card(request: HttpRequest) -> HttpResponse:
    """The code, then "is this your door?" and, from who is not logged in, the phone number."""
    if request.method != "POST":
        return _page(request, CardForm())
    form = CardForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    code = form.cleaned_data["code"]
    try:
        if "yes" not in request.POST:
            return _page(request, form, door=cards.door_of(code, addresses.of(request)))
        return _come_in(request, form, code)
    except cards.CardRefused as error:
        # Which of code and number was wrong is not said: begin again.
        return _page(request, CardForm(), error=error, status=400)
    except StationError as error:
        status = 429 if isinstance(error, TooManyTries) else 400
        return _page(request, form, error=error, status=status)


def _come_in(request: HttpRequest, form: CardForm, code: str) -> HttpResponse:
    address = addresses.of(request)
    if request.user.is_authenticated:
        cards.add_door(request.user, code, address)
        return redirect("home")
    phone = PhoneForm(request.POST)
    if not phone.is_valid():
        return _page(request, form, door=cards.door_of(code, address), phone=phone, status=400)
    user = cards.bind(code, phone.cleaned_data["phone"], address, form.cleaned_data["nonce"])
    if not sessions.enter(request, user, sessions.WITHOUT_PASSWORD):
        return redirect("login-second")
    return browsers.remember(redirect("home"), user.phone)


def _page(
    request: HttpRequest,
    form: CardForm,
    *,
    door=None,
    phone: PhoneForm | None = None,
    error: StationError | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "door": door,
        "phone": phone or PhoneForm(),
        # Of this page: sent again, because its answer got lost, it is the same phone.
        "nonce": uuid4(),
        "error": error,
        "log_in": isinstance(error, cards.CardRefused),
    }
    return render(request, "shop/card.html", context, status=status)
