"""驿站账户: what a door has at the station, what happened to it, and what it still has to pay."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from delivery import channels
from delivery.channels import Channel
from shop.models import AccountTerms
from shop.money import ZERO, accounts, owing, statements
from shop.money.forms import RefundToForm
from shop.payments import ways
from shop.payments.account.way import AccountWay
from shop.payments.stripe.way import StripeWay
from shop.visits import door_required

#: Moves on a page of the statement.
PER_PAGE = 30


@require_GET
@door_required
def account(request: HttpRequest) -> HttpResponse:
    visit = request.visit
    balance = accounts.balance(visit.household)
    statement = statements.of(visit.household).select_related("order__placement")
    moves = Paginator(statement, PER_PAGE).get_page(request.GET.get("page"))
    undone = accounts.undone(list(moves))
    for move in moves:
        move.words = statements.words(move)
        move.undone = move.pk in undone
    debts = owing.of_door(visit.household)
    offered = {way.code for way in ways.of_station(visit.station)}
    context = visit.context(
        "me",
        balance=balance,
        shown=abs(balance),
        terms=accounts.terms(visit.household),
        refund_choices=AccountTerms.RefundTo.choices,
        moves=moves,
        debts=debts,
        owed=sum((debt.amount for debt in debts), ZERO),
        offered=AccountWay.code in offered,
        counter_open=channels.allowed(visit.household.grid, Channel.COUNTER),
        paid_online=StripeWay.code in offered,
    )
    return render(request, "shop/account.html", context)


@require_POST
@door_required
def refund_to(request: HttpRequest) -> HttpResponse:
    """Where money goes that this door gets back."""
    form = RefundToForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    accounts.prefer(request.visit.household, AccountTerms.RefundTo(form.cleaned_data["refund_to"]))
    messages.success(request, _("记下了，以后要退的钱就这样退。"))
    return redirect("account")
