"""住户账户 in the console: what a door has, what it owes, and money in and out over the counter."""

from collections import defaultdict
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from oscar.core.loading import get_model

from delivery.models import Household
from delivery.templatetags.station import yuan
from inventory.access import manager_required, staff_required, stations_of
from inventory.errors import StationError
from inventory.views.page import page
from shop.counter_sales import reads
from shop.counter_sales.forms import DoorForm
from shop.models import AccountTerms, MoneyMove
from shop.money import ZERO, accounts, owing, statements
from shop.money.forms import (
    CollectForm,
    CreditForm,
    DepositForm,
    NumberForm,
    PayBackForm,
    RefundToForm,
)
from shop.payments.changing import change_way
from shop.payments.door.way import DoorWay

Order = get_model("order", "Order")

#: Doors on a page, doors a search shows, rows of a statement on a page.
PER_PAGE, MOST_DOORS, ROWS = 50, 30, 50
#: Which doors the list shows.
ARRIVED, OWING, BELOW, ABOVE = "arrived", "owing", "below", "above"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def doors(request: HttpRequest) -> HttpResponse:
    """A door, by what is painted on its wall; then those that owe, or have something."""
    form = DoorForm(request.POST or request.GET)
    words, _chosen = form.said() if form.is_valid() else ("", None)
    if request.method == "POST":
        found = reads.doors(request.station, words)[:2] if words else []
        if len(found) == 1:
            return redirect("station-account", found[0].pk)
        return redirect(f"{reverse('station-accounts')}?{urlencode({'q': words})}")
    balances, debts = accounts.of_station(request.station), owing.of_station(request.station)
    owed: dict[int, Decimal] = defaultdict(Decimal)
    for debt in debts:
        owed[debt.household_id] += debt.amount
    there = {
        ARRIVED: {debt.household_id for debt in debts if debt.arrived},
        OWING: set(owed),
        BELOW: {pk for pk, amount in balances.items() if amount < 0},
        ABOVE: {pk for pk, amount in balances.items() if amount > 0},
    }
    show = request.GET.get("show", ARRIVED)
    show = show if show in there else ARRIVED
    if words:
        found = reads.doors(request.station, words).in_walking_order()
    else:
        found = Household.objects.of_station(request.station).filter(pk__in=there[show])
        found = found.select_related("grid").in_walking_order()
    listed = Paginator(found, MOST_DOORS if words else PER_PAGE).get_page(request.GET.get("page"))
    for door in listed:
        door.balance = balances.get(door.pk, ZERO)
        door.owed = owed[door.pk]
    return page(
        request,
        "shop/accounts.html",
        "money",
        q=words,
        show=show,
        doors=listed,
    )


@require_safe
@never_cache
@staff_required
def account(request: HttpRequest, pk: int) -> HttpResponse:
    return _account(request, _door(request, pk))


@require_POST
@staff_required
def deposit(request: HttpRequest, pk: int) -> HttpResponse:
    door = _door(request, pk)
    form = DepositForm(request.POST, auto_id="deposit_%s")
    if not form.is_valid():
        return _account(request, door, deposit=form)
    said = form.cleaned_data
    try:
        accounts.deposit(
            door,
            said["amount"],
            by=request.user,
            nonce=said["nonce"],
            source=MoneyMove.Account(said["source"]),
        )
    except StationError as error:
        return _refused(request, door, error, deposit=form)
    messages.success(request, _("充值 %s，钱收好。") % yuan(said["amount"]))
    return redirect("station-account", pk)


@require_POST
@staff_required
def pay_back(request: HttpRequest, pk: int) -> HttpResponse:
    door = _door(request, pk)
    form = PayBackForm(request.POST, auto_id="back_%s")
    if not form.is_valid():
        return _account(request, door, back=form)
    said = form.cleaned_data
    try:
        accounts.pay_back(door, said["amount"], by=request.user, nonce=said["nonce"])
    except StationError as error:
        return _refused(request, door, error, back=form)
    messages.success(request, _("退给住户 %s。") % yuan(said["amount"]))
    return redirect("station-account", pk)


@require_POST
@staff_required
def collect(request: HttpRequest, pk: int) -> HttpResponse:
    """Money for an order that is not paid yet."""
    door = _door(request, pk)
    form = CollectForm(request.POST)
    if not form.is_valid():
        return _account(request, door, collect=form)
    said = form.cleaned_data
    try:
        owing.collect(
            door,
            said["number"],
            said["amount"],
            source=MoneyMove.Account(said["source"]),
            by=request.user,
            nonce=said["nonce"],
        )
    except StationError as error:
        return _refused(request, door, error, collect=form)
    words = {"number": said["number"], "amount": yuan(said["amount"])}
    messages.success(request, _("订单 %(number)s 收到 %(amount)s。") % words)
    return redirect("station-account", pk)


