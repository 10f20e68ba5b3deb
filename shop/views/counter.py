"""柜台: which door buys, and what was sold today."""

from datetime import datetime
from decimal import Decimal

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from delivery.models import Household
from inventory.access import staff_required
from inventory.views.page import page
from inventory.words import paper
from shop.counter_sales import reads, taking_back, tills
from shop.counter_sales.forms import DoorForm
from shop.models import CounterSale, MoneyMove
from shop.money import FEN, owing

#: Doors a search shows, sales of today on the list.
MOST_DOORS, LAST = 30, 20
#: What is taken and given back at the counter; cash handed in, counted or banked is not.
AT_THE_COUNTER = (
    MoneyMove.Kind.PAYMENT,
    MoneyMove.Kind.DEPOSIT,
    MoneyMove.Kind.WITHDRAWAL,
    MoneyMove.Kind.REFUND,
)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def doors(request: HttpRequest) -> HttpResponse:
    """A door, by what is painted on its wall; then today's sales. What somebody typed stays out of
    addresses: it may be a name."""
    form = DoorForm(request.POST)
    words, chosen = form.said() if form.is_valid() else ("", None)
    if chosen:
        of_station = Household.objects.of_station(request.station)
        return _begin(request, get_object_or_404(of_station, pk=chosen))
    found = list(reads.doors(request.station, words)[: MOST_DOORS + 1]) if words else []
    if len(found) == 1:
        return _begin(request, found[0])
    sales = CounterSale.objects.filter(station=request.station, at__gte=_midnight())
    return page(
        request,
        "shop/counter.html",
        "counter",
        q=words,
        doors=found[:MOST_DOORS],
        more=len(found) > MOST_DOORS,
        sales=sales.select_related("order", "household__grid").order_by("-at", "-pk")[:LAST],
        count=sales.count(),
        cash=_cash_today(request),
    )


def _begin(request: HttpRequest, door: Household) -> HttpResponse:
    return redirect("station-till", tills.begin(request.session, door.pk).sale)


def _cash_today(request: HttpRequest) -> Decimal:
    """Yuan that came into the till today, less what was paid back. Cash of doors is not in it."""
    moves = MoneyMove.objects.filter(
        station=request.station, at__gte=_midnight(), kind__in=AT_THE_COUNTER
    )
    cash = MoneyMove.Account.CASH
    taken = moves.filter(source=cash).aggregate(total=Sum("amount"))["total"] or Decimal(0)
    given = moves.filter(target=cash).aggregate(total=Sum("amount"))["total"] or Decimal(0)
    return (taken - given).quantize(FEN)


def _midnight() -> datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


@require_safe
@never_cache
@staff_required
def sale(request: HttpRequest, number: str) -> HttpResponse:
    """How much change to give, what else the door owes; then the next one."""
    sold = _sold(request, number)
    debts = [debt for debt in owing.of_door(sold["sale"].household) if debt.collectable]
    owed = sum((debt.amount for debt in debts), Decimal(0))
    return page(
        request,
        "shop/sale.html",
        "counter",
        debts=debts,
        owed=owed,
        came_back=taking_back.done(sold["sale"]),
        given_back=_given_back(sold["sale"]),
        **sold,
    )


def _given_back(sale: CounterSale) -> list[tuple[str, Decimal]]:
    """Of what was brought back, who got how much."""
    account = MoneyMove.Account
    moves = MoneyMove.objects.filter(order=sale.order_id, source=account.ORDER).order_by()
    sums = dict(moves.values_list("target").annotate(sum=Sum("amount")))
    named = [
        (_("退给住户现金"), account.CASH),
        (_("退到驿站账户"), account.HOUSEHOLD),
        (_("还给互助金"), account.FUND),
    ]
    return [(words, sums[to].quantize(FEN)) for words, to in named if to in sums]


@require_safe
@never_cache
@staff_required
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    sold = _sold(request, number)
    return render(request, "shop/receipt.html", {"station": request.station, **sold, **paper()})


def _sold(request: HttpRequest, number: str) -> dict:
    sales = CounterSale.objects.select_related("order", "household__grid", "by")
    sale = get_object_or_404(sales, order__number=number, station=request.station)
    return {"sale": sale, "lines": sale.order.lines.select_related("stockrecord__item")}
