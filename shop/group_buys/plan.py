"""What an export would come to in a round: read only, and a few queries whatever its length."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from delivery.models import Household, Round
from inventory.models import Item
from inventory.sheets import BadCell, cells
from inventory.words import clauses, listed
from shop import limits, shelves
from shop.errors import RoundNotOpen, TooHeavy
from shop.group_buys import earlier
from shop.group_buys.doors import Register
from shop.group_buys.exports import Export, OrderLine
from shop.group_buys.goods import Goods
from shop.models import OrderStatus

OrderLineModel = get_model("order", "Line")

#: An order's note and a line's share of it.
LONGEST_NOTE = 100


@dataclass(frozen=True)
class Choices:
    """What somebody said on the preview: which good a name means (by the name's place in
    `Plan.names`; 0: none), the rows that go by their address, the doors that are left out, and
    that this is no export that was imported in another round before."""

    goods: Mapping[int, int] = field(default_factory=dict)
    by_address: Collection[int] = ()
    left_out: Collection[int] = ()
    is_new: bool = False


@dataclass
class Name:
    """A good as the export calls it, and which one that is; `units` of all matched rows."""

    label: str
    cell: str
    item: Item | None
    near: list[Item]
    units: int = 0


@dataclass
class Wanted:
    """So many units of a good for a door under one number of the export. `before` were ordered
    from this group buy already, `elsewhere` of them in another round; `can` of the rest are
    there."""

    number: str
    item: Item
    asked: int = 0
    before: int = 0
    elsewhere: int = 0
    can: int = 0
    limited: bool = False

    @property
    def key(self) -> tuple[str, int]:
        return self.number, self.item.pk

    @property
    def new(self) -> int:
        return max(0, self.asked - self.before)

    @property
    def short(self) -> int:
        return self.new - self.can


@dataclass
class DoorPlan:
    """One door's order: rows of the file merged. `refused`: why there can be none."""

    household: Household
    wanted: dict[tuple[str, int], Wanted] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    paid: bool = False
    refused: str = ""
    left_out: bool = False

    @property
    def lines(self) -> list[Wanted]:
        return list(self.wanted.values())

    @property
    def new_lines(self) -> list[Wanted]:
        return [wanted for wanted in self.lines if wanted.new]

    @property
    def shown(self) -> list[tuple[Item, int]]:
        """What will be ordered: units by good, whatever number they came under."""
        units: dict[Item, int] = {}
        for wanted in self.lines:
            if wanted.can:
                units[wanted.item] = units.get(wanted.item, 0) + wanted.can
        return list(units.items())

    @property
    def will_order(self) -> bool:
        return not self.refused and not self.left_out and any(w.can for w in self.lines)

    @property
    def fewer(self) -> list[Wanted]:
        """What a later export says less of than was ordered: for a person to look at."""
        return [wanted for wanted in self.lines if wanted.asked < wanted.before]

    @property
    def note(self) -> str:
        words = [_("群里写着已付款")] if self.paid else []
        return clauses([*words, *self.remarks])[:LONGEST_NOTE]


@dataclass(frozen=True)
class Doubt:
    """A row whose phone and address do not agree."""

    row: int
    cell: str
    sentence: str
    can_choose: bool
    by_address: bool = False


@dataclass
class Plan:
    """`lines` and `quantity` count the rows of which door and good are known."""

    round: Round
    export: Export
    names: list[Name] = field(default_factory=list)
    doors: list[DoorPlan] = field(default_factory=list)
    bad: list[BadCell] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lines: int = 0
    quantity: int = 0
    #: Ordered in another round from what seems to be this very group buy.
    seen_in: str = ""

    @property
    def to_order(self) -> list[DoorPlan]:
        return [door for door in self.doors if door.will_order]

    @property
    def refused(self) -> list[DoorPlan]:
        return [door for door in self.doors if door.refused and door.new_lines]

    @property
    def short(self) -> list[tuple[DoorPlan, Wanted]]:
        return [
            (door, wanted)
            for door in self.doors
            if not door.refused and not door.left_out
            for wanted in door.lines
            if wanted.short > 0
        ]

    @property
    def shortages(self) -> list[dict[str, Any]]:
        """By good: units asked for that are not there, and how many doors miss some."""
        units: Counter[Item] = Counter()
        doors: dict[Item, set[int]] = defaultdict(set)
        for door, wanted in self.short:
            units[wanted.item] += wanted.short
            doors[wanted.item].add(door.household.pk)
        return [{"item": i, "short": n, "doors": len(doors[i])} for i, n in units.items()]

    @property
    def units(self) -> int:
        return sum(units for door in self.to_order for _item, units in door.shown)

    @property
    def known(self) -> int:
        """Units that were ordered from this group buy before."""
        return sum(min(w.asked, w.before) for door in self.doors for w in door.lines)


def make(
    round: Round, export: Export, doors: QuerySet[Household], choices: Choices | None = None
) -> Plan:
    """`doors`: those who may be ordered for. Raises `RoundNotOpen`."""
    choices = choices or Choices()
    if not Round.objects.taking_orders().filter(pk=round.pk).exists():
        raise RoundNotOpen
    plan = Plan(round, export, bad=list(export.bad), notes=list(export.notes))
    register = Register(doors.select_related("grid__station").prefetch_related("people"))
    items = list(shelves.goods(round.station))
    named = _names(plan, Goods(items), {item.pk: item for item in items}, choices)
    found: dict[int, DoorPlan] = {}
    for line in export.lines:
        _add(plan, found, register, named[line.label], line, choices)
    plan.doors = list(found.values())
    plan.bad.sort(key=lambda bad: bad.row)
    _add_known(plan, choices.is_new)
    _add_left(plan, items)
    for door in plan.doors:
        door.left_out = door.household.pk in choices.left_out
    return plan


