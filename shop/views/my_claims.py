"""东西不对: a household says what was wrong with what came."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from inventory.errors import StationError
from shop.claims import claiming
from shop.claims.forms import ClaimForm
from shop.models import Claim, OrderStatus
from shop.views.orders import orders_seen_from
from shop.visits import door_required


@require_http_methods(["GET", "POST"])
@door_required
def claim(request: HttpRequest, number: str) -> HttpResponse:
    order = get_object_or_404(orders_seen_from(request.visit), number=number)
    if order.status != OrderStatus.DELIVERED:
        messages.error(request, _("东西送到以后，才能说哪里不对。"))
        return redirect("order-detail", order.number)
    if request.method == "GET":
        form = ClaimForm(order)
        if not form.offered:
            messages.error(request, _("这一单没有还能报的东西了，有事请打驿站电话。"))
            return redirect("order-detail", order.number)
        return _page(request, order, form)
    form = ClaimForm(order, request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, order, form, status=400)
    try:
        claiming.make(by=request.user, **form.said())
    except StationError as error:
        return _page(request, order, form, error=error, status=409)
    messages.success(request, _("记下了，驿站看过会在这里答复您。"))
    return redirect("order-detail", order.number)


def _page(
    request: HttpRequest,
    order,
    form: ClaimForm,
    *,
    error: StationError | None = None,
    status: int = 200,
) -> HttpResponse:
    context = request.visit.context("orders", order=order, form=form, error=error, hide_tabs=True)
    return render(request, "shop/order_claim.html", context, status=status)


@require_GET
@door_required
def photo(request: HttpRequest, pk: int) -> FileResponse:
    """What the household showed of it: to whoever sees the order."""
    claims = Claim.objects.filter(line__order__in=orders_seen_from(request.visit).order_by())
    shown = get_object_or_404(claims.exclude(photo=""), pk=pk)
    try:
        file = shown.photo.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    answer = FileResponse(file, content_type="image/jpeg")
    answer["Cache-Control"] = "private, no-store"
    return answer
