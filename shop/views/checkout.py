"""确认订单: one page with everything, and the one button that places the order."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from oscar.core.loading import get_model

from inventory.errors import StationError
from shop import baskets, ordering
from shop.errors import RoundNotOpen, ShortLine, SoldOut
from shop.forms import CheckoutForm, LineChange
from shop.models import Placement
from shop.views.home import basket_summary
from shop.visits import door_required

Basket = get_model("basket", "Basket")


@require_http_methods(["GET", "POST"])
@door_required
def checkout(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return _page(request, CheckoutForm())
    visit = request.visit
    form = CheckoutForm(request.POST)
    if "set" in request.POST:
        return _change_line(request, form)
    if not form.is_valid():
        return _page(request, form, status=400)
    asked = form.cleaned_data
    basket = (
        Basket.objects.filter(pk=asked["basket"], owner=request.user).select_related("door").first()
    )
    if placed := _already_placed(basket):
        return redirect("order-detail", placed.order.number)
    if basket is None or basket.door.household_id != visit.household.pk:
        # Another tab switched to another door: what is on this page is not what would happen.
        messages.warning(request, _("您已换了一户，请看清楚再下单。"))
        return redirect("checkout")
    if visit.round is None:
        return _page(request, form, error=RoundNotOpen(), status=409)
    try:
        order = ordering.place(
            basket,
            household=visit.household,
            round=visit.round,
            by=request.user,
            in_person=asked["in_person"],
            note=asked["note"],
            seen=asked["seen"],
            wishes=form.wishes,
        )
    except SoldOut as error:
        return _page(request, form, short=error.lines, status=409)
    except StationError as error:
        return _page(request, form, error=error, status=409)
    return redirect("order-detail", order.number)


def _change_line(request: HttpRequest, form: CheckoutForm) -> HttpResponse:
    """A stepper of the page: the rest of the form comes back as it was typed."""
    change = LineChange(request.POST)
    if not change.is_valid():
        return HttpResponse(status=400)
    basket = baskets.for_door(request.user, request.visit.household)
    try:
        baskets.set_quantity(basket, *change.cleaned_data["set"])
    except StationError as error:
        return _page(request, form, error=error, status=409)
    return _page(request, form)


def _already_placed(basket) -> Placement | None:
    if basket is None or basket.status == Basket.OPEN:
        return None
    return Placement.objects.filter(basket=basket).select_related("order").first()


def _page(
    request: HttpRequest,
    form: CheckoutForm,
    *,
    short: list[ShortLine] | None = None,
    error: StationError | None = None,
    status: int = 200,
) -> HttpResponse:
    visit = request.visit
    basket = baskets.for_door(request.user, visit.household)
    wishes = form.wishes
    lines = [
        replace(line, wish=wishes.get(line.record_id, line.wish)) for line in baskets.lines(basket)
    ]
    return render(
        request,
        "shop/checkout.html",
        visit.context(
            "home",
            hide_tabs=True,
            form=form,
            error=error,
            basket=basket,
            lines=lines,
            preordered=any(line.preorder for line in lines),
            seen=baskets.digest(lines, visit.round),
            basket_summary=basket_summary(lines),
            short=short if short is not None else baskets.short_lines(lines),
            phones=[person.phone for person in visit.household.people.all() if person.phone],
        ),
        status=status,
    )
