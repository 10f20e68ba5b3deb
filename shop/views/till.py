"""收银: what lies on the counter for a door, how it is paid, and money in and out beside it."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import wraps
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from delivery.models import Household
from delivery.templatetags.station import yuan
from inventory.access import staff_required
from inventory.errors import StationError
from inventory.views.page import page
from shop import shelves
from shop.counter_sales import counter, reads, tills
from shop.counter_sales.forms import AddForm, DepositForm, PayForm, ScanForm, notes
from shop.errors import CounterClosed, NonceTaken
from shop.forms import LineChange
from shop.models import CounterSale, MoneyMove
from shop.money import accounts, owing
from shop.money.forms import CollectForm
from shop.views import till_warning
from shop.wanted import MOST_OF_ONE

#: Goods a word may show.
MOST_TILES = 60


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
    back = "back" in request.POST
    act = accounts.pay_back if back else accounts.deposit
    try:
        act(door, amount, by=request.user, nonce=nonce)
    except StationError as error:
        form.add_error("amount", str(error))
        return _till(request, till, door, deposit=form, status=409)
    said = _("退给住户 %s。") if back else _("充值 %s，钱收好。")
    messages.success(request, said % yuan(amount))
    if back:
        till_warning.warn(request)
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
