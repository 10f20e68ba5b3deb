"""住户账户 in the console: which doors have or owe something, and what one of them has and owes."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from delivery.models import Household
from inventory.access import staff_required, stations_of
from inventory.errors import StationError
from inventory.views.page import page
from shop.counter_sales import reads
from shop.counter_sales.forms import DoorForm
from shop.models import AccountTerms, MoneyMove
from shop.money import ZERO, accounts, leaving, owing, statements
from shop.money.forms import (
    CollectForm,
    CreditForm,
    DepositForm,
    PayBackForm,
    WriteOffForm,
)

#: Doors on a page, doors a search shows, rows of a statement on a page, changes of the credit.
PER_PAGE, MOST_DOORS, ROWS, CREDITS = 50, 30, 50, 5
#: Debts given up that the page of a door shows.
WRITTEN_OFF = 20
#: Fields whose mistakes are said beside them.
AT_FIELDS = ("amount", "limit", "note", "reason")
#: Which doors the list shows.
ARRIVED, OWING, BELOW, ABOVE = "arrived", "owing", "below", "above"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def doors(request: HttpRequest) -> HttpResponse:
    """A door, by what is painted on its wall; then those that owe, or have something. What somebody
    typed stays out of addresses: it may be a name."""
    form = DoorForm(request.POST)
    words, _chosen = form.said() if form.is_valid() else ("", None)
    more = False
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
        found = reads.doors(request.station, words).in_walking_order()[: MOST_DOORS + 1]
        if len(found) == 1:
            return redirect("station-account", found[0].pk)
        more = len(found) > MOST_DOORS
        listed = Paginator(found[:MOST_DOORS], MOST_DOORS).get_page(1)
    else:
        owing_or_not = Household.objects.of_station(request.station).filter(pk__in=there[show])
        walked = owing_or_not.select_related("grid").in_walking_order()
        listed = Paginator(walked, PER_PAGE).get_page(request.GET.get("page"))
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
        more=more,
    )


@require_safe
@never_cache
@staff_required
def account(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, find(request, pk))


def find(request: HttpRequest, pk: int) -> Household:
    mine = Household.objects.of_station(request.station).select_related("grid__station")
    return get_object_or_404(mine, pk=pk)


def show(
    request: HttpRequest,
    door: Household,
    *,
    error: StationError | None = None,
    status: int = 200,
    **typed: forms.Form,
) -> HttpResponse:
    """The door's page. What was `typed` and refused stays in its form, the others are fresh."""
    terms, there = accounts.terms(door), accounts.balance(door)
    debts = owing.of_door(door)
    moves = Paginator(statements.of(door), ROWS).get_page(request.GET.get("page"))
    fresh = {"nonce": uuid4()}
    limit = {"limit": terms.credit_limit}
    is_manager = stations_of(request.user, manager=True).contains(request.station)
    gone = leaving.debts(door).total if is_manager else ZERO
    context: dict[str, Any] = {
        "door": door,
        "balance": there,
        "terms": terms,
        "spendable": there + terms.credit_limit,
        "debts": [(debt, _collecting(debt, typed.get("collect"))) for debt in debts],
        "owed": sum((debt.amount for debt in debts), ZERO),
        "moves": moves,
        "rows": _rows(moves),
        "deposit": typed.get("deposit") or DepositForm(initial=fresh, auto_id="deposit_%s"),
        "back": typed.get("back") or PayBackForm(initial=fresh, auto_id="back_%s"),
        "credit": typed.get("credit") or CreditForm(initial=limit, auto_id="credit_%s"),
        "credit_history": accounts.credit_history(door)[:CREDITS],
        "refund_tos": AccountTerms.RefundTo.choices,
        "written_off": _written_off(door),
        "is_manager": is_manager,
        "gone": gone,
        "writing_off": typed.get("writing_off")
        or WriteOffForm(initial=fresh | {"seen": gone}, auto_id="write_off_%s"),
        "problems": _problems(error, typed.values()),
    }
    return page(request, "shop/account_of_door.html", "money", status=status, **context)


def _written_off(door: Household) -> QuerySet[MoneyMove]:
    """What was given up here, also of families before: that is why it is kept."""
    given_up = MoneyMove.objects.filter(
        household=door, kind=MoneyMove.Kind.WRITE_OFF, source=MoneyMove.Account.BAD_DEBT
    )
    return given_up.select_related("order", "by").order_by("-pk")[:WRITTEN_OFF]


def _rows(moves: Iterable[MoneyMove]) -> list[tuple[MoneyMove, str, bool, UUID | None]]:
    """Each move in words, whether it was undone, and a nonce to undo it with if it may be."""
    moves = list(moves)
    undone = accounts.undone(moves)
    return [
        (
            move,
            statements.words(move),
            move.pk in undone,
            uuid4() if accounts.may_undo(move) and move.pk not in undone else None,
        )
        for move in moves
    ]


def _collecting(debt: owing.Debt, refused: forms.Form | None) -> forms.Form:
    """The form of one debt, with what was typed if it is the one that was refused."""
    if refused is not None and refused.data.get("number") == debt.number:
        return refused
    fresh = {"number": debt.number, "amount": debt.amount, "nonce": uuid4()}
    return CollectForm(initial=fresh, auto_id=f"{debt.order_id}_%s")


def _problems(error: StationError | None, typed: Iterable[forms.Form]) -> list[str]:
    """What does not stand at a field that can be seen: on top of the page."""
    said = [str(error)] if error else []
    for form in typed:
        said += [
            str(sentences[0]) for name, sentences in form.errors.items() if name not in AT_FIELDS
        ]
    return said
