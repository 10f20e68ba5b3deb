"""网上付款: the page before Stripe's and the one after it, what Stripe tells us, and what staff see
of it all."""

from datetime import timedelta
from decimal import Decimal

from django.contrib import messages
from django.db.models import Case, F, Max, Q, QuerySet, Sum, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from delivery.models import Household
from delivery.templatetags.station import yuan
from inventory.access import staff_required
from inventory.errors import StationError
from inventory.views.page import page
from shop.errors import PaymentUnderWay, StripeDown
from shop.models import MoneyMove, OrderStatus, Refund, StripePayment
from shop.money import accounts
from shop.payments import changing, ways
from shop.payments.account.way import AccountWay
from shop.payments.stripe import attempts, refund_words, refunds, sessions, webhooks
from shop.payments.way import Way
from shop.settlement import bills
from shop.views.orders import orders_seen_from
from shop.visits import door_required

#: Rows of each list of staff's page.
MOST = 50
#: How long a lost dispute is shown.
LOST_FOR = timedelta(days=30)
Account = MoneyMove.Account


# --- residents ---------------------------------------------------------------------------------
def _order(request: HttpRequest, number: str):
    of_door = orders_seen_from(request.visit).select_related(
        "placement__round", "placement__household__grid__station"
    )
    return get_object_or_404(of_door, number=number)


@require_safe
@never_cache
@door_required
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """The way to Stripe's page, and the ways around it. Whoever reloads it gets the same page."""
    order = _order(request, number)
    if order.status != OrderStatus.AWAITING:
        return redirect("order-detail", order.number)
    url, error = "", None
    try:
        url = sessions.begin(order, request.build_absolute_uri("/"))
    except PaymentUnderWay:
        return redirect("pay-back", order.number)
    except StationError as refused:
        error = refused
    attempt = attempts.open_of(order.pk)
    if attempt is None:  # it was let go this very moment
        return redirect("order-detail", order.number)
    over = attempt.expires_at <= timezone.now()
    context = request.visit.context(
        "orders",
        hide_tabs=True,
        order=order,
        attempt=attempt,
        url="" if over else url,
        over=over,
        error=error,
        down=isinstance(error, StripeDown),
        others=_others(order, attempt),
    )
    return render(request, "shop/pay.html", context)


def _others(order, attempt: StripePayment) -> list[dict]:
    """The other ways this order can be paid; `why_not`: why not right now."""
    household = order.placement.household
    return [
        {
            "code": way.code,
            "title": way.title,
            "symbol": way.symbol,
            "words": _words(way, household, attempt.amount),
            "why_not": way.why_not(household, attempt.amount),
        }
        for way in ways.of_station(household.grid.station)
        if way.first_status != OrderStatus.AWAITING
    ]


def _words(way: Way, household: Household, amount: Decimal) -> str:
    """What happens if an order that is there already is paid this way."""
    if way.code == AccountWay.code:
        return _("余额 %s，点了就付好") % yuan(accounts.balance(household))
    return way.words(household, amount)


@require_safe
@never_cache
@door_required
def pay_back(request: HttpRequest, number: str) -> HttpResponse:
    """Where Stripe sends the payer back to. That they come says nothing: Stripe's webhook does, and
    until then this page waits."""
    order = _order(request, number)
    if order.status == OrderStatus.AWAITING:
        slow = bool(bills.arriving([order.pk]))
        if request.htmx and slow != ("slow" in request.GET):
            # The page that asks has the words for the other case.
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        context = request.visit.context("orders", order=order, slow=slow)
        return render(request, "shop/pay_back.html", context)
    there = reverse("order-detail", args=[order.number])
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": there})
    return redirect(there)


@require_POST
@door_required
def pay_otherwise(request: HttpRequest, number: str) -> HttpResponse:
    order = _order(request, number)
    code = request.POST.get("way", "")[:20]
    attempt = attempts.open_of(order.pk)
    for other in _others(order, attempt) if attempt is not None else ():
        if other["code"] == code and other["why_not"]:
            messages.error(request, other["why_not"])
            return redirect("pay", order.number)
    try:
        changing.change_way(order, code, by=request.user)
    except StationError as error:
        messages.error(request, str(error))
        return redirect("pay", order.number)
    messages.success(request, _("好的，换好了，货已经给您留下。"))
    return redirect("order-detail", order.number)


