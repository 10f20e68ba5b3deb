"""消息 in the console: what went out and what did not, the grids' group robots, and what rings."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from delivery.models import Grid
from inventory.access import manager_required, staff_required, stations_of
from inventory.errors import StationError
from inventory.views.page import page
from shop.messaging import gateways, outbox, overview, robots, trials
from shop.messaging.forms import RobotForm, TellingForm
from shop.models import Message

PER_PAGE = 30


@require_safe
@never_cache
@staff_required
def overview_page(request: HttpRequest) -> HttpResponse:
    failed = Paginator(overview.failed(request.station), PER_PAGE).get_page(request.GET.get("page"))
    return page(
        request,
        "shop/messages.html",
        "messages",
        counts=overview.counts(request.station),
        codes=overview.codes(),
        gateway=gateways.chosen(),
        failed=failed,
        rows=[overview.row(sending) for sending in failed],
        is_manager=_is_manager(request),
    )


@require_POST
@staff_required
def again(request: HttpRequest) -> HttpResponse:
    """One that failed (`sending`), or all of them."""
    chosen = _chosen(request)
    done = outbox.again(chosen)
    if done:
        messages.success(request, _("%d 条重新排队了，马上再发。") % done)
    elif chosen:
        messages.warning(request, _("过了时间，或内容已经清掉了，不能再发。"))
    return redirect("station-messages")


@require_POST
@staff_required
def drop(request: HttpRequest) -> HttpResponse:
    if done := outbox.drop(_chosen(request)):
        messages.success(request, _("%d 条不再发了。") % done)
    return redirect("station-messages")


def _chosen(request: HttpRequest) -> list[int]:
    """Keys of the station's own."""
    failed = overview.failed(request.station)
    if one := request.POST.get("sending", ""):
        number = int(one) if one.isascii() and one.isdigit() and len(one) < 19 else 0
        return [get_object_or_404(failed, pk=number).pk]
    return list(failed.values_list("pk", flat=True))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def settings(request: HttpRequest) -> HttpResponse:
    """Everybody at the station may read what rings; its manager says so."""
    is_manager = _is_manager(request)
    if request.method == "POST" and not is_manager:
        raise PermissionDenied
    form = TellingForm(request.POST or None, instance=request.station)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("消息设置改好了，马上生效。"))
        return redirect("station-messages-settings")
    return page(
        request,
        "shop/messages_settings.html",
        "messages",
        form=form,
        kinds=[
            (kind, kind.value in _said(form, "sms_kinds"), kind.value in _said(form, "robot_kinds"))
            for kind in Message.Kind
        ],
        for_grids=Message.FOR_GRIDS,
        gateway=gateways.chosen(),
        is_manager=is_manager,
        status=400 if form.is_bound else 200,
    )


def _said(form: TellingForm, name: str) -> list[str]:
    return form[name].value() or []


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def group_robots(request: HttpRequest) -> HttpResponse:
    """Which grids have one. An address that was typed once is never shown again."""
    grids = Grid.objects.filter(station=request.station)
    form = RobotForm(request.POST or None)
    form.fields["grid"].queryset = grids
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            robots.set_address(said["grid"], said["address"], by=request.user)
        except StationError as error:
            form.add_error("address", str(error))
        else:
            messages.success(request, _("%s的群机器人记好了，可以试发一条。") % said["grid"])
            return redirect("station-robots")
    return page(
        request,
        "shop/robots.html",
        "messages",
        grids=grids.select_related("robot").order_by("position", "pk"),
        form=form,
        is_manager=True,
        status=400 if form.is_bound else 200,
    )


@require_POST
@manager_required
def robot(request: HttpRequest, pk: int) -> HttpResponse:
    """Turns a grid's robot on or off, forgets it, or tries it: `do` says which."""
    grid = get_object_or_404(Grid, pk=pk, station=request.station)
    what = request.POST.get("do")
    if what in {"on", "off"}:
        robots.switch(grid, what == "on")
    elif what == "forget":
        robots.forget(grid)
    elif what == "try":
        _tried(request, lambda: trials.of_robot(grid))
    return redirect("station-robots")


@require_POST
@manager_required
def test(request: HttpRequest) -> HttpResponse:
    """A text message to whoever asks, on their own phone."""
    _tried(request, lambda: trials.of_sms(request.station, request.user))
    return redirect("station-messages")


def _tried(request: HttpRequest, trial) -> None:
    try:
        trial()
    except StationError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("试发的一条排队了，到没到看“消息”页。"))


def _is_manager(request: HttpRequest) -> bool:
    return stations_of(request.user, manager=True).contains(request.station)
