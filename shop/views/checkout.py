"""确认订单: one page with everything, and the one button that places the order."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from oscar.core.loading import get_model

from inventory.errors import StationError
from shop import baskets, ordering, shortages
from shop.errors import AccountShort, RoundNotOpen, ShortLine, SoldOut, WayClosed
from shop.forms import CheckoutForm, LineChange, TakeForm
from shop.models import OrderStatus, Placement, StripePayment
from shop.money import ZERO
from shop.payments import offers, ways
from shop.payments.stripe import paying
from shop.payments.stripe.way import StripeWay
from shop.views.home import basket_summary
from shop.visits import door_required

Basket = get_model("basket", "Basket")
IfLate = StripePayment.IfLate


@require_http_methods(["GET", "POST"])
@door_required
def checkout(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return _page(request, CheckoutForm())
    form = CheckoutForm(request.POST)
    if "set" in request.POST:
        return _change_line(request, form)
    if "switch" in request.POST:
        return _page(request, form, pay=request.POST["switch"])
    if "take" in request.POST:
        return _take(request, form)
    return _place(request, form)


def _place(request: HttpRequest, form: CheckoutForm, seen: str = "") -> HttpResponse:
    """`seen`: what was agreed to, if it is not what the form says."""
    if not form.is_valid():
        return _page(request, form, status=400)
    visit, asked = request.visit, form.cleaned_data
    if visit.round is None:
        return _not_placed(request, form, RoundNotOpen())
    try:
        order = ordering.place(
            Basket(pk=asked["basket"]),
            household=visit.household,
            round=visit.round,
            by=request.user,
            in_person=asked["in_person"],
            note=asked["note"],
            seen=seen or asked["seen"],
            wishes=form.wishes,
            way=asked["pay"],
            own=True,
        )
    except SoldOut as error:
        return _page(request, form, short=error.lines, status=409)
    except StationError as error:
        return _not_placed(request, form, error)
    if asked["pay"] == StripeWay.code and asked["if_late"] != IfLate.REFUND:
        paying.prefer_late(order, asked["if_late"])
    return redirect(_onward(request, order, asked["pay"]))


def _not_placed(request: HttpRequest, form: CheckoutForm, error: StationError) -> HttpResponse:
    """Perhaps it was before, by another tap; or it is not the basket of the door that is shopped
    for now. Only asked if something is wrong: who may order has no time to lose."""
    these = Basket.objects.filter(pk=form.cleaned_data["basket"], owner=request.user)
    basket = these.select_related("door").first()
    if placed := _already_placed(basket):
        return redirect(_onward(request, placed.order, placed.way))
    if basket is None or basket.door.household_id != request.visit.household.pk:
        # Another tab switched to another door: what is on this page is not what would happen.
        messages.warning(request, _("您已换了一户，请看清楚再下单。"))
        return redirect("checkout")
    return _page(request, form, error=error, status=409)


def _onward(request: HttpRequest, order, way: str) -> str:
    """Where an order that was placed this way is paid, or looked at."""
    if order.status == OrderStatus.AWAITING and way in ways.ALL:
        return ways.ALL[way].after(order, request)
    return reverse("order-detail", args=[order.number])


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


def _take(request: HttpRequest, form: CheckoutForm) -> HttpResponse:
    """What is left instead of what ran out; and the order of it, if the button said so."""
    said = TakeForm(request.POST)
    if not said.is_valid():
        return HttpResponse(status=400)
    left, seen = said.cleaned_data["take"]
    basket = baskets.for_door(request.user, request.visit.household)
    # Only of the basket that was on the page; of another one nothing ran out.
    if form["basket"].value() == str(basket.pk):
        try:
            shortages.take(basket, left)
        except StationError as error:
            return _page(request, form, error=error, status=409)
    return _place(request, form, seen) if seen else _page(request, form)


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
    pay: str = "",
    status: int = 200,
) -> HttpResponse:
    """`pay`: the way to pay that was tapped instead of what the form says; `short`: what placing
    the order was refused for."""
    visit = request.visit
    basket = baskets.open_of(request.user, visit.household)
    lines = baskets.lines(basket, visit.round) if basket else []
    own = form.own_wishes
    summary = basket_summary(lines)
    given = sum((line.subsidy for line in lines), ZERO)
    to_pay = summary["total"] - given
    offered = offers.of(visit.household, to_pay, pay or form["pay"].value() or "")
    # What is wrong with the way to pay is said where another one can be taken.
    cannot_pay = offers.refused(offered)
    if isinstance(error, AccountShort | WayClosed):
        cannot_pay, error = str(error), None
    context = visit.context(
        "home",
        hide_tabs=True,
        form=form,
        error=error,
        basket=basket,
        lines=lines,
        own_wishes=[(line, own.get(line.record_id)) for line in lines],
        wishes_differ=any(own.values()),
        any_similar=any(line.similar for line in lines),
        preordered=any(line.preorder for line in lines),
        seen=baskets.digest(lines, visit.round),
        basket_summary=summary,
        offers=offered,
        cannot_pay=cannot_pay,
        given=given,
        to_pay=to_pay,
        people=list(visit.household.people.all()),
        **_shortage(visit, lines, short),
    )
    if request.htmx:
        # A page with the status of an error is thrown away by htmx.
        return render(request, "shop/partials/checkout_answer.html", context)
    return render(request, "shop/checkout.html", context, status=status)


def _shortage(visit, lines: Sequence[baskets.BasketLine], refused: list[ShortLine] | None) -> dict:
    """What is short, what it comes to with what is left, and what the button that takes it says.

    Who has pressed 下单 before has seen the rest of the page: then that one tap orders, too. Not if
    a fund pays part of it: what it pays of less is known when the basket is less."""
    short = baskets.short_lines(lines) if refused is None else refused
    if not short:
        return {"short": ()}
    less = shortages.after(lines, short)
    take = ",".join(f"{line.record_id}:{line.left}" for line in short)
    at_once = bool(refused and less and visit.round) and not any(line.subsidy for line in lines)
    return {
        "short": short,
        "short_total": sum((line.total - line.subsidy for line in less), ZERO),
        "nothing_left": not less,
        "take": f"{take}@{baskets.digest(less, visit.round)}" if at_once else take,
        "take_orders": at_once,
    }
