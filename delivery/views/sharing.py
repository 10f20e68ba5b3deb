"""分货: what came, who gets how much of it, and the button that makes it so."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from delivery import today
from delivery.models import ParcelLine, Round, ShareOut
from delivery.share_outs import doors, shares, sharing
from delivery.views.chosen_round import LONGEST_KEY, chosen_round
from inventory.access import staff_required
from inventory.errors import StationError
from inventory.models import Item, ShareRule
from inventory.views.page import page

#: Nobody has a million of anything; a slip of the finger does.
LONGEST_COUNT = 6


@dataclass
class Said:
    """What a person said on the page: units that are really there and which goods to share (None:
    those of which something is there), by item. `typed` and `wrong`: what cannot be a count."""

    limits: dict[int, int] = field(default_factory=dict)
    chosen: set[int] | None = None
    typed: dict[int, str] = field(default_factory=dict)
    wrong: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, data: QueryDict) -> "Said":
        said = cls()
        if "seen" in data:
            said.chosen = {key for key in map(_key, data.getlist("share")) if key}
        for name, typed in data.items():
            item = _key(name.removeprefix("there-")) if name.startswith("there-") else 0
            # What the books said anyway is no limit: they may say more by now.
            if item and typed.strip() != data.get(f"was-{item}", ""):
                said._there(item, typed)
        if item := _key(data.get("less", "")):
            said._there(item, data.get("units", ""))
            said.chosen = (said.chosen or set()) | {item}
        return said

    def _there(self, item: int, typed: str) -> None:
        self.typed[item] = typed
        if (count := _count(typed)) is None:
            self.wrong[item] = _("要填 0 或者更大的整数。")
        else:
            self.limits[item] = count


@require_safe
@staff_required
def share_page(request: HttpRequest) -> HttpResponse:
    rounds = today.rounds(request.station)
    closed = [round for round in rounds if round.status == Round.Status.CLOSED]
    round = chosen_round(request, closed or rounds)
    return _page(request, round, Said(), rounds=rounds)


@require_POST
@staff_required
def share_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Looks again with what was typed (`look`), or shares it out."""
    round = get_object_or_404(Round, pk=pk, station=request.station)
    said = Said.of(request.POST)
    if said.wrong:
        return _page(request, round, said, status=400)
    if "look" in request.POST:
        return _page(request, round, said)
    try:
        shared = sharing.apply(
            round,
            by=request.user,
            item_ids=said.chosen or (),
            limits=said.limits,
            seen=request.POST.get("seen", ""),
        )
    except StationError as error:
        return _page(request, round, said, error=error, status=409)
    _say(request, said, shared)
    return redirect(f"{reverse('station-share')}?round={pk}")


def _say(request: HttpRequest, said: Said, shared: list[ShareOut]) -> None:
    if not shared:
        nothing = _("没有要分的货，什么也没有变。") if said.chosen else _("请先勾上要分的货。")
        messages.info(request, nothing)
        return
    short = sum(share.asked - share.given for share in shared)
    messages.success(request, _("分好了 %d 样货。") % len(shared))
    if short:
        messages.info(
            request, _("一共少了 %d 份：少给的住户已经能看到，要付的钱也改好了。") % short
        )
    if any(share.item.selling == Item.Selling.STOCK for share in shared):
        messages.warning(
            request, _("货架上少的，账上还记着：请到货品那里盘点或报损，不然会再卖出去。")
        )


def _page(
    request: HttpRequest,
    round: Round | None,
    said: Said,
    *,
    rounds: list[Round] | None = None,
    error: StationError | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "rounds": today.rounds(request.station) if rounds is None else rounds,
        "round": round,
        "error": error,
    }
    if round is not None and round.status == Round.Status.CLOSED:
        round.station = request.station
        context |= _goods(round, said)
    return page(request, "delivery/share.html", "packing", status=status, **context)


def _goods(round: Round, said: Said) -> dict:
    chosen = sharing.arrived(round) if said.chosen is None else said.chosen
    shared = sharing.preview(round, said.limits, item_ids=chosen)
    shown = {share.item.pk for share in shared}
    rules = sorted({share.rule for share in shared}, key=list(ShareRule).index)
    by_door = doors.of(round, shared)
    done = ShareOut.objects.filter(round=round).select_related("item__record__product", "by")
    return {
        "goods": [
            {
                "share": share,
                "doors": by_door[share.item.pk],
                "chosen": share.item.pk in chosen,
                "typed": said.typed.get(share.item.pk, share.available),
                "wrong": said.wrong.get(share.item.pk, ""),
            }
            for share in shared
        ],
        "seen": sharing.digest(share for share in shared if share.item.pk in chosen),
        "from_stock": _from_stock(round, shown),
        "wrong_less": next((said.wrong[pk] for pk in said.wrong if pk not in shown), ""),
        "rules": [(rule.label, shares.EXPLAINED[rule]) for rule in rules],
        "tie": shares.TIE_EXPLAINED,
        "whole": shares.WHOLE_EXPLAINED,
        "done": done.order_by("-pk"),
    }


def _from_stock(round: Round, shown: set[int]) -> Mapping[int, str]:
    """Goods that parcels of the round hold and nobody has packed, by item: of these there may be
    fewer than the books say."""
    held = ParcelLine.objects.filter(
        parcel__round=round, awaiting=False, packed_at=None, instead_of=None, quantity__gt=0
    ).exclude(item__in=shown)
    goods = held.order_by("item__record__product__title", "item").distinct()
    return dict(goods.values_list("item", "item__record__product__title"))


def _key(text: str) -> int:
    """A row's key, or 0 for what can be none."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_KEY else 0


def _count(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isdecimal() and len(text) <= LONGEST_COUNT else None
