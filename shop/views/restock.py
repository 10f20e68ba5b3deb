"""该买什么: the proposal per supplier, and the demand behind each line of it."""

from datetime import date

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from inventory.access import staff_required
from inventory.models import Item
from inventory.purchases import purchasing
from inventory.purchases.forms import PacksForm
from inventory.purchases.proposals import Proposal
from inventory.purchases.purchasing import MOST_PACKS
from inventory.sheets import writing
from inventory.views.downloads import download
from inventory.views.page import page
from shop import demand as demands
from shop.demand import Demand, RoundDemand

PER_PAGE = 50


@require_safe
@never_cache
@staff_required
def restock(request: HttpRequest) -> HttpResponse:
    demand, rounds, chosen = _demand(request)
    proposals = purchasing.propose(request.station, demands.total(demand, chosen))
    suppliers = request.station.suppliers.filter(active=True).order_by("name")
    return page(
        request,
        "shop/restock.html",
        "restock",
        rounds=rounds,
        chosen=chosen,
        cards=[_card(proposal, demand, rounds) for proposal in proposals if proposal.supplier],
        unknown=[
            line for proposal in proposals if not proposal.supplier for line in proposal.lines
        ],
        suppliers=list(suppliers),
    )


@require_safe
@never_cache
@staff_required
def restock_export(request: HttpRequest) -> HttpResponse:
    """All of the proposal, a sheet for each supplier."""
    demand, _rounds, chosen = _demand(request)
    proposals = purchasing.propose(request.station, demands.total(demand, chosen))
    header = [
        _("货品"), _("单位"), _("住户在等"), _("最低库存"), _("架上有"), _("在路上"), _("缺"),
        _("件数"), _("一件有几份"), _("一件多少钱（元）"), _("金额（元）"),
    ]  # fmt: skip
    sheets = [
        (
            str(proposal.supplier or _("还没有供应商")),
            header,
            [
                [
                    line.title, line.item.unit, line.waiting, line.minimum, line.free,
                    line.on_order, line.needed, line.packs, line.pack_units, line.pack_price,
                    line.cost,
                ]
                for line in proposal.lines
            ],
        )
        for proposal in proposals
    ]  # fmt: skip
    sheets = sheets or [(_("该买什么"), header, [])]
    name = _("该买什么 %s.xlsx") % timezone.localdate().isoformat()
    return download(name, writing.xlsx(sheets))


@require_safe
@never_cache
@staff_required
def demand(request: HttpRequest, pk: int) -> HttpResponse:
    """Why a good is on the list: which rounds, which doors, what is there and on its way."""
    items = Item.objects.stocked().filter(record__partner=request.station.partner_id)
    item = get_object_or_404(items.select_related("record__product"), pk=pk)
    doors = Paginator(demands.doors(request.station, item), PER_PAGE).get_page(
        request.GET.get("page")
    )
    doors.object_list = demands.with_households(doors.object_list)
    behind = demands.behind(request.station, item)
    names = {found.round.pk: found.round.name for found in behind.rounds}
    return page(
        request,
        "shop/restock_demand.html",
        "restock",
        behind=behind,
        line=behind.line,
        pages=doors,
        doors=[(door, names.get(door.round_id, "")) for door in doors.object_list],
    )


def _demand(request: HttpRequest) -> tuple[Demand, list[RoundDemand], set[int]]:
    """(what is waited for, in which rounds, those of them `?round=` names: else all)."""
    demand = demands.by_item(request.station)
    rounds = demands.rounds_of(demand)
    known = {found.round.pk for found in rounds}
    named = {int(key) for key in request.GET.getlist("round") if key.isdecimal() and len(key) < 19}
    return demand, rounds, (named & known) or known


def _card(proposal: Proposal, demand: Demand, rounds: list[RoundDemand]) -> dict:
    """A proposal with the form that orders it, and the rounds it comes too late for."""
    goods = [
        (line.item.pk, line.title, line.packs_beyond_drafts, MOST_PACKS) for line in proposal.lines
    ]
    form = PacksForm(goods, seen=proposal.seen)
    wanted = {pk for line in proposal.lines for pk in demand.get(line.item.pk, ())}
    return {
        "proposal": proposal,
        "form": form,
        "rows": [(line, form.field(line.item.pk)) for line in proposal.lines],
        "late": [
            found.round
            for found in rounds
            if found.round.pk in wanted and _delivers_on(found) < (proposal.arrives_on or date.min)
        ],
    }


def _delivers_on(found: RoundDemand) -> date:
    return timezone.localtime(found.round.delivers_from).date()
