"""改一改: more, fewer or none of what was ordered, until the cut-off; and the same once more."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from delivery.models import Round
from inventory.errors import StationError
from shop import baskets, changing, ordered_bundles, reordering
from shop.errors import ShortLine, SoldOut
from shop.forms import UnitsForm, written
from shop.models import OrderStatus
from shop.money import ZERO
from shop.steppers import Row
from shop.views.orders import orders_seen_from
from shop.visits import door_required


@require_http_methods(["GET", "POST"])
@door_required
def order_change(request: HttpRequest, number: str) -> HttpResponse:
    """Nothing is written before 就这么改; what was tapped until then is in the page's form."""
    order = get_object_or_404(orders_seen_from(request.visit), number=number)
    form = UnitsForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    wanted, seen = form.cleaned_data["units"], form.cleaned_data["seen"]
    if "save" not in request.POST:
        return _page(request, order, wanted)
    try:
        changed = changing.change(order, wanted, by=request.user, seen=seen or None)
    except SoldOut as error:
        return _page(request, order, wanted, short=error.lines, status=409)
    except StationError as error:
        return _page(request, order, wanted, error=error, status=409)
    cancelled = changed.status == OrderStatus.CANCELLED
    messages.success(request, _("这一单取消了。") if cancelled else _("改好了。"))
    return redirect("order-detail", order.number)


def _page(
    request: HttpRequest,
    order,
    wanted: dict[int, int],
    *,
    short: list[ShortLine] | None = None,
    error: StationError | None = None,
    status: int = 200,
) -> HttpResponse:
    round = order.placement.round
    open = round.status == Round.Status.OPEN and round.closes_at > timezone.now()
    if order.status != OrderStatus.PLACED or not open:
        messages.error(request, str(error or _("这一单现在不能改了。")))
        return redirect("order-detail", order.number)
    lines = list(order.lines.select_related("stockrecord__item").order_by("pk"))
    bundles = ordered_bundles.of_order(order)
    now = {line.stockrecord_id: line.quantity for line in lines}
    known = now.keys() | {bundle.record_id for bundle in bundles}
    wanted = {key: units for key, units in wanted.items() if key in known}
    target = ordered_bundles.expand(bundles, now, wanted)
    of_bundles = [
        Row(
            bundle.record_id,
            bundle.title,
            _("套"),
            wanted.get(bundle.record_id, bundle.units),
            bundle.units,
            None,
        )
        for bundle in bundles
    ]
    of_lines = [
        Row(
            line.stockrecord_id,
            line.title,
            line.stockrecord.item.unit,
            target[line.stockrecord_id],
            line.quantity,
            line.unit_price_incl_tax,
        )
        for line in lines
    ]
    context = request.visit.context(
        "orders",
        hide_tabs=True,
        order=order,
        here=request.path,
        rows=of_bundles + of_lines,
        units=written(wanted),
        seen=written(now),
        was=order.total_incl_tax,
        total=sum((row.total for row in of_lines), ZERO),
        differs=target != now,
        nothing=not any(target.values()),
        short=short or [],
        error=error,
    )
    if request.htmx:
        # A page with the status of an error is thrown away by htmx.
        return render(request, "shop/partials/order_change.html", context)
    return render(request, "shop/order_change.html", context, status=status)


@require_POST
@door_required
def order_again(request: HttpRequest, number: str) -> HttpResponse:
    """What was in it goes into the basket again; nothing is ordered yet."""
    visit = request.visit
    order = get_object_or_404(orders_seen_from(visit), number=number)
    try:
        basket = baskets.for_door(request.user, visit.household)
        missing = reordering.put_back(order, basket, visit.round)
    except StationError as error:
        messages.error(request, str(error))
    else:
        if missing:
            messages.warning(request, " ".join(missing))
        else:
            messages.success(request, _("上次的都放进篮子了，看一眼再下单。"))
    return redirect("checkout")
