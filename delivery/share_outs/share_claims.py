"""What a sharing is about: the lines that have a part in it, what each good comes to, and what is
on the shelf for it. Reads only."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from delivery.models import Parcel, ParcelLine, Round, Wish
from delivery.share_outs.shares import Claim
from inventory.models import Item, Lot, ShareRule


class Door(NamedTuple):
    """Whose parcel it is, and what the rules look at."""

    parcel_id: int
    order_id: int
    household_id: int
    people: int
    needs: bool
    placed: datetime


class Line(NamedTuple):
    """A parcel line that has a part in the sharing; units. `units`: what it may get at the most,
    which is what it asked for, or what was left of that after an earlier sharing."""

    pk: int
    item_id: int
    units: int
    wish: str
    awaiting: bool
    #: Something similar comes instead of part of it already.
    replaced: bool
    door: Door

    @property
    def in_time(self) -> tuple[datetime, int]:
        return self.door.placed, self.pk


@dataclass(frozen=True)
class ItemShare:
    """One good: what was asked, what is there, and who gets how much; units.

    `there` is what the books have for this round, `available` what staff say there is of it.
    `instead`: units of the similar good by line, for those who wished for it. `elsewhere`: what
    other closed rounds wait for.
    """

    item: Item
    there: int
    available: int
    elsewhere: int
    lines: Sequence[Line]
    got: Mapping[int, int]
    instead: Mapping[int, int] = field(default_factory=dict)

    @property
    def rule(self) -> ShareRule:
        return ShareRule(self.item.share_rule)

    @property
    def title(self) -> str:
        return self.item.record.product.title

    @property
    def asked(self) -> int:
        return sum(line.units for line in self.lines)

    @property
    def given(self) -> int:
        return sum(self.got.values())

    @property
    def left(self) -> int:
        """Nobody wants these: they are too few for those who want all or nothing."""
        return self.available - self.given

    @property
    def awaiting(self) -> bool:
        """Pre-ordered: even if all of it came, somebody has to say so."""
        return any(line.awaiting for line in self.lines)

    @property
    def households(self) -> int:
        return len({line.door.household_id for line in self.lines})

    @property
    def short_doors(self) -> set[int]:
        """Households that do not get all they asked for."""
        return {line.door.household_id for line in self.lines if self.got[line.pk] < line.units}

    @property
    def short_households(self) -> int:
        return len(self.short_doors)

    @property
    def instead_units(self) -> int:
        return sum(self.instead.values())

    @property
    def spread(self) -> list[tuple[int, int]]:
        """`(units, how many households get so many)`, most units first."""
        by_door: Counter[int] = Counter()
        for line in self.lines:
            by_door[line.door.household_id] += self.got[line.pk]
        return sorted(Counter(by_door.values()).items(), reverse=True)


def lines(round: Round, limits: Collection[int]) -> QuerySet[ParcelLine]:
    """What waits to be shared out, and what is held but not packed of the goods of `limits`."""
    return ParcelLine.objects.filter(
        Q(awaiting=True) | Q(item__in=list(limits), quantity__gt=0),
        parcel__in=_parcels(round).values("pk"),
        packed_at=None,
        instead_of=None,
    )


def by_item(round: Round, limits: Collection[int]) -> dict[int, list[Line]]:
    """Those lines, in three queries, whatever there is."""
    doors = {
        door[0]: Door._make((*door, bool(needs.strip()), placed))
        for *door, needs, placed in _parcels(round).values_list(
            "pk",
            "order_id",
            "household_id",
            "household__people_count",
            "household__needs",
            "order__date_placed",
        )
    }
    stand_ins = ParcelLine.objects.filter(parcel__round=round, instead_of__isnull=False)
    replaced = set(stand_ins.values_list("instead_of", flat=True))
    found: dict[int, list[Line]] = defaultdict(list)
    columns = ("pk", "item_id", "quantity", "wish", "awaiting", "parcel_id")
    for pk, *asked, parcel_id in lines(round, limits).order_by().values_list(*columns):
        line = Line._make((pk, *asked, pk in replaced, doors[parcel_id]))
        found[line.item_id].append(line)
    return found


def _parcels(round: Round) -> QuerySet[Parcel]:
    return Parcel.objects.filter(round=round, order__isnull=False)


def claims(lines: Iterable[Line]) -> list[Claim]:
    """One claim a line. A door that ordered twice goes on counting, its all-or-nothing lines last:
    what those give up is no gap in its count."""
    before: Counter[int] = Counter()
    made = []
    for line in sorted(lines, key=lambda line: (line.wish == Wish.NONE, line.in_time)):
        door, whole = line.door, line.wish == Wish.NONE
        after = before[door.household_id]
        made.append(Claim(line.pk, line.units, door.people, door.needs, whole, door.placed, after))
        before[door.household_id] += line.units
    return made


class Shelf:
    """By item: units nobody has been promised that are not past their date, and what the closed
    rounds wait for, in this round and elsewhere."""

    def __init__(self, round: Round, item_ids: Collection[int]) -> None:
        today = timezone.localdate()
        lots = Lot.objects.filter(item__in=item_ids, expires_on__lt=today)
        expired = _sums(lots, "units")
        counters = Item.objects.filter(pk__in=item_ids).values_list(
            "pk", "record__num_in_stock", "record__num_allocated"
        )
        self.free = {
            # Below zero: orders hold some that may not be picked any more.
            pk: (there or 0) - (held or 0) - expired[pk]
            for pk, there, held in counters
        }
        awaited = ParcelLine.objects.filter(item__in=item_ids, awaiting=True)
        self.here = _sums(awaited.filter(parcel__round=round), "quantity")
        self.elsewhere = _sums(awaited.exclude(parcel__round=round), "quantity")


def _sums(rows: QuerySet, units: str) -> Counter[int]:
    return Counter(dict(rows.order_by().values_list("item").annotate(sum=Sum(units))))
