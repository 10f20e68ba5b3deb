"""订单: what a door ordered, and where it is."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST
from oscar.core.loading import get_model

from inventory.errors import StationError
from shop import notices, ordering, tracking
from shop.counter_sales import reads
from shop.settlement import bills
from shop.visits import door_required

Order = get_model("order", "Order")


def orders_seen_from(visit):
    """A door's orders, whoever of the door (or its leader) placed them; not those of a family
    that moved out."""
    return (
        Order.objects.filter(
            placement__household=visit.household, date_placed__gte=visit.household.lived_in
        )
        .select_related("placement__round", "placement__household__grid", "placement__placed_by")
        .order_by("-date_placed", "-pk")
    )


@require_GET
@door_required
def order_list(request: HttpRequest) -> HttpResponse:
    orders = list(orders_seen_from(request.visit).prefetch_related("lines", "adjustments")[:30])
    came = bills.came([order.pk for order in orders])
    for order in orders:
        order.due = order.total_incl_tax + sum(each.amount for each in order.adjustments.all())
        for line in order.lines.all():
            line.came = came.get((order.pk, line.stockrecord_id), line.quantity)
    changed = {news.number for news in notices.unseen([request.visit.household])}
    counter_sales = reads.sales_of(request.visit.household)[:10]
    context = request.visit.context(
        "orders", orders=orders, changed=changed, counter_sales=counter_sales
    )
    return render(request, "shop/order_list.html", context)


@require_GET
@door_required
def order_detail(request: HttpRequest, number: str) -> HttpResponse:
    order = get_object_or_404(orders_seen_from(request.visit), number=number)
    heard = notices.of_order(order)
    context = request.visit.context(
        "orders", order=order, bill=bills.of(order), track=tracking.of(order)
    )
    notices.seen(heard, request.visit.household)
    return render(request, "shop/order_detail.html", context)


@require_POST
@door_required
def order_cancel(request: HttpRequest, number: str) -> HttpResponse:
    order = get_object_or_404(orders_seen_from(request.visit), number=number)
    try:
        ordering.cancel(order, by=request.user)
    except StationError as error:
        messages.error(request, str(error))
    return redirect("order-detail", order.number)
