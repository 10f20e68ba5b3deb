"""买菜: the goods of the door's station, and the basket beside them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from oscar.core.loading import get_model

from delivery import rounds
from inventory.errors import StationError
from shop import baskets, favourites, front, notices, shelves
from shop.forms import BasketChange, ElderChange, FavouriteChange
from shop.models import Announcement, DoorPreferences
from shop.visits import door_required

Product = get_model("catalogue", "Product")


class InBasket(Protocol):
    @property
    def record_id(self) -> int: ...

    @property
    def quantity(self) -> int: ...

    @property
    def total(self) -> Decimal: ...


def basket_summary(lines: Sequence[InBasket]) -> dict:
    """How many pieces, and how many yuan."""
    return {
        "count": sum(line.quantity for line in lines),
        "total": sum((line.total for line in lines), Decimal(0)),
    }


@require_GET
@door_required
def home(request: HttpRequest) -> HttpResponse:
    """The shop. Who comes in at the door is greeted; who is looking for something finds it."""
    visit = request.visit
    in_basket = baskets.glance(request.user, visit.household)
    page = shelves.browse(
        visit.station,
        category=request.GET.get("category", ""),
        words=request.GET.get("q", ""),
        quantities=_quantities(in_basket),
        household=visit.household,
    )
    context = visit.context("home", page=page, basket_summary=basket_summary(in_basket))
    asked = {"q": page.words} if page.words else {"category": page.current}
    context["back"] = f"{request.path}?{urlencode(asked)}"
    context["ways"] = front.ways(visit.grid)
    context["tile_sizes"] = "8rem" if visit.elder else "72px"
    if "category" not in request.GET and not page.words:
        context["news"] = notices.unseen([visit.household])
        context["announcements"] = Announcement.objects.shown_in(visit.grid)[:3]
        context["last_order"] = front.last_order(visit.household)
    if visit.round is None:
        context["next_round"] = rounds.next_for(visit.grid)
    return render(request, "shop/home.html", context)


@require_GET
@door_required
def good(request: HttpRequest, pk: int) -> HttpResponse:
    """One good with its photo, what is in it, and where its price comes from."""
    visit = request.visit
    item = get_object_or_404(shelves.on_shelves(visit.station), pk=pk)
    in_basket = baskets.glance(request.user, visit.household)
    good = shelves.one(visit.station, item.record_id, _quantities(in_basket), visit.household)
    shelf = item.record.product.categories.order_by("path").values_list("pk", flat=True).first()
    context = visit.context(
        "home",
        good=good,
        about=item.record.product.description,
        shelf=shelf or shelves.OTHER,
        back=request.path,
        basket_summary=basket_summary(in_basket),
    )
    return render(request, "shop/one_good.html", context)


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
        return redirect(f"{form.cleaned_data['back'] or reverse('home')}#good-{record}")
    lines = baskets.glance(request.user, visit.household)
    good = shelves.one(visit.station, record, _quantities(lines))
    return render(
        request,
        "shop/partials/stepper_answer.html",
        {"good": good, "basket_summary": basket_summary(lines)},
    )


def _quantities(lines: Sequence[InBasket]) -> dict[int, int]:
    return {line.record_id: line.quantity for line in lines}


@require_POST
@door_required
def favourite(request: HttpRequest) -> HttpResponse:
    """A heart; answers with the heart, or goes back."""
    form = FavouriteChange(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    item, on = form.cleaned_data["keep"]
    try:
        favourites.toggle(request.visit.household, item, on)
    except StationError as error:
        messages.error(request, str(error))
        on = False
    if not request.htmx:
        return redirect(form.cleaned_data["back"] or reverse("home"))
    shown = get_object_or_404(shelves.on_shelves(request.visit.station), pk=item)
    good = {"item_id": item, "title": shown.record.product.title, "kept": on}
    return render(request, "shop/partials/heart_answer.html", {"good": good})


@require_POST
@door_required
def elder(request: HttpRequest) -> HttpResponse:
    """长辈版 on or off, for everybody behind this door. Who orders for another changes nothing."""
    form = ElderChange(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    if not request.visit.for_another:
        DoorPreferences.objects.update_or_create(
            household=request.visit.household, defaults={"elder": form.cleaned_data["on"]}
        )
    return redirect(form.cleaned_data["back"] or reverse("home"))


@require_GET
@door_required
def product(request: HttpRequest, pk: int, product_slug: str) -> HttpResponse:
    """Oscar's address of a product: our page of the good."""
    shown = get_object_or_404(Product, pk=pk)
    item = get_object_or_404(shelves.on_shelves(request.visit.station), record__product=shown)
    return redirect("good", pk=item.pk)


@require_GET
@door_required
def category(request: HttpRequest, pk: int, category_slug: str) -> HttpResponse:
    return redirect(f"{reverse('home')}?category={pk}")
