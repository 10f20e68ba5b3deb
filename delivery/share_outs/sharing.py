"""分货: what came is shared among the households of a closed round, by each good's rule
(`delivery.share_outs.shares`), shown first and then applied.

Shared are pre-ordered goods, whose lines wait for it, and goods from stock of which staff say that
there is less than the books do. Packed lines are past that.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery import events, locks, parcels, signals
from delivery.errors import NotAsSeen, RoundNotClosed
from delivery.models import Event, ParcelLine, Round, ShareOut, Wish
from delivery.share_outs import share_claims, shares, substitutes
from delivery.share_outs.share_claims import ItemShare, Line, Shelf
from inventory import bulk
from inventory.errors import Shortage
from inventory.models import Item


def preview(
    round: Round,
    limits: Mapping[int, int] | None = None,
    *,
    item_ids: Collection[int] | None = None,
) -> list[ItemShare]:
    """What `apply` would do now, good by good in the order of their names.

    `limits`: units that are really there, by item, where staff count fewer than the books; only
    with it are goods from stock shared again. `item_ids`: the goods that would be shared; the
    others are looked at as well, but nothing comes instead of them yet. The number of queries does
    not grow with the lines.
    """
    return _look(round, limits or {}, item_ids)


def arrived(round: Round) -> set[int]:
    """The goods the round waits for of which something is there, by item."""
    waiting = share_claims.lines(round, ()).order_by().values_list("item", flat=True).distinct()
    free = Shelf(round, set(waiting)).free
    return {pk for pk, units in free.items() if units > 0}


def digest(shared: Iterable[ItemShare]) -> str:
    """What a page showed: a word for every good that stands for who gets how much of it."""
    return " ".join(
        f"{share.item.pk}-{hashlib.blake2b(said.encode(), digest_size=6).hexdigest()}"
        for share in shared
        for said in [
            f"{share.available}:{share.rule}:{sorted(share.got.items())}"
            f":{share.item.similar_id}:{sorted(share.instead.items())}"
        ]
    )


def apply(
    round: Round,
    *,
    by,
    item_ids: Collection[int] | None = None,
    limits: Mapping[int, int] | None = None,
    seen: str | None = None,
) -> list[ShareOut]:
    """Shares these goods (all that wait, unless said) for good: lines get their quantities, what
    changed for each order is announced (`signals.lines_changed`), which settles money and stock.

    What was shared is past it: again, or twice at once, changes nothing and returns nothing.
    `seen`: the `digest` of what staff agreed to, of these goods or more. Raises `RoundNotClosed`,
    and `NotAsSeen` if it would be something else by now; then nothing was written.
    """
    with transaction.atomic():
        locks.round_exclusive(round.pk)
        if not Round.objects.filter(pk=round.pk, status=Round.Status.CLOSED).exists():
            raise RoundNotClosed(_("这个波次还没有截单，不能分货。"))
        # Whoever packs one of these parcels waits, or we do; then we look.
        limits = limits or {}
        lines = share_claims.lines(round, limits).order_by()
        locks.contents(list(lines.values_list("parcel", flat=True).distinct()))
        shared = [
            share
            for share in _look(round, limits, item_ids)
            if item_ids is None or share.item.pk in item_ids
        ]
        if seen is not None and not set(digest(shared).split()) <= set(seen.split()):
            raise NotAsSeen
        changing = [share for share in shared if share.awaiting or share.given < share.asked]
        if not changing:
            return []
        at = timezone.now()
        changes = _write_lines(round, changing)
        share_outs = ShareOut.objects.bulk_create(
            ShareOut(
                round=round,
                item=share.item,
                rule=share.rule,
                households=share.households,
                asked=share.asked,
                available=share.available,
                given=share.given,
                by=by,
                at=at,
            )
            for share in changing
        )
        events.write(
            Event.Kind.SHARED_OUT,
            round=round,
            by=by,
            at=at,
            goods=len(changing),
            asked=sum(share.asked for share in changing),
            given=sum(share.given for share in changing),
        )
        try:
            signals.lines_changed.send(sender=ParcelLine, changes=changes, by=by, at=at)
        except Shortage as error:
            # Sold over the counter, or held for an order, since we looked.
            raise NotAsSeen from error
        signals.shared_out.send(sender=ShareOut, round=round, share_outs=share_outs, by=by, at=at)
        return share_outs


def _look(
    round: Round, limits: Mapping[int, int], item_ids: Collection[int] | None
) -> list[ItemShare]:
    by_item = share_claims.by_item(round, limits)
    items = Item.objects.select_related("record__product").in_bulk(by_item)
    chosen = set(items) if item_ids is None else set(items) & set(item_ids)
    similar = {items[pk].similar_id for pk in chosen if _wishes_for_similar(by_item[pk])} - {None}
    shelf = Shelf(round, items.keys() | similar)
    shared = []
    for item in sorted(items.values(), key=lambda item: (item.record.product.title, item.pk)):
        lines = by_item[item.pk]
        there = shelf.free[item.pk] + sum(line.units for line in lines if not line.awaiting)
        available = max(0, min(there, limits.get(item.pk, there)))
        got = shares.share(share_claims.claims(lines), available, item.share_rule)
        elsewhere = shelf.elsewhere[item.pk]
        shared.append(ItemShare(item, max(0, there), available, elsewhere, lines, got))
    return substitutes.give(round, shared, chosen, similar, shelf) if similar else shared


def _wishes_for_similar(lines: Iterable[Line]) -> bool:
    return any(line.wish == Wish.SIMILAR for line in lines)


class _StandIn(NamedTuple):
    """A row of `ParcelLine`, by column: there may be as many as there are lines."""

    parcel_id: int
    item_id: int
    quantity: int
    instead_of_id: int
    asked: int = 0
    wish: str = Wish.LESS.value
    awaiting: bool = False


def _write_lines(round: Round, shared: Sequence[ItemShare]) -> list[signals.LineChange]:
    """The lines' new quantities, what came instead, and the parcels' weights; what it changed."""
    changes: list[signals.LineChange] = []
    quantities: dict[int, tuple[int, int]] = {}
    new: list[_StandIn] = []
    parcel_ids: set[int] = set()
    for share in shared:
        for line in share.lines:
            got, instead = share.got[line.pk], share.instead.get(line.pk, 0)
            if got < line.units:
                quantities[line.pk] = (got, line.units)
                parcel_ids.add(line.door.parcel_id)
            if line.awaiting or got < line.units:
                changes.append(
                    signals.LineChange(
                        line.door.order_id, line.item_id, line.units, got, held=not line.awaiting
                    )
                )
            if instead:
                new.append(_StandIn(line.door.parcel_id, share.item.similar_id, instead, line.pk))
                changes.append(
                    signals.LineChange(
                        line.door.order_id,
                        share.item.similar_id,
                        0,
                        instead,
                        stands_in_for=line.item_id,
                    )
                )
    _claim(round, shared)
    if bulk.update(ParcelLine, "quantity", quantities) < len(quantities):
        raise NotAsSeen
    bulk.insert(ParcelLine, _StandIn._fields, new)
    parcels.reweigh(parcel_ids)
    return changes


def _claim(round: Round, shared: Sequence[ItemShare]) -> None:
    """The condition behind the locks: since we looked, nobody has shared out or packed a line."""
    lines = [line for share in shared for line in share.lines]
    goods = {line.item_id for line in lines if not line.awaiting}
    held = share_claims.lines(round, goods).filter(item__in=goods, awaiting=False)
    # First: what waited would be among them afterwards.
    claimed = held.update(awaiting=False) if goods else 0
    goods = {line.item_id for line in lines if line.awaiting}
    waited = share_claims.lines(round, ()).filter(item__in=goods)
    if claimed + waited.update(awaiting=False) != len(lines):
        raise NotAsSeen
