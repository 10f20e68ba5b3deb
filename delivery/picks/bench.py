"""What the packing bench shows: how far the batches of a round are, and one stop's bag at a time.

Reads only, in a fixed number of queries. Doors and goods; nothing about who lives there.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count, Q
from django.utils import timezone

from delivery.models import Batch, Parcel, ParcelLine, Round, Stop, StopParcel, Wish
from delivery.picks import stand_ins
from delivery.picks.prints import natural
from delivery.picks.stand_ins import StandIn
from inventory import lots
from inventory.lots import OnShelf, Pull

#: So many figures fit beside a good as buttons; more are typed.
MOST_BUTTONS = 4


@dataclass(frozen=True)
class Row:
    """One good for one parcel, and what its shelf has of it."""

    line: ParcelLine
    on_shelf: OnShelf
    stand_in: StandIn | None = None

    @property
    def is_open(self) -> bool:
        return _is_open(self.line)

    @property
    def pulls(self) -> list[Pull]:
        return self.on_shelf.take(self.line.quantity)

    @property
    def missing(self) -> int:
        """Units of the line that no lot in date has."""
        return max(0, self.line.quantity - self.on_shelf.units)

    @property
    def fewer(self) -> list[int]:
        """What can be said with one tap instead of all of it; of many, or of what may not be
        parted, only that there is none."""
        if self.whole or self.is_many or self.line.item.by_weight:
            return [0]
        return list(range(self.line.quantity))

    @property
    def whole(self) -> bool:
        """All of it or nothing."""
        return self.line.wish == Wish.NONE

    @property
    def swaps(self) -> list[tuple[int, int]]:
        """With one of those taps: `(units, units of the stand-in for the others)`."""
        if self.stand_in is None:
            return []
        pairs = [(units, self.stand_in.units(self.line.quantity - units)) for units in self.fewer]
        return [(units, instead) for units, instead in pairs if instead]

    @property
    def less(self) -> range:
        """Units of loose goods that may lie on the scales instead, most first."""
        return range(0) if self.whole else range(self.line.quantity - 1, 0, -1)

    @property
    def is_many(self) -> bool:
        return self.line.quantity > MOST_BUTTONS

    @property
    def grams(self) -> int:
        """What loose goods should weigh."""
        return self.line.item.weight_g * self.line.quantity

    @property
    def wish(self) -> str:
        return str(Wish(self.line.wish).label)


@dataclass(frozen=True)
class Bag:
    """One parcel: the `number`th of its stop."""

    parcel: Parcel
    number: int
    rows: Sequence[Row]

    @property
    def brought_back(self) -> bool:
        return self.parcel.status == Parcel.Status.FAILED


@dataclass(frozen=True)
class Place:
    """A stop as the strip of numbers has it; `hands`: who packed something of it."""

    stop: Stop
    open_lines: int
    done_lines: int
    hands: frozenset[int]

    @property
    def is_open(self) -> bool:
        return self.open_lines > 0

    def is_for(self, user) -> bool:
        """Nobody has begun it, or it was this one."""
        return self.is_open and self.hands <= {user.pk}


@dataclass(frozen=True)
class Bench:
    """A batch on the bench: all its stops in order, and the one that is being packed. `last`: the
    line that was ticked a moment ago, to be taken back with one tap."""

    batch: Batch
    places: Sequence[Place]
    place: Place | None
    bags: Sequence[Bag]
    last: ParcelLine | None = None

    @cached_property
    def done(self) -> int:
        return sum(place.done_lines for place in self.places)

    @cached_property
    def total(self) -> int:
        return self.done + sum(place.open_lines for place in self.places)

    @cached_property
    def stops_done(self) -> int:
        return sum(not place.is_open for place in self.places)

    @property
    def cold(self) -> bool:
        return any(bag.parcel.cold for bag in self.bags)

    @property
    def in_person(self) -> bool:
        return any(bag.parcel.in_person for bag in self.bags)


def of(batch: Batch, user, position: int | None = None, last: int | None = None) -> Bench:
    """The stop with this position, else the next one for `user` to pack. Three queries, and four
    more where something may come instead.

    `last`: the key of the line that was ticked before.
    """
    loads = list(
        StopParcel.objects.filter(stop__batch=batch, active=True)
        .select_related("stop__household", "parcel")
        .defer("stop__household__needs")
        .order_by("stop__position", "parcel_id")
    )
    all_lines = ParcelLine.objects.filter(
        parcel__in=[load.parcel_id for load in loads]
    ).select_related(
        "item__record__product", "instead_of__item__record__product", "packed_by", "parcel"
    )
    lines: dict[int, list[ParcelLine]] = defaultdict(list)
    for line in all_lines:
        lines[line.parcel_id].append(line)
    places = list(_places(loads, lines))
    place = next((each for each in places if each.stop.position == position), None)
    if place is None:
        place = next_for(places, user) or (places[0] if places else None)
    parcels = [load.parcel for load in loads if place and load.stop_id == place.stop.pk]
    shelf = lots.on_shelf(
        {line.item_id for parcel in parcels for line in lines[parcel.pk]}, timezone.localdate()
    )
    instead = stand_ins.of(
        line for parcel in parcels for line in lines[parcel.pk] if _is_open(line)
    )
    bags = [
        Bag(
            parcel,
            number,
            [
                Row(line, shelf[line.item_id], instead.get(line.pk))
                for line in sorted(lines[parcel.pk], key=_as_one_walks)
            ],
        )
        for number, parcel in enumerate(parcels, start=1)
    ]
    ticked = next(
        (line for line in all_lines if line.pk == last and line.packed_at is not None), None
    )
    return Bench(batch, places, place, bags, ticked)


def next_for(places: Sequence[Place], user, after: int = 0) -> Place | None:
    """The next stop with something to pack, round and round: one that no colleague has begun, if
    there is one."""
    to_do = [place for place in places if place.is_open]
    to_do.sort(
        key=lambda place: (
            not place.is_for(user),
            place.stop.position <= after,
            place.stop.position,
        )
    )
    return next(iter(to_do), None)


def _places(loads: Iterable[StopParcel], lines: dict[int, list[ParcelLine]]) -> Iterable[Place]:
    stops: dict[Stop, list[ParcelLine]] = {}
    for load in loads:
        stops.setdefault(load.stop, []).extend(lines[load.parcel_id])
    for stop, of_stop in stops.items():
        packed = [line for line in of_stop if line.packed_at]
        still = [line for line in of_stop if _is_open(line)]
        hands = frozenset(line.packed_by_id for line in packed if line.packed_by_id)
        yield Place(stop, len(still), len(packed), hands)


def _is_open(line: ParcelLine) -> bool:
    return line.packed_at is None and (line.quantity > 0 or line.awaiting)


def _as_one_walks(line: ParcelLine) -> tuple:
    item = line.item
    return item.cold, not item.shelf, natural(item.shelf), item.record.product.title, line.pk


def batches(round: Round) -> list[Batch]:
    """Of a round, each with its lines counted: `packed_lines`, `open_lines`, and of those
    `awaiting` what was not shared out yet. One query."""
    line = "stops__loads__parcel__lines"
    to_pack = Q(**{f"{line}__quantity__gt": 0}) | Q(**{f"{line}__awaiting": True})
    active = Q(stops__loads__active=True, **{f"{line}__isnull": False})
    unpacked = active & Q(**{f"{line}__packed_at": None})
    return list(
        round.batches.select_related("grid", "courier__user").annotate(
            packed_lines=Count(line, filter=active & Q(**{f"{line}__packed_at__isnull": False})),
            open_lines=Count(line, filter=unpacked & to_pack),
            awaiting=Count(line, filter=unpacked & Q(**{f"{line}__awaiting": True})),
        )
    )
