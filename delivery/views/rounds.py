"""波次: planning them, opening and closing them by hand."""

from django.apps import apps
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from delivery import rounds
from delivery.forms import RoundForm, next_round
from delivery.models import Batch, Parcel, Round
from delivery.today import CANCELLED
from inventory.access import staff_required
from inventory.errors import StationError
from inventory.views.page import page

PER_PAGE = 20


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def station_rounds(request: HttpRequest) -> HttpResponse:
    """The list, with the form for the next round above it."""
    form = RoundForm(request.station, request.POST or None, initial=next_round(request.station))
    if request.method == "POST" and form.is_valid() and _saved(form):
        messages.success(request, _("波次“%s”排好了，到时间自己开始接单。") % form.instance.name)
        return redirect("station-rounds")
    listed = Paginator(_with_counts(request.station.rounds.all()), PER_PAGE)
    return page(
        request,
        "delivery/rounds.html",
        "rounds",
        form=form,
        rounds=listed.get_page(request.GET.get("page")),
    )


@require_POST
@staff_required
def round_open(request: HttpRequest, pk: int) -> HttpResponse:
    round = get_object_or_404(Round, pk=pk, station=request.station)
    try:
        rounds.open(round, request.user)
        messages.success(request, _("“%s”开始接单了。") % round.name)
    except StationError as error:
        messages.error(request, str(error))
    return redirect("station-rounds")


@require_POST
@staff_required
def round_close(request: HttpRequest, pk: int) -> HttpResponse:
    round = get_object_or_404(Round, pk=pk, station=request.station)
    try:
        rounds.close(round, request.user)
        messages.success(request, _("“%s”截单了，可以排批次了。") % round.name)
    except StationError as error:
        messages.error(request, str(error))
    return redirect("station-rounds")


@require_POST
@staff_required
def round_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    round = get_object_or_404(Round, pk=pk, station=request.station)
    try:
        following = rounds.cancel(round, request.user)
    except StationError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("“%s”取消了。") % round.name)
        if following and following.status == Round.Status.PLANNED:
            opens = date_format(timezone.localtime(following.opens_at), "SHORT_DATETIME_FORMAT")
            messages.info(request, _("它每天重复，下一波在 %s 开始接单。") % opens)
    return redirect("station-rounds")


@require_POST
@staff_required
def round_once(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends the daily repeat; the round itself stays."""
    round = get_object_or_404(Round, pk=pk, station=request.station)
    try:
        rounds.stop_repeating(round, request.user)
        messages.success(request, _("“%s”以后不再自动重复。") % round.name)
    except StationError as error:
        messages.error(request, str(error))
    return redirect("station-rounds")


def _saved(form: RoundForm) -> bool:
    """False when somebody was quicker with the same round: a second tap, another window."""
    try:
        with transaction.atomic():
            form.save()
    except IntegrityError:
        form.add_error("name", _("同一时间已经有一个同名的波次了。"))
        return False
    return True


def _with_counts(rounds: QuerySet[Round]) -> QuerySet[Round]:
    """Counted beside each other, not joined: a village has hundreds of orders in a round."""
    Order = apps.get_model("order", "Order")
    orders = Order.objects.filter(placement__round=OuterRef("pk")).exclude(status=CANCELLED)
    counts = {
        "order_count": _count(orders, "placement__round"),
        "parcel_count": _count(Parcel.objects.filter(round=OuterRef("pk")), "round"),
        "delivered_count": _count(
            Parcel.objects.filter(round=OuterRef("pk"), status=Parcel.Status.DELIVERED), "round"
        ),
        "batch_count": _count(Batch.objects.filter(round=OuterRef("pk")), "round"),
    }
    return rounds.annotate(**counts).prefetch_related("grids")


def _count(rows: QuerySet, by: str) -> Coalesce:
    counted = rows.order_by().values(by).annotate(rows=Count("pk")).values("rows")
    return Coalesce(Subquery(counted), 0)
