"""Which ways to pay a door is offered for an order, and what each means. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from delivery.models import Household
from shop.models import Placement
from shop.payments import ways


@dataclass(frozen=True, slots=True)
class Offer:
    """A way to pay; `words` say what it means, or `why_not` why it cannot be had now."""

    code: str
    title: str
    symbol: str
    words: str
    why_not: str
    chosen: bool


def of(household: Household, amount: Decimal, chosen: str = "") -> list[Offer]:
    """What the door's station offers, in its order, for so many yuan. Nothing can be paid any way.

    What was chosen stays so, even if it cannot be had now. Else it is what the door chose last,
    or the first that can be had.
    """
    said = {way: way.said(household, amount) for way in ways.of_station(household.grid.station)}
    why_not = {way.code: reason if amount else "" for way, (_words, reason) in said.items()}
    if chosen not in why_not:
        open_ways = [code for code, reason in why_not.items() if not reason]
        last = _last(household)
        chosen = last if last in open_ways else next(iter(open_ways), "")
    return [
        Offer(way.code, str(way.title), way.symbol, words, why_not[way.code], way.code == chosen)
        for way, (words, _reason) in said.items()
    ]


def refused(offers: Sequence[Offer]) -> str:
    """Why the chosen one cannot be had; empty if it can, or nothing is chosen."""
    return next((offer.why_not for offer in offers if offer.chosen), "")


def _last(household: Household) -> str:
    mine = Placement.objects.filter(household=household).order_by("-pk")
    return mine.values_list("way", flat=True).first() or ""