@require_POST
@staff_required
def at_the_door(request: HttpRequest, pk: int) -> HttpResponse:
    """An order need not wait for its payment online: it is paid when it comes."""
    door = _door(request, pk)
    form = NumberForm(request.POST)
    if not form.is_valid():
        return _account(request, door, status=400)
    mine = Order.objects.filter(placement__household=door)
    order = get_object_or_404(mine, number=form.cleaned_data["number"])
    try:
        change_way(order, DoorWay.code, by=request.user)
    except StationError as error:
        return _refused(request, door, error)
    messages.success(request, _("订单 %s 改成送到时付，现在收也可以。") % order.number)
    return redirect("station-account", pk)


@require_POST
@manager_required
def credit(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the account may go below zero."""
    door = _door(request, pk)
    form = CreditForm(request.POST, auto_id="credit_%s")
    if not form.is_valid():
        return _account(request, door, credit=form)
    try:
        accounts.limit_credit(door, form.cleaned_data["limit"])
    except StationError as error:
        form.add_error("limit", str(error))
        return _account(request, door, credit=form, status=409)
    messages.success(request, _("这一户最多可以欠 %s。") % yuan(form.cleaned_data["limit"]))
    return redirect("station-account", pk)


@require_POST
@staff_required
def refund_to(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the door wants its money back: who has no phone says it at the counter."""
    door = _door(request, pk)
    form = RefundToForm(request.POST)
    if not form.is_valid():
        return _account(request, door, prefer=form)
    accounts.prefer(door, AccountTerms.RefundTo(form.cleaned_data["refund_to"]))
    messages.success(request, _("记下了。"))
    return redirect("station-account", pk)


def _door(request: HttpRequest, pk: int) -> Household:
    mine = Household.objects.of_station(request.station).select_related("grid__station")
    return get_object_or_404(mine, pk=pk)


def _refused(request: HttpRequest, door: Household, error: StationError, **typed) -> HttpResponse:
    return _account(request, door, error=error, status=409, **typed)


def _account(
    request: HttpRequest,
    door: Household,
    *,
    deposit: DepositForm | None = None,
    back: PayBackForm | None = None,
    credit: CreditForm | None = None,
    prefer: RefundToForm | None = None,
    collect: CollectForm | None = None,
    error: StationError | None = None,
    status: int = 0,
) -> HttpResponse:
    """The door's page. What was typed and refused stays in its form, the others are fresh."""
    refused = any(form is not None for form in (deposit, back, credit, prefer, collect))
    terms, there = accounts.terms(door), accounts.balance(door)
    debts = owing.of_door(door)
    moves = Paginator(statements.of(door), ROWS).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "door": door,
        "balance": there,
        "terms": terms,
        "spendable": there + terms.credit_limit,
        "debts": [(debt, _collecting(debt, collect)) for debt in debts],
        "owed": sum((debt.amount for debt in debts), ZERO),
        "moves": moves,
        "rows": [(move, statements.words(move)) for move in moves],
        "deposit": deposit or DepositForm(initial={"nonce": uuid4()}, auto_id="deposit_%s"),
        "back": back or PayBackForm(initial={"nonce": uuid4()}, auto_id="back_%s"),
        "credit": credit or CreditForm(initial={"limit": terms.credit_limit}, auto_id="credit_%s"),
        "refund_tos": AccountTerms.RefundTo.choices,
        "is_manager": stations_of(request.user, manager=True).contains(request.station),
        "problems": _problems(error, prefer, collect),
    }
    status = status or (400 if refused else 200)
    return page(request, "shop/account_of_door.html", "money", status=status, **context)


def _collecting(debt: owing.Debt, refused: CollectForm | None) -> CollectForm:
    """The form of one debt, with what was typed if it is the one that was refused."""
    if refused is not None and refused.data.get("number") == debt.number:
        return refused
    fresh = {"number": debt.number, "amount": debt.amount, "nonce": uuid4()}
    return CollectForm(initial=fresh, auto_id=f"{debt.order_id}_%s")


def _problems(error: StationError | None, *others: forms.Form | None) -> list[str]:
    """What does not stand at a field that can be seen: on top of the page."""
    said = [str(error)] if error else []
    for form in others:
        if form is not None:
            said += [
                str(sentences[0]) for name, sentences in form.errors.items() if name != "amount"
            ]
    return said
