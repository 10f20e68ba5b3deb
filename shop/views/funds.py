"""互助金 in the console: what each fund has, what came in, and for whom it pays. Everybody of the
station may take a gift; who is helped is the manager's to say, and to see."""

from collections.abc import Callable
from http.client import FOUND
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from delivery.models import Household
from delivery.templatetags.station import yuan
from inventory.access import manager_required, staff_required, stations_of
from inventory.errors import StationError
from inventory.views.page import page
from shop.counter_sales import reads
from shop.models import Fund, Grant, MoneyMove
from shop.money.funds import funds
from shop.money.funds.forms import DoorGrantForm, FundForm, GiftForm, GoodGrantForm
from shop.views import till_warning

#: Doors and gifts on a page, doors that a word may mean.
PER_PAGE, MOST_DOORS = 50, 30


@require_safe
@never_cache
@staff_required
def funds_page(request: HttpRequest) -> HttpResponse:
    return _list(request, FundForm())


@require_POST
@manager_required
def new(request: HttpRequest) -> HttpResponse:
    form = FundForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=400)
    said = form.cleaned_data
    try:
        fund = funds.make(request.station, said["name"], Fund.Giver(said["giver"]))
    except StationError as error:
        form.add_error("name", str(error))
        return _list(request, form, status=409)
    return redirect("station-fund", fund.pk)


def _list(request: HttpRequest, form: FundForm, status: int = 200) -> HttpResponse:
    return page(
        request,
        "shop/funds.html",
        "money",
        funds=funds.sums(request.station),
        form=form,
        is_manager=_is_manager(request),
        status=status,
    )


@require_safe
@never_cache
@staff_required
def fund_page(request: HttpRequest, pk: int) -> HttpResponse:
    return _fund(request, _mine(request, pk))


@require_POST
@staff_required
def donate(request: HttpRequest, pk: int) -> HttpResponse:
    """A gift comes in."""
    form = GiftForm(request.POST, auto_id="gift_%s")
    return _gift(request, pk, "gift", form, funds.donate, "source", _("收到 %s，谢谢。"))


@require_POST
@manager_required
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """A gift goes back, or had been written down wrong."""
    form = GiftForm(request.POST, auto_id="back_%s")
    done = _gift(request, pk, "back", form, funds.give_back, "target", _("退回 %s，记好了。"))
    if done.status_code == FOUND and form.cleaned_data["source"] == MoneyMove.Account.CASH:
        till_warning.warn(request)
    return done


def _gift(
    request: HttpRequest,
    pk: int,
    name: str,
    form: GiftForm,
    act: Callable[..., object],
    side: str,
    words: str,
) -> HttpResponse:
    """Books what was typed, on this `side` of the fund; or the page again with `form`, called
    `name` there, and why not."""
    fund = _mine(request, pk)
    if not form.is_valid():
        return _fund(request, fund, status=400, **{name: form})
    said = dict(form.cleaned_data)
    said[side] = MoneyMove.Account(said.pop("source"))
    try:
        act(fund, by=request.user, **said)
    except StationError as error:
        form.add_error("amount", str(error))
        return _fund(request, fund, status=409, **{name: form})
    messages.success(request, words % yuan(said["amount"]))
    return redirect("station-fund", pk)


@require_POST
@manager_required
def grant_door(request: HttpRequest, pk: int) -> HttpResponse:
    """For the only door with these words on its wall, or the one that was tapped of several."""
    fund, form = _mine(request, pk), DoorGrantForm(request.POST, auto_id="door_%s")
    if not form.is_valid():
        return _fund(request, fund, door=form, status=400)
    said = form.cleaned_data
    if said["door"]:
        of_station = Household.objects.of_station(request.station)
        found = [get_object_or_404(of_station.select_related("grid"), pk=said["door"])]
    else:
        found = list(reads.doors(request.station, said["q"]).in_walking_order()[:MOST_DOORS])
    if not found:
        form.add_error("q", _("没有找到这样的门，只按楼、单元、室号找。"))
        return _fund(request, fund, door=form, status=400)
    if len(found) > 1:
        return _fund(request, fund, door=form, doors=found)
    return _granted(request, fund, form, household=found[0])


@require_POST
@manager_required
def grant_good(request: HttpRequest, pk: int) -> HttpResponse:
    fund = _mine(request, pk)
    form = GoodGrantForm(request.station, request.POST, auto_id="good_%s")
    if not form.is_valid():
        return _fund(request, fund, good=form, status=400)
    return _granted(request, fund, form, item=form.cleaned_data["item"])


def _granted(request: HttpRequest, fund: Fund, form, **to) -> HttpResponse:
    try:
        funds.grant(fund, form.share, by=request.user, **to)
    except StationError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("记下了，从下一单起补。"))
    return redirect("station-fund", fund.pk)


@require_POST
@manager_required
def grant_end(request: HttpRequest, pk: int) -> HttpResponse:
    """It pays for no more orders; those that are placed stay as agreed."""
    grant = get_object_or_404(Grant, pk=pk, fund__station=request.station)
    funds.end(grant)
    messages.success(request, _("停了。已经下的单照旧补。"))
    return redirect("station-fund", grant.fund_id)


@require_POST
@manager_required
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Stops the fund, or lets it go on; `active` says which, so a second tap changes nothing."""
    fund = _mine(request, pk)
    funds.switch(fund, active=request.POST.get("active") == "1")
    return redirect("station-fund", pk)


def _mine(request: HttpRequest, pk: int) -> Fund:
    return get_object_or_404(Fund.objects.select_related("station"), pk=pk, station=request.station)


def _is_manager(request: HttpRequest) -> bool:
    return stations_of(request.user, manager=True).contains(request.station)


def _fund(
    request: HttpRequest,
    fund: Fund,
    *,
    doors: list[Household] | None = None,
    status: int = 200,
    **typed: forms.Form,
) -> HttpResponse:
    """The fund's page. What was `typed` stays in its form, the others are fresh."""
    is_manager = _is_manager(request)
    grants = funds.grants(fund)
    gifts = Paginator(funds.gifts(fund), PER_PAGE).get_page(request.GET.get("page"))
    labels = dict(GiftForm.SOURCES)
    context: dict[str, Any] = {
        "fund": fund,
        "sums": funds.sums_of(fund),
        "gifts": gifts,
        "rows": [(move, labels.get(move.source) or labels.get(move.target)) for move in gifts],
        "goods": grants.filter(item__isnull=False),
        "doors_count": grants.filter(household__isnull=False).count(),
        "gift": typed.get("gift") or GiftForm(initial={"nonce": uuid4()}, auto_id="gift_%s"),
        "is_manager": is_manager,
    }
    if is_manager:
        for_doors = Paginator(grants.filter(household__isnull=False), PER_PAGE)
        context |= {
            "doors": for_doors.get_page(request.GET.get("doors")),
            "back": typed.get("back") or GiftForm(initial={"nonce": uuid4()}, auto_id="back_%s"),
            "door": typed.get("door") or DoorGrantForm(auto_id="door_%s"),
            "good": typed.get("good") or GoodGrantForm(fund.station, auto_id="good_%s"),
            "which": doors,
        }
    return page(request, "shop/fund.html", "money", status=status, **context)
