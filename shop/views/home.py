"""买菜: the goods of the door's station, and the basket beside them."""

from collections.abc import Sequence
from decimal import Decimal
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from oscar.core.loading import get_model

from delivery import rounds
from inventory.errors import StationError
from shop import baskets, notices, shelves
from shop.forms import BasketChange
from shop.money import accounts
from shop.visits import door_required

Product = get_model("catalogue", "Product")


def basket_summary(lines: Sequence[baskets.BasketLine]) -> dict:
    """How many pieces, and how many yuan."""
    return {
        "count": sum(line.quantity for line in lines),
        "total": sum((line.total for line in lines), Decimal(0)),
    }


@require_GET
@door_required
def home(request: HttpRequest) -> HttpResponse:
    visit = request.visit
    in_basket = baskets.lines(baskets.for_door(request.user, visit.household))
    page = shelves.browse(
        visit.station,
        category=request.GET.get("category", ""),
        words=request.GET.get("q", ""),
        quantities={line.record_id: line.quantity for line in in_basket},
    )
    context = visit.context(
        "home",
        page=page,
        basket_summary=basket_summary(in_basket),
        news=notices.unseen([visit.household]),
    )
    if visit.round is None:
        context["next_round"] = rounds.next_for(visit.grid)
    return render(request, "shop/home.html", context)


@require_POST
@door_required
def basket_change(request: HttpRequest) -> HttpResponse:
    """Sets how many of a good are in the basket; answers with the stepper, or goes back."""
    visit = request.visit
    form = BasketChange(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    record, quantity = form.cleaned_data["record"], form.cleaned_data["quantity"]
    basket = baskets.for_door(request.user, visit.household)
    try:
        baskets.set_quantity(basket, record, quantity)
    except StationError as error:
        messages.error(request, str(error))
    if not request.htmx:
        return redirect(form.cleaned_data["back"] or f"{reverse('home')}#good-{record}")
    lines = baskets.lines(basket)
    good = shelves.one(visit.station, record, {line.record_id: line.quantity for line in lines})
    return render(
        request,
        "shop/partials/stepper_answer.html",
        {"good": good, "basket_summary": basket_summary(lines)},
    )


@require_GET
@door_required
def product(request: HttpRequest, pk: int, product_slug: str) -> HttpResponse:
    """Oscar's address of a product: our shelf that shows it."""
    shown = get_object_or_404(Product, pk=pk)
    good = get_object_or_404(shelves.goods(request.visit.station), record__product=shown)
    words = urlencode({"q": shown.title})
    return redirect(f"{reverse('home')}?{words}#good-{good.record_id}")


@require_GET
@door_required
def category(request: HttpRequest, pk: int, category_slug: str) -> HttpResponse:
    return redirect(f"{reverse('home')}?category={pk}")


@require_GET
@door_required
def my_home(request: HttpRequest) -> HttpResponse:
    door = request.visit.household
    context = request.visit.context("me", people=door.people.all(), balance=accounts.balance(door))
    return render(request, "shop/my_home.html", context)
