"""订单: what a door ordered, where it is, and what is still to be paid."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.db.models import Exists, OuterRef, Prefetch, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from oscar.core.loading import get_model

from delivery import channels
from delivery.channels import Channel
from delivery.templatetags.station import yuan
from inventory.errors import StationError
from inventory.spelled import Blank, Spelled, key, moment, text
from shop import notices, ordering, tracking
from shop.claims import reads as claim_reads
from shop.counter_sales import reads
from shop.forms import PayOwedForm
from shop.models import Claim, MoneyMove, Notice, OrderedBundle, OrderStatus
from shop.money import ZERO, accounts, ledger, orders
from shop.payments import ways
from shop.payments.account.way import AccountWay
from shop.settlement import bills
from shop.visits import door_required

Order = get_model("order", "Order")
OrderLine = get_model("order", "Line")
#: Of these nothing is taken from an account: the one is over, the other is being paid.
NOT_PAYABLE = frozenset({OrderStatus.CANCELLED, OrderStatus.AWAITING})


def orders_seen_from(visit):
    """A door's orders, whoever of the door (or its leader) placed them; not those of a family
    that moved out."""
    return _orders_of(visit.household.pk, visit.household.lived_in)


def _orders_of(household: int | Blank, since: datetime | Blank):
    return (
        Order.objects.filter(placement__household=household, date_placed__gte=since)
        .select_related(
            "placement__round", "placement__household__grid", "placement__placed_by__person"
        )
        .order_by("-date_placed", "-pk")
    )


def _unseen() -> Exists:
    return Exists(Notice.objects.filter(order=OuterRef("pk"), seen_at=None))


# Whether there is anything to read of some things costs nothing; reading them would.
_ORDER: Spelled[Any] = Spelled(
    lambda: (
        _orders_of(key("household"), moment("since"))
        .filter(number=text("number"))
        .annotate(
            has_news=_unseen(),
            has_claims=Exists(Claim.objects.filter(line__order=OuterRef("pk"))),
            has_bundles=Exists(OrderedBundle.objects.filter(order=OuterRef("pk"))),
        )
    )
)


@require_GET
@door_required
def order_list(request: HttpRequest) -> HttpResponse:
    # A line that was taken out of its order before the cut-off stays there with nothing of it.
    lines = Prefetch("lines", OrderLine.objects.filter(quantity__gt=0).order_by("pk"))
    mine = orders_seen_from(request.visit).annotate(has_news=_unseen())
    found = list(mine.prefetch_related(lines, "adjustments")[:30])
    came = bills.came([order.pk for order in found])
    owed = ledger.owed([order.pk for order in found])
    arriving = bills.arriving([each.pk for each in found if each.status == OrderStatus.AWAITING])
    for order in found:
        order.due = order.total_incl_tax + sum(each.amount for each in order.adjustments.all())
        order.owed = owed.get(order.pk)
        order.owed_words = bills.owed_words(
            OrderStatus(order.status), arriving=order.pk in arriving
        )
        for line in order.lines.all():
            line.came = came.get((order.pk, line.stockrecord_id), line.quantity)
    counter_sales = reads.sales_of(request.visit.household).annotate(
        less=-Sum("order__adjustments__amount")
    )[:10]
    context = request.visit.context("orders", orders=found, counter_sales=counter_sales)
    return render(request, "shop/order_list.html", context)


@require_GET
@door_required
def order_detail(request: HttpRequest, number: str) -> HttpResponse:
    door = request.visit.household
    order = _ORDER.first(household=door.pk, since=door.lived_in, number=number)
    if order is None:
        raise Http404
    heard = notices.of_order(order) if order.has_news else []
    # First: from here on the order says where it is now.
    track = tracking.of(order)
    bill, claims = bills.of(order), _claims(order) if order.has_claims else []
    delivered = order.status == OrderStatus.DELIVERED
    context = request.visit.context(
        "orders",
        order=order,
        bill=bill,
        track=track,
        claims=claims,
        bundles=order.bundles.order_by("pk") if order.has_bundles else [],
        can_claim=delivered and bool(claim_reads.still_right(bill, claims)),
        delivered=delivered,
        pay_at=_paid_at(request, order),
        nonce=uuid4(),
        counter_open=channels.allowed(request.visit.household.grid, Channel.COUNTER),
        **_from_account(request.visit, order, bill.owed),
    )
    notices.seen(heard, request.visit.household)
    return render(request, "shop/order_detail.html", context)


def _paid_at(request: HttpRequest, order) -> str:
    """Where an order that waits for its payment is paid."""
    way = ways.ALL.get(order.placement.way)
    if order.status != OrderStatus.AWAITING or way is None:
        return ""
    return way.after(order, request)


def _from_account(visit, order, owed) -> dict:
    """Whether the door's account can pay what is owed, and what is in it."""
    if not owed or order.status in NOT_PAYABLE:
        return {}
    if ways.chosen(visit.station, AccountWay.code) is None:
        return {}
    balance = accounts.balance(visit.household)
    terms = getattr(visit.household, "account_terms", None)
    credit = terms.credit_limit if terms else ZERO
    return {
        "balance": balance,
        "account_pays": balance + credit >= owed,
        "on_credit": _on_credit(balance, owed),
    }


