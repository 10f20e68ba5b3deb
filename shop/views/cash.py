"""交款: the cash in people's hands and in the till, counted by two.

Two shells for the same thing: the console, and the phone of whoever holds the money.
"""

from uuid import uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from delivery import access
from delivery.templatetags.station import yuan
from inventory.access import staff_required, stations_of
from inventory.errors import StationError
from inventory.models import Station
from inventory.views.page import page
from shop.models import CashCount, CashSlip
from shop.money import ZERO
from shop.money.cash import cash, hands, slips
from shop.money.cash.forms import BankForm, CountForm

#: Counts on a page.
PER_PAGE = 20
#: What of a station's counts the phone of the holder shows.
LAST = 5


# --- the station ---------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def station(request: HttpRequest) -> HttpResponse:
    """Who holds how much, the till, and what was counted; posted: what somebody counted."""
    if request.method != "POST":
        return _station(request)
    form = CountForm(request.POST)
    if not form.is_valid():
        return _station(request, form=form, status=_complain(request, form))
    key, counted = form.cleaned_data["holder"], form.cleaned_data["counted"]
    carrying = hands.carriers(request.station)
    if key and key not in carrying:
        messages.error(request, _("TA 手上现在没有要交的钱。"))
        return _station(request, status=409)
    holder = carrying[key] if key else None
    try:
        slips.say(request.station, holder, counted, by=request.user, **form.said())
    except StationError as error:
        messages.error(request, str(error))
        return _station(request, form=form, status=409)
    messages.info(request, _("记下了，等第二个人确认才入账。"))
    return redirect("station-cash")


@require_POST
@staff_required
def bank(request: HttpRequest) -> HttpResponse:
    form = BankForm(request.POST)
    if not form.is_valid():
        return _station(request, banking=form, status=400)
    try:
        cash.bank(request.station, by=request.user, **form.cleaned_data)
    except StationError as error:
        form.add_error("amount", str(error))
        return _station(request, banking=form, status=409)
    messages.success(request, _("存银行 %s，记好了。") % yuan(form.cleaned_data["amount"]))
    return redirect("station-cash")


def _station(
    request: HttpRequest,
    *,
    form: CountForm | None = None,
    banking: BankForm | None = None,
    status: int = 200,
) -> HttpResponse:
    people = hands.of_station(request.station)
    counts = CashCount.objects.filter(station=request.station)
    counts = counts.select_related("holder", "counted_by", "witness")
    return page(
        request,
        "shop/cash.html",
        "money",
        status=status,
        people=[(each, uuid4(), _typed(form, "holder", each.holder)) for each in people],
        carried=sum((each.amount for each in people), ZERO),
        till=hands.till(request.station),
        till_nonce=uuid4(),
        till_typed=_typed(form, "holder", None),
        banking=banking or BankForm(initial={"nonce": uuid4()}),
        counts=Paginator(counts, PER_PAGE).get_page(request.GET.get("page")),
    )


# --- the phone of whoever holds it ---------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """我手上的钱, for couriers (also off duty) and leaders; posted: what they counted of it."""
    stations = hands.stations_of(request.user)
    if not stations:
        raise PermissionDenied
    if request.method != "POST":
        return _mine(request, stations)
    form = CountForm(request.POST)
    if not form.is_valid():
        return _mine(request, stations, form=form, status=_complain(request, form))
    key, counted = form.cleaned_data["station"], form.cleaned_data["counted"]
    there = next((each for each in stations if each.pk == key), None)
    if there is None:
        raise PermissionDenied
    try:
        slips.say(there, request.user, counted, by=request.user, **form.said())
    except StationError as error:
        messages.error(request, str(error))
        return _mine(request, stations, form=form, status=409)
    return redirect("my-cash")


def _mine(
    request: HttpRequest,
    stations: list[Station],
    *,
    form: CountForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """A person takes money for one station, hardly ever for two: each has its queries."""
    counts = CashCount.objects.filter(holder=request.user).select_related("counted_by", "witness")
    context = {
        "station": stations[0],
        "several": len(stations) > 1,
        "places": [
            (
                hands.of(each, request.user),
                hands.parts(each, request.user),
                uuid4(),
                _typed(form, "station", each),
            )
            for each in stations
        ],
        "counts": counts[:LAST],
        "back": _home(request),
    }
    return render(request, "shop/my_cash.html", context, status=status)


def _home(request: HttpRequest) -> str:
    """Where their work is."""
    if access.volunteer_of(request.user):
        return reverse("courier-batches")
    return reverse("leader-doors" if request.user.grid_roles.exists() else "home")


def _typed(form: CountForm | None, name: str, about) -> dict:
    """What was refused, if it was of these hands."""
    if form is None or form.data.get(name, "") != str(about.pk if about else ""):
        return {}
    return {"counted": form.data.get("counted", ""), "note": form.data.get("note", "")}


# --- the second person ---------------------------------------------------------------------------
@require_POST
@login_required
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    slip = _slip(request, pk)
    try:
        count = slips.confirm(slip, by=request.user)
    except StationError as error:
        messages.error(request, str(error))
        return _back(request)
    if not count.difference:
        messages.success(request, _("%s 入账了，账款相符。") % yuan(count.counted))
    else:
        words = _("少了 %s") if count.difference < 0 else _("多了 %s")
        said = {"counted": yuan(count.counted), "off": words % yuan(abs(count.difference))}
        messages.warning(request, _("%(counted)s 入账了，%(off)s，差额已经记下。") % said)
    return _back(request)


@require_POST
@login_required
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        slips.withdraw(_slip(request, pk), by=request.user)
    except StationError as error:
        messages.error(request, str(error))
    return _back(request)


def _slip(request: HttpRequest, pk: int) -> CashSlip:
    mine = Q(holder=request.user) | Q(station__in=stations_of(request.user))
    found = CashSlip.objects.filter(mine).select_related("station", "holder", "said_by")
    return get_object_or_404(found, pk=pk)


def _back(request: HttpRequest) -> HttpResponse:
    return redirect("station-cash" if request.POST.get("back") == "station" else "my-cash")


def _complain(request: HttpRequest, form: forms.Form) -> int:
    for errors in form.errors.values():
        messages.error(request, errors[0])
    return 400
