"""售后 at the station: what households said was wrong, and the answers."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from delivery.templatetags.station import yuan
from inventory import words
from inventory.access import staff_required
from inventory.errors import StationError
from inventory.views.page import page
from shop.claims import answering, claiming, reads
from shop.claims.forms import AnswerForm, ClaimForm, offered
from shop.models import Claim, MoneyMove
from shop.money import ZERO
from shop.money.ledger import Entry
from shop.settlement import afterwards

PER_PAGE = 30
#: What is said of money given back, by where it goes.
_WHERE = {
    MoneyMove.Account.HOUSEHOLD: _lazy("%s 进驿站账户"),
    MoneyMove.Account.STRIPE: _lazy("%s 按网上付款原路退"),
    MoneyMove.Account.CASH: _lazy("%s 退现金"),
    MoneyMove.Account.FUND: _lazy("%s 回互助金"),
}
#: Claims that wait, at most on one page; the oldest first.
MOST_WAITING = 100


@require_safe
@never_cache
@staff_required
def claims(request: HttpRequest) -> HttpResponse:
    waiting = reads.waiting(request.station)
    answered = Paginator(reads.answered(request.station), PER_PAGE)
    return page(
        request,
        "shop/claims.html",
        "money",
        waiting=waiting[:MOST_WAITING],
        count=waiting.count(),
        answered=answered.get_page(request.GET.get("page")),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """One claim, what it is about, and what is answered."""
    claim = get_object_or_404(reads.of_station(request.station), pk=pk)
    if request.method != "POST":
        return _claim(request, claim, offered(claim))
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _claim(request, claim, form, status=400)
    said = form.cleaned_data
    try:
        if said["decision"] == AnswerForm.ACCEPT:
            booked = answering.accept(claim, said["amount"], said["answer"], by=request.user)
            messages.success(request, _accepted(said["amount"], booked))
        else:
            answering.decline(claim, said["answer"], by=request.user)
            messages.success(request, _("答复好了，没有退钱，住户会看到为什么。"))
    except StationError as error:
        claim = reads.of_station(request.station).get(pk=pk)
        return _claim(request, claim, form, error=error, status=409)
    return redirect("station-claims")


def _accepted(amount: Decimal, booked: Sequence[Entry]) -> str:
    """How much went where, of what was booked; what was not paid yet is charged less."""
    gone: dict[str, Decimal] = defaultdict(Decimal)
    for entry in booked:
        if entry.source == MoneyMove.Account.ORDER:
            gone[entry.target] += entry.amount
    parts = [said % yuan(gone[to]) for to, said in _WHERE.items() if gone.get(to)]
    less = amount - sum((gone.get(to, ZERO) for to in _WHERE), ZERO)
    if booked and less > 0:
        parts.append(_("还没付的少收 %s") % yuan(less))
    return _("退好了：%s。") % words.parts(parts) if parts else _("退好了，住户会看到。")


def _claim(
    request: HttpRequest,
    claim: Claim,
    form: AnswerForm,
    *,
    error: StationError | None = None,
    status: int = 200,
) -> HttpResponse:
    line = claim.line
    return page(
        request,
        "shop/claim.html",
        "money",
        status=status,
        claim=claim,
        form=form,
        error=error,
        came=claiming.came(line),
        now=afterwards.worth(line.order_id)[line.pk],
        others=reads.of_order(line.order_id).exclude(pk=claim.pk),
    )


@require_safe
@staff_required
def photo(request: HttpRequest, pk: int) -> FileResponse:
    """What the household showed; it lies where nobody can fetch it past this."""
    shown = get_object_or_404(reads.of_station(request.station).exclude(photo=""), pk=pk)
    try:
        file = shown.photo.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    answer = FileResponse(file, content_type="image/jpeg")
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Disposition"] = "inline"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def claim_new(request: HttpRequest) -> HttpResponse:
    """For a household that called: its door, then which of its orders. What somebody typed stays
    out of addresses: it may be a name."""
    words = request.POST.get("q", "").replace("\x00", "").strip()[:40]
    found = reads.claimable(request.station, words) if words else None
    return page(request, "shop/claim_new.html", "money", q=words, orders=found)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def claim_for(request: HttpRequest, number: str) -> HttpResponse:
    """What a household said, written down by the station."""
    order = get_object_or_404(reads.orders(request.station), number=number)
    if request.method != "POST":
        return _claim_for(request, order, ClaimForm(order))
    form = ClaimForm(order, request.POST, request.FILES)
    if not form.is_valid():
        return _claim_for(request, order, form, status=400)
    try:
        made = claiming.make(by=request.user, **form.said())
    except StationError as error:
        return _claim_for(request, order, form, error=error, status=409)
    messages.success(request, _("记下了，可以现在就答复。"))
    return redirect("station-claim", made.pk)


def _claim_for(request: HttpRequest, order, form: ClaimForm, **more: Any) -> HttpResponse:
    status = more.pop("status", 200)
    return page(
        request, "shop/claim_for.html", "money", status=status, order=order, form=form, **more
    )
