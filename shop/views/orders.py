"""订单: what a door ordered, and where it is."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST
from oscar.core.loading import get_model

from inventory.errors import StationError
from shop import ordering, tracking
from shop.visits import door_required

Order = get_model("order", "Order")


def orders_seen_from(visit):
    """A door's orders, whoever of the door (or its leader) placed them."""
    return (
        Order.objects.filter(placement__household=visit.household)
        .select_related("placement__round", "placement__household__grid", "placement__placed_by")
        .order_by("-date_placed", "-pk")
    )


@require_GET
@door_required
def order_list(request: HttpRequest) -> HttpResponse:
    orders = orders_seen_from(request.visit).prefetch_related("lines")[:30]
    return render(request, "shop/order_list.html", request.visit.context("orders", orders=orders))


@require_GET
@door_required
def order_detail(request: HttpRequest, number: str) -> HttpResponse:
    order = get_object_or_404(orders_seen_from(request.visit), number=number)
    context = request.visit.context(
        "orders",
        order=order,
        lines=order.lines.select_related("stockrecord__item").order_by("pk"),
        track=tracking.of(order),
    )
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