# --- Stripe --------------------------------------------------------------------------------------
@csrf_exempt
@require_POST
@never_cache
def webhook(request: HttpRequest) -> HttpResponse:
    """2xx: taken. 400: not from Stripe. 503 and 500: Stripe is to send it again."""
    try:
        webhooks.receive(request.body, request.headers.get("Stripe-Signature", ""))
    except webhooks.BadEvent:
        return HttpResponse("not an event of ours", status=400, content_type="text/plain")
    except StripeDown:
        return HttpResponse("again, please", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")


# --- staff ---------------------------------------------------------------------------------------
@require_safe
@never_cache
@staff_required
def overview(request: HttpRequest) -> HttpResponse:
    """What waits for a payment, what does not get back, and what payers dispute."""
    payments = StripePayment.objects.filter(
        order__placement__round__station=request.station
    ).select_related("order__placement__household__grid")
    waiting = payments.filter(status__in=attempts.OPEN).order_by("held_until", "pk")
    on_their_way = _refunds(request).exclude(status__in=(Refund.Status.DONE, Refund.Status.MOVED))
    back = [
        {
            "refund": refund,
            "stuck": refund.status == Refund.Status.STUCK
            or (refund.status == Refund.Status.WAITING and refund.attempts >= refunds.WORRYING),
            "can": refund.status in (Refund.Status.WAITING, Refund.Status.STUCK),
            "why": refund_words.why(refund),
        }
        for refund in on_their_way.order_by("status", "at", "pk")[:MOST]
    ]
    return page(
        request,
        "shop/stripe.html",
        "money",
        is_set_up=ways.ALL["stripe"].is_set_up(),
        offered="stripe" in request.station.ways_to_pay,
        waiting=waiting[:MOST],
        waiting_count=waiting.count(),
        back=back,
        back_count=on_their_way.count(),
        disputed=payments.filter(disputed__gt=0).order_by("-pk")[:MOST],
        lost=_lost(payments),
        from_dashboard=_refunds(request)
        .filter(error=refunds.DASHBOARD, status=Refund.Status.DONE)
        .order_by("-pk")[:10],
        sent_back=[
            {"refund": refund, "words": refund_words.went_to(refund)}
            for refund in _refunds(request).filter(status=Refund.Status.MOVED).order_by("-pk")[:10]
        ],
    )


def _lost(payments: QuerySet[StripePayment]) -> list[StripePayment]:
    """Disputes of the last days that are over, with `taken`, yuan that the payer's bank kept, and
    `taken_at`, when it took them."""
    since = timezone.now() - LOST_FOR
    taken = Sum(
        Case(
            When(moves__source=Account.DISPUTED, then="moves__amount"), default=-F("moves__amount")
        ),
        filter=Q(moves__kind=MoneyMove.Kind.DISPUTE),
    )
    taken_at = Max("moves__at", filter=Q(moves__kind=MoneyMove.Kind.DISPUTE))
    over = payments.filter(disputed=0).annotate(taken=taken, taken_at=taken_at)
    return list(over.filter(taken__gt=0, taken_at__gte=since).order_by("-taken_at", "-pk")[:MOST])


def _refunds(request: HttpRequest):
    return Refund.objects.filter(
        payment__order__placement__round__station=request.station
    ).select_related("payment__order__placement__household__grid")


@require_POST
@staff_required
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    refund = get_object_or_404(_refunds(request), pk=pk)
    try:
        refunds.retry(refund)
    except StationError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("马上再试，过一分钟刷新看看。"))
    return redirect("station-stripe")


@require_POST
@staff_required
def to_account(request: HttpRequest, pk: int) -> HttpResponse:
    refund = get_object_or_404(_refunds(request), pk=pk)
    try:
        refunds.move_to_account(refund, request.user)
    except StationError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%s 已经退到这一户的驿站账户。") % yuan(refund.amount))
    return redirect("station-stripe")
