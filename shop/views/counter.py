"""柜台: which door buys, what lies on the counter, how it is paid, and the receipt."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import wraps
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from delivery.models import Household
from delivery.templatetags.station import yuan
from inventory.access import staff_required
from inventory.errors import StationError
from inventory.views.page import page
from shop import shelves
from shop.counter_sales import counter, reads, taking_back, tills
from shop.counter_sales.forms import (
    AddForm,
    DepositForm,
    DoorForm,
    PayForm,
    ScanForm,
    notes,
)
from shop.errors import CounterClosed, NonceTaken
from shop.forms import LineChange
from shop.models import CounterSale, MoneyMove
from shop.money import FEN, accounts, owing
from shop.money.forms import CollectForm
from shop.wanted import MOST_OF_ONE

#: Doors a search shows, sales of today on the list.
MOST_DOORS, LAST = 30, 20
#: What is taken and given back at the counter; cash handed in, counted or banked is not.
AT_THE_COUNTER = (
    MoneyMove.Kind.PAYMENT,
    MoneyMove.Kind.DEPOSIT,
    MoneyMove.Kind.WITHDRAWAL,
    MoneyMove.Kind.REFUND,
)
#: Goods a word may show.
MOST_TILES = 60


# --- which door --------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def doors(request: HttpRequest) -> HttpResponse:
    """A door, by what is painted on its wall; then today's sales."""
    form = DoorForm(request.POST or request.GET)
    words, chosen = form.said() if form.is_valid() else ("", None)
    if request.method == "POST":
        return _begin(request, words, chosen)
    found = reads.doors(request.station, words)[: MOST_DOORS + 1] if words else None
    sales = CounterSale.objects.filter(station=request.station, at__gte=_midnight())
    return page(
        request,
        "shop/counter.html",
        "counter",
        q=words,
        doors=None if found is None else found[:MOST_DOORS],
        more=found is not None and len(found) > MOST_DOORS,
        sales=sales.select_related("order", "household__grid").order_by("-at", "-pk")[:LAST],
        count=sales.count(),
        cash=_cash_today(request),
    )


def _begin(request: HttpRequest, words: str, chosen: int | None) -> HttpResponse:
    """A door of the list, or the only one with these words on its wall."""
    if chosen:
        door = get_object_or_404(Household.objects.of_station(request.station), pk=chosen)
    else:
        found = reads.doors(request.station, words)[:2] if words else []
        if len(found) != 1:
            return redirect(f"{reverse('station-counter')}?{urlencode({'q': words})}")
        [door] = found
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


# --- what lies on the counter --------------------------------------------------------------------
def till_view(view: Callable) -> Callable:
    """Gives the view its till and its door. A sale that is over leads to what became of it."""

    @never_cache
    @staff_required
    @wraps(view)
    def wrapped(request: HttpRequest, sale: UUID) -> HttpResponse:
        till = tills.find(request.session, sale)
        if till is None:
            sold = CounterSale.objects.filter(nonce=sale, station=request.station)
            if first := sold.select_related("order").first():
                return redirect("station-sale", first.order.number)
            messages.warning(request, _("这一笔已经收起来了，请从头再来。"))
            return redirect("station-counter")
        of_station = Household.objects.of_station(request.station).select_related("grid")
        return view(request, till, get_object_or_404(of_station, pk=till.household_id))

    return wrapped


@require_safe
@till_view
def till(request: HttpRequest, till: tills.Till, door: Household) -> HttpResponse:
    return _till(request, till, door)


@require_POST
@till_view
def scan(request: HttpRequest, till: tills.Till, door: Household) -> HttpResponse:
    """A scanned code, or a word: the good it means goes on the counter, or all it may mean are
    shown. Nothing: on to the money."""
    form = ScanForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("没有读懂扫到的码，请再扫一次。"))
        return redirect(_here(request, till))
    times, words = form.said()
    if not words:
        return redirect(f"{_here(request, till)}#pay")
    item = reads.find(request.station, words)
    there = till.goods.get(item.record_id, 0) if item else 0
    if not 1 <= times <= MOST_OF_ONE - there:
        said = _("份数要 1 以上。") if times < 1 else _("一次最多 %d 份。") % MOST_OF_ONE
        messages.error(request, said)
        return redirect(_here(request, till))
    if item is None:
        return redirect(f"{reverse('station-till', args=[till.sale])}?{urlencode({'q': words})}")
    till.add(item.record_id, times)
    tills.keep(request.session, till)
    return redirect(_here(request, till))


@require_POST
@till_view
def change(request: HttpRequest, till: tills.Till, door: Household) -> HttpResponse:
    """One more of a tile's good, or so many of a line's."""
    added, changed = AddForm(request.POST), LineChange(request.POST)
    if added.is_valid():
        record_id = added.cleaned_data["add"]
        get_object_or_404(reads.goods(request.station), record=record_id)
        till.add(record_id)
    elif changed.is_valid():
        record_id, units = changed.cleaned_data["set"]
        if record_id in till.goods:
            till.put(record_id, units)
    tills.keep(request.session, till)
    return redirect(_here(request, till))


