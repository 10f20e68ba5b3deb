"""Something similar instead: for those who wished for it, of what nobody asked for by name."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from django.db.models import Sum

from delivery.models import Parcel, ParcelLine, Round, StopParcel, Wish
from delivery.share_outs import shares
from delivery.share_outs.share_claims import ItemShare, Line, Shelf, claims
from inventory.models import Item


def give(
    round: Round,
    shared: Sequence[ItemShare],
    chosen: Collection[int],
    similar: Collection[int],
    shelf: Shelf,
) -> list[ItemShare]:
    """Whoever wished for it gets for what is missing units of the similar good that nobody has
    asked for by name, shared by that good's own rule.

    Not more than its limit per household allows, and not so much that the parcel weighs more than
    was planned for it, or than one courier may carry.
    """
    now = {share.item.pk: share for share in shared if share.item.pk in chosen}
    stand_ins = _on_sale(similar)
    room = _Room(round, now.values(), stand_ins)
    wanted: dict[int, list[Line]] = defaultdict(list)
    for line, share in sorted(_missing(now.values()), key=lambda pair: pair[0].in_time):
        stand_in = stand_ins.get(share.item.similar_id)
        if stand_in and (units := room.take(line, line.units - share.got[line.pk], stand_in)):
            wanted[stand_in.pk].append(line._replace(units=units, wish=Wish.LESS))
    instead: dict[int, int] = {}
    for pk, lines in wanted.items():
        own = now.get(pk)
        left = own.available - own.given if own else shelf.free[pk] - shelf.here[pk]
        left = max(0, left - shelf.elsewhere[pk])
        instead |= shares.share(claims(lines), left, stand_ins[pk].share_rule)
    return [
        replace(
            share,
            instead={line.pk: instead[line.pk] for line in share.lines if instead.get(line.pk)},
        )
        for share in shared
    ]


def _on_sale(item_ids: Collection[int]) -> dict[int, Item]:
    """What was taken off sale goes to nobody."""
    on_sale = Item.objects.filter(record__product__is_public=True, record__price__isnull=False)
    return on_sale.in_bulk(item_ids)


def _missing(shared: Iterable[ItemShare]) -> list[tuple[Line, ItemShare]]:
    return [
        (line, share)
        for share in shared
        if share.item.similar_id
        for line in share.lines
        if line.wish == Wish.SIMILAR and not line.replaced and share.got[line.pk] < line.units
    ]


class _Room:
    """How much may still come instead: grams by parcel, and units by household and good."""

    def __init__(
        self, round: Round, shared: Collection[ItemShare], stand_ins: Mapping[int, Item]
    ) -> None:
        self.grams: dict[int, int] = defaultdict(int)
        for share in shared:
            for line in share.lines:
                lost = line.units - share.got[line.pk]
                self.grams[line.door.parcel_id] += lost * share.item.weight_g
        most = round.station.batch_weight_g
        # By round and not by key: a database takes so many keys at once.
        not_in_a_batch = Parcel.objects.filter(round=round).exclude(
            pk__in=StopParcel.objects.filter(active=True).values("parcel")
        )
        for pk, weight_g in not_in_a_batch.values_list("pk", "weight_g"):
            self.grams[pk] += max(0, most - weight_g)
        limited = [pk for pk, item in stand_ins.items() if item.household_limit is not None]
        has = ParcelLine.objects.filter(parcel__round=round, item__in=limited)
        self.has = Counter(
            {
                (household_id, item_id): units
                for household_id, item_id, units in has.order_by()
                .values_list("parcel__household", "item")
                .annotate(units=Sum("quantity"))
            }
        )

    def take(self, line: Line, units: int, stand_in: Item) -> int:
        key = (line.door.household_id, stand_in.pk)
        if stand_in.household_limit is not None:
            units = max(0, min(units, stand_in.household_limit - self.has[key]))
        if stand_in.weight_g:
            units = min(units, self.grams[line.door.parcel_id] // stand_in.weight_g)
        self.has[key] += units
        self.grams[line.door.parcel_id] -= units * stand_in.weight_g
        return units