def _on_credit(balance: Decimal, owed: Decimal) -> str:
    """That the account goes below zero if it pays; empty if it does not."""
    if balance >= owed:
        return ""
    there, rest = yuan(max(balance, ZERO)), yuan(owed - max(balance, ZERO))
    if balance > 0:
        words = _("账户里 %(there)s，另外 %(rest)s 先记账，以后补上")
    elif balance:
        words = _("账户里已经欠着，这 %(rest)s 也先记账，以后补上")
    else:
        words = _("账户里没有钱，%(rest)s 先记账，以后补上")
    return words % {"there": there, "rest": rest}


def _claims(order) -> list[Claim]:
    """What was said of it, and what the station answered: `words`."""
    claims = list(claim_reads.of_order(order))
    for claim in claims:
        claim.words = bills.answer(claim)
    return claims


@require_GET
@door_required
def order_receipt(request: HttpRequest, number: str) -> HttpResponse:
    """A slip to keep: it names the door, nobody behind it."""
    order = get_object_or_404(orders_seen_from(request.visit), number=number)
    context = {"station": request.visit.station, "order": order, "bill": bills.of(order)}
    return render(request, "shop/order_receipt.html", context)


@require_POST
@door_required
def order_pay(request: HttpRequest, number: str) -> HttpResponse:
    """What is still to be paid, out of the door's account."""
    visit = request.visit
    order = get_object_or_404(orders_seen_from(visit), number=number)
    form = PayOwedForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    said = form.cleaned_data
    offered = ways.chosen(visit.station, AccountWay.code)
    if offered is None or order.status in NOT_PAYABLE:
        messages.error(request, _("这一单现在不能用驿站账户付。"))
        return redirect("order-detail", order.number)
    try:
        orders.pay(
            order,
            visit.household,
            said["amount"],
            source=MoneyMove.Account.HOUSEHOLD,
            by=request.user,
            nonce=said["nonce"],
        )
    except StationError as error:
        messages.error(request, str(error))
    else:
        words = _("从驿站账户付了 %(paid)s，还剩 %(left)s。")
        left = accounts.balance(visit.household)
        messages.success(request, words % {"paid": yuan(said["amount"]), "left": yuan(left)})
    return redirect("order-detail", order.number)


@require_POST
@door_required
def order_cancel(request: HttpRequest, number: str) -> HttpResponse:
    order = get_object_or_404(orders_seen_from(request.visit), number=number)
    try:
        ordering.cancel(order, by=request.user)
    except StationError as error:
        messages.error(request, str(error))
    return redirect("order-detail", order.number)