def _names(
    plan: Plan, goods: Goods, items: Mapping[int, Item], choices: Choices
) -> dict[str, Name]:
    named: dict[str, Name] = {}
    for line in plan.export.lines:
        if line.label in named:
            continue
        item = goods.find(line.goods, line.spec)
        chosen = choices.goods.get(len(named))
        if chosen is not None:
            item = items.get(chosen)
        near = [] if item else goods.near(line.goods)
        named[line.label] = Name(line.label, line.cells.get("goods", ""), item, near)
    plan.names = list(named.values())
    for name in plan.names:
        if name.item is None and not name.cell:  # the file's name is no cell
            plan.notes.append(_no_such_good(name))
    return named


def _no_such_good(name: Name) -> str:
    if not name.label:
        return _("文件名里没有写是什么货，请选一样。")
    said = {
        "name": cells.show(name.label),
        "near": listed(i.record.product.title for i in name.near[:3]),
    }
    if name.near:
        return _("货品里没有“%(name)s”，是不是%(near)s？") % said
    return _("货品里没有“%(name)s”") % said


def _add(
    plan: Plan,
    found: dict[int, DoorPlan],
    register: Register,
    name: Name,
    line: OrderLine,
    choices: Choices,
) -> None:
    match = register.find(line, by_address=line.row in choices.by_address)
    key = "address" if "address" in line.cells else "phone"
    if match.door is None:
        plan.bad.append(_bad(plan, line, key, line.address or line.phone, match.why_not))
    if name.item is None and name.cell:
        plan.bad.append(_bad(plan, line, "goods", line.goods, _no_such_good(name)))
    if match.door is None or name.item is None:
        return
    chosen = line.row in choices.by_address
    if match.doubt or chosen:
        other = match.instead.address if match.instead else ""
        sentence = match.doubt or _("按地址送到%s") % match.door.address
        can = bool(other) or chosen
        plan.doubts.append(Doubt(line.row, line.cells[key], sentence, can, chosen))
    plan.lines += 1
    plan.quantity += line.units
    name.units += line.units
    door = found.setdefault(match.door.pk, DoorPlan(match.door))
    wanted = Wanted(line.number, name.item)
    door.wanted.setdefault(wanted.key, wanted).asked += line.units
    door.rows.append(line.row)
    door.paid = door.paid or line.paid
    if line.note and line.note not in door.remarks:
        door.remarks.append(line.note)


def _bad(plan: Plan, line: OrderLine, key: str, value: str, reason: str) -> BadCell:
    title = plan.export.titles.get(key, "")
    return BadCell(line.cells[key], line.row, title, cells.show(value), reason)


def _add_known(plan: Plan, is_new: bool) -> None:
    """What this group buy ordered already, in this round and in others."""
    asked = {
        (door.household.pk, *key): wanted.asked
        for door in plan.doors
        for key, wanted in door.wanted.items()
    }
    known, elsewhere = earlier.ordered(plan.round, plan.export.source, asked)
    if elsewhere.rounds:
        plan.seen_in = listed(elsewhere.rounds)
    for door in plan.doors:
        for key, wanted in door.wanted.items():
            wanted.elsewhere = 0 if is_new else elsewhere.units[door.household.pk, *key]
            wanted.before = known[door.household.pk, *key] + wanted.elsewhere


def _add_left(plan: Plan, items: Sequence[Item]) -> None:
    """How much of what is asked for is there, the first row first; and who cannot order at all."""
    left = {item.pk: limits.left_of(item, item.expired) for item in items}
    limited = [item for item in items if item.household_limit is not None]
    bought = _bought(plan, limited)
    only = set(plan.round.grids.values_list("pk", flat=True))
    for door in plan.doors:
        household = door.household
        if only and household.grid_id not in only:
            door.refused = _("这一波不送%s") % household.grid.name
            continue
        for wanted in door.new_lines:
            item = wanted.item
            can = min(wanted.new, left[item.pk])
            if item.household_limit is not None:
                room = max(0, item.household_limit - bought[household.pk, item.record_id])
                wanted.limited = room < can
                can = min(can, room)
            wanted.can = can
        weight = sum((item.weight_g or 0) * units for item, units in door.shown)
        if weight > plan.round.station.batch_weight_g:
            door.refused = str(TooHeavy(weight, plan.round.station.batch_weight_g))
            continue
        for wanted in door.lines:
            bought[household.pk, wanted.item.record_id] += wanted.can
            if wanted.item.selling != Item.Selling.PREORDER:
                left[wanted.item.pk] -= wanted.can


def _bought(plan: Plan, limited: Iterable[Item]) -> Counter[tuple[int, int]]:
    """Units of limited goods the doors have in this round, by either channel."""
    bought: Counter[tuple[int, int]] = Counter()
    records = [item.record_id for item in limited]
    if not records:
        return bought
    lines = OrderLineModel.objects.filter(stockrecord__in=records).exclude(
        order__status=OrderStatus.CANCELLED
    )
    for way in ("placement", "counter_sale"):
        sums = (
            lines.filter(**{f"order__{way}__round": plan.round})
            .values_list(F(f"order__{way}__household"), "stockrecord")
            .annotate(units=Sum("quantity"))
        )
        for household, record, units in sums:
            bought[household, record] += units
    return bought


def rounds_open(station) -> QuerySet[Round]:
    """Rounds an export can go into now, the one that closes first in front."""
    return (
        Round.objects.taking_orders(timezone.now())
        .filter(station=station)
        .order_by("closes_at", "pk")
    )