@require_POST
@till_view
def pay(request: HttpRequest, till: tills.Till, door: Household) -> HttpResponse:
    form = PayForm(request.POST)
    if not form.is_valid():
        return _till(request, till, door, form=form, status=400)
    said = form.cleaned_data
    try:
        order = counter.sell(
            request.station,
            door,
            till.goods,
            by=request.user,
            way=CounterSale.Way(said["way"]),
            nonce=till.sale,
            tendered=form.handed_over(),
            seen=said["seen"],
        )
    except NonceTaken as error:
        # Sold from another window with other goods: what was sold is what counts.
        messages.warning(request, str(error))
        tills.drop(request.session, till)
        return redirect("station-till", till.sale)
    except StationError as error:
        return _till(request, till, door, form=form, error=error, status=409)
    tills.drop(request.session, till)
    return redirect("station-sale", order.number)


@require_POST
@till_view
def deposit(request: HttpRequest, till: tills.Till, door: Household) -> HttpResponse:
    """Cash into the door's account, or back out of it."""
    form = DepositForm(request.POST)
    if not form.is_valid():
        return _till(request, till, door, deposit=form, status=400)
    amount, nonce = form.cleaned_data["amount"], form.cleaned_data["nonce"]
    act = accounts.pay_back if "back" in request.POST else accounts.deposit
    try:
        act(door, amount, by=request.user, nonce=nonce)
    except StationError as error:
        form.add_error("amount", str(error))
        return _till(request, till, door, deposit=form, status=409)
    said = _("退给住户 %s。") if "back" in request.POST else _("充值 %s，钱收好。")
    messages.success(request, said % yuan(amount))
    return redirect(_here(request, till))


@require_POST
@till_view
def collect(request: HttpRequest, till: tills.Till, door: Household) -> HttpResponse:
    """Money for an order of the door that is not paid yet, all that is owed of it."""
    form = CollectForm(request.POST)
    if not form.is_valid():
        messages.error(request, next(iter(form.errors.values()))[0])
        return redirect(_here(request, till))
    said = form.cleaned_data
    number, source = said["number"], MoneyMove.Account(said["source"])
    try:
        owing.collect(
            door, number, said["amount"], source=source, by=request.user, nonce=said["nonce"]
        )
    except StationError as error:
        messages.error(request, str(error))
    else:
        words = {"number": number, "amount": yuan(said["amount"])}
        messages.success(request, _("订单 %(number)s 收到 %(amount)s。") % words)
    return redirect(_here(request, till))


def _here(request: HttpRequest, till: tills.Till) -> str:
    """The till, with the shelf that was open."""
    category = request.GET.get("category", "")
    query = f"?{urlencode({'category': category})}" if category else ""
    return reverse("station-till", args=[till.sale]) + query


def _till(
    request: HttpRequest,
    till: tills.Till,
    door: Household,
    *,
    form: PayForm | None = None,
    deposit: DepositForm | None = None,
    error: StationError | None = None,
    status: int = 200,
) -> HttpResponse:
    try:
        counter.refuse_closed(door)
    except CounterClosed as closed:
        return page(
            request, "shop/counter_closed.html", "counter", door=door, closed=closed, status=status
        )
    _take_off(request, till)
    quoted = counter.quote(request.station, door, till.goods) if till.goods else None
    balance, credit = accounts.balance(door), accounts.terms(door).credit_limit
    total = quoted.to_pay if quoted else Decimal(0)
    return page(
        request,
        "shop/till.html",
        "counter",
        status=status,
        till=till,
        door=door,
        browse=_tiles(request, till),
        quoted=quoted,
        error=error,
        short={short.record_id: short for short in quoted.short} if quoted else {},
        notes=notes(total),
        form=form or PayForm(),
        deposit=deposit or DepositForm(initial={"nonce": uuid4()}),
        loose=reads.loose(till.goods),
        balance=balance,
        credit=credit,
        can_spend=balance + credit,
        account_pays=balance + credit >= total,
        debts=[(debt, uuid4()) for debt in owing.of_door(door) if debt.collectable],
    )


def _take_off(request: HttpRequest, till: tills.Till) -> None:
    """What the counter sells no longer cannot lie on it."""
    sold = reads.goods(request.station).filter(record__in=till.goods)
    gone = till.goods.keys() - set(sold.values_list("record_id", flat=True))
    if gone:
        messages.warning(request, _("有 %d 样货现在不卖了，已经拿掉。") % len(gone))
        for record_id in gone:
            till.put(record_id, 0)
        tills.keep(request.session, till)


def _tiles(request: HttpRequest, till: tills.Till) -> shelves.Page:
    """The shelf that is open, or what the words find; only what the counter sells."""
    browse = shelves.browse(
        request.station,
        category=request.GET.get("category", ""),
        words=request.GET.get("q", ""),
        quantities=till.goods,
    )
    goods = [good for good in browse.goods if not good.preorder][:MOST_TILES]
    free = reads.unpromised([good.record_id for good in goods])
    return replace(browse, goods=[replace(good, left=free[good.record_id]) for good in goods])


# --- what was sold -------------------------------------------------------------------------------
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
        **sold,
    )


@require_safe
@never_cache
@staff_required
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    sold = _sold(request, number)
    return render(request, "shop/receipt.html", {"station": request.station, **sold})


def _sold(request: HttpRequest, number: str) -> dict:
    sales = CounterSale.objects.select_related("order", "household__grid", "by")
    sale = get_object_or_404(sales, order__number=number, station=request.station)
    return {"sale": sale, "lines": sale.order.lines.select_related("stockrecord__item")}
