"""报损和捐出: what is past its date, any other lot, and what was lost lately."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from inventory.access import staff_required
from inventory.counts import losses
from inventory.counts.forms import LossForm
from inventory.errors import StationError
from inventory.models import Lot, Move, Station
from inventory.views.page import page

PER_PAGE = 30
#: Lots a search shows at the most.
MOST_FOUND = 40


@require_safe
@staff_required
def losses_page(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").replace("\x00", "").strip()[:40]
    there = _lots(request.station)
    named = (
        Q(item__record__product__title__icontains=words)
        | Q(item__record__product__upc=words)
        | Q(item__record__partner_sku__iexact=words)
    )
    today = timezone.localdate()
    lost = (
        Move.objects.filter(
            item__record__partner=request.station.partner_id, kind__in=losses.REASONS
        )
        .select_related("item__record__product", "by")
        .annotate(worth=-F("in_stock_delta") * F("unit_cost"), units=-F("in_stock_delta"))
        .order_by("-pk")
    )
    return page(
        request,
        "inventory/losses.html",
        "goods",
        words=words,
        found=there.filter(named)[:MOST_FOUND] if words else None,
        expired=there.filter(expires_on__lt=today),
        losses=Paginator(lost, PER_PAGE).get_page(request.GET.get("page")),
        today=today,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def loss(request: HttpRequest, pk: int) -> HttpResponse:
    """So many of one lot are gone, or given away."""
    lots = Lot.objects.select_related("item__record__product")
    lot = get_object_or_404(lots, pk=pk, item__record__partner=request.station.partner_id)
    today, expired = timezone.localdate(), {}
    if lot.expires_on and lot.expires_on < today:
        expired = {"reason": Move.Reason.EXPIRED, "units": lot.units}
    form = LossForm(lot, request.POST or None, initial=expired)
    if request.method == "POST" and form.is_valid():
        try:
            said = form.cleaned_data
            losses.record(
                request.station,
                lot.pk,
                said["units"],
                kind=Move.Kind(said["kind"]),
                reason=Move.Reason(said["reason"]),
                note=said["note"],
                seen=said["seen"],
                by=request.user,
            )
        except StationError as error:
            form.add_error(None, str(error))
            # What it says is what is seen now: the next try is about that.
            lot.refresh_from_db(fields=["units"])
            form.data = form.data.copy()
            form.data["seen"] = lot.units
        else:
            title = lot.item.record.product.title
            messages.success(request, _("“%(good)s”记好了。") % {"good": title})
            return redirect("station-losses")
    status = 400 if form.errors else 200
    return page(
        request, "inventory/loss.html", "goods", lot=lot, form=form, today=today, status=status
    )


def _lots(station: Station) -> QuerySet[Lot]:
    """What is in the building, lot by lot, the first to expire first."""
    return (
        Lot.objects.filter(item__record__partner=station.partner_id, units__gt=0)
        .select_related("item__record__product")
        .order_by(F("expires_on").asc(nulls_last=True), "item__record__product__title", "pk")
    )
